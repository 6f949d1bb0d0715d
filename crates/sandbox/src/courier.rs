//! Delivering events: at least once, with retries that wait longer and longer. One that fails does not hold up the
//! next, so a receiver sees any order.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::books::{Fact, SignatureTime};
use crate::desk::Desk;
use crate::draft::Draft;
use crate::event::{Delivery, Event};
use crate::fault::FaultKind;
use crate::outside::Message;
use crate::signing::sign;

/// Seconds until the next attempt, after the first, the second, and so on.
const WAITS: [i64; 10] = [1, 5, 30, 120, 600, 1800, 3600, 7200, 21600, 43200];
/// How often to look when nothing happens: for checkouts that expire and attempts that fall due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const OLD: SignedDuration = SignedDuration::from_hours(1);

/// Delivers until the journal breaks.
pub(crate) async fn run(desk: &Desk) {
    while !desk.is_broken() {
        if !deliver_one(desk).await {
            tokio::select! {
                () = desk.changed.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}

/// Delivers the first event that is due; says whether there was one.
pub(crate) async fn deliver_one(desk: &Desk) -> bool {
    // every write closes the checkouts whose time is over
    if desk.write(|_| ()).is_err() {
        return false;
    }
    let Some(url) = &desk.settings.events_to else {
        return false;
    };
    let Some(event) = due(desk) else {
        return false;
    };
    let Some(message) = message(desk, &event, url) else {
        return false;
    };
    let answered = desk.outside.post(&message).await;
    desk.write(|draft| note(draft, &event, answered)).is_ok()
}

fn due(desk: &Desk) -> Option<Event> {
    let now = desk.now();
    desk.read(|books| {
        let waiting = books.events.values();
        waiting
            .filter(|event| matches!(event.delivery, Delivery::Waiting { due } if due <= now))
            .min_by_key(|event| match event.delivery {
                Delivery::Waiting { due } => (due, event.number),
                _ => (now, event.number),
            })
            .cloned()
    })
}

fn message(desk: &Desk, event: &Event, url: &str) -> Option<Message> {
    let clock = desk.read(|books| books.clock);
    let mut at = match clock.signatures {
        SignatureTime::Real => desk.outside.now(),
        SignatureTime::Moved => desk.now(),
    };
    let mut body = event.body.clone();
    let mut key = desk.settings.secret.bytes();
    match event.distortion {
        Some(FaultKind::WrongSecret) => key = b"a key that the receiver does not have",
        Some(FaultKind::OldTimestamp) => at = at.saturating_sub(OLD).unwrap_or(at),
        Some(FaultKind::OtherAccount) => body = for_another(&body)?,
        _ => {}
    }
    let signature = sign(key, &event.id, at, body.as_bytes())?;
    let mut headers = Vec::new();
    if event.distortion != Some(FaultKind::Unsigned) {
        headers.push(("webhook-id", event.id.clone()));
        headers.push(("webhook-timestamp", at.as_second().to_string()));
        headers.push(("webhook-signature", signature));
    }
    let mut body = body.into_bytes();
    if event.distortion == Some(FaultKind::Altered) {
        alter(&mut body);
    }
    Some(Message {
        url: url.to_owned(),
        headers,
        body,
    })
}

fn for_another(body: &str) -> Option<String> {
    let mut body: Value = serde_json::from_str(body).ok()?;
    *body.get_mut("account")? = Value::from("acct_of_somebody_else");
    Some(body.to_string())
}

/// Changes the last digit, so that it is still JSON and says something else.
fn alter(body: &mut [u8]) {
    if let Some(digit) = body.iter_mut().rfind(|byte| byte.is_ascii_digit()) {
        *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
    }
}

fn note(draft: &mut Draft<'_>, sent: &Event, answered: Result<u16, String>) {
    // it may have been changed by hand while it was under way
    let Some(mut event) = draft.books.events.get(&sent.number).cloned() else {
        return;
    };
    let delivered = matches!(answered, Ok(200..=299));
    event.attempts = event.attempts.saturating_add(1);
    event.distortion = None;
    event.answered = Some(answered.map_or_else(|why| why, |status| status.to_string()));
    if delivered {
        event.copies = event.copies.saturating_sub(1);
        event.delivery = if event.copies == 0 {
            Delivery::Delivered
        } else {
            Delivery::Waiting { due: draft.now }
        };
    } else {
        event.delivery = again(event.attempts, draft.now);
    }
    draft.put(Fact::Event(event));
    if delivered {
        release_before(draft, sent.number);
    }
}

fn again(attempts: u32, now: Timestamp) -> Delivery {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let due = WAITS
        .get(index)
        .and_then(|&wait| now.checked_add(SignedDuration::from_secs(wait)).ok());
    due.map_or(Delivery::GivenUp, |due| Delivery::Waiting { due })
}

/// Lets go of the events that were held back until a later one had arrived.
fn release_before(draft: &mut Draft<'_>, number: u64) {
    let held: Vec<Event> = draft
        .books
        .events
        .range(..number)
        .map(|(_, event)| event)
        .filter(|event| event.delivery == Delivery::Held)
        .cloned()
        .collect();
    for event in held {
        draft.put(Fact::Event(Event {
            delivery: Delivery::Waiting { due: draft.now },
            ..event
        }));
    }
}
