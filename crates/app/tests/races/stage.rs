//! One contract of its own for every race, brought to where the race begins.

use std::sync::Arc;

use earnest_app::Error;
use earnest_app::contract::{self, Also, Answer};
use earnest_app::desk::Desk;
use earnest_app::outside::Clock;
use earnest_app::payee::{self, Who};
use earnest_hire::contract::{
    Actor, Command, Contract, Method, Milestone, Offer, PROCESS_VERSION, Phase, Plan, Terms, TimerKind,
};
use earnest_hire::ids::{ContractId, MilestoneId, PersonId};
use earnest_hire::money::{Currency, Minor, Money};
use earnest_hire::payee::Command as OfPayee;
use earnest_hire::span::after;
use earnest_store::{DueTimer, Trace};
use jiff::SignedDuration;

use crate::home::{Hand, Home, fresh, start};

pub(crate) const PRICE: i64 = 100_000;

pub(crate) struct Stage {
    pub(crate) id: ContractId,
    pub(crate) parts: [MilestoneId; 2],
    pub(crate) desks: [Desk; 2],
    pub(crate) clock: Arc<Hand>,
    pub(crate) client: Actor,
    pub(crate) expert: Actor,
    pub(crate) expert_id: PersonId,
}

/// Where a race begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Funded,
    /// Working, past the due date.
    Overdue,
    /// Submitted, the time to inspect is over, all reminders went out.
    Submitted,
    /// In a dispute that the operator is to decide.
    Deciding,
}

pub(crate) fn usd(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency: Currency::USD,
    }
}

pub(crate) fn ten() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&fresh().to_be_bytes());
    bytes
}

pub(crate) fn provider() -> Actor {
    Actor::Provider {
        name: "sandbox".parse().unwrap(),
    }
}

pub(crate) fn operator(number: u8) -> PersonId {
    PersonId::new(start(), [number; 10])
}

fn plan() -> Plan {
    Plan {
        title: "Part".to_owned(),
        deliverable: "Work".to_owned(),
        acceptance: vec!["It runs.".to_owned()],
        price_minor: Minor(PRICE),
        due_on: "2026-12-25".parse().unwrap(),
        inspection_days: 7,
        rounds: 2,
        revision_days: 14,
    }
}

/// What both would sign for these parts.
pub(crate) fn offer(client: PersonId, expert: PersonId, parts: &[MilestoneId], terms: Terms) -> Offer {
    Offer {
        process: PROCESS_VERSION,
        client,
        expert,
        currency: Currency::USD,
        terms,
        milestones: parts.iter().map(|id| (*id, plan())).collect(),
    }
}

impl Stage {
    /// Two milestones, signed by both.
    pub(crate) async fn signed(home: &Home) -> Self {
        let stage = Self::offered(home).await;
        let sha256 = stage.contract().await.sha256;
        for by in [&stage.client, &stage.expert] {
            let sha256 = sha256.clone();
            stage.act(Command::Sign { sha256 }, by).await;
        }
        stage
    }

    pub(crate) async fn offered(home: &Home) -> Self {
        let (clock, desks) = home.desks();
        let [client, expert_id] = [ten(), ten()].map(|ten| PersonId::new(start(), ten));
        let parts = [ten(), ten()].map(|ten| MilestoneId::new(start(), ten));
        let mut terms = Terms::default();
        terms.client_fee.basis_points = 500;
        terms.clearance_days = 0;
        let offer = offer(client, expert_id, &parts, terms);
        let [client, expert] = [client, expert_id].map(|id| Actor::Person { id });
        let answer = contract::begin(&desks[0], &offer, &client, None).await.unwrap();
        Self {
            id: answer.contract,
            parts,
            desks,
            clock,
            client,
            expert,
            expert_id,
        }
    }

    /// The first milestone is where the race begins.
    pub(crate) async fn at(home: &Home, begin: Start) -> Self {
        let stage = Self::signed(home).await;
        stage.fund(0).await;
        let milestone = stage.parts[0];
        if begin == Start::Funded {
            return stage;
        }
        stage.desks[0]
            .store
            .onboard(stage.expert_id, start())
            .await
            .unwrap();
        stage.act(Command::Start { milestone }, &stage.expert).await;
        if begin == Start::Overdue {
            stage.fire_through(TimerKind::Overdue).await;
            return stage;
        }
        let submit = Command::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        };
        stage.act(submit, &stage.expert).await;
        if begin == Start::Submitted {
            stage.fire_before(TimerKind::InspectionEnds).await;
            return stage;
        }
        let dispute = Command::OpenDispute {
            milestone,
            unconditional: usd(0),
            offer_to_expert: usd(10_000),
            reason: "It does not run.".to_owned(),
        };
        stage.act(dispute, &stage.client).await;
        let phase = |milestone: Milestone| milestone.dispute.map(|one| one.phase);
        while phase(stage.milestone().await) != Some(Phase::Deciding) {
            stage.fire_through(TimerKind::DisputePhase).await;
        }
        stage
    }

    /// The same after the nodes have stopped and started again.
    pub(crate) async fn restarted(self, home: Home) -> (Home, Self) {
        let Self {
            desks,
            id,
            parts,
            clock,
            client,
            expert,
            expert_id,
        } = self;
        drop(desks);
        let home = home.restarted().await;
        let (_, desks) = home.desks();
        let stage = Self {
            id,
            parts,
            desks,
            clock,
            client,
            expert,
            expert_id,
        };
        (home, stage)
    }

    pub(crate) async fn fund(&self, part: usize) {
        let fund = Command::Fund {
            milestone: self.parts[part],
            provider: "sandbox".parse().unwrap(),
            method: Method::Bank,
        };
        self.act(fund, &self.client).await;
        let contract = self.contract().await;
        let payment = contract.payments.last().unwrap();
        let captured = Command::Captured {
            payment: payment.id,
            amount: usd(payment.asked_minor.0),
            fee: usd(30),
            receipt: format!("txn {}", payment.id),
        };
        self.act(captured, &provider()).await;
    }

    pub(crate) async fn act(&self, command: Command, by: &Actor) -> Answer {
        self.try_act(0, &command, by, Also::Nothing)
            .await
            .unwrap_or_else(|error| panic!("{command:?}: {error:?}"))
    }

    pub(crate) async fn try_act(
        &self,
        node: usize,
        command: &Command,
        by: &Actor,
        also: Also,
    ) -> Result<Answer, Error> {
        contract::act(&self.desks[node], self.id, command, by, also).await
    }

    /// As a caller who is told to come back later, and does so with the same key. On a busy machine a node says that when
    /// every connection is taken for too long.
    pub(crate) async fn insist(
        &self,
        node: usize,
        command: &Command,
        by: &Actor,
        key: Also,
    ) -> Result<Answer, Error> {
        loop {
            match self.try_act(node, command, by, key.clone()).await {
                Err(Error::Unavailable(_)) => {}
                answered => return answered,
            }
        }
    }

    pub(crate) async fn payee(&self, node: usize, command: &OfPayee, by: &Actor) -> Result<(), Error> {
        let who = Who::sure(by);
        payee::act(&self.desks[node], self.expert_id, command, who, Also::Nothing)
            .await
            .map(drop)
    }

    pub(crate) async fn contract(&self) -> Contract {
        let id = self.id;
        let read = self.desks[0]
            .store
            .read(move |mut view| async move { view.contract(id).await });
        read.await.unwrap().unwrap()
    }

    pub(crate) async fn milestone(&self) -> Milestone {
        self.contract().await.milestone(self.parts[0]).unwrap().clone()
    }

    pub(crate) async fn trace(&self, scope: &str) -> Trace {
        let (id, scope) = (self.id, scope.to_owned());
        let read = self.desks[0].store.read(move |mut view| {
            let scope = scope.clone();
            async move { view.trace(id, &scope).await }
        });
        read.await.unwrap()
    }

    pub(crate) async fn timers(&self, chain: String) -> Vec<DueTimer> {
        let read = self.desks[0].store.read(move |mut view| {
            let chain = chain.clone();
            async move { view.timers_of(&chain).await }
        });
        read.await.unwrap()
    }

    /// The timer of the milestone that approves by itself, where it waits for one.
    pub(crate) async fn approval(&self) -> Option<DueTimer> {
        let subject = self.parts[0].to_string();
        let all = self.timers(self.id.to_string()).await;
        let of_it =
            |one: &DueTimer| one.timer.kind == TimerKind::InspectionEnds && one.timer.subject == subject;
        all.into_iter().find(of_it)
    }

    pub(crate) async fn fire(&self, node: usize, due: &DueTimer) -> Result<Answer, Error> {
        let also = Also::Timer(due.id.clone());
        self.try_act(node, &woken(due), &Actor::Clock, also).await
    }

    /// Time runs on, up to when the next timer of this kind is due; those before it happen.
    pub(crate) async fn fire_before(&self, kind: TimerKind) {
        loop {
            let next = self.timers(self.id.to_string()).await.remove(0);
            let later = after(next.timer.due_at, SignedDuration::from_secs(1));
            self.clock.set(self.clock.now().max(later));
            if next.timer.kind == kind {
                return;
            }
            if self.fire(0, &next).await.is_err() {
                self.desks[0].store.drop_timer(next.id).await.unwrap(); // Of a state that is over.
            }
        }
    }

    pub(crate) async fn fire_through(&self, kind: TimerKind) {
        self.fire_before(kind).await;
        let next = self.timers(self.id.to_string()).await.remove(0);
        if self.fire(0, &next).await.is_err() {
            self.desks[0].store.drop_timer(next.id).await.unwrap();
        }
    }

    /// An approval has cleared and the expert has named an account.
    pub(crate) async fn payable(home: &Home) -> Self {
        let stage = Self::at(home, Start::Submitted).await;
        let milestone = stage.parts[0];
        stage.act(Command::Approve { milestone }, &stage.client).await;
        stage.clear().await;
        stage.name_account().await;
        stage
    }

    /// The expert has earned something in the other milestone, which may be paid out.
    pub(crate) async fn earn_elsewhere(&self) {
        let milestone = self.parts[1];
        self.fund(1).await;
        self.desks[0]
            .store
            .onboard(self.expert_id, start())
            .await
            .unwrap();
        self.act(Command::Start { milestone }, &self.expert).await;
        let amount = usd(PRICE / 2);
        self.act(Command::Release { milestone, amount }, &self.client)
            .await;
        self.clear().await;
        self.name_account().await;
    }

    async fn name_account(&self) {
        let account = OfPayee::SetPayoutAccount {
            reference: "acct_1".to_owned(),
            provider: "sandbox".parse().unwrap(),
        };
        self.payee(0, &account, &self.expert).await.unwrap();
    }

    async fn clear(&self) {
        let expert = self.expert_id;
        let read = self.desks[0]
            .store
            .read(move |mut view| async move { view.earnings(expert, 10).await });
        for earning in read.await.unwrap() {
            let cleared = after(earning.clears_at, SignedDuration::from_secs(1));
            self.clock.set(self.clock.now().max(cleared));
            let clear = OfPayee::Clear {
                earning: earning.id,
                amount: usd(earning.amount.0),
                clears_at: earning.clears_at,
            };
            let due = self.timers(expert.to_string()).await.remove(0);
            let who = Who::sure(&Actor::Clock);
            payee::act(&self.desks[0], expert, &clear, who, Also::Timer(due.id))
                .await
                .unwrap();
        }
    }
}

pub(crate) fn woken(due: &DueTimer) -> Command {
    let timer = due.timer.clone();
    Command::Timer {
        kind: timer.kind,
        subject: timer.subject,
        entry_no: timer.entry_no,
        due_at: timer.due_at,
    }
}
