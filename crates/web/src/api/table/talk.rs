//! How two people find each other, what they say, and when they talk.

use super::{PAGES, Parameter, run, text};
use crate::api::call::Call;
use crate::api::operation::{Answering, Operation};
use crate::api::view::{ConversationView, DoneView, List, MessageView};
use crate::api::{arranging, matching, requests};
use crate::conversation::live::EVENTS;

const AFTER: &[Parameter] = &[text(
    "after",
    "The id of the last event that came: what was said since comes first. The header `Last-Event-ID` says the same.",
)];
const EXPERT: &str = r#"{"expert_id": "per_00000000000000000000000000"}"#;

pub(super) fn of_talking() -> Vec<Operation> {
    vec![
        Operation::post(
            "/requests/{id}/conversations",
            "beginConversation",
            "Talk about an open request, as an expert",
        )
        .gives::<requests::Begun>(201)
        .run(run!(requests::talk)),
        Operation::get(
            "/requests/{id}/shortlist",
            "getShortlist",
            "The five who fit best, with reasons; for an expert, their own place",
        )
        .gives::<List<matching::ListedView>>(200)
        .run(run!(matching::shortlist)),
        Operation::post(
            "/requests/{id}/invitations",
            "inviteExpert",
            "Ask an expert to answer",
        )
        .takes::<matching::Inviting>(EXPERT)
        .gives::<matching::InvitationView>(201)
        .run(run!(matching::invite)),
        Operation::get(
            "/requests/{id}/invitations",
            "listInvitations",
            "Whom you have asked, as the client",
        )
        .gives::<List<matching::InvitationView>>(200)
        .run(run!(matching::invitations)),
        Operation::post(
            "/requests/{id}/invitations/withdraw",
            "withdrawInvitation",
            "Take an invitation back",
        )
        .takes::<matching::Inviting>(EXPERT)
        .gives::<DoneView>(200)
        .run(run!(matching::withdraw_invitation)),
        Operation::get(
            "/requests/{id}/proposed-experts",
            "listProposedExperts",
            "Experts whom an operator proposed to you",
        )
        .gives::<List<matching::ProposedView>>(200)
        .run(run!(matching::proposed_experts)),
        Operation::post(
            "/requests/{id}/talk",
            "talkToExpert",
            "Turn to an expert whom an operator proposed",
        )
        .takes::<matching::Inviting>(EXPERT)
        .gives::<requests::Begun>(201)
        .run(run!(matching::turn_to)),
        Operation::post(
            "/requests/{id}/decline",
            "declineInvitation",
            "Say no to an invitation",
        )
        .takes::<matching::Declining>("{}")
        .gives::<DoneView>(200)
        .run(run!(matching::decline)),
    ]
}

pub(super) fn of_messages() -> Vec<Operation> {
    vec![
        Operation::get("/conversations", "listConversations", "Your conversations")
            .query(PAGES)
            .gives::<List<ConversationView>>(200)
            .run(run!(requests::conversations)),
        Operation::get(
            "/conversations/{id}/messages",
            "listMessages",
            "What was said, the first first; from then on all of it counts as read",
        )
        .query(PAGES)
        .gives::<List<MessageView>>(200)
        .run(run!(requests::messages)),
        Operation::get(
            "/conversations/{id}/events",
            "streamMessages",
            "What is said from now on, as server-sent events: one `message` each, its data a Message; ask again when it ends",
        )
        .query(AFTER)
        .gives_other(EVENTS)
        .run(run!(requests::events)),
        Operation::post("/conversations/{id}/messages", "sendMessage", "Say something")
            .takes::<requests::NewMessage>(r#"{"text": "When could you begin?"}"#)
            .gives::<MessageView>(201)
            .run(run!(requests::say)),
    ]
}

/// A call: its address ends with what happens to it.
fn answer(path: &'static str, name: &'static str, summary: &'static str) -> Operation {
    Operation::post(path, name, summary).gives::<arranging::CallView>(200)
}

pub(super) fn of_calls() -> Vec<Operation> {
    vec![
        Operation::get(
            "/conversations/{id}/calls",
            "listCalls",
            "Calls that were proposed in it, the newest first",
        )
        .gives::<List<arranging::CallView>>(200)
        .run(run!(arranging::list)),
        Operation::post(
            "/conversations/{id}/calls",
            "proposeCall",
            "Propose up to three times for a call",
        )
        .takes::<arranging::NewCall>(
            r#"{"zone": "Europe/Berlin", "minutes": 30, "slots": ["2030-12-02T14:30", "2030-12-03T09:00"]}"#,
        )
        .gives::<arranging::CallView>(201)
        .run(run!(arranging::propose)),
        answer("/calls/{id}/book", "bookCall", "Choose one of the times")
            .takes::<arranging::Booking>(r#"{"at": "2030-12-02T13:30:00Z"}"#)
            .run(run!(arranging::book)),
        answer("/calls/{id}/withdraw", "withdrawCall", "Take it back, or say no")
            .run(run!(arranging::withdraw)),
        answer("/calls/{id}/held", "holdCall", "Say that it took place").run(run!(arranging::held)),
        answer(
            "/calls/{id}/missed",
            "missCall",
            "Say that the other did not come",
        )
        .run(run!(arranging::missed)),
        Operation::get(
            "/calls/{id}/calendar",
            "getCallFile",
            "A booked call as calendars read it",
        )
        .gives_other(arranging::CALENDAR)
        .run(run!(arranging::calendar)),
    ]
}
