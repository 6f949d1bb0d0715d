//! A desk in a fresh database whose time, randomness and letters a test holds in its hand.

use std::any::Any;
use std::sync::{Arc, Mutex};

use earnest_hire::contract::{Actor, Plan};
use earnest_hire::expert::{Decision, TypedSkill};
use earnest_hire::ids::{ConversationId, RequestId};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::person::{Person, Role, Roles};
use earnest_hire::proposal::Content;
use earnest_hire::request::{Draft, Origin};
use earnest_store::testing::Postgres;
use earnest_store::{MailRow, Statements, Store};
use jiff::Timestamp;
use jiff::civil::date;
use sha2::{Digest, Sha256};

use crate::desk::Desk;
use crate::outside::mail::{Mailer, Sending};
use crate::outside::{Clock, Randomness};
use crate::request::{self, progress};
use crate::{App, account, conversation, expert};

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
    let (desk, outside) = desk_on(store).await;
    (desk, outside, folder)
}

async fn desk_on(store: Store) -> (Desk, Arc<Outside>) {
    let outside = Arc::new(Outside::default());
    store.migrate(outside.now()).await.unwrap();
    let mut desk = Desk::new(store, outside.clone(), outside.clone());
    desk.mailer = outside.clone();
    desk.origin = "https://hire.example".to_owned();
    desk.site_name = "Northgate Engineers".to_owned();
    desk.sealing = crate::seal::Sealing::of([7; 32]);
    (desk, outside)
}

/// One on each engine. The database goes with the last of the three.
pub(crate) async fn desks() -> [(Desk, Arc<Outside>, Box<dyn Any>); 2] {
    let (desk, outside, folder) = desk().await;
    let server = Postgres::fresh().await.unwrap();
    let store = Store::connect(server.url(), Statements::Prepared).await.unwrap();
    let (there, other) = desk_on(store).await;
    [
        (desk, outside, Box::new(folder)),
        (there, other, Box::new(server)),
    ]
}

/// Somebody with an account.
pub(crate) async fn person(desk: &Desk, name: &str) -> Person {
    let email = format!("{}@example.org", name.to_lowercase()).parse().unwrap();
    account::appoint(desk, &email, name, &Roles::default())
        .await
        .unwrap()
}

/// Somebody from the office.
pub(crate) async fn operator(desk: &Desk, name: &str) -> Person {
    let email = format!("{}@example.org", name.to_lowercase()).parse().unwrap();
    let roles = [Role::Support].into_iter().collect();
    account::appoint(desk, &email, name, &roles).await.unwrap()
}

/// A profile that knows Python and one thing more, not sent to the office.
pub(crate) async fn drafted(desk: &Desk, name: &str, skill: &str) -> Person {
    let who = person(desk, name).await;
    let known = |name: &str| TypedSkill {
        name: name.to_owned(),
        years: "5".to_owned(),
        evidence: String::new(),
    };
    let draft = earnest_hire::expert::Draft {
        headline: "Services".to_owned(),
        about: "Many of them".to_owned(),
        skills: vec![known("Python"), known(skill)],
        rate: "95".to_owned(),
        languages: "English".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        ..earnest_hire::expert::Draft::default()
    };
    expert::save(desk, who.id, &draft, 0).await.unwrap();
    who
}

/// An expert whom others see.
pub(crate) async fn expert(desk: &Desk, name: &str, skill: &str) -> Person {
    let who = drafted(desk, name, skill).await;
    expert::act(desk, who.id, expert::Act::Submit).await.unwrap();
    let olga = operator(desk, "Vetting").await;
    let verdict = expert::Verdict {
        version: 2,
        decision: Decision::Approved,
        failed: std::collections::BTreeSet::default(),
        reasons: String::new(),
    };
    expert::vet(desk, &olga, who.id, &verdict).await.unwrap();
    who
}

/// A program at this desk, with nothing to compare.
pub(crate) fn app(desk: &Desk) -> App {
    App {
        store: desk.store.clone(),
        catalogue: Arc::new(crate::content::Catalogue::empty()),
        clock: desk.clock.clone(),
        randomness: desk.randomness.clone(),
        currency: desk.currency,
        desk: desk.clone(),
    }
}

/// A request of somebody, sent but not open.
pub(crate) async fn submitted(desk: &Desk, client: &Person, change: fn(&mut Draft)) -> RequestId {
    let mut draft = Draft {
        name: client.name.clone(),
        email: client.email.to_string(),
        summary: "An API that prices quotes".to_owned(),
        role: "Python engineer".to_owned(),
        ..Draft::default()
    };
    change(&mut draft);
    let app = app(desk);
    let once = request::once_key(&app);
    let raised = request::raise(&app, &draft, Origin::default(), once)
        .await
        .unwrap();
    progress::claim(desk, &raised.request, client.id).await.unwrap();
    raised.request.id
}

/// An open request of somebody.
pub(crate) async fn opened(desk: &Desk, client: &Person, change: fn(&mut Draft)) -> RequestId {
    let id = submitted(desk, client, change).await;
    let by = Actor::Person { id: client.id };
    progress::publish(desk, id, &by, vec!["It answers".to_owned()])
        .await
        .unwrap();
    id
}

/// The subjects of what was written to somebody since the last look.
pub(crate) async fn subjects(desk: &Desk, outside: &Outside, to: &Person) -> Vec<String> {
    crate::mail::run_due(desk).await.unwrap();
    let mut letters = outside.letters.lock().unwrap();
    let (mine, others) = std::mem::take(&mut *letters)
        .into_iter()
        .partition(|letter| letter.to == to.email);
    *letters = others;
    let mine: Vec<MailRow> = mine;
    mine.into_iter().map(|letter| letter.subject).collect()
}

/// A client and an expert who talk about a request.
pub(crate) async fn talking(desk: &Desk) -> (Person, Person, ConversationId) {
    let client = person(desk, "clara").await;
    let emil = expert(desk, "emil", "PostgreSQL").await;
    let request = open_request(desk, &client).await;
    let id = conversation::begin(desk, request, emil.id).await.unwrap();
    (client, emil, id)
}

/// What a proposal of one milestone says.
pub(crate) fn content(title: &str) -> Content {
    Content {
        answers: vec!["It does".to_owned()],
        currency: Currency::USD,
        milestones: vec![Plan {
            title: title.to_owned(),
            deliverable: "A service".to_owned(),
            acceptance: vec!["It answers".to_owned()],
            price_minor: Minor(100_000),
            due_on: date(2027, 1, 20),
            inspection_days: 7,
            rounds: 2,
            revision_days: 5,
        }],
    }
}

/// A request of somebody's that takes answers.
pub(crate) async fn open_request(desk: &Desk, client: &Person) -> RequestId {
    opened(desk, client, |_draft| {}).await
}
