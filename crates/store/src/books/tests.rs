//! What entries do to balances, and which balance refuses them, on both engines.

use earnest_hire::ids::{ChargebackId, Ids, MilestoneId, PersonId};
use earnest_hire::ledger::{Draft, Name};
use jiff::Timestamp;

use super::*;
use crate::db::{Statements, Store};
use crate::history::Happened;
use crate::testing::Postgres;
use crate::timer;

/// One entry a line: its legs, and what the accounts hold after it. A refused entry changes nothing.
const ENTRIES: &str = "
debit bank 100, credit escrow 100                      -> bank 100, escrow 100
debit escrow 101, credit payable 101                   -> refused: escrow
debit escrow 40, credit payable 40                     -> escrow 60, payable 40
debit escrow 60, credit payable 60                     -> escrow 0, payable 100
debit escrow 1, credit payable 1                       -> refused: escrow
debit receivable 50, credit escrow 50                  -> receivable 50, escrow 50
debit bank 51, credit receivable 51                    -> refused: receivable
debit bank 20, credit receivable 20                    -> receivable 30
debit bank 30, credit receivable 30                    -> receivable 0
debit bank 1, credit receivable 1                      -> refused: receivable
debit escrow 60, credit escrow 10, credit payable 50   -> escrow 0, payable 150
debit bank 5, credit escrow 30, debit escrow 25        -> escrow 5
debit unclear 7, credit unclear 7, debit lost 7, credit lost 7 -> unclear 0, lost 0
debit bank 70, credit unmatched 70                     -> unmatched 70
debit unmatched 71, credit payable 71                  -> refused: unmatched
debit unmatched 40, credit payable 40                  -> unmatched 30
debit unmatched 31, credit payable 31                  -> refused: unmatched
debit unmatched 50, credit unmatched 20, credit tax 30 -> unmatched 0, tax 30
debit unmatched 1, credit payable 1                    -> refused: unmatched
debit goodwill 900, credit bank 900                    -> goodwill 900, bank -675
debit fees 5, credit goodwill 905, debit bank 900      -> fees -5, goodwill -5
";

const ACCOUNTS: [&str; 10] = [
    "bank",
    "escrow",
    "payable",
    "receivable",
    "unclear",
    "lost",
    "unmatched",
    "tax",
    "goodwill",
    "fees",
];

fn account(word: &str) -> Account {
    let (at, bytes) = (Timestamp::UNIX_EPOCH, [1; 10]);
    match word {
        "bank" => Account::Bank(Name::bank()),
        "escrow" => Account::Escrow(MilestoneId::new(at, bytes)),
        "payable" => Account::ExpertPayable(PersonId::new(at, bytes)),
        "receivable" => Account::Receivable(PersonId::new(at, bytes)),
        "unclear" => Account::DisputeHold(MilestoneId::new(at, bytes)),
        "lost" => Account::Chargeback(ChargebackId::new(at, bytes)),
        "unmatched" => Account::UnmatchedReceipts,
        "tax" => Account::TaxPayable(Name::none()),
        "goodwill" => Account::Goodwill,
        "fees" => Account::FeeClient,
        _ => panic!("there is no account {word}"),
    }
}

fn entry(legs: &str, ids: &mut Ids) -> Entry {
    let mut draft = Draft::new(Currency::USD);
    for leg in legs.split(',') {
        let words: Vec<&str> = leg.split_whitespace().collect();
        let side = if words[0] == "debit" {
            Side::Debit
        } else {
            Side::Credit
        };
        let amount = Minor(words[2].parse().unwrap());
        draft.line(account(words[1]), side, amount, None).unwrap();
    }
    draft.balance(ids.entry(), "test").unwrap()
}

/// Keeps an entry as the only one of a history of its own.
async fn keep(store: &Store, entry: Entry, event: earnest_hire::ids::EventId) -> Result<(), Error> {
    let kept = store.write(move |mut tx| {
        let entry = entry.clone();
        async move {
            let happened = Happened {
                chain: event.to_string(),
                event,
                version: 1,
                at: 0,
                kind: "test",
                actor: &earnest_hire::contract::Actor::Clock,
                command: "{}".to_owned(),
                input: "{}".to_owned(),
                moved: "[]".to_owned(),
                body: "{}",
                entry: Some(&entry),
                before: None,
                key: None,
                timer: None,
            };
            let state = (Must::Any, timer::take("none"));
            let (_, last) = happened.keep(&mut tx, state).await?;
            tx.commit_after::<_, Error>(last, ()).await
        }
    });
    kept.await
}

/// What every account holds on its own side, by its lines; a running balance says the same.
async fn holdings(store: &Store) -> BTreeMap<&'static str, i64> {
    let held = store.write(|mut tx| async move {
        let mut held = BTreeMap::new();
        for word in ACCOUNTS {
            let account = account(word);
            let (debit, credit) = tx.summed(&account, Currency::USD).await?;
            let sum = match account.class() {
                Class::Liability | Class::Income => credit.0 - debit.0,
                Class::Asset | Class::Expense | Class::Exchange => debit.0 - credit.0,
            };
            if account.bound() == Bound::Running {
                let running = tx.lock_balance(&account, Currency::USD).await?;
                assert_eq!(running, Minor(sum), "{word}");
            }
            held.insert(word, sum);
        }
        tx.commit::<_, Error>(held).await
    });
    held.await.unwrap()
}

async fn play(store: &Store) {
    let mut ids = Ids::new(Timestamp::UNIX_EPOCH, [3; 16]);
    let mut expected: BTreeMap<&str, i64> = ACCOUNTS.into_iter().map(|word| (word, 0)).collect();
    assert_eq!(holdings(store).await, expected);
    for line in ENTRIES.lines().filter(|line| !line.is_empty()) {
        let (legs, after) = line.split_once("->").unwrap();
        let kept = keep(store, entry(legs, &mut ids), ids.event()).await;
        if let Some(refusing) = after.trim().strip_prefix("refused: ") {
            let Err(Error::Overdrawn { account: found }) = kept else {
                panic!("{line} on {store:?}: {kept:?}")
            };
            let refusing = account_id(&account(refusing), Currency::USD);
            assert_eq!(found, refusing, "{line} on {store:?}");
        } else {
            kept.unwrap_or_else(|error| panic!("{line} on {store:?}: {error:?}"));
            let held = holdings(store).await;
            for word in after.split(',') {
                let (word, amount) = word.trim().split_once(' ').unwrap();
                assert_eq!(held[word], amount.parse::<i64>().unwrap(), "{line} on {store:?}");
            }
            expected = held;
        }
        assert_eq!(holdings(store).await, expected, "{line} on {store:?}");
    }
    // No lot knows of the five that are held for a milestone.
    let difference = store.read(|mut view| async move { view.held_difference().await });
    assert_eq!(difference.await.unwrap(), -5);
}

#[tokio::test]
async fn an_entry_moves_balances_and_none_below_its_bound() {
    let (folder, server) = (tempfile::tempdir().unwrap(), Postgres::fresh().await.unwrap());
    for store in [
        Store::open(&folder.path().join("earnest.db")).unwrap(),
        Store::connect(server.url(), Statements::Prepared).await.unwrap(),
    ] {
        store.migrate(Timestamp::UNIX_EPOCH).await.unwrap();
        play(&store).await;
    }
}
