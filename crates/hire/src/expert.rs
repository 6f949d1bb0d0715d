//! Experts: what they say of themselves, and who decides whether others see it.
//!
//! [`Draft`] is what was typed; [`Draft::check`] names everything wrong with it at once or gives a [`Profile`];
//! [`Expert`] is the record, which the expert and the office move. How experts are found is not decided here.

mod draft;
pub mod import;
mod portfolio;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::draft::{Draft, Field, SKILL_FIELDS, SkillFields, TypedSkill};
pub use self::portfolio::{
    PORTFOLIO, PORTFOLIO_FIELDS, PortfolioFields, PortfolioItem, STORY, TITLE, TypedItem,
};
use crate::contract::words;
use crate::field::{FieldRefusal, Lines, reason, text};
use crate::ids::PersonId;
use crate::money::{Currency, Minor};
use crate::person::{Person, Role};
use crate::refusal::Refusal;

/// Skills at most.
pub const SKILLS: usize = 20;
/// Characters of the reasons of a decision at most.
pub const REASONS: usize = 2_000;

words! {
    /// Whether others see a profile.
    Standing {
        /// Not sent to the office yet; nobody else sees it.
        Draft = "draft",
        /// The office is to look at it; nobody else sees it.
        Waiting = "waiting",
        /// Everybody sees it and finds it.
        Visible = "visible",
        /// The office did not let it through and said why.
        Refused = "refused",
        /// Let through, and put away by the expert.
        Hidden = "hidden",
    }
}

words! {
    /// Why the office is asked to look at a profile.
    Due {
        /// It was never let through.
        New = "new",
        /// It was let through before.
        SentAgain = "sent_again",
        /// It is visible, and was changed since.
        Changed = "changed",
    }
}

words! {
    /// What the office made of a profile.
    Decision {
        /// Everything on the checklist holds.
        Approved = "approved",
        /// Something does not, and the reasons say what to do.
        Refused = "refused",
    }
}

words! {
    /// The checklist of the office: what must hold of a profile.
    Check {
        /// The name is that of a person or a firm, and this is their only profile.
        Identity = "identity",
        /// At least one skill has work behind it that can be looked at, or was shown to us.
        Evidence = "evidence",
        /// Headline, text and skills fit together, and the years can be true.
        Plausible = "plausible",
        /// The texts have no address, number or link to be hired elsewhere, and insult nobody.
        Conduct = "conduct",
    }
}

/// Something an expert can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// In their words.
    pub name: String,
    /// For how long, in whole years.
    pub years: u8,
    /// An address at which it can be seen.
    pub evidence: Option<String>,
}

/// What an expert is paid for an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Above zero.
    pub hour_minor: Minor,
    /// What it is counted in.
    pub currency: Currency,
}

/// A checked draft: every text is trimmed, within its length and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What they do, in one line.
    pub headline: String,
    /// The rest, with line breaks.
    pub about: String,
    /// At least one, each name once.
    pub skills: Vec<Skill>,
    /// Work that is done, the most telling first; profiles that were kept before there were portfolios have none.
    #[serde(default)]
    pub portfolio: Vec<PortfolioItem>,
    /// What an hour costs; none where that is agreed for each project.
    pub rate: Option<Rate>,
    /// The first day they can work; none where that is today.
    pub available_from: Option<Date>,
    /// How much they can work.
    pub hours_a_week: Option<u8>,
    /// At least one.
    pub languages: Vec<String>,
    /// In their words, such as `Europe/Berlin`.
    pub time_zone: String,
    /// Whether search engines may find the page.
    pub indexed: bool,
}

impl Profile {
    /// What is left of the profile of somebody whose account was deleted; a draft for ever.
    pub fn nothing() -> Self {
        Self {
            headline: String::new(),
            about: String::new(),
            skills: Vec::new(),
            portfolio: Vec::new(),
            rate: None,
            available_from: None,
            hours_a_week: None,
            languages: Vec::new(),
            time_zone: String::new(),
            indexed: false,
        }
    }

    /// Whether another profile says something else where the office has to look again.
    fn claims_differ(&self, other: &Self) -> bool {
        self.headline != other.headline || self.skills != other.skills || self.portfolio != other.portfolio
    }
}

/// An expert as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expert {
    /// Whose profile it is.
    pub person: PersonId,
    /// Whether others see it.
    pub standing: Standing,
    /// Grows by one with each change; whoever changes the record says which version was seen.
    pub version: i64,
    /// Since when it has stood so.
    pub since: Timestamp,
    /// When the office let it through the first time after it had to wait.
    pub vetted_at: Option<Timestamp>,
    /// Since when the headline, a skill or a piece of work has been another than the office saw.
    pub changed_at: Option<Timestamp>,
    /// What is shown.
    pub profile: Profile,
}

/// A no, in words for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct No {
    /// Stable word for programs.
    pub code: &'static str,
    /// What happened and what to do.
    pub sentence: &'static str,
}

/// A decision of the office with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vetting {
    /// When.
    pub at: Timestamp,
    /// The operator.
    pub by: PersonId,
    /// What came of it.
    pub decision: Decision,
    /// What does not hold; the rest of the checklist does.
    pub failed: BTreeSet<Check>,
    /// For the expert to read.
    pub reasons: Option<String>,
}

impl Vetting {
    /// From what an operator ticked and typed. An approval has nothing that does not hold; a refusal says what to do.
    pub fn check(
        (by, at): (PersonId, Timestamp),
        decision: Decision,
        failed: BTreeSet<Check>,
        reasons: &str,
    ) -> Result<Self, FieldRefusal> {
        let missing = "Say what the expert has to change: they read this.";
        let given = || reason("reasons", reasons, REASONS, Lines::Several, missing);
        match decision {
            Decision::Approved if !failed.is_empty() => Err(FieldRefusal::new(
                "failed",
                "contradiction",
                "Something is ticked that does not hold. Clear it, or refuse the profile.",
            )),
            Decision::Refused if failed.is_empty() => Err(FieldRefusal::new(
                "failed",
                "missing",
                "Tick at least one thing that does not hold.",
            )),
            Decision::Approved | Decision::Refused => Ok(Self {
                at,
                by,
                decision,
                failed,
                reasons: match decision {
                    Decision::Approved => text("reasons", reasons, REASONS, Lines::Several)?,
                    Decision::Refused => Some(given()?),
                },
            }),
        }
    }
}

/// Whether somebody may answer a request or send a proposal: only who has a profile that others see.
pub fn may_answer(standing: Option<Standing>) -> Result<(), Refusal> {
    match standing {
        Some(Standing::Visible) => Ok(()),
        None => Err(Refusal::ProfileMissing),
        Some(Standing::Draft) => Err(Refusal::ProfileDraft),
        Some(Standing::Waiting) => Err(Refusal::ProfileWaiting),
        Some(Standing::Refused) => Err(Refusal::ProfileRefused),
        Some(Standing::Hidden) => Err(Refusal::ProfileHidden),
    }
}

const NOTHING_TO_SUBMIT: No = No {
    code: "not_to_be_vetted",
    sentence: "This profile was sent to the office already, or let through. Nothing was changed.",
};
const NOT_VISIBLE: No = No {
    code: "profile_not_visible",
    sentence: "Only a profile that others see can be hidden. Nothing was changed.",
};
const NOT_HIDDEN: No = No {
    code: "profile_not_hidden",
    sentence: "Only a profile that you have hidden can be shown again. Nothing was changed.",
};
const NOT_SENT: No = No {
    code: "profile_not_sent",
    sentence: "The expert has not sent this profile to the office, so there is nothing to decide.",
};
const NOT_SUPPORT: No = No {
    code: "support_only",
    sentence: "Profiles are vetted by operators with the role support.",
};
const OWN_PROFILE: No = No {
    code: "own_profile",
    sentence: "Nobody vets their own profile. Another operator has to.",
};

impl Expert {
    /// A profile that was saved for the first time.
    pub fn new(person: PersonId, profile: Profile, at: Timestamp) -> Self {
        Self {
            person,
            standing: Standing::Draft,
            version: 1,
            since: at,
            vetted_at: None,
            changed_at: None,
            profile,
        }
    }

    /// Says something else. What was let through stays so, and is marked where the office has to look again.
    #[must_use]
    pub fn edit(self, profile: Profile, at: Timestamp) -> Self {
        let was_seen = matches!(self.standing, Standing::Visible | Standing::Hidden);
        let changed = was_seen && self.profile.claims_differ(&profile);
        Self {
            version: self.version.saturating_add(1),
            changed_at: self.changed_at.or(Some(at).filter(|_| changed)),
            profile,
            ..self
        }
    }

    /// The expert sends it to the office.
    pub fn submit(self, at: Timestamp) -> Result<Self, No> {
        match self.standing {
            Standing::Draft | Standing::Refused => Ok(self.stand(Standing::Waiting, at)),
            Standing::Waiting | Standing::Visible | Standing::Hidden => Err(NOTHING_TO_SUBMIT),
        }
    }

    /// The expert puts it away.
    pub fn hide(self, at: Timestamp) -> Result<Self, No> {
        if self.standing == Standing::Visible {
            Ok(self.stand(Standing::Hidden, at))
        } else {
            Err(NOT_VISIBLE)
        }
    }

    /// The expert shows it again.
    pub fn show(self, at: Timestamp) -> Result<Self, No> {
        if self.standing == Standing::Hidden {
            Ok(self.stand(Standing::Visible, at))
        } else {
            Err(NOT_HIDDEN)
        }
    }

    /// The office decides, also about a profile that it has let through before.
    pub fn vet(self, by: &Person, vetting: &Vetting) -> Result<Self, No> {
        if !by.roles.may(Role::Support) {
            return Err(NOT_SUPPORT);
        }
        if by.id == self.person || vetting.by != by.id {
            return Err(OWN_PROFILE);
        }
        let standing = match (self.standing, vetting.decision) {
            (Standing::Draft | Standing::Refused, _) => return Err(NOT_SENT),
            (_, Decision::Refused) => Standing::Refused,
            (Standing::Hidden, Decision::Approved) => Standing::Hidden,
            (Standing::Waiting | Standing::Visible, Decision::Approved) => Standing::Visible,
        };
        let first = self.standing == Standing::Waiting && standing == Standing::Visible;
        let since = if standing == self.standing {
            self.since
        } else {
            vetting.at
        };
        Ok(Self {
            vetted_at: if first { Some(vetting.at) } else { self.vetted_at },
            changed_at: None,
            ..self.stand(standing, since)
        })
    }

    /// Why the office is asked to look at it, where it is.
    pub fn due(&self) -> Due {
        match (self.standing, self.vetted_at) {
            (Standing::Visible, _) => Due::Changed,
            (_, None) => Due::New,
            (_, Some(_)) => Due::SentAgain,
        }
    }

    /// Since when the office has been asked to look at it; none where it is not.
    pub fn due_since(&self) -> Option<Timestamp> {
        match self.standing {
            Standing::Waiting => Some(self.since),
            Standing::Visible => self.changed_at,
            Standing::Draft | Standing::Refused | Standing::Hidden => None,
        }
    }

    fn stand(self, standing: Standing, since: Timestamp) -> Self {
        Self {
            standing,
            since,
            version: self.version.saturating_add(1),
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
