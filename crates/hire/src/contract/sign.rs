//! The contract as a whole: signatures, pause, end, absence.

use jiff::{SignedDuration, Timestamp};

use super::guard::DORMANT_DAYS;
use super::milestone::State;
use super::step::Step;
use super::table::Audience;
use super::timer::TimerKind;
use super::{Absence, Pause, Standing};
use crate::ids::{MilestoneId, PersonId};
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::span::{after, days, hours};

impl Step<'_> {
    pub(super) fn sign(&mut self, sha256: &str) -> Result<(), Refusal> {
        let by = self.person()?;
        let now = self.now();
        self.on_offer()?;
        if sha256 != self.contract.sha256 {
            return Err(Refusal::WrongVersion);
        }
        self.may_begin(self.role()?)?;
        // Closed by the loss of a chargeback until the operator opens it again.
        if by == self.contract.client && self.input.facts.client_limit_minor == Minor::ZERO {
            return Err(Refusal::ClientClosed);
        }
        let signed = if by == self.contract.client {
            &mut self.contract.client_signed_at
        } else {
            &mut self.contract.expert_signed_at
        };
        if signed.replace(now).is_some() {
            return Err(Refusal::AlreadySigned);
        }
        if self.contract.client_signed_at.is_some() && self.contract.expert_signed_at.is_some() {
            self.stand(Standing::Active);
        }
        self.tell(Audience::Both, "signed", self.contract.id.to_string());
        Ok(())
    }

    fn on_offer(&self) -> Result<(), Refusal> {
        match self.contract.standing {
            Standing::Offered if self.now() > self.contract.offered_until => Err(Refusal::OfferExpired),
            Standing::Offered => Ok(()),
            Standing::Expired => Err(Refusal::OfferExpired),
            Standing::Active | Standing::Paused | Standing::Ending => Err(Refusal::AlreadySigned),
            Standing::Ended => Err(Refusal::ContractEnded),
            Standing::Declined | Standing::Withdrawn => Err(Refusal::NotOffered),
        }
    }

    /// Either party says no before both have signed; whoever had signed takes the offer back by it.
    pub(super) fn leave_offer(&mut self, standing: Standing) -> Result<(), Refusal> {
        self.person()?;
        self.on_offer()?;
        self.stand(standing);
        self.tell(Audience::Both, standing.name(), self.contract.id.to_string());
        Ok(())
    }

    pub(super) fn stand(&mut self, standing: Standing) {
        self.contract.standing = standing;
        self.contract.entry_no = self.contract.entry_no.saturating_add(1);
    }

    /// All clocks stop; the money stays where it is.
    pub(super) fn pause(
        &mut self,
        by_operator: Option<PersonId>,
        ends_at: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        match self.contract.standing {
            Standing::Active => {}
            Standing::Paused => return Err(Refusal::ContractPaused),
            Standing::Ending => return Err(Refusal::ContractEnding),
            Standing::Ended => return Err(Refusal::ContractEnded),
            Standing::Offered | Standing::Declined | Standing::Withdrawn | Standing::Expired => {
                return Err(Refusal::ContractNotActive);
            }
        }
        self.stand(Standing::Paused);
        let now = self.now();
        self.contract.pause = Some(Pause {
            since: now,
            by_operator,
            ends_at,
        });
        let (subject, entry_no) = (self.contract.id.to_string(), self.contract.entry_no);
        let (kind, due_at) = match ends_at {
            Some(at) => (TimerKind::PauseEnds, at),
            None => (TimerKind::Dormant, after(now, days(DORMANT_DAYS))),
        };
        self.push_timer(kind, subject.clone(), entry_no, due_at);
        if ends_at.is_none() {
            self.tell(Audience::Both, "paused", subject);
        }
        Ok(())
    }

    /// The clocks go on with the time that was left, at least a day.
    pub(super) fn end_pause(&mut self) -> Result<(), Refusal> {
        let pause = self.contract.pause.take().ok_or(Refusal::NotPaused)?;
        self.stand(Standing::Active);
        let ids: Vec<MilestoneId> = self.contract.milestones.iter().map(|one| one.id).collect();
        for id in ids {
            self.go_on_after_pause(id, pause.since)?;
        }
        self.shift_amendment(pause.since);
        match self.end_hold() {
            Some(hold) => self.tell(Audience::Both, "contract_hold_ended", hold.to_string()),
            None => self.tell(Audience::Both, "resumed", self.contract.id.to_string()),
        }
        Ok(())
    }

    fn go_on_after_pause(&mut self, id: MilestoneId, since: Timestamp) -> Result<(), Refusal> {
        let now = self.now();
        let milestone = self.contract.milestone(id)?;
        if milestone.state.kind().is_terminal() {
            return Ok(());
        }
        // From the chargeback on, its own end gives the time back.
        let until = match &milestone.state {
            State::ChargebackHold { since, .. } => *since,
            State::Planned
            | State::Funding { .. }
            | State::Funded { .. }
            | State::Working { .. }
            | State::Submitted { .. }
            | State::ChangesRequested { .. }
            | State::Disputed
            | State::Released
            | State::Refunded
            | State::Split
            | State::Canceled
            | State::ChargedBack => now,
        };
        let stood = until.duration_since(since).max(SignedDuration::ZERO);
        let state = milestone.state.clone().shifted(stood, now, hours(24));
        self.shift_beside(id, stood, hours(24))?;
        self.enter_again(id, state)
    }

    pub(super) fn end(&mut self) -> Result<(), Refusal> {
        self.person()?;
        match self.contract.standing {
            Standing::Active => {}
            Standing::Paused => return Err(self.contract.paused()),
            Standing::Ending => return Err(Refusal::ContractEnding),
            Standing::Ended => return Err(Refusal::ContractEnded),
            Standing::Offered | Standing::Declined | Standing::Withdrawn | Standing::Expired => {
                return Err(Refusal::ContractNotActive);
            }
        }
        self.stand(Standing::Ending);
        self.tell(Audience::Both, "ending", self.contract.id.to_string());
        Ok(())
    }

    /// A contract ends when all its milestones have.
    pub(super) fn end_if_over(&mut self) {
        let running = matches!(
            self.contract.standing,
            Standing::Active | Standing::Ending | Standing::Paused
        );
        let over = self
            .contract
            .milestones
            .iter()
            .all(|one| one.state.kind().is_terminal());
        if running && over {
            self.contract.pause = None;
            self.end_hold();
            self.contract.amendment = None;
            self.stand(Standing::Ended);
            self.tell(Audience::Both, "ended", self.contract.id.to_string());
        }
    }

    /// The client will be away: silence is no approval then, up to 14 days in a contract.
    pub(super) fn register_absence(&mut self, from: Timestamp, until: Timestamp) -> Result<(), Refusal> {
        if self.person()? != self.contract.client {
            return Err(Refusal::AbsenceOfClient);
        }
        let now = self.now();
        let mut taken = until.duration_since(from);
        if from >= until || until <= now {
            return Err(Refusal::AbsenceTooLong);
        }
        for absence in &self.contract.absences {
            let length = absence.until.duration_since(absence.from);
            taken = taken.checked_add(length).ok_or(Refusal::AbsenceTooLong)?;
        }
        if taken > days(14) {
            return Err(Refusal::AbsenceTooLong);
        }
        self.contract.absences.push(Absence {
            from: crate::span::whole_microseconds(from),
            until: crate::span::whole_microseconds(until),
        });
        self.tell(Audience::Both, "absence", self.contract.id.to_string());
        Ok(())
    }
}
