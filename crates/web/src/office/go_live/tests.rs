//! The list, point by point, and that real money waits for it.

use std::sync::Arc;

use axum::http::StatusCode;
use earnest_app::go_live::{self, Gate};
use earnest_app::legal::Texts;
use earnest_app::outside::mail::{Mailer, Sending};
use earnest_store::MailRow;

use crate::contract::tests::{Deal, fill};
use crate::expert::tests::operator;
use crate::legal::tests::accept;
use crate::testing::{NOW, Visitor};

/// A mail server that takes everything.
struct Server;

impl Mailer for Server {
    fn send<'a>(&'a self, _letter: &'a MailRow) -> Sending<'a> {
        Box::pin(async { Ok(()) })
    }

    fn server(&self) -> Option<String> {
        Some("mail.example:465".to_owned())
    }
}

async fn missing(visitor: &Visitor) -> Vec<&'static str> {
    let found = go_live::checks(visitor.desk()).await.unwrap();
    let missing = found.iter().filter(|check| !check.is_done());
    missing.map(|check| check.item.label()).collect()
}

fn texts() -> Texts {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("imprint.md"), "Northgate GmbH").unwrap();
    for name in ["terms", "privacy"] {
        std::fs::write(folder.path().join(format!("{name}.md")), "Be kind.").unwrap();
    }
    Texts::read(folder.path()).unwrap()
}

/// Somebody's second factor counts from now on.
async fn with_second_factor(site: &Visitor, email: &str) {
    let id = crate::contract::tests::person(site, email).await;
    let switched = site.desk().store.write(move |mut tx| async move {
        tx.begin_second_factor(id, vec![7; 20]).await?;
        let mut factor = tx.lock_second_factor(id).await?.unwrap();
        factor.since = Some(NOW);
        tx.update_second_factor(id, &factor).await?;
        tx.commit::<(), earnest_store::Error>(()).await
    });
    switched.await.unwrap();
}

/// Somebody in the office whose second factor counts.
async fn appointed(site: &Visitor, email: &str, roles: &str) {
    let (address, roles) = (email.parse().unwrap(), roles.parse().unwrap());
    earnest_app::account::appoint(site.desk(), &address, "Fred", &roles)
        .await
        .unwrap();
    with_second_factor(site, email).await;
}

#[tokio::test]
async fn the_list_says_who_decides_about_money_and_what_one_alone_cannot() {
    let site = Visitor::new();
    let factors = "a second factor for every operator";
    appointed(&site, "ed@example.org", "editor").await;
    assert!(
        missing(&site).await.contains(&factors),
        "an editor decides nothing"
    );
    let alone = "a dispute can wait until";
    let said = async || format!("{:?}", go_live::checks(site.desk()).await.unwrap());
    for (email, roles, is_alone) in [
        ("olga@example.org", "owner", true),
        ("fred@example.org", "finance", false),
    ] {
        appointed(&site, email, roles).await;
        assert!(!missing(&site).await.contains(&factors), "{email}");
        assert_eq!(said().await.contains(alone), is_alone, "{email}");
    }
    operator_by_hand(&site, "sven@example.org", "support").await;
    assert!(missing(&site).await.contains(&factors), "Sven has none");
}

#[tokio::test]
async fn real_money_waits_until_everything_is_seen_to() {
    let deal = Deal::signed().await;
    let site = deal.visitor.with_desk(|desk| desk.gate = Gate::Watched);
    let client = deal.client.with_desk(|desk| desk.gate = Gate::Watched);
    let refused = fill(&client, &deal.act("fund"), "&way=bank+bank").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    for part in [
        "does not take real money yet",
        "an imprint",
        "mail that was tried",
        "an address with https",
    ] {
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }

    let olga = operator(&site, "olga@example.org", "owner").await;
    let page = olga.get("/office/go-live").await;
    assert!(
        page.text().contains("nobody can pay with real money here"),
        "{}",
        page.text()
    );
    let none = olga.post("/office/go-live/mail", "").await;
    assert!(
        none.text().contains("No mail server is configured"),
        "{}",
        none.text()
    );
    let change = |desk: &mut earnest_app::desk::Desk| {
        desk.mailer = Arc::new(Server);
        desk.origin = "https://hire.example".to_owned();
        desk.legal = Arc::new(texts());
    };
    // what a restart with another configuration gives
    let olga = olga.with_desk(change);
    assert_eq!(
        missing(&olga).await,
        [
            "mail that was tried",
            "a second factor for every operator",
            "a backup that was brought back once"
        ]
    );
    accept(&olga).await;
    assert_eq!(
        olga.post("/office/go-live/mail", "").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(olga.get("/office/go-live").await.text().contains("on its way"));
    earnest_app::mail::run_due(olga.desk()).await.unwrap();
    with_second_factor(&site, "olga@example.org").await;
    appointed(&olga, "fred@example.org", "finance").await;
    let short = olga.post("/office/go-live/restore", "words=done").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text().contains("href=\"#words\"") && short.text().contains(">done</textarea>"));
    assert_eq!(missing(&olga).await, ["a backup that was brought back once"]);
    let noted = olga
        .post(
            "/office/go-live/restore",
            "words=Monday%27s+copy+on+the+other+machine",
        )
        .await;
    assert_eq!(noted.status, StatusCode::SEE_OTHER);
    assert!(
        olga.get("/office/go-live")
            .await
            .text()
            .contains("Everything is seen to")
    );

    let client = client.with_desk(change);
    accept(&client).await;
    let paid = fill(&client, &deal.act("fund"), "&way=bank+bank").await;
    assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.text());
}

#[tokio::test]
async fn another_mail_server_is_tried_anew() {
    struct Other;
    impl Mailer for Other {
        fn send<'a>(&'a self, _letter: &'a MailRow) -> Sending<'a> {
            Box::pin(async { Ok(()) })
        }

        fn server(&self) -> Option<String> {
            Some("other.example:465".to_owned())
        }
    }
    let site = Visitor::new().with_desk(|desk| desk.mailer = Arc::new(Server));
    let olga = operator_by_hand(&site, "olga@example.org", "owner").await;
    go_live::try_mail(site.desk(), &olga).await.unwrap();
    earnest_app::mail::run_due(site.desk()).await.unwrap();
    assert!(!missing(&site).await.contains(&"mail that was tried"));
    let site = site.with_desk(|desk| desk.mailer = Arc::new(Other));
    assert!(missing(&site).await.contains(&"mail that was tried"));
}

async fn operator_by_hand(site: &Visitor, email: &str, roles: &str) -> earnest_hire::person::Person {
    let (email, roles) = (email.parse().unwrap(), roles.parse().unwrap());
    earnest_app::account::appoint(site.desk(), &email, "Olga", &roles)
        .await
        .unwrap()
}
