//! Who may go and when, and what is left of them: on both engines, in everything that is kept.

use earnest_hire::contract::{Actor, Command, Plan};
use earnest_hire::expert::Standing;
use earnest_hire::ids::{ConversationId, OnceKey};
use earnest_hire::money::Currency;
use earnest_hire::proposal::Content;
use earnest_hire::request::RequestEvent;
use earnest_store::{Existing, GONE, GONE_TEXT};
use jiff::civil::date;

use super::*;
use crate::bank::tests::{World, both};
use crate::file::Arriving;
use crate::outside::Clock;
use crate::request::progress;
use crate::testing::{Outside, expert, opened, person};
use crate::{account, conversation, proposal};

fn once(number: u8) -> OnceKey {
    OnceKey::new([number; 16])
}

fn by(person: &Person) -> Actor {
    Actor::Person { id: person.id }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

impl World {
    async fn say(&self, talk: ConversationId, author: &Person, text: &str, number: u8) {
        conversation::say(&self.desk, talk, author.id, text, once(number))
            .await
            .unwrap();
    }

    /// An agreement of these two that nobody signs in the end.
    async fn agree(&self, talk: ConversationId, (client, expert): (&Person, &Person)) {
        let plan = Plan {
            title: "Part".to_owned(),
            deliverable: "Work".to_owned(),
            acceptance: vec!["It answers".to_owned()],
            price_minor: earnest_hire::money::Minor(50_000),
            due_on: date(2026, 12, 25),
            inspection_days: 7,
            rounds: 2,
            revision_days: 14,
        };
        let content = Content {
            answers: vec!["By a violet test.".to_owned()],
            currency: Currency::USD,
            milestones: vec![plan],
        };
        let made = proposal::propose(&self.desk, talk, &by(expert), content, 0)
            .await
            .unwrap();
        let contract = proposal::accept(&self.desk, made, 1, &by(client)).await.unwrap();
        self.act(contract, &Command::Decline, &by(expert)).await;
    }

    async fn reasons(&self, person: &Person) -> Vec<Reason> {
        look(&self.desk, person).await.unwrap().reasons
    }

    async fn goes(&self, person: &Person) {
        ask(&self.desk, person, person.email.as_str(), Confirmed::No)
            .await
            .unwrap();
        self.hand.forward(COOLS_OFF);
        while crate::mail::run_due(&self.desk).await.unwrap() > 0 {}
        assert_eq!(run_due(&self.desk).await.unwrap(), 1);
        assert_eq!(run_due(&self.desk).await.unwrap(), 0, "once");
    }

    /// Everything that is kept, as one text in small letters.
    async fn everything(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("all");
        self.desk
            .store
            .export_installation(&file, Existing::Keep)
            .await
            .unwrap();
        std::fs::read_to_string(file).unwrap().to_lowercase()
    }

    /// What opens an account, and a file that is part of nothing.
    async fn furnish(&self, person: &Person) -> account::SessionToken {
        let desk = &self.desk;
        let came = account::open_session(desk, person.clone(), "Clarabella’s browser".into())
            .await
            .unwrap();
        let id = person.id;
        let kept = desk
            .store
            .write::<_, earnest_store::Error, _, _>(move |mut tx| async move {
                tx.set_password(id, "$argon2id$clarabella", Timestamp::UNIX_EPOCH)
                    .await?;
                tx.begin_second_factor(id, vec![7; 20]).await?;
                tx.set_topics_off(id, &["messages"]).await?;
                tx.commit(()).await
            });
        kept.await.unwrap();
        let mut file = Arriving::begin(desk, id, "Clarabella’s plan.txt").await.unwrap();
        file.push(b"orange doors").await.unwrap();
        file.finish().await.unwrap();
        account::make_link(desk, &person.email, hours(1)).await.unwrap();
        came.token
    }
}

async fn worlds() -> [World; 2] {
    both().await.map(|mut world| {
        world.desk.mailer = std::sync::Arc::new(Outside::default());
        world.desk.origin = "https://hire.example".to_owned();
        world
    })
}

/// A client with two experts, one of whom was agreed with and paid.
struct Cast {
    clara: Person,
    emil: Person,
    otto: Person,
    with_otto: ConversationId,
    requests: [earnest_hire::ids::RequestId; 2],
}

async fn lived(world: &mut World) -> Cast {
    let desk = world.desk.clone();
    let clara = person(&desk, "Clarabella").await;
    let emil = expert(&desk, "Emilius", "SQL").await;
    let otto = expert(&desk, "Ottokar", "Go").await;
    (world.client, world.expert) = (clara.id, emil.id);
    let request = opened(&desk, &clara, |draft| "teal".clone_into(&mut draft.details)).await;
    let other = opened(&desk, &clara, |draft| "crimson".clone_into(&mut draft.details)).await;
    let with_emil = conversation::begin(&desk, request, emil.id).await.unwrap();
    let with_otto = conversation::begin(&desk, request, otto.id).await.unwrap();
    world.say(with_emil, &clara, "Blue doors", 1).await;
    world.say(with_otto, &clara, "Green doors", 2).await;
    world.say(with_otto, &otto, "Yellow doors", 3).await;
    world.agree(with_emil, (&clara, &emil)).await;
    world.pay().await;
    progress::run_due(&desk).await.unwrap();
    Cast {
        clara,
        emil,
        otto,
        with_otto,
        requests: [request, other],
    }
}

fn left(all: &str) {
    let gone = [
        "clarabella",
        "ottokar",
        "argon2",
        "crimson",
        "green doors",
        "yellow doors",
        "orange",
    ];
    for gone in gone {
        let place = all.find(gone).map(|at| &all[at.saturating_sub(300)..at + 30]);
        assert_eq!(place, None, "{gone} is still there");
    }
    for stays in ["blue doors", "violet", "teal", "emilius", "deleted person"] {
        assert!(all.contains(stays), "{stays} is gone");
    }
}

#[tokio::test]
async fn what_is_personal_goes_and_the_books_stay() {
    for mut world in worlds().await {
        let cast = lived(&mut world).await;
        let (desk, clara, otto) = (world.desk.clone(), &cast.clara, &cast.otto);
        let token = world.furnish(clara).await;
        assert_eq!(world.reasons(clara).await, [Reason::Requests]);
        assert_eq!(
            world.reasons(&cast.emil).await,
            [Reason::Money],
            "what was earned is not paid out"
        );
        for id in cast.requests {
            progress::act(&desk, id, RequestEvent::Cancel, &by(clara))
                .await
                .unwrap();
        }
        world.goes(otto).await;
        world.goes(clara).await;

        left(&world.everything().await);
        world.sound().await;
        assert!(account::signed_in(&desk, token).await.unwrap().is_none());
        let anew = person(&desk, "Clarabella").await;
        assert_ne!(
            anew.id, clara.id,
            "the address is free, and has nothing of the former account"
        );
        assert_eq!(world.reasons(&anew).await, []);
        let thread = conversation::look(&desk, cast.with_otto, otto.id).await.unwrap();
        assert!(thread.messages.iter().all(|message| message.text == GONE_TEXT));
        let gone = account::person(&desk, clara.id).await.unwrap();
        assert_eq!((gone.name.as_str(), gone.email.is_of_nobody()), (GONE, true));
        let (id, store) = (otto.id, desk.store.clone());
        let profile =
            store.read::<_, earnest_store::Error, _, _>(move |mut view| async move { view.expert(id).await });
        let profile = profile.await.unwrap().unwrap().expert;
        assert_eq!(
            (profile.standing, profile.profile.headline.as_str()),
            (Standing::Draft, "")
        );
    }
}

#[tokio::test]
async fn nobody_goes_while_something_is_not_finished() {
    for mut world in worlds().await {
        let desk = world.desk.clone();
        let (clara, emil) = (person(&desk, "Clara").await, person(&desk, "Emil").await);
        (world.client, world.expert) = (clara.id, emil.id);
        let deal = world.funding().await;
        desk.store.onboard(emil.id, world.hand.now()).await.unwrap();
        assert_eq!(world.reasons(&clara).await, [Reason::Contracts]);
        let reference = earnest_hire::bank::TransferReference::of_payment(deal.payment);
        world
            .import(&format!("2026-11-25,500.00,USD,{reference},Ada,b1\n"))
            .await;
        for party in [&clara, &emil] {
            assert_eq!(world.reasons(party).await, [Reason::Contracts, Reason::Money]);
            let refused = ask(&desk, party, party.email.as_str(), Confirmed::Yes).await;
            assert_eq!(refused.unwrap_err().code(), "contracts_running");
        }
        let money = |amount_minor| earnest_hire::money::Money {
            amount_minor,
            currency: Currency::USD,
        };
        world
            .act(
                deal.contract,
                &Command::Start {
                    milestone: deal.milestone,
                },
                &by(&emil),
            )
            .await;
        let dispute = Command::OpenDispute {
            milestone: deal.milestone,
            unconditional: money(0),
            offer_to_expert: money(10_000),
            reason: "Nothing came".to_owned(),
        };
        world.hand.forward(hours(24 * 60));
        world.act(deal.contract, &dispute, &by(&clara)).await;
        assert_eq!(
            world.reasons(&clara).await,
            [Reason::Contracts, Reason::Disputes, Reason::Money]
        );
        let office = crate::testing::operator(&desk, "Olga").await;
        assert_eq!(world.reasons(&office).await, [Reason::Office]);
        world.sound().await;
    }
}

#[tokio::test]
async fn somebody_can_change_their_mind_for_a_week_and_proves_that_it_is_them() {
    for world in worlds().await {
        let desk = &world.desk;
        let clara = person(desk, "Clara").await;
        let wrong = ask(desk, &clara, "emil@example.org", Confirmed::Yes).await;
        assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
        let id = clara.id;
        let factor = desk
            .store
            .write::<_, earnest_store::Error, _, _>(move |mut tx| async move {
                tx.begin_second_factor(id, vec![7; 20]).await?;
                let mut factor = tx.lock_second_factor(id).await?.unwrap();
                factor.since = Some(Timestamp::UNIX_EPOCH);
                tx.update_second_factor(id, &factor).await?;
                tx.commit(()).await
            });
        factor.await.unwrap();
        let unproved = ask(desk, &clara, "Clara@Example.org ", Confirmed::No).await;
        assert_eq!(unproved.unwrap_err().code(), "second_factor_missing");
        assert_eq!(cancel(desk, clara.id).await.unwrap_err().code(), "no_deletion");
        let asked = ask(desk, &clara, "Clara@Example.org ", Confirmed::Yes)
            .await
            .unwrap();
        world.hand.forward(hours(1));
        let again = ask(desk, &clara, "clara@example.org", Confirmed::Yes)
            .await
            .unwrap();
        assert_eq!(again.due_at, asked.due_at, "asking again puts nothing off");
        world.hand.forward(COOLS_OFF - hours(2));
        assert_eq!(run_due(desk).await.unwrap(), 0, "not before its time");
        cancel(desk, clara.id).await.unwrap();
        world.hand.forward(hours(24 * 30));
        assert_eq!(run_due(desk).await.unwrap(), 0);
        assert_eq!(account::person(desk, clara.id).await.unwrap(), clara);
        // What comes in the way meanwhile puts it off by a day, and no more.
        ask(desk, &clara, "clara@example.org", Confirmed::Yes)
            .await
            .unwrap();
        let request = opened(desk, &clara, |_draft| ()).await;
        world.hand.forward(COOLS_OFF);
        assert_eq!(run_due(desk).await.unwrap(), 1);
        assert_eq!(account::person(desk, clara.id).await.unwrap(), clara);
        progress::act(desk, request, RequestEvent::Cancel, &by(&clara))
            .await
            .unwrap();
        assert_eq!(run_due(desk).await.unwrap(), 0);
        world.hand.forward(hours(24));
        assert_eq!(run_due(desk).await.unwrap(), 1);
        assert!(
            account::person(desk, clara.id)
                .await
                .unwrap()
                .email
                .is_of_nobody()
        );
        assert_eq!(cancel(desk, clara.id).await.unwrap_err().code(), "no_deletion");
        world.sound().await;
    }
}
