//! What simulations have found in the rules, each as the shortest history that showed it.

use jiff::{SignedDuration, Timestamp};

use crate::contract::{
    Actor, Change, Command, Facts, Input, Kind, Method, Offer, PROCESS_VERSION, Phase, Plan, Terms, Timer,
    TimerKind, money,
};
use crate::ids::{ContractId, MilestoneId, PaymentId, PersonId};
use crate::ledger::Name;
use crate::money::{Currency, Minor, Money};
use crate::refusal::Refusal;
use crate::simulate::core::Core;
use crate::simulate::step::{Answer, Fault, Step};

const PRICE: i64 = 100_000;

/// A signed contract of two milestones, whose provider can hold money for 180 days.
struct Stage {
    core: Core,
    now: Timestamp,
    key: u64,
}

impl Stage {
    fn signed() -> Self {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let person = |byte| PersonId::new(now, [byte; 10]);
        let plan = Plan {
            title: "Part".to_owned(),
            deliverable: "Work".to_owned(),
            acceptance: vec!["It works.".to_owned()],
            price_minor: Minor(PRICE),
            due_on: "2026-03-02".parse().unwrap(),
            inspection_days: 7,
            rounds: 1,
            revision_days: 7,
        };
        let offer = Offer {
            process: PROCESS_VERSION,
            client: person(1),
            expert: person(2),
            currency: Currency::USD,
            terms: Terms::default(),
            milestones: [1, 2]
                .map(|byte| (MilestoneId::new(now, [byte; 10]), plan.clone()))
                .to_vec(),
        };
        let input = Input::new(now, [0; 16], facts());
        let core = Core::begin(ContractId::new(now, [1; 10]), &offer, &input).unwrap();
        let mut stage = Self { core, now, key: 0 };
        let sha256 = offer.sha256().unwrap();
        for by in [stage.client(), stage.expert()] {
            let sha256 = sha256.clone();
            stage.done(by, Command::Sign { sha256 });
        }
        stage
    }

    fn client(&self) -> Actor {
        Actor::Person {
            id: self.core.contract().client,
        }
    }

    fn expert(&self) -> Actor {
        Actor::Person {
            id: self.core.contract().expert,
        }
    }

    fn operator(&self) -> Actor {
        Actor::Operator {
            id: PersonId::new(self.now, [9; 10]),
        }
    }

    fn milestone(&self, at: usize) -> MilestoneId {
        self.core.contract().milestones[at].id
    }

    fn kind(&self, at: usize) -> Kind {
        self.core.contract().milestones[at].state.kind()
    }

    /// Delivers a command an hour later; whatever must hold is checked by the core.
    fn tries(&mut self, by: Actor, command: Command) -> Answer {
        self.now += SignedDuration::from_hours(1);
        self.key += 1;
        let mut seed = [7; 16];
        seed[..8].copy_from_slice(&self.key.to_le_bytes());
        let step = Step {
            key: self.key,
            attempt: 1,
            fault: Fault::None,
            by,
            command,
            input: Input::new(self.now, seed, facts()),
        };
        self.core.apply(&step).unwrap()
    }

    fn done(&mut self, by: Actor, command: Command) {
        let told = format!("{command:?}");
        assert_eq!(self.tries(by, command), Answer::Accepted, "{told}");
    }

    /// Fires the first timer of a kind at its time.
    fn fire(&mut self, kind: TimerKind) -> Answer {
        let row = self
            .core
            .rows
            .iter()
            .find(|row| row.timer.kind == kind)
            .unwrap()
            .clone();
        self.now = self.now.max(row.timer.due_at);
        let Timer {
            kind,
            subject,
            entry_no,
            due_at,
        } = row.timer;
        let command = Command::Timer {
            kind,
            subject,
            entry_no,
            due_at,
        };
        self.key = row.key - 1;
        let answer = self.tries(Actor::Clock, command);
        self.key = u64::from(u32::MAX) + row.key % 1_000_000;
        answer
    }

    fn begin_payment(&mut self, at: usize) -> PaymentId {
        let (by, milestone) = (self.client(), self.milestone(at));
        let provider = name();
        let method = Method::Card;
        self.done(
            by,
            Command::Fund {
                milestone,
                provider,
                method,
            },
        );
        self.core.contract().payments.last().unwrap().id
    }

    fn capture(&mut self, payment: PaymentId, amount: i64) {
        let receipt = format!("r{}", self.key);
        let command = Command::Captured {
            payment,
            amount: usd(amount),
            fee: usd(0),
            receipt,
        };
        self.done(provider(), command);
    }

    fn fund(&mut self, at: usize) -> PaymentId {
        let payment = self.begin_payment(at);
        self.capture(payment, PRICE);
        payment
    }

    fn take_back(&mut self, payment: PaymentId, amount: i64) {
        let evidence_by = self.now + SignedDuration::from_hours(240);
        let command = Command::ChargebackOpened {
            payment,
            reference: "cb".to_owned(),
            receipt: "txn_cb".to_owned(),
            amount: usd(amount),
            fee: usd(0),
            evidence_by,
        };
        self.done(provider(), command);
    }

    fn set(&self, kind: TimerKind) -> usize {
        let timers = &self.core.last.as_ref().unwrap().timers;
        timers.iter().filter(|timer| timer.kind == kind).count()
    }
}

fn facts() -> Facts {
    Facts {
        holding_days: Some(180),
        ..Facts::default()
    }
}

fn usd(amount: i64) -> Money {
    money(Minor(amount), Currency::USD)
}

fn name() -> Name {
    "acquirer".parse().unwrap()
}

fn provider() -> Actor {
    Actor::Provider { name: name() }
}

fn lost() -> Command {
    Command::ChargebackLost {
        reference: "cb".to_owned(),
    }
}

/// The lot that came out of a move had no warning before the provider could hold it no longer.
#[test]
fn money_that_changes_the_milestone_is_warned_of() {
    let mut stage = Stage::signed();
    stage.fund(0);
    stage.fund(1);
    let change = Change::MoveMoney {
        milestone: stage.milestone(0),
        to: stage.milestone(1),
        amount: money(Minor(40_000), Currency::USD),
    };
    stage.done(stage.client(), Command::ProposeAmendment { change });
    stage.done(stage.expert(), Command::AcceptAmendment);
    assert_eq!(stage.set(TimerKind::HoldingWarning), 2);
}

/// Money on which no lot was made set the warnings of the last lot again, and the operator was told twice.
#[test]
fn each_lot_is_warned_of_once() {
    let mut stage = Stage::signed();
    let payment = stage.fund(0);
    assert_eq!(stage.set(TimerKind::HoldingWarning), 2);
    stage.capture(payment, 5);
    assert_eq!(stage.set(TimerKind::HoldingWarning), 0);
}

/// What the payer's bank may take back was placed, and the milestone went on without money when it was lost.
#[test]
fn contested_money_is_not_placed() {
    let mut stage = Stage::signed();
    let late = stage.begin_payment(0);
    assert_eq!(stage.fire(TimerKind::PaymentExpires), Answer::Accepted);
    let second = stage.begin_payment(0);
    stage.capture(late, PRICE);
    assert_ne!(late, second);
    assert_eq!(stage.fire(TimerKind::PaymentExpires), Answer::Accepted);
    stage.take_back(late, PRICE);
    let place = Command::Place {
        milestone: stage.milestone(0),
        payment: late,
    };
    let answer = stage.tries(stage.client(), place);
    assert_eq!(answer, Answer::Refused(Refusal::ChargebackOpen));
    stage.done(provider(), lost());
    assert_eq!(stage.kind(0), Kind::Planned);
}

/// A payment of which a part was taken out before the rest came left its milestone waiting for ever.
#[test]
fn a_payment_that_shrank_leaves_its_milestone_planned() {
    let mut stage = Stage::signed();
    let payment = stage.begin_payment(0);
    stage.capture(payment, 60_000);
    let amount = usd(60_000);
    stage.done(stage.client(), Command::RefundFunds { payment, amount });
    stage.capture(payment, 40_000);
    assert_eq!(stage.kind(0), Kind::Funding);
    assert_eq!(stage.fire(TimerKind::PaymentExpires), Answer::Accepted);
    assert_eq!(stage.kind(0), Kind::Planned);
}

/// Where a chargeback took a part after the decision, its figures were more than was left and it never became final.
#[test]
fn a_loss_after_the_decision_asks_for_another() {
    let mut stage = Stage::signed();
    let payment = stage.fund(0);
    let milestone = stage.milestone(0);
    stage.done(stage.expert(), Command::Start { milestone });
    let open = Command::OpenDispute {
        milestone,
        unconditional: usd(0),
        offer_to_expert: usd(0),
        reason: "It does not start.".to_owned(),
    };
    stage.done(stage.client(), open);
    assert_eq!(stage.fire(TimerKind::DisputePhase), Answer::Accepted); // a day of grace after the late timer
    let phase = |stage: &Stage| {
        stage.core.contract().milestones[0]
            .dispute
            .as_ref()
            .unwrap()
            .phase
    };
    assert_eq!(phase(&stage), Phase::Deciding);
    let ruling = |to_client: i64| Command::DecideDispute {
        milestone,
        to_expert: usd(0),
        to_client: usd(to_client),
        reasons: "As the client offers.".to_owned(),
        second: Some(crate::ids::PersonId::new(Timestamp::UNIX_EPOCH, [9; 10])),
    };
    stage.done(stage.operator(), ruling(PRICE));
    stage.take_back(payment, 30_000);
    stage.done(provider(), lost());
    assert_eq!((phase(&stage), stage.kind(0)), (Phase::Deciding, Kind::Disputed));
    stage.done(stage.operator(), ruling(70_000));
    assert_eq!(
        stage.fire(TimerKind::DisputePhase),
        Answer::Refused(Refusal::StaleTimer)
    );
    while stage.kind(0) == Kind::Disputed {
        stage.fire(TimerKind::DisputePhase);
    }
    assert_eq!(stage.kind(0), Kind::Refunded);
}

/// Where the operator opens, the first of two answers set the timer of the phase a second time.
#[test]
fn the_first_of_two_answers_sets_no_timer_twice() {
    let mut stage = Stage::signed();
    stage.fund(0);
    let milestone = stage.milestone(0);
    stage.done(stage.expert(), Command::Start { milestone });
    let (unconditional, offer_to_expert) = (usd(0), usd(10));
    let open = Command::OpenDispute {
        milestone,
        unconditional,
        offer_to_expert,
        reason: "Both ask.".to_owned(),
    };
    stage.done(stage.operator(), open);
    let answer = Command::AnswerDispute {
        milestone,
        unconditional,
        offer_to_expert,
    };
    for by in [stage.expert(), stage.client()] {
        stage.done(by, answer.clone());
    }
    let dispute = stage.core.contract().milestones[0].dispute.clone().unwrap();
    assert_eq!(dispute.phase, Phase::Negotiating);
}

/// The operator was asked for evidence on a chargeback that was decided.
#[test]
fn no_evidence_is_asked_for_after_the_decision() {
    let mut stage = Stage::signed();
    let payment = stage.fund(0);
    stage.take_back(payment, 10);
    stage.done(provider(), lost());
    assert_eq!(
        stage.fire(TimerKind::EvidenceDue),
        Answer::Refused(Refusal::StaleTimer)
    );
}

/// An offer to settle lost its timer: it came in a pause, whose end a clock that went back put before its beginning.
#[test]
fn an_offer_has_a_timer_after_a_pause_that_a_clock_undid() {
    let mut stage = Stage::signed();
    stage.fund(0);
    let milestone = stage.milestone(0);
    let offer = Command::OfferSettlement {
        milestone,
        to_expert: usd(PRICE),
        to_client: usd(0),
    };
    stage.done(stage.expert(), offer);
    let paused = stage.now;
    let change = Change::Pause;
    stage.done(stage.client(), Command::ProposeAmendment { change });
    stage.done(stage.expert(), Command::AcceptAmendment);
    assert_eq!(
        stage.fire(TimerKind::SettlementExpires),
        Answer::Refused(Refusal::StaleTimer)
    );
    stage.now = paused;
    stage.done(stage.client(), Command::RESUME);
    assert_eq!(stage.set(TimerKind::SettlementExpires), 1);
}
