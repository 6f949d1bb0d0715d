//! Every operation that puts something, and every one of the office, does what its name says. What only refuses would not tell
//! one wired to the wrong handler from the right one.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::flow::{World, operator, profile, usd};
use super::program::{Program, post};
use crate::provider::tests::quiet;
use crate::testing::Visitor;

impl Program {
    /// A PUT that must be done; what it answered.
    async fn put_done(&self, path: &str, body: Value) -> Value {
        let reply = self.put(path, &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.json()
    }

    /// What stands there.
    pub(super) async fn read(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.json()
    }

    /// The same who has just given a second factor.
    pub(super) async fn sure(self, email: &str) -> Self {
        let visitor = self.visitor.clone().proved(email).await;
        Self { visitor, ..self }
    }
}

#[tokio::test]
async fn what_a_person_puts_about_themself_is_there_afterwards() {
    let visitor = Visitor::new();
    let ada = Program::of(&visitor, "ada@client.example", "Ada").await;
    let renamed = ada.put_done("/me", json!({"name": "Ada King"})).await;
    assert_eq!(renamed["name"], "Ada King");
    assert_eq!(ada.read("/me").await, renamed);

    let topic = |list: &Value, optional: bool| {
        let all = list["items"].as_array().unwrap().clone();
        let fits = move |one: &&Value| one["optional"] == optional;
        all.iter().find(fits).unwrap().clone()
    };
    let before = ada.read("/me/notices").await;
    assert_eq!(topic(&before, true)["on"], true);
    let none = ada.put_done("/me/notices", json!({"topics": []})).await;
    assert_eq!(
        (&topic(&none, true)["on"], &topic(&none, false)["on"]),
        (&json!(false), &json!(true))
    );
    let wanted = json!({"topics": [topic(&none, true)["topic"]]});
    ada.put_done("/me/notices", wanted).await;
    assert_eq!(topic(&ada.read("/me/notices").await, true)["on"], true);
    let unknown = ada.put("/me/notices", &json!({"topics": ["weather"]})).await;
    assert_eq!(unknown.json()["errors"][0]["field"], "topics");

    let other = json!({"current": "three plain words", "password": "four other plain words"});
    assert_eq!(ada.put_done("/me/password", other).await["done"], true);
    let come_in = async |password: &str| {
        let asked = json!({"email": "ada@client.example", "password": password});
        post(&visitor, "", "/tokens", &asked, None).await.status
    };
    assert_eq!(come_in("three plain words").await, StatusCode::UNAUTHORIZED);
    assert_eq!(come_in("four other plain words").await, StatusCode::CREATED);
}

#[tokio::test]
async fn a_profile_is_saved_hidden_and_shown_again() {
    let world = World::new().await;
    let emil = &world.expert;
    let mut other = profile();
    other["headline"] = json!("Backends in Rust");
    let saved = emil.put_done("/me/expert-profile", other).await;
    assert_eq!(saved["headline"], "Backends in Rust");
    assert_eq!(emil.read("/me/expert-profile").await, saved);
    let path = format!("/experts/{}", emil.id);
    assert_eq!(
        emil.done("/me/expert-profile/hide", json!({})).await["standing"],
        "hidden"
    );
    assert_eq!(world.client.get(&path).await.status, StatusCode::NOT_FOUND);
    let shown = emil.done("/me/expert-profile/show", json!({})).await;
    assert_eq!(shown["standing"], "visible");
    assert_eq!(world.client.read(&path).await["headline"], "Backends in Rust");
}

#[tokio::test]
async fn a_payout_account_is_set_and_an_absence_registered() {
    let world = World::new().await;
    let (contract, _milestone) = world.submitted().await;
    let absence = json!({"from": "2026-12-01", "to": "2026-12-03"});
    let path = format!("/contracts/{contract}");
    let after = world.client.put_done(&format!("{path}/absence"), absence).await;
    assert_eq!(after["id"], contract.as_str());
    let history = world.client.read(&format!("{path}/history")).await;
    let last = history["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["event"], "register_absence");
    assert_eq!(last["command"]["from"], "2026-12-01T00:00:00Z", "{last}");

    let paid = world.visitor.with_desk(|desk| {
        let mut providers = (*desk.providers).clone();
        providers.insert("quiet".to_owned(), quiet());
        desk.providers = providers.into();
    });
    let emil = Program {
        visitor: paid,
        ..world.expert.clone()
    };
    let at = json!({"provider": "quiet"});
    let checked = emil.done("/me/identity-check", at.clone()).await;
    assert_eq!(
        checked["url"],
        format!("https://quiet.example/acct_of_{}", emil.id)
    );
    let early = emil.put("/me/payout-account", &at).await;
    assert_eq!(early.json()["code"], "second_factor_missing", "{}", early.text());
    let emil = emil.sure("emil@expert.example").await;
    assert_eq!(emil.read("/balance").await["payout_account"], Value::Null);
    assert_eq!(emil.put_done("/me/payout-account", at).await["done"], true);
    let account = emil.read("/balance").await["payout_account"].clone();
    assert_eq!(account, format!("quiet acct_of_{}", emil.id));
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let visitor = Visitor::new();
    let ada = Program::of(&visitor, "ada@client.example", "Ada").await;
    let asked = json!({"email": "ada@client.example", "password": "three plain words", "label": "other"});
    let made = post(&visitor, "", "/tokens", &asked, None).await.json();
    let token = made["token"].as_str().unwrap().to_owned();
    let other = Program { token, ..ada.clone() };
    let sessions = ada.read("/me/sessions").await;
    let all = sessions["items"].as_array().unwrap();
    assert_eq!(all.len(), 3, "the browser of the link, and two programs");
    let labelled = all.iter().find(|one| one["label"] == "other").unwrap();
    assert_eq!(labelled["is_this"], false);
    let path = format!("/me/sessions/{}/end", labelled["id"].as_str().unwrap());
    let stranger = Program::of(&visitor, "eve@stranger.example", "Eve").await;
    assert_eq!(
        stranger.post(&path, &json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    ada.done(&path, json!({})).await;
    assert_eq!(other.get("/me").await.status, StatusCode::UNAUTHORIZED);
    ada.done("/me/sessions/end-others", json!({})).await;
    let left = ada.read("/me/sessions").await["items"].clone();
    assert_eq!(
        (left.as_array().unwrap().len(), &left[0]["is_this"]),
        (1, &json!(true))
    );
}

/// A dispute that the office is to decide, at that moment, with two operators.
pub(super) struct Case {
    pub(super) world: World,
    pub(super) dispute: String,
    milestone: String,
    pub(super) olga: Program,
    pia: Program,
}

impl Case {
    pub(super) async fn new() -> Self {
        let mut world = World::new().await;
        let (_contract, milestone) = world.submitted().await;
        let opened = json!({"unconditional": usd(0), "offer": usd(60_000), "reason": "It takes 900 ms."});
        let path = format!("/milestones/{milestone}/disputes");
        let opened = world.client.done(&path, opened).await;
        let dispute = opened["milestones"][0]["dispute"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let answer = json!({"unconditional": usd(0), "offer": usd(110_000)});
        world
            .expert
            .done(&format!("/disputes/{dispute}/answer"), answer)
            .await;
        let now = world.visitor.later(14).await;
        world.client.visitor = now.clone();
        world.expert.visitor = now.clone();
        let [olga, pia] = ["olga3@office.example", "pia@office.example"];
        let (first, second) = (operator(&now, olga).await, operator(&now, pia).await);
        Self {
            olga: first.sure(olga).await,
            pia: second.sure(pia).await,
            world,
            dispute,
            milestone,
        }
    }

    async fn asks(&self, by: &Program, to_expert: i64, key: &str) -> crate::testing::Reply {
        let reasons = "Item one was not met in the version that was submitted. ".repeat(5);
        let asked =
            json!({"to_expert": usd(to_expert), "to_client": usd(120_000 - to_expert), "reasons": reasons});
        let path = format!("/disputes/{}/decide", self.dispute);
        by.post_with(&path, &asked, Some(key)).await
    }

    async fn decides(&self, key: &str) -> String {
        let reply = self.asks(&self.olga, 70_000, key).await;
        assert_eq!(
            reply.status,
            StatusCode::ACCEPTED,
            "above the limit: {}",
            reply.text()
        );
        assert_eq!(reply.json()["done"], false);
        reply.json()["motion_id"].as_str().unwrap().to_owned()
    }

    async fn motions(&self) -> usize {
        let open = self.pia.read("/office/motions").await;
        open["items"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_decision_is_proposed_dropped_proposed_again_and_seconded() {
    let case = Case::new().await;
    let queues = case.olga.read("/office/queues").await;
    let queue = |name: &str| {
        let all = queues["items"].as_array().unwrap();
        all.iter().find(|one| one["queue"] == name).unwrap()["count"].clone()
    };
    assert_eq!((queue("disputes"), queue("motions")), (json!(1), json!(0)));
    let open = case.olga.read("/office/disputes").await["items"][0].clone();
    assert_eq!(open["dispute_id"], case.dispute.as_str());
    assert_eq!(
        (&open["client"], &open["awaits_decision"]),
        (&json!("Clara"), &json!(true))
    );
    let motion = case.decides("first").await;
    assert_eq!(case.decides("same").await, motion);
    let opposite = case.asks(&case.olga, 50_000, "opposite").await;
    assert_eq!(opposite.json()["code"], "motion_waits", "{}", opposite.text());
    assert!(opposite.text().contains(&motion), "{}", opposite.text());
    assert_eq!(case.motions().await, 1);
    let other = case.asks(&case.pia, 50_000, "other").await;
    let other = other.json()["motion_id"].as_str().unwrap().to_owned();
    assert_eq!(case.motions().await, 2, "another operator may see it otherwise");
    let drop = format!("/office/motions/{other}/drop");
    case.pia.done(&drop, json!({})).await;
    case.pia
        .done(&format!("/office/motions/{motion}/drop"), json!({}))
        .await;
    assert_eq!(case.motions().await, 0);
    let motion = case.decides("again").await;
    let path = format!("/office/motions/{motion}/second");
    let own = case.olga.post(&path, &json!({})).await;
    assert_eq!(
        own.status,
        StatusCode::CONFLICT,
        "not by whoever proposed: {}",
        own.text()
    );
    assert_eq!(case.pia.done(&path, json!({})).await["done"], true);
    assert_eq!(case.motions().await, 0);
    let milestone = case
        .world
        .client
        .read(&format!("/milestones/{}", case.milestone))
        .await;
    assert_eq!(
        milestone["dispute"]["rulings"][0]["to_client"],
        usd(50_000),
        "{milestone}"
    );
}

#[tokio::test]
async fn a_hold_is_placed_read_complained_about_and_lifted() {
    let world = World::new().await;
    let olga = operator(&world.visitor, "olga3@office.example").await;
    let olga = olga.sure("olga3@office.example").await;
    let (emil, id) = (&world.expert, world.expert.id.to_string());
    let hold = json!({"person_id": id, "scope": "payouts", "reason": "identity", "facts": "Two names.",
        "rule": "terms, 7.3", "review_by": "2026-11-28T12:00:00Z"});
    assert_eq!(olga.done("/office/holds", hold).await["done"], true);
    let listed = olga.read(&format!("/office/people/{id}/holds")).await["items"][0].clone();
    assert_eq!(
        (&listed["facts"], &listed["stands"]),
        (&json!("Two names."), &json!(true))
    );
    let own = emil.read("/me/holds").await["items"][0].clone();
    assert_eq!(own, listed, "whoever is held reads the same");
    let hold = listed["id"].as_str().unwrap();
    let appeal = format!("/me/holds/{hold}/appeal");
    assert_eq!(
        world
            .client
            .post(&appeal, &json!({"reason": "Mine"}))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let appealed = emil.done(&appeal, json!({"reason": "I was married."})).await;
    assert_eq!(appealed["items"][0]["appealed"], true);
    let lifting = json!({"person_id": id, "reason": "It was shown."});
    assert_eq!(
        olga.done(&format!("/office/holds/{hold}/lift"), lifting).await["done"],
        true
    );
    let over = emil.read("/me/holds").await["items"][0].clone();
    assert_eq!(
        (&over["stands"], &over["lifted_because"]),
        (&json!(false), &json!("It was shown."))
    );
    let operator = json!({"id": olga.id, "name": "Olga"});
    assert_eq!((&over["by"], &over["lifted_by"]), (&operator, &operator));
    assert_eq!((&own["by"], &own["lifted_by"]), (&operator, &Value::Null));
    assert_eq!(
        emil.read("/balance").await["holds"][0],
        over,
        "the same everywhere"
    );
    assert!(over["ended_at"].is_string(), "{over}");
    let acts = emil.read("/me/audit").await;
    let acts: Vec<&str> = acts["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["act"].as_str().unwrap())
        .collect();
    assert!(acts.iter().any(|act| act.contains("Lifted")), "{acts:?}");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one set of books, asked in every way")]
async fn the_books_are_read_by_account_day_and_page_and_proved() {
    let world = World::new().await;
    let (contract, milestone) = world.submitted().await;
    world
        .client
        .done(&format!("/milestones/{milestone}/approve"), json!({}))
        .await;
    let olga = operator(&world.visitor, "olga3@office.example").await;
    let entries = async |query: &str| {
        let found = olga.read(&format!("/office/ledger/entries?{query}")).await;
        let kinds = found["items"].as_array().unwrap().iter();
        let kinds: Vec<String> = kinds
            .map(|one| one["kind"].as_str().unwrap().to_owned())
            .collect();
        (kinds, found)
    };
    let (all, found) = entries("").await;
    assert!(all.len() > 1, "{all:?}");
    let newest = &found["items"][0];
    let id = newest["id"].as_str().unwrap();
    assert_eq!(olga.read(&format!("/office/ledger/entries/{id}")).await, *newest);
    let sum = |side: &str| {
        let lines = newest["lines"].as_array().unwrap().iter();
        let of_side = lines.filter(|one| one["side"] == side);
        of_side
            .map(|one| one["amount"]["amount_minor"].as_i64().unwrap())
            .sum::<i64>()
    };
    assert!(sum("debit") > 0 && sum("debit") == sum("credit"), "{newest}");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let (kinds, found) = entries(&format!("limit=1{cursor}")).await;
        assert_eq!(kinds.len(), 1);
        paged.extend(kinds);
        match found["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    assert_eq!(entries(&format!("history={contract}")).await.0, all);
    assert_eq!(entries("history=con_00000000000000000000000000").await.0.len(), 0);
    assert_eq!(entries("kind=captured").await.0, ["captured"]);
    assert_eq!(
        entries(&format!("account=L:held:{milestone}")).await.0.len(),
        2,
        "in and out"
    );
    assert_eq!(
        entries("account=L:expert_pending:per_00000000000000000000000000")
            .await
            .0
            .len(),
        0
    );
    assert_eq!(
        entries("from=2026-11-24T12:00:00Z&before=2026-11-24T12:00:01Z")
            .await
            .0,
        all
    );
    assert_eq!(entries("before=2026-11-24T12:00:00Z").await.0.len(), 0);
    assert_eq!(entries("from=2026-11-24T12:00:01Z").await.0.len(), 0);
    for (wrong, field) in [
        ("from=soon", "from"),
        ("cursor=1", "cursor"),
        ("account=x", "account"),
        ("limit=0", "limit"),
    ] {
        let reply = olga.get(&format!("/office/ledger/entries?{wrong}")).await;
        assert_eq!(reply.json()["errors"][0]["field"], field, "{}", reply.text());
    }
    let balance = olga.read("/office/ledger/trial-balance").await;
    let accounts = balance["items"].as_array().unwrap();
    assert!(
        accounts
            .iter()
            .any(|one| one["account"] == format!("L:held:{milestone}")),
        "{balance}"
    );
    let early = olga
        .read("/office/ledger/trial-balance?at=2026-11-24T11:00:00Z")
        .await;
    assert_eq!(early["items"], json!([]));
    let verified = olga.done("/office/ledger/verify", json!({})).await;
    assert_eq!(verified["sound"], true, "{verified}");
    let checked = verified["report"]["checked"]["entries"].as_u64().unwrap();
    assert!(usize::try_from(checked).unwrap() >= all.len());
}

#[tokio::test]
async fn experts_are_vetted_and_proposed_and_the_client_turns_to_one() {
    let world = World::new().await;
    let olga = operator(&world.visitor, "olga3@office.example").await;
    let vera = Program::of(&world.visitor, "vera@expert.example", "Vera").await;
    vera.put_done("/me/expert-profile", profile()).await;
    let vet = format!("/office/experts/{}/vet", vera.id);
    let refusal =
        json!({"decision": "refused", "reasons": "The link leads nowhere.", "failed": ["evidence"]});
    assert_eq!(olga.done(&vet, refusal).await["standing"], "refused");
    assert_eq!(vera.read("/me/expert-profile").await["standing"], "refused");
    let brief = json!({"summary": "A pricing service", "role": "Python engineer"});
    let request = world.client.done("/requests", brief).await;
    let id = request["id"].as_str().unwrap();
    let at = |rest: &str| format!("/requests/{id}/{rest}");
    world
        .client
        .done(&at("open"), json!({"acceptance": ["It answers"]}))
        .await;
    let emil = json!({"expert_id": world.expert.id.to_string()});
    let early = world.client.post_with(&at("talk"), &emil, Some("early")).await;
    assert!(
        early.status.is_client_error(),
        "nobody was proposed: {}",
        early.text()
    );
    let advice = json!({"experts": [{"expert_id": world.expert.id.to_string(), "note": "Has built two.", "rate": "95"}]});
    olga.done(&format!("/office/requests/{id}/propose-experts"), advice)
        .await;
    let proposed = world.client.read(&at("proposed-experts")).await["items"].clone();
    assert_eq!(
        (&proposed[0]["name"], &proposed[0]["hourly_rate"]),
        (&json!("Emil"), &usd(9_500))
    );
    assert_eq!(
        world.expert.get(&at("proposed-experts")).await.status,
        StatusCode::NOT_FOUND
    );
    let begun = world.client.done(&at("talk"), emil).await;
    let talks = world.expert.read("/conversations").await;
    assert_eq!(talks["items"][0]["id"], begun["conversation_id"]);
}
