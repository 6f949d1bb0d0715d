//! Settlements and amendments: offered by one party, accepted by the other.

use jiff::{SignedDuration, Timestamp};

use super::Standing;
use super::kind::{By, Event};
use super::offer::{Amendment, Change, Settlement};
use super::step::{Act, Step};
use super::table::{Audience, HELD};
use super::timer::TimerKind;
use crate::ids::MilestoneId;
use crate::money::{Minor, Money};
use crate::refusal::Refusal;
use crate::span::{GRACE, after, days};

impl Step<'_> {
    pub(super) fn offer_settlement(
        &mut self,
        id: MilestoneId,
        to_expert: Money,
        to_client: Money,
    ) -> Result<(), Refusal> {
        let by = self.person()?;
        let currency = self.contract.currency;
        let (x, y) = (to_expert.nonnegative(currency)?, to_client.nonnegative(currency)?);
        let clock = self.clock();
        let until = after(clock, days(5));
        let offer = Settlement {
            id: self.ids.settlement(),
            by,
            to_expert_minor: x,
            to_client_minor: y,
            until,
        };
        let milestone = self.contract.milestone_mut(id)?;
        let kind = milestone.state.kind();
        if !HELD.contains(&kind) && kind != super::Kind::Disputed {
            return Err(super::refusal_of(kind, Event::Settle, By::Parties));
        }
        if milestone
            .settlement
            .as_ref()
            .is_some_and(|open| clock <= open.until)
        {
            return Err(Refusal::SettlementOpen);
        }
        if x.plus(y)? != milestone.held()? {
            return Err(Refusal::SumDiffers);
        }
        let subject = offer.id.to_string();
        milestone.settlement = Some(offer);
        self.push_timer(TimerKind::SettlementExpires, subject, 0, until);
        self.tell(Audience::Both, "settlement_offered", id.to_string());
        Ok(())
    }

    /// T12.
    pub(super) fn accept_settlement(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let by = self.person()?;
        let offer = self
            .contract
            .milestone(id)?
            .settlement
            .clone()
            .ok_or(Refusal::NoSettlement)?;
        if offer.by == by {
            return Err(Refusal::OwnOffer);
        }
        if self.clock() > offer.until {
            return Err(Refusal::SettlementExpired);
        }
        let act = Act {
            amount: offer.to_expert_minor,
            other: offer.to_client_minor,
            ..Act::default()
        };
        self.run(id, Event::Settle, By::Parties, &act)
    }

    /// The other party says no, or whoever offered takes it back.
    pub(super) fn reject_settlement(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        self.person()?;
        let milestone = self.contract.milestone_mut(id)?;
        milestone.settlement.take().ok_or(Refusal::NoSettlement)?;
        self.tell(Audience::Both, "settlement_rejected", id.to_string());
        Ok(())
    }

    /// An offer to settle splits all that is held. Where that has changed nobody could accept it, so it is over.
    pub(super) fn drop_unfit_offers(&mut self) -> Result<(), Refusal> {
        let mut dropped = Vec::new();
        for milestone in &mut self.contract.milestones {
            let held = milestone.held()?;
            if let Some(offer) = &milestone.settlement
                && offer.to_expert_minor.plus(offer.to_client_minor)? != held
            {
                milestone.settlement = None;
                dropped.push(milestone.id);
            }
        }
        for id in dropped {
            self.tell(Audience::Both, "settlement_dropped", id.to_string());
        }
        Ok(())
    }

    /// Gives what stands beside the state of a milestone the time back for which its clocks have stood still: the dispute
    /// and an offer to settle.
    pub(super) fn shift_beside(
        &mut self,
        id: MilestoneId,
        stood: SignedDuration,
        least: SignedDuration,
    ) -> Result<(), Refusal> {
        let clock = self.clock();
        let dispute = self.contract.milestone_mut(id)?.dispute.as_mut();
        if let Some(dispute) = dispute.filter(|dispute| dispute.is_open()) {
            dispute.shift(stood, clock, least);
        }
        self.shift_settlement(id, stood, least)
    }

    pub(super) fn shift_settlement(
        &mut self,
        id: MilestoneId,
        stood: SignedDuration,
        least: SignedDuration,
    ) -> Result<(), Refusal> {
        let clock = self.clock();
        let Some(offer) = self.contract.milestone_mut(id)?.settlement.as_mut() else {
            return Ok(());
        };
        offer.until = shifted(offer.until, stood, after(clock, least));
        let (subject, until) = (offer.id.to_string(), offer.until);
        self.push_timer(TimerKind::SettlementExpires, subject, 0, until);
        Ok(())
    }

    /// The same for a proposed change, after a pause.
    pub(super) fn shift_amendment(&mut self, since: Timestamp) {
        let now = self.now();
        let Some(amendment) = self.contract.amendment.as_mut() else {
            return;
        };
        amendment.until = shifted(amendment.until, now.duration_since(since), after(now, GRACE));
        let (subject, until) = (amendment.id.to_string(), amendment.until);
        self.push_timer(TimerKind::AmendmentExpires, subject, 0, until);
    }

    pub(super) fn propose_amendment(&mut self, change: &Change) -> Result<(), Refusal> {
        let by = self.person()?;
        match self.contract.standing {
            Standing::Active | Standing::Ending => {}
            Standing::Paused => return Err(self.contract.paused()),
            Standing::Ended => return Err(Refusal::ContractEnded),
            Standing::Offered | Standing::Declined | Standing::Withdrawn | Standing::Expired => {
                return Err(Refusal::ContractNotActive);
            }
        }
        let clock = self.clock();
        let open = self.contract.amendment.as_ref();
        if open.is_some_and(|open| clock <= open.until) {
            return Err(Refusal::AmendmentOpen);
        }
        self.check_change(change)?;
        let until = after(self.now(), days(5));
        let id = self.ids.amendment();
        self.contract.amendment = Some(Amendment {
            id,
            by,
            change: change.clone(),
            until,
        });
        self.push_timer(TimerKind::AmendmentExpires, id.to_string(), 0, until);
        self.tell(Audience::Both, "amendment_proposed", id.to_string());
        Ok(())
    }

    /// Refuses what could not be accepted even now; everything is looked at again at the acceptance.
    fn check_change(&self, change: &Change) -> Result<(), Refusal> {
        let currency = self.contract.currency;
        match change {
            Change::RaisePrice { milestone, amount } => {
                let amount = amount.positive(currency)?;
                self.check_price(*milestone, amount)?;
                self.contract.terms.bear(amount, currency)
            }
            Change::LowerPrice { milestone, amount } => {
                self.contract.milestone(*milestone)?;
                amount.positive(currency).map(drop)
            }
            Change::MoveMoney {
                milestone,
                to,
                amount,
            } => {
                self.contract.milestone(*milestone)?;
                self.check_price(*to, amount.positive(currency)?)
            }
            Change::Drop { milestone } => self.contract.milestone(*milestone).map(|_| ()),
            Change::Pause => Ok(()),
        }
    }

    /// Refuses more than a milestone may cost, with what it is raised by already and nobody has paid yet.
    fn check_price(&self, id: MilestoneId, more: Minor) -> Result<(), Refusal> {
        let milestone = self.contract.milestone(id)?;
        let agreed = milestone.plan.price_minor.plus(milestone.to_raise_minor)?;
        self.contract
            .terms
            .bear(agreed.plus(more)?, self.contract.currency)
    }

    pub(super) fn accept_amendment(&mut self) -> Result<(), Refusal> {
        let by = self.person()?;
        let clock = self.clock();
        let amendment = self.contract.amendment.take().ok_or(Refusal::NoAmendment)?;
        if amendment.by == by {
            return Err(Refusal::OwnOffer);
        }
        if clock > amendment.until {
            return Err(Refusal::AmendmentExpired);
        }
        self.check_change(&amendment.change)?;
        self.amend(&amendment.change)
    }

    fn amend(&mut self, change: &Change) -> Result<(), Refusal> {
        let currency = self.contract.currency;
        let act = |amount: Money| {
            Ok::<_, Refusal>(Act {
                amount: amount.positive(currency)?,
                ..Act::default()
            })
        };
        let both = By::Parties;
        match change {
            Change::RaisePrice { milestone, amount } => {
                let act = act(*amount)?;
                self.run(*milestone, Event::RaisePrice, both, &act)?;
                let milestone = self.contract.milestone_mut(*milestone)?;
                milestone.to_raise_minor = milestone.to_raise_minor.plus(act.amount)?;
                Ok(())
            }
            Change::LowerPrice { milestone, amount } => {
                self.run(*milestone, Event::LowerPrice, both, &act(*amount)?)
            }
            Change::MoveMoney {
                milestone,
                to,
                amount,
            } => {
                let act = Act {
                    target: Some(*to),
                    ..act(*amount)?
                };
                self.run(*milestone, Event::MoveMoney, both, &act)
            }
            Change::Drop { milestone } => self.drop_milestone(*milestone, both),
            Change::Pause => self.pause(None, None),
        }
    }

    pub(super) fn reject_amendment(&mut self) -> Result<(), Refusal> {
        self.person()?;
        let amendment = self.contract.amendment.take().ok_or(Refusal::NoAmendment)?;
        self.tell(Audience::Both, "amendment_rejected", amendment.id.to_string());
        Ok(())
    }

    /// T21.
    pub(super) fn drop_milestone(&mut self, id: MilestoneId, by: By) -> Result<(), Refusal> {
        let act = Act {
            next: Some(super::State::Canceled),
            ..Act::default()
        };
        self.run(id, Event::Drop, by, &act)
    }
}

/// A deadline after its clock stood still, and `least` at least. Later than before in any case, also where a clock went back:
/// its timer may have come and gone while nothing could expire, and this one is another.
fn shifted(until: Timestamp, stood: SignedDuration, least: Timestamp) -> Timestamp {
    let moved = stood.max(SignedDuration::from_micros(1));
    after(until, moved).max(least)
}
