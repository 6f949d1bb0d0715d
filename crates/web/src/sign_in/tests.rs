//! Coming in, as a browser does it.

use axum::http::{Request, StatusCode};

use crate::testing::{Reply, Visitor, between};

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
        // told to no other site, and yet browsers over plain HTTP say where its form comes from
        assert_eq!(page.header("referrer-policy"), "strict-origin");
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

#[tokio::test]
async fn one_address_of_the_network_may_try_little_and_keeps_nobody_else_out() {
    let site = Visitor::new();
    let ada = site.come_in("ada@example.org", "Ada").await;
    ada.post("/me/password", "password=three+plain+words").await;
    let stranger = site.from("203.0.113.7");
    let guess = "email=ada%40example.org&password=nonsense";
    for path in ["/sign-in/password", "/sign-in/password", "/sign-in"] {
        let looked_at = stranger.post(path, guess).await.status;
        assert!(looked_at != StatusCode::TOO_MANY_REQUESTS, "{path}: {looked_at}");
    }
    let hashed = site.desk().hashing.done();
    let json =
        |path: &str| Request::post(format!("/api/v1{path}")).header("content-type", "application/json");
    let there = ada.from("203.0.113.7");
    let account = r#"{"email": "eve@example.org", "password": "three plain words", "name": "Eve"}"#;
    let token = r#"{"email": "ada@example.org", "password": "three plain words"}"#;
    for (what, reply) in [
        ("a password", stranger.post("/sign-in/password", guess).await),
        (
            "a link",
            stranger.post("/sign-in", "email=bob%40example.org").await,
        ),
        ("an account", stranger.ask(json("/accounts"), account).await),
        ("a token", stranger.ask(json("/tokens"), token).await),
        ("a code", there.post("/me/prove", "code=123456").await),
        (
            "a first code",
            ada.from("203.0.113.7")
                .post("/me/second-factor/confirm", "code=1")
                .await,
        ),
        (
            "one's own password",
            ada.from("203.0.113.7")
                .post("/me/password", "current=x&password=y")
                .await,
        ),
    ] {
        assert_eq!(
            reply.status,
            StatusCode::TOO_MANY_REQUESTS,
            "{what}: {}",
            reply.text()
        );
        assert_eq!(reply.header("retry-after"), "20", "{what}");
    }
    assert_eq!(site.desk().hashing.done(), hashed, "nothing was looked at");
    let owner = site.from("198.51.100.1");
    assert_eq!(there.get("/me").await.status, StatusCode::OK, "a session goes on");
    let came = owner
        .post(
            "/sign-in/password",
            "email=ada%40example.org&password=three+plain+words",
        )
        .await;
    assert_eq!(came.status, StatusCode::SEE_OTHER, "{}", came.text());
}

#[tokio::test]
async fn when_an_account_is_guessed_at_from_everywhere_its_owner_comes_in_by_a_link() {
    let site = Visitor::new();
    site.come_in("ada@example.org", "Ada").await;
    let guess = "email=ada%40example.org&password=nonsense";
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        last = site.post("/sign-in/password", guess).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let token = site.link("ada@example.org").await;
    let came = site.post(&format!("/sign-in/{token}"), "").await;
    assert_eq!(came.status, StatusCode::SEE_OTHER, "{}", came.text());
}

#[tokio::test]
async fn a_known_address_and_an_unknown_one_are_refused_alike_byte_for_byte() {
    let site = Visitor::new();
    site.come_in("known@example.org", "Ada").await;
    let shape = |reply: &Reply, address: &str| {
        let mut headers: Vec<String> = reply
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.retain(|line| !line.starts_with("x-request-id"));
        let text = reply.text().replace(address, "…");
        let id = between(&text, "rid_", "\"")
            .first()
            .map_or(String::new(), |id| (*id).to_owned());
        (reply.status, headers, reply.bytes.len(), text.replace(&id, ""))
    };
    let mut all = Vec::new();
    for (address, encoded) in [
        ("known@example.org", "known%40example.org"),
        ("nobod@example.org", "nobod%40example.org"),
    ] {
        let hashed = site.desk().hashing.done();
        let mut shapes = Vec::new();
        let password = format!("email={encoded}&password=nonsense");
        shapes.push(shape(&site.post("/sign-in/password", &password).await, address));
        shapes.push(shape(
            &site.post("/sign-in", &format!("email={encoded}")).await,
            address,
        ));
        for (path, body) in [
            (
                "tokens",
                format!(r#"{{"email": "{address}", "password": "other plain words"}}"#),
            ),
            (
                "accounts",
                format!(r#"{{"email": "{address}", "password": "other plain words", "name": "Ada"}}"#),
            ),
        ] {
            let request = Request::post(format!("/api/v1/{path}")).header("content-type", "application/json");
            shapes.push(shape(&site.ask(request, &body).await, address));
        }
        all.push((shapes, site.desk().hashing.done() - hashed));
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0].1, 3, "a password, a token, an account");
}

#[tokio::test]
async fn the_session_that_a_browser_had_before_is_over_when_it_signs_in() {
    let site = Visitor::new();
    let ada = site.come_in("ada@example.org", "Ada").await;
    ada.post("/me/password", "password=three+plain+words").await;
    let came = ada
        .post(
            "/sign-in/password",
            "email=ada%40example.org&password=three+plain+words",
        )
        .await;
    let again = ada.after(&came);
    assert_eq!(
        ada.get("/me").await.status,
        StatusCode::SEE_OTHER,
        "the former one opens nothing"
    );
    assert_eq!(again.get("/me").await.status, StatusCode::OK);
    let token = site.link("ada@example.org").await;
    let third = again.after(&again.post(&format!("/sign-in/{token}"), "").await);
    assert_eq!(again.get("/me").await.status, StatusCode::SEE_OTHER);
    assert_eq!(third.get("/me").await.status, StatusCode::OK);
}
