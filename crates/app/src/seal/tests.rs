//! Keys, sealed and opened, on a real store.

use earnest_hire::ids::PersonId;
use jiff::SignedDuration;

use super::*;
use crate::second_factor::{self, Session};
use crate::{account, testing};

const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";
const OTHER: &str = "0909090909090909090909090909090909090909090909090909090909090909";

async fn kept(desk: &Desk, person: PersonId) -> Vec<u8> {
    let read = desk
        .store
        .read(move |mut view| async move { view.second_factor(person).await });
    read.await.unwrap().unwrap().secret
}

async fn keep(desk: &Desk, person: PersonId, secret: &[u8]) {
    let kept = (person, (kept(desk, person).await, secret.to_vec()));
    desk.write(&kept, |(person, pair), mut tx| async move {
        assert!(tx.seal_second_factor(person, pair).await?);
        tx.commit::<(), Error>(()).await
    })
    .await
    .unwrap();
}

#[test]
fn a_file_has_one_key_a_line_and_says_which_line_is_none() {
    assert_eq!(
        Sealing::read(&format!("# a note\n\n{KEY}\n{OTHER}\n"))
            .unwrap()
            .0
            .len(),
        2
    );
    assert_eq!(Sealing::read("").unwrap_err(), NoKey(1));
    assert_eq!(
        Sealing::read(&format!("{KEY}\n{}\n", &OTHER[1..])).unwrap_err(),
        NoKey(2)
    );
    assert_eq!(Sealing::read(&KEY.replace('7', "x")).unwrap_err(), NoKey(1));
    assert_eq!(Sealing::read(&KEY.replace("07", "+7")).unwrap_err(), NoKey(1));
    let shown = format!("{:?}", Sealing::read(KEY).unwrap());
    assert!(!shown.contains("7777") && !shown.contains("0707"), "{shown}");
}

#[tokio::test]
async fn what_is_kept_is_not_the_key_and_opens_for_its_owner_alone() {
    let (desk, _outside, _folder) = testing::desk().await;
    let (ada, bob) = (
        testing::person(&desk, "Ada").await,
        testing::person(&desk, "Bob").await,
    );
    let secret = *b"12345678901234567890";
    let sealed = desk.sealing.seal(&desk, ada.id, &secret).unwrap();
    assert_eq!(sealed.len(), 1 + KEY_NAME + NONCE + SECRET + 16);
    assert!(
        !sealed
            .windows(8)
            .any(|part| secret.windows(8).any(|plain| plain == part))
    );
    assert_ne!(
        sealed,
        desk.sealing.seal(&desk, ada.id, &secret).unwrap(),
        "never the same twice"
    );
    assert_eq!(desk.sealing.open(ada.id, &sealed).unwrap(), secret);
    assert!(
        desk.sealing.open(bob.id, &sealed).is_err(),
        "nor in another's row"
    );
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(desk.sealing.open(ada.id, &changed).is_err(), "{place}");
    }
    let other = Sealing::read(OTHER).unwrap();
    assert_eq!(
        other.open(ada.id, &sealed).unwrap_err().code(),
        "second_factor_unreadable"
    );
}

#[tokio::test]
async fn what_an_older_program_kept_is_sealed_at_the_start_and_goes_on_counting() {
    let (mut desk, outside, _folder) = testing::desk().await;
    let email = "ada@example.org".parse().unwrap();
    let link = account::make_link(&desk, &email, SignedDuration::from_hours(1))
        .await
        .unwrap();
    let came = account::come_in(&desk, &link.to_string(), "Ada", "")
        .await
        .unwrap();
    let ada = came.person.id;
    second_factor::begin(&desk, ada).await.unwrap();
    let plain = desk.sealing.open(ada, &kept(&desk, ada).await).unwrap();
    keep(&desk, ada, &plain).await;
    let code = |seconds| second_factor::code_for_tests(plain, seconds);
    let session = Session::Program(came.token);
    let now = |desk: &Desk| u64::try_from(desk.now().as_second()).unwrap();
    second_factor::confirm(&desk, ada, session, &code(now(&desk)))
        .await
        .unwrap();

    assert_eq!(start(&desk).await.unwrap(), 1);
    assert_eq!(start(&desk).await.unwrap(), 0, "once");
    let sealed = kept(&desk, ada).await;
    assert_eq!(sealed.len(), 69);
    outside.wait(30);
    second_factor::prove(&desk, ada, session, &code(now(&desk)))
        .await
        .unwrap();

    // Another key in front: all is sealed anew; the former one is needed no more.
    desk.sealing = Sealing::read(&format!("{OTHER}\n{KEY}")).unwrap();
    assert_eq!(start(&desk).await.unwrap(), 1);
    desk.sealing = Sealing::read(OTHER).unwrap();
    assert_eq!(start(&desk).await.unwrap(), 0);
    outside.wait(30);
    second_factor::prove(&desk, ada, session, &code(now(&desk)))
        .await
        .unwrap();
}

#[tokio::test]
async fn another_key_than_the_databases_is_refused_at_the_start() {
    let (mut desk, _outside, _folder) = testing::desk().await;
    assert_eq!(has_key(&desk).await.unwrap(), None);
    assert_eq!(start(&desk).await.unwrap(), 0);
    let name = has_key(&desk).await.unwrap().unwrap();
    desk.sealing = Sealing::read(OTHER).unwrap();
    let refused = start(&desk).await.unwrap_err();
    assert!(
        matches!(&refused, NotSealed::OtherKey(other) if *other == name),
        "{refused}"
    );
    desk.sealing = Sealing::default();
    assert!(matches!(start(&desk).await, Err(NotSealed::NoKey)));
    let ada = testing::person(&desk, "Ada").await;
    let begun = second_factor::begin(&desk, ada.id).await;
    assert_eq!(begun.unwrap_err().code(), "second_factor_unreadable");
}

#[tokio::test]
async fn when_the_key_is_lost_what_it_sealed_is_taken_away_and_another_begins() {
    let (mut desk, _outside, _folder) = testing::desk().await;
    let (ada, olga) = (
        testing::person(&desk, "Ada").await,
        testing::operator(&desk, "Olga").await,
    );
    start(&desk).await.unwrap();
    second_factor::begin(&desk, ada.id).await.unwrap();
    desk.sealing = Sealing::read(OTHER).unwrap();
    assert!(start(&desk).await.is_err());
    assert_eq!(
        give_up(&desk, ada.id).await.unwrap_err().code(),
        "not_found",
        "not by anybody"
    );
    assert_eq!(give_up(&desk, olga.id).await.unwrap(), 1);
    assert_eq!(start(&desk).await.unwrap(), 0);
    second_factor::begin(&desk, ada.id).await.unwrap();
    assert_eq!(give_up(&desk, olga.id).await.unwrap(), 0, "what opens stays");
    let (record, _) = crate::audit::about(&desk, ada.id, None, crate::audit::SHOWN)
        .await
        .unwrap();
    assert_eq!(record[0].1.as_deref(), Some("Olga"));
    assert!(record[0].0.act.contains("is lost"), "{record:?}");
}

#[tokio::test]
async fn one_that_does_not_open_holds_up_no_other() {
    let (desk, _outside, _folder) = testing::desk().await;
    let mut plain = Vec::new();
    for name in ["Ada", "Bob", "Cleo"] {
        let person = testing::person(&desk, name).await;
        second_factor::begin(&desk, person.id).await.unwrap();
        let secret = desk
            .sealing
            .open(person.id, &kept(&desk, person.id).await)
            .unwrap();
        keep(&desk, person.id, &secret).await;
        plain.push(person.id);
    }
    let lost = Sealing::read(OTHER).unwrap();
    let sealed = lost.seal(&desk, plain[1], &[1; SECRET]).unwrap();
    keep(&desk, plain[1], &sealed).await;
    assert_eq!(start(&desk).await.unwrap(), 2);
    assert_eq!(kept(&desk, plain[1]).await, sealed);
}
