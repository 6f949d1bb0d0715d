//! Holds on a contract: a pause that an operator decides, with what was found, by which rule, until when, and what the
//! parties say to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::By;
use super::step::Step;
use super::table::Audience;
use super::timer::TimerKind;
use super::{Contract, Standing};
use crate::hold::{check_review, given, takes_two, unbroken};
use crate::ids::{HoldId, PersonId};
use crate::refusal::Refusal;

/// What an operator has found who puts a contract on hold, and until when it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What was found.
    pub facts: String,
    /// Which rule it breaks.
    pub rule: String,
    /// When it ends by itself, at most 7 days from now.
    pub review_by: Timestamp,
    /// The other operator, where it comes to more than 30 days.
    pub second: Option<PersonId>,
}

/// What a party says to a hold, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// Whose.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// In their words.
    pub reason: String,
    /// By an operator who had not placed the hold.
    pub answer: Option<String>,
}

/// A hold on a contract. While it stands the contract is paused by an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Its name for ever.
    pub id: HoldId,
    /// A stable word.
    pub reason: String,
    /// What was found.
    pub facts: String,
    /// Which rule it breaks.
    pub rule: String,
    /// Who decided.
    pub by: PersonId,
    /// Who has confirmed it beyond 30 days.
    pub second: Option<PersonId>,
    /// Since when.
    pub placed_at: Timestamp,
    /// When it ends by itself unless an operator has looked at it and keeps it.
    pub review_by: Timestamp,
    /// What the parties say to it, each once.
    pub complaints: Vec<Complaint>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

impl Hold {
    /// Whether it stands: the clocks stand still until it has ended.
    pub fn stands(&self) -> bool {
        self.ended_at.is_none()
    }

    /// What this party says to it.
    pub fn complaint(&self, by: PersonId) -> Option<&Complaint> {
        self.complaints.iter().find(|one| one.by == by)
    }

    /// Complaints that no operator has answered.
    pub fn unanswered(&self) -> impl Iterator<Item = &Complaint> {
        self.complaints.iter().filter(|one| one.answer.is_none())
    }

    /// Whether the office has to look at it.
    pub fn waits(&self) -> bool {
        self.stands() || self.unanswered().next().is_some()
    }
}

impl Contract {
    /// The hold of that id.
    pub fn hold(&self, id: HoldId) -> Result<&Hold, Refusal> {
        self.holds
            .iter()
            .find(|one| one.id == id)
            .ok_or(Refusal::NotOnHold)
    }

    /// The hold that stands, where one does.
    pub fn held(&self) -> Option<&Hold> {
        self.holds.last().filter(|one| one.stands())
    }

    /// The last hold of which a party has not complained yet.
    pub fn to_complain_of(&self, party: PersonId) -> Option<&Hold> {
        let mut holds = self.holds.iter().rev();
        holds.find(|one| one.complaint(party).is_none())
    }

    /// Since when it has been held without a pause that counts, for a hold that begins at that moment.
    fn held_since(&self, begins: Timestamp) -> Timestamp {
        let end = |one: &Hold| one.ended_at.unwrap_or(one.review_by);
        let spells = self.holds.iter().map(|one| (one.placed_at, end(one)));
        unbroken(spells.collect(), begins)
    }
}

impl Step<'_> {
    /// An operator stops all clocks. Without a finding it is a pause as one by consent, which only the operator ends.
    pub(super) fn hold_contract(&mut self, reason: &str, finding: Option<&Finding>) -> Result<(), Refusal> {
        let by = self.operator()?;
        given(reason)?;
        let Some(finding) = finding else {
            return self.pause(Some(by), None);
        };
        given(&finding.facts)?;
        given(&finding.rule)?;
        let now = self.now();
        let second = self.check_hold(now, finding.review_by, finding.second)?;
        self.pause(Some(by), Some(finding.review_by))?;
        let id = self.ids.hold();
        self.contract.holds.push(Hold {
            id,
            reason: reason.to_owned(),
            facts: finding.facts.clone(),
            rule: finding.rule.clone(),
            by,
            second,
            placed_at: now,
            review_by: finding.review_by,
            complaints: Vec::new(),
            ended_at: None,
        });
        self.tell(Audience::Both, "contract_held", id.to_string());
        Ok(())
    }

    /// Refuses an end that is too far, and one that takes a second operator who has not confirmed it.
    fn check_hold(
        &self,
        begins: Timestamp,
        review_by: Timestamp,
        second: Option<PersonId>,
    ) -> Result<Option<PersonId>, Refusal> {
        check_review(self.now(), review_by)?;
        match second {
            Some(second) if self.is_party(second) => Err(Refusal::OperatorIsParty),
            Some(second) if self.operator()? == second => Err(Refusal::SameOperator),
            None if takes_two(self.contract.held_since(begins), review_by) => Err(Refusal::FourEyes),
            other => Ok(other),
        }
    }

    /// Keeps the hold that stands for longer.
    pub(super) fn extend_contract_hold(
        &mut self,
        id: HoldId,
        reason: &str,
        (review_by, second): (Timestamp, Option<PersonId>),
    ) -> Result<(), Refusal> {
        self.operator()?;
        given(reason)?;
        let hold = self.contract.held().filter(|one| one.id == id);
        let placed_at = hold.ok_or(Refusal::NotOnHold)?.placed_at;
        let second = self.check_hold(placed_at, review_by, second)?;
        // A new entry, so that the timer of the end that was set before is stale.
        self.stand(Standing::Paused);
        let pause = self.contract.pause.as_mut().ok_or(Refusal::NotPaused)?;
        pause.ends_at = Some(review_by);
        let hold = self.contract.holds.last_mut().ok_or(Refusal::NotOnHold)?;
        hold.second = second.or(hold.second);
        hold.review_by = review_by;
        let (subject, entry_no) = (self.contract.id.to_string(), self.contract.entry_no);
        self.push_timer(TimerKind::PauseEnds, subject, entry_no, review_by);
        self.tell(Audience::Both, "contract_hold_kept", id.to_string());
        Ok(())
    }

    /// What a party says to a hold, once; also when it is over.
    pub(super) fn appeal_contract_hold(&mut self, id: HoldId, reason: &str) -> Result<(), Refusal> {
        let by = self.person()?;
        given(reason)?;
        let at = self.now();
        let hold = self.hold_mut(id)?;
        if hold.complaint(by).is_some() {
            return Err(Refusal::AlreadyAppealed);
        }
        hold.complaints.push(Complaint {
            by,
            at,
            reason: reason.to_owned(),
            answer: None,
        });
        self.tell(Audience::Operator, "contract_hold_appealed", id.to_string());
        Ok(())
    }

    /// Another operator than the one who decided answers a party.
    pub(super) fn answer_contract_hold(
        &mut self,
        id: HoldId,
        party: PersonId,
        reason: &str,
    ) -> Result<(), Refusal> {
        let by = self.operator()?;
        given(reason)?;
        let hold = self.hold_mut(id)?;
        if hold.by == by {
            return Err(Refusal::SameOperator);
        }
        let waits = |one: &&mut Complaint| one.by == party && one.answer.is_none();
        let complaint = hold.complaints.iter_mut().find(waits);
        complaint.ok_or(Refusal::NoAppeal)?.answer = Some(reason.to_owned());
        let to = if party == self.contract.client {
            Audience::Client
        } else {
            Audience::Expert
        };
        self.tell(to, "contract_hold_answered", id.to_string());
        Ok(())
    }

    /// With the pause the hold ends that it was.
    pub(super) fn end_hold(&mut self) -> Option<HoldId> {
        let now = self.now();
        let hold = self.contract.holds.last_mut().filter(|one| one.stands())?;
        hold.ended_at = Some(now);
        Some(hold.id)
    }

    fn hold_mut(&mut self, id: HoldId) -> Result<&mut Hold, Refusal> {
        let mut holds = self.contract.holds.iter_mut();
        holds.find(|one| one.id == id).ok_or(Refusal::NotOnHold)
    }

    /// Whoever may end a pause: either party one by consent, the operator any; of a hold, with reasons.
    pub(super) fn resume(&mut self, reason: Option<&str>) -> Result<(), Refusal> {
        let pause = self.contract.pause.as_ref().ok_or(Refusal::NotPaused)?;
        let allowed = match self.role()? {
            By::Operator => true,
            By::Client | By::Expert => pause.by_operator.is_none(),
            By::Clock | By::Provider | By::Parties => false,
        };
        if !allowed {
            return Err(Refusal::OperatorPaused);
        }
        if self.contract.held().is_some() {
            given(reason.unwrap_or_default())?;
        }
        self.end_pause()
    }
}
