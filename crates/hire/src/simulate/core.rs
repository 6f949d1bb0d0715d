//! The pure core as something that keeps: one contract, its books, its timers and the keys it has answered.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cast::hash;
use super::check;
use super::model::{Model, Told};
use super::oracle::{Reminded, allowed};
use super::step::{Answer, Step, TIMER_KEYS};
use crate::contract::{Command, Contract, Decision, Earning, Input, Offer, Timer, decide, offer};
use crate::ids::{ContractId, MilestoneId};
use crate::ledger::{Account, Books, Line, Side};
use crate::money::Minor;
use crate::refusal::Refusal;

/// Something that must always hold did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which: `I1` to `I14` of `docs/INVARIANTS.md`, or a word for what is asked of a simulation beside them.
    pub invariant: String,
    /// What was found.
    pub what: String,
}

impl Violation {
    pub(super) fn new(invariant: &str, what: impl Into<String>) -> Self {
        Self {
            invariant: invariant.to_owned(),
            what: what.into(),
        }
    }
}

/// A timer as it is kept. Its key is the idempotency key of its firing: a row fires once.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: u64,
    pub(super) timer: Timer,
}

/// The key of a timer follows from what it is, so that it stays the same where a history is shortened. It lies above
/// those of people.
fn key_of(timer: &Timer) -> u64 {
    let text = format!(
        "{} {} {} {}",
        timer.kind, timer.subject, timer.entry_no, timer.due_at
    );
    hash(&text) | TIMER_KEYS
}

/// One contract kept in memory, checked after every step.
#[derive(Debug, Clone)]
pub struct Core {
    contract: Contract,
    books: Books,
    pub(super) rows: Vec<Row>,
    /// What was accepted, by its key.
    keys: BTreeMap<u64, i64>,
    earnings: Vec<Earning>,
    /// Provider's events that were accepted: none of them may move anything again.
    told: Vec<Command>,
    /// Holding warnings that were ever set, by lot.
    pub(super) warned: Vec<String>,
    pub(super) ended: Vec<MilestoneId>,
    /// Debits less credits of all lines.
    pub(super) sum: i128,
    model: Model,
    reminded: Reminded,
    steps: u64,
    /// What the last accepted step did.
    pub(super) last: Option<Decision>,
}

impl Core {
    /// Begins with a contract on offer.
    pub fn begin(id: ContractId, terms: &Offer, input: &Input) -> Result<Self, Violation> {
        let decision = offer(id, terms, input)
            .map_err(|refusal| Violation::new("offer", format!("refused: {}", refusal.code())))?;
        let mut core = Self {
            model: Model::new(&decision.contract),
            reminded: Reminded::default(),
            contract: decision.contract.clone(),
            books: Books::default(),
            rows: Vec::new(),
            keys: BTreeMap::new(),
            earnings: Vec::new(),
            told: Vec::new(),
            warned: Vec::new(),
            ended: Vec::new(),
            sum: 0,
            steps: 0,
            last: None,
        };
        core.keep_timers(&decision.timers)?;
        Ok(core)
    }

    /// The contract as it is kept.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Everything that was booked.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// The timer that is due first.
    pub(super) fn next_row(&self) -> Option<&Row> {
        self.rows.iter().min_by_key(|row| (row.timer.due_at, row.key))
    }

    /// Delivers a step, and checks everything after it.
    pub fn apply(&mut self, step: &Step) -> Result<Answer, Violation> {
        self.steps = self.steps.saturating_add(1);
        self.last = None;
        if self.keys.contains_key(&step.key) {
            return Ok(Answer::Replayed);
        }
        self.clear(step.input.now)?;
        let mut input = step.input.clone();
        let payable = Account::ExpertPayable(self.contract.expert);
        input.facts.expert_payable_minor = self.books.held(&payable, self.contract.currency);
        let decided = decide(&self.contract, &step.command, &step.by, &input);
        if self.steps.is_multiple_of(16) && decide(&self.contract, &step.command, &step.by, &input) != decided
        {
            return Err(Violation::new("same", "the same decision came out differently"));
        }
        if step.is_lost() {
            return Ok(Answer::Lost);
        }
        match decided {
            Ok(decision) => {
                self.accepted(step, &input, decision)?;
                Ok(Answer::Accepted)
            }
            Err(refusal) => {
                self.refused(step, refusal)?;
                Ok(Answer::Refused(refusal))
            }
        }
    }

    fn accepted(&mut self, step: &Step, input: &Input, decision: Decision) -> Result<(), Violation> {
        check::decision(&self.contract, &decision)?;
        allowed(&self.contract, step, &decision, &self.reminded)?;
        self.reminded.follow(&step.command, step.input.now);
        let again = check::from_provider(&step.command) && self.told.contains(&step.command);
        if again && (decision.entry.is_some() || !decision.moved.is_empty()) {
            return Err(Violation::new(
                "I9",
                "an event of the provider had its effect twice",
            ));
        }
        let told = Told {
            before: &self.contract,
            decision: &decision,
            command: &step.command,
            by: &step.by,
            payable: input.facts.expert_payable_minor,
        };
        self.model.follow(&told).map_err(|refusal| {
            Violation::new("model", format!("the model cannot follow: {}", refusal.code()))
        })?;
        if let Some(entry) = &decision.entry {
            self.came_before(&step.command, input)?;
            self.post(entry.lines())?;
        }
        self.keys.insert(step.key, decision.contract.version);
        for moved in decision.moved.iter().filter(|moved| moved.to.is_terminal()) {
            if self.ended.contains(&moved.milestone) {
                return Err(Violation::new("I6", format!("{} ended twice", moved.milestone)));
            }
            self.ended.push(moved.milestone);
        }
        if check::from_provider(&step.command) {
            self.told.push(step.command.clone());
        }
        self.rows.retain(|row| row.key != step.key);
        self.keep_timers(&decision.timers)?;
        self.earnings.extend(decision.earnings.iter().cloned());
        self.contract = decision.contract.clone();
        self.last = Some(decision);
        check::kept(self)?;
        let differs = self.model.differs(&self.contract, &self.books);
        match differs {
            Ok(None) => {}
            Ok(Some(why)) => return Err(Violation::new("model", why)),
            Err(refusal) => return Err(Violation::new("model", refusal.code())),
        }
        if self.steps.is_multiple_of(64) {
            check::written(&self.contract)?;
        }
        if step.pays_out() {
            self.pay_out()?;
        }
        Ok(())
    }

    /// A timer that was set by a decision and is due may find its state over, and nothing else may stop it: where a rule
    /// refuses it, what the process promises does not happen.
    fn refused(&mut self, step: &Step, refusal: Refusal) -> Result<(), Violation> {
        let Some(row) = self.rows.iter().find(|row| row.key == step.key) else {
            return Ok(());
        };
        if refusal == Refusal::TimerNotDue {
            return Ok(());
        }
        if !matches!(refusal, Refusal::StaleTimer | Refusal::EventWithoutEffect) {
            let what = format!("a due {} was refused: {}", row.timer.kind, refusal.code());
            return Err(Violation::new("timer", what));
        }
        self.rows.retain(|row| row.key != step.key);
        check::deadlines(self)
    }

    /// A timer that is set twice would fire twice.
    fn keep_timers(&mut self, timers: &[Timer]) -> Result<(), Violation> {
        for timer in timers {
            let key = key_of(timer);
            if self.keys.contains_key(&key) || self.rows.iter().any(|row| row.key == key) {
                let what = format!("{} of {} was set before", timer.kind, timer.subject);
                return Err(Violation::new("timer", what));
            }
            if timer.kind == crate::contract::TimerKind::HoldingWarning {
                self.warned.push(timer.subject.clone());
            }
            let timer = timer.clone();
            self.rows.push(Row { key, timer });
        }
        Ok(())
    }

    fn post(&mut self, lines: &[Line]) -> Result<(), Violation> {
        self.books
            .post(lines)
            .map_err(|refusal| Violation::new("I3", format!("the books refuse: {}", refusal.code())))?;
        for line in lines {
            let amount = i128::from(line.amount.0);
            self.sum = match line.side {
                Side::Debit => self.sum.saturating_add(amount),
                Side::Credit => self.sum.saturating_sub(amount),
            };
        }
        Ok(())
    }

    /// What a receipt has brought that is used up now: the bank's own chain books it in a real store.
    fn came_before(&mut self, command: &Command, input: &Input) -> Result<(), Violation> {
        let (Command::MoveToBank { bank, .. }, Some(came)) = (command, input.facts.receipt_minor) else {
            return Ok(());
        };
        self.book(Account::Bank(bank.clone()), Account::UnmatchedReceipts, came)
    }

    /// What has cleared becomes payable; another machine does it in a real store.
    fn clear(&mut self, now: Timestamp) -> Result<(), Violation> {
        let due: Vec<Minor> = self
            .earnings
            .iter()
            .filter(|earning| earning.clears_at < now)
            .map(|earning| earning.amount_minor)
            .collect();
        self.earnings.retain(|earning| earning.clears_at >= now);
        let expert = self.contract.expert;
        due.into_iter().try_for_each(|amount| {
            self.book(
                Account::ExpertPending(expert),
                Account::ExpertPayable(expert),
                amount,
            )
        })
    }

    /// Whoever owes something waits: what is netted then is a matter of the payee's own machine.
    fn pay_out(&mut self) -> Result<(), Violation> {
        let owed = Account::Receivable(self.contract.expert);
        if self.books.held(&owed, self.contract.currency).is_positive() {
            return Ok(());
        }
        let account = Account::ExpertPayable(self.contract.expert);
        let amount = self.books.held(&account, self.contract.currency);
        self.model.paid_out(amount);
        self.book(account, Account::Bank(crate::ledger::Name::none()), amount)
    }

    fn book(&mut self, debit: Account, credit: Account, amount: Minor) -> Result<(), Violation> {
        if !amount.is_positive() {
            return Ok(());
        }
        let currency = self.contract.currency;
        let line = |account: Account, side: Side| Line {
            account,
            currency,
            side,
            amount,
            external_id: None,
        };
        self.post(&[line(debit, Side::Debit), line(credit, Side::Credit)])
    }
}
