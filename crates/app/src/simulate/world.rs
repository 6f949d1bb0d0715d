//! What is outside a simulated history: its clock, its chance, and providers that nobody calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::simulate::Cast;
use jiff::Timestamp;

use crate::desk::Providers;
use crate::outside::payments::{
    Abilities, Answer, BalanceTransaction, CallError, Checkout, EventRefusal, EvidenceOrder, Found,
    FundOrder, MoneyKind, Movable, OnboardOrder, Onboarding, PaymentProvider, PayoutOrder, Period,
    ProviderEvent, RefundOrder, Taken,
};
use crate::outside::signature::SignedHeaders;
use crate::outside::{Clock, Randomness};

/// The present moment and the next seed, as the step says them.
#[derive(Debug, Default)]
pub(super) struct World(Mutex<(Timestamp, [u8; 16])>);

impl World {
    pub(super) fn set(&self, now: Timestamp, seed: [u8; 16]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (now, seed);
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Randomness for World {
    fn fill(&self, bytes: &mut [u8]) {
        let (_, seed) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (byte, drawn) in bytes.iter_mut().zip(seed) {
            *byte = drawn;
        }
    }
}

/// Who pays experts out.
pub(super) fn payer() -> Name {
    "payer".parse().unwrap_or_else(|_| Name::none())
}

/// The providers of a history, which hold money for so long.
pub(super) fn providers(cast: &Cast, holding_days: Option<u16>) -> Arc<Providers> {
    let holder = |name: &Name| -> (String, Arc<dyn PaymentProvider>) {
        let holder = Holder {
            name: name.to_string(),
            abilities: Abilities {
                legal_name: name.to_string(),
                money: MoneyKind::Pretend,
                methods: Vec::new(),
                holding_days: holding_days.map(u32::from),
                pays_out: true,
                smallest: Minor(1),
                largest: None,
            },
        };
        (name.to_string(), Arc::new(holder))
    };
    Arc::new(cast.providers().iter().map(holder).collect::<BTreeMap<_, _>>())
}

struct Holder {
    name: String,
    abilities: Abilities,
}

fn unsent<'a, T: Send + 'a>() -> Answer<'a, T> {
    let why = "a simulated provider takes no calls".to_owned();
    Box::pin(std::future::ready(Err(CallError::NotSent { why })))
}

impl PaymentProvider for Holder {
    fn name(&self) -> &str {
        &self.name
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn fund<'a>(&'a self, _: &'a str, _: &'a FundOrder) -> Answer<'a, Checkout> {
        unsent()
    }

    fn cancel_funding<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, Taken> {
        unsent()
    }

    fn refund<'a>(&'a self, _: &'a str, _: &'a RefundOrder) -> Answer<'a, Taken> {
        unsent()
    }

    fn pay_out<'a>(&'a self, _: &'a str, _: &'a PayoutOrder) -> Answer<'a, Taken> {
        unsent()
    }

    fn cancel_payout<'a>(&'a self, _: &'a str, _: &'a PayoutOrder) -> Answer<'a, Taken> {
        unsent()
    }

    fn send_evidence<'a>(&'a self, _: &'a str, _: &'a EvidenceOrder) -> Answer<'a, Taken> {
        unsent()
    }

    fn onboard<'a>(&'a self, _: &'a str, _: &'a OnboardOrder) -> Answer<'a, Onboarding> {
        unsent()
    }

    fn movable(&self, _: Currency) -> Answer<'_, Movable> {
        unsent()
    }

    fn look_up<'a>(&'a self, _: &'a str) -> Answer<'a, Option<Found>> {
        unsent()
    }

    fn transactions(&self, _: Period) -> Answer<'_, Vec<BalanceTransaction>> {
        unsent()
    }

    fn read_event(
        &self,
        _: &SignedHeaders<'_>,
        _: &[u8],
        _: Timestamp,
    ) -> Result<ProviderEvent, EventRefusal> {
        Err(EventRefusal::Unreadable {
            why: "a simulated provider signs nothing".to_owned(),
        })
    }
}
