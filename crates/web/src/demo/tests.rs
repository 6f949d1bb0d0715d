//! The demo's time: who may move it, and what it tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use earnest_app::outside::{Clock, MovableClock, Moving};
use jiff::{SignedDuration, Timestamp};

use crate::expert::tests::operator;
use crate::site::DemoPerson;
use crate::testing::{NOW, Visitor, site, web};

/// The fixed time, and so many seconds more.
#[derive(Default)]
pub(crate) struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        NOW + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

impl MovableClock for Moved {
    fn forward(&self, by: SignedDuration) -> Moving<'_> {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn without_a_demo_nobody_moves_the_time() {
    let visitor = Visitor::new();
    let owner = operator(&visitor, "owner@example.org", "owner").await;
    assert_eq!(owner.get("/demo/clock").await.status, StatusCode::NOT_FOUND);
    let moved = owner.post("/demo/clock", "step=week").await;
    assert_eq!(moved.status, StatusCode::NOT_FOUND);
    assert!(!owner.get("/office").await.text().contains("/demo/clock"));
}

#[tokio::test]
async fn in_a_demo_the_office_moves_it_forward_and_nobody_else() {
    let clock = Arc::new(Moved::default());
    let movable: Arc<dyn MovableClock> = clock.clone();
    let visitor = Visitor::new().at(movable);
    let owner = operator(&visitor, "owner@example.org", "owner").await;
    let page = owner.get("/demo/clock").await;
    assert!(page.text().contains("7 days on"), "{}", page.text());
    let moved = owner.post("/demo/clock", "step=day").await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text());
    assert_eq!(clock.now(), NOW + SignedDuration::from_hours(24));
    let page = owner.get(moved.header("location")).await;
    assert!(
        page.text().contains("Nothing happened by itself"),
        "{}",
        page.text()
    );
    let nothing = owner.post("/demo/clock", "step=next").await;
    assert_eq!(nothing.status, StatusCode::CONFLICT, "{}", nothing.text());
    let back = owner.post("/demo/clock", "step=-1").await;
    assert_eq!(back.status, StatusCode::CONFLICT, "{}", back.text());
    assert_eq!(clock.now(), NOW + SignedDuration::from_hours(24));
    let stranger = visitor.come_in("ada@example.org", "Ada").await;
    assert_eq!(stranger.get("/demo/clock").await.status, StatusCode::NOT_FOUND);
    let refused = stranger.post("/demo/clock", "step=day").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_page_of_a_demo_says_that_it_is_one() {
    let person = DemoPerson {
        email: "clara@demo.example".parse().unwrap(),
        label: "Clara Weiss, a client".to_owned(),
    };
    let demo = crate::site::Site {
        demo_people: vec![person],
        ..site()
    };
    let demo = Visitor::before(crate::routes::router(crate::testing::web_with(demo)));
    let plain = Visitor::before(crate::routes::router(web()));
    for path in [
        "/",
        "/compare",
        "/compare/python-vs-nodejs-for-backend-hiring",
        "/experts",
        "/sign-in",
        "/nowhere",
    ] {
        assert!(
            demo.get(path).await.text().contains("Demo: pretend money"),
            "{path}"
        );
        assert!(
            !plain.get(path).await.text().contains("Demo: pretend money"),
            "{path}"
        );
    }
    let way_in = "/demo/sign-in/clara@demo.example";
    assert!(demo.get("/").await.text().contains(way_in));
    let page = demo.get(way_in).await;
    assert!(
        page.text().contains("Clara Weiss, a client")
            && page.text().contains(&format!("action=\"{way_in}\"")),
        "{}",
        page.text()
    );
    for nowhere in [
        demo.get("/demo/sign-in/ada@demo.example").await,
        plain.get(way_in).await,
        plain.post(way_in, "").await,
    ] {
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND, "{}", nowhere.text());
    }
}
