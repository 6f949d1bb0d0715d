//! Deciding with browsers that do not say where a form comes from: over plain HTTP, from pages that tell nobody their
//! address, they send `Origin: null` or nothing.

use axum::http::{Request, StatusCode};
use jiff::Timestamp;

use super::{DATA, SLUG, STACK, encoded, hidden, invitation, joined, leads, made, once};
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

/// Without a script a colour is chosen by a form. These pages tell nobody where they are, so their form does.
#[tokio::test]
async fn whoever_chooses_a_colour_comes_back() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia").await;
    let choose = async |back: &str| {
        let sent = format!("back={}&theme=dark", encoded(back));
        let reply = visitor.post("/theme", &sent).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        assert!(reply.header("set-cookie").starts_with("theme=dark"));
        reply.header("location").to_owned()
    };
    for path in [
        maker.clone(),
        format!("{maker}/record"),
        format!("{maker}/delete"),
        format!("{maker}/withdraw"),
        "/decisions/00000000000000000000000000".to_owned(),
    ] {
        let page = visitor.get(&path).await;
        assert_eq!(hidden(page.text(), "back"), path);
        assert_eq!(choose(&path).await, path);
    }
    let new = visitor
        .get(&format!("/decisions/new?comparison={SLUG}&state=w.talent%3D3"))
        .await;
    let back = choose(&hidden(new.text(), "back")).await;
    let again = visitor.get(&back).await;
    assert_eq!(again.status, StatusCode::OK, "{back}");
    assert_eq!(hidden(again.text(), "state"), hidden(new.text(), "state"));
    // a refused form leads back to the page that it stood on
    let refused = visitor.post(&format!("{maker}/rename"), "title=").await;
    assert_eq!(hidden(refused.text(), "back"), maker);
    for elsewhere in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
    ] {
        assert_eq!(choose(elsewhere).await, "/", "{elsewhere}");
    }
    // other pages are told by the browser
    for path in ["/licences", "/compare", "/nowhere"] {
        let page = visitor.get(path).await;
        assert!(!page.text().contains("name=\"back\""), "{path}");
    }
}

/// A form that was refused leaves its reader at the address it was sent to: opened again, it leads to the decision.
#[tokio::test]
async fn where_a_form_was_sent_leads_to_the_decision() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia").await;
    let invite = invitation(&visitor, &maker).await;
    let ada = joined(&visitor, &invite, "Ada", DATA).await;
    let nobody = "/decisions/00000000000000000000000000".to_owned();
    for act in ["position", "rename", "invite", "keep", "remove"] {
        for link in [&maker, &invite, &ada] {
            assert_eq!(
                &leads(&visitor.get(&format!("{link}/{act}")).await),
                link,
                "{act}"
            );
        }
        let reply = visitor.get(&format!("{nobody}/{act}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{act}");
    }
    let reply = visitor.get(&format!("{maker}/nothing")).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

/// Whoever sends the form twice reads that it is done; of a link that never opened anything the same is said.
#[tokio::test]
async fn what_is_deleted_twice_is_deleted() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia").await;
    let delete = format!("{maker}/delete");
    assert_eq!(visitor.post(&delete, "").await.status, StatusCode::OK);
    for path in [delete, "/decisions/00000000000000000000000000/delete".to_owned()] {
        let reply = visitor.post(&path, "").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            reply.text().contains("it is done: the form came a second time"),
            "{}",
            reply.text()
        );
    }
}

/// Each mistake links to something that is on the page: to all weights where it is of none of them.
#[tokio::test]
async fn a_mistake_of_no_weight_links_to_all_of_them() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "").await;
    let zero = DATA.replace("=100", "=0");
    for weights in [zero, format!("{DATA}&w.speed=3")] {
        let reply = visitor
            .post(&format!("{maker}/position"), &format!("name=Ada&{weights}"))
            .await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{weights}");
        let text = reply.text();
        assert!(text.contains("<a href=\"#weights\">"), "{weights}: {text}");
        assert!(text.contains(" id=\"weights\"") && !text.contains("href=\"#w.speed\""));
    }
}
