//! All of one's own, nothing of others', and no secret.

use std::collections::BTreeMap;

use earnest_hire::contract::Actor;
use earnest_hire::ids::OnceKey;
use earnest_hire::person::Person;
use earnest_store::FileRow;
use jiff::Timestamp;

use super::*;
use crate::bank::tests::{Deal, World, both};
use crate::file::Arriving;
use crate::testing::{expert, opened, person};
use crate::{account, conversation};

async fn all_of(desk: &Desk, person: &Person) -> BTreeMap<String, Vec<u8>> {
    let mut extract = Extract::new(desk, person.id);
    let (mut files, mut name) = (BTreeMap::new(), String::new());
    loop {
        match extract.next().await.unwrap() {
            Part::Begin(next) => {
                assert!(
                    files.insert(next.clone(), Vec::new()).is_none(),
                    "{next} comes twice"
                );
                name = next;
            }
            Part::Bytes(bytes) => files.get_mut(&name).unwrap().extend(bytes),
            Part::End => return files,
        }
    }
}

fn list(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Vec<Value> {
    let text = &files[&format!("{name}.json")];
    serde_json::from_slice(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Somebody with something of every kind, the expert they work with, their file and its content.
async fn lived(world: &mut World) -> (Person, Person, FileRow, Vec<u8>, Deal) {
    let desk = world.desk.clone();
    let clara = person(&desk, "Clara").await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let otto = expert(&desk, "Otto", "Go").await;
    (world.client, world.expert) = (clara.id, emil.id);
    let request = opened(&desk, &clara, |_| ()).await;
    for (number, one) in [(0, &emil), (100, &otto)] {
        let talk = conversation::begin(&desk, request, one.id).await.unwrap();
        for message in 0..30 {
            let (text, once) = (
                format!("{} {message}", one.name),
                OnceKey::new([number + message; 16]),
            );
            conversation::say(&desk, talk, one.id, &text, once).await.unwrap();
        }
    }
    let deal = world.funding().await;
    desk.store.onboard(emil.id, desk.now()).await.unwrap();
    let reference = earnest_hire::bank::TransferReference::of_payment(deal.payment);
    world
        .import(&format!("2026-11-25,500.00,USD,{reference},Ada,b1\n"))
        .await;
    let start = earnest_hire::contract::Command::Start {
        milestone: deal.milestone,
    };
    world
        .act(deal.contract, &start, &Actor::Person { id: emil.id })
        .await;
    account::open_session(&desk, clara.clone(), "Lynx".into())
        .await
        .unwrap();
    let id = clara.id;
    let kept = desk
        .store
        .write::<_, earnest_store::Error, _, _>(move |mut tx| async move {
            tx.set_password(id, "$argon2id$v=19$secret", Timestamp::UNIX_EPOCH)
                .await?;
            tx.begin_second_factor(id, b"twenty secret bytes!".to_vec())
                .await?;
            tx.commit(()).await
        });
    kept.await.unwrap();
    let long = vec![b'x'; 200_000];
    let mut file = Arriving::begin(&desk, id, "plan.txt").await.unwrap();
    file.push(&long).await.unwrap();
    let file = file.finish().await.unwrap();
    (clara, emil, file, long, deal)
}

#[tokio::test]
async fn a_person_takes_along_what_is_theirs_and_no_more() {
    for mut world in both().await {
        let (clara, emil, file, long, deal) = lived(&mut world).await;
        let desk = world.desk.clone();
        let files = all_of(&desk, &clara).await;
        assert_eq!(list(&files, "account")[0]["email"], "clara@example.org");
        assert_eq!(list(&files, "messages").len(), 60);
        assert_eq!(list(&files, "requests").len(), 1);
        assert_eq!(list(&files, "sessions")[0]["browser"], "Lynx");
        assert_eq!(
            list(&files, "contracts")[0]["body"]["id"],
            deal.contract.to_string()
        );
        let held: i64 = list(&files, "ledger_lines")
            .iter()
            .filter(|line| line["account"] == format!("L:escrow:{}", deal.milestone))
            .map(|line| line["amount_minor"].as_i64().unwrap())
            .sum();
        assert_eq!(held, 50_000);
        assert!(list(&files, "history").len() >= 4);
        assert_eq!(files[&format!("files/{}/plan.txt", file.id)], long);
        assert_eq!(
            list(&files, "files")[0]["sha256"],
            earnest_hire::hex(&file.sha256)
        );
        let text: Vec<u8> = files
            .iter()
            .filter(|(name, _)| name.ends_with("json"))
            .flat_map(|(_, bytes)| bytes.clone())
            .collect();
        let text = String::from_utf8(text).unwrap();
        for secret in [
            "argon2",
            "twenty secret",
            &earnest_hire::hex(b"twenty secret bytes!"),
            "token_sha256",
            "once_sha256",
        ] {
            assert!(!text.contains(secret), "{secret} is told");
        }
        let theirs = all_of(&desk, &emil).await;
        assert_eq!(list(&theirs, "messages").len(), 30, "not what Otto wrote");
        assert_eq!(list(&theirs, "requests").len(), 0);
        assert_eq!(list(&theirs, "contracts").len(), 1);
        assert_eq!(list(&theirs, "expert_profile")[0]["body"]["headline"], "Services");
        let nobody = person(&desk, "Nora").await;
        let empty = all_of(&desk, &nobody).await;
        let counted = sections().filter(|name| !list(&empty, name).is_empty());
        assert_eq!(counted.collect::<Vec<_>>(), ["account"]);
    }
}

#[tokio::test]
async fn more_than_a_page_comes_whole_and_once() {
    for world in both().await {
        let clara = person(&world.desk, "Clara").await;
        for number in 0..205 {
            let browser = format!("browser {number:03}");
            account::open_session(&world.desk, clara.clone(), browser.as_str().into())
                .await
                .unwrap();
        }
        let sessions = list(&all_of(&world.desk, &clara).await, "sessions");
        let mut names: Vec<String> = sessions.iter().map(|one| one["browser"].to_string()).collect();
        names.sort();
        names.dedup();
        assert_eq!((sessions.len(), names.len()), (205, 205));
    }
}
