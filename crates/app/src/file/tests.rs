//! Files through the use cases, on a real database in a temporary folder.

use std::sync::Arc;

use earnest_store::Store;
use earnest_store::testing::Postgres;

use super::*;
use crate::testing::{Outside, desk, person};

async fn send(desk: &Desk, by: &Person, name: &str, content: &[u8]) -> Result<FileRow, Error> {
    let mut arriving = Arriving::begin(desk, by.id, name).await?;
    for part in content.chunks(10_000) {
        if let Err(error) = arriving.push(part).await {
            arriving.give_up().await?;
            return Err(error);
        }
    }
    arriving.finish().await
}

async fn content(desk: &Desk, id: FileId) -> Vec<u8> {
    let (mut all, mut next) = (Vec::new(), 0);
    while let Some(bytes) = piece(desk, id, next).await.unwrap() {
        all.extend(bytes);
        next += 1;
    }
    all
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::Invalid(faults) => faults[0].code,
        other => panic!("{other:?}"),
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count)
        .map(|place| u8::try_from(place % 251).unwrap())
        .collect()
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_sent_on_either_engine() {
    let (on_file, outside, _folder) = desk().await;
    let server = Postgres::fresh().await.unwrap();
    let store = Store::connect(server.url(), earnest_store::Statements::Prepared)
        .await
        .unwrap();
    let outside: Arc<Outside> = outside;
    store.migrate(on_file.now()).await.unwrap();
    let on_server = Desk::new(store, outside.clone(), outside.clone());
    for desk in [on_file, on_server] {
        let (ada, bo) = (person(&desk, "ada").await, person(&desk, "bo").await);
        for length in [1, PIECE - 1, PIECE, 3 * PIECE + 17] {
            let sent = send(&desk, &ada, "../plan.pdf", &bytes(length)).await.unwrap();
            assert_eq!(
                (sent.name.as_str(), sent.media_type.as_str()),
                ("plan.pdf", "application/pdf")
            );
            let found = open(&desk, sent.id, &ada).await.unwrap();
            assert_eq!(found, sent);
            assert_eq!(found.sha256, <[u8; 32]>::from(Sha256::digest(bytes(length))));
            assert!(content(&desk, sent.id).await == bytes(length), "{length}");
            assert!(matches!(open(&desk, sent.id, &bo).await, Err(Error::NotFound)));
        }
        let all = desk
            .store
            .read(move |mut view| async move { view.file_bytes_of(ada.id).await });
        assert_eq!(all.await.unwrap(), i64::try_from(5 * PIECE + 17).unwrap());
    }
}

#[tokio::test]
async fn a_file_that_never_ended_is_seen_by_nobody_and_gone_after_a_day() {
    let (desk, outside, _folder) = desk().await;
    let ada = person(&desk, "ada").await;
    let mut killed = Arriving::begin(&desk, ada.id, "half.zip").await.unwrap();
    killed.push(&bytes(2 * PIECE)).await.unwrap();
    let id = killed.row.id;
    drop(killed);
    let whole = send(&desk, &ada, "whole.zip", &bytes(10)).await.unwrap();
    assert!(matches!(open(&desk, id, &ada).await, Err(Error::NotFound)));
    assert_eq!(
        lone(&desk, ada.id, &[id, whole.id]).await.unwrap(),
        std::slice::from_ref(&whole)
    );
    assert_eq!(clean(&desk).await.unwrap(), 0);
    outside.wait(24 * 3600 + 1);
    assert_eq!(clean(&desk).await.unwrap(), 2);
    assert!(piece(&desk, id, 0).await.unwrap().is_none());
    assert!(matches!(open(&desk, whole.id, &ada).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_file_is_neither_too_large_nor_empty() {
    let (desk, _outside, _folder) = desk().await;
    let ada = person(&desk, "ada").await;
    let most = usize::try_from(MOST_BYTES).unwrap();
    let refused = send(&desk, &ada, "large.zip", &bytes(most + 1))
        .await
        .unwrap_err();
    assert_eq!(code(&refused), "too_large");
    assert_eq!(
        code(&send(&desk, &ada, "none.txt", b"").await.unwrap_err()),
        "empty"
    );
    let left = desk
        .store
        .read(move |mut view| async move { view.file_bytes_of(ada.id).await });
    assert_eq!(left.await.unwrap(), 0, "what was refused takes no room");
    let many: Vec<FileId> = (0..=MOST_TOGETHER)
        .map(|_| Ids::new(desk.now(), desk.seed()).file())
        .collect();
    assert_eq!(few(&many).unwrap_err().code, "too_many");
    assert!(few(&many[1..]).is_ok());
}

#[tokio::test]
async fn one_person_has_room_for_so_much() {
    let (desk, _outside, _folder) = desk().await;
    let ada = person(&desk, "ada").await;
    let arriving = Arriving::begin(&desk, ada.id, "a.zip").await.unwrap();
    let of = (arriving.row.id, ada.id);
    assert!(desk.store.add_file_chunk(of, 0, bytes(100), 150).await.unwrap());
    assert!(!desk.store.add_file_chunk(of, 1, bytes(51), 150).await.unwrap());
    assert!(desk.store.add_file_chunk(of, 1, bytes(50), 150).await.unwrap());
}

#[tokio::test]
async fn pieces_that_come_at_once_do_not_pass_the_room_of_a_person() {
    let (on_file, outside, _folder) = desk().await;
    let server = Postgres::fresh().await.unwrap();
    let store = Store::connect(server.url(), earnest_store::Statements::Prepared)
        .await
        .unwrap();
    store.migrate(on_file.now()).await.unwrap();
    let outside: Arc<Outside> = outside;
    let on_server = Desk::new(store, outside.clone(), outside);
    for desk in [on_file, on_server] {
        for round in 0..6 {
            let ada = person(&desk, &format!("ada{round}")).await;
            let mut adding = tokio::task::JoinSet::new();
            for _ in 0..6 {
                let arriving = Arriving::begin(&desk, ada.id, "a.zip").await.unwrap();
                let (of, store) = ((arriving.row.id, ada.id), desk.store.clone());
                adding.spawn(async move { store.add_file_chunk(of, 0, bytes(100), 150).await.unwrap() });
            }
            let kept = adding.join_all().await.into_iter().filter(|kept| *kept).count();
            assert_eq!(kept, 1, "there is room for one of them");
        }
    }
}
