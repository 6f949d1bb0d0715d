//! Jobs against a provider whose every answer is written down beforehand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use earnest_hire::ids::PayoutId;
use earnest_hire::money::{Currency, Minor, Money};
use earnest_hire::payee::{Command as OfPayee, PayoutState};
use earnest_store::JobState;
use jiff::Timestamp;

use super::*;
use crate::bank::tests::{World, both};
use crate::outside::payments::{
    Abilities, Answer, BalanceTransaction, Checkout, EventRefusal, EvidenceOrder, MoneyKind, Movable,
    OnboardOrder, Onboarding, PayoutOrder, Period, ProviderEvent, Taken,
};
use crate::outside::signature::{SignatureFault, SignedHeaders};
use crate::payee::{self, Who};

/// What can be moved, time after time, and what it was asked for. What it did under a key it remembers.
struct Scripted {
    abilities: Abilities,
    movable: Mutex<VecDeque<Option<Movable>>>,
    did: Mutex<BTreeMap<String, FoundAnswer>>,
    /// So many of the next answers are lost.
    losing: Mutex<u32>,
    refunded: Mutex<Vec<String>>,
    sent: Mutex<Vec<i64>>,
    canceled: Mutex<Vec<String>>,
    /// Whether it has a list of its movements, which is empty.
    lists: AtomicBool,
    /// What somebody else does while it is asked what can be moved, or what became of a key.
    meanwhile: Mutex<Option<Meanwhile>>,
}

type Meanwhile = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

fn lost<'a, T: Send + 'a>() -> Answer<'a, T> {
    let why = "not in the script".to_owned();
    Box::pin(std::future::ready(Err(CallError::NotSent { why })))
}

fn out_1() -> Taken {
    let provider_ref = "out_1".to_owned();
    Taken { provider_ref }
}

fn checkout() -> Checkout {
    Checkout {
        provider_ref: "pay_1".to_owned(),
        checkout_url: "https://scripted.example/pay_1".to_owned(),
        expires_at: crate::bank::tests::start() + SignedDuration::from_hours(1),
    }
}

impl Scripted {
    fn answer<'a, T: Send + 'a>(&self, value: T) -> Answer<'a, T> {
        let mut losing = self.losing.lock().unwrap();
        let lost = *losing > 0;
        *losing = losing.saturating_sub(1);
        let why = "lost on the way".to_owned();
        let answer = if lost {
            Err(CallError::Unknown { why })
        } else {
            Ok(value)
        };
        Box::pin(std::future::ready(answer))
    }

    /// An answer that something else comes before.
    fn after_meanwhile<'a, T: Send + 'a>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        Box::pin(async move {
            if let Some(meanwhile) = meanwhile {
                meanwhile.await;
            }
            answer.await
        })
    }

    fn does<'a, T: Send + 'a>(&self, key: &str, answer: FoundAnswer, value: T) -> Answer<'a, T> {
        self.did.lock().unwrap().entry(key.to_owned()).or_insert(answer);
        self.answer(value)
    }
}

impl PaymentProvider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }
    fn abilities(&self) -> &Abilities {
        &self.abilities
    }
    fn fund<'a>(&'a self, key: &'a str, _: &'a FundOrder) -> Answer<'a, Checkout> {
        self.does(key, FoundAnswer::Funding(checkout()), checkout())
    }
    fn cancel_funding<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, Taken> {
        lost()
    }
    fn refund<'a>(&'a self, key: &'a str, order: &'a RefundOrder) -> Answer<'a, Taken> {
        self.refunded.lock().unwrap().push(order.payment_ref.clone());
        self.does(key, FoundAnswer::Refund(out_1()), out_1())
    }
    fn pay_out<'a>(&'a self, key: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken> {
        self.sent.lock().unwrap().push(order.amount.0);
        self.does(key, FoundAnswer::Payout(out_1()), out_1())
    }
    fn cancel_payout<'a>(&'a self, _: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken> {
        self.canceled.lock().unwrap().push(order.payout_id.clone());
        let refused = CallError::Refused {
            code: "payout_not_now".to_owned(),
            sentence: "the payout is paid".to_owned(),
        };
        Box::pin(std::future::ready(Err(refused)))
    }
    fn send_evidence<'a>(&'a self, _: &'a str, _: &'a EvidenceOrder) -> Answer<'a, Taken> {
        lost()
    }
    fn onboard<'a>(&'a self, _: &'a str, _: &'a OnboardOrder) -> Answer<'a, Onboarding> {
        lost()
    }
    fn movable(&self, _: Currency) -> Answer<'_, Movable> {
        let next = self.movable.lock().unwrap().pop_front();
        let why = "nobody answers".to_owned();
        let answer = next.flatten().ok_or(CallError::NotSent { why });
        self.after_meanwhile(Box::pin(std::future::ready(answer)))
    }
    fn look_up<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Found>> {
        let events = Vec::new();
        let answer = self.did.lock().unwrap().get(key).cloned();
        self.after_meanwhile(self.answer(answer.map(|answer| Found { answer, events })))
    }
    fn transactions(&self, _: Period) -> Answer<'_, Vec<BalanceTransaction>> {
        if self.lists.load(Ordering::SeqCst) {
            Box::pin(std::future::ready(Ok(Vec::new())))
        } else {
            lost()
        }
    }
    fn read_event(
        &self,
        _: &SignedHeaders<'_>,
        _: &[u8],
        _: Timestamp,
    ) -> Result<ProviderEvent, EventRefusal> {
        Err(SignatureFault::Wrong.into())
    }
}

fn movable(most: i64, unit: i64) -> Movable {
    Movable {
        most: Minor(most),
        unit: Minor(unit),
    }
}

/// Where the provider does not answer.
const SILENT: Option<Movable> = None;

/// Puts the provider beside the bank.
fn installed(world: &mut World, script: Vec<Option<Movable>>) -> Arc<Scripted> {
    let provider = Arc::new(Scripted {
        abilities: Abilities {
            legal_name: "Scripted".to_owned(),
            money: MoneyKind::Pretend,
            methods: Vec::new(),
            holding_days: None,
            pays_out: true,
            smallest: Minor(1),
            largest: None,
        },
        movable: Mutex::new(script.into()),
        did: Mutex::default(),
        losing: Mutex::default(),
        refunded: Mutex::default(),
        sent: Mutex::default(),
        canceled: Mutex::default(),
        lists: AtomicBool::new(false),
        meanwhile: Mutex::default(),
    });
    let mut providers = (*world.desk.providers).clone();
    providers.insert("scripted".to_owned(), Arc::<Scripted>::clone(&provider));
    world.desk.providers = Arc::new(providers);
    provider
}

/// Beside the bank, a provider that answers nothing.
pub(crate) fn silent_beside(world: &mut World) {
    let provider = installed(world, Vec::new());
    // before the bank by its name
    let mut providers = (*world.desk.providers).clone();
    providers.insert("abroad".to_owned(), provider);
    world.desk.providers = Arc::new(providers);
}

/// Beside the bank, a provider that has moved nothing and says one after the other how much it can move.
pub(crate) fn idle_beside(world: &mut World, most: &[i64]) {
    let script = most.iter().map(|most| Some(movable(*most, 1))).collect();
    installed(world, script).lists.store(true, Ordering::SeqCst);
}

/// 450.00 are payable to an account at the scripted provider.
async fn scripted(world: &mut World, script: Vec<Option<Movable>>) -> Arc<Scripted> {
    world.earned().await;
    let provider = installed(world, script);
    let account = OfPayee::SetPayoutAccount {
        reference: "acct_1".to_owned(),
        provider: "scripted".parse().unwrap(),
    };
    by_expert(world, &account).await.unwrap();
    // the account is another than before: three days are waited
    world.hand.forward(SignedDuration::from_hours(73));
    provider
}

async fn by_expert(world: &World, command: &OfPayee) -> Result<(), Error> {
    let expert = Actor::Person { id: world.expert };
    payee::act(
        &world.desk,
        world.expert,
        command,
        Who::sure(&expert),
        Also::Nothing,
    )
    .await
    .map(drop)
}

async fn asks(world: &World, amount_minor: i64) -> Result<PayoutId, Error> {
    let amount = Money {
        amount_minor,
        currency: Currency::USD,
    };
    by_expert(world, &OfPayee::RequestPayout { amount }).await?;
    Ok(world.kept().await.payouts.last().unwrap().id)
}

async fn payable(world: &World) -> i64 {
    let account = earnest_hire::ledger::Account::ExpertPayable(world.expert);
    let read = world.desk.store.read(move |mut view| {
        let account = account.clone();
        async move { view.summed(&account, Currency::USD).await }
    });
    let (debit, credit) = read.await.unwrap();
    credit.0 - debit.0
}

/// Runs what is due until nothing is.
async fn work(world: &World) {
    while run_due(&world.desk).await.unwrap() > 0 {}
}

#[tokio::test]
async fn what_fits_when_it_is_asked_for_is_sent() {
    for mut world in both().await {
        let script = vec![Some(movable(27_020, 100)), Some(movable(27_020, 100))];
        let provider = scripted(&mut world, script).await;
        asks(&world, 45_000).await.unwrap();
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [27_000]);
        assert_eq!(payable(&world).await, 18_000);
    }
}

#[tokio::test]
async fn what_fits_when_it_is_sent_is_sent_and_the_rest_is_payable_again() {
    for mut world in both().await {
        // nobody answers when it is asked for; later less can be moved
        let provider = scripted(&mut world, vec![SILENT, Some(movable(27_020, 100))]).await;
        let payout = asks(&world, 45_000).await.unwrap();
        assert_eq!(payable(&world).await, 0);
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [27_000]);
        assert_eq!(payable(&world).await, 18_000);
        let payee = world.kept().await;
        let sent = payee.payout(payout).unwrap();
        assert_eq!(
            (sent.amount_minor, sent.state),
            (Minor(27_000), PayoutState::Sent)
        );
        assert_eq!(world.jobs(JobState::Dead).await, 0);
        let verified = crate::ledger::verify(&world.desk.store, None).await.unwrap();
        assert!(verified.is_sound(), "{:#?}", verified.broken);
    }
}

#[tokio::test]
async fn a_payout_of_which_nothing_can_ever_be_moved_is_payable_again_and_no_job_dies() {
    for mut world in both().await {
        let script = [SILENT]
            .into_iter()
            .chain((0..20).map(|_| Some(movable(99, 100))));
        let provider = scripted(&mut world, script.collect()).await;
        let payout = asks(&world, 45_000).await.unwrap();
        work(&world).await;
        assert_eq!(
            world.kept().await.payout(payout).unwrap().state,
            PayoutState::Requested
        );
        for _ in 0..ATTEMPTS {
            world.hand.forward(SignedDuration::from_hours(5));
            work(&world).await;
        }
        let payee = world.kept().await;
        let failed = payee.payout(payout).unwrap();
        assert_eq!(failed.state, PayoutState::Failed);
        assert!(failed.reason.as_ref().unwrap().contains("can move only"));
        assert_eq!(
            (payable(&world).await, world.jobs(JobState::Dead).await),
            (45_000, 0)
        );
        assert_eq!(*provider.sent.lock().unwrap(), [] as [i64; 0]);
    }
}

#[tokio::test]
async fn nothing_is_asked_for_that_cannot_be_moved_at_all() {
    for mut world in both().await {
        scripted(&mut world, vec![Some(movable(99, 100))]).await;
        let refused = asks(&world, 45_000).await;
        assert_eq!(refused.unwrap_err().code(), "payout_not_movable");
        assert_eq!(payable(&world).await, 45_000);
    }
}

#[tokio::test]
async fn a_cancel_that_the_provider_refuses_is_done_since_its_event_tells_the_rest() {
    for mut world in both().await {
        let provider = scripted(&mut world, vec![Some(movable(50_000, 1))]).await;
        let payout = asks(&world, 45_000).await.unwrap();
        by_expert(&world, &OfPayee::CancelPayout { payout })
            .await
            .unwrap();
        work(&world).await;
        assert_eq!(*provider.canceled.lock().unwrap(), [payout.to_string()]);
        assert_eq!(world.jobs(JobState::Dead).await, 0);
        assert_eq!(*provider.sent.lock().unwrap(), [] as [i64; 0]);
    }
}

mod lost;
mod stopped;
