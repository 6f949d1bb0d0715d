//! The history of a contract with the talk in it, narrowed and in pages, and the ways from and to it.

use axum::http::StatusCode;
use earnest_app::conversation;
use earnest_hire::ids::{ConversationId, OnceKey, PersonId};

use crate::contract::tests::{Deal, person};
use crate::conversation::testing::{proposal, talking};
use crate::testing::{Reply, Visitor, between};

/// Two people whose talk has become a contract: client, expert, conversation, contract.
async fn agreed() -> (Visitor, Visitor, String, String) {
    let (client, expert, _request, talk) = talking().await;
    let sent = expert
        .post(&format!("{talk}/proposals"), &proposal("0", "4500"))
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let page = client.get(&talk).await;
    let id = between(page.text(), "action=\"/proposals/", "/")[0];
    let accepted = client.post(&format!("/proposals/{id}/accept"), "number=1").await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text());
    let contract = accepted.header("location").to_owned();
    (client, expert, talk, contract)
}

async fn say(site: &Visitor, talk: &str, author: PersonId, texts: &[String]) {
    let id: ConversationId = talk.strip_prefix("/conversations/").unwrap().parse().unwrap();
    for text in texts {
        let mut once = [0; 16];
        once.iter_mut()
            .zip(text.bytes())
            .for_each(|(to, byte)| *to = byte);
        let once = OnceKey::new(once);
        conversation::say(site.desk(), id, author, text, once)
            .await
            .unwrap();
    }
}

fn has(page: &Reply, parts: &[&str]) {
    assert_eq!(page.status, StatusCode::OK);
    for part in parts {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

fn lacks(page: &Reply, parts: &[&str]) {
    for part in parts {
        assert!(!page.text().contains(part), "{part}: {}", page.text());
    }
}

#[tokio::test]
async fn what_was_said_stands_in_the_history_and_is_found_by_its_kind() {
    let (client, expert, talk, contract) = agreed().await;
    let clara = person(&client, "clara@example.org").await;
    let evil = "**Soon**, please <script>alert(1)</script>".to_owned();
    say(&client, &talk, clara, &[evil]).await;
    let words = "<strong>Soon</strong>, please &lt;script&gt;";
    let offer = "made a contract of the accepted proposal";
    let link = format!("href=\"{talk}#end\"");
    let mine = client.get(&contract).await;
    has(
        &mine,
        &["You wrote", words, offer, &link, "Your conversation with Emil"],
    );
    let page = expert.get(&contract).await;
    has(&page, &["Clara wrote", words, &link]);
    has(&page, &["Funded before you start"]);
    lacks(&mine, &["Funded before you start"]);
    let messages = expert.get(&format!("{contract}?kind=messages")).await;
    has(
        &messages,
        &[words, "?kind=messages#history-title\" aria-current=\"true\""],
    );
    lacks(&messages, &[offer]);
    let terms = expert.get(&format!("{contract}?kind=terms")).await;
    has(&terms, &[offer]);
    lacks(&terms, &[words]);
    has(
        &expert.get(&format!("{contract}?kind=disputes")).await,
        &["Nothing of this kind"],
    );
    has(
        &expert.get(&format!("{contract}?kind=weather&before=soon")).await,
        &[words, offer],
    );
    let back = client.get(&talk).await;
    has(&back, &[&format!("href=\"{contract}\"")]);
}

#[tokio::test]
async fn a_long_history_comes_in_pages_and_nothing_is_lost_between_them() {
    let (client, expert, talk, contract) = agreed().await;
    let people = (
        person(&client, "clara@example.org").await,
        person(&client, "emil@example.org").await,
    );
    let texts = |by: &str| {
        (0..30)
            .map(|number| format!("{by} says {number:02}."))
            .collect::<Vec<_>>()
    };
    say(&client, &talk, people.0, &texts("Clara")).await;
    say(&client, &talk, people.1, &texts("Emil")).await;
    let first = expert.get(&contract).await;
    has(
        &first,
        &[
            "Emil says 29.",
            "Emil says 00.",
            "Clara says 10.",
            "What happened before",
        ],
    );
    lacks(&first, &["Clara says 09."]);
    let older = between(first.text(), "rel=\"next\" href=\"", "\"")[0];
    let older = older.split_once('#').unwrap().0;
    let second = expert.get(older).await;
    has(&second, &["Clara says 09.", "Clara says 00.", "made a contract"]);
    lacks(&second, &["Clara says 10.", "What happened before"]);
}

#[tokio::test]
async fn amounts_lead_to_the_lines_of_the_statement() {
    let deal = Deal::submitted().await;
    let page = deal.client.get(&deal.page()).await;
    has(
        &page,
        &[
            "?kind=money#history-title\"><b>$1,200.00</b> held</a>",
            "Paid in: ",
        ],
    );
    lacks(&page, &["<a href=\"/conversations"]);
    let line = between(page.text(), "Paid in: <a href=\"", "\"")[0];
    let line = line.replace("&#38;", "&");
    let (path, anchor) = line.split_once('#').unwrap();
    let statement = deal.client.get(path).await;
    has(&statement, &[&format!("<tr id=\"{anchor}\">"), "$1,200.00"]);
    let theirs = deal.expert.get(&deal.page()).await;
    lacks(&theirs, &["/statements?from="]);
    let money = deal.client.get(&format!("{}?kind=money", deal.page())).await;
    has(&money, &["Paid in: "]);
    lacks(&money, &["submitted a version"]);
    let olga = crate::expert::tests::operator(&deal.visitor, "olga@example.org", "finance").await;
    let visit = format!("/office/visits/{}", deal.contract);
    let said = olga.post(&visit, "reason=A+question").await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
    let office = olga.get(&deal.page()).await;
    has(
        &office,
        &["Booked, all debits together: <a href=\"/office/ledger/entries/ent_"],
    );
    let entry = between(office.text(), "Booked, all debits together: <a href=\"", "\"")[0];
    assert_eq!(olga.get(entry).await.status, StatusCode::OK);
}
