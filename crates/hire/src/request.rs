//! A request to hire: what a person asks for, where they came from, and how far it has got.
//!
//! [`Draft`] is what was typed; [`Draft::check`] names everything wrong with it at once or gives a [`Brief`];
//! [`Request::submit`] makes the record; [`Progress`] is what becomes of it. Proposals have a module of their own.

mod budget;
mod draft;
mod progress;
mod wishes;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

pub use self::budget::Budget;
pub use self::draft::Draft;
pub use self::progress::{Address, Progress, Progressed, REQUEST_PATHS, RequestEvent, Stage};
pub use self::wishes::{Mode, TypedWishes, WishField, Wishes, acceptance};
pub use crate::field::FieldRefusal;
use crate::field::unprintable;
use crate::ids::{DecisionId, Reference, RequestId};

/// The record that everything later builds on: proposals and contracts point at its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Never changes and is never used again.
    pub id: RequestId,
    /// How far it has got.
    pub state: State,
    /// Grows by one with each change; whoever changes the record says which version was seen.
    pub version: i64,
    /// What the person asks for.
    pub brief: Brief,
    /// The comparison or role page it was raised from.
    pub origin: Origin,
}

/// How far a request has got. Each variant holds what is true in it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum State {
    /// Sent by somebody whose e-mail address nobody has checked yet; the operator reads it. It stands between
    /// the draft in the person's browser and the open request that experts see.
    Submitted {
        /// When it was sent.
        at: Timestamp,
    },
}

/// A checked draft: every text is trimmed, within its length and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brief {
    /// How the person wants to be called.
    pub name: String,
    /// Where the answer goes. It has the shape of an address; nobody has written to it yet.
    pub email: String,
    /// What should be built, in one line.
    pub summary: String,
    /// The rest of the story, with line breaks.
    pub details: Option<String>,
    /// The technology or role wanted, in the person's words.
    pub role: String,
    /// What may be spent.
    pub budget: Option<Budget>,
    /// The first day of work wished for.
    pub start: Option<Date>,
    /// Time zone or place of the person, in their words.
    pub place: Option<String>,
    /// What experts are ordered by, and when the work counts as done.
    pub wishes: Wishes,
}

/// What was on the reader's screen when the request was raised. It is shown back and never computed with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Slug of the comparison.
    pub comparison: Option<String>,
    /// Edition of the comparison that was read.
    pub edition: Option<String>,
    /// Weights and must-haves as they stood in the address, without the question mark.
    pub query: Option<String>,
    /// The verdict that was shown for them, as a sentence.
    pub verdict: Option<String>,
    /// Slug of the role page.
    pub role: Option<String>,
    /// What several people decided together before: only its id, which opens nothing and names nobody.
    pub decision: Option<DecisionId>,
    /// How many had decided by then, where what came along was what they had decided together. Earlier requests do not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
}

/// The fields of a draft, and the hidden ones of its origin taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// [`Draft::name`]
    Name,
    /// [`field@Draft::email`]
    Email,
    /// [`Draft::summary`]
    Summary,
    /// [`Draft::details`]
    Details,
    /// [`Draft::role`]
    Role,
    /// [`field@Draft::budget`]
    Budget,
    /// [`field@Draft::start`]
    Start,
    /// [`Draft::place`]
    Place,
    /// Any part of [`Origin`]: the person cannot mend it, only come again from the comparison.
    Origin,
}

impl Field {
    /// The eight fields a person fills, in the order of the form.
    pub const FILLED: [Self; 8] = [
        Self::Name,
        Self::Email,
        Self::Summary,
        Self::Details,
        Self::Role,
        Self::Budget,
        Self::Start,
        Self::Place,
    ];

    /// The name of the field in forms and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Summary => "summary",
            Self::Details => "details",
            Self::Role => "role",
            Self::Budget => "budget",
            Self::Start => "start",
            Self::Place => "place",
            Self::Origin => "origin",
        }
    }

    /// The most characters it may have.
    pub fn limit(self) -> usize {
        match self {
            Self::Name => 100,
            Self::Email => 254,
            Self::Summary => 120,
            Self::Details => 5_000,
            Self::Role | Self::Budget | Self::Start | Self::Place => 80,
            Self::Origin => 2_000,
        }
    }
}

impl State {
    /// The word for the state in the database, the API and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted { .. } => "submitted",
        }
    }
}

impl Request {
    /// A new request. Times are kept to the microsecond, so the rest of `at` is cut off here.
    pub fn submit(id: RequestId, brief: Brief, origin: Origin, at: Timestamp) -> Self {
        let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
        Self {
            id,
            state: State::Submitted { at },
            version: 1,
            brief,
            origin,
        }
    }

    /// What the person quotes when asking about it.
    pub fn reference(&self) -> Reference {
        self.id.reference()
    }

    /// When the person sent it.
    pub fn submitted_at(&self) -> Timestamp {
        let State::Submitted { at } = self.state;
        at
    }
}

impl Origin {
    /// Trims every part and refuses what no page of ours can have sent.
    pub fn check(self) -> Result<Self, FieldRefusal> {
        let parts = [
            (self.comparison, 80, Shape::Slug),
            (self.edition, 40, Shape::Edition),
            (self.query, Field::Origin.limit(), Shape::Line),
            (self.verdict, 500, Shape::Line),
            (self.role, 80, Shape::Slug),
        ];
        let mut checked = Vec::with_capacity(parts.len());
        for (part, limit, shape) in parts {
            let part = part
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty());
            if part
                .as_ref()
                .is_some_and(|text| text.chars().count() > limit || !shape.fits(text))
            {
                return Err(Self::refusal());
            }
            checked.push(part);
        }
        let mut checked = checked.into_iter();
        let mut next = || checked.next().flatten();
        Ok(Self {
            comparison: next(),
            edition: next(),
            query: next(),
            verdict: next(),
            role: next(),
            decision: self.decision,
            people: self.people,
        })
    }

    fn refusal() -> FieldRefusal {
        FieldRefusal {
            field: Field::Origin.name(),
            code: "malformed",
            sentence:
                "The link that brought you here is damaged. Open the comparison again and raise the request \
                       from there."
                    .to_owned(),
        }
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Slug,
    Edition,
    Line,
}

impl Shape {
    fn fits(self, text: &str) -> bool {
        match self {
            Self::Slug => text
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')),
            Self::Edition => text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')),
            Self::Line => !text.chars().any(unprintable),
        }
    }
}

#[cfg(test)]
mod tests;
