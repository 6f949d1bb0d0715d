//! The interface for programs. Every call that changes something carries an `Idempotency-Key`: the same key with the
//! same body gets the same answer, refusals included; with another body it is refused.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use earnest_hire::money::Currency;
use hyper::body::Frame;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::books::{Books, Call, Fact, Outcome, Refusal};
use crate::desk::{Broken, Desk};
use crate::draft::Draft;
use crate::fault::{Fault, FaultKind, Occasion};
use crate::{account, chargeback, payment, payout, refund};

type Shared = State<Arc<Desk>>;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/payments", post(fund))
        .route("/v1/payments/{id}/cancel", post(cancel))
        .route("/v1/refunds", post(refund))
        .route("/v1/payouts", post(pay_out))
        .route("/v1/payouts/cancel", post(cancel_payout))
        .route("/v1/chargebacks/{id}/evidence", post(evidence))
        .route("/v1/accounts", post(onboard))
        .route("/v1/balance", get(balance))
        .route("/v1/transactions", get(transactions))
        .route("/v1/calls", get(look_up))
}

/// What a call asks for.
#[derive(Clone, Copy)]
enum Operation<'a> {
    Fund,
    Cancel(&'a str),
    Refund,
    Payout,
    CancelPayout,
    Evidence(&'a str),
    Onboard,
}

impl Operation<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Cancel(_) => "cancel",
            Self::Refund => "refund",
            Self::Payout => "payout",
            Self::CancelPayout => "cancel_payout",
            Self::Evidence(_) => "evidence",
            Self::Onboard => "onboard",
        }
    }

    fn perform(self, draft: &mut Draft<'_>, body: &[u8]) -> Result<String, Refusal> {
        match self {
            Self::Fund => payment::open(draft, read(body)?),
            Self::Cancel(id) => payment::cancel(draft, id),
            Self::Refund => refund::send(draft, read(body)?),
            Self::Payout => payout::send(draft, read(body)?),
            Self::CancelPayout => payout::cancel(draft, read(body)?),
            Self::Evidence(id) => chargeback::bring(draft, id, body),
            Self::Onboard => account::begin(draft, read(body)?),
        }
    }

    fn digest(self, body: &[u8]) -> String {
        let about = match self {
            Self::Cancel(id) | Self::Evidence(id) => id,
            Self::Fund | Self::Refund | Self::Payout | Self::CancelPayout | Self::Onboard => "",
        };
        let digest = Sha256::new()
            .chain_update(format!("{} {about}\n", self.name()))
            .chain_update(body)
            .finalize();
        digest
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::new("body_unreadable", error.to_string()))
}

async fn fund(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    call(&desk, Operation::Fund, &headers, &body).await
}

async fn cancel(State(desk): Shared, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    call(&desk, Operation::Cancel(&id), &headers, &body).await
}

async fn refund(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    call(&desk, Operation::Refund, &headers, &body).await
}

async fn pay_out(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    call(&desk, Operation::Payout, &headers, &body).await
}

async fn cancel_payout(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    call(&desk, Operation::CancelPayout, &headers, &body).await
}

async fn evidence(State(desk): Shared, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    call(&desk, Operation::Evidence(&id), &headers, &body).await
}

async fn onboard(State(desk): Shared, headers: HeaderMap, body: Bytes) -> Response {
    call(&desk, Operation::Onboard, &headers, &body).await
}

async fn call(desk: &Desk, operation: Operation<'_>, headers: &HeaderMap, body: &[u8]) -> Response {
    if let Err(refused) = admitted(desk, headers) {
        return refused;
    }
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .filter(|key| !key.is_empty() && key.len() <= 255);
    let Some(key) = key else {
        let refusal = Refusal::new(
            "no_idempotency_key",
            "send an Idempotency-Key of at most 255 letters",
        );
        return refused(StatusCode::BAD_REQUEST, &refusal);
    };
    let fault = match before(desk, operation.name()).await {
        Ok(fault) => fault,
        Err(Broken) => return broken(),
    };
    let forced = fault.filter(|kind| *kind == FaultKind::Fail);
    let decided = desk.write(|draft| once(draft, operation, key, body, forced));
    match decided {
        Ok(answer) => after(fault, answer).await,
        Err(Broken) => broken(),
    }
}

/// Takes the fault that waits for this call, and lets it happen if it comes before acting.
async fn before(desk: &Desk, operation: &str) -> Result<Option<FaultKind>, Broken> {
    let fault: Option<Fault> = desk.write(|draft| draft.take_fault(Occasion::Call, operation))?;
    match &fault {
        Some(fault) if fault.kind == FaultKind::Delay => {
            tokio::time::sleep(Duration::from_secs(fault.by.unsigned_abs())).await;
        }
        Some(fault) if fault.kind == FaultKind::Hang => never().await,
        _ => {}
    }
    Ok(fault.map(|fault| fault.kind))
}

async fn after(fault: Option<FaultKind>, answer: Response) -> Response {
    match fault {
        Some(FaultKind::ActThenHang) => {
            never().await;
            answer
        }
        Some(FaultKind::ActThenDrop) => {
            let (parts, _) = answer.into_parts();
            Response::from_parts(parts, Body::new(BreaksOff { begun: false }))
        }
        _ => answer,
    }
}

/// Whoever waits gives up at some time.
async fn never() {
    std::future::pending::<()>().await;
}

/// Carries the call out, unless a call with this key was decided before.
fn once(
    draft: &mut Draft<'_>,
    operation: Operation<'_>,
    key: &str,
    body: &[u8],
    forced: Option<FaultKind>,
) -> Response {
    let digest = operation.digest(body);
    if let Some(earlier) = draft.books.calls.get(key) {
        if earlier.digest != digest {
            let refusal = Refusal::new(
                "idempotency_key_reused",
                "this key was used for another call; nothing was done",
            );
            return refused(StatusCode::UNPROCESSABLE_ENTITY, &refusal);
        }
        return answer(draft.books, earlier, &draft.settings.base_url);
    }
    let done = match forced {
        None => operation.perform(draft, body),
        Some(_) => Err(Refusal::new(
            "refused_on_demand",
            "a fault was asked for; nothing was done",
        )),
    };
    let call = Call {
        key: key.to_owned(),
        operation: operation.name().to_owned(),
        digest,
        outcome: done.map_or_else(Outcome::Refused, Outcome::Done),
    };
    draft.put(Fact::Call(call.clone()));
    answer(draft.books, &call, &draft.settings.base_url)
}

fn answer(books: &Books, call: &Call, base_url: &str) -> Response {
    match &call.outcome {
        Outcome::Refused(refusal) => refused(StatusCode::UNPROCESSABLE_ENTITY, refusal),
        Outcome::Done(object) => json_of(StatusCode::OK, &described(books, call, object, base_url)),
    }
}

/// What is answered to a call; the same now and later, because nothing in it changes.
fn described(books: &Books, call: &Call, object: &str, base_url: &str) -> Value {
    let mut told = json!({ "id": object });
    if let Some(told) = told.as_object_mut() {
        if let Some(payment) = books.payments.get(object)
            && call.operation == "fund"
        {
            told.insert(
                "checkout_url".to_owned(),
                json!(format!("{base_url}/pay/{object}")),
            );
            told.insert("expires_at".to_owned(), json!(payment.expires_at.to_string()));
        }
        if call.operation == "onboard" {
            told.insert("url".to_owned(), json!(format!("{base_url}/onboard/{object}")));
        }
    }
    told
}

#[derive(Deserialize)]
struct InCurrency {
    currency: Currency,
}

async fn balance(State(desk): Shared, headers: HeaderMap, asked: Query<InCurrency>) -> Response {
    let now = desk.now();
    let unit = desk.settings.terms.payout_unit;
    answer_read(&desk, "balance", &headers, |books| {
        let balance = books.balance(asked.currency, now);
        json!({
            "available_minor": balance.available_minor, "pending_minor": balance.pending_minor,
            "payout_unit_minor": unit,
        })
    })
    .await
}

#[derive(Deserialize)]
struct Between {
    from: Timestamp,
    until: Timestamp,
}

async fn transactions(State(desk): Shared, headers: HeaderMap, asked: Query<Between>) -> Response {
    answer_read(&desk, "transactions", &headers, |books| {
        let all = books.transactions.values();
        let within = all.filter(|one| one.at >= asked.from && one.at < asked.until);
        let told: Vec<Value> = within
            .map(|one| {
                json!({
                    "id": one.id, "kind": one.kind, "amount_minor": one.amount, "fee_minor": one.fee,
                    "currency": one.currency, "at": one.at.to_string(),
                    "available_at": one.available_at.to_string(),
                    "object": one.object, "reference": one.reference,
                })
            })
            .collect();
        json!({ "transactions": told })
    })
    .await
}

#[derive(Deserialize)]
struct ByKey {
    key: String,
}

/// What became of the call with a key, with every event about its object since.
async fn look_up(State(desk): Shared, headers: HeaderMap, asked: Query<ByKey>) -> Response {
    let base_url = desk.settings.base_url.clone();
    answer_read(&desk, "look_up", &headers, |books| {
        let Some(call) = books.calls.get(&asked.key) else {
            return json!({ "found": null });
        };
        let found = match &call.outcome {
            Outcome::Refused(refusal) => {
                json!({ "operation": call.operation, "refused": refusal, "events": [] })
            }
            Outcome::Done(object) => json!({
                "operation": call.operation, "answer": described(books, call, object, &base_url),
                "events": events_about(books, object),
            }),
        };
        json!({ "found": found })
    })
    .await
}

fn events_about(books: &Books, object: &str) -> Vec<Value> {
    let all = books.events.values();
    all.filter(|event| event.about.iter().any(|about| about == object))
        .filter_map(|event| serde_json::from_str(&event.body).ok())
        .collect()
}

async fn answer_read(
    desk: &Desk,
    operation: &str,
    headers: &HeaderMap,
    told: impl FnOnce(&Books) -> Value,
) -> Response {
    if let Err(refused) = admitted(desk, headers) {
        return refused;
    }
    match before(desk, operation).await {
        Ok(Some(FaultKind::Fail)) => {
            let refusal = Refusal::new("refused_on_demand", "a fault was asked for");
            refused(StatusCode::UNPROCESSABLE_ENTITY, &refusal)
        }
        Ok(fault) => {
            let answer = json_of(StatusCode::OK, &desk.read(told));
            after(fault, answer).await
        }
        Err(Broken) => broken(),
    }
}

#[expect(clippy::result_large_err, reason = "the answer is given at once")]
fn admitted(desk: &Desk, headers: &HeaderMap) -> Result<(), Response> {
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    // both are hashed, so that the time of the comparison says nothing about the key
    let hash = |text: &str| Sha256::digest(text.as_bytes());
    if shown.is_some_and(|shown| hash(shown) == hash(&desk.settings.api_key)) {
        Ok(())
    } else {
        let refusal = Refusal::new(
            "not_admitted",
            "the bearer key is missing or wrong; nothing was done",
        );
        Err(refused(StatusCode::UNAUTHORIZED, &refusal))
    }
}

fn refused(status: StatusCode, refusal: &Refusal) -> Response {
    json_of(status, &json!(refusal))
}

pub(crate) fn broken() -> Response {
    let refusal = Refusal::new(
        "journal_broken",
        "the journal cannot be written; look the call up later",
    );
    refused(StatusCode::INTERNAL_SERVER_ERROR, &refusal)
}

pub(crate) fn json_of(status: StatusCode, value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, value.to_string()).into_response()
}

/// A body that ends before it is whole; the server then cuts the connection.
struct BreaksOff {
    begun: bool,
}

impl HttpBody for BreaksOff {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.begun {
            return Poll::Ready(Some(Err(std::io::Error::other("broken off on demand"))));
        }
        self.begun = true;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{")))))
    }
}
