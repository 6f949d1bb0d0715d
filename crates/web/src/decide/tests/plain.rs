//! Deciding with browsers that do not say where a form comes from: over plain HTTP, from pages that tell nobody their
//! address, they send `Origin: null` or nothing.

use axum::http::{Request, StatusCode};
use jiff::Timestamp;

use super::{DATA, SLUG, STACK, encoded, hidden, invitation, leads, once};
use crate::testing::{Reply, Visitor};

/// Posts a form as such a browser does.
async fn post(visitor: &Visitor, path: &str, form: &str, origin: Option<&str>) -> Reply {
    let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    visitor.ask(request, form).await
}

/// The form that makes a decision, and what is sent with it.
async fn form(visitor: &Visitor) -> String {
    let page = visitor.get(&format!("/decisions/new?comparison={SLUG}")).await;
    filled(page.text())
}

fn filled(page: &str) -> String {
    format!(
        "title=Which+one%3F&name=Mia&comparison={SLUG}&state={}&once={}&stamp={}",
        encoded(&hidden(page, "state")),
        once(page),
        hidden(page, "stamp")
    )
}

/// How many are kept.
async fn decisions(visitor: &Visitor) -> usize {
    let store = &visitor.web.app.store;
    let all = store.read(|mut view| async move { view.due_decisions(Timestamp::MAX, 100).await });
    all.await.unwrap().len()
}

#[tokio::test]
async fn five_people_decide_with_browsers_that_say_nothing() {
    let visitor = Visitor::new().from("192.0.2.1");
    let maker = leads(&post(&visitor, "/decisions", &form(&visitor).await, Some("null")).await);
    let invite = invitation(&visitor, &maker).await;
    let mut own = Vec::new();
    for (name, weights) in [("Ada", DATA), ("Ben", DATA), ("Eve", STACK), ("Kim", STACK)] {
        let page = visitor.get(&invite).await;
        let sent = format!("name={name}&{weights}&once={}", once(page.text()));
        own.push(leads(
            &post(&visitor, &format!("{invite}/position"), &sent, None).await,
        ));
    }
    let page = visitor.get(&own[0]).await;
    assert!(
        page.text()
            .contains("3 of 5 see Node.js ahead, 2 see Python ahead."),
        "{}",
        page.text()
    );
    for (act, sent) in [("keep", ""), ("rename", "title=Which%3F"), ("invite", "")] {
        leads(&post(&visitor, &format!("{maker}/{act}"), sent, Some("null")).await);
    }
    let gone = post(&visitor, &format!("{}/withdraw", own[3]), "", None).await;
    assert_eq!(gone.status, StatusCode::OK);
    let gone = post(&visitor, &format!("{maker}/delete"), "", None).await;
    assert_eq!(gone.status, StatusCode::OK);
    assert_eq!(visitor.get(&own[0]).await.status, StatusCode::NOT_FOUND);
}

/// A form that somebody wrote elsewhere keeps nothing: it comes back filled in, and the person sends it or does not.
#[tokio::test]
async fn a_form_without_a_stamp_of_ours_is_shown_and_not_kept() {
    let visitor = Visitor::new().from("192.0.2.1");
    let stranger = visitor.from("198.51.100.9");
    let theirs = form(&stranger).await;
    let ours = form(&visitor).await;
    let unstamped = ours.split("&stamp=").next().unwrap().to_owned();
    let other_key = ours.replace("&once=", "&once=0000000000000000000000000y&was=");
    for forged in [&theirs, &unstamped, &other_key] {
        for origin in [None, Some("null")] {
            let reply = post(&visitor, "/decisions", forged, origin).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{forged}");
            assert_eq!(reply.header("referrer-policy"), "no-referrer");
            assert!(
                reply.text().contains("Nothing was saved") && reply.text().contains("value=\"Mia\""),
                "{}",
                reply.text()
            );
            // the key is another one: whoever wrote the form knows what it had
            assert!(!forged.contains(&once(reply.text())));
        }
    }
    assert_eq!(decisions(&visitor).await, 0);
    // what comes back can be sent
    let shown = post(&visitor, "/decisions", &theirs, Some("null")).await;
    leads(&post(&visitor, "/decisions", &filled(shown.text()), Some("null")).await);
    // a page elsewhere that says so is refused whatever it sends
    for path in ["/decisions", "/decisions/1/keep"] {
        let reply = post(
            &visitor,
            path,
            &form(&visitor).await,
            Some("https://evil.example"),
        )
        .await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        assert!(reply.text().contains("This did not come from our own page"));
    }
    assert_eq!(decisions(&visitor).await, 1);
}

/// A forged form with a wrong address uses up nothing of what the person behind the browser may keep.
#[tokio::test]
async fn a_wrong_address_costs_nobody_anything() {
    let visitor = Visitor::new().from("192.0.2.77");
    for _ in 0..70 {
        let reply = post(&visitor, "/decisions/2k3v9m5x7q1w8r4t6y0z2b3c4d/keep", "", None).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
    leads(&post(&visitor, "/decisions", &form(&visitor).await, None).await);
}
