//! What happens by itself. A timer fires only while its subject is still in the entry it was set for.

use jiff::Timestamp;

use super::command::Actor;
use super::deadline::LAST_WARNING_DAYS;
use super::dispute::{Dispute, Phase};
use super::guard::TOLD;
use super::kind::{By, Event};
use super::milestone::{Mail, Milestone, State, reminders};
use super::payment::ChargebackState;
use super::step::{Act, Step};
use super::table::Audience;
use super::timer::TimerKind;
use super::{Kind, Standing};
use crate::ids::MilestoneId;
use crate::refusal::Refusal;
use crate::span::{GRACE, LATE, after, business_days_after, days};

/// A timer whose time has come.
pub(super) struct Due<'a> {
    pub(super) kind: TimerKind,
    pub(super) subject: &'a str,
    pub(super) entry_no: i64,
    pub(super) since: Timestamp,
}

impl Step<'_> {
    pub(super) fn wake(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Clock) {
            return Err(Refusal::NotParty);
        }
        if self.now() <= due.since {
            return Err(Refusal::TimerNotDue);
        }
        match due.kind {
            TimerKind::OfferExpires => self.offer_expires(due),
            TimerKind::PaymentExpires => {
                let id = due.subject.parse().or(Err(Refusal::NotFound))?;
                if self.now() <= self.contract.payment(id)?.until {
                    return Err(Refusal::StaleTimer);
                }
                match self.give_up_payment(id, Event::Expired) {
                    // It has arrived, failed or was given up meanwhile.
                    Err(Refusal::EventWithoutEffect) => Err(Refusal::StaleTimer),
                    other => other,
                }
            }
            TimerKind::SettlementExpires => self.settlement_expires(due),
            TimerKind::AmendmentExpires => self.amendment_expires(due),
            TimerKind::DisputePhase => self.dispute_phase(due),
            TimerKind::EvidenceDue => {
                let id = due.subject.parse().or(Err(Refusal::NotFound))?;
                if self.contract.chargeback(id)?.state != ChargebackState::Open {
                    return Err(Refusal::StaleTimer);
                }
                self.tell(Audience::Operator, due.kind.name(), due.subject.to_owned());
                Ok(())
            }
            TimerKind::HoldingWarning => self.holding_warning(due),
            TimerKind::Dormant | TimerKind::PauseEnds => self.long_pause(due),
            TimerKind::StartReminder
            | TimerKind::Lapses
            | TimerKind::DueReminder
            | TimerKind::Overdue
            | TimerKind::Returns
            | TimerKind::InspectionReminder
            | TimerKind::InspectionEnds => self.milestone_timer(due),
            TimerKind::Clearance
            | TimerKind::HoldEnds
            | TimerKind::RequestExpires
            | TimerKind::ProposalExpires => Err(Refusal::StaleTimer),
        }
    }

    fn offer_expires(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        if self.contract.standing != Standing::Offered || self.contract.entry_no != due.entry_no {
            return Err(Refusal::StaleTimer);
        }
        self.stand(Standing::Expired);
        self.tell(Audience::Both, due.kind.name(), due.subject.to_owned());
        Ok(())
    }

    fn settlement_expires(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        let open = |one: &&mut Milestone| {
            one.settlement
                .as_ref()
                .is_some_and(|offer| offer.id.to_string() == due.subject)
        };
        let (now, paused) = (self.now(), self.contract.is_paused());
        let milestone = self
            .contract
            .milestones
            .iter_mut()
            .find(open)
            .ok_or(Refusal::StaleTimer)?;
        // Where its clock stands still, or stood still meanwhile, another timer is set when it goes on.
        let stopped = paused || milestone.state.kind() == Kind::ChargebackHold;
        if stopped
            || milestone
                .settlement
                .as_ref()
                .is_some_and(|offer| now <= offer.until)
        {
            return Err(Refusal::StaleTimer);
        }
        milestone.settlement = None;
        self.tell(Audience::Both, due.kind.name(), due.subject.to_owned());
        Ok(())
    }

    fn amendment_expires(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        let open = self
            .contract
            .amendment
            .as_ref()
            .is_some_and(|one| one.id.to_string() == due.subject && one.until < self.now());
        if !open || self.contract.is_paused() {
            return Err(Refusal::StaleTimer);
        }
        self.contract.amendment = None;
        self.tell(Audience::Both, due.kind.name(), due.subject.to_owned());
        Ok(())
    }

    /// T24: never an automatic refund; the operator is told and chooses.
    fn holding_warning(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        let holds = |one: &&Milestone| {
            let lot = one.lots.iter().find(|lot| lot.id.to_string() == due.subject);
            lot.is_some_and(|lot| lot.held().is_positive() && lot.hold_until.is_some())
        };
        let id = self
            .contract
            .milestones
            .iter()
            .find(holds)
            .ok_or(Refusal::StaleTimer)?
            .id;
        self.run(id, Event::HoldingDeadline, By::Clock, &Act::default())?;
        // After the last of the warnings, every day.
        if due.entry_no == i64::from(LAST_WARNING_DAYS) {
            let tomorrow = after(self.now(), days(1));
            self.push_timer(due.kind, due.subject.to_owned(), due.entry_no, tomorrow);
        }
        Ok(())
    }

    /// T25 after 60 days; 14 days later the pause ends.
    fn long_pause(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        if !self.contract.is_paused() || self.contract.entry_no != due.entry_no {
            return Err(Refusal::StaleTimer);
        }
        if due.kind == TimerKind::PauseEnds {
            return self.end_pause();
        }
        let ends_at = after(self.now(), days(14));
        let pause = self.contract.pause.as_mut().ok_or(Refusal::NotPaused)?;
        pause.ends_at = Some(ends_at);
        let held: Vec<MilestoneId> = self
            .contract
            .milestones
            .iter()
            .filter(|one| self.find(one.state.kind(), Event::Dormant, By::Clock).is_some())
            .map(|one| one.id)
            .collect();
        for id in held {
            self.run(id, Event::Dormant, By::Clock, &Act::default())?;
        }
        let (subject, entry_no) = (self.contract.id.to_string(), self.contract.entry_no);
        self.tell(Audience::All, due.kind.name(), subject.clone());
        self.push_timer(TimerKind::PauseEnds, subject, entry_no, ends_at);
        Ok(())
    }

    fn milestone_timer(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        let id: MilestoneId = due.subject.parse().or(Err(Refusal::NotFound))?;
        let milestone = self.contract.milestone(id)?;
        // The clocks of a paused contract stand still: its timers are set anew when it goes on.
        if milestone.entry_no != due.entry_no || self.contract.is_paused() {
            return Err(Refusal::StaleTimer);
        }
        match (due.kind, milestone.state.clone()) {
            (TimerKind::StartReminder, State::Funded { .. }) => {
                self.remind(Audience::Client, due);
                Ok(())
            }
            (TimerKind::DueReminder, State::Working { .. } | State::ChangesRequested { .. }) => {
                self.remind(Audience::Expert, due);
                self.expert_told(id)
            }
            (TimerKind::InspectionReminder, State::Submitted { .. }) => self.remind_of_version(id, due),
            (TimerKind::Lapses, State::Funded { start_by, lapses_at }) => {
                self.not_before(lapses_at)?;
                if self.late(lapses_at) {
                    let lapses_at = after(self.now(), GRACE);
                    return self.grace(id, State::Funded { start_by, lapses_at });
                }
                self.run(id, Event::Lapsed, By::Clock, &Act::default())
            }
            (TimerKind::Overdue, State::Working { due_at, .. } | State::ChangesRequested { due_at, .. }) => {
                self.overdue(id, due_at)
            }
            (
                TimerKind::Returns,
                State::Working {
                    due_at,
                    returns_at: Some(at),
                }
                | State::ChangesRequested {
                    due_at,
                    returns_at: Some(at),
                },
            ) => self.returns(id, due_at, at),
            (TimerKind::InspectionEnds, State::Submitted { .. }) => self.inspection_ends(id),
            _ => Err(Refusal::StaleTimer),
        }
    }

    fn not_before(&self, deadline: Timestamp) -> Result<(), Refusal> {
        if self.now() <= deadline {
            Err(Refusal::StaleTimer)
        } else {
            Ok(())
        }
    }

    fn remind(&mut self, to: Audience, due: &Due<'_>) {
        self.tell(to, due.kind.name(), due.subject.to_owned());
    }

    fn remind_of_version(&mut self, id: MilestoneId, due: &Due<'_>) -> Result<(), Refusal> {
        // One that comes late, with others or just before the end, reminds nobody: it is sent and not counted.
        let in_time = self.now() <= after(due.since, LATE);
        if let State::Submitted { reminded, .. } = &mut self.contract.milestone_mut(id)?.state
            && in_time
        {
            *reminded = reminded.saturating_add(1);
        }
        self.remind(Audience::Client, due);
        Ok(())
    }

    /// T14.
    fn overdue(&mut self, id: MilestoneId, due_at: Timestamp) -> Result<(), Refusal> {
        self.not_before(due_at)?;
        if self.late(due_at) {
            let state = self.owing(id, after(self.now(), GRACE), None)?;
            return self.grace(id, state);
        }
        let next = self.owing(id, due_at, Some(after(self.now(), days(7))))?;
        self.run(
            id,
            Event::Overdue,
            By::Clock,
            &Act {
                next: Some(next),
                ..Act::default()
            },
        )?;
        self.expert_told(id)
    }

    /// The same state, in which work is owed, with other deadlines.
    fn owing(
        &self,
        id: MilestoneId,
        due_at: Timestamp,
        returns_at: Option<Timestamp>,
    ) -> Result<State, Refusal> {
        Ok(if self.contract.milestone(id)?.state.kind() == Kind::Working {
            State::Working { due_at, returns_at }
        } else {
            State::ChangesRequested { due_at, returns_at }
        })
    }

    fn expert_told(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let milestone = self.contract.milestone_mut(id)?;
        milestone.expert_told = milestone.expert_told.saturating_add(1);
        Ok(())
    }

    /// T15 by itself.
    fn returns(&mut self, id: MilestoneId, due_at: Timestamp, at: Timestamp) -> Result<(), Refusal> {
        self.not_before(at)?;
        // Whoever was told less than twice is told once more first.
        if self.late(at) || self.contract.milestone(id)?.expert_told < TOLD {
            let state = self.owing(id, due_at, Some(after(self.now(), GRACE)))?;
            return self.grace(id, state);
        }
        self.run(id, Event::Undelivered, By::Clock, &Act::default())
    }

    /// Whether a timer comes so late that only downtime explains it. After each there is a day, also after a second one.
    fn late(&self, deadline: Timestamp) -> bool {
        self.now() > after(deadline, LATE)
    }

    /// The silent party gets a day and a fresh notice.
    fn grace(&mut self, id: MilestoneId, state: State) -> Result<(), Refusal> {
        self.enter_again(id, state)?;
        self.contract.milestone_mut(id)?.graced = true;
        self.tell(Audience::Both, "grace", id.to_string());
        self.expert_told(id)
    }

    /// T10, or why the client gets more time first.
    fn inspection_ends(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let now = self.now();
        let milestone = self.contract.milestone(id)?;
        let State::Submitted {
            since,
            inspect_until,
            extended,
            reminded,
            mail,
        } = milestone.state
        else {
            return Err(Refusal::StaleTimer);
        };
        self.not_before(inspect_until)?;
        let absent = self
            .contract
            .absences
            .iter()
            .find(|absence| absence.from <= now && now <= absence.until);
        if let Some(absence) = absent {
            let until = after(absence.until, GRACE);
            return self.inspect_anew(id, until, mail);
        }
        if mail == Mail::Bounced {
            self.tell(Audience::Operator, "mail_bounced", id.to_string());
            return self.inspect_anew(id, after(now, days(3)), Mail::Postponed);
        }
        let unreminded = usize::from(reminded) < reminders(since, inspect_until).len();
        if self.late(inspect_until) || (unreminded && !milestone.graced) {
            let inspect_until = after(now, GRACE);
            let state = State::Submitted {
                since,
                inspect_until,
                extended,
                reminded,
                mail,
            };
            return self.grace(id, state);
        }
        self.run(id, Event::AutoApproved, By::Clock, &Act::default())
    }

    /// The client has more time for a reason that is no downtime: it begins anew, with reminders of its own.
    fn inspect_anew(&mut self, id: MilestoneId, inspect_until: Timestamp, mail: Mail) -> Result<(), Refusal> {
        let since = self.now();
        let milestone = self.contract.milestone_mut(id)?;
        let extended = matches!(milestone.state, State::Submitted { extended: true, .. });
        milestone.graced = false;
        let state = State::Submitted {
            since,
            inspect_until,
            extended,
            reminded: 0,
            mail,
        };
        self.enter_again(id, state)?;
        self.tell(Audience::Both, "grace", id.to_string());
        Ok(())
    }

    fn dispute_phase(&mut self, due: &Due<'_>) -> Result<(), Refusal> {
        let of_it = |one: &&Milestone| {
            one.dispute
                .as_ref()
                .is_some_and(|dispute| dispute.id.to_string() == due.subject)
        };
        let milestone = self
            .contract
            .milestones
            .iter()
            .find(of_it)
            .ok_or(Refusal::StaleTimer)?;
        let id = milestone.id;
        let dispute = milestone.dispute.as_ref().ok_or(Refusal::StaleTimer)?;
        let stopped = milestone.state != State::Disputed || self.contract.is_paused();
        if dispute.entry_no != due.entry_no || stopped {
            return Err(Refusal::StaleTimer);
        }
        self.not_before(dispute.due_at)?;
        let now = self.now();
        let (phase, last) = (dispute.phase, dispute.rulings.last().cloned());
        let (was_due, is_first) = (dispute.due_at, dispute.missed_at.is_none());
        let late = self.late(dispute.due_at);
        let (phase, due_at) = match phase {
            Phase::AnswerDue | Phase::Decided if late => (phase, after(now, GRACE)),
            // On the record: the silent party loses nothing but its say.
            Phase::AnswerDue | Phase::Evidence => (Phase::Deciding, business_days_after(now, 5)),
            Phase::Negotiating => (Phase::Evidence, after(now, days(5))),
            // The operator must decide; nothing moves by itself. They are told every day, the parties once.
            Phase::Deciding | Phase::Appealed if self.input.facts.misses_kept => {
                let to = if is_first {
                    Audience::All
                } else {
                    Audience::Operator
                };
                self.tell(to, "decision_late", id.to_string());
                return self.miss(id, was_due, after(now, days(1)));
            }
            Phase::Deciding | Phase::Appealed => (phase, after(now, days(1))),
            Phase::Decided => {
                let last = last.ok_or(Refusal::NotDecisionTime)?;
                let act = Act {
                    amount: last.to_expert_minor,
                    other: last.to_client_minor,
                    ..Act::default()
                };
                return self.run(id, Event::Decided, By::Clock, &act);
            }
            Phase::Closed => return Err(Refusal::StaleTimer),
        };
        self.enter_phase(id, phase, due_at)
    }

    /// The decision has not come when it was due. The first such time stands until it comes.
    fn miss(&mut self, id: MilestoneId, was_due: Timestamp, again_at: Timestamp) -> Result<(), Refusal> {
        let milestone = self.contract.milestone_mut(id)?;
        let dispute: &mut Dispute = milestone.dispute.as_mut().ok_or(Refusal::NoDispute)?;
        dispute.missed_at.get_or_insert(was_due);
        dispute.enter(dispute.phase, again_at);
        self.set(TimerKind::DisputePhase, id)
    }

    fn enter_phase(&mut self, id: MilestoneId, phase: Phase, due_at: Timestamp) -> Result<(), Refusal> {
        let milestone = self.contract.milestone_mut(id)?;
        let dispute: &mut Dispute = milestone.dispute.as_mut().ok_or(Refusal::NoDispute)?;
        dispute.enter(phase, due_at);
        self.set(TimerKind::DisputePhase, id)?;
        self.tell(Audience::All, phase.name(), id.to_string());
        Ok(())
    }
}
