//! What waits in the office, seen to by programs: each operation does what its name says, and nothing of it for others.

use std::sync::Arc;

use axum::http::StatusCode;
use earnest_app::contract::Also;
use earnest_app::outside::mail::{Mailer, NotSent, Sending};
use earnest_app::payee::{self, Who};
use earnest_hire::bank::TransferReference;
use earnest_hire::contract::Actor;
use earnest_hire::payee::Command;
use earnest_store::{JobEnd, JobState, MailRow};
use serde_json::{Value, json};

use super::flow::{World, operator, usd};
use super::program::Program;
use crate::contract::tests::Deal;
use crate::testing::{Visitor, with_small};

const HEAD: &str = "date,amount,currency,reference,counterparty,transaction_id\n";
const OLGA: &str = "olga3@office.example";
const PIA: &str = "pia3@office.example";

async fn olga(visitor: &Visitor) -> Program {
    operator(visitor, OLGA).await.sure(OLGA).await
}

async fn items(program: &Program, path: &str) -> Vec<Value> {
    program.read(path).await["items"].as_array().unwrap().clone()
}

async fn import(olga: &Program, lines: &str) -> Value {
    olga.done(
        "/office/statements",
        json!({"statement": format!("{HEAD}{lines}")}),
    )
    .await
}

/// Another operator seconds what was answered with a motion.
async fn seconded(visitor: &Visitor, answer: &Value) {
    assert_eq!(answer["done"], false, "{answer}");
    let pia = operator(visitor, PIA).await.sure(PIA).await;
    let motion = answer["motion_id"].as_str().unwrap();
    let path = format!("/office/motions/{motion}/second");
    pia.done(&path, json!({})).await;
}

#[tokio::test]
async fn a_transfer_is_read_and_given_to_its_payment_or_sent_back() {
    let world = World::new().await;
    let (contract, milestone) = world.signed().await;
    let asked = json!({"provider": "bank"});
    let path = format!("/milestones/{milestone}/fund");
    let payment = world.client.done(&path, asked).await["payment_id"].clone();
    let payment = payment.as_str().unwrap();
    let reference = TransferReference::of_payment(payment.parse().unwrap()).to_string();
    let unsure = operator(&world.visitor, "ursula@office.example").await;
    let statement = json!({"statement": HEAD});
    unsure
        .refused("/office/statements", statement, "second_factor_missing")
        .await;
    let olga = olga(&world.visitor).await;
    let awaited = items(&olga, "/office/awaited").await;
    assert_eq!(
        (&awaited[0]["payment_id"], &awaited[0]["reference"]),
        (&json!(payment), &json!(reference))
    );
    assert_eq!(awaited[0]["missing"], usd(120_000));
    let wrong = json!({"statement": format!("{HEAD}2026-11-24,much,USD,x,Clara,b1\n")});
    olga.refused("/office/statements", wrong, "invalid").await;
    let taken = import(
        &olga,
        "2026-11-24,1200.00,USD,for the API,Clara,b1\n2026-11-24,5.00,USD,oops,Ada,b2\n",
    )
    .await;
    assert_eq!((&taken["matched"], &taken["unmatched"]), (&json!(0), &json!(2)));
    let told = import(&olga, "2026-11-24,5,USD,Oops,Ada,\n").await;
    let doubt = &told["doubtful"][0];
    assert_eq!(
        (&doubt["line"], &doubt["before"]),
        (&json!(2), &json!("b2")),
        "{told}"
    );
    let waiting = items(&olga, "/office/receipts").await;
    let id = |name: &str| {
        let found = waiting.iter().find(|one| one["external_id"] == name);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (ours, nobodys) = (id("b1"), id("b2"));
    let at = |id: &str, act: &str| format!("/office/receipts/{id}/{act}");
    olga.refused(&at(&ours, "assign"), json!({"payment": "nothing"}), "invalid")
        .await;
    unsure
        .refused(
            &at(&ours, "assign"),
            json!({"payment": reference}),
            "second_factor_missing",
        )
        .await;
    let asked = json!({"payment": reference});
    let proposed = olga.post_with(&at(&ours, "assign"), &asked, Some("much")).await;
    assert_eq!(proposed.status, StatusCode::ACCEPTED, "{}", proposed.text());
    seconded(&world.visitor, &proposed.json()).await;
    let again = json!({"payment": reference});
    let again = olga
        .post_with(&at(&ours, "assign"), &again, Some("once more"))
        .await;
    assert!(again.status.is_client_error(), "it is used up: {}", again.text());
    let kept = world.client.read(&format!("/contracts/{contract}")).await;
    assert_eq!(kept["milestones"][0]["held"], usd(120_000), "{kept}");
    let silent = olga.post(&at(&nobodys, "return"), &json!({"why": "  "})).await;
    assert_eq!(silent.json()["errors"][0]["field"], "why", "{}", silent.text());
    let why = json!({"why": "The sender has asked for it."});
    olga.done(&at(&nobodys, "return"), why).await;
    assert!(items(&olga, "/office/receipts").await.is_empty());
    let to_make = items(&olga, "/office/transfers").await;
    assert_eq!(to_make.len(), 1);
    assert_eq!(to_make[0]["amount"], usd(500));
}

#[tokio::test]
async fn money_that_was_moved_here_takes_two() {
    let world = World::new().await;
    let (_contract, milestone) = world.signed().await;
    let path = format!("/milestones/{milestone}/fund");
    let payment = world.client.done(&path, json!({"provider": "bank"})).await["payment_id"].clone();
    let olga = olga(&world.visitor).await;
    import(&olga, "2026-11-24,1200.00,USD,moved,Provider,b1\n").await;
    let id = items(&olga, "/office/receipts").await[0]["id"].clone();
    let path = format!("/office/receipts/{}/move", id.as_str().unwrap());
    // it never was at a provider, and a rule says so before anybody is asked to second it
    let asked = json!({"payment": payment, "transfer": "tr_12"});
    let refused = olga.post(&path, &asked).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    assert_eq!(refused.json()["definite"], true);
    assert_eq!(items(&olga, "/office/receipts").await.len(), 1);
}

#[tokio::test]
async fn a_difference_is_compared_explained_and_gone() {
    let visitor = Visitor::new();
    let olga = olga(&visitor).await;
    import(&olga, "2026-11-24,-7.00,USD,rent,Landlord,b9\n").await;
    olga.done("/office/differences/compare", json!({"provider": "bank"}))
        .await;
    let open = items(&olga, "/office/differences").await;
    let bank = open.iter().find(|one| one["provider"] == "bank").unwrap();
    let names: Vec<&Value> = bank["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["external_id"])
        .collect();
    assert!(names.contains(&&json!("b9")), "{bank}");
    olga.refused(
        "/office/differences/compare",
        json!({"provider": "moon"}),
        "invalid",
    )
    .await;
    olga.done("/office/differences/repair", json!({"provider": "bank"}))
        .await;
    olga.refused(
        "/office/differences/explain",
        json!({"line": "none", "why": "It was the rent."}),
        "invalid",
    )
    .await;
    let why = json!({"line": "b9", "why": "It was the rent."});
    let proposed = olga.post("/office/differences/explain", &why).await;
    assert_eq!(proposed.status, StatusCode::ACCEPTED, "{}", proposed.text());
    seconded(&visitor, &proposed.json()).await;
    let open = items(&olga, "/office/differences").await;
    assert!(
        open.iter()
            .all(|one| one["differences"].as_array().unwrap().is_empty()),
        "{open:?}"
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_tried_again_and_set_aside() {
    let visitor = Visitor::new();
    let olga = olga(&visitor).await;
    import(&olga, "2026-11-24,-7.00,USD,rent,Landlord,b9\n").await;
    let stuck = items(&olga, "/office/events").await;
    assert_eq!(
        (&stuck[0]["provider"], &stuck[0]["event"]),
        (&json!("bank"), &json!("b9"))
    );
    let event = json!({"provider": "bank", "event": "b9"});
    olga.done("/office/events/retry", event.clone()).await;
    assert_eq!(
        items(&olga, "/office/events").await.len(),
        1,
        "it cannot be applied"
    );
    olga.refused("/office/events/set-aside", event, "invalid").await;
    let aside = json!({"provider": "bank", "event": "b9", "why": "It was the rent."});
    olga.done("/office/events/set-aside", aside).await;
    assert!(items(&olga, "/office/events").await.is_empty());
}

#[tokio::test]
async fn a_payout_is_stopped_and_goes_on_and_its_job_is_sent_again() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let approve = format!("/milestones/{milestone}/approve");
    world.client.done(&approve, json!({})).await;
    let id = world.expert.id;
    let actor = Actor::Person { id };
    let account = Command::SetPayoutAccount {
        reference: "acct_1".to_owned(),
        provider: "bank".parse().unwrap(),
    };
    payee::act(
        world.visitor.desk(),
        id,
        &account,
        Who::sure(&actor),
        Also::Nothing,
    )
    .await
    .unwrap();
    let now = world.visitor.later(30).await;
    let olga = olga(&now).await;
    let emil = Program {
        visitor: now.clone(),
        ..world.expert.clone()
    };
    let emil = emil.sure("emil@expert.example").await;
    let asked = emil.done("/payouts", json!({"amount": usd(50_000)})).await;
    assert_eq!(asked["state"], "requested", "{asked}");
    let payout = emil.read("/payouts").await["items"][0]["id"].clone();
    let path = |act: &str| format!("/office/payouts/{}/{act}", payout.as_str().unwrap());
    let silent = json!({"person_id": id, "days": 2});
    olga.refused(&path("stop"), silent, "invalid").await;
    let why = json!({"person_id": id, "reason": "The bank asks who it is.", "days": 2});
    assert_eq!(olga.done(&path("stop"), why).await["done"], true);
    let waiting = items(&olga, "/office/payouts").await;
    assert_eq!(waiting[0]["payout"]["state"], "held", "{waiting:?}");
    let go_on = json!({"person_id": id});
    assert_eq!(olga.done(&path("release"), go_on).await["done"], true);
    let state = emil.read("/payouts").await["items"][0]["state"].clone();
    assert_eq!(state, "requested");

    let store = &now.desk().store;
    let read = |state| store.read(move |mut view| async move { view.jobs(state, 9).await });
    let job = read(JobState::Waiting).await.unwrap().remove(0);
    let why = "no answer".to_owned();
    store.end_job(job.id.clone(), JobEnd::Dead { why }).await.unwrap();
    let dead = items(&olga, "/office/jobs").await;
    assert_eq!(
        (&dead[0]["id"], &dead[0]["last_error"]),
        (&json!(job.id), &json!("no answer"))
    );
    let which = json!({"job_id": job.id});
    let unsure = operator(&now, "ursula@office.example").await;
    unsure
        .refused("/office/jobs/resend", which.clone(), "second_factor_missing")
        .await;
    olga.done("/office/jobs/resend", which.clone()).await;
    let again = olga.post_with("/office/jobs/resend", &which, Some("again")).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "once: {}", again.text());
    assert!(items(&olga, "/office/jobs").await.is_empty());
}

#[tokio::test]
async fn a_hold_is_kept_longer_and_a_complaint_answered_by_another() {
    let world = World::new().await;
    let olga = olga(&world.visitor).await;
    let emil = &world.expert;
    let hold = json!({"person_id": emil.id, "scope": "payouts", "reason": "identity", "facts": "Two names.",
        "rule": "terms, 7.3", "review_by": "2026-11-26T12:00:00Z"});
    olga.done("/office/holds", hold).await;
    let open = items(&olga, "/office/holds").await[0].clone();
    assert_eq!(open["person_id"], json!(emil.id));
    let id = open["hold"]["id"].as_str().unwrap().to_owned();
    let keep = json!({"person_id": emil.id, "reason": "The bank has not answered.", "days": 5});
    olga.done(&format!("/office/holds/{id}/extend"), keep).await;
    let later = items(&olga, "/office/holds").await[0]["hold"]["review_by"].clone();
    assert_eq!(later, "2026-11-29T12:00:00Z");
    emil.done(
        &format!("/me/holds/{id}/appeal"),
        json!({"reason": "I was married."}),
    )
    .await;
    let answer = json!({"person_id": emil.id, "reason": "The register says otherwise."});
    let path = format!("/office/holds/{id}/answer");
    olga.refused(&path, answer.clone(), "same_operator").await;
    let pia = "pia@office.example";
    let pia = operator(&world.visitor, pia).await.sure(pia).await;
    assert_eq!(pia.done(&path, answer).await["done"], true);
}

/// A mail server that knows nobody.
struct Bouncing;

impl Mailer for Bouncing {
    fn send<'a>(&'a self, _letter: &'a MailRow) -> Sending<'a> {
        let why = "550 nobody of that name".to_owned();
        Box::pin(async { Err(NotSent::Never { why }) })
    }
}

#[tokio::test]
async fn a_letter_that_bounced_is_sent_again() {
    let visitor = Visitor::new();
    let olga = olga(&visitor).await;
    visitor.post("/sign-in", "email=nobody%40example.org").await;
    let mut desk = visitor.desk().clone();
    desk.mailer = Arc::new(Bouncing);
    earnest_app::mail::run_due(&desk).await.unwrap();
    let lost = items(&olga, "/office/letters").await;
    let lost = lost.iter().find(|one| one["to"] == "nobody@example.org").unwrap();
    assert_eq!(lost["why"], "550 nobody of that name");
    assert!(!lost.to_string().contains("/sign-in/"));
    let path = format!("/office/letters/{}/send", lost["id"].as_str().unwrap());
    olga.done(&path, json!({})).await;
    let again = olga.post_with(&path, &json!({}), Some("again")).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
}

#[tokio::test]
async fn people_are_found_and_read_after_a_reason_and_all_of_it_is_logged() {
    let world = World::new().await;
    let olga = olga(&world.visitor).await;
    let stranger = world.client.get("/office/people?q=emil").await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let found = items(&olga, "/office/people?q=emil%40expert").await;
    assert_eq!((found.len(), &found[0]["name"]), (1, &json!("Emil")));
    let path = format!("/office/people/{}", world.expert.id);
    let early = olga.get(&path).await;
    assert_eq!(early.json()["code"], "visit_reason_missing", "{}", early.text());
    let why = json!({"reason": "They have asked for help."});
    olga.done(&format!("{path}/visits"), why).await;
    let file = olga.read(&path).await;
    assert_eq!(file["person"]["email"], "emil@expert.example");
    assert_eq!(file["contract_ids"], json!([]));
    assert_eq!((&file["payable"], &file["owed"]), (&usd(0), &usd(0)));
    assert_eq!(file["payout_account"], Value::Null);
    let log = items(&olga, "/office/log").await;
    let visit = log
        .iter()
        .find(|one| one["reasons"] == "They have asked for help.");
    assert_eq!(visit.unwrap()["about_id"], json!(world.expert.id), "{log:?}");
}

#[tokio::test]
async fn experts_come_in_from_a_table_and_the_way_to_real_money_is_listed() {
    let visitor = Visitor::new();
    let olga = olga(&visitor).await;
    let table = "email,name,headline,about,skills,languages,time_zone\n\
                 ada@new.example,Ada,Backends,Ten years of it.,Python:10,English,Europe/Berlin\n";
    let dry = olga
        .done("/office/experts/import", json!({"table": table, "dry_run": true}))
        .await;
    assert_eq!(
        (&dry["new"], &dry["kept"]),
        (&json!(["ada@new.example"]), &json!(0))
    );
    let kept = olga.done("/office/experts/import", json!({"table": table})).await;
    assert_eq!(kept["kept"], 1);
    let again = olga
        .post_with("/office/experts/import", &json!({"table": table}), Some("again"))
        .await;
    assert_eq!(
        (&again.json()["known"], &again.json()["kept"]),
        (&json!(["ada@new.example"]), &json!(0))
    );
    olga.refused("/office/experts/import", json!({"table": "name\nx\n"}), "invalid")
        .await;

    let done = |all: &[Value]| all.iter().filter(|one| one["done"] == true).count();
    let before = items(&olga, "/office/go-live").await;
    olga.done("/office/go-live/restore", json!({"words": "Tuesday's backup."}))
        .await;
    let after = items(&olga, "/office/go-live").await;
    assert_eq!(done(&after), done(&before) + 1, "{after:?}");
    olga.refused("/office/go-live/restore", json!({"words": ""}), "invalid")
        .await;
    let mail = olga.post("/office/go-live/mail", &json!({})).await;
    assert_eq!(
        mail.status,
        StatusCode::CONFLICT,
        "no server is set: {}",
        mail.text()
    );
}

#[tokio::test]
async fn what_ends_at_providers_is_listed_the_soonest_first_and_counted() {
    let deal = Deal::disputed_by_card().await;
    let far = olga(&deal.visitor).await;
    assert!(items(&far, "/office/deadlines").await.is_empty());
    deal.charged_back().await;
    let now = deal.visitor.later(75).await;
    let olga = operator(&now, "olga@office.example").await;
    let waiting = items(&olga, "/office/queues").await;
    let queue = waiting.iter().find(|one| one["queue"] == "deadlines");
    assert_eq!(queue.unwrap()["count"], 2);
    let found = items(&olga, "/office/deadlines").await;
    let ends: Vec<&Value> = found.iter().map(|one| &one["ends"]).collect();
    assert_eq!(ends, ["evidence", "holding"], "{found:?}");
    assert_eq!(found[0]["chargeback"], "cb_7");
    assert_eq!(
        (&found[0]["evidence"], &found[0]["until"]),
        (&json!("waiting"), &json!("2026-12-02T12:00:00Z"))
    );
    assert_eq!(
        (&found[1]["amount"], &found[1]["until"]),
        (&usd(120_000), &json!("2027-02-22T12:00:00Z"))
    );
    for one in &found {
        let of = (&one["provider"], &one["contract_id"], &one["milestone_id"]);
        let expected = (
            &json!("quiet"),
            &json!(deal.contract.to_string()),
            &json!(deal.milestone.to_string()),
        );
        assert_eq!(of, expected);
    }
    let stranger = Program::of(&now, "ada@client.example", "Ada").await;
    let nothing = stranger.get("/office/deadlines").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn editions_are_listed_with_who_brings_each() {
    let visitor = Visitor::new().publishing(&with_small()).await;
    let olga = operator(&visitor, "olga@office.example").await;
    let all = items(&olga, "/office/editions").await;
    let slugs: Vec<&Value> = all.iter().map(|one| &one["comparison"]).collect();
    assert_eq!(
        slugs,
        ["go-vs-rust-for-services", "python-vs-nodejs-for-backend-hiring"]
    );
    let newest = &all[1]["editions"][0];
    assert_eq!(
        (&newest["number"], &newest["brought_by"]),
        (&json!("5"), &json!("program"))
    );
    assert_eq!(newest["published_at"], "2026-11-24T12:00:00Z");
    assert_eq!(newest["readable"], true);
    let small = &all[0]["editions"][0];
    assert_eq!(
        (&small["brought_by"], &small["shown"]),
        (&json!("folder"), &json!(true))
    );
}
