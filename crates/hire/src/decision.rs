//! A comparison that several people decide together: what is kept of it, and what one of them says.
//!
//! There are no accounts here. A link opens a decision: its maker's, the one that invites, and one for each person who
//! takes part. What the weights come to is computed elsewhere; to these rules they are text, as they stand in an address.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::field::{Faults, FieldRefusal, Lines, required, text};
use crate::ids::{DecisionId, ParticipantId};
use crate::span::whole_microseconds;

/// How many people may take part in one.
pub const MOST_PARTICIPANTS: usize = 50;
/// After so many months in which nobody changed anything it is deleted.
pub const IDLE_MONTHS: i32 = 12;
/// The most characters of its title.
pub const TITLE_LIMIT: usize = 160;
/// The most characters of a person's name.
pub const NAME_LIMIT: usize = 60;
/// The most characters of what a person has to say.
pub const NOTE_LIMIT: usize = 600;

/// A kept state of a comparison that several people look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Names it; it opens nothing.
    pub id: DecisionId,
    /// What is to be decided, in the maker's words.
    pub title: String,
    /// Slug of the comparison.
    pub comparison: String,
    /// Number of the edition, which never changes.
    pub edition: String,
    /// The whole state as it stood in the address, edition and every weight spelt out.
    pub query: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it is deleted, unless somebody changes something before.
    pub expires_at: Timestamp,
    /// How many links have invited to it so far; only the last one does.
    pub invite_no: i64,
}

/// What one person of it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Names the person to the others.
    pub id: ParticipantId,
    /// What they are to be called.
    pub name: String,
    /// Why they weigh so, or what speaks against the result.
    pub note: Option<String>,
    /// Their weights as in an address: `w.performance=30&w.talent=70`.
    pub weights: String,
    /// When they came in.
    pub joined_at: Timestamp,
    /// When they last changed something.
    pub changed_at: Timestamp,
}

/// Name and note as somebody typed them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedPosition {
    /// [`Participant::name`]
    pub name: String,
    /// [`Participant::note`]
    pub note: String,
}

/// The title as it is kept.
pub fn title(typed: &str) -> Result<String, FieldRefusal> {
    let missing = "Say what is to be decided, such as: What do we build the next service in?";
    required("title", typed, TITLE_LIMIT, Lines::One, missing)
}

impl TypedPosition {
    /// Name and note as they are kept, or all that is wrong with them.
    pub fn check(&self) -> Result<(String, Option<String>), Vec<FieldRefusal>> {
        let mut faults = Faults::default();
        let missing = "Say what the others are to call you.";
        let name = faults.note(required("name", &self.name, NAME_LIMIT, Lines::One, missing));
        let note = faults.note(text("note", &self.note, NOTE_LIMIT, Lines::Several));
        faults.or(name.zip(note))
    }
}

/// When a decision is deleted in which something was changed at a moment: the same day of the month, [`IDLE_MONTHS`] later.
pub fn expiry(at: Timestamp) -> Timestamp {
    let later = at.to_zoned(TimeZone::UTC).checked_add(IDLE_MONTHS.months());
    whole_microseconds(later.map_or(Timestamp::MAX, |later| later.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &str, note: &str) -> Vec<(&'static str, &'static str)> {
        let typed = TypedPosition {
            name: name.to_owned(),
            note: note.to_owned(),
        };
        let faults = typed.check().unwrap_err();
        faults.iter().map(|fault| (fault.field, fault.code)).collect()
    }

    #[test]
    fn a_position_needs_a_name_that_can_be_shown() {
        let typed = TypedPosition {
            name: "  Ada  ".to_owned(),
            note: "First\r\nsecond ".to_owned(),
        };
        assert_eq!(
            typed.check(),
            Ok(("Ada".to_owned(), Some("First\nsecond".to_owned())))
        );
        assert_eq!(codes(" ", ""), [("name", "missing")]);
        assert_eq!(codes("--", ""), [("name", "missing")]);
        assert_eq!(
            codes(&"a".repeat(61), &"b".repeat(601)),
            [("name", "too_long"), ("note", "too_long")]
        );
        assert_eq!(
            codes("Ada\u{202e}", "\u{0}"),
            [("name", "control_character"), ("note", "control_character")]
        );
        assert_eq!(codes("Ada\nEve", ""), [("name", "control_character")]);
    }

    #[test]
    fn it_is_kept_for_twelve_months_by_the_calendar() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(
            expiry(at("2026-11-26T12:00:00.0000019Z")),
            at("2027-11-26T12:00:00.000001Z")
        );
        assert_eq!(expiry(at("2028-02-29T00:00:00Z")), at("2029-02-28T00:00:00Z"));
        assert_eq!(expiry(Timestamp::MAX), whole_microseconds(Timestamp::MAX));
    }

    #[test]
    fn a_title_says_something() {
        assert_eq!(title(" Which one? "), Ok("Which one?".to_owned()));
        assert_eq!(title("?").unwrap_err().code, "missing");
        assert_eq!(title(&"x".repeat(161)).unwrap_err().code, "too_long");
    }
}
