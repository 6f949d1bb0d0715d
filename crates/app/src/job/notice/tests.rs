//! Letters about contracts and money, from the event to the mailbox, on both engines.

use std::sync::{Arc, Mutex};

use earnest_hire::bank::TransferReference;
use earnest_hire::contract::{Actor, Change, Command, Finding, Mail, Method};
use earnest_hire::ledger::Name;
use earnest_hire::money::Money;
use earnest_hire::payee::{Command as OfPayee, Scope};
use earnest_hire::person::{Person, Roles};
use earnest_hire::span::{after, days, hours};
use earnest_store::MailRow;
use jiff::SignedDuration;

use super::*;
use crate::account;
use crate::bank::tests::{Deal, World, both};
use crate::outside::mail::{Mailer, NotSent, Sending};
use crate::worker::tick;

/// A mail server that takes letters, or refuses those to some people for good.
#[derive(Debug, Default)]
struct Post {
    refused: Mutex<Vec<PersonId>>,
    known: Mutex<Vec<Person>>,
    taken: Mutex<Vec<MailRow>>,
}

impl Mailer for Post {
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a> {
        let known = self.known.lock().unwrap();
        let to = known.iter().find(|person| person.email == letter.to).unwrap().id;
        let why = "550 no such mailbox".to_owned();
        let sent = if self.refused.lock().unwrap().contains(&to) {
            Err(NotSent::Never { why })
        } else {
            self.taken.lock().unwrap().push(letter.clone());
            Ok(())
        };
        Box::pin(std::future::ready(sent))
    }
}

impl Post {
    /// What was taken for somebody since the last look.
    fn taken_for(&self, person: PersonId) -> Vec<MailRow> {
        let known = self.known.lock().unwrap();
        let email = &known.iter().find(|one| one.id == person).unwrap().email;
        let mut taken = self.taken.lock().unwrap();
        let (theirs, others) = std::mem::take(&mut *taken)
            .into_iter()
            .partition(|letter| letter.to == *email);
        *taken = others;
        theirs
    }
}

/// The people of the world have accounts and mailboxes.
async fn with_post(world: &mut World) -> Arc<Post> {
    let post = Arc::new(Post::default());
    let finance: Roles = [Role::Finance].into_iter().collect();
    let names = [
        ("Clara", Roles::default()),
        ("Emil", Roles::default()),
        ("Olga", finance),
    ];
    let mut ids = Vec::new();
    for (name, roles) in names {
        let email = format!("{}@example.org", name.to_lowercase()).parse().unwrap();
        let person = account::appoint(&world.desk, &email, name, &roles).await.unwrap();
        ids.push(person.id);
        post.known.lock().unwrap().push(person);
    }
    (world.client, world.expert, world.operator) = (ids[0], ids[1], ids[2]);
    world.desk.mailer = Arc::<Post>::clone(&post);
    world.desk.origin = "https://hire.example".to_owned();
    world.desk.site_name = "Northgate Engineers".to_owned();
    post
}

async fn settle(world: &World) {
    while tick(&world.desk).await.unwrap() > 0 {}
}

async fn funded(world: &World) -> Deal {
    let deal = world.funding().await;
    let reference = TransferReference::of_payment(deal.payment);
    let row = format!("2026-11-25,500.00,USD,{reference},Ada,b1\n");
    world.import(&row).await;
    deal
}

/// A version waits for the client, for seven days.
async fn submitted(world: &World) -> Deal {
    let deal = funded(world).await;
    let now = world.desk.now();
    world.desk.store.onboard(world.expert, now).await.unwrap();
    let (expert, milestone) = (Actor::Person { id: world.expert }, deal.milestone);
    world
        .act(deal.contract, &Command::Start { milestone }, &expert)
        .await;
    let submit = Command::Submit {
        milestone,
        deliverables: 1,
        ticked: vec![0],
    };
    world.act(deal.contract, &submit, &expert).await;
    deal
}

/// Lets time pass from timer to timer, so that none is late.
async fn pass(world: &World, time: SignedDuration) {
    let end = after(world.desk.now(), time);
    loop {
        settle(world).await;
        let read = world
            .desk
            .store
            .read(|mut view| async move { view.next_timer().await });
        let next = read
            .await
            .unwrap()
            .map_or(end, |at| after(at, SignedDuration::from_secs(1)));
        let now = world.desk.now();
        world.hand.forward(next.min(end).max(now).duration_since(now));
        if next >= end {
            return settle(world).await;
        }
    }
}

/// A part of a payment funds nothing: the client hears what is missing, and the expert nothing yet.
#[tokio::test]
async fn a_payment_that_arrives_in_part_is_told_to_its_client_alone() {
    for mut world in both().await {
        let post = with_post(&mut world).await;
        let deal = world.funding().await;
        settle(&world).await;
        for person in [world.client, world.expert] {
            post.taken_for(person);
        }
        let reference = TransferReference::of_payment(deal.payment);
        let pay = async |sum: &str, name: &str| {
            let row = format!("2026-11-25,{sum},USD,{reference},Ada,{name}\n");
            world.import(&row).await;
            settle(&world).await;
        };
        pay("499.00", "b1").await;
        assert!(post.taken_for(world.expert).is_empty());
        let told = post.taken_for(world.client);
        assert_eq!(told.len(), 1, "{told:?}");
        for part in ["$499.00 of $500.00", "$1.00 is missing", "Nothing is held"] {
            assert!(told[0].body.contains(part), "{part}: {}", told[0].body);
        }
        pay("1.00", "b2").await;
        for person in [world.client, world.expert] {
            let told = post.taken_for(person);
            assert!(
                told[0].body.contains("$500.00 is held for this milestone now"),
                "{told:?}"
            );
        }
    }
}

async fn mail_of(world: &World, deal: &Deal) -> Mail {
    let contract = world.contract(deal.contract).await;
    let State::Submitted { mail, .. } = contract.milestone(deal.milestone).unwrap().state else {
        panic!("nothing waits");
    };
    mail
}

#[tokio::test]
async fn a_client_whom_no_letter_reaches_has_three_days_more_and_the_office_is_told() {
    for mut world in both().await {
        let post = with_post(&mut world).await;
        post.refused.lock().unwrap().push(world.client);
        let deal = submitted(&world).await;
        pass(&world, days(7) - hours(1)).await;
        assert_eq!(mail_of(&world, &deal).await, Mail::Fine);
        post.taken_for(world.operator);
        pass(&world, hours(2)).await;
        assert_eq!(mail_of(&world, &deal).await, Mail::Postponed);
        let told = post.taken_for(world.operator);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(
            told[0].subject,
            "“Part”: no letter to the client about the version that waits could be sent"
        );
        assert!(
            told[0]
                .body
                .contains("has until Saturday 5 December 2026, 09:00 UTC"),
            "{}",
            told[0].body
        );
        pass(&world, days(3) - hours(2)).await;
        assert_eq!(world.state(&deal).await, "submitted");
        // once: the letters about the new time were refused, too
        pass(&world, hours(2)).await;
        assert_eq!(world.state(&deal).await, "released");
        let verified = crate::ledger::verify(&world.desk.store, None).await.unwrap();
        assert!(verified.is_sound(), "{:#?}", verified.broken);
    }
}

#[tokio::test]
async fn one_letter_that_is_taken_is_enough_for_silence_to_count() {
    for refused_first in [false, true] {
        for mut world in both().await {
            let post = with_post(&mut world).await;
            if refused_first {
                post.refused.lock().unwrap().push(world.client);
            }
            let deal = submitted(&world).await;
            pass(&world, days(6) - hours(1)).await;
            post.refused.lock().unwrap().clear();
            pass(&world, days(1) + hours(2)).await;
            assert_eq!(world.state(&deal).await, "released", "{refused_first}");
            let reminders = post.taken_for(world.client);
            let last = reminders
                .iter()
                .rev()
                .find(|letter| letter.subject.contains("still waits"));
            assert!(last.is_some(), "{reminders:#?}");
        }
    }
}

#[tokio::test]
async fn letters_that_are_taken_after_an_absence_are_enough() {
    for mut world in both().await {
        let post = with_post(&mut world).await;
        post.refused.lock().unwrap().push(world.client);
        let deal = submitted(&world).await;
        let now = world.desk.now();
        let absence = Command::RegisterAbsence {
            from: after(now, days(6)),
            until: after(now, days(8)),
        };
        let client = Actor::Person { id: world.client };
        world.act(deal.contract, &absence, &client).await;
        pass(&world, days(7) + hours(1)).await;
        assert_eq!(mail_of(&world, &deal).await, Mail::Fine);
        post.refused.lock().unwrap().clear();
        pass(&world, days(2)).await;
        assert_eq!(world.state(&deal).await, "released");
    }
}

#[tokio::test]
async fn a_letter_says_what_happened_what_it_means_and_until_when() {
    for mut world in both().await {
        let post = with_post(&mut world).await;
        let deal = submitted(&world).await;
        settle(&world).await;
        let letters = post.taken_for(world.client);
        let letter = letters.last().unwrap();
        assert_eq!(letter.subject, "“Part”: a version waits for your review");
        assert_eq!(
            letter.body,
            format!(
                "Hello Clara,\n\n“Part”: a version waits for your review. Approve it or ask for changes until Wednesday 2 \
                 December 2026, 09:00 UTC: after that, silence counts as approval and $500.00 goes to the expert.\n\nSee it \
                 here, and what you can do:\n\nhttps://hire.example/contracts/{}\n\nNorthgate Engineers\nWhat you are mailed \
                 about:\nhttps://hire.example/me/notices\n",
                deal.contract
            )
        );
        let signed = letters.iter().find(|letter| letter.subject.starts_with("Both"));
        assert!(
            signed
                .unwrap()
                .body
                .contains("\n\nBoth have signed the contract. "),
            "{letters:#?}"
        );
    }
}

async fn does(world: &World, actor: Actor, command: &OfPayee) {
    let who = crate::payee::Who::sure(&actor);
    let also = crate::contract::Also::Nothing;
    crate::payee::act(&world.desk, world.expert, command, who, also)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_office_is_told_of_what_it_must_see_to_about_a_persons_money() {
    for mut world in both().await {
        let post = with_post(&mut world).await;
        world.earned().await;
        let payout = world.asks(20_000).await;
        let (expert, operator) = (
            Actor::Person { id: world.expert },
            Actor::Operator { id: world.operator },
        );
        does(&world, expert.clone(), &OfPayee::CancelPayout { payout }).await;
        let hold = OfPayee::PlaceHold {
            scope: Scope::Payouts,
            reason: "identity".to_owned(),
            facts: "two names".to_owned(),
            rule: "4.2".to_owned(),
            review_by: after(world.desk.now(), days(2)),
            second: None,
        };
        does(&world, operator, &hold).await;
        settle(&world).await;
        let told = post.taken_for(world.expert);
        let letter = told.iter().find(|one| one.subject.contains("on hold")).unwrap();
        assert_eq!(
            letter.subject,
            "Something of your account was put on hold: payouts, until Thursday 3 December 2026, 09:00 UTC at the latest"
        );
        assert!(
            letter
                .body
                .contains("The reason: It is not clear who you are. Read why"),
            "{}",
            letter.body
        );
        assert!(
            letter.body.contains("\nhttps://hire.example/me/holds\n"),
            "{}",
            letter.body
        );
        post.taken_for(world.operator);
        let hold = world.kept().await.holds[0].id;
        let reason = "I am who I am".to_owned();
        does(&world, expert, &OfPayee::AppealHold { hold, reason }).await;
        settle(&world).await;
        let told = post.taken_for(world.operator).pop().unwrap();
        assert_eq!(told.subject, "Somebody complains about a hold: payouts");
        let path = format!("\nhttps://hire.example/office/people/{}\n", world.expert);
        assert!(told.body.contains(&path), "{}", told.body);
        let receipt = "out_1".to_owned();
        let bank = Actor::Provider { name: Name::bank() };
        does(&world, bank, &OfPayee::PayoutPaid { payout, receipt }).await;
        settle(&world).await;
        let told = post.taken_for(world.operator).pop().unwrap();
        assert_eq!(
            told.subject,
            "A payout of $200.00 was paid although it had been canceled"
        );
        let told = post.taken_for(world.expert).pop().unwrap();
        assert_eq!(told.subject, "A payout of $200.00 was paid");
    }
}

#[tokio::test]
async fn both_are_told_that_their_contract_is_on_hold_and_stays_so_for_longer() {
    for mut world in both().await {
        let post = with_post(&mut world).await;
        let (contract, _milestone) = world.signed().await;
        let operator = Actor::Operator { id: world.operator };
        let finding = Finding {
            facts: "Two names.".to_owned(),
            rule: "terms, 7.3".to_owned(),
            review_by: after(world.desk.now(), days(7)),
            second: None,
        };
        let hold = Command::HoldContract {
            reason: "identity".to_owned(),
            finding: Some(finding),
        };
        world.act(contract, &hold, &operator).await;
        pass(&world, days(6)).await;
        for party in [world.client, world.expert] {
            let told = post.taken_for(party);
            let subject =
                "The contract was put on hold, until Wednesday 2 December 2026, 09:00 UTC at the latest";
            assert!(told.iter().any(|one| one.subject == subject), "{told:?}");
        }
        let keep = Command::ExtendContractHold {
            hold: world.contract(contract).await.holds[0].id,
            reason: "Not clear yet.".to_owned(),
            review_by: after(world.desk.now(), days(7)),
            second: None,
        };
        world.act(contract, &keep, &operator).await;
        settle(&world).await;
        for party in [world.client, world.expert] {
            let letter = post.taken_for(party).pop().unwrap();
            let subject =
                "The contract stays on hold, until Tuesday 8 December 2026, 09:00 UTC at the latest";
            assert_eq!(letter.subject, subject);
            assert!(
                letter
                    .body
                    .contains("The reason: It is not clear who one of you is. Read why, and complain there"),
                "{}",
                letter.body
            );
        }
    }
}

#[tokio::test]
async fn a_client_is_told_when_the_payment_of_a_raise_is_over() {
    for mut world in both().await {
        let post = with_post(&mut world).await;
        let deal = funded(&world).await;
        let (client, expert) = (
            Actor::Person { id: world.client },
            Actor::Person { id: world.expert },
        );
        let (milestone, currency) = (deal.milestone, world.desk.currency);
        let amount = Money {
            amount_minor: 10_000,
            currency,
        };
        let change = Change::RaisePrice { milestone, amount };
        world
            .act(deal.contract, &Command::ProposeAmendment { change }, &client)
            .await;
        world.act(deal.contract, &Command::AcceptAmendment, &expert).await;
        for (has_failed, subject) in [
            (
                true,
                "“Part”: a payment of $100.00 failed, and no money was taken",
            ),
            (false, "“Part”: the time for a payment of $100.00 is over"),
        ] {
            let fund = Command::Fund {
                milestone,
                provider: Name::bank(),
                method: Method::Bank,
            };
            world.act(deal.contract, &fund, &client).await;
            settle(&world).await;
            post.taken_for(world.client);
            let payment = world.contract(deal.contract).await.payments.last().unwrap().id;
            if has_failed {
                let bank = Actor::Provider { name: Name::bank() };
                world
                    .act(deal.contract, &Command::PaymentFailed { payment }, &bank)
                    .await;
                settle(&world).await;
            } else {
                let until = world
                    .contract(deal.contract)
                    .await
                    .payment(payment)
                    .unwrap()
                    .until;
                pass(&world, until.duration_since(world.desk.now()) + hours(1)).await;
            }
            let told = post.taken_for(world.client);
            let over = told.iter().find(|letter| letter.subject == subject);
            assert!(
                over.is_some_and(|one| one.body.contains("$500.00 stays held without it.")),
                "{told:#?}"
            );
        }
        let verified = crate::ledger::verify(&world.desk.store, None).await.unwrap();
        assert!(verified.is_sound(), "{:#?}", verified.broken);
    }
}
