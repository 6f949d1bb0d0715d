//! Files as browsers send and fetch them.

use axum::http::{Request, StatusCode};

use crate::expert::tests::operator;
use crate::testing::{Reply, Visitor, between};

const MARK: &str = "----earnest-test-7d1b";

fn part(disposition: &str, content: &str) -> String {
    format!("--{MARK}\r\ncontent-disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
}

fn file(name: &str, content: &str) -> String {
    part(&format!("name=\"files\"; filename=\"{name}\""), content)
}

fn text(name: &str, value: &str) -> String {
    part(&format!("name=\"{name}\""), value)
}

async fn post(by: &Visitor, path: &str, parts: &[String]) -> Reply {
    post_raw(by, path, &format!("{}--{MARK}--\r\n", parts.concat())).await
}

async fn post_raw(by: &Visitor, path: &str, body: &str) -> Reply {
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", format!("multipart/form-data; boundary={MARK}"));
    by.ask(request, body).await
}

/// Says something in a conversation, with a file.
pub(crate) async fn say(by: &Visitor, talk: &str, name: &str, content: &str) {
    let parts = [text("text", "What I rely on."), file(name, content)];
    let sent = post(by, &format!("{talk}/messages"), &parts).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
}

/// The addresses of all files on a page.
pub(crate) fn link(page: &Reply) -> Vec<String> {
    between(page.text(), "href=\"/files/", "\"")
        .iter()
        .map(|id| format!("/files/{id}"))
        .collect()
}

struct Talk {
    client: Visitor,
    expert: Visitor,
    stranger: Visitor,
    request: String,
    path: String,
}

async fn talk() -> Talk {
    let (client, expert, request, path) = crate::conversation::testing::talking().await;
    let stranger = client.come_in("mallory@example.org", "Mallory").await;
    Talk {
        client,
        expert,
        stranger,
        request,
        path,
    }
}

#[tokio::test]
async fn a_file_is_sent_with_a_message_and_read_by_the_two_alone() {
    let talk = talk().await;
    let messages = format!("{}/messages", talk.path);
    let parts = [
        text("text", "Here is the plan."),
        file("../../plan.pdf", "%PDF-1.7 plan"),
    ];
    let sent = post(&talk.client, &messages, &parts).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let page = talk.expert.get(&talk.path).await;
    let links = link(&page);
    assert_eq!(links.len(), 1, "{}", page.text());
    assert!(page.text().contains(">plan.pdf</a>") && page.text().contains("13 bytes, SHA-256"));
    for reader in [&talk.client, &talk.expert] {
        let got = reader.get(&links[0]).await;
        assert_eq!((got.status, got.text()), (StatusCode::OK, "%PDF-1.7 plan"));
        assert_eq!(got.header("content-type"), "application/pdf");
        assert_eq!(
            got.header("content-disposition"),
            "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"
        );
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert!(got.header("content-security-policy").starts_with("sandbox"));
        assert_eq!(got.header("content-length"), "13");
        assert_eq!(got.header("cache-control"), "private, no-store");
    }
    let refused = talk.stranger.get(&links[0]).await;
    let nothing = talk.stranger.get("/files/fil_00000000000000000000000000").await;
    assert_eq!(
        (refused.status, nothing.status),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    let foreign = post(&talk.stranger, &messages, &parts).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_browser_would_run_is_bytes_and_nothing_else() {
    let talk = talk().await;
    let messages = format!("{}/messages", talk.path);
    let evil = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let parts = [
        text("text", "Look"),
        file("a.svg", evil),
        file("a.html", "<script>alert(1)</script>"),
        file("a.pdf\r\nset-cookie: x", "GIF89a/*"),
        file("photo.png.xhtml", "<html/>"),
    ];
    // A line end in a name breaks the form itself; the rest must come through.
    let parts: Vec<String> = parts
        .iter()
        .filter(|part| !part.contains("set-cookie"))
        .cloned()
        .collect();
    let sent = post(&talk.client, &messages, &parts).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let links = link(&talk.client.get(&talk.path).await);
    assert_eq!(links.len(), 3);
    for path in links {
        let got = talk.expert.get(&path).await;
        assert_eq!(got.header("content-type"), "application/octet-stream", "{path}");
        assert!(
            got.header("content-disposition").starts_with("attachment; "),
            "{path}"
        );
        assert_eq!(got.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_leaves_the_text_and_the_other_files() {
    let talk = talk().await;
    let messages = format!("{}/messages", talk.path);
    let large = "x".repeat(10 * 1024 * 1024 + 1);
    let parts = [
        text("text", "Two files for you"),
        file("small.txt", "small"),
        file("large.bin", &large),
    ];
    let refused = post(&talk.client, &messages, &parts).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let page = refused.text();
    assert!(page.contains("“large.bin” is larger than 10.0 MB."), "{page}");
    assert!(page.contains("Two files for you</textarea>"), "{page}");
    assert!(page.contains("Send small.txt (5 bytes)"), "{page}");
    let kept = between(page, "name=\"file\" value=\"", "\"")[0].to_owned();
    let before = talk.expert.get(&format!("/files/{kept}")).await;
    assert_eq!(before.status, StatusCode::NOT_FOUND, "not sent yet");
    let again = post(
        &talk.client,
        &messages,
        &[text("text", "One"), text("file", &kept)],
    )
    .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
    let links = link(&talk.expert.get(&talk.path).await);
    assert_eq!(links, [format!("/files/{kept}")]);
    let stolen = [text("text", "Mine"), text("file", &kept)];
    let sent = post(&talk.expert, &messages, &stolen).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let links = link(&talk.expert.get(&talk.path).await);
    assert_eq!(links.len(), 1, "what is part of one thing is not of another");
}

#[tokio::test]
async fn a_form_that_announces_too_much_is_answered_at_once() {
    let talk = talk().await;
    let messages = format!("{}/messages", talk.path);
    for (path, length) in [(messages.as_str(), "300000000"), ("/me/account", "100000")] {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header("content-length", length);
        let refused = talk.client.ask(request, "").await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(
            refused.text().contains("Go back and send less"),
            "{}",
            refused.text()
        );
    }
}

#[tokio::test]
async fn a_form_that_breaks_off_leaves_nothing_to_be_seen() {
    let talk = talk().await;
    let messages = format!("{}/messages", talk.path);
    for body in [
        format!(
            "{}--{MARK}\r\ncontent-disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nhalf",
            text("text", "x")
        ),
        text("text", "x"),
        "no parts at all".to_owned(),
        String::new(),
    ] {
        let broken = post_raw(&talk.client, &messages, &body).await;
        assert!(
            broken.status.is_client_error(),
            "{} {}",
            broken.status,
            broken.text()
        );
    }
    let page = talk.client.get(&talk.path).await;
    assert!(
        link(&page).is_empty() && page.text().contains("Nothing was said yet"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn files_of_a_request_are_read_by_those_who_may_read_it() {
    let talk = talk().await;
    let path = format!("{}/files", talk.request);
    let sent = post(&talk.client, &path, &[file("spec.md", "# Spec")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let links = link(&talk.expert.get(&talk.request).await);
    assert_eq!(links.len(), 1);
    assert_eq!(talk.expert.get(&links[0]).await.text(), "# Spec");
    let none = post(&talk.client, &path, &[]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        none.text().contains("Choose at least one file."),
        "{}",
        none.text()
    );
    let foreign = post(&talk.expert, &path, &[file("evil.md", "x")]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    // Where the request is closed to others, so are its files; whoever answers requests reads them on.
    let closed = talk.client.post(&format!("{}/close", talk.request), "").await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    assert_eq!(talk.stranger.get(&links[0]).await.status, StatusCode::NOT_FOUND);
    let support = operator(&talk.stranger, "olga@example.org", "support").await;
    let page = support.get(&format!("/office{}", talk.request)).await;
    assert_eq!(link(&page), links, "{}", page.text());
    assert_eq!(support.get(&links[0]).await.text(), "# Spec");
    let finance = operator(&talk.stranger, "fritz@example.org", "finance").await;
    assert_eq!(finance.get(&links[0]).await.status, StatusCode::NOT_FOUND);
}
