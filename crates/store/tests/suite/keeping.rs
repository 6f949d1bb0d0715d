//! What is kept comes back as it was, and what makes no sense is said to.

use earnest_store::{Edition, Error, Inserted, Kept, Wording};
use jiff::civil::date;

use crate::home::Home;
use crate::place::{all, insert, keys, now, request};

fn edition(number: &str, body: &str) -> Edition {
    Edition::new(
        "python-vs-nodejs",
        number,
        date(2026, 11, 23),
        "First edition",
        body.to_owned(),
    )
}

#[tokio::test]
async fn a_request_comes_back_by_every_key_as_it_was() {
    for home in Home::both().await {
        let store = home.store().await;
        assert_eq!(insert(&store, 1).await.unwrap(), Inserted::Yes);
        let found = store.read::<_, Error, _, _>(|mut view| async move {
            let (id, reference) = (request(1).id, request(1).reference());
            let once = view.request_by_once(keys(1).once_sha256).await?;
            assert_eq!(
                once.as_ref().map(|(_, content)| *content),
                Some(keys(1).content_sha256)
            );
            let found = [
                view.request(id).await?,
                view.request_by_reference(reference).await?,
                view.request_by_token(keys(1).token_sha256).await?,
                once.map(|(request, _)| request),
            ];
            assert!(view.request_by_token(keys(1).once_sha256).await?.is_none());
            Ok(found)
        });
        for found in found.await.unwrap() {
            assert_eq!(found, Some(request(1)));
        }
    }
}

#[tokio::test]
async fn a_key_in_use_is_taken_and_changes_nothing() {
    for home in Home::both().await {
        let store = home.store().await;
        insert(&store, 1).await.unwrap();
        assert_eq!(insert(&store, 1).await.unwrap(), Inserted::Taken);
        assert_eq!(all(&store).await.unwrap(), [request(1)]);
    }
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_named_and_not_guessed() {
    for change in [
        "state = 'open'",
        "budget_to_minor = NULL",
        "budget_to_minor = -1",
        "budget_currency = 'usd'",
        "start_on = '2026-02-30'",
        "reference = 'R-1111-1111'",
        "submitted_at = 9223372036854775807",
    ] {
        for home in Home::both().await {
            let home = home.with_requests(1).await;
            home.sql(&format!("UPDATE request SET {change}")).await;
            let read = all(&home.store().await).await;
            let Err(Error::Corrupt {
                table: "request", id, ..
            }) = read
            else {
                panic!("{change}: {read:?}")
            };
            assert_eq!(id, request(0).id.to_string(), "{change} in {home:?}");
        }
    }
}

#[tokio::test]
async fn an_edition_is_kept_once_and_for_ever() {
    for home in Home::both().await {
        let store = home.store().await;
        let first = vec![edition("1", "{}"), edition("2", "{\"a\":1}")];
        assert_eq!(
            store.keep_editions(first.clone(), now()).await.unwrap(),
            [Kept::New, Kept::New]
        );
        assert_eq!(
            store.keep_editions(first.clone(), now()).await.unwrap(),
            [Kept::Same, Kept::Same]
        );
        assert_eq!(store.editions().await.unwrap(), first);
        assert_eq!(
            first[0].sha256(),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "the checksum of {{}} that other tools print"
        );
    }
}

#[tokio::test]
async fn a_changed_edition_is_refused_with_all_that_came_with_it() {
    for home in Home::both().await {
        let store = home.store().await;
        store
            .keep_editions(vec![edition("1", "{}")], now())
            .await
            .unwrap();
        let other_day = Edition::new(
            "python-vs-nodejs",
            "1",
            date(2026, 11, 24),
            "First edition",
            "{}".into(),
        );
        let other_words = Edition::new(
            "python-vs-nodejs",
            "1",
            date(2026, 11, 23),
            "Another",
            "{}".into(),
        );
        for changed in [edition("1", "{ }"), other_day, other_words] {
            let refused = store
                .keep_editions(vec![edition("2", "{}"), changed], now())
                .await;
            let Err(Error::Changed { comparison, number }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!((comparison.as_str(), number.as_str()), ("python-vs-nodejs", "1"));
        }
        assert_eq!(store.editions().await.unwrap(), [edition("1", "{}")]);
    }
}

#[tokio::test]
async fn an_edition_changed_below_is_found_by_its_checksum() {
    for home in Home::both().await {
        home.store()
            .await
            .keep_editions(vec![edition("1", "{}")], now())
            .await
            .unwrap();
        home.sql("UPDATE edition SET body = '[]'").await;
        let read = home.store().await.editions().await;
        let Err(Error::Corrupt {
            table: "edition", id, ..
        }) = read
        else {
            panic!("{read:?}")
        };
        assert_eq!(id, "python-vs-nodejs 1");
    }
}

#[tokio::test]
async fn the_first_words_of_an_edition_stay() {
    for home in Home::both().await {
        let store = home.store().await;
        let wording = |number: &str, body: &str| Wording {
            comparison: "python-vs-nodejs".to_owned(),
            number: number.to_owned(),
            body: body.to_owned(),
        };
        let first = vec![wording("1", "first")];
        assert_eq!(store.keep_wordings(first.clone(), now()).await.unwrap(), first);
        let later = vec![wording("1", "later"), wording("2", "second")];
        let both = vec![wording("1", "first"), wording("2", "second")];
        assert_eq!(store.keep_wordings(later, now()).await.unwrap(), both);
        assert_eq!(store.keep_wordings(Vec::new(), now()).await.unwrap(), both);
    }
}
