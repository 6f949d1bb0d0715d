//! Where payment providers send their events. An event is believed by its signature alone, and answered once it is kept.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use earnest_app::outside::payments::EventRefusal;
use earnest_app::outside::signature::SignedHeaders;
use earnest_app::provider::{self, NotTaken};
use serde_json::json;

use crate::Ctx;
use crate::answer::{Cache, Fresh};
use crate::problem::Problem;

/// `POST /providers/{name}/events`
pub(crate) async fn events(
    State(web): State<Ctx>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = SignedHeaders {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let state = provider::receive(&web.app.desk, &name, &signed, &body)
        .await
        .map_err(not_taken)?;
    Ok(Fresh::json(
        json!({ "state": state.name() }).to_string(),
        Cache::Private,
    ))
}

fn not_taken(why: NotTaken) -> Problem {
    let sentence = why.to_string();
    match why {
        NotTaken::NoProvider => Problem::event(StatusCode::NOT_FOUND, "no_provider", sentence),
        NotTaken::NotBelieved(refusal) => {
            let status = match &refusal {
                EventRefusal::Signature(_) => StatusCode::UNAUTHORIZED,
                EventRefusal::OtherAccount { .. } => StatusCode::FORBIDDEN,
                EventRefusal::Unreadable { .. }
                | EventRefusal::UnknownKind { .. }
                | EventRefusal::Twice(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            // the provider will send it again and again, and somebody has to know why it is not taken
            tracing::warn!(
                code = refusal.code(),
                "an event of a provider is not taken: {refusal}"
            );
            Problem::event(status, refusal.code(), sentence)
        }
        NotTaken::Other => Problem::event(StatusCode::CONFLICT, "event_id_reused", sentence),
        NotTaken::Failed(error) => failed(error),
    }
}

fn failed(error: earnest_app::Error) -> Problem {
    match error {
        earnest_app::Error::Unavailable(_) => Problem::unavailable(error),
        earnest_app::Error::Unconfirmed(_) => Problem::unconfirmed(error),
        other => Problem::broken(other),
    }
}

#[cfg(test)]
pub(crate) mod tests;
