//! Codes: each counts once, in its time, and guessing ends soon.

use std::sync::Arc;

use super::*;
use crate::account;
use crate::testing::{self, Outside};

struct World {
    desk: Desk,
    outside: Arc<Outside>,
    person: PersonId,
    session: SessionToken,
    _folder: tempfile::TempDir,
}

impl World {
    /// Somebody who is signed in and has no second factor.
    async fn new() -> Self {
        let (desk, outside, folder) = testing::desk().await;
        let email = "ada@example.org".parse().unwrap();
        let link = account::make_link(&desk, &email, SignedDuration::from_hours(1))
            .await
            .unwrap();
        let came = account::come_in(&desk, &link.to_string(), "Ada", "")
            .await
            .unwrap();
        Self {
            desk,
            outside,
            person: came.person.id,
            session: came.token,
            _folder: folder,
        }
    }

    fn wait(&self, seconds: i64) {
        self.outside.wait(seconds);
    }

    /// What the app shows now.
    async fn code(&self) -> String {
        let person = self.person;
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.second_factor(person).await });
        let factor: SecondFactor = read.await.unwrap().unwrap();
        let seconds = u64::try_from(self.desk.now().as_second()).unwrap();
        totp(self.desk.sealing.open(person, &factor.secret).unwrap())
            .unwrap()
            .generate(seconds)
            .to_string()
    }

    async fn prove(&self, code: &str) -> Result<(), &'static str> {
        self.prove_in(self.session, code).await
    }

    async fn prove_in(&self, session: SessionToken, code: &str) -> Result<(), &'static str> {
        let proved = prove(&self.desk, self.person, Session::Program(session), code).await;
        proved.map(drop).map_err(|error| error.code())
    }

    async fn proved_at(&self) -> Option<Timestamp> {
        account::signed_in(&self.desk, self.session)
            .await
            .unwrap()
            .unwrap()
            .proved_at
    }

    /// With a second factor that counts; gives the recovery codes.
    async fn set_up(&self) -> Vec<String> {
        begin(&self.desk, self.person).await.unwrap();
        let code = self.code().await;
        let confirmed = confirm(&self.desk, self.person, Session::Program(self.session), &code);
        confirmed.await.unwrap().0
    }
}

#[test]
fn the_codes_are_those_of_the_standard() {
    // RFC 6238, appendix B: the last six of the eight digits there.
    let totp = totp(*b"12345678901234567890").unwrap();
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(totp.generate(seconds).to_string(), code);
    }
}

#[tokio::test]
async fn a_second_factor_counts_once_its_first_code_was_typed() {
    let world = World::new().await;
    assert_eq!(world.prove("123456").await, Err("no_second_factor"));
    begin(&world.desk, world.person).await.unwrap();
    let setup = setup(&world.desk, world.person, "ada@example.org")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(setup.key.len(), 32, "{}", setup.key);
    assert!(
        setup
            .address
            .starts_with("otpauth://totp/Northgate%20Engineers:ada%40example.org?secret=")
    );
    assert_eq!(has(&world.desk, world.person).await.unwrap(), Has::None);
    let codes = world.set_up().await;
    let Has::Since { codes_left, .. } = has(&world.desk, world.person).await.unwrap() else {
        panic!("it counts");
    };
    assert_eq!((codes.len(), codes_left), (10, 10));
    assert_eq!(world.proved_at().await, Some(world.desk.now()));
    assert!(
        begin(&world.desk, world.person).await.is_err(),
        "not in the place of one that counts"
    );
    assert_eq!(
        super::setup(&world.desk, world.person, "x")
            .await
            .unwrap()
            .map(|setup| setup.key),
        None,
        "the key is never shown again"
    );
}

#[tokio::test]
async fn a_code_counts_once_and_in_its_time() {
    let world = World::new().await;
    world.set_up().await;
    assert_eq!(
        world.prove(&world.code().await).await,
        Err("code_wrong"),
        "it was used"
    );
    world.wait(30);
    let code = world.code().await;
    world.wait(90);
    assert_eq!(world.prove(&code).await, Err("code_wrong"), "it is old");
    let spaced = world.code().await;
    let (first, second) = spaced.split_at(3);
    assert_eq!(world.prove(&format!(" {first} {second} ")).await, Ok(()));
    assert_eq!(world.proved_at().await, Some(world.desk.now()));
}

/// A demo whose time was moved.
struct Moved(Timestamp);

impl crate::outside::Clock for Moved {
    fn now(&self) -> Timestamp {
        self.0.saturating_add(SignedDuration::from_hours(400)).unwrap()
    }

    fn wall(&self) -> Timestamp {
        self.0
    }
}

#[tokio::test]
async fn an_app_shows_the_time_of_its_phone_whatever_the_demo_has() {
    let mut world = World::new().await;
    world.set_up().await;
    world.wait(30);
    let code = world.code().await;
    world.desk.clock = Arc::new(Moved(world.desk.now()));
    let of_the_demo = world.code().await;
    assert_ne!(code, of_the_demo);
    assert_eq!(world.prove(&of_the_demo).await, Err("code_wrong"));
    assert_eq!(world.prove(&code).await, Ok(()));
}

/// A code of six digits that is not the right one, nor one beside it.
fn wrong(right: &str) -> String {
    let number: u32 = right.parse().unwrap();
    format!("{:06}", (number + 500_000) % 1_000_000)
}

#[tokio::test]
async fn guessing_ends_soon() {
    let world = World::new().await;
    let codes = world.set_up().await;
    world.wait(30);
    let right = world.code().await;
    for _ in 0..MOST_FAILURES {
        assert_eq!(world.prove(&wrong(&right)).await, Err("code_wrong"));
    }
    assert_eq!(
        world.prove(&right).await,
        Err("too_many_codes"),
        "even the right one"
    );
    assert_eq!(world.prove(&codes[0]).await, Ok(()), "but a recovery code");
    world.wait(15 * 60 + 1);
    assert_eq!(world.prove(&world.code().await).await, Ok(()));
}

#[tokio::test]
async fn recovery_codes_cannot_be_guessed_at_for_ever_either() {
    let world = World::new().await;
    let codes = world.set_up().await;
    for _ in 0..5 {
        assert_eq!(world.prove("aaaaa-aaaaa").await, Err("code_wrong"));
    }
    assert_eq!(world.prove(&codes[0]).await, Err("too_many_codes"));
    world.wait(30);
    assert_eq!(
        world.prove(&world.code().await).await,
        Ok(()),
        "the app is not kept out"
    );
    world.wait(15 * 60);
    assert_eq!(world.prove(&codes[0]).await, Ok(()));
}

#[tokio::test]
async fn somebody_with_the_password_alone_keeps_the_owner_from_nothing() {
    let world = World::new().await;
    let codes = world.set_up().await;
    let open = async || {
        let person = account::person(&world.desk, world.person).await.unwrap();
        let came = account::open_session(&world.desk, person, "".into()).await;
        came.unwrap().token
    };
    let (stranger, owner) = (open().await, open().await);
    for _ in 0..MOST_FAILURES {
        let guess = wrong(&world.code().await);
        assert_eq!(world.prove_in(stranger, &guess).await, Err("code_wrong"));
    }
    world.wait(30);
    let right = world.code().await;
    assert_eq!(world.prove_in(stranger, &right).await, Err("too_many_codes"));
    assert_eq!(world.prove_in(open().await, &right).await, Err("too_many_codes"));
    assert_eq!(
        world.prove(&right).await,
        Ok(()),
        "where they have proved it before"
    );
    assert_eq!(
        world.prove_in(owner, &codes[1]).await,
        Ok(()),
        "elsewhere by a recovery code"
    );
    let (record, _) = crate::audit::about(&world.desk, world.person, None, crate::audit::SHOWN)
        .await
        .unwrap();
    let acts: Vec<&str> = record.iter().map(|(row, _)| row.act.as_str()).collect();
    for told in ["Set up a second factor", "wrong codes", "recovery code"] {
        assert!(acts.iter().any(|act| act.contains(told)), "{told}: {acts:?}");
    }
    mail::run_due(&world.desk).await.unwrap();
    let letters = world.outside.letters.lock().unwrap();
    let blocked = letters
        .iter()
        .filter(|letter| letter.body.contains("five wrong codes"));
    assert_eq!(blocked.count(), 1);
}

#[tokio::test]
async fn a_browser_has_another_token_after_the_proof_and_the_former_one_is_dead() {
    let world = World::new().await;
    world.set_up().await;
    world.wait(30);
    let former = Session::Browser(world.session);
    let renewed = prove(&world.desk, world.person, former, &world.code().await)
        .await
        .unwrap();
    assert_ne!(renewed, world.session);
    assert_eq!(
        account::signed_in(&world.desk, world.session).await.unwrap(),
        None
    );
    let session = account::signed_in(&world.desk, renewed).await.unwrap().unwrap();
    assert_eq!(session.proved_at, Some(world.desk.now()));
}

#[tokio::test]
async fn a_recovery_code_counts_once_and_is_one_persons() {
    let world = World::new().await;
    let codes = world.set_up().await;
    assert_eq!(world.prove(&codes[3].to_uppercase()).await, Ok(()));
    assert_eq!(world.prove(&codes[3]).await, Err("code_wrong"));
    assert_eq!(world.prove(&codes[4].replace('-', " ")).await, Ok(()));
    take_away(&world.desk, world.person).await.unwrap();
    assert_eq!(world.prove(&codes[5]).await, Err("no_second_factor"));
}

#[tokio::test]
async fn an_operator_takes_away_what_was_lost_and_the_person_reads_it() {
    let world = World::new().await;
    world.set_up().await;
    let ada = "ada@example.org".parse().unwrap();
    let none = forget(&world.desk, &ada, world.person).await.unwrap_err();
    assert_eq!(none.code(), "not_found", "somebody without a role");
    let olga = "olga@example.org".parse().unwrap();
    let roles = "owner".parse().unwrap();
    let olga = account::appoint(&world.desk, &olga, "Olga", &roles)
        .await
        .unwrap();
    world.wait(1);
    forget(&world.desk, &ada, olga.id).await.unwrap();
    assert_eq!(has(&world.desk, world.person).await.unwrap(), Has::None);
    let (record, _) = crate::audit::about(&world.desk, world.person, None, crate::audit::SHOWN)
        .await
        .unwrap();
    assert!(record[0].0.act.contains("second factor"), "{record:?}");
    assert_eq!(record[0].1.as_deref(), Some("Olga"));
}
