//! How a request goes on after it was sent: open to experts, paused, matched with one, and how it ends.
//!
//! It stands beside [`super::Request`], whose one stored state is still `submitted`: [`Progress::of`] is where such a
//! request is in this process.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Request;
use crate::contract::{Actor, By, Timer, TimerKind, words};
use crate::ids::{PersonId, RequestId};
use crate::path::{Path, follow};
use crate::refusal::Refusal;
use crate::span::{after, days, whole_microseconds};

/// Days without a sign of the client after which a request closes itself.
const EXPIRES: u16 = 30;
/// Days after which such a request is marked.
const QUIET: u16 = 14;

words! {
    /// How far a request has got.
    Stage {
        /// In the person's hands alone.
        Draft = "draft",
        /// Sent; experts do not see it yet.
        Submitted = "submitted",
        /// Experts see it and answer.
        Open = "open",
        /// Experts see it and do not answer.
        Paused = "paused",
        /// An offer to one of them stands.
        Matched = "matched",
        /// A contract came of it.
        Filled = "filled",
        /// Nobody looked after it.
        Expired = "expired",
        /// The client or the operator closed it.
        Canceled = "canceled",
    }
}

impl Stage {
    /// Whether nothing comes of it any more.
    pub fn is_over(self) -> bool {
        match self {
            Self::Filled | Self::Expired | Self::Canceled => true,
            Self::Draft | Self::Submitted | Self::Open | Self::Paused | Self::Matched => false,
        }
    }
}

words! {
    /// What can happen to a request.
    RequestEvent {
        /// The person sends it.
        Submit = "submit",
        /// It is shown to experts, once the address is checked.
        Publish = "publish",
        /// The client wants no more answers for now.
        Pause = "pause",
        /// The client wants answers again.
        Resume = "resume",
        /// The client still wants it.
        Renew = "renew",
        /// An offer was made to an expert.
        Match = "match",
        /// The offer came to nothing.
        Unmatch = "unmatch",
        /// Both have signed a contract.
        Fill = "fill",
        /// 30 days without a sign of the client.
        Expire = "expire",
        /// The client or the operator closes it.
        Cancel = "cancel",
    }
}

use RequestEvent as E;
use Stage::{Canceled, Draft, Expired, Filled, Matched, Open, Paused, Submitted};

/// The process of a request.
#[rustfmt::skip]
pub const REQUEST_PATHS: &[Path<Stage, RequestEvent>] = &[
    Path { from: &[Draft], event: E::Submit, by: &[By::Client], to: Submitted },
    Path { from: &[Draft, Submitted], event: E::Publish, by: &[By::Client, By::Operator], to: Open },
    Path { from: &[Open], event: E::Pause, by: &[By::Client], to: Paused },
    Path { from: &[Paused], event: E::Resume, by: &[By::Client], to: Open },
    Path { from: &[Open], event: E::Renew, by: &[By::Client], to: Open },
    Path { from: &[Open, Paused], event: E::Match, by: &[By::Parties], to: Matched },
    Path { from: &[Matched], event: E::Unmatch, by: &[By::Parties, By::Clock], to: Open },
    Path { from: &[Matched], event: E::Fill, by: &[By::Parties], to: Filled },
    Path { from: &[Submitted, Open, Paused], event: E::Expire, by: &[By::Clock], to: Expired },
    Path { from: &[Draft, Submitted, Open, Paused, Matched], event: E::Cancel, by: &[By::Client, By::Operator], to: Canceled },
];

/// Where a request is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Of which request.
    pub request: RequestId,
    /// Whose it is, once the person has an account.
    pub client: Option<PersonId>,
    /// How far it has got.
    pub stage: Stage,
    /// Grows by one with each accepted event.
    pub version: i64,
    /// Grows with each entry into a stage. A timer of an earlier entry is stale.
    pub entry_no: i64,
    /// When the client was last heard of.
    pub seen_at: Timestamp,
    /// When it closes itself.
    pub expires_at: Timestamp,
}

/// What becomes of an accepted event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progressed {
    /// As it is now.
    pub progress: Progress,
    /// What will happen by itself.
    pub timers: Vec<Timer>,
    /// Whether everybody with an open proposal is to be told that it is closed.
    pub tells_applicants: bool,
}

impl Progress {
    /// A request of today: sent, by somebody without an account.
    pub fn of(request: &Request) -> Self {
        let at = request.submitted_at();
        Self {
            request: request.id,
            client: None,
            stage: Stage::Submitted,
            version: request.version,
            entry_no: 1,
            seen_at: at,
            expires_at: after(at, days(EXPIRES)),
        }
    }

    /// Whether the client has not been heard of for so long that experts are told.
    pub fn is_quiet(&self, now: Timestamp) -> bool {
        !self.stage.is_over() && now > after(self.seen_at, days(QUIET))
    }

    /// When it was over; none while something may come of it. Time ends it when it is up, everything else with the last sign
    /// of the client.
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self.stage {
            Expired => Some(self.expires_at),
            Filled | Canceled => Some(self.seen_at),
            Draft | Submitted | Open | Paused | Matched => None,
        }
    }

    /// Decides what becomes of an event, or refuses it. `checked` says whether somebody has confirmed the address.
    pub fn decide(
        &self,
        event: RequestEvent,
        by: &Actor,
        checked: Address,
        now: Timestamp,
    ) -> Result<Progressed, Refusal> {
        let role = self.role(event, by)?;
        if self.stage.is_over() {
            return Err(Refusal::RequestOver);
        }
        let stage =
            follow(REQUEST_PATHS, self.stage, &event, role).ok_or_else(|| self.refusal(event, role))?;
        if event == RequestEvent::Publish && checked == Address::Unchecked {
            return Err(Refusal::AddressUnchecked);
        }
        let now = whole_microseconds(now);
        if event == RequestEvent::Expire && now <= self.expires_at {
            return Err(Refusal::TimerNotDue);
        }
        let mut progress = self.clone();
        progress.stage = stage;
        progress.version = progress.version.saturating_add(1);
        progress.entry_no = progress.entry_no.saturating_add(1);
        if matches!(role, By::Client | By::Parties) {
            progress.seen_at = now;
            progress.expires_at = after(now, days(EXPIRES));
        } else if event == RequestEvent::Unmatch {
            progress.expires_at = after(now, days(EXPIRES));
        }
        let waits = follow(REQUEST_PATHS, stage, &RequestEvent::Expire, By::Clock).is_some();
        let timer = Timer {
            kind: TimerKind::RequestExpires,
            subject: progress.request.to_string(),
            entry_no: progress.entry_no,
            due_at: progress.expires_at,
        };
        Ok(Progressed {
            tells_applicants: stage.is_over(),
            timers: if waits { vec![timer] } else { Vec::new() },
            progress,
        })
    }

    fn role(&self, event: RequestEvent, by: &Actor) -> Result<By, Refusal> {
        match by {
            // What a proposal or a contract does to its request is told by their machines, for both parties.
            Actor::Clock
                if matches!(
                    event,
                    RequestEvent::Match | RequestEvent::Unmatch | RequestEvent::Fill
                ) =>
            {
                Ok(By::Parties)
            }
            Actor::Clock => Ok(By::Clock),
            Actor::Operator { .. } => Ok(By::Operator),
            Actor::Person { id } if self.client.is_none_or(|client| client == *id) => Ok(By::Client),
            Actor::Person { .. } | Actor::Provider { .. } => Err(Refusal::NotYourRequest),
        }
    }

    fn refusal(&self, event: RequestEvent, role: By) -> Refusal {
        let by_others = By::ALL
            .iter()
            .any(|other| follow(REQUEST_PATHS, self.stage, &event, *other).is_some());
        if by_others {
            return if role == By::Operator {
                Refusal::OperatorCannotAct
            } else {
                Refusal::NotYourRequest
            };
        }
        Refusal::RequestNotNow
    }
}

/// Whether somebody has confirmed the address of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// A link in a mail to it was opened.
    Checked,
    /// Nobody knows whose it is.
    Unchecked,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Progress {
        let now = at("2026-01-05T09:00:00Z");
        Progress {
            request: RequestId::new(now, [1; 10]),
            client: Some(person(1)),
            stage: Stage::Open,
            version: 1,
            entry_no: 1,
            seen_at: now,
            expires_at: after(now, days(30)),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn person(number: u8) -> PersonId {
        PersonId::new(Timestamp::UNIX_EPOCH, [number; 10])
    }

    fn actor(name: &str) -> Actor {
        match name {
            "client" => Actor::Person { id: person(1) },
            "stranger" => Actor::Person { id: person(2) },
            "operator" => Actor::Operator { id: person(3) },
            _ => Actor::Clock,
        }
    }

    fn event(name: &str) -> RequestEvent {
        *RequestEvent::ALL
            .iter()
            .find(|event| event.name() == name)
            .unwrap()
    }

    /// `who event -> stage` or `-> refused: code`, and `wait n` days.
    fn run(mut progress: Progress, script: &str) {
        let mut now = progress.seen_at;
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (asked, expected) = line.split_once("->").unwrap();
            let words: Vec<&str> = asked.split_whitespace().collect();
            if words[0] == "wait" {
                now = after(now, days(words[1].parse().unwrap()));
                continue;
            }
            let checked = if words.contains(&"unchecked") {
                Address::Unchecked
            } else {
                Address::Checked
            };
            let found = match progress.decide(event(words[1]), &actor(words[0]), checked, now) {
                Ok(decided) => {
                    progress = decided.progress;
                    let waits = matches!(progress.stage, Stage::Submitted | Stage::Open | Stage::Paused);
                    assert_eq!(decided.timers.len(), usize::from(waits), "{line}");
                    assert_eq!(decided.tells_applicants, progress.stage.is_over(), "{line}");
                    progress.stage.name().to_owned()
                }
                Err(refusal) => format!("refused: {}", refusal.code()),
            };
            assert_eq!(found, expected.trim(), "{line}");
        }
    }

    #[test]
    fn a_request_is_opened_matched_and_filled() {
        let draft = Progress {
            stage: Stage::Draft,
            ..open()
        };
        run(
            draft,
            "client submit              -> submitted
             client publish unchecked   -> refused: address_unchecked
             stranger publish           -> refused: not_your_request
             operator publish           -> open
             client publish             -> refused: request_not_now
             operator pause             -> refused: operator_cannot_act
             client pause               -> paused
             client resume              -> open
             client match               -> refused: not_your_request
             clock match                -> matched
             clock expire               -> refused: request_not_now
             clock unmatch              -> open
             clock match                -> matched
             clock fill                 -> filled
             client cancel              -> refused: request_over",
        );
    }

    #[test]
    fn a_request_nobody_looks_after_closes_itself() {
        run(
            open(),
            "wait 29           ->
             client renew      -> open
             wait 30           ->
             clock expire      -> refused: timer_not_due
             wait 1            ->
             clock expire      -> expired",
        );
        let progress = open();
        assert_eq!(progress.ended_at(), None);
        let expired = Progress {
            stage: Stage::Expired,
            ..open()
        };
        assert_eq!(expired.ended_at(), Some(expired.expires_at));
        let canceled = Progress {
            stage: Stage::Canceled,
            ..open()
        };
        assert_eq!(canceled.ended_at(), Some(canceled.seen_at));
        assert!(!progress.is_quiet(after(progress.seen_at, days(14))));
        assert!(progress.is_quiet(after(progress.seen_at, days(15))));
    }

    #[test]
    fn a_request_is_canceled_by_its_client_or_the_operator() {
        for by in ["client", "operator"] {
            run(open(), &format!("{by} cancel -> canceled"));
        }
        run(
            open(),
            "stranger cancel -> refused: not_your_request\nclock cancel -> refused: not_your_request",
        );
    }

    #[test]
    fn a_request_of_today_is_submitted() {
        let now = at("2026-01-05T09:00:00Z");
        let brief = super::super::Brief {
            name: "A".to_owned(),
            email: "a@example.org".to_owned(),
            summary: "S".to_owned(),
            details: None,
            role: "R".to_owned(),
            budget: None,
            start: None,
            place: None,
            wishes: super::super::Wishes::default(),
        };
        let id = RequestId::new(now, [1; 10]);
        let request = Request::submit(id, brief, super::super::Origin::default(), now);
        assert_eq!(Progress::of(&request).stage.name(), request.state.name());
    }
}
