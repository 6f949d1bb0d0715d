use axum::http::{Request, StatusCode};

use crate::archive::tests::opened;
use crate::testing::{Visitor, between};

async fn token(ada: &Visitor) -> String {
    let made = ada.post("/me/tokens", "label=mine").await;
    between(made.text(), "<code class=\"wrap\">", "</code>")[0].to_owned()
}

/// A second factor that counts, and a proof of it that is over.
async fn with_factor(visitor: &Visitor, email: &'static str) {
    let set = visitor
        .desk()
        .store
        .write::<_, earnest_store::Error, _, _>(move |mut tx| async move {
            let person = tx.person_of_email(&email.parse().unwrap()).await?.unwrap();
            tx.begin_second_factor(person.id, vec![7; 20]).await?;
            let mut factor = tx.lock_second_factor(person.id).await?.unwrap();
            factor.since = Some(crate::testing::NOW);
            tx.update_second_factor(person.id, &factor).await?;
            tx.commit(()).await
        });
    set.await.unwrap();
}

#[tokio::test]
async fn somebody_takes_their_data_along() {
    let visitor = Visitor::new();
    assert_eq!(
        visitor.post("/me/data", "").await.status,
        StatusCode::SEE_OTHER,
        "to the sign-in page"
    );
    let ada = visitor.come_in("ada@client.example", "Ada").await;
    assert_eq!(ada.get("/me/data").await.status, StatusCode::OK);
    let taken = ada.post("/me/data", "").await;
    assert_eq!(
        (taken.status, taken.header("content-type")),
        (StatusCode::OK, "application/zip")
    );
    assert!(
        taken
            .header("content-disposition")
            .starts_with("attachment; filename=\"my-data-2026-11-24.zip\"")
    );
    let files = opened(&taken.bytes);
    let account = files.iter().find(|(name, _)| name == "account.json").unwrap();
    let account: serde_json::Value = serde_json::from_slice(&account.1).unwrap();
    assert_eq!(account[0]["email"], "ada@client.example");

    let bearer = token(&ada).await;
    let ask = |token: String| {
        let request = Request::get("/api/v1/me/data").header("authorization", format!("Bearer {token}"));
        let visitor = visitor.clone();
        async move { visitor.ask(request, "").await }
    };
    let by_program = ask(bearer.clone()).await;
    assert_eq!(by_program.status, StatusCode::OK);
    assert!(opened(&by_program.bytes).len() > 25);
    assert_eq!(
        ask("earnest_nonsense".to_owned()).await.status,
        StatusCode::UNAUTHORIZED
    );

    with_factor(&visitor, "ada@client.example").await;
    let refused = ask(bearer.clone()).await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("second_factor_missing"))
    );
    let prove = ada.post("/me/data", "").await;
    assert_eq!(prove.header("location"), "/me/prove?to=%2Fme%2Fdata");
    let ada = ada.proved("ada@client.example").await;
    assert_eq!(ada.post("/me/data", "").await.status, StatusCode::OK);
    assert_eq!(ask(bearer).await.status, StatusCode::OK);
}

#[tokio::test]
async fn somebody_asks_to_go_and_stays_after_all() {
    let visitor = Visitor::new();
    let ada = visitor.come_in("ada@client.example", "Ada").await;
    let wrong = ada.post("/me/delete", "email=eve%40client.example").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("Type the address of this account"));
    let asked = ada.post("/me/delete", "email=ada%40client.example").await;
    assert_eq!(
        (asked.status, asked.header("location")),
        (StatusCode::SEE_OTHER, "/me/delete")
    );
    let letters = visitor.letters_to("ada@client.example").await;
    let letter = letters
        .iter()
        .find(|letter| letter.subject == "Your account will be deleted")
        .unwrap();
    assert!(
        letter.body.contains("/me/delete") && letter.body.contains("1 December 2026"),
        "{}",
        letter.body
    );
    let page = ada.get("/me/delete").await;
    assert!(page.text().contains("Keep my account") && !page.text().contains("Delete my account</button>"));
    assert_eq!(
        ada.post("/me/delete/cancel", "").await.header("location"),
        "/me/delete?kept"
    );
    assert!(
        ada.get("/me/delete?kept")
            .await
            .text()
            .contains("Your account stays")
    );
    assert_eq!(
        ada.post("/me/delete/cancel", "").await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_program_asks_for_the_same() {
    let visitor = Visitor::new();
    let ada = visitor.come_in("ada@client.example", "Ada").await;
    let bearer = token(&ada).await;
    let send = |method: &'static str, path: &'static str, body: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/me/deletion{path}"))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {bearer}"));
        let visitor = visitor.clone();
        async move { visitor.ask(request, body).await }
    };
    assert_eq!(
        send("GET", "", "").await.json()["due_at"],
        serde_json::Value::Null
    );
    assert_eq!(
        send("POST", "", r#"{"email":"eve@x.example"}"#).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let asked = send("POST", "", r#"{"email":"ada@client.example"}"#).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
    assert_eq!(asked.json()["due_at"], "2026-12-01T12:00:00Z");
    assert_eq!(
        send("GET", "", "").await.json()["asked_at"],
        "2026-11-24T12:00:00Z"
    );
    assert_eq!(send("POST", "/cancel", "").await.status, StatusCode::OK);
    assert_eq!(send("POST", "/cancel", "").await.json()["code"], "no_deletion");
}
