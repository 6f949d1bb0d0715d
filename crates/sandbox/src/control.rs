//! The controls: everything that can happen at a provider, at the press of a button or by a call of a test. Whoever
//! reaches them may use them; a page of another site may not.

mod fields;
mod page;

pub(crate) use self::page::shown;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use self::fields::Fields;
use crate::api::{broken, json_of};
use crate::books::{Books, Clock, Fact, Refusal, SignatureTime, Transaction};
use crate::desk::{Broken, Desk};
use crate::draft::Draft;
use crate::event::{Delivery, Event};
use crate::fault::{Fault, FaultKind, Occasion};
use crate::{account, chargeback, pages, payment, payout, refund, transfer};

type Shared = State<Arc<Desk>>;

/// A hundred years: no test needs more, and every calendar has them.
const FARTHEST_SECONDS: i64 = 100 * 366 * 86_400;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/control", get(show))
        .route("/control/state", get(state))
        .route("/control/faults", post(add_fault))
        .route("/control/faults/clear", post(clear_faults))
        .route("/control/clock", post(move_clock))
        .route("/control/{noun}/{id}/{verb}", post(act))
}

async fn show(State(desk): Shared) -> Response {
    page::page(&desk, None)
}

async fn state(State(desk): Shared) -> Response {
    let now = desk.now();
    json_of(
        StatusCode::OK,
        &desk.read(|books| everything(books, &now.to_string())),
    )
}

fn everything(books: &Books, now: &str) -> Value {
    fn all<'a, T: serde::Serialize + 'a>(values: impl Iterator<Item = &'a T>) -> Value {
        json!(values.collect::<Vec<_>>())
    }
    json!({
        "now": now,
        "clock": books.clock,
        "faults": books.faults,
        "payments": all(books.payments.values()),
        "refunds": all(books.refunds.values()),
        "payouts": all(books.payouts.values()),
        "accounts": all(books.accounts.values()),
        "chargebacks": all(books.chargebacks.values()),
        "transactions": all(books.transactions.values()),
        "events": all(books.events.values()),
    })
}

async fn add_fault(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    change(&desk, &headers, &body, |draft, fields| {
        let fault = Fault::read(fields.all()).map_err(|no| Refusal::new("no_such_fault", no.to_string()))?;
        let mut faults = draft.books.faults.clone();
        faults.push(fault);
        draft.put(Fact::Faults(faults));
        Ok(())
    })
}

async fn clear_faults(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    change(&desk, &headers, &body, |draft, _| {
        draft.put(Fact::Faults(Vec::new()));
        Ok(())
    })
}

/// `forward_seconds` moves the time; `signatures` says whether signatures carry the `moved` time or the `real` one.
async fn move_clock(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    change(&desk, &headers, &body, |draft, fields| {
        let by = fields.number("forward_seconds")?.unwrap_or(0);
        let clock = draft.books.clock;
        let ahead = clock.ahead_seconds.saturating_add(by);
        if !(-FARTHEST_SECONDS..=FARTHEST_SECONDS).contains(&ahead) {
            return Err(Refusal::new(
                "too_far",
                "the time moves by at most a hundred years",
            ));
        }
        let signatures = match fields.text("signatures") {
            None => clock.signatures,
            Some("real") => SignatureTime::Real,
            Some("moved") => SignatureTime::Moved,
            Some(_) => return Err(Refusal::new("no_such_time", "`signatures` is `real` or `moved`")),
        };
        draft.put(Fact::Clock(Clock {
            ahead_seconds: ahead,
            signatures,
        }));
        Ok(())
    })
}

async fn act(
    State(desk): Shared,
    Path((noun, id, verb)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(&desk, &headers, &body, |draft, fields| {
        let reason = fields.text("reason").unwrap_or("asked_for");
        match (noun.as_str(), verb.as_str()) {
            ("payments", "capture") => payment::capture(draft, &id, fields.amount()?),
            ("payments", "fail") => payment::fail(draft, &id, reason),
            ("payments", "expire") => payment::expire(draft, &id),
            ("payments", "chargeback") => chargeback::open(draft, &id, fields.amount()?),
            ("refunds", "succeed") => refund::succeed(draft, &id),
            ("refunds", "fail") => refund::fail(draft, &id, reason),
            ("payouts", "pay") => payout::pay(draft, &id),
            ("payouts", "fail") => payout::fail(draft, &id, reason),
            ("payouts", "return") => payout::give_back(draft, &id, reason),
            ("chargebacks", "win") => chargeback::win(draft, &id),
            ("chargebacks", "lose") => chargeback::lose(draft, &id),
            ("accounts", "confirm") => account::confirm(draft, &id),
            ("balances", "transfer") => transfer::make(draft, &id, fields.amount()?),
            ("transactions", "alter") => alter(draft, &id, fields.number("by_minor")?.unwrap_or(1)),
            ("events", "send") => send(draft, &id, fields.text("as")),
            _ => Err(Refusal::new("no_such_control", "there is no such control")),
        }
    })
}

/// Falsifies the provider's own account of what moved: what a reconciliation must find.
fn alter(draft: &mut Draft<'_>, id: &str, by: i64) -> Result<(), Refusal> {
    let found = draft.books.transaction(id).cloned();
    let one =
        found.ok_or_else(|| Refusal::new("no_such_transaction", "there is no transaction with this id"))?;
    let mut amount = one.amount;
    amount.0 = amount.0.saturating_add(by);
    draft.put(Fact::Transaction(Transaction { amount, ..one }));
    Ok(())
}

/// Sends an event now, whatever was before; `distortion` is the kind of fault that this one delivery has.
fn send(draft: &mut Draft<'_>, id: &str, distortion: Option<&str>) -> Result<(), Refusal> {
    let found = draft.books.event(id).cloned();
    let event = found.ok_or_else(|| Refusal::new("no_such_event", "there is no event with this id"))?;
    let distortion = match distortion {
        None => None,
        Some(name) => {
            let kind = FaultKind::named(name).filter(|kind| kind.occasion() == Occasion::Event);
            Some(kind.ok_or_else(|| Refusal::new("no_such_fault", "`as` is a fault of events"))?)
        }
    };
    draft.put(Fact::Event(Event {
        delivery: Delivery::Waiting { due: draft.now },
        attempts: 0,
        copies: 1,
        distortion,
        ..event
    }));
    Ok(())
}

/// Reads the fields, changes the books, and answers a program with JSON and a person with the page.
fn change(
    desk: &Desk,
    headers: &HeaderMap,
    body: &[u8],
    work: impl FnOnce(&mut Draft<'_>, &Fields) -> Result<(), Refusal>,
) -> Response {
    if let Err(refused) = pages::own_page(headers) {
        return refused;
    }
    let (fields, person) = match fields::read(headers, body) {
        Ok(read) => read,
        Err(refusal) => return json_of(StatusCode::BAD_REQUEST, &json!(refusal)),
    };
    match (desk.write(|draft| work(draft, &fields)), person) {
        (Ok(Ok(())), fields::Asker::Program) => json_of(StatusCode::OK, &json!({ "done": true })),
        (Ok(Ok(())), fields::Asker::Person) => Redirect::to("/control").into_response(),
        (Ok(Err(refusal)), fields::Asker::Program) => {
            json_of(StatusCode::UNPROCESSABLE_ENTITY, &json!(refusal))
        }
        (Ok(Err(refusal)), fields::Asker::Person) => page::page(desk, Some(&refusal)),
        (Err(Broken), _) => broken(),
    }
}
