//! Disputes at work: T16, T16a, T17 and the phases between them.

use super::command::Actor;
use super::dispute::{Dispute, Figures, Phase, Ruling};
use super::guard::two_above_limit;
use super::kind::{By, Event};
use super::milestone::State;
use super::step::{Act, Step};
use super::table::Audience;
use crate::ids::MilestoneId;
use crate::ledger::Account;
use crate::money::{Minor, Money};
use crate::refusal::Refusal;
use crate::span::{after, business_days_after, days};

/// Characters that the reasons of a decision have at least, where it picks neither offer.
const REASONS: usize = 200;

impl Step<'_> {
    pub(super) fn figures(&self, unconditional: Money, offer: Money) -> Result<Figures, Refusal> {
        let currency = self.contract.currency;
        Ok(Figures {
            unconditional_minor: unconditional.nonnegative(currency)?,
            offer_to_expert_minor: offer.nonnegative(currency)?,
        })
    }

    /// T16. The operator gives no figures; both parties then answer within the negotiation.
    pub(super) fn open_dispute(
        &mut self,
        id: MilestoneId,
        figures: Figures,
        reason: &str,
    ) -> Result<(), Refusal> {
        let by = self.role()?;
        if reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let held = self.contract.milestone(id)?.held()?;
        if by == By::Operator && figures.unconditional_minor.is_positive() {
            return Err(Refusal::OperatorCannotAct);
        }
        let act = Act {
            figures: Some(figures),
            ..Act::default()
        };
        let opened_by = match self.by {
            Actor::Person { id } | Actor::Operator { id } => Some(*id),
            Actor::Clock | Actor::Provider { .. } => None,
        };
        let due_at = business_days_after(self.clock(), 5);
        let dispute = Dispute {
            id: self.ids.dispute(),
            opened_by,
            reason: reason.to_owned(),
            held_minor: held,
            to_expert_minor: Minor::ZERO,
            client: (by == By::Client).then_some(figures),
            expert: (by == By::Expert).then_some(figures),
            phase: Phase::AnswerDue,
            entry_no: 1,
            due_at,
            missed_at: None,
            rulings: Vec::new(),
            appeal: None,
        };
        // Kept before the row runs: its timer is the dispute's. The money moves out of the account it is in until then.
        let former = self.contract.milestone_mut(id)?.dispute.replace(closed(dispute));
        let ran = self.run(id, Event::OpenDispute, by, &act);
        if ran.is_err() {
            self.contract.milestone_mut(id)?.dispute = former;
        }
        ran
    }

    /// The opener's figure moves; the rest is held apart.
    pub(super) fn post_dispute(&mut self, id: MilestoneId, act: &Act<'_>) -> Result<Option<State>, Refusal> {
        let figures = act.figures.ok_or(Refusal::FiguresUnfit)?;
        self.move_figure(id, self.role()?, figures.unconditional_minor)?;
        let milestone = self.contract.milestone_mut(id)?;
        let rest = milestone.held()?;
        let dispute = milestone.dispute.as_mut().ok_or(Refusal::NoDispute)?;
        dispute.phase = Phase::AnswerDue;
        self.draft
            .book(Account::Escrow(id), Account::DisputeHold(id), rest)?;
        Ok(Some(State::Disputed))
    }

    fn move_figure(&mut self, id: MilestoneId, by: By, amount: Minor) -> Result<(), Refusal> {
        match by {
            By::Client => {
                let held = self.contract.pause.as_ref();
                let held = held.is_some_and(|pause| pause.by_operator.is_some());
                if self.input.facts.rules > 0 && held && amount.is_positive() {
                    return Err(Refusal::OperatorPaused);
                }
                self.release(id, amount)?;
                if let Some(dispute) = self.contract.milestone_mut(id)?.dispute.as_mut() {
                    dispute.to_expert_minor = dispute.to_expert_minor.plus(amount)?;
                }
                Ok(())
            }
            By::Expert => self.refund(id, amount),
            By::Operator | By::Clock | By::Provider | By::Parties => Ok(()),
        }
    }

    /// T16a.
    pub(super) fn answer_dispute(&mut self, id: MilestoneId, figures: Figures) -> Result<(), Refusal> {
        let by = self.role()?;
        let act = Act {
            figures: Some(figures),
            ..Act::default()
        };
        self.run(id, Event::AnswerDispute, by, &act)
    }

    /// The answerer's figure moves; where the two figures meet, all that is left goes by it.
    pub(super) fn post_answer(&mut self, id: MilestoneId, act: &Act<'_>) -> Result<Option<State>, Refusal> {
        let figures = act.figures.ok_or(Refusal::FiguresUnfit)?;
        let by = self.role()?;
        let rest = self.contract.milestone(id)?.held()?;
        self.move_figure(id, by, figures.unconditional_minor.min(rest))?;
        let negotiate_until = after(self.clock(), days(7));
        let milestone = self.contract.milestone_mut(id)?;
        let dispute = milestone.dispute.as_mut().ok_or(Refusal::NoDispute)?;
        if by == By::Client {
            dispute.client = Some(figures);
        } else {
            dispute.expert = Some(figures);
        }
        // Where the operator opened it, the second answer opens the negotiation.
        if dispute.client.is_some() && dispute.expert.is_some() {
            dispute.enter(Phase::Negotiating, negotiate_until);
        } else {
            dispute.enter(Phase::AnswerDue, dispute.due_at);
        }
        let ended = self.outcome(id)?;
        if ended.is_some() {
            self.close_dispute(id)?;
        }
        Ok(ended)
    }

    pub(super) fn close_dispute(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let now = self.now();
        if let Some(dispute) = self
            .contract
            .milestone_mut(id)?
            .dispute
            .as_mut()
            .filter(|one| one.is_open())
        {
            dispute.enter(Phase::Closed, now);
        }
        Ok(())
    }

    /// The operator decides; it becomes final when nobody appeals, or at once where it decides an appeal.
    pub(super) fn decide_dispute(&mut self, id: MilestoneId, ruling: Ruling) -> Result<(), Refusal> {
        if ruling.second.is_some_and(|second| self.is_party(second)) {
            return Err(Refusal::OperatorIsParty);
        }
        let fee = self.contract.terms.dispute_fee_minor;
        let appeal_until = after(self.clock(), days(7));
        let milestone = self.contract.milestone(id)?;
        let disputed = milestone.held()?;
        if milestone.state != State::Disputed {
            return Err(super::refusal_of(
                milestone.state.kind(),
                Event::Decided,
                By::Operator,
            ));
        }
        let dispute = milestone.dispute.as_ref().ok_or(Refusal::NoDispute)?;
        check_ruling(dispute, &ruling, disputed, fee.min(disputed))?;
        two_above_limit(self, disputed, &ruling)?;
        let appealed = dispute.phase == Phase::Appealed;
        let (x, y) = (ruling.to_expert_minor, ruling.to_client_minor);
        let dispute = self
            .contract
            .milestone_mut(id)?
            .dispute
            .as_mut()
            .ok_or(Refusal::NoDispute)?;
        dispute.rulings.push(ruling);
        if appealed {
            return self.run(
                id,
                Event::Decided,
                By::Operator,
                &Act {
                    amount: x,
                    other: y,
                    ..Act::default()
                },
            );
        }
        dispute.enter(Phase::Decided, appeal_until);
        self.set(super::TimerKind::DisputePhase, id)?;
        self.tell(Audience::Both, "dispute_decided", id.to_string());
        Ok(())
    }

    pub(super) fn appeal_dispute(&mut self, id: MilestoneId, reason: &str) -> Result<(), Refusal> {
        self.person()?;
        if reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let clock = self.clock();
        let due_at = business_days_after(clock, 5);
        let milestone = self.contract.milestone_mut(id)?;
        if milestone.state != State::Disputed {
            return Err(super::refusal_of(
                milestone.state.kind(),
                Event::Decided,
                By::Client,
            ));
        }
        let dispute = milestone.dispute.as_mut().ok_or(Refusal::NoDispute)?;
        match dispute.phase {
            Phase::Decided if clock <= dispute.due_at => {}
            Phase::Decided => return Err(Refusal::AppealOver),
            Phase::Appealed => return Err(Refusal::AlreadyAppealed),
            Phase::AnswerDue | Phase::Negotiating | Phase::Evidence | Phase::Deciding | Phase::Closed => {
                return Err(Refusal::NotDecisionTime);
            }
        }
        dispute.appeal = Some(reason.to_owned());
        dispute.enter(Phase::Appealed, due_at);
        self.set(super::TimerKind::DisputePhase, id)?;
        self.tell(Audience::All, "dispute_appealed", id.to_string());
        Ok(())
    }

    /// T17: the final figures move; a fee that the contract names is taken once, off the top.
    pub(super) fn post_decision(&mut self, id: MilestoneId, act: &Act<'_>) -> Result<Option<State>, Refusal> {
        let held = self.contract.milestone(id)?.held()?;
        let fee = held.minus(act.amount)?.minus(act.other)?;
        let (mut left, mut takings) = (fee, Vec::new());
        for lot in &mut self.contract.milestone_mut(id)?.lots {
            let taken = lot.held().min(left);
            lot.withhold(taken)?;
            left = left.minus(taken)?;
            takings.push((lot.payment, taken));
        }
        for (payment, taken) in takings {
            let payment = self.contract.payment_mut(payment)?;
            payment.dispute_fee_minor = payment.dispute_fee_minor.plus(taken)?;
        }
        self.draft
            .book(Account::DisputeHold(id), Account::DisputeFee, fee)?;
        self.release(id, act.amount)?;
        self.refund(id, act.other)?;
        for index in 0..self.contract.milestone(id)?.lots.len() {
            self.rest_of(id, index)?;
        }
        self.close_dispute(id)?;
        let milestone = self.contract.milestone(id)?;
        let ended = milestone.outcome()?;
        // Nothing to anybody but the fee: the client's money went to the operator for deciding.
        Ok(Some(if ended == State::Canceled {
            State::Split
        } else {
            ended
        }))
    }

    /// The rounding rest of a lot that a fee has emptied.
    fn rest_of(&mut self, id: MilestoneId, index: usize) -> Result<(), Refusal> {
        let Some(lot) = self.contract.milestone_mut(id)?.lots.get_mut(index) else {
            return Ok(());
        };
        let (payment, rest) = (lot.payment, lot.rest()?);
        let client = Account::ClientFunds(self.contract.client);
        self.draft.book(Account::FeeHold(id), client, rest)?;
        let payment = self.contract.payment_mut(payment)?;
        payment.in_funds_minor = payment.in_funds_minor.plus(rest)?;
        Ok(())
    }
}

/// As it stands while its row runs: the money is still where it was.
fn closed(dispute: Dispute) -> Dispute {
    Dispute {
        phase: Phase::Closed,
        ..dispute
    }
}

fn check_ruling(dispute: &Dispute, ruling: &Ruling, disputed: Minor, fee: Minor) -> Result<(), Refusal> {
    match dispute.phase {
        Phase::Deciding => {}
        Phase::Appealed => {
            // Whoever confirmed the first decision may confirm again and not decide; else three operators were too few.
            let deciders = |one: &Ruling| one.by == ruling.by || Some(one.by) == ruling.second;
            let confirmed = |one: &Ruling| one.second == Some(ruling.by);
            if dispute.rulings.iter().any(|one| deciders(one) || confirmed(one)) {
                return Err(Refusal::SameOperator);
            }
        }
        Phase::AnswerDue | Phase::Negotiating | Phase::Evidence | Phase::Decided | Phase::Closed => {
            return Err(Refusal::NotDecisionTime);
        }
    }
    if ruling.to_expert_minor.plus(ruling.to_client_minor)?.plus(fee)? != disputed {
        return Err(Refusal::SumDiffers);
    }
    let offers = [dispute.client, dispute.expert];
    let picks = offers
        .into_iter()
        .flatten()
        .any(|figures| dispute.offered(figures, disputed) == ruling.to_expert_minor);
    let length = ruling.reasons.trim().chars().count();
    if length == 0 || (!picks && length < REASONS) {
        return Err(Refusal::ReasonsTooShort);
    }
    Ok(())
}
