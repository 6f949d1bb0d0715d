//! A contract with its books, clock and timers, as scenarios move it. After every step the contract must agree with the
//! books, survive being written and read, and have a timer for whatever waits for one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::contract::*;
use crate::ids::{EventId, Ids, MilestoneId, PaymentId, PersonId};
use crate::ledger::{Account, Books, Draft, Name};
use crate::money::{Currency, Minor, Money};
use crate::path::Path;
use crate::refusal::Refusal;
use crate::span::{after, hours};

pub(super) struct World {
    pub(super) contract: Contract,
    pub(super) rows: BTreeSet<&'static str>,
    pub(super) commands: BTreeSet<&'static str>,
    /// What followed beside money: who was told, which timer was set, what a provider was asked.
    pub(super) follows: BTreeSet<String>,
    pub(super) now: Timestamp,
    books: Books,
    timers: Vec<Timer>,
    facts: Facts,
    /// What the lines speak of: the milestone named last.
    pub(super) subject: MilestoneId,
    pub(super) steps: u64,
}

impl World {
    pub(super) fn new(settings: &str) -> Self {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let mut ids = Ids::new(now, [9; 16]);
        let (asked, signs) = offer_of(settings, &mut ids);
        let facts = Facts {
            misses_kept: true,
            ..Facts::default()
        };
        let decision = offer(ids.contract(), &asked, &Input::new(now, [8; 16], facts.clone())).unwrap();
        let mut world = Self {
            subject: decision.contract.milestones[0].id,
            contract: decision.contract,
            rows: BTreeSet::new(),
            commands: BTreeSet::new(),
            follows: BTreeSet::new(),
            books: Books::default(),
            now,
            timers: decision.timers,
            facts,
            steps: 0,
        };
        if signs {
            world.act("client sign").unwrap();
            world.act("expert sign").unwrap();
        }
        world
    }

    pub(super) fn state(&self) -> &'static str {
        self.contract.milestone(self.subject).unwrap().state.kind().name()
    }

    /// The deadline of the milestone spoken of, or of its dispute.
    pub(super) fn until(&self) -> String {
        let milestone = self.contract.milestone(self.subject).unwrap();
        let at = match &milestone.state {
            State::Funding { until, .. } => *until,
            State::Funded { lapses_at, .. } => *lapses_at,
            State::Working { due_at, returns_at } | State::ChangesRequested { due_at, returns_at } => {
                returns_at.unwrap_or(*due_at)
            }
            State::Submitted { inspect_until, .. } => *inspect_until,
            State::Disputed => milestone.dispute.as_ref().unwrap().due_at,
            _ => return "-".to_owned(),
        };
        at.to_zoned(TimeZone::UTC).strftime("%m-%d/%H:%M").to_string()
    }

    /// What each kind of account shows.
    pub(super) fn sums(&self) -> BTreeMap<&'static str, i64> {
        let mut sums = BTreeMap::new();
        for (account, _, amounts) in self.books.accounts() {
            let name = match account {
                Account::Receivable(of) if *of == person(1) => "client_owes",
                Account::Receivable(_) => "expert_owes",
                Account::Psp(_) => "psp",
                Account::Bank(_) => "bank",
                Account::Chargeback(_) => "chargeback",
                Account::ClientFunds(_) => "funds",
                Account::Escrow(of) if *of == self.contract.milestones[0].id => "escrow",
                Account::Escrow(_) => "escrow2",
                Account::FeeHold(of) if *of == self.contract.milestones[0].id => "fee_hold",
                Account::FeeHold(_) => "fee_hold2",
                Account::DisputeHold(_) => "dispute",
                Account::ExpertPending(_) => "pending",
                Account::ExpertPayable(_) => "payable",
                Account::PayoutTransit(_) => "payouts",
                Account::RefundTransit(_) => "refunds",
                Account::TaxPayable(_) => "tax",
                Account::FeeClient => "fee_client",
                Account::FeeExpert => "fee_expert",
                Account::DisputeFee => "dispute_fee",
                Account::PspFees => "psp_fees",
                Account::ChargebackLoss => "loss",
                Account::ChargebackFees => "chargeback_fees",
                Account::Fx(_) | Account::UnmatchedReceipts | Account::Goodwill => "other",
            };
            *sums.entry(name).or_insert(0) += amounts.balance(account.class());
        }
        sums
    }

    /// What the books say of an account.
    pub(super) fn held(&self, account: &Account) -> Minor {
        self.books.held(account, self.contract.currency)
    }

    pub(super) fn signed(&self, change: i64) -> String {
        let written = self.contract.currency.write(Minor(change.abs()));
        let digits = written.split_once(' ').unwrap().1.replace(',', "");
        format!("{}{digits}", if change < 0 { '-' } else { '+' })
    }

    /// Runs one line.
    pub(super) fn act(&mut self, line: &str) -> Result<(), Refusal> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "wait" => self.wait(span(&words[1..])),
            "sleep" => self.sleep(span(&words[1..])),
            // Somebody is quicker than the timers.
            "skip" => self.now = after(self.now, span(&words[1..])),
            "set" => self.set(words[1], words[2]),
            "clear" => self.clear(),
            "look" => self.subject = self.milestone(words[1]),
            who => {
                if let Some(name) = words
                    .get(2)
                    .filter(|word| word.len() == 2 && word.starts_with('M'))
                {
                    self.subject = self.milestone(name);
                }
                let command = self.command(words.clone())?;
                return self.give(&actor(who), &command);
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "onboarded" => self.facts.expert_onboarded = value == "yes",
            "limit" => self.facts.client_limit_minor = self.contract.currency.read(value).unwrap(),
            "told" => {
                let subject = self.subject;
                self.contract.milestone_mut(subject).unwrap().expert_told = value.parse().unwrap();
            }
            "alone" => self.facts.alone_up_to_minor = self.contract.currency.read(value).ok(),
            "open" => self.facts.client_open_minor = self.contract.currency.read(value).unwrap(),
            "unmatched" | "moved" => {
                let mut draft = Draft::new(self.contract.currency);
                let amount = self.contract.currency.read(value).unwrap();
                let bank = if name == "moved" {
                    self.facts.receipt_minor = Some(amount);
                    "house"
                } else {
                    "psp"
                };
                draft
                    .book(
                        Account::Bank(bank.parse().unwrap()),
                        Account::UnmatchedReceipts,
                        amount,
                    )
                    .unwrap();
                let id = Ids::new(self.now, [5; 16]).entry();
                self.books
                    .post(draft.balance(id, "receive_unmatched").unwrap().lines())
                    .unwrap();
            }
            "client_on_hold" => self.facts.client_on_hold = value == "yes",
            "expert_on_hold" => self.facts.expert_on_hold = value == "yes",
            "rules" => self.facts.rules = value.parse().unwrap(),
            "owes" => self.facts.client_owes_minor = self.contract.currency.read(value).ok(),
            "holding" => self.facts.holding_days = value.parse().ok(),
            _ => panic!("{name} cannot be set"),
        }
    }

    /// What came into the bank last, from the provider.
    pub(super) fn receipt(&self) -> EventId {
        Ids::new(self.now, [5; 16]).event()
    }

    /// What was earned becomes payable, as the machine of payees does it.
    fn clear(&mut self) {
        let expert = self.contract.expert;
        let pending = self
            .books
            .held(&Account::ExpertPending(expert), self.contract.currency);
        if pending == Minor::ZERO {
            return;
        }
        let mut draft = Draft::new(self.contract.currency);
        draft
            .book(
                Account::ExpertPending(expert),
                Account::ExpertPayable(expert),
                pending,
            )
            .unwrap();
        let entry = draft
            .balance(Ids::new(self.now, [1; 16]).entry(), "clear")
            .unwrap();
        self.books.post(entry.lines()).unwrap();
    }

    /// Lets time pass and fires what comes due, each a second after its time.
    fn wait(&mut self, length: SignedDuration) {
        let end = after(self.now, length);
        let mut fired = 0;
        while let Some(next) = self.next_timer(end) {
            fired += 1;
            assert!(fired < 2_000, "timers that never end");
            let timer = self.timers.remove(next);
            self.now = self.now.max(after(timer.due_at, SignedDuration::from_secs(1)));
            self.fire(timer);
        }
        self.now = end;
    }

    /// Lets time pass with the program stopped, then fires all that came due meanwhile.
    fn sleep(&mut self, length: SignedDuration) {
        self.now = after(self.now, length);
        while let Some(next) = self.next_timer(self.now) {
            let timer = self.timers.remove(next);
            self.fire(timer);
        }
    }

    fn next_timer(&self, end: Timestamp) -> Option<usize> {
        let due = self
            .timers
            .iter()
            .enumerate()
            .filter(|(_, timer)| timer.due_at < end);
        due.min_by_key(|(_, timer)| timer.due_at).map(|(index, _)| index)
    }

    fn fire(&mut self, timer: Timer) {
        let command = Command::Timer {
            kind: timer.kind,
            subject: timer.subject,
            entry_no: timer.entry_no,
            due_at: timer.due_at,
        };
        match self.give(&Actor::Clock, &command) {
            Ok(()) | Err(Refusal::StaleTimer) => {}
            // It would never fire again, and what it was set for would never happen.
            Err(refusal) => panic!("{command:?}: {refusal}"),
        }
    }

    pub(super) fn give(&mut self, by: &Actor, command: &Command) -> Result<(), Refusal> {
        self.steps += 1;
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&self.steps.to_le_bytes());
        let payable = Account::ExpertPayable(self.contract.expert);
        let facts = Facts {
            expert_payable_minor: self.books.held(&payable, self.contract.currency),
            ..self.facts.clone()
        };
        let input = Input::new(self.now, seed, facts);
        self.commands.insert(command.name());
        let decision = decide(&self.contract, command, by, &input)?;
        assert_eq!(
            decide(&self.contract, command, by, &input).as_ref(),
            Ok(&decision)
        );
        let json = serde_json::to_string(&(command, by, &input)).unwrap();
        let (read, read_by, read_input): (Command, Actor, Input) = serde_json::from_str(&json).unwrap();
        assert_eq!((&read, &read_by, &read_input), (command, by, &input));
        if let Some(entry) = &decision.entry {
            self.books
                .post(entry.lines())
                .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        }
        self.rows.extend(decision.moved.iter().map(|moved| moved.row));
        self.follows.extend(follows(command, &decision));
        let former = std::mem::replace(&mut self.contract, decision.contract);
        self.check_timers(&decision.timers, command);
        self.timers.extend(decision.timers);
        self.check(&former, command);
        Ok(())
    }

    fn check(&self, former: &Contract, command: &Command) {
        assert_eq!(self.contract.version, former.version + 1);
        assert_eq!(
            broken(&self.contract, &|account| self.held(account)),
            [],
            "{command:?}"
        );
        let json = serde_json::to_string(&self.contract).unwrap();
        assert_eq!(serde_json::from_str::<Contract>(&json).unwrap(), self.contract);
        let (from, to) = (former.standing, self.contract.standing);
        let known = |path: &Path<Standing, &str>| path.to == to && path.from.contains(&from);
        assert!(
            from == to || STANDING_PATHS.iter().any(known),
            "{command:?}: {from} to {to}"
        );
        for milestone in &self.contract.milestones {
            let was = former.milestone(milestone.id).unwrap();
            if was.state.kind().is_terminal() {
                assert_eq!(
                    was.state, milestone.state,
                    "{command:?}: a terminal state is left"
                );
            }
            check_phase(was, milestone);
            assert!(
                self.goes_on(milestone),
                "{command:?}: {:?} waits for nothing",
                milestone.state
            );
        }
    }

    /// A timer is set for the entry that its milestone or dispute is in, and not where nothing may happen by itself.
    fn check_timers(&self, timers: &[Timer], command: &Command) {
        for timer in timers {
            for milestone in &self.contract.milestones {
                let dispute = milestone.dispute.as_ref();
                let dispute = dispute.filter(|one| one.id.to_string() == timer.subject);
                let entry_no = match dispute {
                    Some(dispute) => dispute.entry_no,
                    None if milestone.id.to_string() == timer.subject => milestone.entry_no,
                    None => continue,
                };
                let kind = milestone.state.kind();
                let still = kind.is_terminal() || kind == Kind::ChargebackHold;
                let fits = !still && dispute.is_none_or(|one| one.is_open() && kind == Kind::Disputed);
                assert!(
                    fits && timer.entry_no == entry_no,
                    "{command:?}: {timer:?} in {kind}"
                );
            }
        }
    }

    /// Whether something will happen by itself in a state that must not last for ever.
    fn goes_on(&self, milestone: &Milestone) -> bool {
        if self.contract.is_paused() {
            let (subject, entry) = (self.contract.id.to_string(), self.contract.entry_no);
            return self
                .timers
                .iter()
                .any(|timer| timer.subject == subject && timer.entry_no == entry);
        }
        let (subject, entry) = match &milestone.state {
            State::Funding { payment, .. } => (payment.to_string(), 0),
            State::Funded { .. }
            | State::Working { .. }
            | State::Submitted { .. }
            | State::ChangesRequested { .. } => (milestone.id.to_string(), milestone.entry_no),
            State::Disputed => {
                let dispute = milestone.dispute.as_ref().unwrap();
                (dispute.id.to_string(), dispute.entry_no)
            }
            _ => return true,
        };
        self.timers
            .iter()
            .any(|timer| timer.subject == subject && timer.entry_no == entry)
    }

    pub(super) fn milestone(&self, name: &str) -> MilestoneId {
        let number: usize = name.trim_start_matches('M').parse().unwrap();
        self.contract.milestones[number - 1].id
    }

    /// Whether there is a payment for a milestone.
    pub(super) fn paid(&self, name: &str) -> bool {
        let milestone = self.milestone(name);
        self.contract
            .payments
            .iter()
            .any(|payment| payment.milestone == milestone)
    }

    /// `P2` is the second payment, `M1` the last for the first milestone.
    pub(super) fn payment(&self, name: &str) -> PaymentId {
        if let Some(number) = name.strip_prefix('P') {
            return self.contract.payments[number.parse::<usize>().unwrap() - 1].id;
        }
        let milestone = self.milestone(name);
        let of_it = |payment: &&Payment| payment.milestone == milestone;
        self.contract.payments.iter().rfind(of_it).expect("a payment").id
    }

    pub(super) fn money(&self, text: &str) -> Money {
        if let Some(other) = text.strip_prefix("USD") {
            return money(Currency::USD.read(other).unwrap(), Currency::USD);
        }
        let (sign, text) = if let Some(text) = text.strip_prefix('-') {
            (-1, text)
        } else {
            (1, text)
        };
        let minor = self.contract.currency.read(text).unwrap();
        money(Minor(sign * minor.0), self.contract.currency)
    }
}

/// What a command brings beside money, a line for each; what it is about is told by the kind of its id.
fn follows(command: &Command, decision: &Decision) -> Vec<String> {
    let name = command.name();
    let kind = |id: &str| id.split('_').next().unwrap().to_owned();
    let told = decision.notices.iter();
    let told = told.map(|one| format!("{name}: tells {} {} of {}", one.to, one.about, kind(&one.subject)));
    let timers = decision.timers.iter();
    let timers = timers.map(|one| format!("{name}: sets {} of {}", one.kind, kind(&one.subject)));
    let calls = decision.calls.iter();
    let calls = calls.map(|one| {
        let call = serde_json::to_value(one).unwrap();
        format!("{name}: asks {}", call["call"].as_str().unwrap())
    });
    told.chain(timers).chain(calls).collect()
}

/// The text that the settings of a scenario stand for, and whether both have signed it.
fn offer_of(settings: &str, ids: &mut Ids) -> (Offer, bool) {
    let mut currency: Currency = "EUR".parse().unwrap();
    let mut terms = Terms::default();
    let mut plan = Plan {
        title: "Part".to_owned(),
        deliverable: "What was agreed.".to_owned(),
        acceptance: vec!["It runs.".to_owned(), "It is documented.".to_owned()],
        price_minor: Minor::ZERO,
        due_on: "2026-01-25".parse().unwrap(),
        inspection_days: 7,
        rounds: 2,
        revision_days: 14,
    };
    let (mut prices, mut signs) = (Vec::new(), true);
    for word in settings.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let number = || value.parse::<u16>().unwrap();
        match name {
            "offered" => signs = false,
            "M1" | "M2" => prices.push(currency.read(value).unwrap()),
            "client_fee" => terms.client_fee.basis_points = number(),
            "client_tax" => terms.client_fee.tax_basis_points = number(),
            "expert_fee" => terms.expert_fee.basis_points = number(),
            "expert_tax" => terms.expert_fee.tax_basis_points = number(),
            "fixed" => terms.client_fee.fixed_minor = currency.read(value).unwrap(),
            "dispute_fee" => terms.dispute_fee_minor = currency.read(value).unwrap(),
            "liability" => terms.liability = Liability::Expert,
            "rounds" => plan.rounds = number(),
            code => currency = code.parse().unwrap(),
        }
    }
    if prices.is_empty() {
        prices.push(currency.read("500").unwrap());
    }
    let milestones = prices.into_iter().map(|price_minor| {
        let plan = Plan {
            price_minor,
            ..plan.clone()
        };
        (ids.milestone(), plan)
    });
    let offer = Offer {
        process: PROCESS_VERSION,
        client: person(1),
        expert: person(2),
        currency,
        terms,
        milestones: milestones.collect(),
    };
    (offer, signs)
}

/// A dispute that was open before goes on, or stays, along a known path.
fn check_phase(was: &Milestone, is: &Milestone) {
    let (Some(was), Some(is)) = (&was.dispute, &is.dispute) else {
        return;
    };
    if was.id == is.id && was.phase != is.phase {
        let known = |path: &Path<Phase, &str>| path.to == is.phase && path.from.contains(&was.phase);
        assert!(PHASE_PATHS.iter().any(known), "{} to {}", was.phase, is.phase);
    }
}

fn person(number: u8) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, [number; 10])
}

pub(super) fn office(name: &str) -> Option<PersonId> {
    match name {
        "op1" => Some(person(11)),
        "op2" => Some(person(12)),
        "op3" => Some(person(13)),
        // Parties who are operators, too.
        "client_op" => Some(person(1)),
        "expert_op" => Some(person(2)),
        _ => None,
    }
}

pub(super) fn psp(name: &str) -> Name {
    name.parse().unwrap()
}

fn actor(name: &str) -> Actor {
    match name {
        "client" => Actor::Person { id: person(1) },
        "expert" => Actor::Person { id: person(2) },
        "stranger" => Actor::Person { id: person(3) },
        "clock" | "mail" => Actor::Clock,
        "psp" | "psp2" => Actor::Provider { name: psp(name) },
        operator => Actor::Operator {
            id: office(operator).expect("a known actor"),
        },
    }
}

fn span(words: &[&str]) -> SignedDuration {
    let count: u32 = words[0].parse().unwrap();
    match words[1] {
        "days" | "day" => hours(count * 24),
        "hours" | "hour" => hours(count),
        "minutes" => SignedDuration::from_mins(i64::from(count)),
        other => panic!("no such time: {other}"),
    }
}
