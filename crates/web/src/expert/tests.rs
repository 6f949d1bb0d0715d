//! A profile from the form to the search, as browsers do it.

use axum::http::StatusCode;
use earnest_app::account;

use crate::testing::{Reply, Visitor};

const PROFILE: &str = "headline=Python+services+for+insurers&about=Ten+years+of+it.&skill_1=Python&years_1=10\
                       &evidence_1=https%3A%2F%2Fexample.org%2Fwork&skill_2=PostgreSQL&years_2=8&rate=95\
                       &languages=English%2C+German&time_zone=Europe%2FBerlin&version=0";

/// Somebody from the office.
pub(crate) async fn operator(visitor: &Visitor, email: &str, roles: &str) -> Visitor {
    let roles = roles.parse().unwrap();
    account::appoint(visitor.desk(), &email.parse().unwrap(), "Olga Brandt", &roles)
        .await
        .unwrap();
    visitor.come_in(email, "Olga Brandt").await
}

/// The id of whoever is signed in, from the preview link of their profile.
async fn id_of(expert: &Visitor) -> String {
    let page = expert.get("/me/expert-profile").await;
    let (_, rest) = page.text().split_once("/experts/per_").unwrap();
    format!("per_{}", rest.split('"').next().unwrap())
}

fn version_of(page: &Reply) -> String {
    let (_, rest) = page.text().split_once("name=\"version\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Saves a profile, sends it, and has it decided.
async fn vetted(visitor: &Visitor, email: &str, form: &str) -> (Visitor, String) {
    let expert = visitor.come_in(email, "Emil Sørensen").await;
    let saved = expert
        .post("/me/expert-profile", &format!("{form}&then=submit"))
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let id = id_of(&expert).await;
    let olga = operator(visitor, "olga@example.org", "support").await;
    let decided = olga
        .post(&format!("/office/vetting/{id}"), "version=2&decision=approved")
        .await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.text());
    (expert, id)
}

#[tokio::test]
async fn faults_come_back_together_with_what_was_typed() {
    let visitor = Visitor::new();
    assert_eq!(
        visitor.get("/me/expert-profile").await.status,
        StatusCode::SEE_OTHER
    );
    let emil = visitor.come_in("emil@example.org", "Emil").await;
    let page = emil.get("/me/expert-profile").await;
    assert_eq!(page.status, StatusCode::OK);
    let wrong = "headline=&about=Much&skill_1=Go&years_1=many&skill_2=&evidence_2=javascript%3Aalert(1)&rate=a+lot\
                 &hours_a_week=99&languages=&time_zone=";
    let reply = emil.post("/me/expert-profile", wrong).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in [
        "headline",
        "years_1",
        "skill_2",
        "evidence_2",
        "rate",
        "hours_a_week",
        "languages",
        "time_zone",
    ] {
        assert!(
            reply.text().contains(&format!("href=\"#{field}\"")),
            "{field}: {}",
            reply.text()
        );
    }
    for kept in ["Much", "value=\"Go\"", "value=\"a lot\"", "value=\"99\""] {
        assert!(reply.text().contains(kept), "{kept}");
    }
    assert!(!reply.text().contains("Preview"), "nothing was kept");
}

#[tokio::test]
async fn a_profile_that_was_let_through_is_found_and_shown() {
    let visitor = Visitor::new();
    let empty = visitor.get("/experts").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.text().contains("No profile has been let through yet"));
    let (emil, id) = vetted(&visitor, "emil@example.org", PROFILE).await;
    for (query, there) in [
        ("", true),
        ("?q=pyth", true),
        ("?q=python+insurers", true),
        ("?q=python+banks", false),
        ("?skill=postgresql", true),
        ("?skill=Rust", false),
        ("?rate_max=95", true),
        ("?rate_max=94.99", false),
        ("?available_by=2026-11-24&sort=rate", true),
        ("?page=7", true),
    ] {
        let page = visitor.get(&format!("/experts{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(page.text().contains("Emil Sørensen"), there, "{query}");
    }
    let page = visitor.get(&format!("/experts/{id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "Emil Sørensen",
        "$95.00 an hour",
        "Available now",
        "rel=\"nofollow ugc",
        "noindex",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(
        !page.text().contains("emil@example.org"),
        "addresses are nobody else's"
    );
    let record = emil.get("/me/audit").await;
    assert!(record.text().contains("let it through"), "{}", record.text());
    assert!(record.text().contains("Olga Brandt"));

    let indexed = PROFILE.replace("version=0", "version=3&indexed=yes");
    let saved = emil.post("/me/expert-profile", &indexed).await;
    assert_eq!(saved.header("location"), "/me/expert-profile?saved");
    let page = visitor.get(&format!("/experts/{id}")).await;
    assert!(!page.text().contains("noindex"));
    let stale = emil.post("/me/expert-profile", &indexed).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.text().contains("in another window"), "{}", stale.text());
    assert_eq!(version_of(&stale), "4");
}

const WORK: &str = "&work_1=Quotes+for+%3Cinsurers%3E&work_year_1=2025&work_story_1=Wrote+it.%0D%0ANobody+waits.\
                    &work_link_1=https%3A%2F%2Fexample.org%2Fquotes";

/// What an expert shows is on their page and in the office, is found by its words, and is looked at again once it is other work.
#[tokio::test]
async fn work_is_shown_found_and_looked_at_again() {
    let visitor = Visitor::new();
    let (emil, id) = vetted(&visitor, "emil@example.org", &format!("{PROFILE}{WORK}")).await;
    let olga = operator(&visitor, "olga@example.org", "support").await;
    let (page, vetting) = (format!("/experts/{id}"), format!("/office/vetting/{id}"));
    for (who, path) in [(&visitor, &page), (&olga, &vetting)] {
        let shown = who.get(path).await;
        for part in [
            "Quotes for &#60;insurers&#62;",
            "2025",
            "Wrote it.\nNobody waits.",
            "href=\"https://example.org/quotes\" rel=\"nofollow ugc noopener noreferrer\"",
        ] {
            assert!(shown.text().contains(part), "{path} {part}: {}", shown.text());
        }
    }
    let found = visitor.get("/experts?q=nobody+waits").await;
    assert!(found.text().contains("Emil Sørensen"));
    let nobody = olga.get("/office/vetting").await;
    assert!(nobody.text().contains("Nobody waits."), "the queue is empty");

    let form = emil.get("/me/expert-profile").await;
    for part in [
        "id=\"work_1\"",
        "id=\"work_2\"",
        "value=\"https://example.org/quotes\"",
    ] {
        assert!(form.text().contains(part), "{part}");
    }
    assert!(
        !form.text().contains("id=\"work_3\""),
        "one row more, and no further one"
    );
    let other = format!("{PROFILE}{WORK}&work_2=A+shop&work_year_2=2019&work_story_2=Alone");
    let saved = emil
        .post("/me/expert-profile", &other.replace("version=0", "version=3"))
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(visitor.get(&page).await.text().contains("A shop"));
    let queue = olga.get("/office/vetting").await;
    assert!(
        queue.text().contains("changed since it was vetted"),
        "{}",
        queue.text()
    );

    let wrong = "&work_1=A+shop&work_year_1=soon&work_story_1=&work_link_1=javascript%3Aalert(1)";
    let refused = emil
        .post("/me/expert-profile", &format!("{PROFILE}{wrong}"))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["work_year_1", "work_story_1", "work_link_1"] {
        assert!(refused.text().contains(&format!("href=\"#{field}\"")), "{field}");
    }
}

#[tokio::test]
async fn only_its_owner_and_the_office_see_a_profile_that_is_not_visible() {
    let visitor = Visitor::new();
    let (emil, id) = vetted(&visitor, "emil@example.org", PROFILE).await;
    let path = format!("/experts/{id}");
    let hidden = emil.post("/me/expert-profile/hide", "").await;
    assert_eq!(hidden.status, StatusCode::SEE_OTHER);
    let clara = visitor.come_in("clara@example.org", "Clara").await;
    let editor = operator(&visitor, "editor@example.org", "editor").await;
    for (who, status) in [
        (&visitor, StatusCode::NOT_FOUND),
        (&clara, StatusCode::NOT_FOUND),
        (&emil, StatusCode::OK),
        (&editor, StatusCode::OK),
    ] {
        assert_eq!(who.get(&path).await.status, status);
    }
    assert!(!visitor.get("/experts").await.text().contains("Emil"));
    assert!(
        emil.get(&path)
            .await
            .text()
            .contains("Others do not see this page")
    );
    assert_eq!(
        emil.post("/me/expert-profile/hide", "").await.status,
        StatusCode::CONFLICT
    );
    emil.post("/me/expert-profile/show", "").await;
    assert_eq!(visitor.get(&path).await.status, StatusCode::OK);
    for id in ["per_00000000000000000000000000", "nonsense", "per_"] {
        let reply = visitor.get(&format!("/experts/{id}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn nobody_is_led_to_invite_themself() {
    let visitor = Visitor::new();
    let (emil, id) = vetted(&visitor, "emil@example.org", PROFILE).await;
    let clara = visitor.come_in("clara@example.org", "Clara").await;
    let invite = format!("href=\"/experts/{id}/invite\"");
    for (who, led) in [(&visitor, true), (&clara, true), (&emil, false)] {
        let page = who.get("/experts").await;
        assert_eq!(page.text().contains(&invite), led, "{}", page.text());
        assert_eq!(page.text().contains("This is you."), !led);
    }
    let own = emil.get("/experts").await;
    assert_eq!(own.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn hostile_texts_stay_texts() {
    let visitor = Visitor::new();
    let hostile = PROFILE
        .replace(
            "Python+services+for+insurers",
            "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        )
        .replace("Ten+years+of+it.", "%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
        .replace("skill_2=PostgreSQL", "skill_2=%3Cb%3E%22'");
    let (emil, id) = vetted(&visitor, "emil@example.org", &hostile).await;
    let paths = [
        "/experts".to_owned(),
        "/experts?q=%3Cscript%3Ealert(1)&skill=%22%3E%3Cscript%3E".to_owned(),
        format!("/experts/{id}"),
        "/me/expert-profile".to_owned(),
    ];
    for path in &paths {
        let page = emil.get(path).await;
        for raw in ["<script>alert", "<img", "\"><script", "<b>\"'"] {
            assert!(!page.text().contains(raw), "{path}: {raw}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_in_a_search_is_said_beside_its_field() {
    let visitor = Visitor::new();
    let reply = visitor.get("/experts?rate_max=much&available_by=soon&q=go").await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "href=\"#rate_max\"",
        "href=\"#available_by\"",
        "value=\"much\"",
        "value=\"go\"",
    ] {
        assert!(reply.text().contains(part), "{part}");
    }
    let order = visitor.get("/experts/how-they-are-ordered").await;
    assert_eq!(order.status, StatusCode::OK);
    assert!(order.text().contains("no way to buy a place"));
}
