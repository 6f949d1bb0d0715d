//! The sandbox provider, reached over HTTP. It is written against the interface of that program, not against its code.

mod event;

use std::time::Duration;

use earnest_app::outside::payments::{
    Abilities, Answer, BalanceTransaction, CallError, Checkout, EventRefusal, EvidenceOrder, Found,
    FoundAnswer, FundOrder, Method, MethodKind, MoneyKind, Movable, OnboardOrder, Onboarding,
    PaymentProvider, PayoutOrder, Period, ProviderEvent, RefundOrder, Taken, TransactionKind,
};
use earnest_app::outside::signature::{self, Secret, SignedHeaders};
use earnest_hire::money::{Currency, Minor};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Method as Way, Request, Uri};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::outside::http::{self, NoAnswer};

/// As many days as common providers hold money for others.
const HOLDING_DAYS: u32 = 90;

/// The sandbox's word for a key that comes with another body than before.
const KEY_REUSED: &str = "idempotency_key_reused";

/// What is needed to reach it.
pub(crate) struct Connection {
    /// Its address without a slash at the end, such as `http://127.0.0.1:8090`.
    pub(crate) base_url: String,
    /// Its `--api-key`.
    pub(crate) api_key: String,
    /// Its `--secret`, and the former one for as long as both may come.
    pub(crate) secrets: Vec<Secret>,
    /// Its `--account`.
    pub(crate) account: String,
    /// How long it may take to answer.
    pub(crate) answer_within: Duration,
}

/// The adapter.
pub(crate) struct SandboxProvider {
    connection: Connection,
    abilities: Abilities,
}

impl SandboxProvider {
    /// Refuses an address that cannot be one; whether somebody answers there is found by the first call.
    pub(crate) fn new(connection: Connection) -> Result<Self, String> {
        let url: Uri = connection
            .base_url
            .parse()
            .map_err(|error| format!("{} is no address: {error}", connection.base_url))?;
        http::authority(&url)?;
        Ok(Self {
            connection,
            abilities: abilities(),
        })
    }

    /// A call that changes something.
    async fn post<T: DeserializeOwned>(&self, path: &str, key: &str, body: Value) -> Result<T, CallError> {
        self.post_bytes(path, key, body.to_string().into_bytes()).await
    }

    async fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: Vec<u8>,
    ) -> Result<T, CallError> {
        let request = Request::post(format!("{}{path}", self.connection.base_url))
            .header("idempotency-key", key)
            .header("content-type", "application/json");
        self.call(request, body).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, CallError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let request = Request::get(format!("{}{path}?{query}", self.connection.base_url));
        self.call(request, Vec::new()).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        request: hyper::http::request::Builder,
        body: Vec<u8>,
    ) -> Result<T, CallError> {
        let way = request.method_ref().cloned().unwrap_or_default();
        let request = request
            .header("authorization", format!("Bearer {}", self.connection.api_key))
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| CallError::NotSent {
                why: format!("the request cannot be written: {error}"),
            })?;
        let answer =
            http::send(request, self.connection.answer_within)
                .await
                .map_err(|error| match error {
                    NoAnswer::NotSent(why) => CallError::NotSent { why },
                    NoAnswer::Lost(why) => CallError::Unknown { why },
                })?;
        match answer.status {
            200..=299 => serde_json::from_slice(&answer.body).map_err(|error| CallError::Unknown {
                why: format!("the answer cannot be read: {error}"),
            }),
            // a rule said no to this very call; everything else (who we are, not now, too often) may end otherwise later,
            // or have happened behind or before the error
            400 | 410 | 413 | 415 | 422 => Err(refused(answer.status, &answer.body)),
            404 if way == Way::POST => Err(refused(answer.status, &answer.body)),
            status => Err(CallError::Unknown {
                why: format!("the answer has status {status}"),
            }),
        }
    }
}

/// A refusal is one only in the provider's own words: whatever stands between us and them may say 404 or 413, too, and knows
/// nothing of what became of the call.
fn refused(status: u16, body: &[u8]) -> CallError {
    let Ok(said) = serde_json::from_slice::<Refused>(body) else {
        return CallError::Unknown {
            why: format!("the answer has status {status} and is not in the provider's words"),
        };
    };
    if said.code == KEY_REUSED {
        // Another call came under this key first, with another body: what became of that one is what counts.
        return CallError::Unknown { why: said.sentence };
    }
    CallError::Refused {
        code: said.code,
        sentence: said.sentence,
    }
}

fn payout(order: &PayoutOrder) -> Value {
    json!({
        "payout_id": order.payout_id, "account": order.account_ref, "amount_minor": order.amount,
        "currency": order.currency,
    })
}

fn abilities() -> Abilities {
    let method = |kind, open_for| Method { kind, open_for };
    Abilities {
        legal_name: "Sandbox Payments (pretend: no real money moves)".to_owned(),
        money: MoneyKind::Pretend,
        methods: vec![
            method(MethodKind::Card, SignedDuration::from_mins(15)),
            method(MethodKind::Bank, SignedDuration::from_hours(7 * 24)),
        ],
        holding_days: Some(HOLDING_DAYS),
        pays_out: true,
        smallest: Minor(1),
        largest: None,
    }
}

#[derive(Deserialize)]
struct Refused {
    code: String,
    sentence: String,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    checkout_url: Option<String>,
    expires_at: Option<Timestamp>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Balance {
    available_minor: Minor,
    payout_unit_minor: Minor,
}

#[derive(Deserialize)]
struct Transactions {
    transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    id: String,
    kind: String,
    amount_minor: Minor,
    fee_minor: Minor,
    currency: Currency,
    at: Timestamp,
    object: String,
    reference: String,
}

#[derive(Deserialize)]
struct LookedUp {
    found: Option<Call>,
}

#[derive(Deserialize)]
struct Call {
    operation: String,
    answer: Option<Made>,
    refused: Option<Refused>,
    events: Vec<Value>,
}

impl Made {
    fn taken(self) -> Taken {
        Taken {
            provider_ref: self.id,
        }
    }

    fn checkout(self) -> Result<Checkout, CallError> {
        match (self.checkout_url, self.expires_at) {
            (Some(checkout_url), Some(expires_at)) => Ok(Checkout {
                provider_ref: self.id,
                checkout_url,
                expires_at,
            }),
            _ => Err(incomplete("a checkout")),
        }
    }

    fn onboarding(self) -> Result<Onboarding, CallError> {
        let url = self.url.ok_or_else(|| incomplete("an onboarding"))?;
        Ok(Onboarding {
            account_ref: self.id,
            url,
        })
    }
}

/// It acted, and what it says of that cannot be used.
fn incomplete(what: &str) -> CallError {
    CallError::Unknown {
        why: format!("the answer is not {what}"),
    }
}

impl PaymentProvider for SandboxProvider {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn fund<'a>(&'a self, key: &'a str, order: &'a FundOrder) -> Answer<'a, Checkout> {
        let body = json!({
            "payment_id": order.payment_id, "amount_minor": order.amount, "currency": order.currency,
            "method": order.method.name(), "description": order.description, "return_url": order.return_url,
        });
        Box::pin(async move { self.post::<Made>("/v1/payments", key, body).await?.checkout() })
    }

    fn cancel_funding<'a>(&'a self, key: &'a str, provider_ref: &'a str) -> Answer<'a, Taken> {
        let path = format!("/v1/payments/{provider_ref}/cancel");
        Box::pin(async move { Ok(self.post::<Made>(&path, key, json!({})).await?.taken()) })
    }

    fn refund<'a>(&'a self, key: &'a str, order: &'a RefundOrder) -> Answer<'a, Taken> {
        let body = json!({
            "refund_id": order.refund_id, "payment": order.payment_ref, "amount_minor": order.amount,
            "currency": order.currency,
        });
        Box::pin(async move { Ok(self.post::<Made>("/v1/refunds", key, body).await?.taken()) })
    }

    fn pay_out<'a>(&'a self, key: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken> {
        let body = payout(order);
        Box::pin(async move { Ok(self.post::<Made>("/v1/payouts", key, body).await?.taken()) })
    }

    fn cancel_payout<'a>(&'a self, key: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken> {
        let body = payout(order);
        Box::pin(async move { Ok(self.post::<Made>("/v1/payouts/cancel", key, body).await?.taken()) })
    }

    fn send_evidence<'a>(&'a self, key: &'a str, order: &'a EvidenceOrder) -> Answer<'a, Taken> {
        let path = format!("/v1/chargebacks/{}/evidence", order.chargeback_ref);
        Box::pin(async move {
            let pack = order.pack.clone().into_bytes();
            Ok(self.post_bytes::<Made>(&path, key, pack).await?.taken())
        })
    }

    fn onboard<'a>(&'a self, key: &'a str, person: &'a OnboardOrder) -> Answer<'a, Onboarding> {
        let body = json!({
            "person_id": person.person_id, "name": person.name, "return_url": person.return_url,
        });
        Box::pin(async move { self.post::<Made>("/v1/accounts", key, body).await?.onboarding() })
    }

    fn movable(&self, currency: Currency) -> Answer<'_, Movable> {
        Box::pin(async move {
            let asked = [("currency", currency.code())];
            let balance: Balance = self.get("/v1/balance", &asked).await?;
            Ok(Movable {
                most: balance.available_minor,
                unit: balance.payout_unit_minor,
            })
        })
    }

    fn look_up<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Found>> {
        Box::pin(async move {
            let looked_up: LookedUp = self.get("/v1/calls", &[("key", key)]).await?;
            looked_up.found.map(|call| self.found(call)).transpose()
        })
    }

    fn transactions(&self, period: Period) -> Answer<'_, Vec<BalanceTransaction>> {
        Box::pin(async move {
            let (from, until) = (period.from.to_string(), period.until.to_string());
            let asked = [("from", from.as_str()), ("until", until.as_str())];
            let told: Transactions = self.get("/v1/transactions", &asked).await?;
            told.transactions.into_iter().map(transaction).collect()
        })
    }

    fn read_event(
        &self,
        headers: &SignedHeaders<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProviderEvent, EventRefusal> {
        let id = signature::check(&self.connection.secrets, headers, body, now)?;
        let event = event::read(self.name(), &self.connection.account, body)?;
        if event.event_id == id {
            Ok(event)
        } else {
            Err(EventRefusal::Unreadable {
                why: "its id is not the one that was signed".to_owned(),
            })
        }
    }
}

impl SandboxProvider {
    fn found(&self, call: Call) -> Result<Found, CallError> {
        let answer = match (call.refused, call.answer) {
            (Some(said), _) => FoundAnswer::Refused {
                code: said.code,
                sentence: said.sentence,
            },
            (None, Some(made)) => match call.operation.as_str() {
                "fund" => FoundAnswer::Funding(made.checkout()?),
                "cancel" => FoundAnswer::FundingCanceled(made.taken()),
                "refund" => FoundAnswer::Refund(made.taken()),
                "payout" => FoundAnswer::Payout(made.taken()),
                "cancel_payout" => FoundAnswer::PayoutCanceled(made.taken()),
                "evidence" => FoundAnswer::Evidence(made.taken()),
                "onboard" => FoundAnswer::Onboarding(made.onboarding()?),
                _ => return Err(incomplete("about a call that we make")),
            },
            (None, None) => return Err(incomplete("about a call")),
        };
        let events = call.events.iter().map(|event| {
            let body = event.to_string();
            event::read(self.name(), &self.connection.account, body.as_bytes()).map_err(|refusal| {
                CallError::Unknown {
                    why: format!("an event in the answer is not usable: {refusal}"),
                }
            })
        });
        Ok(Found {
            answer,
            events: events.collect::<Result<_, _>>()?,
        })
    }
}

fn transaction(one: Transaction) -> Result<BalanceTransaction, CallError> {
    let kind =
        TransactionKind::named(&one.kind).ok_or_else(|| incomplete("a list of transactions that we know"))?;
    Ok(BalanceTransaction {
        external_id: one.id,
        kind,
        amount: one.amount_minor,
        fee: one.fee_minor,
        currency: one.currency,
        at: one.at,
        provider_ref: one.object,
        our_ref: one.reference,
    })
}
