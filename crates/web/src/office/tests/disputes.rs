//! Disputes in the browser: the decision with reasons, by two where the sum asks for it, and one appeal.

use axum::http::StatusCode;
use earnest_hire::money::Minor;

use crate::contract::tests::{Deal, done, fill, hidden};
use crate::conversation::testing::talking_on;
use crate::expert::tests::operator;
use crate::file::tests::{link, say};
use crate::testing::Visitor;

/// A dispute about a milestone that waits for the office, and that moment's site.
struct Case {
    deal: Deal,
    now: Visitor,
}

impl Case {
    /// Of what is held after the client has paid a part.
    async fn after(part: &str) -> Self {
        let deal = Deal::submitted().await;
        if !part.is_empty() {
            done(&fill(&deal.client, &deal.act("release"), &format!("&amount={part}")).await);
        }
        let figures = "&unconditional=0&offer=100&reason=It+is+slow.";
        done(&fill(&deal.client, &deal.act("disputes"), figures).await);
        let figures = "&unconditional=0&offer=800";
        done(&fill(&deal.expert, &deal.act("answer-dispute"), figures).await);
        let now = deal.visitor.later(14).await;
        Self { deal, now }
    }

    fn path(&self) -> String {
        format!("/office/disputes/{}", self.deal.milestone)
    }

    async fn operator(&self, email: &str) -> Visitor {
        operator(&self.now, email, "finance").await.proved(email).await
    }

    async fn rulings(&self) -> usize {
        let kept = self.deal.kept().await;
        kept.milestones[0].dispute.as_ref().unwrap().rulings.len()
    }
}

fn long() -> String {
    "reasons=".to_owned() + &"The+second+item+was+not+met+in+version+1.+".repeat(6)
}

#[tokio::test]
async fn a_decision_needs_reasons_and_is_made_once_however_often_it_is_sent() {
    let case = Case::after("300").await;
    let (path, olga) = (case.path(), case.operator("olga@example.org").await);
    let office = olga.get("/office").await;
    assert!(office.text().contains("/office/disputes"), "{}", office.text());
    let list = olga.get("/office/disputes").await;
    for part in [
        "To be decided here",
        "$900.00",
        "Clara Weiss and Emil Berg",
        &path,
    ] {
        assert!(list.text().contains(part), "{part}: {}", list.text());
    }
    let page = olga.get(&path).await;
    for part in [
        "It is slow.",
        "p95 is under 80 ms.",
        "https://example.org/pull/41",
        "$100.00 to the expert and $800.00 back to the client",
        "$800.00 to the expert and $100.00 back to the client",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let form = hidden(&page);
    for (sent, told) in [
        (
            "to_expert=450&to_client=450&reasons=Because+it+is.",
            "at least 200 characters",
        ),
        (
            "to_expert=450&to_client=460&reasons=Because+it+is.",
            "must add up",
        ),
        (
            "to_expert=450&to_client=450&reasons=x",
            "It takes 10 to 10000 letters",
        ),
        ("to_expert=much&to_client=450", "Write a sum"),
    ] {
        let reply = olga.post(&path, &format!("{form}&{sent}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{sent}");
        assert!(reply.text().contains(told), "{told}: {}", reply.text());
        assert!(reply.text().contains("value=\"450\""), "{}", reply.text());
    }
    assert_eq!(case.rulings().await, 0);
    let decided = format!("{form}&to_expert=450&to_client=450&{}", long());
    for _ in 0..2 {
        done(&olga.post(&path, &decided).await);
    }
    assert_eq!(case.rulings().await, 1);
    for party in [&case.deal.client, &case.deal.expert] {
        let record = party.get("/me/audit").await;
        for part in [
            "Decided the dispute about “Invoice API”",
            "not met in version 1",
            "Read the contract",
            "Read what you two wrote",
        ] {
            assert!(record.text().contains(part), "{part}: {}", record.text());
        }
    }
}

#[tokio::test]
async fn above_the_limit_a_second_operator_carries_it_out() {
    let case = Case::after("").await;
    let (path, olga) = (case.path(), case.operator("olga@example.org").await);
    let page = olga.get(&path).await;
    assert!(
        page.text().contains("Above $1,000.00 another operator"),
        "{}",
        page.text()
    );
    let waits = "it waits for another operator";
    assert!(page.text().contains(waits), "{}", page.text());
    assert!(olga.get("/office/disputes").await.text().contains(waits));
    let decided = format!("{}&to_expert=600&to_client=600&{}", hidden(&page), long());
    for _ in 0..2 {
        let reply = olga.post(&path, &decided).await;
        assert_eq!(reply.header("location"), "/office/motions", "{}", reply.text());
    }
    assert_eq!(case.rulings().await, 0);
    let opposite = format!("{}&to_expert=500&to_client=700&{}", hidden(&page), long());
    let opposite = olga.post(&path, &opposite).await;
    assert_eq!(opposite.status, StatusCode::CONFLICT, "{}", opposite.text());
    for part in ["already proposed something else", "href=\"/office/motions\""] {
        assert!(opposite.text().contains(part), "{part}: {}", opposite.text());
    }
    let pia = case.operator("pia@example.org").await;
    assert!(!pia.get("/office/disputes").await.text().contains(waits));
    let motions = pia.get("/office/motions").await;
    let seconds: Vec<&str> = crate::testing::between(motions.text(), "action=\"/office/motions/", "\"")
        .into_iter()
        .filter(|action| action.ends_with("/second"))
        .collect();
    assert_eq!(seconds.len(), 1, "{}", motions.text());
    for part in ["“Invoice API”", "$600.00", "Olga Brandt"] {
        assert!(motions.text().contains(part), "{part}: {}", motions.text());
    }
    done(&pia.post(&format!("/office/motions/{}", seconds[0]), "").await);
    assert_eq!(case.rulings().await, 1);
    let record = case.deal.expert.get("/me/audit").await;
    assert!(
        record
            .text()
            .contains("As the second operator: Decided the dispute"),
        "{}",
        record.text()
    );
}

#[tokio::test]
async fn an_appeal_is_for_another_operator_and_final() {
    let case = Case::after("300").await;
    let (path, olga) = (case.path(), case.operator("olga@example.org").await);
    // one of the two offers needs no long reasons, only some
    let picked = format!(
        "{}&to_expert=800&to_client=100&reasons=As+the+expert+offered.",
        hidden(&olga.get(&path).await)
    );
    done(&olga.post(&path, &picked).await);
    let client = case.deal.client.beside(&case.now);
    done(&fill(&client, &case.deal.act("appeal"), "&reason=Read+version+1+again.").await);
    let own = olga.get(&path).await;
    assert!(
        own.text().contains("another operator than the first"),
        "{}",
        own.text()
    );
    assert!(!own.text().contains("name=\"reasons\""), "{}", own.text());
    assert!(
        own.text().contains("it waits for another operator"),
        "{}",
        own.text()
    );
    let refused = olga
        .post(&path, &format!("to_expert=800&to_client=100&{}", long()))
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    let pia = case.operator("pia@example.org").await;
    let page = pia.get(&path).await;
    assert!(page.text().contains("Read version 1 again."), "{}", page.text());
    let decided = format!("{}&to_expert=500&to_client=400&{}", hidden(&page), long());
    done(&pia.post(&path, &decided).await);
    let kept = case.deal.kept().await;
    assert_eq!(kept.milestones[0].state.kind().name(), "split");
    assert_eq!(kept.milestones[0].held(), Ok(Minor::ZERO));
    assert!(
        pia.get("/office/disputes").await.text().contains("None is open"),
        "it is over"
    );
    // once it is over it waits in no queue: another operator says why they look
    let tomorrow = olga.later(16).await;
    let visit = format!("/office/visits/{}", case.deal.milestone);
    assert_eq!(tomorrow.get(&path).await.header("location"), visit);
    let said = tomorrow.post(&visit, "reason=A+question").await;
    assert_eq!(said.header("location"), path, "{}", said.text());
    let over = tomorrow.get(&path).await;
    assert!(
        over.text().contains("only while a dispute is open"),
        "{}",
        over.text()
    );
}

#[tokio::test]
async fn evidence_in_the_messages_is_opened_by_whoever_decides_and_only_then() {
    let case = Case::after("300").await;
    let (client, _expert, request, talk) = talking_on(&case.deal.visitor).await;
    say(&client, &talk, "log.txt", "p95 is 210 ms").await;
    let file = link(&client.get(&talk).await)[0].clone();
    let (other, _id) = case.deal.visitor.expert("fritz@example.org", "Fritz Falk").await;
    let begun = other.post(&format!("{request}/conversations"), "").await;
    let elsewhere = begun.header("location").to_owned();
    say(&other, &elsewhere, "offer.txt", "Mine alone").await;
    let foreign = link(&other.get(&elsewhere).await)[0].clone();

    let (path, olga) = (case.path(), case.operator("olga@example.org").await);
    let early = olga.get(&file).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text());
    assert!(early.text().contains("Open the messages of the dispute first"));
    let page = olga.get(&path).await;
    assert_eq!(link(&page), [file.as_str()], "{}", page.text());
    let opened = olga.get(&file).await;
    assert_eq!((opened.status, opened.text()), (StatusCode::OK, "p95 is 210 ms"));
    assert_eq!(olga.get(&foreign).await.status, StatusCode::NOT_FOUND);
    let pia = case.operator("pia@example.org").await;
    assert_eq!(pia.get(&file).await.status, StatusCode::CONFLICT);
    let support = operator(&case.now, "sam@example.org", "support").await;
    let stranger = case.now.come_in("mallory@example.org", "Mallory").await;
    for who in [&support, &stranger] {
        assert_eq!(who.get(&file).await.status, StatusCode::NOT_FOUND);
    }

    let decision = "&to_expert=800&to_client=100&reasons=As+the+expert+offered.";
    done(&olga.post(&path, &format!("{}{decision}", hidden(&page))).await);
    let client = case.deal.client.beside(&case.now);
    done(&fill(&client, &case.deal.act("appeal"), "&reason=Read+version+1+again.").await);
    let page = pia.get(&path).await;
    assert_eq!(pia.get(&file).await.status, StatusCode::OK);
    done(&pia.post(&path, &format!("{}{decision}", hidden(&page))).await);
    for who in [&olga, &pia] {
        assert_eq!(who.get(&file).await.status, StatusCode::NOT_FOUND, "it is over");
    }
    assert_eq!(client.get(&file).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_finance_decides_and_only_after_a_proof() {
    let case = Case::after("300").await;
    let path = case.path();
    let support = operator(&case.now, "sam@example.org", "support").await;
    let client = case.deal.client.beside(&case.now);
    let stranger = case.now.come_in("mallory@example.org", "Mallory").await;
    for who in [&support, &client, &stranger] {
        assert_eq!(who.get(&path).await.status, StatusCode::NOT_FOUND);
        let form = format!("to_expert=450&to_client=450&{}", long());
        assert_eq!(who.post(&path, &form).await.status, StatusCode::NOT_FOUND);
    }
    let olga = operator(&case.now, "olga@example.org", "finance").await;
    let led = olga.get(&path).await;
    assert!(
        led.header("location")
            .starts_with("/me/prove?to=%2Foffice%2Fdisputes%2Fmst_"),
        "{}",
        led.text()
    );
    let form = format!("to_expert=450&to_client=450&{}", long());
    let refused = olga.post(&path, &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    for part in ["second factor", "/me/prove?to=", "not met in version 1"] {
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }
    assert_eq!(case.rulings().await, 0);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from its beginning to its end")]
async fn a_dispute_that_the_office_opens_moves_nothing_and_is_the_parties_to_answer() {
    let deal = Deal::submitted().await;
    let olga = operator(&deal.visitor, "olga@example.org", "finance").await;
    let olga = olga.proved("olga@example.org").await;
    let path = format!("/office/disputes/{}/open", deal.milestone);
    let visit = format!("/office/visits/{}", deal.contract);
    assert_eq!(olga.get(&path).await.header("location"), visit);
    assert_eq!(
        olga.post(&visit, "reason=They+have+asked")
            .await
            .header("location"),
        deal.page()
    );
    assert!(olga.get(&deal.page()).await.text().contains(&path));
    let page = olga.get(&path).await;
    for part in [
        "Nothing moves when the office opens a dispute",
        "$1,200.00",
        "5 business days",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let form = hidden(&page);
    for (reason, told) in [
        ("+", "Say what the dispute"),
        ("x", "It takes 10 to 10000 letters"),
    ] {
        let short = olga.post(&path, &format!("{form}&reason={reason}")).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", short.text());
        assert!(short.text().contains(told), "{}", short.text());
    }
    for _ in 0..2 {
        let opened = olga
            .post(&path, &format!("{form}&reason=Both+reported+the+other."))
            .await;
        assert_eq!(opened.header("location"), case_path(&deal), "{}", opened.text());
    }
    let kept = deal.kept().await;
    assert_eq!(kept.milestones[0].state.kind().name(), "disputed");
    assert_eq!(kept.milestones[0].held(), Ok(Minor(120_000)));
    let list = olga.get("/office/disputes").await;
    assert!(
        list.text().contains("Both parties have to answer"),
        "{}",
        list.text()
    );
    let again = olga.get(&path).await;
    let again = olga
        .post(&path, &format!("{}&reason=Once+more.", hidden(&again)))
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
    for (party, figures) in [(&deal.client, "200"), (&deal.expert, "900")] {
        let page = party.get(&deal.page()).await;
        for part in ["Both reported the other.", "Olga Brandt", "no answer yet"] {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
        assert!(
            party
                .get("/me/audit")
                .await
                .text()
                .contains("Opened a dispute about")
        );
        done(
            &fill(
                party,
                &deal.act("answer-dispute"),
                &format!("&unconditional=0&offer={figures}"),
            )
            .await,
        );
    }
    let dispute = deal.kept().await.milestones[0].dispute.clone().unwrap();
    assert_eq!(dispute.phase.name(), "negotiating");
}

fn case_path(deal: &Deal) -> String {
    format!("/office/disputes/{}", deal.milestone)
}

#[tokio::test]
async fn nobody_else_opens_a_dispute_for_the_office() {
    let deal = Deal::submitted().await;
    let path = format!("{}/open", case_path(&deal));
    let support = operator(&deal.visitor, "sam@example.org", "support").await;
    for who in [&support, &deal.client] {
        assert_eq!(who.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(who.post(&path, "reason=Mine").await.status, StatusCode::NOT_FOUND);
    }
}
