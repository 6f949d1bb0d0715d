//! Holds: what of an account is stopped, why, by what rule, by whom, until when, and what the person says to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Payee;
use super::decide::{Audience, Step};
use super::payout::PayoutState;
use super::table::PayoutEvent;
use crate::contract::{Actor, TimerKind, words};
use crate::hold::{check_review, given, takes_two, unbroken};
use crate::ids::{HoldId, PersonId};
use crate::refusal::Refusal;

words! {
    /// What a hold stops. It never stops approval by the other party's silence, messages in running contracts, or access
    /// to one's own data.
    Scope {
        /// To sign in.
        SignIn = "sign_in",
        /// To write to somebody new.
        Messages = "messages",
        /// To sign or fund something new.
        NewContracts = "new_contracts",
        /// To be paid out.
        Payouts = "payouts",
    }
}

/// Who decided a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decided_by", rename_all = "snake_case", deny_unknown_fields)]
pub enum DecidedBy {
    /// A rule of the program, without a person.
    Automated,
    /// An operator.
    Operator {
        /// Who.
        id: PersonId,
    },
}

/// What the person says to a hold, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appeal {
    /// When.
    pub at: Timestamp,
    /// In their words.
    pub reason: String,
    /// By an operator who had not placed the hold.
    pub answer: Option<String>,
}

/// Something of an account that is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Its name for ever.
    pub id: HoldId,
    /// What is stopped.
    pub scope: Scope,
    /// A stable word.
    pub reason: String,
    /// What was found.
    pub facts: String,
    /// Which rule it breaks.
    pub rule: String,
    /// Whether a person decided.
    pub decided: DecidedBy,
    /// Who has confirmed it beyond 30 days.
    pub second: Option<PersonId>,
    /// Since when.
    pub placed_at: Timestamp,
    /// When it ends by itself unless an operator has looked at it and keeps it.
    pub review_by: Timestamp,
    /// Grows with each new end. A timer of an earlier one is stale.
    pub entry_no: i64,
    /// What the person says to it.
    pub appeal: Option<Appeal>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

impl Hold {
    /// Whether it stops anything at that moment.
    pub fn stands(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now <= self.review_by
    }
}

/// A hold as an operator or a rule asks for it.
pub(super) struct Asked<'a> {
    pub(super) scope: Scope,
    pub(super) reason: &'a str,
    pub(super) facts: &'a str,
    pub(super) rule: &'a str,
    pub(super) review_by: Timestamp,
    pub(super) second: Option<PersonId>,
}

impl Payee {
    /// Since when something of an account has been stopped, without a pause that counts, for a hold that begins at that
    /// moment. It does not matter who placed the holds before it, for what reason, and whether they overlap.
    pub(super) fn held_since(&self, scope: Scope, begins: Timestamp) -> Timestamp {
        let mut spells: Vec<(Timestamp, Timestamp)> = self
            .holds
            .iter()
            .filter(|one| one.scope == scope)
            .map(|one| {
                (
                    one.placed_at,
                    one.ended_at.unwrap_or(one.review_by).min(one.review_by),
                )
            })
            .collect();
        if scope == Scope::Payouts {
            // What stops every payout one by one stops payouts.
            let held = self
                .payouts
                .iter()
                .filter_map(|one| Some((one.held_since?, one.held_until()?)));
            spells.extend(held);
        }
        unbroken(spells, begins)
    }
}

impl Step<'_> {
    /// A second operator where it comes to more than one alone may decide. Returns who confirmed.
    pub(super) fn check_second(
        &self,
        since: Timestamp,
        review_by: Timestamp,
        second: Option<PersonId>,
    ) -> Result<Option<PersonId>, Refusal> {
        match (second, self.by) {
            (Some(second), _) if second == self.payee.id => Err(Refusal::OwnAccount),
            (Some(second), Actor::Operator { id }) if second == *id => Err(Refusal::SameOperator),
            (None, _) if takes_two(since, review_by) => Err(Refusal::FourEyes),
            (other, _) => Ok(other),
        }
    }
}

impl Step<'_> {
    pub(super) fn place_hold(&mut self, asked: &Asked<'_>) -> Result<(), Refusal> {
        let decided = match self.by {
            Actor::Operator { .. } => DecidedBy::Operator { id: self.operator()? },
            Actor::Clock => DecidedBy::Automated,
            Actor::Person { .. } | Actor::Provider { .. } => return Err(Refusal::NotParty),
        };
        for text in [asked.reason, asked.facts, asked.rule] {
            given(text)?;
        }
        let now = self.now();
        check_review(now, asked.review_by)?;
        let since = self.payee.held_since(asked.scope, now);
        let second = self.check_second(since, asked.review_by, asked.second)?;
        let id = self.ids.hold();
        self.payee.holds.push(Hold {
            id,
            scope: asked.scope,
            reason: asked.reason.to_owned(),
            facts: asked.facts.to_owned(),
            rule: asked.rule.to_owned(),
            decided,
            second,
            placed_at: now,
            review_by: asked.review_by,
            entry_no: 1,
            appeal: None,
            ended_at: None,
        });
        self.push_timer(TimerKind::HoldEnds, id.to_string(), 1, asked.review_by);
        self.audit(id.to_string(), asked.reason, second);
        self.tell(Audience::Payee, id.to_string());
        if asked.scope == Scope::Payouts {
            self.stop_payouts(id, asked, since)?;
        }
        Ok(())
    }

    /// Payouts that were not sent wait for the end of the hold.
    fn stop_payouts(&mut self, id: HoldId, asked: &Asked<'_>, since: Timestamp) -> Result<(), Refusal> {
        let waiting = |one: &&super::Payout| one.state == PayoutState::Requested;
        let waiting: Vec<_> = self
            .payee
            .payouts
            .iter()
            .filter(waiting)
            .map(|one| one.id)
            .collect();
        for payout in waiting {
            self.run(payout, PayoutEvent::Hold)?;
            let payout = self.payout_mut(payout)?;
            payout.held_by = Some(id);
            payout.held_since.get_or_insert(since);
            payout.reason = Some(asked.reason.to_owned());
            payout.review_by = Some(asked.review_by);
        }
        Ok(())
    }

    pub(super) fn extend_hold(
        &mut self,
        id: HoldId,
        reason: &str,
        review_by: Timestamp,
        second: Option<PersonId>,
    ) -> Result<(), Refusal> {
        self.operator()?;
        given(reason)?;
        let now = self.now();
        check_review(now, review_by)?;
        let hold = self.standing_hold(id)?;
        let (scope, placed_at) = (hold.scope, hold.placed_at);
        let second = self.check_second(self.payee.held_since(scope, placed_at), review_by, second)?;
        let hold = self.standing_hold(id)?;
        hold.second = second.or(hold.second);
        hold.review_by = review_by;
        hold.entry_no = hold.entry_no.saturating_add(1);
        let entry_no = hold.entry_no;
        for payout in self
            .payee
            .payouts
            .iter_mut()
            .filter(|one| one.held_by == Some(id))
        {
            payout.review_by = Some(review_by);
        }
        self.push_timer(TimerKind::HoldEnds, id.to_string(), entry_no, review_by);
        self.audit(id.to_string(), reason, second);
        self.tell(Audience::Payee, id.to_string());
        Ok(())
    }

    pub(super) fn lift_hold(&mut self, id: HoldId, reason: &str) -> Result<(), Refusal> {
        self.operator()?;
        given(reason)?;
        self.standing_hold(id)?;
        self.audit(id.to_string(), reason, None);
        self.end_hold(id)
    }

    pub(super) fn appeal_hold(&mut self, id: HoldId, reason: &str) -> Result<(), Refusal> {
        self.person()?;
        given(reason)?;
        let at = self.now();
        let hold = self.hold_mut(id)?;
        if hold.appeal.is_some() {
            return Err(Refusal::AlreadyAppealed);
        }
        hold.appeal = Some(Appeal {
            at,
            reason: reason.to_owned(),
            answer: None,
        });
        self.tell(Audience::Operator, id.to_string());
        Ok(())
    }

    pub(super) fn answer_appeal(&mut self, id: HoldId, reason: &str) -> Result<(), Refusal> {
        let by = self.operator()?;
        given(reason)?;
        let hold = self.hold_mut(id)?;
        if hold.decided == (DecidedBy::Operator { id: by }) {
            return Err(Refusal::SameOperator);
        }
        let appeal = hold.appeal.as_mut().ok_or(Refusal::NoAppeal)?;
        if appeal.answer.is_some() {
            return Err(Refusal::NoAppeal);
        }
        appeal.answer = Some(reason.to_owned());
        self.audit(id.to_string(), reason, None);
        self.tell(Audience::Payee, id.to_string());
        Ok(())
    }

    /// By its timer.
    pub(super) fn hold_ends(&mut self, id: HoldId, entry_no: i64) -> Result<(), Refusal> {
        let now = self.now();
        let hold = self.hold_mut(id)?;
        if hold.ended_at.is_some() || hold.entry_no != entry_no || now <= hold.review_by {
            return Err(Refusal::StaleTimer);
        }
        self.end_hold(id)
    }

    fn end_hold(&mut self, id: HoldId) -> Result<(), Refusal> {
        let now = self.now();
        self.hold_mut(id)?.ended_at = Some(now);
        self.tell(Audience::Payee, id.to_string());
        let held = |one: &&super::Payout| one.state == PayoutState::Held && one.held_by == Some(id);
        let held: Vec<_> = self.payee.payouts.iter().filter(held).map(|one| one.id).collect();
        for payout in held {
            self.let_go(payout)?;
        }
        Ok(())
    }

    fn hold_mut(&mut self, id: HoldId) -> Result<&mut Hold, Refusal> {
        self.payee
            .holds
            .iter_mut()
            .find(|one| one.id == id)
            .ok_or(Refusal::NotOnHold)
    }

    fn standing_hold(&mut self, id: HoldId) -> Result<&mut Hold, Refusal> {
        let now = self.now();
        let hold = self.hold_mut(id)?;
        if hold.stands(now) {
            Ok(hold)
        } else {
            Err(Refusal::NotOnHold)
        }
    }
}
