//! Telling programs of people, with a receiver that answers what the test wants.

use std::sync::{Arc, Mutex};

use earnest_hire::contract::Actor;
use earnest_hire::person::Person;
use earnest_store::DeliveryState;

use super::*;
use crate::backoff::ATTEMPTS_AT_OTHERS as ATTEMPTS;
use crate::conversation;
use crate::outside::signature::{Secret, SignedHeaders, check};
use crate::outside::webhook::{Looking, Parcel, Posting, Postman};
use crate::testing::{Outside, content, desk, expert, opened, operator, talking};
use crate::{hold, invitation, job, payee, proposal};

/// A receiver for every host: `down.example` does not answer, others do as they are told.
#[derive(Debug, Default)]
struct Receivers {
    got: Mutex<Vec<(String, Parcel)>>,
    answer: Mutex<u16>,
}

impl Postman for Receivers {
    fn look<'a>(&'a self, to: &'a Destination) -> Looking<'a> {
        Box::pin(async move {
            match to.authority().as_str() {
                "inside.example" => Err(Unfit::Inside.to_string()),
                _other => Ok(()),
            }
        })
    }

    fn post<'a>(&'a self, to: &'a Destination, parcel: &'a Parcel) -> Posting<'a> {
        Box::pin(async move {
            self.got.lock().unwrap().push((to.authority(), parcel.clone()));
            match to.authority().as_str() {
                "down.example" => Err("It accepts no connection.".to_owned()),
                _other => Ok(*self.answer.lock().unwrap()),
            }
        })
    }
}

struct World {
    desk: Desk,
    outside: Arc<Outside>,
    receivers: Arc<Receivers>,
    client: Person,
    expert: Person,
    talk: earnest_hire::ids::ConversationId,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let (mut desk, outside, folder) = desk().await;
        let receivers = Arc::new(Receivers::default());
        *receivers.answer.lock().unwrap() = 204;
        desk.postman = receivers.clone();
        let (client, expert, talk) = talking(&desk).await;
        Self {
            desk,
            outside,
            receivers,
            client,
            expert,
            talk,
            _folder: folder,
        }
    }

    async fn add(&self, url: &str) -> (WebhookId, String) {
        add(&self.desk, self.client.id, url, OnceKey::new(self.desk.seed()))
            .await
            .unwrap()
    }

    async fn say(&self, text: &str) {
        let once = OnceKey::new(self.desk.seed());
        conversation::say(&self.desk, self.talk, self.expert.id, text, once)
            .await
            .unwrap();
    }

    /// What programs are told next, without what is told of whom.
    async fn told(&self) -> Vec<String> {
        job::run_due_here(&self.desk).await.unwrap();
        while run_due(&self.desk).await.unwrap() > 0 {}
        let read = |(_to, parcel): (String, Parcel)| {
            let body: serde_json::Value = serde_json::from_str(&parcel.body).unwrap();
            body["type"].as_str().unwrap().to_owned()
        };
        self.got().into_iter().map(read).collect()
    }

    fn got(&self) -> Vec<(String, Parcel)> {
        std::mem::take(&mut *self.receivers.got.lock().unwrap())
    }

    async fn known(&self) -> Vec<Known> {
        list(&self.desk, self.client.id, None).await.unwrap()
    }
}

fn holds(secret: &str, parcel: &Parcel, now: Timestamp) -> bool {
    let headers = SignedHeaders {
        id: Some(&parcel.id),
        timestamp: Some(&parcel.timestamp),
        signature: Some(&parcel.signature),
    };
    let secret = Secret::read(secret).unwrap();
    check(&[secret], &headers, parcel.body.as_bytes(), now).is_ok()
}

#[tokio::test]
async fn news_are_signed_and_say_what_happened_without_the_words() {
    let world = World::new().await;
    let (_id, secret) = world.add("https://hooks.example/a").await;
    world.say("the words themselves").await;
    assert_eq!(run_due(&world.desk).await.unwrap(), 1);
    assert_eq!(run_due(&world.desk).await.unwrap(), 0, "told once");
    let got = world.got();
    let (_to, parcel) = &got[0];
    assert!(holds(&secret, parcel, world.desk.now()));
    let body: serde_json::Value = serde_json::from_str(&parcel.body).unwrap();
    assert_eq!(body["type"], "message.sent");
    assert_eq!(body["data"]["author"], world.expert.id.to_string());
    assert!(!parcel.body.contains("the words"), "{}", parcel.body);
    assert_eq!(world.known().await[0].log[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn a_receiver_that_is_down_is_tried_for_three_days_and_keeps_nobody_waiting() {
    let world = World::new().await;
    let (down, _secret) = world.add("https://down.example/").await;
    world.add("https://up.example/").await;
    world.say("one").await;
    let (mut tries, mut waited, mut ids) = (0, 0, Vec::new());
    loop {
        if run_due(&world.desk).await.unwrap() == 0 {
            let known = world.known().await;
            let log = &known.iter().find(|one| one.row.id == down).unwrap().log[0];
            if log.state != DeliveryState::Waiting {
                break;
            }
            let pause = log.due_at.duration_since(world.desk.now()).as_secs();
            assert!(pause > 0 && tries < ATTEMPTS, "{tries}");
            world.outside.wait(pause);
            waited += pause;
        }
        for (to, parcel) in world.got() {
            if to == "down.example" {
                tries += 1;
                ids.push(parcel.id);
            } else {
                assert!(tries <= 1, "the other was told in the first round: {tries}");
            }
        }
    }
    ids.dedup();
    assert_eq!(
        (tries, ids.len()),
        (ATTEMPTS, 1),
        "it knows the message by one name"
    );
    assert!((2 * 24 * 3600..4 * 24 * 3600).contains(&waited), "{waited}");
    let mut known = world.known().await;
    known.sort_by_key(|one| one.row.id != down);
    assert_eq!(known[0].row.state, WebhookState::Failing);
    assert_eq!(known[1].row.state, WebhookState::Active);
    assert_eq!(
        known[0].log[0].last_error.as_deref(),
        Some("It accepts no connection.")
    );
    resend(&world.desk, world.client.id, known[0].log[0].id)
        .await
        .unwrap();
    assert_eq!(run_due(&world.desk).await.unwrap(), 1);
    let waits = resend(&world.desk, world.client.id, known[0].log[0].id).await;
    assert!(
        matches!(waits, Err(Error::NotFound)),
        "what waits is not sent twice"
    );
}

#[tokio::test]
async fn an_answer_other_than_two_hundred_is_no_delivery() {
    let world = World::new().await;
    world.add("https://hooks.example/").await;
    for (answer, state) in [
        (200, DeliveryState::Delivered),
        (302, DeliveryState::Waiting),
        (404, DeliveryState::Waiting),
        (500, DeliveryState::Waiting),
        (410, DeliveryState::Dead),
    ] {
        *world.receivers.answer.lock().unwrap() = answer;
        world.outside.wait(1);
        world.say("news").await;
        run_due(&world.desk).await.unwrap();
        let log = &world.known().await[0].log[0];
        assert_eq!((log.state, log.status), (state, Some(i64::from(answer))));
    }
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_gap() {
    let world = World::new().await;
    let (id, first) = world.add("https://hooks.example/").await;
    let second = rotate(&world.desk, world.client.id, id).await.unwrap();
    assert_ne!(first, second);
    world.say("one").await;
    run_due(&world.desk).await.unwrap();
    let (_to, parcel) = world.got().remove(0);
    let now = world.desk.now();
    assert!(holds(&first, &parcel, now) && holds(&second, &parcel, now));
    world.outside.wait(24 * 3600 + 1);
    world.say("two").await;
    run_due(&world.desk).await.unwrap();
    let (_to, parcel) = world.got().remove(0);
    let now = world.desk.now();
    assert!(!holds(&first, &parcel, now) && holds(&second, &parcel, now));
}

#[tokio::test]
async fn a_receiver_belongs_to_one_person_and_its_address_is_checked() {
    let world = World::new().await;
    let (id, _secret) = world.add("https://hooks.example/").await;
    let stranger = world.expert.id;
    assert!(matches!(
        rotate(&world.desk, stranger, id).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        remove(&world.desk, stranger, id).await,
        Err(Error::NotFound)
    ));
    assert!(list(&world.desk, stranger, None).await.unwrap().is_empty());
    for url in [
        "http://hooks.example/",
        "https://10.0.0.1/",
        "https://inside.example/",
        "",
    ] {
        let refused = add(&world.desk, world.client.id, url, OnceKey::new(world.desk.seed())).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{url}");
    }
    let once = OnceKey::new([7; 16]);
    add(&world.desk, world.client.id, "https://b.example/", once)
        .await
        .unwrap();
    let again = add(&world.desk, world.client.id, "https://b.example/", once).await;
    assert!(matches!(again, Err(Error::KeyReused)));
    for _each in 2..MOST {
        world.add("https://c.example/").await;
    }
    let more = add(
        &world.desk,
        world.client.id,
        "https://d.example/",
        OnceKey::new([9; 16]),
    )
    .await;
    assert!(matches!(more, Err(Error::Invalid(_))));
    world.say("news").await;
    remove(&world.desk, world.client.id, id).await.unwrap();
    assert_eq!(world.known().await.len(), MOST - 1);
    assert_eq!(
        run_due(&world.desk).await.unwrap(),
        MOST - 1,
        "what is removed is told nothing"
    );
    world.outside.wait(31 * 24 * 3600);
    assert_eq!(clean(&world.desk).await.unwrap(), MOST - 1);
}

#[tokio::test]
async fn whoever_is_asked_answers_and_agrees_is_told_each_step() {
    let world = World::new().await;
    world.add("https://hooks.example/").await;
    let (desk, by) = (&world.desk, |person: &Person| Actor::Person { id: person.id });
    let request = opened(desk, &world.client, |_draft| {}).await;
    let (asked, other) = (world.expert.id, expert(desk, "erna", "SQL").await.id);
    for expert in [asked, other] {
        invitation::invite(desk, request, world.client.id, expert)
            .await
            .unwrap();
    }
    assert_eq!(world.told().await, ["invitation.sent", "invitation.sent"]);
    invitation::decline(desk, request, other, "No time.")
        .await
        .unwrap();
    assert_eq!(world.told().await, ["invitation.declined"]);
    let talk = conversation::begin(desk, request, asked).await.unwrap();
    let mut told = world.told().await;
    told.sort();
    assert_eq!(told, ["conversation.began", "invitation.answered"]);
    let (client, expert) = (by(&world.client), by(&world.expert));
    let id = proposal::propose(desk, talk, &expert, content("All"), 0)
        .await
        .unwrap();
    assert_eq!(world.told().await, ["proposal.sent"]);
    let shortlist = proposal::Answer::Shortlist;
    proposal::answer(desk, id, &client, shortlist).await.unwrap();
    assert_eq!(world.told().await, ["proposal.shortlisted"]);
    proposal::propose(desk, talk, &client, content("Half"), 1)
        .await
        .unwrap();
    assert_eq!(world.told().await, ["proposal.offer"]);
    proposal::accept(desk, id, 2, &expert).await.unwrap();
    let told = world.told().await;
    assert!(told.contains(&"proposal.accepted".to_owned()), "{told:?}");
    assert!(told.contains(&"contract.offer".to_owned()), "{told:?}");
}

#[tokio::test]
async fn what_happens_to_the_money_of_a_person_is_told_to_that_person_alone() {
    let world = World::new().await;
    world.add("https://hooks.example/").await;
    let olga = Actor::Operator {
        id: operator(&world.desk, "olga").await.id,
    };
    let hold = hold::Typed {
        scope: "payouts".to_owned(),
        reason: "identity".to_owned(),
        facts: "Two names.".to_owned(),
        rule: "terms, 7.3".to_owned(),
        days: "7".to_owned(),
    };
    for (person, told) in [(&world.client, &["money.place_hold"][..]), (&world.expert, &[])] {
        hold::place(
            &world.desk,
            person.id,
            &hold,
            payee::Who::sure(&olga),
            &person.id.to_string(),
        )
        .await
        .unwrap();
        assert_eq!(world.told().await, told);
    }
}

/// Nothing that a receiver was told is out of reach because much was told since.
#[tokio::test]
async fn a_long_log_is_read_to_its_end_and_its_first_line_sent_again() {
    let world = World::new().await;
    let (id, _secret) = world.add("https://hooks.example/").await;
    for number in 0..LOG + 2 {
        world.say(&number.to_string()).await;
    }
    while run_due(&world.desk).await.unwrap() > 0 {}
    let me = world.client.id;
    let (newest, next) = deliveries(&world.desk, me, None, LOG).await.unwrap();
    let (oldest, end) = deliveries(&world.desk, me, next, LOG).await.unwrap();
    assert_eq!((newest.len(), oldest.len()), (usize::from(LOG), 2));
    assert_eq!(end, None);
    assert!(newest.iter().all(|row| row.id > oldest[0].id));

    let of_one = list(&world.desk, me, Some((id, next.unwrap()))).await.unwrap();
    assert_eq!((&of_one[0].log, of_one[0].next), (&oldest, None));
    let first = list(&world.desk, me, None).await.unwrap();
    assert_eq!((&first[0].log, first[0].next), (&newest, next));

    let of_nobody = deliveries(&world.desk, world.expert.id, None, LOG).await.unwrap();
    assert!(of_nobody.0.is_empty());
    let stranger = resend(&world.desk, world.expert.id, oldest[1].id).await;
    assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
    resend(&world.desk, me, oldest[1].id).await.unwrap();
    let (again, _) = deliveries(&world.desk, me, next, LOG).await.unwrap();
    assert_eq!(again[1].state, DeliveryState::Waiting);
}
