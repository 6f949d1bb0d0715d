//! Every operation of the API, in the order of its documentation.

mod hire;
mod records;

use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use earnest_hire::person::Role;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::contracts::Amount;
use super::operation::{Access, Answering, KeyRule, Operation, Parameter, Streaming};
use super::view::{
    BalanceView, ConversationView, DoneView, ExpertView, HoldView, List, MeView, MessageView, PayoutView,
    RequestView,
};
use super::{experts, leaving, matching, money, office, people, requests};
use crate::api::call::Call;

/// A handler as the table keeps it.
macro_rules! run {
    ($($path:tt)+) => {
        Some((|call: Call| -> Answering { Box::pin($($path)+(call)) }) as fn(Call) -> Answering)
    };
}

use run;

const PAGE: [Parameter; 2] = [
    Parameter {
        name: "cursor",
        meaning: "The `next_cursor` of the page before.",
        kind: "string",
    },
    Parameter {
        name: "limit",
        meaning: "Items on a page, from 1 to 100; 20 where it is left out.",
        kind: "integer",
    },
];
const PAGES: &[Parameter] = &PAGE;
const SEARCH: &[Parameter] = &[
    text("skill", "The name of a skill."),
    text("language", "A language they speak."),
    text("q", "Words to look for."),
    number("rate_max_minor", "The most for an hour, in minor units."),
    text("available_by", "A day."),
    text("sort", "`best`, `rate` or `newest`."),
    text("cursor", "The `next_cursor` of the page before."),
];
const OPEN: &[Parameter] = &[
    Parameter {
        name: "open",
        meaning: "`true`: those that experts may answer; otherwise your own.",
        kind: "boolean",
    },
    text("skill", "Only those that ask for it."),
    text("cursor", "The `next_cursor` of the page before."),
    number(
        "limit",
        "Items on a page, from 1 to 100; 20 where it is left out.",
    ),
];
const AT: &[Parameter] = &[text("at", "A moment in UTC; now, where it is left out.")];

const PERIOD: &[Parameter] = &[
    text(
        "from",
        "The first day; a month before the last, where it is left out.",
    ),
    text("to", "The last day; today, where it is left out."),
];
const NAME: &[Parameter] = &[text("name", "What the file is called.")];

const fn text(name: &'static str, meaning: &'static str) -> Parameter {
    Parameter {
        name,
        meaning,
        kind: "string",
    }
}

const fn number(name: &'static str, meaning: &'static str) -> Parameter {
    Parameter {
        name,
        meaning,
        kind: "integer",
    }
}

impl Operation {
    fn new(method: Method, path: &'static str, name: &'static str, summary: &'static str) -> Self {
        let key = if method == Method::GET {
            KeyRule::None
        } else {
            KeyRule::May
        };
        Self {
            method,
            path,
            name,
            summary,
            access: Access::Person,
            key,
            query: &[],
            body: None,
            example: "",
            takes_bytes: false,
            status: StatusCode::OK,
            answer: SchemaGenerator::subschema_for::<Value>,
            stream: None,
            run: None,
        }
    }

    fn get(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self::new(Method::GET, path, name, summary)
    }

    fn post(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self::new(Method::POST, path, name, summary)
    }

    fn put(path: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self::new(Method::PUT, path, name, summary)
    }

    fn by(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    fn query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    fn takes<T: JsonSchema>(mut self, example: &'static str) -> Self {
        self.body = Some(SchemaGenerator::subschema_for::<T>);
        self.example = example;
        self
    }

    fn gives<T: JsonSchema>(mut self, status: u16) -> Self {
        self.answer = SchemaGenerator::subschema_for::<T>;
        self.status = StatusCode::from_u16(status).unwrap_or_default();
        self
    }

    /// What it answers is a secret and kept by nobody, or it is asked by nobody known.
    fn keyless(mut self) -> Self {
        self.key = KeyRule::None;
        self
    }

    /// Bytes of any kind.
    fn takes_bytes(mut self) -> Self {
        self.takes_bytes = true;
        self
    }

    /// Money may move.
    fn moves_money(mut self) -> Self {
        self.key = KeyRule::Must;
        self
    }

    /// Bytes that are made while they are sent.
    fn streams(mut self, stream: fn(Call) -> Streaming) -> Self {
        self.stream = Some(stream);
        self
    }

    fn run(mut self, run: Option<fn(Call) -> Answering>) -> Self {
        self.run = run;
        self
    }
}

/// All of them.
pub(crate) static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    [
        of_people(),
        of_comparisons(),
        of_experts(),
        of_requests(),
        of_talking(),
        hire::of_proposals(),
        hire::of_contracts(),
        hire::of_milestones(),
        hire::of_disputes(),
        of_money(),
        records::of_records(),
        of_office(),
        of_visits(),
    ]
    .concat()
});

fn of_people() -> Vec<Operation> {
    vec![
        Operation::post("/accounts", "createAccount", "Ask for an account with a password")
            .by(Access::Anyone)
            .takes::<people::NewAccount>(
                r#"{"email": "ada@client.example", "password": "three plain words", "name": "Ada Client"}"#,
            )
            .gives::<people::Asked>(202)
            .keyless()
            .run(run!(people::sign_up)),
        Operation::post("/tokens", "createToken", "Make a token with address and password")
            .by(Access::Anyone)
            .takes::<people::NewToken>(
                r#"{"email": "ada@client.example", "password": "three plain words", "label": "my script"}"#,
            )
            .gives::<people::TokenView>(201)
            .keyless()
            .run(run!(people::make_token)),
        Operation::post("/tokens/end", "endToken", "End the token that this is sent with")
            .gives::<DoneView>(200)
            .run(run!(people::end_token)),
        Operation::get("/me", "getMe", "Yourself")
            .gives::<MeView>(200)
            .run(run!(people::me)),
        Operation::put("/me/password", "setPassword", "Set another password")
            .takes::<people::NewPassword>(
                r#"{"current": "three plain words", "password": "four other plain words"}"#,
            )
            .gives::<DoneView>(200)
            .run(run!(people::set_password)),
        Operation::post(
            "/me/second-factor",
            "beginSecondFactor",
            "Make the key of a second factor",
        )
        .takes::<people::WithPassword>(r#"{"password": "three plain words"}"#)
        .gives::<people::SetupView>(201)
        .keyless()
        .run(run!(people::begin_factor)),
        Operation::post(
            "/me/second-factor/confirm",
            "confirmSecondFactor",
            "Give the first code: from then on the second factor counts",
        )
        .takes::<people::Code>(r#"{"code": "123456"}"#)
        .gives::<people::RecoveryCodes>(200)
        .keyless()
        .run(run!(people::confirm_factor)),
        Operation::post(
            "/me/second-factor/prove",
            "proveSecondFactor",
            "Give a code: for a while this token may do what needs a second factor",
        )
        .takes::<people::Code>(r#"{"code": "123456"}"#)
        .gives::<DoneView>(200)
        .run(run!(people::prove)),
        Operation::get(
            "/me/data",
            "getMyData",
            "All that is kept about you, as a ZIP archive; needs your second factor, where you have one",
        )
        .streams(|call| Box::pin(leaving::data(call)))
        .run(run!(leaving::no_document)),
        Operation::get(
            "/me/deletion",
            "getMyDeletion",
            "Whether your account is to be deleted, and what is in the way",
        )
        .gives::<leaving::LeavingView>(200)
        .run(run!(leaving::look)),
        Operation::post(
            "/me/deletion",
            "deleteMyAccount",
            "Have your account deleted in seven days; needs your second factor, where you have one",
        )
        .takes::<leaving::Address>(r#"{"email": "ada@client.example"}"#)
        .gives::<leaving::LeavingView>(202)
        .run(run!(leaving::ask)),
        Operation::post(
            "/me/deletion/cancel",
            "keepMyAccount",
            "Keep your account after all",
        )
        .gives::<DoneView>(200)
        .run(run!(leaving::cancel)),
        Operation::get(
            "/me/audit",
            "getMyAudit",
            "What was done about your account, by operators and by you",
        )
        .gives::<List<office::AuditView>>(200)
        .run(run!(office::my_audit)),
    ]
}

fn of_comparisons() -> Vec<Operation> {
    let everybody = |operation: Operation| operation.by(Access::Anyone);
    vec![
        everybody(Operation::get(
            "/comparisons",
            "listComparisons",
            "All comparisons",
        )),
        everybody(Operation::get(
            "/comparisons/{slug}",
            "getComparison",
            "A comparison with its whole derivation",
        )),
        everybody(Operation::post(
            "/rank",
            "rank",
            "A decision problem in, its ranking out",
        ))
        .takes::<Value>(
            r#"{"alternatives": ["a", "b"], "criteria": [{"id": "c", "weight": 1}], "values": [[1], [2]]}"#,
        ),
        everybody(Operation::get(
            "/technologies",
            "listTechnologies",
            "All technologies",
        )),
        everybody(Operation::get("/roles", "listRoles", "All roles")),
        everybody(Operation::get(
            "/roles/{slug}",
            "getRole",
            "A role: what it does and costs",
        )),
    ]
}

fn of_experts() -> Vec<Operation> {
    vec![
        Operation::get("/experts", "searchExperts", "Find experts, in the published order")
            .by(Access::Anyone)
            .query(SEARCH)
            .gives::<List<ExpertView>>(200)
            .run(run!(experts::search)),
        Operation::get("/experts/{id}", "getExpert", "One expert")
            .by(Access::Anyone)
            .gives::<ExpertView>(200)
            .run(run!(experts::show)),
        Operation::put(
            "/me/expert-profile",
            "saveExpertProfile",
            "Save your profile and send it to the office",
        )
        .takes::<experts::ProfileIn>(
            r#"{"headline": "Backends in Python", "skills": [{"name": "Python", "years": 8}], "hourly_rate": {"amount_minor": 9000, "currency": "USD"}, "languages": ["English"], "time_zone": "Europe/Berlin"}"#,
        )
        .gives::<ExpertView>(200)
        .run(run!(experts::save)),
    ]
}

fn of_requests() -> Vec<Operation> {
    vec![
        Operation::post("/requests", "createRequest", "Raise a request")
            .takes::<requests::NewRequest>(
                r#"{"summary": "A pricing service", "role": "Python engineer", "budget": "10,000-25,000"}"#,
            )
            .gives::<RequestView>(201)
            .run(run!(requests::raise)),
        Operation::get("/requests", "listRequests", "Your requests, or the open ones")
            .query(OPEN)
            .gives::<List<RequestView>>(200)
            .run(run!(requests::list)),
        Operation::get("/requests/{id}", "getRequest", "One request")
            .gives::<RequestView>(200)
            .run(run!(requests::show)),
        Operation::post("/requests/{id}/open", "openRequest", "Show it to experts")
            .takes::<requests::Acceptance>(r#"{"acceptance": ["A quote is answered within 200 ms"]}"#)
            .gives::<RequestView>(200)
            .run(run!(requests::open)),
        Operation::post(
            "/requests/{id}/pause",
            "pauseRequest",
            "Take no more answers for now",
        )
        .gives::<RequestView>(200)
        .run(run!(requests::pause)),
        Operation::post("/requests/{id}/resume", "resumeRequest", "Take answers again")
            .gives::<RequestView>(200)
            .run(run!(requests::resume)),
        Operation::post(
            "/requests/{id}/renew",
            "renewRequest",
            "Keep it open for another 30 days",
        )
        .gives::<RequestView>(200)
        .run(run!(requests::renew)),
        Operation::post("/requests/{id}/close", "closeRequest", "Close it")
            .gives::<RequestView>(200)
            .run(run!(requests::close)),
    ]
}

fn of_talking() -> Vec<Operation> {
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
        .takes::<matching::Inviting>(r#"{"expert_id": "per_00000000000000000000000000"}"#)
        .gives::<matching::InvitationView>(201)
        .run(run!(matching::invite)),
        Operation::post(
            "/requests/{id}/decline",
            "declineInvitation",
            "Say no to an invitation",
        )
        .takes::<matching::Declining>("{}")
        .gives::<DoneView>(200)
        .run(run!(matching::decline)),
        Operation::get("/conversations", "listConversations", "Your conversations")
            .gives::<List<ConversationView>>(200)
            .run(run!(requests::conversations)),
        Operation::get(
            "/conversations/{id}/messages",
            "listMessages",
            "All that was said; from then on it counts as read",
        )
        .gives::<List<MessageView>>(200)
        .run(run!(requests::messages)),
        Operation::post("/conversations/{id}/messages", "sendMessage", "Say something")
            .takes::<requests::NewMessage>(r#"{"text": "When could you begin?"}"#)
            .gives::<MessageView>(201)
            .run(run!(requests::say)),
    ]
}

const SUM: &str = r#"{"amount": {"amount_minor": 50000, "currency": "USD"}}"#;

fn of_money() -> Vec<Operation> {
    vec![
        Operation::get("/balance", "getBalance", "Your money here")
            .gives::<BalanceView>(200)
            .run(run!(money::balance)),
        Operation::get("/payouts", "listPayouts", "Your payouts")
            .gives::<List<PayoutView>>(200)
            .run(run!(money::payouts)),
        Operation::post(
            "/payouts",
            "requestPayout",
            "Ask for money; needs a second factor",
        )
        .moves_money()
        .takes::<Amount>(SUM)
        .gives::<PayoutView>(201)
        .run(run!(money::ask)),
        Operation::post(
            "/me/identity-check",
            "beginIdentityCheck",
            "Begin the provider's identity check",
        )
        .takes::<money::At>("{}")
        .gives::<money::CheckView>(200)
        .run(run!(money::check)),
        Operation::put(
            "/me/payout-account",
            "setPayoutAccount",
            "Let payouts go to the account that the provider has for you; needs a second factor",
        )
        .takes::<money::At>("{}")
        .gives::<DoneView>(200)
        .run(run!(money::account)),
    ]
}

fn of_office() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    vec![
        Operation::get("/office/queues", "listQueues", "What waits for you in the office")
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
        Operation::post("/office/holds", "placeHold", "Stop something of an account")
            .by(finance)
            .takes::<office::NewHold>(
                r#"{"person_id": "per_00000000000000000000000000", "scope": "payouts", "reason": "name_mismatch", "facts": "The account is in another name.", "rule": "Payouts go to the person who worked.", "review_by": "2026-12-01T12:00:00Z"}"#,
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
        Operation::get("/office/ledger/trial-balance", "getTrialBalance", "What every account stood at")
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

fn of_visits() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    vec![
        Operation::post(
            "/office/people/{id}/visits",
            "visitPerson",
            "Say why you look at somebody: they read it, and for an hour you may",
        )
        .by(finance)
        .takes::<office::WhyIn>(r#"{"reason": "They have complained about a hold."}"#)
        .gives::<DoneView>(200)
        .run(run!(office::visit)),
        Operation::get(
            "/office/people/{id}/holds",
            "listHolds",
            "All holds on somebody's account; say why first, unless they wait in a queue of yours",
        )
        .by(finance)
        .gives::<List<HoldView>>(200)
        .run(run!(office::holds)),
    ]
}
