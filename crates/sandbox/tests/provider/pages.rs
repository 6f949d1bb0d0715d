//! The pages that people see, used as a browser without scripts uses them.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::playing::{Answered, play, settings};

fn assert_honest(page: &Answered) {
    assert!(
        page.text.contains("This is a sandbox. No real money moves."),
        "{}",
        page.text
    );
    let lower = page.text.to_lowercase();
    for field in [
        "autocomplete=\"cc-",
        "cvc",
        "cvv",
        "name=\"card",
        "<script",
        " style=",
    ] {
        assert!(!lower.contains(field), "{field} in\n{}", page.text);
    }
    assert!(
        page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
}

#[tokio::test]
async fn each_page_says_that_it_is_a_sandbox() {
    let play = play(settings());
    let open = play.fund("f1", 5000).await;
    let paid = play.paid(6000).await;
    let known = play.known_account().await;
    let order = json!({ "person_id": "per_2", "name": "<b>Bob</b>", "return_url": "http://site.test/back" });
    let new = play.call("/v1/accounts", "a2", order).await.id();
    for (path, status) in [
        (format!("/pay/{open}"), StatusCode::OK),
        (format!("/pay/{paid}"), StatusCode::OK),
        (format!("/onboard/{known}"), StatusCode::OK),
        (format!("/onboard/{new}"), StatusCode::OK),
        ("/control".to_owned(), StatusCode::OK),
        ("/pay/pay_none".to_owned(), StatusCode::NOT_FOUND),
        ("/nowhere".to_owned(), StatusCode::NOT_FOUND),
    ] {
        let page = play.page(&path).await;
        assert_eq!(page.status, status, "{path}");
        assert_honest(&page);
        assert!(!page.text.contains("<b>Bob"), "{path}");
    }
}

#[tokio::test]
async fn every_choice_of_the_checkout_leads_back_and_is_told() {
    for (fields, told) in [
        ("with=works&then=pay", "payment.captured"),
        ("with=declined&then=pay", "payment.failed"),
        ("with=less&then=pay", "payment.captured"),
        ("with=more&then=pay", "payment.captured"),
        ("with=late&then=pay", "payment.expired payment.captured"),
        ("with=charged_back&then=pay", "payment.captured chargeback.opened"),
        ("with=works&then=decline", "payment.failed"),
        ("with=works&then=leave", ""),
    ] {
        let play = play(settings());
        let id = play.fund("f1", 5000).await;
        let page = play.page(&format!("/pay/{id}")).await;
        let value = fields.split(['=', '&']).nth(1).unwrap();
        assert!(page.text.contains(&format!("value=\"{value}\"")), "{fields}");
        let answered = play.form(&format!("/pay/{id}"), fields).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{fields}");
        assert_eq!(
            answered.headers[header::LOCATION],
            "http://site.test/back?from=pay"
        );
        assert_eq!(play.kinds().await.join(" "), told, "{fields}");
        let captured = play.state().await["payments"][0]["captured"].as_i64().unwrap();
        let expected = match fields {
            "with=less&then=pay" => 4900,
            "with=more&then=pay" => 5100,
            _ if told.contains("captured") => 5000,
            _ => 0,
        };
        assert_eq!(captured, expected, "{fields}");
    }
}

#[tokio::test]
async fn a_closed_checkout_takes_nothing() {
    let play = play(settings());
    let id = play.fund("f1", 5000).await;
    play.form(&format!("/pay/{id}"), "with=works&then=pay").await;
    let again = play.form(&format!("/pay/{id}"), "with=works&then=pay").await;
    assert!(again.text.contains("Nothing was paid."), "{}", again.text);
    let late = play.fund("f2", 5000).await;
    play.world.pass(901);
    let page = play.page(&format!("/pay/{late}")).await;
    assert!(page.text.contains("expired"), "{}", page.text);
    let strange = play.fund("f3", 5000).await;
    let page = play.form(&format!("/pay/{strange}"), "with=gold&then=pay").await;
    assert!(page.text.contains("choose what to pay with"), "{}", page.text);
    assert_eq!(play.transactions().await.len(), 1);
}

#[tokio::test]
async fn an_expert_becomes_known_by_one_button() {
    let play = play(settings());
    let order = json!({ "person_id": "per_1", "name": "Ada", "return_url": "http://site.test/back" });
    let id = play.call("/v1/accounts", "a1", order).await.id();
    let answered = play.form(&format!("/onboard/{id}"), "").await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    assert_eq!(play.kinds().await, ["account.onboarded"]);
    let unknown = play.form("/onboard/acc_none", "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_plays_by_pressing_buttons() {
    let play = play(settings());
    let id = play.fund("f1", 5000).await;
    let page = play.page("/control").await;
    assert!(
        page.text
            .contains(&format!("action=\"/control/payments/{id}/capture\""))
    );
    let pressed = play
        .form(&format!("/control/payments/{id}/capture"), "amount_minor=")
        .await;
    assert_eq!(
        (pressed.status, &pressed.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/control".parse().unwrap())
    );
    let armed = play
        .form("/control/faults", "kind=duplicate&on=any&by=&times=1")
        .await;
    assert_eq!(armed.status, StatusCode::SEE_OTHER);
    assert!(play.page("/control").await.text.contains("Event: sent again"));
    let refused = play.form(&format!("/control/payments/{id}/capture"), "").await;
    assert!(refused.text.contains("Not done."), "{}", refused.text);
    let nonsense = play.form("/control/clock", "forward_seconds=soon").await;
    assert!(nonsense.text.contains("whole number"), "{}", nonsense.text);
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let play = play(settings());
    let id = play.fund("f1", 5000).await;
    for path in [
        format!("/pay/{id}"),
        "/onboard/acc_none".to_owned(),
        "/control/faults/clear".to_owned(),
        format!("/control/payments/{id}/capture"),
    ] {
        for (origin, allowed) in [
            ("http://evil.test", false),
            ("null", false),
            ("http://sandbox.test", true),
        ] {
            let request = Request::post(&path)
                .header(header::HOST, "sandbox.test")
                .header(header::ORIGIN, origin)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from("with=works&then=leave"));
            let answered = play.send(request.unwrap()).await;
            assert_eq!(
                answered.status != StatusCode::FORBIDDEN,
                allowed,
                "{path} {origin}"
            );
        }
    }
}
