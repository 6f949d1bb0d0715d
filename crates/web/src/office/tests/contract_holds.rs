//! Holds on contracts in the browser: put on with all that both parties read, complained about, answered by another
//! operator, lifted, kept by two, over by itself.

use axum::http::StatusCode;
use earnest_app::account;

use crate::contract::tests::{Deal, done, fill, hidden};
use crate::expert::tests::operator;
use crate::testing::{Visitor, between};

const HOLD: &str = "reason=identity&facts=Two+%3Cnames%3E.&rule=terms%2C+7.3&days=7";

async fn olga(site: &Visitor) -> Visitor {
    let olga = operator(site, "olga@example.org", "finance").await;
    olga.proved("olga@example.org").await
}

/// A second operator.
async fn pia(site: &Visitor) -> Visitor {
    let address = "pia@example.org".parse().unwrap();
    let roles = "finance".parse().unwrap();
    account::appoint(site.desk(), &address, "Pia Lund", &roles)
        .await
        .unwrap();
    let pia = site.come_in("pia@example.org", "Pia Lund").await;
    pia.proved("pia@example.org").await
}

/// An operator who has said why they look at the contract of a deal.
async fn looking(deal: &Deal) -> Visitor {
    let olga = olga(&deal.visitor).await;
    let visit = format!("/office/visits/{}", deal.contract);
    let said = olga.post(&visit, "reason=They+have+asked").await;
    assert_eq!(said.header("location"), deal.page(), "{}", said.text());
    olga
}

fn path(deal: &Deal) -> String {
    format!("/office/contracts/{}/hold", deal.contract)
}

/// Puts it on hold; its address.
async fn held(deal: &Deal, olga: &Visitor) -> String {
    let form = hidden(&olga.get(&path(deal)).await);
    for _ in 0..2 {
        done(&olga.post(&path(deal), &format!("{form}&{HOLD}")).await);
    }
    let list = olga.get("/office/holds").await;
    let start = format!("href=\"/office/contracts/{}/holds/", deal.contract);
    let found = between(list.text(), &start, "\"");
    assert_eq!(found.len(), 1, "{}", list.text());
    format!("/office/contracts/{}/holds/{}", deal.contract, found[0])
}

async fn does(who: &Visitor, hold: &str, act: &str) -> crate::testing::Reply {
    let form = hidden(&who.get(hold).await);
    who.post(hold, &format!("{form}&{act}")).await
}

/// All letters to somebody, however many rounds they take.
async fn letters(site: &Visitor, email: &str) -> String {
    let mut all = String::new();
    for _ in 0..8 {
        let some = site.letters_to(email).await;
        all.extend(some.into_iter().map(|one| one.body));
    }
    all
}

#[tokio::test]
async fn a_contract_is_put_on_hold_with_all_that_both_parties_read() {
    let deal = Deal::submitted().await;
    let stranger = olga(&deal.visitor).await;
    let visit = format!("/office/visits/{}", deal.contract);
    for asked in [path(&deal), deal.page()] {
        assert_eq!(
            stranger.get(&asked).await.header("location"),
            visit,
            "a reason first"
        );
    }
    let olga = looking(&deal).await;
    let page = olga.get(&deal.page()).await;
    assert!(page.text().contains(&path(&deal)), "{}", page.text());
    let form = hidden(&olga.get(&path(&deal)).await);
    let empty = olga
        .post(&path(&deal), &format!("{form}&facts=Two+names&days=8"))
        .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "Choose a reason.",
        "Name the rule",
        "from 1 to 7",
        ">Two names</textarea>",
    ] {
        assert!(empty.text().contains(part), "{part}: {}", empty.text());
    }
    assert!(!deal.kept().await.is_paused());
    held(&deal, &olga).await;
    assert!(deal.kept().await.is_paused());
    for party in [&deal.client, &deal.expert] {
        let page = party.get(&deal.page()).await;
        for part in [
            "On hold",
            "It is not clear who one of you is.",
            "Two &#60;names&#62;.",
            "terms, 7.3",
            "Olga Brandt",
            "24 November 2026, 12:00 UTC",
            "1 December 2026, 12:00 UTC",
            "Complain about the hold",
            "put the contract on hold",
        ] {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
        let record = party.get("/me/audit").await;
        let told = "Put the contract about “Invoice API” on hold.";
        assert!(record.text().contains(told), "{}", record.text());
    }
    let told = letters(&deal.visitor, "emil@example.org").await;
    for part in [
        "put on hold, until Tuesday 1 December 2026, 12:00 UTC at the latest",
        "The reason: It is not clear who one of you is.",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn what_a_hold_stops_is_said_where_it_is_asked_for() {
    let deal = Deal::submitted().await;
    held(&deal, &looking(&deal).await).await;
    let approve = deal.client.get(&deal.act("approve")).await;
    assert!(
        approve.text().contains("The operator has paused this contract"),
        "{}",
        approve.text()
    );
    let resume = format!("{}/resume", deal.page());
    assert!(
        deal.client
            .get(&resume)
            .await
            .text()
            .contains("only the operator resumes it")
    );
}

#[tokio::test]
async fn a_complaint_waits_until_another_operator_has_answered_it_also_after_the_end() {
    let deal = Deal::submitted().await;
    let olga = looking(&deal).await;
    let hold = held(&deal, &olga).await;
    let complain = format!("{}/complain", deal.page());
    let nothing = fill(&deal.expert, &complain, "&reason=+").await;
    assert_eq!(
        nothing.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        nothing.text()
    );
    let form = hidden(&deal.expert.get(&complain).await);
    for _ in 0..2 {
        done(
            &deal
                .expert
                .post(&complain, &format!("{form}&reason=One+is+my+maiden+name."))
                .await,
        );
    }
    let told = letters(&deal.visitor, "olga@example.org").await;
    assert!(told.contains(&hold), "{told}");
    let again = deal.expert.get(&complain).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "once: {}", again.text());
    let list = olga.get("/office/holds").await;
    assert!(list.text().contains("There is a complaint"), "{}", list.text());
    let own = does(&olga, &hold, "act=answer_expert&reason=That+is+no+reason.&days=7").await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.text());
    assert!(
        own.text().contains("another operator than the first"),
        "{}",
        own.text()
    );

    // eight days later the hold is over by itself, and the complaint still waits
    let now = olga.later(8).await;
    let list = now.get("/office/holds").await;
    for part in [
        "A contract (over)",
        "There is a complaint",
        "One is my maiden name.",
    ] {
        assert!(list.text().contains(part), "{part}: {}", list.text());
    }
    let pia = operator(&now, "pia@example.org", "finance").await;
    let pia = pia.proved("pia@example.org").await;
    let page = pia.get(&hold).await;
    assert!(!page.text().contains("Lift it"), "{}", page.text());
    done(&does(&pia, &hold, "act=answer_expert&reason=You+are+right.&days=7").await);
    assert!(pia.get("/office/holds").await.text().contains("None stands"));
    let read = deal.expert.beside(&now).get(&deal.page()).await;
    for part in ["Was on hold", "You are right.", "The pause ended"] {
        assert!(read.text().contains(part), "{part}: {}", read.text());
    }
    let kept = deal.kept().await;
    assert!(!kept.is_paused());
    let told = letters(&now, "clara@example.org").await;
    assert!(told.contains("no longer on hold"), "{told}");
}

#[tokio::test]
async fn a_hold_is_lifted_with_a_reason_and_thirty_days_take_two() {
    let deal = Deal::submitted().await;
    let mut olga = looking(&deal).await;
    let hold = held(&deal, &olga).await;
    let sooner = does(&olga, &hold, "act=extend&reason=Not+clear+yet&days=1").await;
    assert_eq!(sooner.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        sooner.text().contains("stands longer than that"),
        "{}",
        sooner.text()
    );
    for week in 1..=4 {
        // a day before its end, every week
        olga = olga.later(week * 6).await.proved("olga@example.org").await;
        let reply = does(&olga, &hold, "act=extend&reason=Not+clear+yet&days=7").await;
        let next = if week < 4 {
            "/office/holds"
        } else {
            "/office/motions"
        };
        assert_eq!(reply.header("location"), next, "week {week}: {}", reply.text());
    }
    let pia = pia(&olga).await;
    let motions = pia.get("/office/motions").await;
    for part in [
        "extend contract hold",
        "“Invoice API”",
        "Not clear yet",
        "Olga Brandt",
    ] {
        assert!(motions.text().contains(part), "{part}: {}", motions.text());
    }
    let seconds = between(motions.text(), "action=\"/office/motions/", "\"");
    let second = seconds.into_iter().find(|one| one.ends_with("/second")).unwrap();
    done(&pia.post(&format!("/office/motions/{second}"), "").await);
    let kept = deal.kept().await;
    assert!(kept.holds[0].second.is_some(), "{:?}", kept.holds);
    let unsaid = does(&pia, &hold, "act=lift&reason=&days=7").await;
    let status = unsaid.status;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unsaid.text());
    let form = hidden(&pia.get(&hold).await);
    for _ in 0..2 {
        done(
            &pia.post(&hold, &format!("{form}&act=lift&reason=It+was+shown.&days=7"))
                .await,
        );
    }
    assert!(!deal.kept().await.is_paused());
    let page = deal.client.beside(&olga).get(&deal.page()).await;
    let both = "Olga Brandt of Northgate Engineers and Pia Lund of Northgate Engineers kept the contract on hold longer";
    assert!(page.text().contains(both), "{}", page.text());
    for page in [page, pia.get(&hold).await] {
        for part in ["Why it was lifted", "It was shown."] {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
    }
    assert!(olga.get("/office/holds").await.text().contains("None stands"));
    let client = deal.client.beside(&olga);
    let record = client.get("/me/audit").await;
    for part in [
        "Kept the contract about “Invoice API” on hold longer.",
        "As the second operator",
        "Let the contract about “Invoice API” go on.",
        "It was shown.",
    ] {
        assert!(record.text().contains(part), "{part}: {}", record.text());
    }
}

#[tokio::test]
async fn nobody_else_puts_a_contract_on_hold() {
    let deal = Deal::submitted().await;
    let olga = looking(&deal).await;
    let hold = held(&deal, &olga).await;
    let support = operator(&deal.visitor, "sam@example.org", "support").await;
    let other = deal.visitor.come_in("mallory@example.org", "Mallory").await;
    for who in [&deal.client, &deal.expert, &support, &other] {
        for path in [&path(&deal), &hold] {
            assert_eq!(who.get(path).await.status, StatusCode::NOT_FOUND);
            assert_eq!(who.post(path, HOLD).await.status, StatusCode::NOT_FOUND);
        }
    }
    let page = support
        .post(&format!("/office/visits/{}", deal.contract), "reason=A+question")
        .await;
    assert_eq!(page.header("location"), deal.page());
    let page = support.get(&deal.page()).await;
    assert!(page.text().contains("On hold") && !page.text().contains("Decide about the hold"));
    let complain = format!("{}/complain", deal.page());
    assert_eq!(other.get(&complain).await.status, StatusCode::NOT_FOUND);
    assert_eq!(olga.get(&complain).await.status, StatusCode::CONFLICT);
    // whoever is a party does not decide, whatever their role
    let roles = "finance".parse().unwrap();
    let address = "emil@example.org".parse().unwrap();
    let appointed = earnest_app::account::appoint(deal.visitor.desk(), &address, "Emil Berg", &roles);
    appointed.await.unwrap();
    let emil = deal.expert.clone().proved("emil@example.org").await;
    assert_eq!(emil.get(&hold).await.status, StatusCode::NOT_FOUND);
}
