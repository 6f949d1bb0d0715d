//! The page of webhooks, as a person uses it.

use axum::http::StatusCode;

use crate::testing::{Visitor, between};

fn form(url: &str, once: &str) -> String {
    let url: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
    format!("once={once}&url={url}")
}

#[tokio::test]
async fn an_address_is_added_its_secret_shown_once_and_replaced() {
    let me = Visitor::new().come_in("clara@example.org", "Clara").await;
    let page = me.get("/me/webhooks").await;
    assert!(page.text().contains("Name the first address"), "{}", page.text());
    let once = between(page.text(), "name=\"once\" value=\"", "\"")[0].to_owned();
    let added = me
        .post("/me/webhooks", &form("https://93.184.215.14/hook", &once))
        .await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text());
    let secret = between(added.text(), "<p class=\"secret\">", "</p>")[0].to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!(added.header("cache-control"), "private, no-store");
    let twice = me
        .post("/me/webhooks", &form("https://93.184.215.14/hook", &once))
        .await;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "the same form adds it once");
    let page = me.get("/me/webhooks").await;
    assert!(!page.text().contains("whsec_") && page.text().contains("https://93.184.215.14/hook"));
    let id = between(page.text(), "action=\"/me/webhooks/", "/")[0].to_owned();
    let stranger = me.come_in("mallory@example.org", "Mallory").await;
    for act in ["rotate", "remove"] {
        let refused = stranger.post(&format!("/me/webhooks/{id}/{act}"), "").await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{act}");
    }
    let rotated = me.post(&format!("/me/webhooks/{id}/rotate"), "").await;
    assert!(rotated.text().contains("whsec_") && !rotated.text().contains(&secret));
    assert!(rotated.text().contains("The former secret signs, too, until"));
    let removed = me.post(&format!("/me/webhooks/{id}/remove"), "").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert!(!me.get("/me/webhooks").await.text().contains("93.184.215.14"));
}

#[tokio::test]
async fn an_address_that_leads_inside_comes_back_filled_in() {
    let me = Visitor::new().come_in("clara@example.org", "Clara").await;
    for url in [
        "https://169.254.169.254/latest",
        "https://localhost/",
        "http://93.184.215.14/",
        "https://2130706433/",
    ] {
        let refused = me.post("/me/webhooks", &form(url, "")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert!(
            refused.text().contains(&format!("value=\"{url}\"")),
            "{}",
            refused.text()
        );
        assert!(!refused.text().contains("whsec_"));
    }
}

#[tokio::test]
async fn what_happens_is_in_the_log() {
    let (client, expert, _request, talk) = crate::conversation::testing::talking().await;
    client
        .post("/me/webhooks", &form("https://93.184.215.14/hook", ""))
        .await;
    let said = expert.post(&format!("{talk}/messages"), "text=Hello").await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
    earnest_app::webhook::run_due(client.desk()).await.unwrap();
    let page = client.get("/me/webhooks").await;
    for part in [
        "message.sent",
        "waiting",
        "Tried once. this program reaches no receivers Next try",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}
