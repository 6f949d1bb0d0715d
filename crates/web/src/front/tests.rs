use axum::Router;
use axum::http::{Method, Request};
use axum::routing::get;

use super::*;
use crate::answer::{Cache, Fresh, Kept};
use crate::page::Link;
use crate::testing::{Visitor, web};
use crate::{assets, urls};

#[test]
fn the_proxy_that_is_described_lets_through_what_is_taken() {
    let told = include_str!("../../../../docs/operate.md");
    let (_, rest) = told.split_once("client_max_body_size ").unwrap();
    let (megabytes, _) = rest.split_once('m').unwrap();
    let lets: usize = megabytes.parse().unwrap();
    assert!(lets * 1024 * 1024 >= UPLOAD_LIMIT_BYTES, "{lets}");
}

/// A site with handlers that do what ours must never do, behind the same layer.
fn oddities() -> Visitor {
    let kept = Kept::html(
        format!("<html lang=\"en\" data-theme=\"system\">{}", "kept ".repeat(400)),
        Cache::Revalidate,
    );
    let web = web();
    let router = Router::new()
        .route(
            "/panic",
            get(|| async { if true { panic!("secret words") } else { "never" } }),
        )
        .route(
            "/api/v1/panic",
            get(|| async { if true { panic!("secret words") } else { "never" } }),
        )
        .route(
            "/near",
            get(|| async { Problem::not_found().near(vec![Link::new("/compare", "Comparisons")]) }),
        )
        .route("/broken", get(|| async { Problem::broken("the disk said no") }))
        .route(
            "/invalid.json",
            get(|| async { Problem::field("w.speed", "unknown_criterion", "There is no speed.") }),
        )
        .route("/kept", get(move || async move { kept.clone() }))
        .route(
            "/echo",
            axum::routing::post(|body: axum::body::Bytes| async move {
                Fresh::bytes("text/x", body, Cache::Private)
            }),
        )
        .layer(Front::new(web.clone()))
        .with_state(web);
    Visitor::before(router)
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let visitor = Visitor::new();
    for path in ["/health", "/licences", "/nowhere", assets::href("site.css")] {
        let reply = visitor.get(path).await;
        assert!(
            reply
                .header("content-security-policy")
                .contains("script-src 'self'"),
            "{path}"
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert!(reply.header("x-request-id").starts_with("rid_"), "{path}");
        assert!(!reply.header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_page_has_its_frame() {
    let reply = Visitor::new().get("/licences").await;
    let page = reply.text();
    assert_eq!(reply.status, StatusCode::OK);
    for part in [
        "<title>Licences · Northgate Engineers</title>",
        "<link rel=\"canonical\" href=\"http://127.0.0.1:8080/licences\">",
        "href=\"#main\"",
        "\"@type\":\"BreadcrumbList\"",
        "Northgate earns when you hire",
        assets::href("site.css"),
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains(" style=") && !page.contains("<style"));
}

#[tokio::test]
async fn a_missing_page_helps_on() {
    let reply = Visitor::new().get("/nowhere").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(reply.text().contains("There is no page here"));
    assert!(reply.text().contains(reply.header("x-request-id")));
    assert!(reply.text().contains("noindex"));
    assert!(
        oddities()
            .get("/near")
            .await
            .text()
            .contains("<a href=\"/compare\">Comparisons</a>")
    );
}

#[tokio::test]
async fn programs_get_problem_json() {
    let reply = Visitor::new().get("/api/v1/nowhere").await;
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["code"], "not_found");
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["definite"], true);
    assert_eq!(problem["request_id"], reply.header("x-request-id"));
    let problem = oddities().get("/invalid.json").await.json();
    assert_eq!(problem["errors"][0]["field"], "w.speed");
    assert_eq!(problem["status"], 422);
}

#[tokio::test]
async fn a_panic_is_one_answer_and_not_the_end() {
    let visitor = oddities();
    let reply = visitor.get("/panic").await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(reply.text().contains(reply.header("x-request-id")));
    assert!(!reply.text().contains("secret words"));
    assert_eq!(visitor.get("/api/v1/panic").await.json()["code"], "internal");
    assert_eq!(visitor.get("/kept").await.status, StatusCode::OK);
}

#[tokio::test]
async fn causes_are_not_shown() {
    let reply = oddities().get("/broken").await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!reply.text().contains("disk"));
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let reply = Visitor::new().method(Method::PUT, "/health").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.header("allow"), "GET,HEAD");
    assert!(reply.text().contains("That cannot be done here"));
}

#[tokio::test]
async fn long_queries_are_refused_with_a_sentence() {
    for length in [QUERY_LIMIT_BYTES + 1, 65_000] {
        let reply = Visitor::new()
            .get(&format!("/licences?{}", "a".repeat(length)))
            .await;
        assert_eq!(reply.status, StatusCode::URI_TOO_LONG);
        assert!(reply.text().contains("That address is too long"));
    }
    let reply = Visitor::new()
        .get(&format!("/licences?{}", "a".repeat(QUERY_LIMIT_BYTES)))
        .await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn large_bodies_are_refused_announced_or_not() {
    let visitor = oddities();
    let body = "a".repeat(BODY_LIMIT_BYTES + 1);
    let own = || Request::post("/echo").header("sec-fetch-site", "same-origin");
    for request in [own().header("content-length", body.len()), own()] {
        let reply = visitor.ask(request, &body).await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(reply.text().contains("At most 64 kB"));
    }
    let reply = visitor.ask(own(), &"a".repeat(BODY_LIMIT_BYTES)).await;
    assert_eq!(reply.bytes.len(), BODY_LIMIT_BYTES);
}

#[tokio::test]
async fn other_sites_cannot_post() {
    let visitor = Visitor::new();
    let reply = visitor
        .ask(
            Request::post("/theme").header("sec-fetch-site", "cross-site"),
            "theme=dark",
        )
        .await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let own = Request::post("/theme").header("origin", "http://127.0.0.1:8080");
    assert_eq!(visitor.ask(own, "theme=dark").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn foreign_request_ids_do_not_get_in() {
    let reply = Visitor::new()
        .ask(Request::get("/health").header("x-request-id", "<script>"), "")
        .await;
    assert!(reply.header("x-request-id").starts_with("rid_"));
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    for (visitor, path) in [
        (Visitor::new(), assets::href("site.css")),
        (Visitor::new(), urls::licences()),
        (oddities(), "/kept"),
    ] {
        let first = visitor
            .ask(Request::get(path).header("accept-encoding", "br"), "")
            .await;
        assert_eq!(first.header("content-encoding"), "br", "{path}");
        let again = Request::get(path)
            .header("accept-encoding", "br")
            .header("if-none-match", first.header("etag"));
        let again = visitor.ask(again, "").await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.header("etag"), first.header("etag"), "{path}");
        assert!(again.bytes.is_empty());
        let other = visitor
            .ask(Request::get(path).header("if-none-match", "\"other\""), "")
            .await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
        assert_ne!(
            other.header("etag"),
            first.header("etag"),
            "a strong tag names bytes"
        );
    }
}

#[tokio::test]
async fn head_is_get_without_bytes() {
    let visitor = Visitor::new();
    for path in [assets::href("site.css"), "/licences", "/nowhere", "/health"] {
        let get = visitor.get(path).await;
        let head = visitor.method(Method::HEAD, path).await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.bytes.is_empty(), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
    let head = visitor.method(Method::HEAD, assets::href("site.css")).await;
    assert_eq!(
        head.header("content-length"),
        visitor
            .get(assets::href("site.css"))
            .await
            .bytes
            .len()
            .to_string()
    );
}

#[tokio::test]
async fn the_theme_is_chosen_and_worn() {
    let visitor = Visitor::new();
    let reply = visitor.post("/theme", "theme=dark").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert!(
        reply
            .header("set-cookie")
            .starts_with("theme=dark; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly")
    );
    for (visitor, path) in [
        (Visitor::new(), "/licences"),
        (Visitor::new(), "/nowhere"),
        (oddities(), "/kept"),
    ] {
        let dark = visitor
            .ask(Request::get(path).header("cookie", "theme=dark"), "")
            .await;
        assert!(dark.text().contains("data-theme=\"dark\">"), "{path}");
        assert!(
            visitor.get(path).await.text().contains("data-theme=\"system\">"),
            "{path}"
        );
    }
    assert_eq!(
        visitor.post("/theme", "theme=neon").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_slash_too_many_leads_to_the_page() {
    let reply = Visitor::new().get("/licences/?a=1").await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (StatusCode::MOVED_PERMANENTLY, "/licences?a=1")
    );
    for path in ["//evil.example/", "/\\evil.example/"] {
        let request = Request::get("/").uri(path);
        if request.uri_ref().is_some() {
            assert_eq!(
                Visitor::new().ask(request, "").await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn requests_are_counted_by_matched_path() {
    let visitor = Visitor::new();
    visitor.get("/assets/whatever.css").await;
    let text = visitor.get("/metrics").await.text().to_owned();
    assert!(
        text.contains("earnest_http_requests_total{path=\"/assets/{file}\",status=\"404\"}"),
        "{text}"
    );
    assert!(!text.contains("whatever"));
    assert!(text.contains("earnest_http_request_duration_seconds_bucket"));
}

#[tokio::test]
async fn a_closing_process_is_not_ready() {
    let web = web();
    let visitor = Visitor::before(crate::routes::router(web.clone()));
    assert_eq!(visitor.get("/ready").await.status, StatusCode::OK);
    web.close();
    assert_eq!(
        visitor.get("/ready").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(visitor.get("/health").await.status, StatusCode::OK);
}
