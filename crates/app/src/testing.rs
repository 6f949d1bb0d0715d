//! A desk in a fresh database whose time, randomness and letters a test holds in its hand.

use std::sync::{Arc, Mutex};

use earnest_hire::contract::Actor;
use earnest_hire::ids::{ConversationId, Ids, RequestId};
use earnest_hire::money::Currency;
use earnest_hire::person::{Email, Person, Roles};
use earnest_hire::request::{Draft, Origin};
use earnest_store::{MailRow, Store};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::content::Catalogue;
use crate::desk::Desk;
use crate::outside::mail::{Mailer, Sending};
use crate::outside::{Clock, Randomness};
use crate::request::{self, once_key, progress};
use crate::{App, Error, conversation};

/// A clock that tests move, randomness that counts, and a mailer that keeps what it is given.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    seconds: Mutex<i64>,
    drawn: Mutex<u64>,
    pub(crate) letters: Mutex<Vec<MailRow>>,
}

impl Outside {
    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        *self.seconds.lock().unwrap() += seconds;
    }
}

impl Clock for Outside {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_795_521_600 + *self.seconds.lock().unwrap()).unwrap()
    }
}

impl Randomness for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        let mut drawn = self.drawn.lock().unwrap();
        *drawn += 1;
        let digest = Sha256::digest(drawn.to_le_bytes());
        for (byte, value) in bytes.iter_mut().zip(digest.iter().cycle()) {
            *byte = *value;
        }
    }
}

impl Mailer for Outside {
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a> {
        self.letters.lock().unwrap().push(letter.clone());
        Box::pin(async { Ok(()) })
    }
}

/// The desk of the site `Northgate Engineers`; its file goes with the folder.
pub(crate) async fn desk() -> (Desk, Arc<Outside>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("earnest.db")).unwrap();
    let outside = Arc::new(Outside::default());
    store.migrate(outside.now()).await.unwrap();
    let mut desk = Desk::new(store, outside.clone(), outside.clone());
    desk.mailer = outside.clone();
    desk.origin = "https://hire.example".to_owned();
    desk.site_name = "Northgate Engineers".to_owned();
    (desk, outside, folder)
}

/// Somebody with an account.
pub(crate) async fn person(desk: &Desk, name: &str) -> Person {
    let new = Person {
        id: Ids::new(desk.now(), desk.seed()).person(),
        email: Email::typed(&format!("{name}@example.org")).unwrap(),
        name: name.to_owned(),
        roles: Roles::default(),
        since: desk.now(),
    };
    let kept = desk.write::<_, _, _>(&new, |new, mut tx| async move {
        tx.insert_person(&new).await?;
        tx.commit::<_, Error>(()).await
    });
    kept.await.unwrap();
    new
}

/// A request of somebody's that takes answers.
pub(crate) async fn open_request(desk: &Desk, client: &Person) -> RequestId {
    let app = App {
        catalogue: Arc::new(Catalogue::empty()),
        store: desk.store.clone(),
        clock: desk.clock.clone(),
        randomness: desk.randomness.clone(),
        currency: Currency::USD,
        desk: desk.clone(),
    };
    let draft = Draft {
        name: client.name.clone(),
        email: client.email.to_string(),
        summary: "A reporting service".to_owned(),
        role: "Python engineer".to_owned(),
        ..Draft::default()
    };
    let raised = request::raise(&app, &draft, Origin::default(), once_key(&app))
        .await
        .unwrap();
    let request = raised.request;
    progress::claim(desk, &request, client.id).await.unwrap();
    let actor = Actor::Person { id: client.id };
    let items = vec!["It reports".to_owned()];
    progress::publish(desk, request.id, &actor, items).await.unwrap();
    request.id
}

/// A client and an expert who talk about a request.
pub(crate) async fn talking(desk: &Desk) -> (Person, Person, ConversationId) {
    let (client, expert) = (person(desk, "clara").await, person(desk, "emil").await);
    let request = open_request(desk, &client).await;
    let id = conversation::begin(desk, request, expert.id).await.unwrap();
    (client, expert, id)
}
