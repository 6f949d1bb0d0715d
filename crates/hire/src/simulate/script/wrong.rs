//! What must be refused, tried everywhere: any event by anybody in any state, with any figures.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the functions below take what the one that calls them leaves to them"
)]

use super::{Draft, Script};
use crate::contract::{
    Actor, Change, Command, Contract, Event, Finding, Method, Milestone, Payment, TimerKind,
};
use crate::ids::{MilestoneId, PaymentId};
use crate::money::{Minor, Money};
use crate::simulate::cast::name;
use crate::simulate::core::Core;
use crate::span::{after, before, days};

/// Events that need something first, and are therefore tried more often.
const SELDOM: &[Event] = &[
    Event::RaisePrice,
    Event::LowerPrice,
    Event::MoveMoney,
    Event::Drop,
    Event::Expired,
    Event::Failed,
    Event::Captured,
    Event::ChargebackOpened,
    Event::ChargebackWon,
    Event::ChargebackLost,
    Event::HoldingDeadline,
];

impl Script {
    /// Any event by anybody, or something that belongs to no event.
    pub(super) fn wrong(&mut self, core: &Core) -> Option<Draft> {
        let contract = core.contract();
        let milestone = self.random.among(&contract.milestones)?;
        let by = self.anybody();
        let command = if self.random.percent(25) {
            self.without_event(contract, milestone)
        } else {
            let event = if self.random.percent(80) {
                *self.random.among(Event::ALL)?
            } else {
                *self.random.among(SELDOM)?
            };
            self.for_event(contract, milestone, event, &by)?
        };
        Some((None, by, command))
    }

    fn anybody(&mut self) -> Actor {
        let operator = self.operator();
        match self.random.below(8) {
            0 | 1 => self.cast.client(),
            2 | 3 => self.cast.expert(),
            4 => operator,
            5 => Actor::Clock,
            6 => Actor::Provider {
                name: self.cast.provider(Method::Card),
            },
            _ => match self.random.below(3) {
                0 => Actor::Provider { name: name("other") },
                1 => Actor::Provider {
                    name: self.cast.provider(Method::Bank),
                },
                _ => Actor::Person {
                    id: self.cast.stranger,
                },
            },
        }
    }

    /// Nothing, less than nothing, too much, far too much, another currency, or a sum that could be.
    fn strange(&mut self, held: Minor) -> Money {
        let fits = self.amount(held);
        let over = held.0.saturating_add(1);
        let amount = self.random.pick(
            fits.0,
            &[fits.0, fits.0, 0, -1, over, Money::MOST, i64::MAX, i64::MIN],
        );
        let mut money = self.cast.money(Minor(amount));
        if self.random.percent(15) {
            money.currency = self.cast.other_currency;
        }
        money
    }

    fn unknown_milestone(&mut self, id: MilestoneId) -> MilestoneId {
        if self.random.percent(3) {
            MilestoneId::new(self.now, self.random.ten())
        } else {
            id
        }
    }

    pub(super) fn payment_of<'a>(
        &mut self,
        contract: &'a Contract,
        milestone: &Milestone,
    ) -> Option<&'a Payment> {
        let of_it = contract
            .payments
            .iter()
            .filter(|one| one.milestone == milestone.id);
        let all: Vec<&Payment> = of_it.collect();
        self.random.among(&all).copied()
    }

    pub(super) fn for_event(
        &mut self,
        contract: &Contract,
        milestone: &Milestone,
        event: Event,
        by: &Actor,
    ) -> Option<Command> {
        let held = milestone.held().unwrap_or_default();
        let id = self.unknown_milestone(milestone.id);
        let command = match event {
            Event::Fund => Command::Fund {
                milestone: id,
                provider: self.cast.provider(Method::Card),
                method: Method::Card,
            },
            Event::Place => Command::Place {
                milestone: id,
                payment: self.random.among(&contract.payments)?.id,
            },
            Event::Start => Command::Start { milestone: id },
            Event::Cancel => Command::Cancel { milestone: id },
            Event::Submit => Command::Submit {
                milestone: id,
                deliverables: self.random.small(0, 1),
                ticked: vec![0, self.random.small(0, 2)],
            },
            Event::RequestChanges => Command::RequestChanges {
                milestone: id,
                unmet: self.items(),
                note: self.reason(),
            },
            Event::ExtendInspection => Command::ExtendInspection {
                milestone: id,
                days: self.random.pick(1, &[0, 8, u16::MAX]),
                reason: self.reason(),
            },
            Event::Approve => Command::Approve { milestone: id },
            Event::Release | Event::GiveBack => self.part(id, held, event),
            Event::Settle => Command::AcceptSettlement { milestone: id },
            Event::OpenDispute => Command::OpenDispute {
                milestone: id,
                unconditional: self.strange(held),
                offer_to_expert: self.strange(held),
                reason: self.reason(),
            },
            Event::AnswerDispute => Command::AnswerDispute {
                milestone: id,
                unconditional: self.strange(held),
                offer_to_expert: self.strange(held),
            },
            Event::Drop if !matches!(by, Actor::Clock) && self.random.percent(50) => {
                Command::Drop { milestone: id }
            }
            Event::RaisePrice | Event::LowerPrice | Event::MoveMoney | Event::Drop => {
                self.amendment(contract, milestone, event)
            }
            Event::Expired
            | Event::Lapsed
            | Event::AutoApproved
            | Event::Overdue
            | Event::Undelivered
            | Event::Decided
            | Event::HoldingDeadline
            | Event::Dormant => return self.forged(contract, milestone, event, by),
            Event::Failed
            | Event::Captured
            | Event::ChargebackOpened
            | Event::ChargebackWon
            | Event::ChargebackLost => return self.forged_news(contract, milestone, event),
        };
        Some(command)
    }

    fn part(&mut self, milestone: MilestoneId, held: Minor, event: Event) -> Command {
        let amount = self.strange(held);
        if event == Event::Release {
            Command::Release { milestone, amount }
        } else {
            Command::GiveBack { milestone, amount }
        }
    }

    fn items(&mut self) -> Vec<u16> {
        match self.random.below(3) {
            0 => Vec::new(),
            1 => vec![9],
            _ => vec![0],
        }
    }

    fn reason(&mut self) -> String {
        self.random.pick("Because.", &[" "]).to_owned()
    }

    /// Accepts an open change to this milestone by this event, or proposes one that may be impossible to accept.
    fn amendment(&mut self, contract: &Contract, milestone: &Milestone, event: Event) -> Command {
        let held = milestone.held().unwrap_or_default();
        if contract.amendment.is_some() {
            return Command::AcceptAmendment;
        }
        let amount = self.strange(held);
        let id = self.unknown_milestone(milestone.id);
        let change = match event {
            Event::RaisePrice => Change::RaisePrice {
                milestone: id,
                amount,
            },
            Event::LowerPrice => Change::LowerPrice {
                milestone: id,
                amount,
            },
            Event::MoveMoney => Change::MoveMoney {
                milestone: id,
                to: self.random.among(&contract.milestones).map_or(id, |one| one.id),
                amount,
            },
            _ => Change::Drop { milestone: id },
        };
        Command::ProposeAmendment { change }
    }

    /// A timer that nobody set: of another entry, of something unknown, before its time, or fired by a person.
    fn forged(
        &mut self,
        contract: &Contract,
        milestone: &Milestone,
        event: Event,
        by: &Actor,
    ) -> Option<Command> {
        let clock = matches!(by, Actor::Clock);
        if event == Event::Expired && matches!(by, Actor::Provider { .. }) {
            return self.forged_news(contract, milestone, event);
        }
        if event == Event::Decided && (!clock || self.random.percent(50)) {
            let (_, command) = self.ruling(contract, milestone);
            return Some(self.spoilt(command));
        }
        let mut entry_no = milestone.entry_no;
        let (kind, subject) = match event {
            Event::Expired => {
                let payment = self.payment_of(contract, milestone)?;
                (TimerKind::PaymentExpires, payment.id.to_string())
            }
            Event::Lapsed => (TimerKind::Lapses, milestone.id.to_string()),
            Event::AutoApproved => (TimerKind::InspectionEnds, milestone.id.to_string()),
            Event::Overdue => (TimerKind::Overdue, milestone.id.to_string()),
            Event::Undelivered => (TimerKind::Returns, milestone.id.to_string()),
            Event::Decided => {
                let dispute = milestone.dispute.as_ref()?;
                entry_no = dispute.entry_no;
                (TimerKind::DisputePhase, dispute.id.to_string())
            }
            Event::HoldingDeadline => {
                let all = milestone.lots.iter();
                let empty = all.clone().find(|lot| !clock || !lot.held().is_positive())?;
                (TimerKind::HoldingWarning, empty.id.to_string())
            }
            _ => {
                entry_no = contract.entry_no.saturating_sub(i64::from(clock));
                (TimerKind::Dormant, contract.id.to_string())
            }
        };
        if event != Event::Dormant && self.random.percent(60) {
            entry_no = entry_no.saturating_sub(1);
        }
        let due_at = if self.random.percent(80) {
            before(self.now, days(1))
        } else {
            after(self.now, days(1))
        };
        Some(Command::Timer {
            kind,
            subject,
            entry_no,
            due_at,
        })
    }

    /// A decision with a sum, a reason or a second operator that may not do.
    fn spoilt(&mut self, command: Command) -> Command {
        let Command::DecideDispute {
            milestone,
            to_expert,
            mut to_client,
            mut reasons,
            mut second,
        } = command
        else {
            return command;
        };
        match self.random.below(5) {
            0 => to_client = self.strange(Minor(to_client.amount_minor)),
            1 => "Short.".clone_into(&mut reasons),
            2 => second = None,
            3 => second = Some(self.cast.first_operator),
            _ => {}
        }
        Command::DecideDispute {
            milestone,
            to_expert,
            to_client,
            reasons,
            second,
        }
    }

    pub(super) fn forged_news(
        &mut self,
        contract: &Contract,
        milestone: &Milestone,
        event: Event,
    ) -> Option<Command> {
        let payment = self.payment_of(contract, milestone)?;
        let id = payment.id;
        let of_it = |one: &&crate::contract::Chargeback| one.payment == id;
        Some(match event {
            Event::Expired => Command::PaymentExpired { payment: id },
            Event::Failed => Command::PaymentFailed { payment: id },
            Event::Captured => {
                let seen = payment.receipts.first().cloned();
                Command::Captured {
                    payment: id,
                    amount: self.strange(payment.asked_minor),
                    fee: self.strange(Minor(10)),
                    receipt: seen.unwrap_or_else(|| self.name()),
                }
            }
            Event::ChargebackOpened => {
                let fee = self.strange(Minor(10));
                let amount = self.strange(payment.received_minor);
                let known = contract.chargebacks.iter().find(of_it);
                Command::ChargebackOpened {
                    payment: id,
                    reference: known.map_or_else(|| self.name(), |one| one.reference.clone()),
                    receipt: self.name(),
                    amount,
                    fee,
                    evidence_by: self.now,
                }
            }
            Event::ChargebackWon => Command::ChargebackWon {
                reference: contract.chargebacks.iter().rfind(of_it)?.reference.clone(),
                receipt: self.name(),
            },
            _ => Command::ChargebackLost {
                reference: contract.chargebacks.iter().rfind(of_it)?.reference.clone(),
            },
        })
    }

    /// Something about a hold that may be nobody's to do now.
    fn wrong_hold(&mut self, contract: &Contract) -> Command {
        let review_by = after(self.now, days(self.random.pick(7, &[0, 8])));
        let [second, ..] = self.cast.operators;
        let second = self.random.pick(None, &[Some(second), Some(contract.client)]);
        let hold = contract.holds.last().map(|one| one.id);
        let hold = hold.unwrap_or_else(|| crate::ids::HoldId::new(self.now, [7; 10]));
        let reason = self.reason();
        match self.random.below(5) {
            0 => Command::HoldContract {
                reason,
                finding: None,
            },
            1 => Command::HoldContract {
                reason,
                finding: Some(Finding {
                    facts: self.reason(),
                    rule: self.reason(),
                    review_by,
                    second,
                }),
            },
            2 => Command::ExtendContractHold {
                hold,
                reason,
                review_by,
                second,
            },
            3 => Command::AppealContractHold { hold, reason },
            _ => Command::AnswerContractHold {
                hold,
                party: contract.client,
                reason,
            },
        }
    }

    fn without_event(&mut self, contract: &Contract, milestone: &Milestone) -> Command {
        let held = milestone.held().unwrap_or_default();
        let payment = self
            .random
            .among(&contract.payments)
            .map_or_else(|| PaymentId::new(self.now, [7; 10]), |one| one.id);
        let refund = self.random.among(&contract.refunds).map(|one| one.id);
        let refund = refund.unwrap_or_else(|| crate::ids::RefundId::new(self.now, [7; 10]));
        let sha256 = self.random.pick(contract.sha256.as_str(), &["0"]).to_owned();
        let (from, until) = (self.now, after(self.now, days(self.random.pick(0, &[1, 15]))));
        let [second, ..] = self.cast.operators;
        match self.random.below(22) {
            0 => Command::Sign { sha256 },
            1 => Command::Decline,
            2 => Command::Withdraw,
            3 => Command::RESUME,
            4 | 18..21 => self.wrong_hold(contract),
            5 if self.random.percent(30) => Command::End,
            6 => Command::RegisterAbsence { from, until },
            7 => Command::AcceptAmendment,
            8 => Command::RejectAmendment,
            9 => Command::OfferSettlement {
                milestone: milestone.id,
                to_expert: self.strange(held),
                to_client: self.strange(held),
            },
            10 => Command::RejectSettlement {
                milestone: milestone.id,
            },
            11 => Command::AppealDispute {
                milestone: milestone.id,
                reason: self.reason(),
            },
            12 => Command::RefundFunds {
                payment,
                amount: self.strange(held),
            },
            13 => {
                let transfer = self.name();
                Command::MoveToBank {
                    payment,
                    bank: self.cast.provider(Method::Bank),
                    receipt: self.cast.receipt(&transfer).1,
                    transfer,
                    second,
                }
            }
            14 => Command::RefundSent { refund },
            15 => Command::RefundSucceeded {
                refund,
                receipt: self.name(),
            },
            16 => Command::RefundFailed {
                refund,
                receipt: None,
            },
            17 => Command::MailBounced {
                milestone: milestone.id,
            },
            _ => Command::ProposeAmendment {
                change: Change::Pause,
            },
        }
    }
}
