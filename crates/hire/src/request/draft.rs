//! Checking what a person typed: every fault is found at once, and each says what to do.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::budget::{Budget, BudgetFault};
use super::{Brief, Field, FieldRefusal, TypedWishes};
use crate::field::{self, Faults, Lines, has_shape_of_address};
use crate::money::Currency;

/// The fields as typed; a field left out is empty. A refused form is filled from it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// How the person wants to be called; at most 100 characters.
    pub name: String,
    /// An e-mail address; at most 254 characters.
    pub email: String,
    /// What should be built, in one line of at most 120 characters.
    pub summary: String,
    /// Anything more, over several lines; may be empty; at most 5,000 characters.
    pub details: String,
    /// The technology or role wanted; at most 80 characters.
    pub role: String,
    /// One sum or two in the currency of the site, such as `10,000-25,000`; may be empty.
    pub budget: String,
    /// A day as `2026-12-01`; may be empty.
    pub start: String,
    /// Time zone or place; may be empty; at most 80 characters.
    pub place: String,
    /// What may be said beyond the eight fields above.
    #[serde(flatten)]
    pub wishes: TypedWishes,
}

impl Draft {
    /// The brief, or every fault there is, in the order of the form. A start on `today` is still good.
    pub fn check(&self, today: Date, currency: Currency) -> Result<Brief, Vec<FieldRefusal>> {
        let mut faults = Faults::default();
        let name = faults.note(self.required(Field::Name));
        let email = faults.note(self.email());
        let summary = faults.note(self.required(Field::Summary));
        let details = faults.note(self.optional(Field::Details));
        let role = faults.note(self.required(Field::Role));
        let budget = faults.note(self.budget(currency));
        let start = faults.note(self.start(today));
        let place = faults.note(self.optional(Field::Place));
        let dates = (today, start.flatten());
        let wishes = self.wishes.check(&mut faults, dates, currency);
        let made = (|| {
            Some(Brief {
                name: name?,
                email: email?,
                summary: summary?,
                details: details?,
                role: role?,
                budget: budget?,
                start: start?,
                place: place?,
                wishes: wishes?,
            })
        })();
        faults.or(made)
    }

    /// What was typed into a field, empty for the hidden ones.
    pub fn text(&self, field: Field) -> &str {
        match field {
            Field::Name => &self.name,
            Field::Email => &self.email,
            Field::Summary => &self.summary,
            Field::Details => &self.details,
            Field::Role => &self.role,
            Field::Budget => &self.budget,
            Field::Start => &self.start,
            Field::Place => &self.place,
            Field::Origin => "",
        }
    }

    fn required(&self, field: Field) -> Result<String, FieldRefusal> {
        field::required(
            field.name(),
            self.text(field),
            field.limit(),
            lines(field),
            missing(field),
        )
    }

    fn optional(&self, field: Field) -> Result<Option<String>, FieldRefusal> {
        field::text(field.name(), self.text(field), field.limit(), lines(field))
    }

    fn email(&self) -> Result<String, FieldRefusal> {
        let email = self.required(Field::Email)?;
        if has_shape_of_address(&email) {
            Ok(email)
        } else {
            let sentence = "This does not look like an e-mail address. Write it like name@example.com.";
            Err(refusal(Field::Email, "malformed", sentence))
        }
    }

    fn budget(&self, currency: Currency) -> Result<Option<Budget>, FieldRefusal> {
        let Some(text) = self.optional(Field::Budget)? else {
            return Ok(None);
        };
        let refuse = |code, sentence: String| refusal(Field::Budget, code, sentence);
        Budget::read(&text, currency).map(Some).map_err(|fault| match fault {
            BudgetFault::Unclear => refuse(
                "unclear",
                format!("This cannot be read as a sum. Write one or two amounts in {currency}, like 25,000 or 10,000-25,000."),
            ),
            BudgetFault::OtherCurrency => {
                refuse("other_currency", format!("Budgets here are in {currency}. Write the amount in {currency}."))
            }
            BudgetFault::Zero => {
                refuse("zero", "A budget is above zero. Leave the field empty if you do not know it yet.".to_owned())
            }
            BudgetFault::Reversed => {
                refuse("reversed", "The first amount is above the second. Write the lower one first.".to_owned())
            }
            BudgetFault::TooLarge => {
                refuse("too_large", "This sum is larger than can be handled here. Check the zeros.".to_owned())
            }
        })
    }

    fn start(&self, today: Date) -> Result<Option<Date>, FieldRefusal> {
        let Some(text) = self.optional(Field::Start)? else {
            return Ok(None);
        };
        let refuse = |code, sentence: String| Err(refusal(Field::Start, code, sentence));
        let Some(date) = field::day(&text) else {
            let sentence =
                format!("This is not a day of the calendar. Write year, month and day like {today}.");
            return refuse("malformed", sentence);
        };
        let farthest = today.saturating_add(5.years());
        if date < today {
            return refuse(
                "past",
                format!("This day is over. Name {today} or a later day, or leave it empty."),
            );
        }
        if date > farthest {
            return refuse(
                "too_far",
                format!("This is more than five years ahead. Name a day up to {farthest}."),
            );
        }
        Ok(Some(date))
    }
}

fn lines(field: Field) -> Lines {
    if field == Field::Details {
        Lines::Several
    } else {
        Lines::One
    }
}

fn refusal(field: Field, code: &'static str, sentence: impl Into<String>) -> FieldRefusal {
    FieldRefusal::new(field.name(), code, sentence)
}

fn missing(field: Field) -> &'static str {
    match field {
        Field::Name => "Tell us your name.",
        Field::Email => "Give an e-mail address that the answer can go to.",
        Field::Summary => "Say in one line what should be built.",
        Field::Role => "Name the technology or role you want, for example Python engineer.",
        Field::Details | Field::Budget | Field::Start | Field::Place | Field::Origin => "Fill in this field.",
    }
}
