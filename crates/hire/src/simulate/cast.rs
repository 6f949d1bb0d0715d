//! Who plays in a history, and the contract they play with.

use jiff::Timestamp;

use super::random::Random;
use crate::contract::{Actor, Facts, Input, Liability, Method, Offer, PROCESS_VERSION, Plan, Terms};
use crate::fee::FeeRule;
use crate::ids::{ContractId, EventId, Ids, MilestoneId, PersonId};
use crate::ledger::Name;
use crate::money::{Currency, Minor, Money};
use crate::span::{after, days};

/// 2026-01-05, a Monday.
const FIRST: i64 = 1_767_600_000;

/// Everybody and everything that a history begins with.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The contract's.
    pub id: ContractId,
    /// What is signed.
    pub offer: Offer,
    /// With the first moment.
    pub input: Input,
    pub(super) stranger: PersonId,
    pub(super) operators: [PersonId; 6],
    pub(super) providers: [Name; 2],
    /// In which not this contract's sums are.
    pub(super) other_currency: Currency,
    pub(super) first_operator: PersonId,
}

impl Cast {
    /// Draws it all.
    pub(super) fn draw(random: &mut Random) -> Self {
        let start = Timestamp::from_second(FIRST.saturating_add(random.between(0, 8_000_000)));
        let now = start.unwrap_or(Timestamp::UNIX_EPOCH);
        let person = |random: &mut Random| PersonId::new(now, random.ten());
        let operators: [PersonId; 6] = std::array::from_fn(|_| person(random));
        let [first_operator, ..] = operators;
        let currency = currency(random);
        let other_currency = if currency == Currency::USD {
            "EUR".parse().unwrap_or(Currency::USD)
        } else {
            Currency::USD
        };
        let offer = draw_offer(random, currency, now);
        let holding_days = random.pick(None, &[None, Some(365), Some(180), Some(90)]);
        let facts = Facts {
            holding_days,
            misses_kept: true,
            ..Facts::default()
        };
        Self {
            id: ContractId::new(now, random.ten()),
            offer,
            input: Input::new(now, random.seed(), facts),
            stranger: person(random),
            operators,
            providers: ["acquirer", "bank-one"].map(name),
            other_currency,
            first_operator,
        }
    }

    /// Who takes payments by card and by bank.
    pub fn providers(&self) -> &[Name] {
        &self.providers
    }

    /// What brings a transfer of this name into a bank: the seed it is booked by, and what it is then called. Where a
    /// store books it at the first moment of the history, it has the same name.
    pub fn receipt(&self, transfer: &str) -> ([u8; 16], EventId) {
        let mut seed = [0; 16];
        for (place, byte) in seed.iter_mut().zip(hash(transfer).to_le_bytes()) {
            *place = byte;
        }
        (seed, Ids::new(self.input.now, seed).event())
    }

    /// Which bank: each transfer has one of its own, since histories that are played side by side share a store.
    pub(super) fn house(transfer: &str) -> Name {
        name(&format!("house-{:016x}", hash(transfer)))
    }

    pub(super) fn client(&self) -> Actor {
        Actor::Person {
            id: self.offer.client,
        }
    }

    pub(super) fn expert(&self) -> Actor {
        Actor::Person {
            id: self.offer.expert,
        }
    }

    pub(super) fn provider(&self, method: Method) -> Name {
        let [card, bank] = &self.providers;
        match method {
            Method::Card => card.clone(),
            Method::Bank => bank.clone(),
        }
    }

    pub(super) fn money(&self, amount: Minor) -> Money {
        crate::contract::money(amount, self.offer.currency)
    }
}

/// FNV-1a.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap_or_else(|_| Name::none())
}

fn currency(random: &mut Random) -> Currency {
    let code = random.pick("USD", &["JPY", "KWD", "EUR", "USD"]);
    code.parse().unwrap_or(Currency::USD)
}

fn draw_offer(random: &mut Random, currency: Currency, now: Timestamp) -> Offer {
    let person = |random: &mut Random| PersonId::new(now, random.ten());
    let (client, expert) = (person(random), person(random));
    let count = random.pick(1, &[1, 2, 2, 3, 4]);
    let mut offer = Offer {
        process: PROCESS_VERSION,
        client,
        expert,
        currency,
        terms: draw_terms(random),
        milestones: Vec::new(),
    };
    for _ in 0..count {
        let id = MilestoneId::new(now, random.ten());
        offer.milestones.push((id, draw_plan(random, currency, now)));
    }
    // A fixed fee may be more than a small price: then without fees.
    if offer.check().is_err() {
        offer.terms.expert_fee = FeeRule::NONE;
    }
    offer
}

fn draw_rule(random: &mut Random, shares: &[u16]) -> FeeRule {
    FeeRule {
        basis_points: random.pick(0, shares),
        fixed_minor: Minor(random.pick(0, &[0, 0, 0, 1, 30])),
        tax_basis_points: random.pick(0, &[0, 700, 1_900, 3_333]),
    }
}

fn draw_terms(random: &mut Random) -> Terms {
    Terms {
        client_fee: draw_rule(random, &[0, 250, 333, 1_000, 10_000]),
        expert_fee: draw_rule(random, &[1_000, 1_000, 1_234, 5_000, 7_000]),
        tax_jurisdiction: name("de"),
        clearance_days: random.pick(5, &[0, 2, 30]),
        bank_clearance_days: None,
        liability: random.pick(Liability::Operator, &[Liability::Expert]),
        dispute_fee_minor: Minor(random.pick(0, &[0, 1, 500, 10_000_000])),
        second_operator_above_minor: Minor(random.pick(100_000, &[0, 1_000_000_000_000])),
    }
}

fn draw_plan(random: &mut Random, currency: Currency, now: Timestamp) -> Plan {
    let major = 10_i64.checked_pow(currency.exponent()).unwrap_or(1);
    let price = match random.below(8) {
        0 => major,
        1 => major.saturating_mul(1_000_000),
        2 => random.between(major, major.saturating_mul(2)),
        _ => random.between(major, major.saturating_mul(5_000)),
    };
    let acceptance = (0..random.pick(1, &[2, 3])).map(|_| "It works.".to_owned());
    let due = after(now, days(random.small(0, 60)));
    Plan {
        title: "Part".to_owned(),
        deliverable: "Work".to_owned(),
        acceptance: acceptance.collect(),
        price_minor: Minor(price),
        due_on: due.to_zoned(jiff::tz::TimeZone::UTC).date(),
        inspection_days: random.pick(2, &[3, 7, 14, 30]),
        rounds: random.small(0, 3),
        revision_days: random.pick(1, &[7, 14]),
    }
}
