//! Somebody with the database's own rights takes out, puts in, swaps, cuts off, and writes anew.

use earnest_hire::contract::Command;
use earnest_store::{Anchor, Store};

use crate::history::{Teller, by};
use crate::home::Home;
use crate::place::now;

async fn found(store: &Store, anchor: Option<Anchor>) -> Vec<(&'static str, String)> {
    let verified = store.verify(anchor).await.unwrap();
    verified
        .broken
        .into_iter()
        .map(|one| (one.table, one.id))
        .collect()
}

/// What somebody does, and the table in which it is named.
fn tampering(entry: &str, chain: &str, event: &str) -> Vec<(&'static str, String)> {
    let place = |no: i64| format!("chain = '{chain}' AND no = {no}");
    let (second, third) = (place(2), place(3));
    vec![
        ("event", format!("DELETE FROM event WHERE {second}")),
        ("entry", format!("DELETE FROM entry WHERE id = '{entry}'")),
        (
            "line",
            format!("DELETE FROM line WHERE entry_id = '{entry}' AND no = 2"),
        ),
        (
            "line",
            format!(
                "INSERT INTO line (entry_id, no, account_id, side, amount) SELECT entry_id, 99, account_id, side, 1 \
                     FROM line WHERE entry_id = '{entry}' AND no = 1"
            ),
        ),
        (
            "event",
            format!(
                "UPDATE event SET no = 999 WHERE {second}; UPDATE event SET no = 2 WHERE {third}; \
                     UPDATE event SET no = 3 WHERE chain = '{chain}' AND no = 999"
            ),
        ),
        ("job", format!("DELETE FROM job WHERE event_id = '{event}'")),
        ("timer", "DELETE FROM timer".to_owned()),
        ("contract", format!("DELETE FROM contract WHERE id = '{chain}'")),
        ("chain", format!("DELETE FROM chain WHERE id = '{chain}'")),
        // Without its key the same command would be carried out a second time.
        (
            "entry",
            "DELETE FROM idempotency WHERE event_id IN (SELECT transition_id FROM entry)".to_owned(),
        ),
        (
            "idempotency",
            "UPDATE idempotency SET key = key || 'x' WHERE event_id IN (SELECT MIN(transition_id) FROM entry)"
                .to_owned(),
        ),
    ]
}

#[tokio::test]
async fn what_is_taken_out_put_in_or_swapped_is_found() {
    for home in Home::both().await {
        let store = Teller::of_two_contracts(home.store().await).await.store;
        let entry = home.text("SELECT MIN(id) FROM entry").await;
        let chain = home
            .text(&format!("SELECT chain FROM entry WHERE id = '{entry}'"))
            .await;
        let event = home
            .text(&format!(
                "SELECT id FROM event WHERE chain = '{chain}' AND no = 2"
            ))
            .await;
        for (table, change) in tampering(&entry, &chain, &event) {
            let tables = [
                "event",
                "entry",
                "line",
                "job",
                "timer",
                "contract",
                "chain",
                "idempotency",
            ];
            for one in tables {
                home.as_owner(&format!("CREATE TABLE saved_{one} AS SELECT * FROM {one}"))
                    .await;
            }
            home.as_owner(&change).await;
            let names = found(&store, None).await;
            assert!(
                names.iter().any(|(name, _)| *name == table),
                "{change} in {home:?}: {names:?}"
            );
            // who looks at a file by a program of their own is told the same
            if let Home::File(place) = &home {
                let opened = Store::open_to_verify(&place.path()).unwrap();
                assert_eq!(found(&opened, None).await, names, "{change}");
            }
            for one in tables {
                let undo = format!(
                    "DELETE FROM {one}; INSERT INTO {one} SELECT * FROM saved_{one}; DROP TABLE saved_{one}"
                );
                home.as_owner(&undo).await;
            }
        }
        assert_eq!(found(&store, None).await, []);
    }
}

#[tokio::test]
async fn a_history_that_was_cut_off_without_a_trace_is_found_by_its_checkpoint_or_the_anchor() {
    for home in Home::both().await {
        let mut teller = Teller::new(home.store().await);
        let (contract, _milestones) = teller.signed(&[50_000]).await;
        for table in ["chain", "contract", "milestone"] {
            home.as_owner(&format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}"))
                .await;
        }
        let events = home.text("SELECT CAST(COUNT(*) AS TEXT) FROM event").await;
        let (from, until) = (
            "2026-12-01T00:00:00Z".parse().unwrap(),
            "2026-12-05T00:00:00Z".parse().unwrap(),
        );
        teller
            .act(contract, Command::RegisterAbsence { from, until }, &by(1))
            .await;
        let anchor = teller.store.checkpoint(now()).await.unwrap().anchor();
        assert_eq!(found(&teller.store, Some(anchor)).await, []);
        let newest = format!("(SELECT id FROM event WHERE no > {events})");
        home.as_owner(&format!(
            "DELETE FROM job WHERE event_id IN {newest}; DELETE FROM idempotency WHERE event_id IN {newest}; \
             DELETE FROM event WHERE no > {events}"
        ))
        .await;
        for table in ["chain", "contract", "milestone"] {
            home.as_owner(&format!(
                "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table}"
            ))
            .await;
        }
        let chain = ("chain", contract.to_string());
        assert_eq!(
            found(&teller.store, None).await,
            std::slice::from_ref(&chain),
            "the checkpoint knows of more"
        );
        home.as_owner("DELETE FROM checkpoint").await;
        assert_eq!(
            found(&teller.store, None).await,
            [],
            "nothing inside shows it any more"
        );
        let cut = [("checkpoint", "1".to_owned())];
        assert_eq!(found(&teller.store, Some(anchor)).await, cut);
        teller.store.checkpoint(now()).await.unwrap();
        assert_eq!(
            found(&teller.store, Some(anchor)).await,
            cut,
            "a new checkpoint has another hash"
        );
    }
}
