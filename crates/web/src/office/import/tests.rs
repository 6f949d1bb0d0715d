//! Bringing in experts, through the page.

use axum::http::StatusCode;

use crate::expert::tests::operator;
use crate::testing::Visitor;

const TABLE: &str = "email,name,headline,about,skills,languages,time_zone\n\
                     emil@example.org,Emil <b>,Python services,Many,Python:10,English,UTC\n";

fn form(table: &str, then: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("table", table)
        .append_pair("then", then)
        .finish()
}

#[tokio::test]
async fn a_table_is_looked_at_first_and_kept_once() {
    let site = Visitor::new();
    let olga = operator(&site, "olga@example.org", "support").await;
    let path = "/office/experts/import";
    let page = olga.get(path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text().contains("languages English | German"),
        "{}",
        page.text()
    );
    let wrong = olga.post(path, &form(&TABLE.replace(":10", ":x"), "")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("line 2: years_1"), "{}", wrong.text());
    let looked = olga.post(path, &form(TABLE, "")).await;
    assert!(
        looked.text().contains("1 new, 0 there already"),
        "{}",
        looked.text()
    );
    assert!(looked.text().contains("Emil &#60;b&#62;"));
    assert!(
        site.letters_to("emil@example.org").await.is_empty(),
        "nothing was kept"
    );
    for (kept, letters) in [("1 profiles were kept", 1), ("0 profiles were kept", 0)] {
        let reply = olga.post(path, &form(TABLE, "keep")).await;
        assert!(reply.text().contains(kept), "{}", reply.text());
        assert_eq!(site.letters_to("emil@example.org").await.len(), letters);
    }
    assert!(!site.get("/experts").await.text().contains("Python services"));
    let stranger = site.come_in("sven@example.org", "Sven").await;
    assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        stranger.post(path, &form(TABLE, "keep")).await.status,
        StatusCode::NOT_FOUND
    );
}

/// Only who agrees to be found stands in the sitemap.
#[tokio::test]
async fn the_sitemap_names_experts_that_agreed() {
    let site = Visitor::new();
    let (expert, id) = site.expert("emil@example.org", "Emil").await;
    let address = format!("/experts/{id}</loc>");
    assert!(!site.get("/sitemap.xml").await.text().contains(&address));
    let agreed = "headline=Python&about=Many&skill_1=Python&years_1=6&languages=English&time_zone=UTC&indexed=yes&version=3";
    let saved = expert.post("/me/expert-profile", agreed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(site.get("/sitemap.xml").await.text().contains(&address));
}
