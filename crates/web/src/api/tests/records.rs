//! Shortlists, files, reviews, statements and webhooks, by programs.

use axum::http::{Request, StatusCode};
use serde_json::json;

use super::flow::{World, operator, usd};

#[tokio::test]
async fn a_shortlist_and_an_invitation() {
    let world = World::new().await;
    let brief = json!({
        "summary": "A pricing service", "role": "Python engineer", "skills": ["Python"],
        "acceptance": ["A quote is answered within 200 ms"],
    });
    let request = world.client.done("/requests", brief).await;
    let at = |rest: &str| format!("/requests/{}{rest}", request["id"].as_str().unwrap());
    world
        .client
        .done(&at("/open"), json!({"acceptance": ["It answers"]}))
        .await;
    let listed = world.client.get(&at("/shortlist")).await.json();
    assert_eq!(listed["items"][0]["rank"], 1);
    assert_eq!(listed["items"][0]["expert"]["id"], world.expert.id.to_string());
    let own = world.expert.get(&at("/shortlist")).await.json();
    assert_eq!(
        own["items"][0]["reasons"], listed["items"][0]["reasons"],
        "the same for both"
    );
    let expert = json!({"expert_id": world.expert.id.to_string()});
    let invited = world.client.done(&at("/invitations"), expert.clone()).await;
    assert_eq!(invited["stage"], "sent");
    assert_eq!(
        world.expert.post(&at("/invitations"), &expert).await.status,
        StatusCode::NOT_FOUND
    );
    world
        .expert
        .done(&at("/decline"), json!({"reason": "No time."}))
        .await;
    let olga = operator(&world.visitor, "olga2@office.example").await;
    let id = request["id"].as_str().unwrap();
    let advice = json!({"experts": [{"expert_id": world.expert.id.to_string(), "note": "Has built two."}]});
    olga.done(&format!("/office/requests/{id}/propose-experts"), advice)
        .await;
}

#[tokio::test]
async fn a_file_goes_with_a_message_and_is_read_by_the_two_alone() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let upload = async |bytes: &str| {
        let request = Request::post("/api/v1/files?name=..%2Fplan.html")
            .header("authorization", format!("Bearer {}", world.expert.token))
            .header("content-type", "application/octet-stream");
        world.visitor.ask(request, bytes).await
    };
    let kept = upload("<script>1</script>").await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text());
    let kept = kept.json();
    assert_eq!(kept["sha256"].as_str().unwrap().len(), 64);
    assert!(!kept["name"].as_str().unwrap().contains('/'), "{kept}");
    assert_eq!(upload("").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let large = upload(&"x".repeat(10 * 1024 * 1024 + 1)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let nobody = world
        .visitor
        .ask(Request::post("/api/v1/files?name=a"), "x")
        .await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "before anything is read");
    let talk = world.expert.get("/conversations").await.json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/conversations/{talk}/messages");
    let said = json!({"text": "The plan.", "file_ids": [kept["file_id"]]});
    world.client.refused(&path, said.clone(), "invalid").await;
    world.expert.done(&path, said).await;
    let changes = json!({"unmet": [0], "note": "It is slow."});
    world
        .client
        .done(&format!("/milestones/{milestone}/request-changes"), changes)
        .await;
    let second = upload("the work").await.json();
    let version = json!({"note": "Faster.", "file_ids": [second["file_id"]]});
    let after = world
        .expert
        .done(&format!("/milestones/{milestone}/submit"), version)
        .await;
    assert_eq!(after["milestones"][0]["state"], "submitted");
}

#[tokio::test]
async fn a_statement_adds_up_and_reviews_stay_hidden() {
    let world = World::new().await;
    let (contract, milestone) = world.submitted().await;
    let early = json!({"rating": 5, "text": "Fine."});
    let path = format!("/contracts/{contract}/reviews");
    assert_eq!(
        world.client.post_with(&path, &early, Some("early")).await.status,
        StatusCode::CONFLICT
    );
    world
        .client
        .done(&format!("/milestones/{milestone}/approve"), json!({}))
        .await;
    world.client.done(&path, early).await;
    let theirs = world.expert.get(&path).await.json();
    assert_eq!(theirs["theirs"], json!(null), "hidden until both are in");
    world
        .expert
        .done(&path, json!({"rating": 4, "text": "Clear answers."}))
        .await;
    assert_eq!(world.expert.get(&path).await.json()["theirs"]["rating"], 5);
    let statement = world.expert.get("/statements").await.json();
    assert_eq!(statement["closing"], usd(108_000));
    let lines = statement["lines"].as_array().unwrap();
    let sum: i64 = lines
        .iter()
        .map(|line| line["amount"]["amount_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 108_000);
    let table = world.expert.get("/statements.csv").await;
    assert_eq!(table.status, StatusCode::OK, "{}", table.text());
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<&str> = table.text().lines().collect();
    assert_eq!(rows.len(), lines.len() + 3, "{rows:?}");
    assert!(
        rows[2].contains(&contract) && rows[2].ends_with(",USD,120000,120000"),
        "{rows:?}"
    );
    assert!(rows.last().unwrap().ends_with("Closing balance,,,,USD,,108000"));
    let nobodys = world
        .expert
        .get("/statements.csv?from=2020-01-01&to=2020-01-02")
        .await;
    assert_eq!(nobodys.text().lines().count(), 3, "{}", nobodys.text());
    let wrong = world.expert.get("/statements.csv?from=2026-02-30").await;
    assert_eq!(wrong.json()["errors"][0]["field"], "from");
}

#[tokio::test]
async fn a_webhook_is_added_and_never_inside() {
    let world = World::new().await;
    for url in [
        "http://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "ftp://a.example/",
        "",
    ] {
        world
            .client
            .refused("/webhook-endpoints", json!({"url": url}), "invalid")
            .await;
    }
    let made = world
        .client
        .done(
            "/webhook-endpoints",
            json!({"url": "https://hooks.example.com/a"}),
        )
        .await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        world.client.get("/webhook-deliveries").await.json()["items"],
        json!([])
    );
    let remove = format!("/webhook-endpoints/{id}/remove");
    assert_eq!(
        world.expert.post(&remove, &json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    world.client.done(&remove, json!({})).await;
}

#[tokio::test]
async fn an_operator_says_why_before_they_read_somebodys_holds() {
    let world = World::new().await;
    let pia = operator(&world.visitor, "pia@office.example").await;
    let about = |what: &str| format!("/office/people/{}/{what}", world.expert.id);
    let asked = pia.get(&about("holds")).await;
    assert_eq!(asked.status, StatusCode::CONFLICT, "{}", asked.text());
    assert_eq!(asked.json()["code"], "visit_reason_missing");
    assert_eq!(
        pia.post(&about("visits"), &json!({"reason": " "})).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    pia.done(&about("visits"), json!({"reason": "They have complained."}))
        .await;
    assert_eq!(pia.get(&about("holds")).await.json()["items"], json!([]));
    let read = world.expert.get("/me/audit").await;
    for part in [
        "Read what is kept about you",
        "They have complained.",
        "Made a token",
    ] {
        assert!(read.text().contains(part), "{part}: {}", read.text());
    }
    let visit = world
        .client
        .post(&about("visits"), &json!({"reason": "Curious."}))
        .await;
    assert_eq!(visit.status, StatusCode::NOT_FOUND);
}
