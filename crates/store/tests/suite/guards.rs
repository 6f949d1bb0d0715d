//! What stands inside the write itself, for the day on which whoever decides makes a mistake: the guarded change of
//! state, the bound of a balance, the key and the timer that can be used up once.

use earnest_hire::contract::{Command, Contract, Decision, Facts, Input, decide};
use earnest_hire::ids::{ContractId, EventId, MilestoneId};
use earnest_hire::money::Minor;
use earnest_store::{Deed, Error, Key, Locked, Record, Seen, Store};
use jiff::SignedDuration;

use crate::history::{Teller, by, usd};
use crate::home::Home;
use crate::place::now;

struct Case {
    teller: Teller,
    id: ContractId,
    part: MilestoneId,
}

impl Case {
    /// Funded and worked on.
    async fn new(home: &Home) -> Self {
        let mut teller = Teller::new(home.store().await);
        let (id, parts) = teller.signed(&[100_000]).await;
        teller.funded(id, parts[0], 105_000).await;
        teller
            .act(id, Command::Start { milestone: parts[0] }, &by(2))
            .await;
        let part = parts[0];
        Self { teller, id, part }
    }

    fn store(&self) -> &Store {
        &self.teller.store
    }

    fn release(&self, amount: i64) -> Command {
        let (milestone, amount) = (self.part, usd(amount));
        Command::Release { milestone, amount }
    }

    async fn locked(&self) -> Locked {
        let id = self.id;
        let locked = self.store().write(move |mut tx| async move {
            let (locked, _) = tx.lock_contract(id, None).await?;
            tx.commit::<_, Error>(locked.unwrap()).await
        });
        locked.await.unwrap()
    }

    /// What keeping a decision comes to; where it is refused nothing may be changed.
    async fn keep(&self, former: &Locked, decision: &Decision, what: What) -> Result<(), String> {
        let before = self.teller.contract(self.id).await;
        let (former, decision, input) = (former.clone(), decision.clone(), input());
        let command = self.release(1);
        let kept = self.store().write(move |mut tx| {
            let (former, decision, input) = (former.clone(), decision.clone(), input.clone());
            let (command, what) = (command.clone(), what.clone());
            async move {
                let record = Record {
                    deed: Deed::Command(&command),
                    actor: &by(1),
                    input: &input,
                    key: what.key.as_ref(),
                    timer: what.timer,
                };
                let last = tx.keep_contract(Some(&former), &decision, &record).await?;
                tx.commit_last::<_, Error>(last, ()).await
            }
        });
        let kept = kept.await;
        if kept.is_err() {
            assert_eq!(self.teller.contract(self.id).await, before);
            let verified = self.store().verify(None).await.unwrap();
            assert!(verified.is_sound(), "{:#?}", verified.broken);
        }
        kept.map_err(|error| match error {
            Error::Conflict { what } => what,
            Error::Overdrawn { account } => format!("the balance of {account}"),
            other => panic!("{other:?}"),
        })
    }
}

fn input() -> Input {
    let later = now().checked_add(SignedDuration::from_hours(100)).unwrap();
    Input::new(later, [77; 16], Facts::default())
}

fn decided(contract: &Contract, command: &Command) -> Decision {
    decide(contract, command, &by(1), &input()).unwrap()
}

/// What is used up beside.
#[derive(Clone, Default)]
struct What {
    key: Option<Key>,
    timer: Option<&'static str>,
}

#[tokio::test]
async fn a_contract_that_was_changed_meanwhile_is_not_kept() {
    for home in Home::both().await {
        let mut case = Case::new(&home).await;
        let stale = case.locked().await;
        let decision = decided(&stale.contract, &case.release(1));
        let (id, other) = (case.id, case.release(2));
        case.teller.act(id, other, &by(1)).await;
        let kept = case.keep(&stale, &decision, What::default()).await;
        assert_eq!(kept, Err("the contract".to_owned()), "{home:?}");
        // Neither is one whose history has grown, whatever its version says.
        let mut newer = case.locked().await;
        let decision = decided(&newer.contract, &case.release(1));
        newer.head = stale.head;
        let kept = case.keep(&newer, &decision, What::default()).await;
        assert_eq!(kept, Err("the history".to_owned()), "{home:?}");
    }
}

#[tokio::test]
async fn no_balance_goes_below_nothing() {
    for home in Home::both().await {
        let case = Case::new(&home).await;
        let locked = case.locked().await;
        // A decision that was made from ten times what is there.
        let mut rich = locked.contract.clone();
        let milestone = &mut rich.milestones[0];
        milestone.plan.price_minor = Minor(1_000_000);
        milestone.lots[0].price = Minor(1_000_000);
        let decision = decided(&rich, &case.release(100_001));
        let kept = case.keep(&locked, &decision, What::default()).await;
        let escrow = format!("the balance of USD L:escrow:{}", case.part);
        assert_eq!(kept, Err(escrow), "{home:?}");
    }
}

#[tokio::test]
async fn a_key_and_a_timer_are_used_up_once() {
    for home in Home::both().await {
        let case = Case::new(&home).await;
        let key = || What {
            key: Some(Key::new("guards", "one", "release")),
            ..What::default()
        };
        let locked = case.locked().await;
        let decision = decided(&locked.contract, &case.release(1));
        let timer = What {
            timer: Some("no such timer"),
            ..What::default()
        };
        let kept = case.keep(&locked, &decision, timer).await;
        assert_eq!(kept, Err("the timer".to_owned()), "{home:?}");
        assert_eq!(case.keep(&locked, &decision, key()).await, Ok(()), "{home:?}");
        let locked = case.locked().await;
        let decision = decided(&locked.contract, &case.release(1));
        let kept = case.keep(&locked, &decision, key()).await;
        assert_eq!(kept, Err("the same command".to_owned()), "{home:?}");
    }
}

#[tokio::test]
async fn the_first_answer_to_a_key_is_found_again() {
    for home in Home::both().await {
        let case = Case::new(&home).await;
        let locked = case.locked().await;
        let decision = decided(&locked.contract, &case.release(1));
        let key = Key::new("guards", "one", "release");
        let what = What {
            key: Some(key.clone()),
            ..What::default()
        };
        case.keep(&locked, &decision, what).await.unwrap();
        let first = Seen {
            request_sha256: key.request_sha256,
            event: decision.event,
        };
        let asked = [
            (Key::new("guards", "one", "another"), Some(first)),
            (Key::new("guards", "two", "release"), None),
            (Key::new("another", "one", "release"), None),
        ];
        for (key, seen) in asked {
            let (id, asked) = (case.id, key.clone());
            let found = case.store().write(move |mut tx| {
                let asked = asked.clone();
                async move {
                    let before = tx.seen(&asked).await?;
                    let (_, locked) = tx.lock_contract(id, Some(&asked)).await?;
                    tx.commit::<_, Error>([before, locked]).await
                }
            });
            assert_eq!(found.await.unwrap(), [seen; 2], "{key:?} in {home:?}");
        }
        let read = case.store().read(move |mut view| async move {
            let kept = view.answer_of::<ContractId>(first.event).await?;
            let none = view.answer_of::<ContractId>(EventId::new(now(), [0; 10])).await?;
            Ok::<_, Error>([kept, none])
        });
        let answer = (case.id, locked.contract.version + 1, input().now);
        assert_eq!(read.await.unwrap(), [Some(answer), None], "{home:?}");
    }
}
