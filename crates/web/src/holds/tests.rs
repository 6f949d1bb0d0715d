//! What a hold stops of somebody, and what it never does: as pages show it and as programs are answered.

use axum::http::{Request, StatusCode};
use earnest_app::contract::{self, Also};
use earnest_app::password::{self, Proof};
use earnest_app::payee::{self, Who};
use earnest_hire::contract::{Actor, Command as OfContract};
use earnest_hire::ids::PersonId;
use earnest_hire::payee::{Command, Scope};
use jiff::SignedDuration;

use crate::contract::tests::{Deal, hidden, person};
use crate::conversation::testing::{proposal, talking};
use crate::expert::tests::operator;
use crate::testing::{NOW, Reply, Visitor, between};

/// An operator called Olga stops something of somebody for two days.
async fn hold(site: &Visitor, who: PersonId, scope: Scope) {
    operator(site, "olga@example.org", "finance").await;
    let olga = Actor::Operator {
        id: person(site, "olga@example.org").await,
    };
    let command = Command::PlaceHold {
        scope,
        reason: "fraud".to_owned(),
        facts: "Two people sign in.".to_owned(),
        rule: "terms, 4.2".to_owned(),
        review_by: NOW + SignedDuration::from_hours(48),
        second: None,
    };
    let placed = payee::act(site.desk(), who, &command, Who::sure(&olga), Also::Nothing).await;
    placed.unwrap();
}

fn refused(reply: &Reply, code: &str) {
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
    assert!(reply.text().contains(code), "{code}: {}", reply.text());
}

fn tells_all(text: &str) {
    for part in [
        "There are signs of fraud",
        "Two people sign in.",
        "terms, 4.2",
        "Olga Brandt",
        "26 November 2026, 12:00 UTC",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_hold_on_signing_in_stops_new_sessions_and_nothing_that_is_theirs() {
    let deal = Deal::signed().await;
    let (site, emil) = (&deal.visitor, &deal.expert);
    hold(site, deal.people.1, Scope::SignIn).await;
    assert_eq!(
        emil.post("/me/account", "name=Emil+Berg").await.status,
        StatusCode::SEE_OTHER,
        "goes on"
    );

    let token = site.link("emil@example.org").await;
    let came = site.post(&format!("/sign-in/{token}"), "").await;
    assert_eq!(
        (came.status, came.header("location")),
        (StatusCode::SEE_OTHER, "/me/holds")
    );
    let held = site.after(&came);
    let page = held.get("/me/holds").await;
    tells_all(page.text());
    assert!(page.text().contains("Signing in") && page.text().contains("Send the complaint"));
    for own in [
        "/me",
        &deal.page(),
        "/balance",
        "/me/audit",
        "/statements",
        "/me/account",
    ] {
        assert_eq!(held.get(own).await.status, StatusCode::OK, "{own}");
    }
    for stopped in [
        "/me/account",
        "/me/tokens",
        "/me/webhooks",
        &format!("{}/pause", deal.page()),
    ] {
        let reply = held.post(stopped, "name=Emil&label=x").await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{stopped}: {}", reply.text());
        assert!(
            reply.text().contains("Signing in is on hold"),
            "{stopped}: {}",
            reply.text()
        );
        tells_all(reply.text());
    }
    let asked = held.post("/payouts", "amount=10").await;
    assert_eq!(
        asked.header("location"),
        "/me/prove?to=%2Fpayouts%2Fnew",
        "money that is payable is not stopped"
    );
    let field = between(page.text(), "name=\"reason-", "\"")[0].to_owned();
    let complaint = format!("{}&reason-{field}=That+was+my+wife", hidden(&page));
    assert_eq!(
        held.post("/me/holds", &complaint).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(held.get("/me/holds").await.text().contains("That was my wife"));

    let free = held.later(3).await;
    let renamed = free.post("/me/account", "name=Emil+Berg").await;
    assert_eq!(
        renamed.status,
        StatusCode::SEE_OTHER,
        "the hold is over: {}",
        renamed.text()
    );
    assert_eq!(held.post("/sign-out", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn programs_get_no_token_under_a_hold_and_read_why() {
    let site = Visitor::new();
    let email = "ada@example.org".parse().unwrap();
    let asked = password::sign_up(site.desk(), &email, ("Ada", "three plain words"), Proof::None);
    asked.await.unwrap();
    let ask = async || {
        let request = Request::post("/api/v1/tokens").header("content-type", "application/json");
        let body = r#"{"email": "ada@example.org", "password": "three plain words"}"#;
        site.ask(request, body).await
    };
    assert_eq!(ask().await.status, StatusCode::CREATED);
    let ada = site
        .post(
            "/sign-in/password",
            "email=ada%40example.org&password=three+plain+words",
        )
        .await;
    let ada = site.after(&ada);
    hold(&site, person(&site, "ada@example.org").await, Scope::SignIn).await;
    let reply = ask().await;
    refused(&reply, "\"sign_in_held\"");
    tells_all(reply.text());
    refused(&ada.post("/me/tokens", "label=x").await, "Signing in is on hold");
    let came = site
        .post(
            "/sign-in/password",
            "email=ada%40example.org&password=three+plain+words",
        )
        .await;
    assert_eq!(came.header("location"), "/me/holds");
    let wrong = site
        .post(
            "/sign-in/password",
            "email=ada%40example.org&password=other+plain+words",
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.text().contains("Two people"), "only its owner reads why");
}

/// What was written stays in the form, with the reason beside it.
fn unsent(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
    assert!(reply.text().contains("Writing is on hold"), "{}", reply.text());
}

#[tokio::test]
async fn a_hold_on_messages_stops_conversations_without_a_contract() {
    let site = Visitor::new();
    let clara = site.come_in("clara@example.org", "Clara").await;
    let (emil, emil_id) = site.expert("emil@example.org", "Emil").await;
    let form = "name=Clara&email=clara%40example.org&summary=An+API&role=Engineer";
    let mut requests = Vec::new();
    for _ in 0..2 {
        let request = clara.post("/requests", form).await.header("location").to_owned();
        let page = clara.get(&request).await;
        assert!(!page.text().contains("checked the address"), "{}", page.text());
        assert!(page.text().contains("Only you see it so far"), "{}", page.text());
        clara
            .post(&format!("{request}/open"), "acceptance=It+answers")
            .await;
        requests.push(request);
    }
    let begun = emil.post(&format!("{}/conversations", requests[0]), "").await;
    let talk = begun.header("location").to_owned();
    for (who, id) in [
        (&emil, emil_id),
        (&clara, person(&site, "clara@example.org").await),
    ] {
        hold(&site, id, Scope::Messages).await;
        let page = who.get("/me/holds").await;
        assert!(
            page.text().contains("Writing where no contract runs"),
            "{}",
            page.text()
        );
        tells_all(page.text());
    }
    let new = emil.post(&format!("{}/conversations", requests[1]), "").await;
    refused(&new, "Writing is on hold");
    let invited = clara
        .post(
            &format!("{}/invitations", requests[1]),
            &format!("expert_id={emil_id}"),
        )
        .await;
    refused(&invited, "Writing is on hold");
    let page = emil.get(&talk).await;
    let said = emil
        .post(
            &format!("{talk}/messages"),
            &format!("{}&text=I+am+here", hidden(&page)),
        )
        .await;
    unsent(&said);
    assert!(!emil.get(&talk).await.text().contains("I am here"));
    assert_eq!(
        emil.post(&format!("{}/conversations", requests[0]), "")
            .await
            .header("location"),
        talk
    );
}

#[tokio::test]
async fn under_a_hold_one_writes_in_contracts_that_run_and_nowhere_else() {
    let (clara, emil, _request, talk) = talking().await;
    let site = clara.signed_out();
    let sent = emil
        .post(&format!("{talk}/proposals"), &proposal("0", "4,000"))
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let page = clara.get(&talk).await;
    let id = between(page.text(), "action=\"/proposals/", "/")[0].to_owned();
    let accepted = clara.post(&format!("/proposals/{id}/accept"), "number=1").await;
    let contract = accepted
        .header("location")
        .strip_prefix("/contracts/")
        .unwrap()
        .parse()
        .unwrap();

    let emil_id = person(&site, "emil@example.org").await;
    hold(&site, emil_id, Scope::Messages).await;
    let before = format!("{}&text=Before+it+runs", hidden(&emil.get(&talk).await));
    unsent(&emil.post(&format!("{talk}/messages"), &before).await);
    hold(&site, emil_id, Scope::SignIn).await;
    let token = site.link("emil@example.org").await;
    let held = site.after(&site.post(&format!("/sign-in/{token}"), "").await);
    let say = async || {
        let form = format!("{}&text=Here+it+is", hidden(&held.get(&talk).await));
        held.post(&format!("{talk}/messages"), &form).await
    };
    refused(&say().await, "Signing in is on hold");
    let clara_id = person(&site, "clara@example.org").await;
    let kept = contract::show(site.desk(), contract, clara_id).await.unwrap();
    for id in [clara_id, emil_id] {
        let sign = OfContract::Sign {
            sha256: kept.sha256.clone(),
        };
        let party = Actor::Person { id };
        let signed = contract::act(site.desk(), contract, &sign, &party, Also::Nothing);
        signed.await.unwrap();
    }
    let said = say().await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
}
