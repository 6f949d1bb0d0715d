//! A shortlist, invitations and advice, through the pages.

use axum::http::StatusCode;

use crate::expert::tests::operator;
use crate::testing::{Reply, Visitor, between};

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// Raises a request as somebody who is signed in, and opens it; gives its address.
async fn opened(client: &Visitor, more: &[(&str, &str)]) -> String {
    let mut form = vec![
        ("name", "Clara"),
        ("email", "clara@example.org"),
        ("summary", "An API that prices quotes"),
        ("role", "Engineer"),
        ("skills", "Python, Rust"),
    ];
    form.extend(more);
    let reply = client.post("/requests", &encoded(&form)).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let request = reply.header("location").to_owned();
    let open = encoded(&[("acceptance", "A quote is answered")]);
    let reply = client.post(&format!("{request}/open"), &open).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    request
}

fn is_see_other(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
}

#[tokio::test]
async fn a_client_invites_from_the_shortlist_and_the_expert_declines() {
    let site = Visitor::new();
    let client = site.come_in("clara@example.org", "Clara").await;
    let (expert, id) = site.expert("emil@example.org", "Emil").await;
    let request = opened(&client, &[]).await;
    let page = client.get(&request).await;
    for part in [
        "Who fits",
        "Emil",
        "Python (6 years, with work to look at); not named: Rust",
        "of 100",
        "/experts/how-they-are-ordered",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let own = expert.get(&request).await;
    assert!(own.text().contains("You are number 1 of the shortlist"));
    assert!(own.text().contains("not named: Rust"), "the same reason");
    assert!(!own.text().contains("Clara"));

    let form = format!("expert_id={id}");
    for _twice in 0..2 {
        is_see_other(&client.post(&format!("{request}/invitations"), &form).await);
    }
    let letters = client.letters_to("emil@example.org").await;
    assert_eq!(letters.len(), 1, "told once");
    assert!(letters[0].body.contains(&request));
    assert!(expert.get("/requests").await.text().contains("You were invited"));
    assert!(expert.get(&request).await.text().contains("Why not?"));

    let long = expert
        .post(
            &format!("{request}/decline"),
            &format!("reason={}", "x".repeat(501)),
        )
        .await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(long.text().contains("href=\"#reason\"") && long.text().contains(&"x".repeat(501)));
    let nasty = encoded(&[("reason", "<script>alert(1)</script>")]);
    for _twice in 0..2 {
        is_see_other(&expert.post(&format!("{request}/decline"), &nasty).await);
    }
    let page = client.get(&request).await;
    assert!(
        page.text().contains("&#60;script&#62;alert(1)"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("<script>alert"));
    let letters = client.letters_to("clara@example.org").await;
    assert_eq!(
        letters
            .iter()
            .filter(|one| one.subject == "Emil has declined")
            .count(),
        1
    );
    let again = client.post(&format!("{request}/invitations"), &form).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("has declined already"));
}

#[tokio::test]
async fn an_invitation_leads_to_a_talk_and_can_be_taken_back() {
    let site = Visitor::new();
    let client = site.come_in("clara@example.org", "Clara").await;
    let (expert, id) = site.expert("emil@example.org", "Emil").await;
    let page = client.get(&format!("/experts/{id}")).await;
    assert!(page.text().contains(&format!("/experts/{id}/invite")));
    let nothing = client.get(&format!("/experts/{id}/invite")).await;
    assert!(nothing.text().contains("None of your requests is open"));
    let request = opened(&client, &[("mode", "managed")]).await;
    assert_eq!(
        expert.get(&request).await.status,
        StatusCode::NOT_FOUND,
        "one with advice is in no list"
    );
    assert!(
        !expert
            .get("/requests")
            .await
            .text()
            .contains("An API that prices")
    );
    let choose = client.get(&format!("/experts/{id}/invite")).await;
    assert!(choose.text().contains("An API that prices quotes"));
    let missing = client.post(&format!("/experts/{id}/invite"), "").await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = format!("request={}", request.strip_prefix("/requests/").unwrap());
    is_see_other(&client.post(&format!("/experts/{id}/invite"), &form).await);
    assert_eq!(expert.get(&request).await.status, StatusCode::OK);
    let back = format!("expert_id={id}");
    is_see_other(
        &client
            .post(&format!("{request}/invitations/withdraw"), &back)
            .await,
    );
    assert_eq!(expert.get(&request).await.status, StatusCode::NOT_FOUND);
    is_see_other(&client.post(&format!("{request}/invitations"), &back).await);
    let talk = expert.post(&format!("{request}/conversations"), "").await;
    is_see_other(&talk);
    assert!(talk.header("location").starts_with("/conversations/"));
    assert!(client.get(&request).await.text().contains("answered"));
}

#[tokio::test]
async fn strangers_find_nothing_and_nobody_invites_to_the_request_of_another() {
    let site = Visitor::new();
    let client = site.come_in("clara@example.org", "Clara").await;
    let (expert, id) = site.expert("emil@example.org", "Emil").await;
    let request = opened(&client, &[("mode", "managed")]).await;
    let form = format!("expert_id={id}");
    for path in [
        "invitations",
        "invitations/withdraw",
        "talk",
        "decline",
        "conversations",
    ] {
        let reply = expert.post(&format!("{request}/{path}"), &form).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}: {}", reply.text());
    }
    let stranger = site.come_in("sven@example.org", "Sven").await;
    let chosen = format!("request={}", request.strip_prefix("/requests/").unwrap());
    let reply = stranger.post(&format!("/experts/{id}/invite"), &chosen).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let own = expert.get(&format!("/experts/{id}/invite")).await;
    assert_eq!(own.status, StatusCode::NOT_FOUND, "nobody invites themself");
    for odd in ["/experts/per_x/invite", "/experts/%00/invite"] {
        assert_eq!(client.get(odd).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
    let outside = site.get(&format!("/experts/{id}/invite")).await;
    assert_eq!(outside.status, StatusCode::SEE_OTHER, "the way to sign in");
}

#[tokio::test]
async fn somebody_without_a_visible_profile_is_told_what_to_do() {
    let site = Visitor::new();
    let client = site.come_in("clara@example.org", "Clara").await;
    let request = opened(&client, &[]).await;
    let nora = site.come_in("nora@example.org", "Nora").await;
    let reply = nora.post(&format!("{request}/conversations"), "").await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.text().contains("Set up your expert profile first"));
    assert!(reply.text().contains("href=\"/me/expert-profile\""));
}

#[tokio::test]
async fn the_operator_proposes_and_the_client_begins_to_talk() {
    let site = Visitor::new();
    let client = site.come_in("clara@example.org", "Clara").await;
    let (expert, id) = site.expert("emil@example.org", "Emil").await;
    let request = opened(&client, &[("mode", "managed")]).await;
    let olga = operator(&site, "olga@example.org", "support").await;
    let office = format!("/office{request}");
    let page = olga.get(&office).await;
    for part in [
        "Propose experts",
        "Nobody has answered yet",
        "of 100",
        "Python, Rust",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let wrong = olga
        .post(
            &format!("{office}/experts"),
            "expert_1=%3Cb%3E&rate_1=much&note_1=",
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "href=\"#expert_1\"",
        "href=\"#rate_1\"",
        "href=\"#note_1\"",
        "&#60;b&#62;",
    ] {
        assert!(wrong.text().contains(part), "{part}: {}", wrong.text());
    }
    let listed = id.to_string();
    let form = encoded(&[
        ("listed_1", &listed),
        ("rate_1", "110"),
        ("note_1", "Has priced <quotes> before"),
    ]);
    for _twice in 0..2 {
        is_see_other(&olga.post(&format!("{office}/experts"), &form).await);
    }
    assert_eq!(client.letters_to("clara@example.org").await.len(), 1);
    assert!(olga.get(&office).await.text().contains("Answered on"));
    let figures = olga.get("/office/requests").await;
    assert!(figures.text().contains("100 % (1 of 1)"), "{}", figures.text());
    let page = client.get(&request).await;
    for part in [
        "Has priced &#60;quotes&#62; before",
        "$110.00 an hour",
        "only advises",
        "no party to it",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let talk = format!("expert_id={id}");
    let mut talks = Vec::new();
    for _twice in 0..2 {
        let begun = client.post(&format!("{request}/talk"), &talk).await;
        is_see_other(&begun);
        talks.push(begun.header("location").to_owned());
    }
    assert_eq!(talks[0], talks[1]);
    assert_eq!(expert.get(&talks[0]).await.status, StatusCode::OK);
    for (who, path) in [(&client, "experts"), (&client, "replied"), (&expert, "experts")] {
        let reply = who.post(&format!("{office}/{path}"), &form).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// What was typed into the form stands in the field when the request is opened.
#[tokio::test]
async fn acceptance_items_of_the_form_are_there_when_it_is_opened() {
    let site = Visitor::new();
    let client = site.come_in("clara@example.org", "Clara").await;
    let form = encoded(&[
        ("name", "Clara"),
        ("email", "clara@example.org"),
        ("summary", "An API"),
        ("role", "Engineer"),
        ("acceptance", "- A quote is answered\n- It is tested"),
        ("until", "2027-03-01"),
        ("hour_most", "120"),
    ]);
    let reply = client.post("/requests", &form).await;
    is_see_other(&reply);
    let page = client.get(reply.header("location")).await;
    let area = between(page.text(), "<textarea id=\"acceptance\"", "</textarea>")[0];
    assert!(area.ends_with("A quote is answered\nIt is tested"), "{area}");
    for part in ["1 March 2027", "$120.00"] {
        assert!(page.text().contains(part), "{part}");
    }
}
