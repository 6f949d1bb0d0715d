//! One change under way: the books as they will be, and the facts that go into the journal as one line. Rules refuse
//! before they put the first fact.

use earnest_hire::money::{Currency, Minor};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::books::{Books, Fact, Transaction, TransactionKind};
use crate::event::{Delivery, Event};
use crate::fault::{Fault, FaultKind, Occasion};
use crate::settings::Settings;

pub(crate) struct Draft<'a> {
    pub(crate) books: &'a mut Books,
    pub(crate) settings: &'a Settings,
    /// The provider's time.
    pub(crate) now: Timestamp,
    facts: Vec<Fact>,
}

/// What a transaction is about.
pub(crate) struct Movement<'a> {
    pub(crate) kind: TransactionKind,
    pub(crate) amount: Minor,
    pub(crate) fee: Minor,
    pub(crate) currency: Currency,
    pub(crate) object: &'a str,
    pub(crate) reference: &'a str,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(books: &'a mut Books, settings: &'a Settings, real: Timestamp) -> Self {
        let now = books.now(real);
        Self {
            books,
            settings,
            now,
            facts: Vec::new(),
        }
    }

    pub(crate) fn into_facts(self) -> Vec<Fact> {
        self.facts
    }

    pub(crate) fn put(&mut self, fact: Fact) {
        self.books.apply(fact.clone());
        self.facts.push(fact);
    }

    /// A new id: the same for the same seed and the same history.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        let drawn = self.books.drawn.saturating_add(1);
        let digest = Sha256::new()
            .chain_update(self.books.seed.to_be_bytes())
            .chain_update(drawn.to_be_bytes())
            .finalize();
        self.put(Fact::Drawn(drawn));
        digest
            .iter()
            .take(6)
            .fold(format!("{prefix}_{drawn:06}"), |id, byte| {
                id + &format!("{byte:02x}")
            })
    }

    /// Books a movement of the balance and answers with its id.
    pub(crate) fn transact(&mut self, movement: &Movement<'_>) -> String {
        let wait = if movement.kind == TransactionKind::Payment {
            self.settings.terms.pending_seconds
        } else {
            0
        };
        let available_at = self.now.saturating_add(SignedDuration::from_secs(wait));
        let id = self.id("txn");
        self.put(Fact::Transaction(Transaction {
            number: next(self.books.transactions.keys().next_back()),
            id: id.clone(),
            kind: movement.kind,
            amount: movement.amount,
            fee: movement.fee,
            currency: movement.currency,
            at: self.now,
            available_at: available_at.unwrap_or(self.now),
            object: movement.object.to_owned(),
            reference: movement.reference.to_owned(),
        }));
        id
    }

    /// Tells what happened to the objects of `about`, with whatever fault waits for that.
    pub(crate) fn tell(&mut self, kind: &str, about: &[&str], object: &Value) {
        let id = self.id("evt");
        let body = json!({
            "id": id, "type": kind, "account": self.settings.account, "at": self.now.to_string(), "object": object,
        });
        let mut event = Event {
            number: next(self.books.events.keys().next_back()),
            id,
            kind: kind.to_owned(),
            at: self.now,
            about: about.iter().map(|&one| one.to_owned()).collect(),
            body: body.to_string(),
            delivery: Delivery::Waiting { due: self.now },
            attempts: 0,
            copies: 1,
            distortion: None,
            answered: None,
        };
        if let Some(fault) = self.take_fault(Occasion::Event, kind) {
            distort(&mut event, &fault);
        }
        self.put(Fact::Event(event));
    }

    /// The first fault that waits for this, which is then used up by one.
    pub(crate) fn take_fault(&mut self, occasion: Occasion, on: &str) -> Option<Fault> {
        self.take_fault_where(|fault| {
            fault.kind.occasion() == occasion && (fault.on == "any" || fault.on == on)
        })
    }

    /// A fault of one of these kinds.
    pub(crate) fn take_fault_of(&mut self, kinds: &[FaultKind]) -> Option<Fault> {
        self.take_fault_where(|fault| kinds.contains(&fault.kind))
    }

    fn take_fault_where(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut faults = self.books.faults.clone();
        let taken = faults.iter_mut().find(|fault| fits(fault))?;
        taken.times = taken.times.saturating_sub(1);
        let taken = taken.clone();
        faults.retain(|fault| fault.times > 0);
        self.put(Fact::Faults(faults));
        Some(taken)
    }
}

fn next(last: Option<&u64>) -> u64 {
    last.map_or(1, |last| last.saturating_add(1))
}

fn distort(event: &mut Event, fault: &Fault) {
    match fault.kind {
        FaultKind::Silence => event.delivery = Delivery::Withheld,
        FaultKind::Reorder => event.delivery = Delivery::Held,
        FaultKind::Duplicate => event.copies = u32::try_from(fault.by).unwrap_or(1).saturating_add(1),
        other => event.distortion = Some(other),
    }
}
