//! Every operation of the API, in the order of its documentation.

mod compare;
mod hire;
mod office;
mod own;
mod records;
mod support;
mod talk;
mod waiting;

use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::contracts::Amount;
use super::operation::{Access, Answering, KeyRule, Operation, Parameter};
use super::view::{BalanceView, DoneView, ExpertView, List, MeView, PayoutView, RequestView};
use super::{decisions, experts, money, own as mine, people, requests};
use crate::api::call::Call;

/// A handler as the table keeps it.
macro_rules! run {
    ($($path:tt)+) => {
        Some((|call: Call| -> Answering { Box::pin($($path)+(call)) }) as fn(Call) -> Answering)
    };
}

use run;

const CURSOR: Parameter = text("cursor", "The `next_cursor` of the page before.");
const LIMIT: Parameter = number(
    "limit",
    "Items on a page, from 1 to 100; 20 where it is left out.",
);
const PAGES: &[Parameter] = &[CURSOR, LIMIT];
const SEARCH: &[Parameter] = &[
    text("skill", "The name of a skill."),
    text("language", "A language they speak."),
    text("q", "Words to look for."),
    number("rate_max_minor", "The most for an hour, in minor units."),
    text("available_by", "A day."),
    text("sort", "`best`, `rate` or `newest`."),
    CURSOR,
    LIMIT,
];
const STATE: &[Parameter] = &[
    text("edition", "The edition; the newest where it is left out."),
    text(
        "preset",
        "The situation whose weights these are. `w.{criterion}`, 0 to 1000, sets one weight.",
    ),
    text("must", "A must-have; several with commas."),
    text("scores", "`evidence` or `editor`."),
    text("region", "Where pay is looked at."),
    text(
        "keep",
        "What you have today: an option or `other`, with `months.{option}` to switch and your figures `now.{criterion}`.",
    ),
    text("keep.name", "The name of what you have, where it is no option."),
];
const OPEN: &[Parameter] = &[
    Parameter {
        name: "open",
        meaning: "`true`: those that experts may answer; otherwise your own.",
        kind: "boolean",
    },
    Parameter {
        name: "invited",
        meaning: "`true`: those to which you were invited and have not answered.",
        kind: "boolean",
    },
    text("skill", "Only those that ask for it."),
    CURSOR,
    LIMIT,
];
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
            media_type: None,
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

    /// What it answers is no document.
    fn gives_other(mut self, media_type: &'static str) -> Self {
        self.media_type = Some(media_type);
        self
    }

    /// What it answers is a secret and kept by nobody, or it is asked by nobody known, or it changes nothing.
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

    fn run(mut self, run: Option<fn(Call) -> Answering>) -> Self {
        self.run = run;
        self
    }
}

/// All of them.
pub(crate) static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    [
        of_people(),
        own::of_accounts(),
        own::of_choices(),
        of_comparisons(),
        compare::of_decisions(),
        of_experts(),
        of_requests(),
        talk::of_talking(),
        talk::of_messages(),
        talk::of_calls(),
        hire::of_proposals(),
        hire::of_contracts(),
        hire::of_holds(),
        hire::of_amendments(),
        hire::of_milestones(),
        hire::of_payments(),
        hire::of_disputes(),
        of_money(),
        records::of_records(),
        records::of_statements(),
        records::of_webhooks(),
        own::of_leaving(),
        office::of_visits(),
        office::of_office(),
        office::of_contracts(),
        support::of_requests(),
        support::of_experts(),
        office::of_books(),
        office::of_editions(),
        waiting::given_up(),
        waiting::of_transfers(),
        waiting::stopped(),
        waiting::watched(),
        waiting::dismissed(),
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
        ))
        .query(STATE),
        everybody(Operation::post(
            "/rank",
            "rank",
            "A decision problem in, its ranking out",
        ))
        .keyless()
        .takes::<Value>(
            r#"{"schema": "earnest.rank/1", "alternatives": ["Tea", "Coffee"], "criteria": [{"name": "Price", "direction": "cost"}, {"name": "Taste", "direction": "benefit"}], "matrix": [[2, 7], [3, 8]], "methods": ["topsis"]}"#,
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
        Operation::get("/me/expert-profile", "getExpertProfile", "Your profile, whether it is shown or not")
            .gives::<ExpertView>(200)
            .run(run!(mine::profile)),
        Operation::post("/me/expert-profile/hide", "hideExpertProfile", "Show it to nobody for now")
            .gives::<ExpertView>(200)
            .run(run!(mine::hide_profile)),
        Operation::post("/me/expert-profile/show", "showExpertProfile", "Show it again")
            .gives::<ExpertView>(200)
            .run(run!(mine::show_profile)),
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

const SUM: &str = r#"{"amount": {"amount_minor": 50000, "currency": "USD"}}"#;

fn of_money() -> Vec<Operation> {
    vec![
        Operation::get("/balance", "getBalance", "Your money here")
            .gives::<BalanceView>(200)
            .run(run!(money::balance)),
        Operation::get("/payouts", "listPayouts", "Your payouts, the last first")
            .query(PAGES)
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
            "/payouts/{id}/cancel",
            "cancelPayout",
            "Take a payout back that was not sent; its money is payable again",
        )
        .moves_money()
        .gives::<PayoutView>(200)
        .run(run!(money::cancel)),
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
            "Let payouts go to the account that the provider has for you, or to your IBAN; needs a second factor",
        )
        .takes::<money::AccountIn>("{}")
        .gives::<DoneView>(200)
        .run(run!(money::account)),
    ]
}
