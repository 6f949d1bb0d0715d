//! Files that are not what they should be: each refusal is its own, one sentence long, and harms nothing.

use std::fs;

use earnest_store::{Error, Store};

use crate::place::{Place, all, insert, now, request};

fn refusal(place: &Place) -> Error {
    let before = place.contents();
    let refused = Store::open(&place.path()).expect_err("this file is not to be opened");
    assert_eq!(place.contents(), before, "{refused}");
    let sentence = refused.to_string();
    assert!(
        !sentence.contains('\n') && sentence.contains(&*place.path().to_string_lossy()),
        "{sentence}"
    );
    refused
}

fn sql(place: &Place, sql: &str) {
    rusqlite::Connection::open(place.path())
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

#[tokio::test]
async fn a_new_database_is_made_with_its_folders_and_migrated_once() {
    let place = Place::new();
    let path = place.file("a/b/earnest.db");
    let store = Store::open(&path).unwrap();
    let names: Vec<&str> = store
        .migrate(now())
        .await
        .unwrap()
        .iter()
        .map(|applied| applied.name)
        .collect();
    assert_eq!(
        names,
        [
            "edition",
            "request",
            "books",
            "person",
            "talk",
            "deliverable",
            "expert",
            "token",
            "office",
            "operate",
            "review",
            "invitation",
            "exchange",
            "guard",
            "expert_tick",
            "deletion",
            "decision",
            "lapse",
            "edition_wording",
            "mail_inspection",
            "contract_hold",
            "event_dispute",
            "request_people"
        ]
    );
    assert_eq!(store.migrate(now()).await.unwrap(), []);
    store.ready().await.unwrap();
    drop(store);
    assert_eq!(Store::open(&path).unwrap().migrate(now()).await.unwrap(), []);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_requests(1).await;
    let store = place.store().await;
    insert(&store, 7).await.unwrap();
    for name in ["earnest.db", "earnest.db-wal", "earnest.db-shm"] {
        assert_eq!(
            fs::metadata(place.file(name)).unwrap().permissions().mode() & 0o077,
            0,
            "{name}"
        );
    }
}

#[tokio::test]
async fn one_process_writes_and_others_may_look() {
    let place = Place::with_requests(1).await;
    let store = place.store().await;
    assert!(matches!(Store::open(&place.path()), Err(Error::InUse { .. })));
    let looking = Store::open_to_read(&place.path()).unwrap();
    insert(&store, 2).await.unwrap();
    assert_eq!(all(&looking).await.unwrap(), [request(2), request(0)]);
    assert!(matches!(insert(&looking, 3).await, Err(Error::ReadOnly)));
    drop(store);
    assert_eq!(all(&looking).await.unwrap().len(), 2);
    assert!(Store::open(&place.path()).is_ok());
}

#[tokio::test]
async fn looking_makes_nothing_and_wants_the_present_schema() {
    let place = Place::new();
    assert!(matches!(
        Store::open_to_read(&place.path()),
        Err(Error::Missing { .. })
    ));
    assert!(place.contents().is_empty());
    drop(Store::open(&place.path()).unwrap());
    let older = Store::open_to_read(&place.path());
    assert!(
        matches!(
            older,
            Err(Error::Older {
                found: 0,
                known: 23,
                ..
            })
        ),
        "{older:?}"
    );
}

#[test]
fn a_folder_that_cannot_be_is_unwritable() {
    let place = Place::new();
    fs::write(place.file("file"), "in the way").unwrap();
    for name in ["file/earnest.db", "file/deeper/earnest.db"] {
        let refused = Store::open(&place.file(name));
        assert!(matches!(refused, Err(Error::Unwritable { .. })), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(place.file("file")).unwrap(), "in the way");
}

#[tokio::test]
async fn a_damaged_file_is_refused_unharmed() {
    let whole = Place::with_requests(200).await;
    let whole = fs::read(whole.path()).unwrap();
    let half = whole.len() / 2;
    let mut torn = whole.clone();
    torn[4_096..]
        .chunks_mut(7)
        .for_each(|chunk| chunk[0] = chunk[0].wrapping_mul(31).wrapping_add(7));
    let files: [&[u8]; 8] = [
        b"x",
        b"SQLite format 3\0",
        &whole[..99],
        &whole[..100],
        &whole[..4_095],
        &whole[..half],
        &torn,
        &[0x5A; 9_000],
    ];
    for (number, bytes) in files.into_iter().enumerate() {
        let place = Place::new();
        fs::write(place.path(), bytes).unwrap();
        let refused = refusal(&place);
        assert!(matches!(refused, Error::Damaged { .. }), "{number}: {refused:?}");
        assert!(Store::open_to_read(&place.path()).is_err(), "{number}");
    }
}

#[tokio::test]
async fn a_flipped_bit_in_the_header_is_refused_or_changes_nothing() {
    let whole = Place::with_requests(3).await;
    let whole = fs::read(whole.path()).unwrap();
    let place = Place::new();
    let mut refused = 0;
    for bit in 0..800 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(place.path(), bytes).unwrap();
        match Store::open(&place.path()) {
            Ok(store) => assert_eq!(all(&store).await.unwrap().len(), 3, "bit {bit}"),
            Err(Error::Damaged { .. } | Error::Foreign { .. } | Error::Unwritable { .. }) => refused += 1,
            Err(other) => panic!("bit {bit}: {other:?}"),
        }
        for name in ["earnest.db-wal", "earnest.db-shm"] {
            drop(fs::remove_file(place.file(name)));
        }
    }
    assert!(refused > 200, "only {refused} of 800 were noticed");
}

#[tokio::test]
async fn a_log_without_its_database_is_not_taken_for_a_new_one() {
    let place = Place::new();
    fs::write(place.file("earnest.db-wal"), "all that is left").unwrap();
    assert!(matches!(refusal(&place), Error::Damaged { .. }));
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_unharmed() {
    let place = Place::new();
    sql(
        &place,
        "PRAGMA journal_mode = WAL; CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('a')",
    );
    assert!(matches!(refusal(&place), Error::Foreign { .. }));
    let files = fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut files: Vec<_> = files.collect();
    files.sort();
    assert_eq!(
        files,
        ["earnest.db", "earnest.db.lock"],
        "nothing was made beside it"
    );
}

#[tokio::test]
async fn a_newer_database_is_refused_unharmed() {
    let place = Place::with_requests(1).await;
    sql(&place, "INSERT INTO migration VALUES (99, 'later', x'00', 0)");
    assert!(matches!(
        refusal(&place),
        Error::Newer {
            found: 99,
            known: 23,
            ..
        }
    ));
}

#[tokio::test]
async fn a_migration_that_reads_differently_now_is_refused() {
    let place = Place::with_requests(1).await;
    sql(
        &place,
        "UPDATE migration SET sha256 = zeroblob(32) WHERE number = 2",
    );
    assert!(matches!(refusal(&place), Error::Altered { number: 2, .. }));
    let place = Place::with_requests(1).await;
    sql(&place, "DELETE FROM migration WHERE number = 1");
    assert!(matches!(refusal(&place), Error::Altered { number: 2, .. }));
}

#[tokio::test]
async fn an_interrupted_migration_is_done_again_as_a_whole() {
    let place = Place::new();
    drop(Store::open(&place.path()).unwrap());
    sql(&place, "CREATE TABLE request (id INTEGER)"); // Makes the second one fail.
    let store = Store::open(&place.path()).unwrap();
    assert!(matches!(store.migrate(now()).await, Err(Error::Driver(_))));
    drop(store);
    sql(&place, "DROP TABLE request");
    let applied = Store::open(&place.path()).unwrap().migrate(now()).await.unwrap();
    assert_eq!(
        applied.first().map(|one| one.number),
        Some(1),
        "the first one did not stay alone"
    );
}

/// Whoever copies the file of a stopped site has everything: nothing is left in the log beside it.
#[tokio::test]
async fn a_closed_database_is_one_whole_file() {
    for _ in 0..40 {
        let place = Place::new();
        let store = place.store().await;
        insert(&store, 1).await.unwrap();
        // a reader whose connection is kept for the next one
        assert_eq!(all(&store).await.unwrap().len(), 1);
        drop(store);
        let names: Vec<String> = place.contents().into_keys().collect();
        assert_eq!(names, ["earnest.db"]);
    }
}
