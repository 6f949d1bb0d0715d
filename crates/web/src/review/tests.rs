//! Reviews in the browser: who may write, what is hidden until when, and what an expert's page says.

use std::sync::Arc;

use axum::http::StatusCode;
use earnest_app::contract::{self, Also};
use earnest_app::outside::MovableClock;
use earnest_app::{notice, review};
use earnest_hire::contract::{Actor, Command};
use jiff::SignedDuration;

use crate::contract::tests::{Deal, done, fill};
use crate::conversation::testing::talking_on;
use crate::demo::tests::Moved;
use crate::testing::{Reply, Visitor};

/// Approved and paid, and what was only planned is dropped: the contract has ended.
async fn ended() -> Deal {
    let deal = Deal::submitted().await;
    done(&fill(&deal.client, &deal.act("approve"), "").await);
    let client = Actor::Person { id: deal.people.0 };
    let planned = deal.kept().await.milestones[1].id;
    for command in [Command::End, Command::Drop { milestone: planned }] {
        let desk = deal.visitor.desk();
        contract::act(desk, deal.contract, &command, &client, Also::Nothing)
            .await
            .unwrap();
    }
    deal
}

fn path(deal: &Deal) -> String {
    format!("{}/reviews", deal.page())
}

fn is(reply: &Reply, status: StatusCode, part: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(reply.text().contains(part), "{part}: {}", reply.text());
}

#[tokio::test]
async fn only_an_ended_contract_with_money_paid_is_reviewed_by_its_two_sides() {
    let deal = Deal::submitted().await;
    let page = deal.client.get(&deal.page()).await;
    assert!(!page.text().contains("Your rating"));
    let early = deal.client.post(&path(&deal), "rating=5&text=Good+work").await;
    is(&early, StatusCode::CONFLICT, "once every milestone has ended");

    let unpaid = Deal::signed().await;
    let client = Actor::Person { id: unpaid.people.0 };
    let mut commands = vec![Command::End];
    let milestones = unpaid.kept().await.milestones;
    commands.extend(milestones.iter().map(|one| Command::Drop { milestone: one.id }));
    for command in commands {
        let desk = unpaid.visitor.desk();
        contract::act(desk, unpaid.contract, &command, &client, Also::Nothing)
            .await
            .unwrap();
    }
    let nothing_paid = unpaid
        .client
        .post(&path(&unpaid), "rating=1&text=Nothing+came")
        .await;
    is(&nothing_paid, StatusCode::CONFLICT, "the expert was paid");

    let deal = ended().await;
    let stranger = deal.visitor.come_in("ada@example.org", "Ada").await;
    for form in ["rating=5&text=Good", "rating=9&text="] {
        let refused = stranger.post(&path(&deal), form).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text());
    }
    let nowhere = stranger
        .post("/contracts/nothing/reviews", "rating=5&text=Good")
        .await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn both_are_hidden_until_both_are_in_and_each_is_replied_to_once() {
    let deal = ended().await;
    is(
        &deal.client.get(&deal.page()).await,
        StatusCode::OK,
        "Your rating",
    );
    let refused = deal
        .client
        .post(&path(&deal), "rating=7&text=Kept+as+typed")
        .await;
    is(
        &refused,
        StatusCode::UNPROCESSABLE_ENTITY,
        "Choose a rating from 1 to 5.",
    );
    assert!(refused.text().contains("Kept as typed"));
    done(
        &deal
            .client
            .post(&path(&deal), "rating=4&text=Clear+and+on+time")
            .await,
    );
    // the same form again is no second review, another one is refused
    done(
        &deal
            .client
            .post(&path(&deal), "rating=4&text=Clear+and+on+time")
            .await,
    );
    let twice = deal
        .client
        .post(&path(&deal), "rating=1&text=On+second+thoughts")
        .await;
    is(&twice, StatusCode::CONFLICT, "stays as it was written");
    let early = deal
        .expert
        .post(&format!("{}/reply", path(&deal)), "text=Thanks")
        .await;
    is(&early, StatusCode::CONFLICT, "no review of you here");
    let hidden = deal.expert.get(&deal.page()).await;
    assert!(!hidden.text().contains("Clear and on time"), "{}", hidden.text());

    done(
        &deal
            .expert
            .post(&path(&deal), "rating=5&text=Answers+within+a+day")
            .await,
    );
    is(
        &deal.expert.get(&deal.page()).await,
        StatusCode::OK,
        "Clear and on time",
    );
    is(
        &deal.client.get(&deal.page()).await,
        StatusCode::OK,
        "Answers within a day",
    );
}

#[tokio::test]
async fn a_review_is_replied_to_once_and_counted() {
    let deal = ended().await;
    done(
        &deal
            .client
            .post(&path(&deal), "rating=4&text=Clear+and+on+time")
            .await,
    );
    done(
        &deal
            .expert
            .post(&path(&deal), "rating=5&text=Answers+within+a+day")
            .await,
    );
    let reply = format!("{}/reply", path(&deal));
    let empty = deal.expert.post(&reply, "text=+").await;
    is(
        &empty,
        StatusCode::UNPROCESSABLE_ENTITY,
        "Write your reply first.",
    );
    done(&deal.expert.post(&reply, "text=Glad+to+hear+it").await);
    let again = deal.expert.post(&reply, "text=And+another").await;
    is(&again, StatusCode::CONFLICT, "One reply stays");
    is(
        &deal.client.get(&deal.page()).await,
        StatusCode::OK,
        "Glad to hear it",
    );
    let about = earnest_app::review::about(deal.visitor.desk(), deal.people.1)
        .await
        .unwrap();
    assert_eq!(
        (about.shown.len(), about.average_tenths, about.refunded_contracts),
        (1, None, 0)
    );
    let lead = super::about(&about).lead;
    assert_eq!(lead, "1 review so far; an average is shown from 3 on.");
}

#[tokio::test]
async fn an_expert_who_is_asked_sees_how_the_client_pays_and_what_experts_said() {
    let deal = ended().await;
    let (client, expert, request, _talk) = talking_on(&deal.visitor).await;
    let (paid, said) = (
        "in under a minute (median of 1 approval in the last 12 months)",
        "Answers within a day",
    );
    let page = expert.get(&request).await;
    is(&page, StatusCode::OK, "Funded before you start");
    is(&page, StatusCode::OK, paid);
    assert!(!page.text().contains("Reviews by experts"), "{}", page.text());
    is(&deal.expert.get(&deal.page()).await, StatusCode::OK, paid);
    for (party, form) in [
        (&deal.client, "rating=4&text=Clear+and+on+time"),
        (&deal.expert, "rating=5&text=Answers+within+a+day"),
    ] {
        done(&party.post(&path(&deal), form).await);
    }
    is(&expert.get(&request).await, StatusCode::OK, said);
    let own = client.get(&request).await;
    for part in [said, paid, "Funded before you start"] {
        assert!(!own.text().contains(part), "{part}: {}", own.text());
    }
    let profile = |id| format!("/experts/{id}");
    let (clara, _id) = deal.visitor.expert("clara@example.org", "Clara Weiss").await;
    let clara = clara.get(&profile(deal.people.0)).await;
    is(&clara, StatusCode::OK, "No client has reviewed a contract yet.");
    let emil = client.get(&profile(deal.people.1)).await;
    is(&emil, StatusCode::OK, "Clear and on time");
}

#[tokio::test]
async fn nothing_is_said_of_a_client_who_never_approved() {
    let (_client, expert, request, _talk) = talking_on(&Visitor::new()).await;
    let page = expert.get(&request).await;
    is(&page, StatusCode::OK, "Funded before you start");
    for part in ["Days to pay", "Reviews by experts"] {
        assert!(!page.text().contains(part), "{part}: {}", page.text());
    }
}

#[tokio::test]
async fn after_fourteen_days_a_lonely_review_is_shown_and_none_can_be_written() {
    let deal = ended().await;
    done(&deal.client.post(&path(&deal), "rating=2&text=Late+twice").await);
    let clock = Arc::new(Moved::default());
    let movable: Arc<dyn MovableClock> = clock.clone();
    let expert = deal.expert.at(movable);
    assert!(!expert.get(&deal.page()).await.text().contains("Late twice"));
    clock
        .forward(SignedDuration::from_hours(14 * 24 + 1))
        .await
        .unwrap();
    let page = expert.get(&deal.page()).await;
    is(&page, StatusCode::OK, "Late twice");
    assert!(!page.text().contains("Your rating"), "{}", page.text());
    let late = expert.post(&path(&deal), "rating=1&text=Revenge").await;
    is(&late, StatusCode::CONFLICT, "are over");
}

/// Letters to somebody that say who has reviewed them.
async fn told(of: &Visitor, email: &str) -> usize {
    let letters = of.letters_to(email).await;
    letters
        .iter()
        .filter(|one| one.subject.ends_with("has reviewed you"))
        .count()
}

#[tokio::test]
async fn whoever_is_reviewed_is_written_to_when_it_is_shown_unless_they_want_no_letter() {
    let deal = ended().await;
    let post = async |who: &Visitor| done(&who.post(&path(&deal), "rating=4&text=On+time").await);
    post(&deal.client).await;
    assert_eq!(
        told(&deal.visitor, "emil@example.org").await,
        0,
        "it is hidden yet"
    );
    post(&deal.expert).await;
    assert_eq!(told(&deal.visitor, "emil@example.org").await, 1);
    review::run_due(deal.visitor.later(15).await.desk())
        .await
        .unwrap();
    assert_eq!(told(&deal.visitor, "emil@example.org").await, 0, "once");

    let deal = ended().await;
    done(&deal.client.post(&path(&deal), "rating=4&text=On+time").await);
    review::run_due(deal.visitor.later(13).await.desk())
        .await
        .unwrap();
    assert_eq!(told(&deal.visitor, "emil@example.org").await, 0);
    let later = deal.visitor.later(15).await;
    for expected in [1, 0] {
        review::run_due(later.desk()).await.unwrap();
        assert_eq!(
            told(&later, "emil@example.org").await,
            expected,
            "the other one can no longer come"
        );
    }

    let deal = ended().await;
    notice::choose(deal.visitor.desk(), deal.people.1, &[])
        .await
        .unwrap();
    for party in [&deal.client, &deal.expert] {
        done(&party.post(&path(&deal), "rating=4&text=On+time").await);
    }
    assert_eq!(told(&deal.visitor, "emil@example.org").await, 0, "they want none");
}
