//! From a request to an approved payment, by programs alone.

use axum::http::{Method, StatusCode};
use earnest_app::contract::{self, Also};
use earnest_app::once::{self, Entered};
use earnest_hire::contract::{Actor, Command};
use earnest_hire::ids::ContractId;
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::person::{Email, Role, Roles};
use earnest_store::Key;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::program::{Program, post, send};
use crate::testing::{NOW, Visitor};

pub(super) struct World {
    pub(super) visitor: Visitor,
    pub(super) client: Program,
    pub(super) expert: Program,
}

pub(super) fn profile() -> Value {
    json!({
        "headline": "Backends in Python", "about": "Ten years of them.",
        "skills": [{"name": "Python", "years": 10}, {"name": "PostgreSQL", "years": 8}],
        "hourly_rate": {"amount_minor": 9_000, "currency": "USD"},
        "languages": ["English", "German"], "time_zone": "Europe/Berlin", "hours_a_week": 30,
        "portfolio": [{"title": "A quote service", "year": 2025, "story": "Wrote it, and run it.", "link": null}],
    })
}

pub(super) fn usd(minor: i64) -> Value {
    json!({"amount_minor": minor, "currency": "USD"})
}

fn proposal() -> Value {
    json!({"note": "I have built two of these.", "milestones": [{
        "title": "The service", "deliverable": "A deployed service with tests",
        "acceptance": ["A quote is answered within 200 ms", "It is documented"],
        "price": usd(120_000), "due_on": "2026-12-20",
    }]})
}

impl World {
    /// A client, and an expert whom the office has let through.
    pub(super) async fn new() -> Self {
        let visitor = Visitor::new();
        let client = Program::of(&visitor, "clara@client.example", "Clara").await;
        let expert = Program::of(&visitor, "emil@expert.example", "Emil").await;
        let olga = operator(&visitor, "olga@office.example").await;
        let saved = expert.put("/me/expert-profile", &profile()).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
        assert_eq!(saved.json()["standing"], "waiting");
        assert_eq!(saved.json()["portfolio"], profile()["portfolio"]);
        let vet = format!("/office/experts/{}/vet", expert.id);
        assert_eq!(
            olga.done(&vet, json!({"decision": "approved"})).await["standing"],
            "visible"
        );
        Self {
            visitor,
            client,
            expert,
        }
    }

    /// A proposal of the expert to an open request of the client.
    pub(super) async fn proposed(&self) -> String {
        self.proposed_for("A pricing service").await
    }

    /// The same, to one of its own for each summary.
    pub(super) async fn proposed_for(&self, summary: &str) -> String {
        let brief = json!({"summary": summary, "role": "Python engineer", "budget": "1,000-2,000"});
        let request = self.client.done("/requests", brief).await;
        assert_eq!(request["stage"], "submitted");
        let id = request["id"].as_str().unwrap();
        let items = json!({"acceptance": ["A quote is answered within 200 ms"]});
        let open = self.client.done(&format!("/requests/{id}/open"), items).await;
        assert_eq!(open["stage"], "open");
        let found = self.expert.get("/requests?open=true&skill=python").await.json();
        assert_eq!(found["items"][0]["id"], id);
        assert_eq!(found["items"][0]["yours"], false);
        let made = self
            .expert
            .done(&format!("/requests/{id}/proposals"), proposal())
            .await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A contract that both have signed; its id and the milestone's.
    pub(super) async fn signed(&self) -> (String, String) {
        let proposal = self.proposed().await;
        let accepted = self
            .client
            .done(&format!("/proposals/{proposal}/accept"), json!({"version": 1}))
            .await;
        let contract = accepted["contract_id"].as_str().unwrap().to_owned();
        let path = format!("/contracts/{contract}/sign");
        self.client.done(&path, json!({})).await;
        let signed = self.expert.done(&path, json!({})).await;
        assert_eq!(signed["standing"], "active");
        let milestone = signed["milestones"][0]["id"].as_str().unwrap().to_owned();
        (contract, milestone)
    }

    /// Pays as a bank would.
    async fn pay(&self, contract: &str) {
        let id: ContractId = contract.parse().unwrap();
        let kept = contract::show(self.visitor.desk(), id, self.client.id)
            .await
            .unwrap();
        let payment = kept.payments.last().unwrap();
        let captured = Command::Captured {
            payment: payment.id,
            amount: earnest_hire::contract::money(payment.asked_minor, Currency::USD),
            fee: earnest_hire::contract::money(Minor::ZERO, Currency::USD),
            receipt: "r1".to_owned(),
        };
        let bank = Actor::Provider { name: Name::bank() };
        contract::act(self.visitor.desk(), id, &captured, &bank, Also::Nothing)
            .await
            .unwrap();
        self.visitor
            .desk()
            .store
            .onboard(self.expert.id, NOW)
            .await
            .unwrap();
    }

    /// At work on funded money.
    pub(super) async fn working(&self) -> (String, String) {
        let (contract, milestone) = self.signed().await;
        let funded = self
            .client
            .done(
                &format!("/milestones/{milestone}/fund"),
                json!({"provider": "bank"}),
            )
            .await;
        let page = funded["checkout_url"].as_str().unwrap();
        assert!(page.ends_with(&format!("/payments/{}", funded["payment_id"].as_str().unwrap())));
        self.pay(&contract).await;
        self.expert
            .done(&format!("/milestones/{milestone}/start"), json!({}))
            .await;
        (contract, milestone)
    }

    pub(super) async fn submitted(&self) -> (String, String) {
        let (contract, milestone) = self.working().await;
        let version = json!({"note": "All of it.", "links": ["https://example.org/pull/1"]});
        self.expert
            .done(&format!("/milestones/{milestone}/submit"), version)
            .await;
        (contract, milestone)
    }
}

pub(super) async fn operator(visitor: &Visitor, email: &str) -> Program {
    let program = Program::of(visitor, email, "Olga").await;
    let email: Email = email.parse().unwrap();
    let roles = Roles::from_iter([Role::Owner]);
    earnest_app::account::appoint(visitor.desk(), &email, "Olga", &roles)
        .await
        .unwrap();
    program
}

#[tokio::test]
async fn from_a_request_to_an_approved_payment() {
    let world = World::new().await;
    let (contract, milestone) = world.submitted().await;
    let approved = world
        .client
        .done(&format!("/milestones/{milestone}/approve"), json!({}))
        .await;
    assert_eq!(approved["milestones"][0]["state"], "released");
    assert_eq!(approved["milestones"][0]["released"], usd(120_000));
    let balance = world.expert.get("/balance").await.json();
    assert_eq!(balance["pending"], usd(108_000), "the price less a tenth");
    assert_eq!(balance["earnings"][0]["contract_id"], contract.as_str());
    let history = world
        .expert
        .get(&format!("/contracts/{contract}/history"))
        .await
        .json();
    let events: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "offer", "sign", "sign", "fund", "captured", "start", "submit", "approve"
        ]
    );
    let listed = world.client.get("/contracts").await.json();
    assert_eq!(listed["items"][0]["id"], contract.as_str());
}

#[tokio::test]
async fn talking_and_countering() {
    let world = World::new().await;
    let proposal = world.proposed().await;
    let talk = world.client.get("/conversations").await.json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/conversations/{talk}/messages");
    let said = world
        .client
        .done(&path, json!({"text": "When could you begin?"}))
        .await;
    let again = world
        .client
        .done(&path, json!({"text": "When could you begin?"}))
        .await;
    assert_eq!(said, again, "one key, one message");
    let read = world.expert.get(&path).await.json();
    assert_eq!(read["items"].as_array().unwrap().len(), 1);
    let mut cheaper = self::proposal();
    cheaper["milestones"][0]["price"] = usd(100_000);
    let counter = world
        .client
        .done(&format!("/proposals/{proposal}/counter"), cheaper)
        .await;
    assert_eq!(counter["versions"][1]["by"], "client");
    world
        .client
        .refused(&format!("/proposals/{proposal}/accept"), json!({}), "own_version")
        .await;
    let accepted = world
        .expert
        .done(&format!("/proposals/{proposal}/accept"), json!({"version": 2}))
        .await;
    let contract = world
        .expert
        .get(&format!(
            "/contracts/{}",
            accepted["contract_id"].as_str().unwrap()
        ))
        .await
        .json();
    assert_eq!(contract["milestones"][0]["plan"]["price"], usd(100_000));
}

#[tokio::test]
async fn parts_changes_and_a_settlement() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let at = |act: &str| format!("/milestones/{milestone}/{act}");
    let unmet = json!({"unmet": ["It is documented"], "note": "There is no page."});
    let asked = world.client.done(&at("request-changes"), unmet).await;
    assert_eq!(asked["milestones"][0]["state"], "changes_requested");
    let part = world
        .client
        .done(&at("release"), json!({"amount": usd(20_000)}))
        .await;
    assert_eq!(part["milestones"][0]["held"], usd(100_000));
    let back = world
        .expert
        .done(&at("give-back"), json!({"amount": usd(10_000)}))
        .await;
    assert_eq!(back["milestones"][0]["refunded"], usd(10_000));
    let split = json!({"to_expert": usd(50_000), "to_client": usd(40_000)});
    let offered = world.client.done(&at("settlements"), split).await;
    let id = offered["milestones"][0]["settlement"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/settlements/{id}/accept");
    world.client.refused(&path, json!({}), "own_offer").await;
    let settled = world.expert.done(&path, json!({})).await;
    assert_eq!(settled["milestones"][0]["state"], "split");
    assert_eq!(settled["milestones"][0]["held"], usd(0));
    world
        .client
        .refused(&at("approve"), json!({}), "milestone_ended")
        .await;
}

#[tokio::test]
async fn a_dispute_is_answered_and_decided_by_two() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let disputes = format!("/milestones/{milestone}/disputes");
    let below = "offer_below_figure";
    let less = json!({"unconditional": usd(60_000), "offer": usd(10_000), "reason": "It takes 900 ms."});
    let less = world.client.post(&disputes, &less).await;
    assert_eq!(less.json()["errors"][0]["code"], below, "{}", less.text());
    let opened = json!({"unconditional": usd(10_000), "offer": usd(60_000), "reason": "It takes 900 ms."});
    let opened = world.client.done(&disputes, opened).await;
    let dispute = &opened["milestones"][0]["dispute"];
    assert_eq!(dispute["phase"], "answer_due");
    let id = dispute["id"].as_str().unwrap().to_owned();
    // the expert cannot give $200.00 of $1,200.00 back now and want $1,100.00 in the end
    let less = json!({"unconditional": usd(20_000), "offer": usd(110_000)});
    let less = world.expert.post(&format!("/disputes/{id}/answer"), &less).await;
    assert_eq!(less.json()["errors"][0]["code"], below, "{}", less.text());
    // nor want less in all than the $100.00 that have moved already
    let less = json!({"unconditional": usd(0), "offer": usd(9_000)});
    let less = world.expert.post(&format!("/disputes/{id}/answer"), &less).await;
    assert_eq!(less.json()["errors"][0]["code"], below, "{}", less.text());
    let answer = json!({"unconditional": usd(0), "offer": usd(110_000)});
    let answered = world.expert.done(&format!("/disputes/{id}/answer"), answer).await;
    assert_eq!(answered["milestones"][0]["dispute"]["phase"], "negotiating");
    let decision = json!({"to_expert": usd(60_000), "to_client": usd(50_000), "reasons": "x".repeat(200)});
    let path = format!("/disputes/{id}/decide");
    let stranger = world.client.post(&path, &decision).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let olga = operator(&world.visitor, "olga2@office.example").await;
    let early = olga.post_with(&path, &decision, Some("d1")).await;
    assert_eq!(early.json()["code"], "second_factor_missing", "{}", early.text());
    // The key was not used up by that.
    let sure = olga.clone().sure("olga2@office.example").await;
    let then = sure.post_with(&path, &decision, Some("d1")).await;
    assert_ne!(then.json()["code"], "second_factor_missing", "{}", then.text());
    let told = olga.read("/disputes/statistics").await;
    let numbers =
        ["milestones", "opened", "open", "agreed", "decided", "appealed"].map(|name| told[name].as_i64());
    assert_eq!(numbers, [1, 1, 1, 0, 0, 0].map(Some));
    assert_eq!(told["to_expert_percent"], serde_json::Value::Null);
}

/// H6: one effect a key, one answer for all copies, and another body is refused.
#[tokio::test]
async fn a_key_is_used_once() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let path = format!("/milestones/{milestone}/release");
    let part = json!({"amount": usd(1_000)});
    let mut copies = JoinSet::new();
    for _ in 0..50 {
        let (client, path, part) = (world.client.clone(), path.clone(), part.clone());
        copies.spawn(async move { client.post_with(&path, &part, Some("k1")).await });
    }
    let mut bodies = Vec::new();
    let mut first = 0;
    for reply in copies.join_all().await {
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        first += usize::from(reply.header("idempotent-replayed").is_empty());
        bodies.push(reply.text().to_owned());
    }
    bodies.dedup();
    assert_eq!((bodies.len(), first), (1, 1));
    let now = world.client.get(&format!("/milestones/{milestone}")).await.json();
    assert_eq!(now["released"], usd(1_000));
    let other = world
        .client
        .post_with(&path, &json!({"amount": usd(2_000)}), Some("k1"))
        .await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.json()["code"], "idempotency_key_reused");
    let without = world.client.post_with(&path, &part, None).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST);
    assert_eq!(without.json()["code"], "idempotency_key_required");
    let huge = json!({"amount": usd(999_999_999)});
    let refused = world.client.post_with(&path, &huge, Some("k2")).await;
    let again = world.client.post_with(&path, &huge, Some("k2")).await;
    assert_eq!(
        (refused.status, refused.text()),
        (StatusCode::CONFLICT, again.text())
    );
    assert_eq!(again.header("idempotent-replayed"), "true");
}

/// H6: what is still being answered is told so, and is not done a second time.
#[tokio::test]
async fn a_key_whose_request_is_under_way_is_in_use() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let part = json!({"amount": usd(1_000)});
    let scope = format!("{} POST /milestones/{{id}}/release {milestone}", world.client.id);
    let body = part.to_string();
    let request = [&b""[..], body.as_bytes()];
    let begun = once::enter(world.visitor.desk(), &scope, "k3", &request).await;
    let Entered::First(ticket) = begun.unwrap() else {
        panic!("nobody has asked before");
    };
    let path = format!("/milestones/{milestone}/release");
    let early = world.client.post_with(&path, &part, Some("k3")).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text());
    assert_eq!(early.json()["code"], "idempotency_key_in_use");
    let now = world.client.read(&format!("/milestones/{milestone}")).await;
    assert_eq!(now["released"], usd(0), "nothing was done");
    // the first is answered, and the same request reads its answer
    once::leave(world.visitor.desk(), &ticket, 200, "{}")
        .await
        .unwrap();
    let again = world.client.post_with(&path, &part, Some("k3")).await;
    assert_eq!((again.status, again.text()), (StatusCode::OK, "{}"));
}

/// G33: what is no amount moves nothing.
#[tokio::test]
async fn odd_amounts_are_refused() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let path = format!("/milestones/{milestone}/release");
    let odd = [
        "-1",
        "0",
        "0.1",
        "1e3",
        "1e400",
        "NaN",
        "\"1\"",
        "\"١\"",
        "9007199254740993",
        "9223372036854775808",
        "18446744073709551616",
        "1e40",
        "null",
        "[]",
        "{}",
        "true",
    ];
    for (n, amount) in odd.iter().enumerate() {
        let body = format!(r#"{{"amount": {{"amount_minor": {amount}, "currency": "USD"}}}}"#);
        let reply = send(
            (&world.visitor, &world.client.token),
            Method::POST,
            &path,
            Some(&format!("odd{n}")),
            &body,
        )
        .await;
        assert!(
            reply.status.is_client_error(),
            "{amount}: {} {}",
            reply.status,
            reply.text()
        );
    }
    let twice = r#"{"amount": {"amount_minor": 1, "amount_minor": 2, "currency": "USD"}}"#;
    let other = r#"{"amount": {"amount_minor": 1000, "currency": "EUR"}}"#;
    let more = r#"{"amount": {"amount_minor": 1000, "currency": "USD"}, "role": "owner"}"#;
    for (n, body) in [twice, other, more, "{", "[]", "", "\u{0}", "{} {}"]
        .iter()
        .enumerate()
    {
        let key = format!("body{n}");
        let reply = send(
            (&world.visitor, &world.client.token),
            Method::POST,
            &path,
            Some(&key),
            body,
        )
        .await;
        assert!(reply.status.is_client_error(), "{body}: {}", reply.text());
    }
    let now = world.client.get(&format!("/milestones/{milestone}")).await.json();
    assert_eq!(now["released"], usd(0));
}

#[tokio::test]
async fn accounts_tell_nobody_who_has_one() {
    let visitor = Visitor::new();
    Program::of(&visitor, "ada@client.example", "Ada").await;
    let ask = |email: &'static str, password: &'static str| {
        let body = json!({"email": email, "password": password, "name": "X"});
        let visitor = visitor.clone();
        async move { post(&visitor, "", "/accounts", &body, None).await }
    };
    let (known, unknown) = (
        ask("ada@client.example", "four plain words here").await,
        ask("bob@client.example", "four plain words here").await,
    );
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    let token = |email: &'static str| {
        let body = json!({"email": email, "password": "not the password"});
        let visitor = visitor.clone();
        async move { post(&visitor, "", "/tokens", &body, None).await }
    };
    let (known, unknown) = (
        token("ada@client.example").await,
        token("eve@client.example").await,
    );
    assert_eq!(known.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        (known.status, &known.json()["code"], &known.json()["detail"]),
        (unknown.status, &unknown.json()["code"], &unknown.json()["detail"])
    );
    let mut limited = None;
    for _ in 0..12 {
        let reply = token("ada@client.example").await;
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            limited = Some(reply.header("retry-after").to_owned());
        }
    }
    assert!(limited.is_some_and(|wait| wait.parse::<u32>().is_ok()));
    let other = token("eve@client.example").await;
    assert_eq!(
        other.status,
        StatusCode::UNAUTHORIZED,
        "the limit is of the address"
    );
}

#[tokio::test]
async fn a_settlement_whose_answer_was_lost_with_its_process_is_found_again() {
    let world = World::new().await;
    let (id, milestone) = world.submitted().await;
    let split = json!({"to_expert": usd(50_000), "to_client": usd(70_000)});
    let offered = world
        .client
        .done(&format!("/milestones/{milestone}/settlements"), split)
        .await;
    let offer = offered["milestones"][0]["settlement"]["id"].as_str().unwrap();
    let (desk, who) = (world.visitor.desk(), world.expert.id);
    let path = "/settlements/{id}/accept";
    // As far as a request comes whose process is killed after the deed: begun and done, and no answer kept.
    let scope = format!("{who} POST {path} {offer}");
    let entered = once::enter(desk, &scope, "k7", &[b"", b"{}"]).await.unwrap();
    let Entered::First(ticket) = entered else {
        panic!("{entered:?}");
    };
    let contract: ContractId = id.parse().unwrap();
    let command = Command::AcceptSettlement {
        milestone: milestone.parse().unwrap(),
    };
    let key = Key::new(&format!("{who} {contract}"), &format!("{} ", ticket.once()), "");
    let (actor, also) = (Actor::Person { id: who }, Also::Key(key));
    contract::act(desk, contract, &command, &actor, also)
        .await
        .unwrap();
    once::give_up(desk, &ticket).await.unwrap();

    let path = path.replace("{id}", offer);
    let again = world.expert.post_with(&path, &json!({}), Some("k7")).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    assert_eq!(again.json()["milestones"][0]["state"], "split");
    let other = world.expert.post_with(&path, &json!({}), Some("k8")).await;
    assert_eq!(
        other.status,
        StatusCode::NOT_FOUND,
        "another request finds nothing"
    );
}
