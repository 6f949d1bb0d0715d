//! Calls and live arrival, as two people meet them.

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;

use super::testing::{encoded, hidden, talking};
use crate::testing::{Visitor, between};

fn slots(once: &str, zone: &str, first: &str) -> String {
    encoded(&[
        ("once", once),
        ("zone", zone),
        ("minutes", "30"),
        ("slot-1", first),
        ("slot-2", "2026-12-02T09:00"),
        ("slot-3", ""),
    ])
}

/// A call that the client has proposed: client, expert, the conversation.
async fn proposed() -> (Visitor, Visitor, String) {
    let (client, expert, _request, talk) = talking().await;
    let form = client.get(&format!("{talk}/calls/new")).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text());
    let sent = slots(hidden(&form, "once"), "Europe/Berlin", "2026-12-01T14:30");
    for _twice in 0..2 {
        let proposed = client.post(&format!("{talk}/calls"), &sent).await;
        assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text());
    }
    let letters = expert.letters_to("emil@example.org").await;
    let letter = letters
        .iter()
        .find(|one| one.subject == "Clara proposes a call")
        .unwrap();
    assert!(
        letter
            .body
            .contains("Tuesday 1 December 2026, 14:30 Europe/Berlin (13:30 UTC)"),
        "{}",
        letter.body
    );
    let own = client.get(&talk).await;
    assert!(
        own.text().contains("Take it back") && !own.text().contains(">Book "),
        "{}",
        own.text()
    );
    (client, expert, talk)
}

#[tokio::test]
async fn a_call_is_proposed_booked_and_put_into_a_calendar() {
    let (client, expert, talk) = proposed().await;
    let page = expert.get(&talk).await;
    assert_eq!(page.text().matches(">Book ").count(), 2, "{}", page.text());
    let id = between(page.text(), "action=\"/calls/", "/")[0].to_owned();
    let file = format!("/calls/{id}.ics");
    assert_eq!(
        expert.get(&file).await.status,
        StatusCode::CONFLICT,
        "no time is chosen"
    );
    let at = between(page.text(), "name=\"at\" value=\"", "\"")[0].to_owned();
    let book = format!("/calls/{id}/book");
    let chosen = encoded(&[("at", &at)]);
    let stranger = client.come_in("mallory@example.org", "Mallory").await;
    assert_eq!(stranger.post(&book, &chosen).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        client.post(&book, &chosen).await.status,
        StatusCode::CONFLICT,
        "not by whoever proposed"
    );
    assert_eq!(
        expert.post(&book, "at=2026-12-03T00:00:00Z").await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(expert.post(&book, &chosen).await.status, StatusCode::SEE_OTHER);
    let calendar = expert.get(&file).await;
    assert_eq!(calendar.header("content-type"), "text/calendar; charset=utf-8");
    let text = calendar.text();
    for line in [
        "DTSTART:20261201T133000Z\r\n",
        "DTEND:20261201T140000Z\r\n",
        "SUMMARY:Call with Clara\r\n",
        "SEQUENCE:1\r\n",
    ] {
        assert!(text.contains(line), "{line} {text}");
    }
    assert!(text.contains(&format!("UID:{id}@127.0.0.1:8080\r\n")), "{text}");
    assert_eq!(stranger.get(&file).await.status, StatusCode::NOT_FOUND);
    let letters = client.letters_to("clara@example.org").await;
    assert!(
        letters
            .iter()
            .any(|one| one.subject == "Your call with Emil is booked"),
        "{letters:?}"
    );
    let early = client.post(&format!("/calls/{id}/held"), "").await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert_eq!(
        client.post(&format!("/calls/{id}/withdraw"), "").await.status,
        StatusCode::SEE_OTHER
    );
    let calendar = expert.get(&file).await;
    assert!(calendar.text().contains("STATUS:CANCELLED\r\n") && calendar.text().contains("SEQUENCE:2\r\n"));
}

#[tokio::test]
async fn times_that_cannot_be_come_back_as_they_were_typed() {
    let (client, _expert, _request, talk) = talking().await;
    let sent = slots("", "Mars/Olympus", "2026-12-01T14:30");
    let refused = client.post(&format!("{talk}/calls"), &sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "There is no such time zone.",
        "value=\"Mars/Olympus\"",
        "value=\"2026-12-01T14:30\"",
    ] {
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }
}

async fn chunk(body: &mut Body) -> Option<String> {
    let frame = tokio::time::timeout(std::time::Duration::from_secs(30), body.frame())
        .await
        .unwrap()?;
    Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
}

async fn say(by: &Visitor, talk: &str, text: &str) {
    let said = by
        .post(&format!("{talk}/messages"), &encoded(&[("text", text)]))
        .await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
}

#[tokio::test]
async fn a_message_arrives_while_the_page_is_open_and_is_asked_for_again_after_a_break() {
    let (client, expert, _request, talk) = talking().await;
    assert!(
        client
            .get(&talk)
            .await
            .text()
            .contains(&format!("data-events=\"{talk}/events\""))
    );
    let events = format!("{talk}/events");
    let page = client.get(&talk).await;
    let shown = between(page.text(), "data-after=\"", "\"")[0];
    say(&expert, &talk, "before the page listened").await;
    let mut body = client
        .begin(&format!("{events}?after={shown}"), &[])
        .await
        .into_body();
    chunk(&mut body).await.unwrap();
    let early = chunk(&mut body).await.unwrap();
    assert!(early.contains("before the page listened"), "{early}");
    drop(body);
    let response = client.begin(&events, &[]).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let begun = chunk(&mut body).await.unwrap();
    assert!(begun.starts_with("retry: 3000\nid: "), "{begun}");
    let (first, ()) = tokio::join!(
        chunk(&mut body),
        say(&expert, &talk, "Hello <b>there</b>\n\n- one")
    );
    let first = first.unwrap();
    assert!(
        first.starts_with("event: message\nid: ") && first.ends_with("\n\n"),
        "{first}"
    );
    assert!(
        first.contains("Hello &lt;b&gt;there&lt;/b&gt;") && !first.contains("class=\"mine\""),
        "{first}"
    );
    let inner = first.trim_end().lines().skip(2);
    assert!(
        inner.clone().count() > 1 && inner.clone().all(|line| line.starts_with("data: ")),
        "{first}"
    );
    let id = between(&first, "\nid: ", "\n")[0].to_owned();
    drop(body);
    say(&expert, &talk, "second").await;
    let mut body = client.begin(&events, &[("last-event-id", &id)]).await.into_body();
    chunk(&mut body).await.unwrap();
    let missed = chunk(&mut body).await.unwrap();
    assert!(missed.contains("second") && !missed.contains("there"), "{missed}");
    client.close();
    assert_eq!(chunk(&mut body).await, None, "it ends with the process");
}

#[tokio::test]
async fn strangers_hear_nothing_and_nobody_listens_in_too_many_places() {
    let (client, _expert, _request, talk) = talking().await;
    let events = format!("{talk}/events");
    let stranger = client.come_in("mallory@example.org", "Mallory").await;
    assert_eq!(stranger.begin(&events, &[]).await.status(), StatusCode::NOT_FOUND);
    let mut open = Vec::new();
    for _each in 0..earnest_app::arrival::MOST_WATCHED {
        open.push(client.begin(&events, &[]).await);
    }
    assert!(open.iter().all(|one| one.status() == StatusCode::OK));
    assert_eq!(
        client.begin(&events, &[]).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    open.pop();
    assert_eq!(client.begin(&events, &[]).await.status(), StatusCode::OK);
}

/// Whoever goes back in their browser has the form that was sent before, and may write on in it.
#[tokio::test]
async fn a_form_that_was_sent_before_comes_back_with_what_was_written_later() {
    let (client, _expert, _request, talk) = talking().await;
    let page = client.get(&talk).await;
    let messages = format!("{talk}/messages");
    let words = |once: &str, text: &str| encoded(&[("once", once), ("text", text)]);
    let once = hidden(&page, "once").to_owned();
    for text in ["The first", "The first"] {
        let sent = client.post(&messages, &words(&once, text)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    }
    let back = client.post(&messages, &words(&once, "Written later")).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        back.text().contains(">Written later</textarea>"),
        "{}",
        back.text()
    );
    let sent = client
        .post(&messages, &words(hidden(&back, "once"), "Written later"))
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let page = client.get(&talk).await;
    for text in ["The first", "Written later"] {
        assert_eq!(page.text().matches(text).count(), 1, "{text}");
    }

    let form = client.get(&format!("{talk}/calls/new")).await;
    let calls = format!("{talk}/calls");
    let sent = slots(hidden(&form, "once"), "UTC", "2026-12-01T14:30");
    assert_eq!(client.post(&calls, &sent).await.status, StatusCode::SEE_OTHER);
    let other = slots(hidden(&form, "once"), "UTC", "2026-12-01T18:30");
    let back = client.post(&calls, &other).await;
    assert_eq!(back.status, StatusCode::CONFLICT);
    assert!(
        back.text().contains("value=\"2026-12-01T18:30\""),
        "{}",
        back.text()
    );
    let other = slots(hidden(&back, "once"), "UTC", "2026-12-01T18:30");
    assert_eq!(client.post(&calls, &other).await.status, StatusCode::SEE_OTHER);
    let page = client.get(&talk).await;
    assert_eq!(page.text().matches("Take it back").count(), 2, "{}", page.text());
}
