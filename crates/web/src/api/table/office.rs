//! What operators do.

use earnest_hire::person::Role;

use super::{CURSOR, LIMIT, Parameter, run, text};
use crate::api::call::Call;
use crate::api::operation::{Access, Answering, Operation};
use crate::api::view::{DoneView, ExpertView, HoldView, List};
use crate::api::{books, editions, experts, holding, matching, office};

const AT: &[Parameter] = &[text("at", "A moment in UTC; now, where it is left out.")];
const ENTRIES: &[Parameter] = &[
    text("history", "Only those of this contract or person."),
    text("kind", "Only those that this booked."),
    text(
        "account",
        "Only those with a line of this account, as the trial balance names it.",
    ),
    text(
        "currency",
        "Of the account; that of the site, where it is left out.",
    ),
    text("from", "Booked at this moment in UTC or later."),
    text("before", "Booked before this moment in UTC."),
    CURSOR,
    LIMIT,
];

const NEW_HOLD: &str = r#"{"reason": "identity", "facts": "The client has signed with two names.", "rule": "terms, 7.3", "days": 7}"#;
const HOLD: &str = r#"{"reason": "The bank has not answered yet.", "days": 3}"#;

/// Holds on contracts, and disputes that the office opens.
pub(super) fn of_contracts() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    let act = |path, name, summary| {
        Operation::post(path, name, summary)
            .by(finance)
            .gives::<office::Carried>(200)
    };
    vec![
        Operation::get(
            "/office/contract-holds",
            "listContractHolds",
            "Holds on contracts that stand, or about which a complaint has no answer",
        )
        .by(finance)
        .gives::<List<holding::OpenView>>(200)
        .run(run!(holding::open)),
        act(
            "/office/contracts/{id}/hold",
            "holdContract",
            "Put a contract on hold: all its clocks stop",
        )
        .takes::<holding::NewContractHold>(NEW_HOLD)
        .run(run!(holding::place)),
        act(
            "/office/contracts/{id}/hold/extend",
            "extendContractHold",
            "Keep a contract on hold; for more than 30 days in all another operator seconds it",
        )
        .takes::<holding::ContractHoldIn>(HOLD)
        .run(run!(holding::extend)),
        act(
            "/office/contracts/{id}/hold/lift",
            "liftContractHold",
            "Let a contract go on",
        )
        .takes::<holding::ContractHoldIn>(r#"{"reason": "The bank has confirmed the name."}"#)
        .run(run!(holding::lift)),
        act(
            "/office/contracts/{id}/hold/answer",
            "answerContractHold",
            "Answer a complaint about a hold that another operator has put on a contract",
        )
        .takes::<holding::ContractHoldIn>(
            r#"{"person_id": "per_00000000000000000000000000", "reason": "The second name has to be shown first."}"#,
        )
        .run(run!(holding::answer)),
        act(
            "/office/milestones/{id}/dispute",
            "openOfficeDispute",
            "Open a dispute: nothing moves, and both parties are to give their figures within 5 business days",
        )
        .takes::<holding::OfficeDispute>(r#"{"reason": "Both have reported the other about this milestone."}"#)
        .run(run!(holding::open_dispute)),
    ]
}

pub(super) fn of_office() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    vec![
        Operation::get("/office/queues", "listQueues", "What waits for you in the office")
            .by(Access::InOffice)
            .gives::<List<office::QueueView>>(200)
            .run(run!(office::all_queues)),
        Operation::post("/office/experts/{id}/vet", "vetExpert", "Decide about a profile")
            .by(Access::Office(Role::Support))
            .takes::<experts::VerdictIn>(r#"{"decision": "approved"}"#)
            .gives::<ExpertView>(200)
            .run(run!(experts::vet)),
        Operation::post(
            "/office/requests/{id}/propose-experts",
            "proposeExperts",
            "Propose one to three experts to a client",
        )
        .by(Access::Office(Role::Support))
        .takes::<matching::Advice>(
            r#"{"experts": [{"expert_id": "per_00000000000000000000000000", "note": "Has built two of these."}]}"#,
        )
        .gives::<DoneView>(200)
        .run(run!(matching::propose_experts)),
        Operation::get("/office/disputes", "listDisputes", "Disputes that are not over, those to decide first")
            .by(finance)
            .gives::<List<office::OpenDisputeView>>(200)
            .run(run!(office::open_disputes)),
        Operation::post("/office/holds", "placeHold", "Stop something of an account")
            .by(finance)
            .takes::<office::NewHold>(
                r#"{"person_id": "per_00000000000000000000000000", "scope": "payouts", "reason": "identity", "facts": "The account is in another name.", "rule": "Payouts go to the person who worked.", "review_by": "2026-12-01T12:00:00Z"}"#,
            )
            .gives::<office::Carried>(200)
            .run(run!(office::place)),
        Operation::post("/office/holds/{id}/lift", "liftHold", "End a hold")
            .by(finance)
            .takes::<office::Lifting>(
                r#"{"person_id": "per_00000000000000000000000000", "reason": "The bank has confirmed the name."}"#,
            )
            .gives::<office::Carried>(200)
            .run(run!(office::lift)),
        Operation::get("/office/motions", "listMotions", "What waits for a second operator")
            .by(finance)
            .gives::<List<office::MotionView>>(200)
            .run(run!(office::motions)),
        Operation::post("/office/motions/{id}/second", "secondMotion", "Confirm it as the second operator")
            .by(finance)
            .moves_money()
            .gives::<office::Carried>(200)
            .run(run!(office::second)),
        Operation::post("/office/motions/{id}/drop", "dropMotion", "Drop it: nothing comes of it")
            .by(finance)
            .gives::<DoneView>(200)
            .run(run!(office::drop_motion)),
    ]
}

pub(super) fn of_editions() -> Vec<Operation> {
    vec![
        Operation::get(
            "/office/editions",
            "listEditions",
            "Every comparison with its editions, also those that the content has no longer",
        )
        .by(Access::Office(Role::Editor))
        .gives::<List<editions::ListedView>>(200)
        .run(run!(editions::list)),
    ]
}

pub(super) fn of_books() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    vec![
        Operation::get(
            "/office/ledger/entries",
            "listEntries",
            "What was booked, the newest first",
        )
        .by(finance)
        .query(ENTRIES)
        .gives::<List<books::EntryView>>(200)
        .run(run!(books::entries)),
        Operation::get(
            "/office/ledger/entries/{id}",
            "getEntry",
            "One entry with its lines",
        )
        .by(finance)
        .gives::<books::EntryView>(200)
        .run(run!(books::entry)),
        Operation::get(
            "/office/ledger/trial-balance",
            "getTrialBalance",
            "What every account stood at",
        )
        .by(finance)
        .query(AT)
        .gives::<List<office::AccountView>>(200)
        .run(run!(office::trial_balance)),
        Operation::post("/office/ledger/verify", "verifyLedger", "Prove the books")
            .by(finance)
            .takes::<office::AnchorIn>("{}")
            .gives::<office::VerifiedView>(200)
            .run(run!(office::verify)),
    ]
}

pub(super) fn of_visits() -> Vec<Operation> {
    vec![
        Operation::post(
            "/office/people/{id}/visits",
            "visitPerson",
            "Say why you look at somebody: they read it, and for an hour you may",
        )
        .by(Access::Looking)
        .takes::<office::WhyIn>(r#"{"reason": "They have complained about a hold."}"#)
        .gives::<DoneView>(200)
        .run(run!(office::visit)),
        Operation::post(
            "/office/contracts/{id}/visits",
            "visitContract",
            "Say why you look at a contract: both read it, and for an hour you may",
        )
        .by(Access::Looking)
        .takes::<office::WhyIn>(r#"{"reason": "They have asked when the money comes."}"#)
        .gives::<DoneView>(200)
        .run(run!(office::visit_contract)),
        Operation::get(
            "/office/people/{id}/holds",
            "listHolds",
            "All holds on somebody's account; say why first, unless they wait in a queue of yours",
        )
        .by(Access::Looking)
        .gives::<List<HoldView>>(200)
        .run(run!(office::holds)),
    ]
}
