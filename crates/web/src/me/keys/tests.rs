use axum::http::{Request, StatusCode};

use crate::testing::{Visitor, between};

async fn bearer(visitor: &Visitor, token: &str) -> StatusCode {
    let request = Request::get("/api/v1/me").header("authorization", format!("Bearer {token}"));
    visitor.ask(request, "").await.status
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_ended() {
    let visitor = Visitor::new();
    let ada = visitor.come_in("ada@client.example", "Ada").await;
    let refused = ada.post("/me/tokens", "label=").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = ada.post("/me/tokens", "label=%3Cb%3Emy+script").await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.text().contains("&#60;b&#62;my script"), "{}", made.text());
    let token = between(made.text(), "<code class=\"wrap\">", "</code>")[0].to_owned();
    assert_eq!(bearer(&visitor, &token).await, StatusCode::OK);
    let again = ada.get("/me/tokens").await;
    assert!(!again.text().contains(&token));
    let end = between(again.text(), "action=\"/me/sessions/", "\"")[0];
    let path = format!("/me/sessions/{end}");
    let eve = visitor.come_in("eve@stranger.example", "Eve").await;
    assert_eq!(eve.post(&path, "of=token").await.status, StatusCode::NOT_FOUND);
    assert_eq!(bearer(&visitor, &token).await, StatusCode::OK);
    assert_eq!(ada.post(&path, "of=token").await.status, StatusCode::SEE_OTHER);
    assert_eq!(bearer(&visitor, &token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        visitor.get("/me/tokens").await.status,
        StatusCode::SEE_OTHER,
        "to the sign-in page"
    );
}

#[tokio::test]
async fn a_password_is_set_and_signs_in() {
    let visitor = Visitor::new();
    let ada = visitor.come_in("ada@client.example", "Ada").await;
    let other = visitor.come_in("ada@client.example", "Ada").await;
    let short = ada.post("/me/password", "password=short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let set = ada.post("/me/password", "password=three+plain+words").await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    assert_eq!(other.get("/me").await.status, StatusCode::SEE_OTHER, "signed out");
    assert_eq!(ada.get("/me").await.status, StatusCode::OK);
    let wrong = ada
        .post(
            "/me/password",
            "current=other+plain+words&password=four+plain+words+now",
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let signed = "email=Ada%40client.example&password=";
    let refused = visitor
        .post("/sign-in/password", &format!("{signed}nonsense"))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = visitor
        .post(
            "/sign-in/password",
            "email=eve%40client.example&password=nonsense",
        )
        .await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let came = visitor
        .post(
            "/sign-in/password",
            &format!("{signed}three+plain+words&to=%2Fcontracts"),
        )
        .await;
    assert_eq!(
        (came.status, came.header("location")),
        (StatusCode::SEE_OTHER, "/contracts")
    );
    assert!(came.header("set-cookie").contains("HttpOnly"));
    for _ in 0..12 {
        visitor
            .post("/sign-in/password", &format!("{signed}nonsense"))
            .await;
    }
    let limited = visitor
        .post("/sign-in/password", &format!("{signed}three+plain+words"))
        .await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        ada.get("/me").await.status,
        StatusCode::OK,
        "whoever is in stays in"
    );
    assert!(
        !visitor.link("ada@client.example").await.is_empty(),
        "and a link still works"
    );
}
