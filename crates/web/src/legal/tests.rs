//! The pages of the legal texts, and that nobody goes on before they have accepted them.

use std::sync::Arc;

use axum::http::StatusCode;
use earnest_app::legal::{Kind, Texts, publish};

use super::*;
use crate::contract::tests::Deal;
use crate::testing::Visitor;

/// The operator's own terms and privacy notice.
async fn with_texts(visitor: &Visitor, terms: &str) -> Visitor {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("terms.md"), terms).unwrap();
    std::fs::write(folder.path().join("privacy.md"), "We keep little.").unwrap();
    let texts = Texts::read(folder.path()).unwrap();
    let texts = publish(visitor.desk(), texts).await.unwrap();
    visitor.with_desk(|desk| desk.legal = Arc::new(texts))
}

/// What a page asks to accept, as its form sends it.
fn shown(page: &str) -> String {
    let shown = crate::testing::between(page, "name=\"shown\" value=\"", "\"");
    let pairs: Vec<String> = shown
        .iter()
        .map(|one| format!("shown={}", one.replace(':', "%3A")))
        .collect();
    pairs.join("&")
}

/// Accepts what is in force.
pub(crate) async fn accept(who: &Visitor) {
    let page = who.get("/me/legal").await;
    let accepted = who.post("/me/legal", &shown(page.text())).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text());
}

#[test]
fn a_text_is_headings_lists_and_paragraphs() {
    let text =
        "# Terms\n\n## One\n\nRead [this](/method) and [that](javascript:alert(1)).\n\n- a\n- b\n\n### Two";
    let [
        Block::Title("One"),
        Block::Words(words),
        Block::List(items),
        Block::Subtitle("Two"),
    ] = &blocks(text)[..]
    else {
        panic!("{:?}", blocks(text));
    };
    assert_eq!(items.len(), 2);
    let links = words.iter().filter(|piece| matches!(piece, Piece::Link { .. }));
    assert_eq!(links.count(), 1, "{words:?}");
}

#[tokio::test]
async fn without_the_operators_texts_the_pages_say_so_and_nobody_is_asked() {
    let visitor = Visitor::new();
    for kind in Kind::ALL {
        let page = visitor.get(&urls::legal(kind)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.text()
                .contains("The operator has not provided this text yet"),
            "{}",
            page.text()
        );
        assert!(page.text().contains(&format!("href=\"{}\"", urls::legal(kind))));
    }
    let ada = visitor.come_in("ada@example.org", "Ada").await;
    assert_eq!(ada.get("/me").await.status, StatusCode::OK);
    assert!(ada.get("/me/legal").await.text().contains("nothing to accept"));
}

#[tokio::test]
async fn nobody_goes_on_before_they_have_accepted_what_is_in_force() {
    let site = with_texts(&Visitor::new(), "Be <b>kind</b>.").await;
    let ada = site.come_in("ada@example.org", "Ada").await;
    let sent = ada.get("/me/account?x=1").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(sent.header("location"), "/me/legal?to=%2Fme%2Faccount%3Fx%3D1");
    let refused = ada.post("/me/account", "name=Ida").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("/me/legal"), "{}", refused.text());
    let page = ada.get(sent.header("location")).await;
    let shown = format!("&{}", shown(page.text()));
    assert_eq!(shown.matches("shown=").count(), 2, "{}", page.text());
    let late = ada.post("/me/legal", "shown=terms%3A00").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let done = ada
        .post("/me/legal", &format!("to=%2Fme%2Faccount%3Fx%3D1{shown}"))
        .await;
    assert_eq!(done.header("location"), "/me/account?x=1");
    assert_eq!(ada.get("/me/account?x=1").await.status, StatusCode::OK);

    let old = site.desk().legal.of(Kind::Terms).sha256.clone();
    let site = with_texts(&ada, "Be very kind.").await;
    assert_eq!(site.get("/me").await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.post("/sign-out", "").await.header("location"), "/");
    let page = site.get(&format!("/terms?version={old}")).await;
    assert!(
        page.text().contains("Be &#60;b&#62;kind") && page.text().contains(short(&old)),
        "{}",
        page.text()
    );
    assert!(page.text().contains("The version in force now"));
    assert_eq!(site.get("/terms?version=00").await.status, StatusCode::NOT_FOUND);
    assert!(site.get("/terms").await.text().contains("since"));
}

#[tokio::test]
async fn a_contract_names_the_terms_that_were_in_force_when_it_began() {
    let deal = Deal::on(with_texts(&Visitor::new(), "First terms.").await).await;
    let first = deal.visitor.desk().legal.of(Kind::Terms).sha256.clone();
    let later = with_texts(&deal.client, "Second terms.").await;
    accept(&later).await;
    let page = later.get(&deal.page()).await;
    assert!(
        page.text().contains(&format!("/terms?version={first}")),
        "{}",
        page.text()
    );
}
