//! What must hold on either engine, and on the server in both ways of sending statements.

use super::*;
use crate::testing::Postgres;

statements! {
    SAME_TYPED = "SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT), CAST($2 AS TEXT) AS again";
    KINDS = "SELECT CAST($1 AS BIGINT), CAST($2 AS DOUBLE PRECISION), CAST($3 AS TEXT), CAST($4 AS BYTEA), \
             CAST($5 AS BIGINT), CAST($6 AS TEXT)";
    UNIQUE = "CREATE UNIQUE INDEX IF NOT EXISTS pair_half ON pair (number, half)";
    LOCKED = "SELECT half FROM pair WHERE number = $1 ORDER BY half FOR UPDATE";
    CLAIM = "UPDATE pair SET half = 'claimed' WHERE number IN (SELECT number FROM pair WHERE number <= $1 \
             ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING number";
    MORE = "UPDATE pair SET number = number + $1 WHERE half = $2";
}

/// A store with the table of pairs.
pub(super) struct Bench {
    pub(super) store: Store,
    _file: Option<Place>,
    server: Option<Postgres>,
}

impl Bench {
    pub(super) async fn all() -> Vec<Self> {
        let place = Place::new();
        let mut benches = vec![Self {
            store: place.store().await,
            _file: Some(place),
            server: None,
        }];
        for statements in [Statements::Prepared, Statements::Unnamed] {
            benches.push(Self::on_server(statements).await);
        }
        benches
    }

    pub(super) async fn on_server(statements: Statements) -> Self {
        let server = Postgres::fresh().await.unwrap();
        let store = Store::connect(server.url(), statements).await.unwrap();
        let made = write(&store, |mut tx| async move {
            tx.exec(MAKE, args![]).await?;
            tx.exec(UNIQUE, args![]).await?;
            tx.commit(()).await
        });
        made.await.unwrap();
        Self {
            store,
            _file: None,
            server: Some(server),
        }
    }

    pub(super) fn url(&self) -> Option<&str> {
        self.server.as_ref().map(Postgres::url)
    }
}

#[tokio::test]
async fn parameters_go_by_their_number_and_keep_their_types() {
    for bench in Bench::all().await {
        let read = |mut view: View| async move { view.one(SAME_TYPED, args![7, "two"]).await };
        let mut row: Row = bench.store.read::<_, Error, _, _>(read).await.unwrap();
        assert_eq!(row.next::<String>(), Ok("two".to_owned()));
        assert_eq!(row.next::<i64>(), Ok(7));
        assert_eq!(row.next::<String>(), Ok("two".to_owned()));
    }
    // SQLite has no BYTEA to cast to.
    for statements in [Statements::Prepared, Statements::Unnamed] {
        let bench = Bench::on_server(statements).await;
        let sent = vec![
            Val::Int(i64::MIN),
            Val::Real(-0.1),
            Val::Text("\u{1f600} 'quoted' \\".to_owned()),
            Val::Bytes(vec![0, 255, 92]),
            Val::Null,
            Val::Null,
        ];
        let expected = sent.clone();
        let read = move |mut view: View| {
            let sent = sent.clone();
            async move { view.one(KINDS, &sent).await }
        };
        let row: Row = bench.store.read::<_, Error, _, _>(read).await.unwrap();
        assert_eq!(row.into_columns(), expected);
    }
}

#[tokio::test]
async fn a_closure_that_fails_leaves_nothing_and_the_next_is_not_harmed() {
    for bench in Bench::all().await {
        let store = &bench.store;
        let panics = write(store, |mut tx| async move {
            tx.exec(PUT, args![1, "left"]).await?;
            assert!(tx.exec(PUT, args![1]).await.is_ok(), "this panic is meant");
            tx.commit(()).await
        });
        assert!(matches!(panics.await, Err(Error::Panicked)));
        let fails = write(store, |mut tx| async move {
            tx.exec(PUT, args![2, "left"]).await?;
            Err::<Done<()>, _>(Error::ReadOnly)
        });
        assert!(matches!(fails.await, Err(Error::ReadOnly)));
        let swallows = write(store, |mut tx| async move {
            tx.exec(PUT, args![3, "left"]).await?;
            drop(tx.exec(PUT, args![3, Option::<String>::None]).await);
            tx.commit(()).await
        });
        let swallowed = swallows.await;
        assert!(
            matches!(swallowed, Err(Error::Driver(_))),
            "{store:?}: {swallowed:?}"
        );
        write(store, |tx| put_pair(tx, 4)).await.unwrap();
        assert_eq!(number(store, COUNT).await, 2, "{store:?}");
    }
}

#[tokio::test]
async fn a_transaction_carried_out_of_its_closure_can_do_nothing_on_either() {
    for bench in Bench::all().await {
        let (carry, carried) = std::sync::mpsc::channel();
        let taken = write(&bench.store, move |tx| {
            carry.send(tx).unwrap();
            async {
                Ok(Done {
                    value: (),
                    last: Vec::new(),
                })
            }
        });
        taken.await.unwrap();
        let mut tx = carried.recv().unwrap();
        let late = tx.exec(PUT, args![1, "left"]).await;
        assert!(matches!(late, Err(Error::Unavailable { .. })), "{late:?}");
        assert_eq!(number(&bench.store, COUNT).await, 0);
    }
}

#[tokio::test]
async fn row_locks_are_cut_where_the_one_writer_is_the_lock() {
    for bench in Bench::all().await {
        let store = &bench.store;
        write(store, |tx| put_pair(tx, 4)).await.unwrap();
        let locked = write(store, |mut tx| async move {
            let rows = tx.all(LOCKED, args![4]).await?;
            tx.commit(rows.len()).await
        });
        assert_eq!(locked.await.unwrap(), 2);
    }
    let bench = Bench::on_server(Statements::Prepared).await;
    write(&bench.store, |mut tx| async move {
        tx.exec(PUT, args![5, "left"]).await?;
        tx.commit(()).await
    })
    .await
    .unwrap();
    let claimed = write(&bench.store, |mut tx| async move {
        let row = tx.one(CLAIM, args![9]).await?;
        tx.commit(row.into_columns()).await
    });
    assert_eq!(claimed.await.unwrap(), [Val::Int(5)]);
}

#[tokio::test]
async fn a_batch_answers_in_order_and_stands_or_falls_as_a_whole() {
    for bench in Bench::all().await {
        let store = &bench.store;
        let batch = write(store, |mut tx| async move {
            let puts: Vec<_> = (0..200)
                .map(|number| {
                    (
                        PUT,
                        args![number % 100, if number < 100 { "left" } else { "right" }].to_vec(),
                    )
                })
                .collect();
            let put = tx.exec_each(&puts).await?;
            let changed = tx
                .exec_each(&[
                    (MORE, args![0, "left"].to_vec()),
                    (MORE, args![0, "nobody"].to_vec()),
                ])
                .await?;
            tx.commit((put, changed)).await
        });
        let (put, changed) = batch.await.unwrap();
        assert_eq!((put, changed), (vec![1; 200], vec![100, 0]));
        let read = |mut view: View| async move {
            let counts = (COUNT, Vec::new());
            view.all_each(&[counts.clone(), (HALVES, Vec::new()), counts])
                .await
        };
        let answers: Vec<Vec<Row>> = store.read::<_, Error, _, _>(read).await.unwrap();
        let counts = answers.into_iter().flatten().map(Row::into_columns);
        assert_eq!(
            counts.flatten().collect::<Vec<_>>(),
            [Val::Int(200), Val::Int(0), Val::Int(200)]
        );
        let torn = write(store, |mut tx| async move {
            let bad = (PUT, vec![Val::Int(1_000), Val::Null]);
            tx.exec_each(&[
                (PUT, args![500, "left"].to_vec()),
                bad,
                (PUT, args![501, "left"].to_vec()),
            ])
            .await?;
            tx.commit(()).await
        });
        assert!(torn.await.is_err());
        assert_eq!(number(store, COUNT).await, 200, "{store:?}");
    }
}

#[tokio::test]
async fn last_statements_stand_or_fall_with_the_commit() {
    for bench in Bench::all().await {
        let store = &bench.store;
        let kept = write(store, |mut tx| async move {
            tx.exec(PUT, args![1, "left"]).await?;
            tx.commit_after(vec![(PUT, args![1, "right"].to_vec())], ()).await
        });
        kept.await.unwrap();
        let alone = write(store, |tx| async move {
            let both = ["left", "right"].map(|half| (PUT, args![2, half].to_vec()));
            tx.commit_after(both.to_vec(), ()).await
        });
        alone.await.unwrap();
        for bad in [vec![Val::Int(3), Val::Null], vec![Val::Int(3)]] {
            let refused = write(store, move |mut tx| {
                let bad = bad.clone();
                async move {
                    tx.exec(PUT, args![3, "left"]).await?;
                    let last = vec![(PUT, bad), (PUT, args![3, "right"].to_vec())];
                    tx.commit_after(last, ()).await
                }
            });
            let refused = refused.await;
            assert!(matches!(refused, Err(Error::Driver(_))), "{store:?}: {refused:?}");
        }
        assert_eq!(number(store, COUNT).await, 4, "{store:?}");
        assert_eq!(number(store, HALVES).await, 0);
    }
}
