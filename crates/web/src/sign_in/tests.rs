//! Coming in, as a browser does it.

use axum::http::{Request, StatusCode};

use crate::testing::Visitor;

#[tokio::test]
async fn a_link_by_mail_makes_an_account_and_opens_it() {
    let visitor = Visitor::new();
    let reply = visitor.get("/me").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.header("location"), "/sign-in?to=%2Fme");

    let ada = visitor.come_in("ada@example.org", "Ada Example").await;
    let page = ada.get("/me").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Ada Example"), "{}", page.text());
    assert_eq!(page.header("cache-control"), "private, no-store");

    ada.post("/sign-out", "").await;
    assert_eq!(ada.get("/me").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_known_address_and_an_unknown_one_are_answered_alike() {
    let visitor = Visitor::new();
    visitor.come_in("ada@example.org", "Ada Example").await;
    let mut pages = Vec::new();
    for address in ["ada@example.org", "bob@example.org"] {
        let reply = visitor.post("/sign-in", &format!("email={address}")).await;
        assert_eq!(reply.status, StatusCode::OK);
        pages.push(reply.text().replace(address, "…"));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn a_wrong_address_comes_back_with_what_to_do() {
    let visitor = Visitor::new();
    let reply = visitor.post("/sign-in", "email=ada&to=%2Fme").await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("name@example.com"), "{}", reply.text());
    assert!(reply.text().contains("value=\"/me\""));
}

#[tokio::test]
async fn looking_at_a_link_does_not_use_it_and_using_it_does() {
    let visitor = Visitor::new();
    let token = visitor.link("ada@example.org").await;
    for _ in 0..2 {
        let page = visitor.get(&format!("/sign-in/{token}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("ada@example.org"));
    }
    let nameless = visitor.post(&format!("/sign-in/{token}"), "name=").await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    let first = visitor.post(&format!("/sign-in/{token}"), "name=Ada").await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let cookie = first.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let again = visitor.post(&format!("/sign-in/{token}"), "name=Ada").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("Send me a new link"), "{}", again.text());
}

#[tokio::test]
async fn the_way_back_never_leaves_the_site() {
    let visitor = Visitor::new();
    let ada = visitor.come_in("ada@example.org", "Ada").await;
    for (to, expected) in [
        ("%2Frequests", "/requests"),
        ("https%3A%2F%2Fevil.example", "/me"),
        ("%2F%2Fevil.example", "/me"),
    ] {
        let reply = ada.get(&format!("/sign-in?to={to}")).await;
        assert_eq!(reply.header("location"), expected, "{to}");
    }
}

#[tokio::test]
async fn a_cookie_that_is_none_opens_nothing() {
    let visitor = Visitor::new();
    for cookie in [
        "earnest=",
        "earnest=nonsense",
        &format!("earnest={}", "0".repeat(64)),
    ] {
        let reply = visitor
            .ask(Request::get("/me").header("cookie", cookie), "")
            .await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{cookie}");
    }
}
