//! What was typed is not lost when a rule refuses it, or when the page was old.

use axum::http::StatusCode;
use earnest_hire::money::Minor;

use crate::contract::tests::{Deal, done, fill, hidden};

#[tokio::test]
async fn figures_that_cannot_be_are_refused_before_they_are_shown_again() {
    let deal = Deal::submitted().await;
    let cases = [
        (
            "disputes",
            "&unconditional=1300&offer=300&reason=It+is+slow.",
            "lie between nothing",
        ),
        (
            "disputes",
            "&unconditional=500&offer=300&reason=It+is+slow.",
            "at least what you let them have at once",
        ),
        ("settlements", "&to_expert=1000&to_client=100", "must add up"),
        ("release", "&amount=1200", "To pay everything, approve"),
        ("extend-inspection", "&days=9&reason=It+is+slow.", "1 to 7 days"),
    ];
    for (act, form, told) in cases {
        let path = deal.act(act);
        let page = deal.client.get(&path).await;
        let reply = deal.client.post(&path, &format!("{}{form}", hidden(&page))).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
        let text = reply.text();
        assert!(
            text.contains(told) && text.contains("aria-invalid=\"true\""),
            "{act}: {text}"
        );
        assert!(!text.contains("name=\"confirmed\""), "{act}: {text}");
        if form.contains("reason") {
            assert!(text.contains("It is slow."), "{act}: {text}");
        }
    }
    assert_eq!(deal.kept().await.milestones[0].held(), Ok(Minor(120_000)));
    // of $1,200.00 that are in dispute the client cannot get back $400.00 now and $300.00 in the end
    let opened = "&unconditional=0&offer=300&reason=It+is+slow.";
    done(&fill(&deal.client, &deal.act("disputes"), opened).await);
    let path = deal.act("answer-dispute");
    let page = deal.expert.get(&path).await;
    let answer = format!("{}&unconditional=400&offer=900", hidden(&page));
    let reply = deal.expert.post(&path, &answer).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        reply
            .text()
            .contains("at least what you let them have back at once"),
        "{}",
        reply.text()
    );
    done(&fill(&deal.expert, &path, "&unconditional=300&offer=900").await);
}

#[tokio::test]
async fn an_old_page_keeps_what_was_typed_and_can_be_sent_as_it_is_now() {
    let deal = Deal::submitted().await;
    let path = deal.act("request-changes");
    let page = deal.client.get(&path).await;
    done(&fill(&deal.expert, &deal.act("give-back"), "&amount=200.00").await);
    let form = format!("{}&unmet=0&note=The+second+endpoint", hidden(&page));
    let old = deal.client.post(&path, &form).await;
    assert_eq!(old.status, StatusCode::CONFLICT);
    for part in ["Something has changed", "The second endpoint"] {
        assert!(old.text().contains(part), "{part} in {}", old.text());
    }
    let text = old.text();
    let value = |name: &str| {
        let mark = format!("name=\"{name}\" value=\"");
        crate::testing::between(text, &mark, "\"")[0].to_owned()
    };
    let form = format!(
        "once={}&seen={}&unmet=0&note=The+second+endpoint",
        value("once"),
        value("seen")
    );
    done(&deal.client.post(&path, &form).await);
}
