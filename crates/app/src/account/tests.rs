//! Links and sessions on a real store.

use std::sync::Arc;

use super::*;
use crate::testing::{self, Outside};

struct World {
    desk: Desk,
    outside: Arc<Outside>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let (desk, outside, folder) = testing::desk().await;
        Self {
            desk,
            outside,
            _folder: folder,
        }
    }

    fn wait(&self, minutes: i64) {
        self.outside.wait(60 * minutes);
    }

    /// Asks for a link and reads the token in the letter that comes; none where none comes.
    async fn link(&self, address: &str) -> Option<String> {
        send_link(&self.desk, &address.parse().unwrap(), "/me")
            .await
            .unwrap();
        mail::run_due(&self.desk).await.unwrap();
        let letter = self.outside.letters.lock().unwrap().pop()?;
        assert_eq!(letter.to.as_str(), address.to_lowercase());
        let (_, rest) = letter.body.split_once("https://hire.example/sign-in/").unwrap();
        Some(rest.lines().next().unwrap().to_owned())
    }
}

#[tokio::test]
async fn the_first_link_makes_an_account_and_the_next_opens_it() {
    let world = World::new().await;
    let token = world.link("Ada@Example.org").await.unwrap();
    let opened = look_at_link(&world.desk, &token).await.unwrap();
    assert_eq!((opened.email.as_str(), opened.person), ("ada@example.org", None));
    let nameless = come_in(&world.desk, &token, " ", "Firefox").await;
    assert!(matches!(nameless, Err(Error::Invalid(_))), "{nameless:?}");
    let first = come_in(&world.desk, &token, "Ada Example", "Firefox")
        .await
        .unwrap();
    assert_eq!(
        (first.person.name.as_str(), first.back.as_str()),
        ("Ada Example", "/me")
    );

    let token = world.link("ada@example.org").await.unwrap();
    let second = come_in(&world.desk, &token, "Somebody Else", "Phone")
        .await
        .unwrap();
    assert_eq!(second.person, first.person);
    assert_ne!(second.token, first.token);
    let who = signed_in(&world.desk, first.token).await.unwrap();
    let who = who.map(|session| (session.person, session.proved_at));
    assert_eq!(who, Some((first.person.clone(), None)));
    let browsers = browsers(&world.desk, first.person.id, second.token)
        .await
        .unwrap();
    assert_eq!(browsers.iter().filter(|one| one.is_this).count(), 1);
    assert_eq!(browsers.len(), 2);
}

#[tokio::test]
async fn a_link_opens_once_and_not_for_long() {
    let world = World::new().await;
    let used = world.link("ada@example.org").await.unwrap();
    come_in(&world.desk, &used, "Ada", "").await.unwrap();
    let late = world.link("ada@example.org").await.unwrap();
    world.wait(31);
    for token in [
        used.as_str(),
        late.as_str(),
        "nonsense",
        "00000000000000000000000000",
    ] {
        let again = come_in(&world.desk, token, "Ada", "").await;
        assert!(matches!(again, Err(Error::NotFound)), "{token}: {again:?}");
    }
}

#[tokio::test]
async fn an_address_is_not_flooded() {
    let world = World::new().await;
    for _ in 0..LINKS_AN_HOUR {
        assert!(world.link("ada@example.org").await.is_some());
    }
    assert_eq!(world.link("ada@example.org").await, None);
    assert!(world.link("bob@example.org").await.is_some());
    world.wait(61);
    assert!(world.link("ada@example.org").await.is_some());
}

#[tokio::test]
async fn a_session_ends_with_its_owner_and_with_time() {
    let world = World::new().await;
    let token = world.link("ada@example.org").await.unwrap();
    let here = come_in(&world.desk, &token, "Ada", "").await.unwrap();
    let token = world.link("ada@example.org").await.unwrap();
    let there = come_in(&world.desk, &token, "Ada", "").await.unwrap();
    assert_eq!(
        go_out_elsewhere(&world.desk, here.person.id, here.token)
            .await
            .unwrap(),
        1
    );
    assert_eq!(signed_in(&world.desk, there.token).await.unwrap(), None);
    assert!(signed_in(&world.desk, here.token).await.unwrap().is_some());
    go_out(&world.desk, here.token).await.unwrap();
    assert_eq!(signed_in(&world.desk, here.token).await.unwrap(), None);

    let token = world.link("ada@example.org").await.unwrap();
    let third = come_in(&world.desk, &token, "Ada", "").await.unwrap();
    world.wait(31 * 24 * 60);
    assert_eq!(signed_in(&world.desk, third.token).await.unwrap(), None);
}

#[test]
fn a_session_token_has_one_spelling() {
    let token = SessionToken([0xab; 32]);
    assert_eq!(token.to_string().parse(), Ok(token));
    for text in ["", "ab", &"AB".repeat(32), &"zz".repeat(32), &"ab".repeat(33)] {
        assert_eq!(text.parse::<SessionToken>(), Err(NoToken), "{text}");
    }
}

#[tokio::test]
async fn who_asks_for_links_again_and_again_keeps_the_owner_from_none() {
    let world = World::new().await;
    let ada = || world.link("ada@example.org");
    let mut letters = Vec::new();
    for _ in 0..LINKS_AN_HOUR {
        letters.push(ada().await.unwrap());
        world.wait(1);
    }
    world.wait(28);
    for _ in 0..20 {
        assert_eq!(ada().await, None, "no letter more");
        world.wait(1);
    }
    let last = letters.pop().unwrap();
    look_at_link(&world.desk, &last).await.unwrap();
    come_in(&world.desk, &last, "Ada", "").await.unwrap();
    assert!(
        ada().await.is_some(),
        "a link that was used makes room for another"
    );
}

#[tokio::test]
async fn whoever_signs_in_anew_is_signed_out_of_what_the_browser_had() {
    let world = World::new().await;
    let link = world.link("ada@example.org").await.unwrap();
    let first = come_in(&world.desk, &link, "Ada", "").await.unwrap();
    let place = Place {
        browser: "Firefox",
        former: Some(first.token),
    };
    let second = open_session(&world.desk, first.person.clone(), place)
        .await
        .unwrap();
    assert_eq!(signed_in(&world.desk, first.token).await.unwrap(), None);
    let link = world.link("ada@example.org").await.unwrap();
    let place = Place {
        former: Some(second.token),
        ..place
    };
    let third = come_in(&world.desk, &link, "", place).await.unwrap();
    assert_eq!(signed_in(&world.desk, second.token).await.unwrap(), None);
    assert!(signed_in(&world.desk, third.token).await.unwrap().is_some());
}
