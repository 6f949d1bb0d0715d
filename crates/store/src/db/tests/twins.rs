//! Several connections that see one moment.

use super::*;

async fn count(mut view: View) -> Result<i64, Error> {
    let mut row = view.one(COUNT, args![]).await?;
    row.next().map_err(|why| crate::books::corrupt("pair", "?", why))
}

#[tokio::test]
async fn twins_see_the_moment_of_the_view_that_they_come_from_while_others_write() {
    let place = Place::new();
    let store = place.store().await;
    let writes = async {
        for number in 0..400 {
            write(&store, move |tx| put_pair(tx, number)).await.unwrap();
        }
    };
    let reads = async {
        let mut seen = Vec::new();
        while seen.last() != Some(&(800, vec![800, 800])) {
            let look = |mut view: View| async move {
                let twins = view.twins(2)?;
                let others: Result<Vec<i64>, Error> =
                    twins.into_iter().map(|twin| twin.read(count)).collect();
                Ok::<_, Error>((count(view).await?, others?))
            };
            seen.push(store.read(look).await.unwrap());
        }
        seen
    };
    let (seen, ()) = tokio::join!(reads, writes);
    for (own, others) in &seen {
        assert!(others.iter().all(|other| other == own), "{own} {others:?}");
    }
    let between = |(own, others): &&(i64, Vec<i64>)| (1..800).contains(own) && others.len() == 2;
    assert!(
        seen.iter().find(between).is_some(),
        "nothing was read while others wrote"
    );
}

#[tokio::test]
async fn a_write_has_no_twins() {
    let place = Place::new();
    let store = place.store().await;
    let twins = write(&store, |mut tx| async move {
        let twins = tx.twins(1)?.len();
        tx.commit(twins).await
    });
    assert_eq!(twins.await.unwrap(), 0);
}
