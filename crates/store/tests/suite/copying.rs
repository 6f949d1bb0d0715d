//! Backups taken while others write, and restores that go wrong without doing harm.

use std::fs;

use earnest_store::{Error, Existing, Store, backup, restore};

use crate::place::{Place, all, insert, now, request};

fn quiet() -> impl FnMut(earnest_store::Progress) {
    |_| {}
}

async fn backup_of(count: u32) -> Place {
    let place = Place::with_requests(count).await;
    backup(&place.path(), &place.file("copy"), Existing::Keep, &mut quiet()).unwrap();
    place
}

async fn requests_in(place: &Place) -> usize {
    all(&place.store().await).await.unwrap().len()
}

#[tokio::test]
async fn a_backup_is_one_file_that_brings_all_back() {
    let from = backup_of(300).await;
    assert_eq!(from.contents().keys().collect::<Vec<_>>(), ["copy", "earnest.db"]);
    let into = Place::new();
    let mut reports = Vec::new();
    let kept = restore(&from.file("copy"), &into.path(), now(), &mut |progress| {
        reports.push(progress);
    })
    .unwrap();
    assert_eq!(kept, None);
    assert_eq!(into.contents().keys().collect::<Vec<_>>(), ["earnest.db"]);
    assert_eq!(requests_in(&into).await, 300);
    let last = reports.last().unwrap();
    assert!(last.done == last.all && last.all > 10, "{last:?}");
}

#[tokio::test]
async fn a_backup_taken_while_others_write_holds_one_moment() {
    let place = Place::with_requests(400).await;
    let store = place.store().await;
    let mut next = 1_000;
    for copy in 0..5 {
        let name = place.file(&format!("copy{copy}"));
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (store, number) = (store.clone(), next);
            writers.spawn(async move { insert(&store, number).await.unwrap() });
            next += 1;
        }
        let path = place.path();
        let copying = tokio::task::spawn_blocking(move || {
            backup(&path, &name, Existing::Keep, &mut quiet()).unwrap();
            name
        });
        let (copied, _) = tokio::join!(copying, writers.join_all());
        let into = Place::new();
        restore(&copied.unwrap(), &into.path(), now(), &mut quiet()).unwrap();
        let count = requests_in(&into).await;
        assert!(
            (400 + copy * 20..=420 + copy * 20).contains(&count),
            "{count} in copy {copy}"
        );
    }
    assert_eq!(all(&store).await.unwrap().len(), 500);
}

#[tokio::test]
async fn a_write_between_two_steps_does_not_start_the_copy_again() {
    let place = Place::with_requests(300).await;
    let writing = rusqlite::Connection::open(place.path()).unwrap();
    writing
        .execute("UPDATE request SET details = hex(zeroblob(8000))", [])
        .unwrap(); // Several steps long.
    let mut steps = 0;
    let mut write_meanwhile = |_| {
        steps += 1;
        assert!(steps < 100, "the copy never ends");
        writing
            .execute(
                "UPDATE request SET name = name || '.' WHERE email LIKE 'ada1%'",
                [],
            )
            .unwrap();
    };
    backup(
        &place.path(),
        &place.file("copy"),
        Existing::Keep,
        &mut write_meanwhile,
    )
    .unwrap();
    assert!(steps > 2, "too small a database to say anything");
    let into = Place::new();
    restore(&place.file("copy"), &into.path(), now(), &mut quiet()).unwrap();
    let names: Vec<String> = all(&into.store().await)
        .await
        .unwrap()
        .into_iter()
        .map(|each| each.brief.name)
        .collect();
    assert!(names.len() == 300 && names.iter().all(|name| name == "Ada"));
}

#[tokio::test]
async fn a_backup_overwrites_only_when_told_and_never_the_database() {
    let place = backup_of(1).await;
    insert(&place.store().await, 9).await.unwrap();
    let before = place.contents();
    let again = |to: &str, existing| backup(&place.path(), &place.file(to), existing, &mut quiet());
    assert!(matches!(again("copy", Existing::Keep), Err(Error::Exists { .. })));
    assert!(matches!(
        again("earnest.db", Existing::Replace),
        Err(Error::Exists { .. })
    ));
    assert!(matches!(
        again("no/folder/copy", Existing::Keep),
        Err(Error::Unwritable { .. })
    ));
    fs::create_dir(place.file("taken")).unwrap();
    assert!(matches!(
        again("taken", Existing::Replace),
        Err(Error::Exists { .. })
    ));
    fs::remove_dir(place.file("taken")).unwrap();
    assert_eq!(place.contents(), before);
    again("copy", Existing::Replace).unwrap();
    let into = Place::new();
    restore(&place.file("copy"), &into.path(), now(), &mut quiet()).unwrap();
    assert_eq!(requests_in(&into).await, 2);
}

#[tokio::test]
async fn a_damaged_database_makes_no_backup() {
    let place = Place::with_requests(200).await;
    let mut bytes = fs::read(place.path()).unwrap();
    bytes.truncate(bytes.len() - 8_192);
    fs::write(place.path(), &bytes).unwrap();
    let refused = backup(&place.path(), &place.file("copy"), Existing::Keep, &mut quiet());
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
    assert!(!place.file("copy").exists());
    let nothing = backup(
        &place.file("none"),
        &place.file("copy"),
        Existing::Keep,
        &mut quiet(),
    );
    assert!(matches!(nothing, Err(Error::Missing { .. })), "{nothing:?}");
}

#[tokio::test]
async fn a_restore_keeps_the_former_database_beside_it() {
    let from = backup_of(2).await;
    let into = Place::with_requests(5).await;
    let first = restore(&from.file("copy"), &into.path(), now(), &mut quiet())
        .unwrap()
        .unwrap();
    assert!(
        first.ends_with("earnest.db.replaced-20261123T100000Z"),
        "{first:?}"
    );
    assert_eq!(requests_in(&into).await, 2);
    let second = restore(&first, &into.path(), now(), &mut quiet())
        .unwrap()
        .unwrap();
    assert!(
        second.ends_with("earnest.db.replaced-20261123T100000Z-2"),
        "{second:?}"
    );
    assert_eq!(requests_in(&into).await, 5);
}

/// Where this test is run by root, the folder belongs to somebody else; otherwise all of it is ours anyway.
#[cfg(unix)]
#[tokio::test]
async fn what_a_command_makes_belongs_to_whom_the_folder_belongs() {
    use std::os::unix::fs::{MetadataExt, chown};
    let from = backup_of(2).await;
    for restored in [false, true] {
        let into = Place::new();
        let folder = into.folder.path();
        let ours = fs::metadata(folder).unwrap().uid();
        if ours == 0 {
            chown(folder, Some(4242), Some(4242)).unwrap();
        }
        if restored {
            restore(&from.file("copy"), &into.path(), now(), &mut quiet()).unwrap();
        }
        let _store = into.store().await;
        let owner = fs::metadata(folder).unwrap().uid();
        assert_eq!(owner, if ours == 0 { 4242 } else { ours });
        let made = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let made: Vec<_> = made
            .map(|file| (file.file_name(), file.metadata().unwrap().uid()))
            .collect();
        assert!(made.len() >= 3, "{made:?}");
        assert!(made.iter().all(|(_, of)| *of == owner), "{made:?}");
    }
}

#[tokio::test]
async fn what_is_only_in_the_log_of_the_former_database_is_kept_too() {
    let from = backup_of(2).await;
    let living = Place::with_requests(1).await;
    let store = living.store().await;
    for number in 10..15 {
        insert(&store, number).await.unwrap();
    }
    // As a killed process leaves it: a database and a log with five requests.
    let into = Place::new();
    for name in ["earnest.db", "earnest.db-wal"] {
        fs::write(into.file(name), &living.contents()[name].0).unwrap();
    }
    let kept = restore(&from.file("copy"), &into.path(), now(), &mut quiet())
        .unwrap()
        .unwrap();
    assert_eq!(requests_in(&into).await, 2);
    restore(&kept, &into.path(), now(), &mut quiet()).unwrap();
    assert_eq!(requests_in(&into).await, 6);
}

#[tokio::test]
async fn a_log_kept_with_a_damaged_database_never_meets_the_restored_one() {
    let from = backup_of(2).await;
    let into = Place::new();
    fs::write(into.path(), [0x5A; 9_000]).unwrap();
    fs::write(into.file("earnest.db-wal"), [0xA5; 9_000]).unwrap();
    let kept = restore(&from.file("copy"), &into.path(), now(), &mut quiet())
        .unwrap()
        .unwrap();
    assert_eq!(requests_in(&into).await, 2);
    assert_eq!(fs::read(&kept).unwrap(), [0x5A; 9_000]);
    let log = into.file("earnest.db.replaced-20261123T100000Z-wal");
    assert_eq!(fs::read(log).unwrap(), [0xA5; 9_000]);
}

#[tokio::test]
async fn a_restore_that_cannot_be_done_leaves_everything_as_it_was() {
    let from = backup_of(200).await;
    let good = fs::read(from.file("copy")).unwrap();
    let into = Place::with_requests(5).await;
    let before = into.contents();
    let mut torn = good.clone();
    torn[8_192..]
        .chunks_mut(11)
        .for_each(|chunk| chunk[0] = chunk[0].wrapping_add(101));
    let half = good.len() / 2;
    let bad: [&[u8]; 6] = [
        b"",
        b"no backup",
        &good[..half],
        &good[..good.len() - 1],
        &torn,
        &[7; 5_000],
    ];
    for (number, bytes) in bad.into_iter().enumerate() {
        fs::write(from.file("bad"), bytes).unwrap();
        let refused = restore(&from.file("bad"), &into.path(), now(), &mut quiet());
        let expected = matches!(refused, Err(Error::Damaged { .. } | Error::NoBackup { .. }));
        assert!(expected, "{number}: {refused:?}");
        assert_eq!(into.contents(), before, "{number}");
    }
    let none = restore(&from.file("none"), &into.path(), now(), &mut quiet());
    assert!(matches!(none, Err(Error::NoBackup { .. })));
    let other = rusqlite::Connection::open(from.file("other")).unwrap();
    other.execute_batch("CREATE TABLE bookmark (url TEXT)").unwrap();
    let foreign = restore(&from.file("other"), &into.path(), now(), &mut quiet());
    assert!(matches!(foreign, Err(Error::Foreign { .. })), "{foreign:?}");
    assert_eq!(into.contents(), before);
}

#[tokio::test]
async fn a_backup_of_a_newer_earnest_is_refused() {
    let from = backup_of(1).await;
    let newer = rusqlite::Connection::open(from.file("copy")).unwrap();
    newer
        .execute("INSERT INTO migration VALUES (99, 'later', x'00', 0)", [])
        .unwrap();
    drop(newer);
    let into = Place::with_requests(5).await;
    let before = into.contents();
    let refused = restore(&from.file("copy"), &into.path(), now(), &mut quiet());
    assert!(
        matches!(refused, Err(Error::Newer { found: 99, .. })),
        "{refused:?}"
    );
    assert_eq!(into.contents(), before);
}

#[tokio::test]
async fn a_database_in_use_is_not_replaced() {
    let from = backup_of(1).await;
    let into = Place::with_requests(5).await;
    let store: Store = into.store().await;
    let refused = restore(&from.file("copy"), &into.path(), now(), &mut quiet());
    assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
    insert(&store, 50).await.unwrap();
    assert_eq!(all(&store).await.unwrap()[0], request(50));
}
