//! Deciding together, through the pages.

mod kept;
mod plain;

use crate::testing::{Reply, Visitor, between};
use axum::http::StatusCode;

const SLUG: &str = "python-vs-nodejs-for-backend-hiring";
const DATA: &str = "w.performance=0&w.data-science=100&w.full-stack=0&w.talent=0&w.learning-curve=0&w.ecosystem=0&w.hiring-cost=0";
const STACK: &str = "w.performance=0&w.data-science=0&w.full-stack=100&w.talent=0&w.learning-curve=0&w.ecosystem=0&w.hiring-cost=0";

/// The value of a hidden field of the first form that has one of this name.
fn hidden(page: &str, name: &str) -> String {
    let begin = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    between(page, &begin, "\">")[0]
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

fn once(page: &str) -> String {
    hidden(page, "once")
}

/// Where an answer leads.
fn leads(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    reply.header("location").to_owned()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A decision by its maker; the path of the maker's page.
async fn made(visitor: &Visitor, query: &str, own: &str) -> String {
    let form = visitor
        .get(&format!(
            "/decisions/new?comparison={SLUG}&state={}",
            encoded(query)
        ))
        .await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text());
    let state = encoded(&hidden(form.text(), "state"));
    let sent = format!(
        "title=Which+one%3F&comparison={SLUG}&state={state}&once={}{own}",
        once(form.text())
    );
    leads(&visitor.post("/decisions", &sent).await)
}

/// The link that invites, as its maker's page shows it.
async fn invitation(visitor: &Visitor, maker: &str) -> String {
    let page = visitor.get(maker).await;
    let link = between(page.text(), "readonly value=\"http://127.0.0.1:8080", "\"")[0].to_owned();
    assert!(link.starts_with("/decisions/") && link != maker);
    link
}

/// Somebody comes in by the invitation; their own link.
async fn joined(visitor: &Visitor, invite: &str, name: &str, weights: &str) -> String {
    let page = visitor.get(invite).await;
    assert_eq!(page.status, StatusCode::OK);
    let sent = format!("name={}&{weights}&once={}", encoded(name), once(page.text()));
    leads(&visitor.post(&format!("{invite}/position"), &sent).await)
}

/// C30: people say what matters to them, and the page says what that comes to and on whom it hangs.
#[tokio::test]
async fn people_decide_over_links() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "").await;
    let empty = visitor.get(&maker).await;
    assert!(empty.text().contains("Nobody has said anything yet"));
    let invite = invitation(&visitor, &maker).await;
    let ada = joined(&visitor, &invite, "Ada", DATA).await;
    let ben = joined(&visitor, &invite, "Ben", DATA).await;
    let eve = joined(&visitor, &invite, "Eve", STACK).await;
    assert_ne!(ada, ben);
    let page = visitor.get(&ada).await;
    let text = page.text();
    for part in [
        "2 of 3 see Python ahead, 1 sees Node.js ahead.",
        "By the weights alone of Eve Node.js leads.",
        "Ada <span class=\"tag\">you</span>",
        "66.7\u{a0}%",
        "Least: Eve (0\u{a0}%). Most: Ada and Ben (100\u{a0}%).",
        "What you said",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Whoever is invited sees it too, but may change nothing that others said.
    let invited = visitor.get(&invite).await;
    assert!(
        invited.text().contains("Say what matters to you")
            && !invited.text().contains("<span class=\"tag\">you")
    );
    // Ben thinks again, and the verdict is another one.
    let page = visitor.get(&ben).await;
    let sent = format!("name=Ben&{STACK}&note=We+share+code&once={}", once(page.text()));
    assert_eq!(leads(&visitor.post(&format!("{ben}/position"), &sent).await), ben);
    let page = visitor.get(&eve).await;
    assert!(
        page.text()
            .contains("2 of 3 see Node.js ahead, 1 sees Python ahead.")
    );
    assert!(page.text().contains("We share code"));
    // Ben goes, and is gone.
    assert!(
        visitor
            .get(&format!("{ben}/withdraw"))
            .await
            .text()
            .contains("Take it back")
    );
    let gone = visitor.post(&format!("{ben}/withdraw"), "").await;
    assert_eq!(gone.status, StatusCode::OK);
    assert_eq!(visitor.get(&ben).await.status, StatusCode::NOT_FOUND);
    assert!(!visitor.get(&eve).await.text().contains("Ben"));
}

/// Secret links: unindexed, kept by nobody, told to nobody; what is none is the same 404 as for nothing.
#[tokio::test]
async fn a_link_is_a_secret() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia").await;
    let invite = invitation(&visitor, &maker).await;
    let ada = joined(&visitor, &invite, "Ada", DATA).await;
    for path in [
        &maker,
        &invite,
        &ada,
        &format!("{maker}/record"),
        &format!("{ada}/record.md"),
    ] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(page.header("cache-control"), "private, no-store", "{path}");
        assert_eq!(page.header("x-robots-tag"), "noindex, nofollow", "{path}");
        if page.header("content-type").starts_with("text/html") {
            assert!(
                page.text().contains("<meta name=\"robots\" content=\"noindex\">"),
                "{path}"
            );
            assert!(!page.text().contains("rel=\"canonical\"") && !page.text().contains("og:image\""));
        }
        assert!(page.header("set-cookie").is_empty());
        if !path.starts_with(&maker) {
            assert!(
                !page.text().contains(maker.rsplit('/').next().unwrap()),
                "{path} gives the maker's link away"
            );
        }
        if *path != invite && *path != maker {
            assert!(
                !page.text().contains(invite.rsplit('/').next().unwrap()),
                "{path} gives the invitation away"
            );
        }
    }
    assert!(!visitor.get("/sitemap.xml").await.text().contains("/decisions"));
    let id = between(visitor.get(&maker).await.text(), "decision=", "\"")[0].to_owned();
    assert!(id.starts_with("dec_"), "{id}");
    for token in [
        &id,
        "00000000000000000000000000",
        "x",
        "%00",
        "..%2F",
        &"a".repeat(3000),
    ] {
        for path in [
            format!("/decisions/{token}"),
            format!("/decisions/{token}/record"),
        ] {
            let reply = visitor.get(&path).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(reply.header("x-robots-tag"), "noindex, nofollow", "{path}");
            assert!(!reply.text().contains("Ada") && !reply.text().contains("Which one"));
        }
        let reply = visitor.post(&format!("/decisions/{token}/delete"), "").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
}

/// What only its maker may, nobody else may, and for them it is not there.
#[tokio::test]
async fn only_its_maker_renames_invites_and_deletes() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia").await;
    let invite = invitation(&visitor, &maker).await;
    let ada = joined(&visitor, &invite, "Ada", DATA).await;
    let page = visitor.get(&maker).await;
    let person = hidden(page.text(), "participant");
    for link in [&invite, &ada] {
        for (act, form) in [
            ("delete", String::new()),
            ("rename", "title=Mine".to_owned()),
            ("invite", String::new()),
            ("remove", format!("participant={person}")),
            ("nothing", String::new()),
        ] {
            let reply = visitor.post(&format!("{link}/{act}"), &form).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{act}");
        }
        assert_eq!(
            visitor.get(&format!("{link}/delete")).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(
        visitor.post(&format!("{invite}/keep"), "").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(leads(&visitor.post(&format!("{ada}/keep"), "").await), ada);
    assert_eq!(
        leads(&visitor.post(&format!("{maker}/rename"), "title=Another").await),
        maker
    );
    assert!(visitor.get(&ada).await.text().contains("<h1>Another</h1>"));
    let empty = visitor.post(&format!("{maker}/rename"), "title=").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("Say what is to be decided"));
    assert!(
        empty.text().contains("value=\"Mia\""),
        "what was said stays in its form"
    );
    // A new invitation: the old one opens nothing, whoever is in stays.
    leads(&visitor.post(&format!("{maker}/invite"), "").await);
    let newer = invitation(&visitor, &maker).await;
    assert_ne!(newer, invite);
    assert_eq!(visitor.get(&invite).await.status, StatusCode::NOT_FOUND);
    assert_eq!(visitor.get(&ada).await.status, StatusCode::OK);
    joined(&visitor, &newer, "Ben", STACK).await;
    // Somebody is taken out: their link opens nothing.
    leads(
        &visitor
            .post(&format!("{maker}/remove"), &format!("participant={person}"))
            .await,
    );
    assert_eq!(visitor.get(&ada).await.status, StatusCode::NOT_FOUND);
}

/// All of it is deleted, after a page that asks; its links then open nothing, as if there had been nothing.
#[tokio::test]
async fn what_is_deleted_is_as_nothing() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia").await;
    let invite = invitation(&visitor, &maker).await;
    let ada = joined(&visitor, &invite, "Ada", DATA).await;
    assert!(
        visitor
            .get(&format!("{maker}/delete"))
            .await
            .text()
            .contains("It cannot be undone")
    );
    assert_eq!(
        visitor.post(&format!("{maker}/delete"), "").await.status,
        StatusCode::OK
    );
    for link in [&maker, &ada, &invite] {
        let reply = visitor.get(link).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        let nothing = visitor.get("/decisions/00000000000000000000000000").await;
        let plain = |reply: &Reply| reply.text().split("Request id").next().unwrap_or_default().len();
        assert_eq!(plain(&reply), plain(&nothing), "as for nothing");
    }
    assert_eq!(
        visitor.post(&format!("{maker}/delete"), "").await.status,
        StatusCode::NOT_FOUND
    );
}

/// The same form twice makes one decision and one participant, and another content is refused.
#[tokio::test]
async fn a_form_sent_twice_acts_once() {
    let visitor = Visitor::new();
    let form = format!("title=Twice&comparison={SLUG}&state=&once=0123456789abcdefghjkmnpqrs&name=Mia");
    let first = leads(&visitor.post("/decisions", &form).await);
    assert_eq!(leads(&visitor.post("/decisions", &form).await), first);
    let other = visitor.post("/decisions", &form.replace("Twice", "Thrice")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    let invite = invitation(&visitor, &first).await;
    let sent = format!("name=Ada&{DATA}&once=0123456789abcdefghjkmnpqrs");
    let path = format!("{invite}/position");
    let both = tokio::join!(visitor.post(&path, &sent), visitor.post(&path, &sent));
    assert_eq!(leads(&both.0), leads(&both.1));
    assert_eq!(leads(&visitor.post(&path, &sent).await), leads(&both.0));
    let other = visitor.post(&path, &sent.replace("Ada", "Eve")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(other.text().contains("your own link"));
    let page = visitor.get(&invite).await;
    assert_eq!(
        between(page.text(), "<tr><th scope=\"row\">Ada", "</th>").len(),
        1
    );
    assert!(
        page.text().contains("1 of 2") || page.text().contains("2 of 2"),
        "the maker is one of two"
    );
    // The same key in another decision is another link.
    let elsewhere = made(&visitor, "", "").await;
    let elsewhere = invitation(&visitor, &elsewhere).await;
    assert_ne!(
        leads(&visitor.post(&format!("{elsewhere}/position"), &sent).await),
        leads(&both.0)
    );
}

#[tokio::test]
async fn mistakes_come_back_with_what_was_typed() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "").await;
    let invite = invitation(&visitor, &maker).await;
    let path = format!("{invite}/position");
    let wrong = visitor
        .post(
            &path,
            "name=&note=kept+words&w.talent=-1&w.performance=much&once=0123456789abcdefghjkmnpqrs",
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = wrong.text();
    assert!(page.contains("<title>Error: Which one?"));
    let summary = between(page, "<div class=\"error-summary\"", "</div>")[0];
    for field in ["name", "w.talent", "w.performance"] {
        assert!(
            summary.contains(&format!("<a href=\"#{field}\">")),
            "{field}: {summary}"
        );
        assert!(page.contains(&format!("id=\"{field}\"")), "{field}");
    }
    assert!(
        page.contains("kept words")
            && page.contains("value=\"much\"")
            && page.contains("value=\"0123456789abcdefghjkmnpqrs\"")
    );
    let zero = DATA.replace("=100", "=0");
    let nothing = visitor.post(&path, &format!("name=Ada&{zero}")).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text().contains("nothing is compared"));
    for (form, says) in [
        (
            format!("title=&comparison={SLUG}&state="),
            "Say what is to be decided",
        ),
        (
            format!("title=x&comparison={SLUG}&state=&name=%E2%80%AE"),
            "cannot be shown",
        ),
        (
            format!("title=x&comparison={SLUG}&state=&note=without+a+name"),
            "what the others are to call you",
        ),
    ] {
        let reply = visitor.post("/decisions", &form).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(reply.text().contains(says), "{says}");
    }
    for form in [
        "title=x&comparison=nothing&state=",
        "title=x&comparison=&state=",
        "",
    ] {
        let reply = visitor.post("/decisions", form).await;
        assert!(reply.status.is_client_error(), "{form}: {}", reply.status);
    }
    let bad = visitor
        .get(&format!("/decisions/new?comparison={SLUG}&state=w.talent%3Dx"))
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// What people write is shown and does nothing else: on the pages, on paper, and in Markdown.
#[tokio::test]
async fn hostile_names_stay_text() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "").await;
    let invite = invitation(&visitor, &maker).await;
    let name = "<script>x</script>|[a](javascript:1)";
    let sent = format!(
        "&note={}",
        encoded("</blockquote><img src=x onerror=y>\n# heading\n- item")
    );
    let eve = joined(&visitor, &invite, name, &format!("{DATA}{sent}")).await;
    joined(&visitor, &invite, "Ada", STACK).await;
    for path in [maker.clone(), invite, eve, format!("{maker}/record")] {
        let page = visitor.get(&path).await;
        assert!(
            !page.text().contains("<script>x") && !page.text().contains("<img src=x"),
            "{path}"
        );
        assert!(page.text().contains("&#60;script&#62;x"), "{path}");
    }
    let record = visitor.get(&format!("{maker}/record.md")).await;
    let text = record.text();
    assert!(
        text.contains("\\<script\\>x\\</script\\>\\|\\[a\\](javascript:1)"),
        "{text}"
    );
    assert!(
        text.contains("> \\</blockquote\\>\\<img")
            && text.contains("> \\# heading")
            && text.contains("> \\- item")
    );
}

/// C36: the record is dated and has context, options, weights, result, robustness, sources, and everybody's position.
#[tokio::test]
async fn the_record_has_everybodys_position() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "must=&region=", "&name=Mia&note=I+hire").await;
    let invite = invitation(&visitor, &maker).await;
    joined(&visitor, &invite, "Ada", DATA).await;
    joined(&visitor, &invite, "Ben", STACK).await;
    let record = visitor.get(&format!("{maker}/record.md")).await;
    assert_eq!(record.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(
        record.header("content-disposition"),
        "attachment; filename=\"decision.md\""
    );
    let markdown = record.text();
    for part in [
        "# Which one?\n",
        "- Date: 2026-11-24\n",
        "- Decided together by: 3 people\n",
        "edition ",
        "## Context",
        "We choose between",
        "## Options, common weights and scores",
        "## Result",
        "## Positions",
        "| Mia | 16.7",
        "| Ada | 0\u{a0}% | 100\u{a0}%",
        "**Mia** says:\n\n> I hire",
        "## Where we differ",
        "## How robust it is",
        "## Decision",
        "## Sources\n\n1. ",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let token = maker.rsplit('/').next().unwrap();
    assert!(
        !markdown.contains(token) && !markdown.contains("/decisions/"),
        "the record is for others: no secret in it"
    );
    let page = visitor.get(&format!("{maker}/record")).await;
    for part in [
        "Positions",
        "Mia",
        "I hire",
        "Where they differ",
        "How robust it is",
        "Sources",
        "24 November 2026",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    // The address in it leads to the comparison at the common weights, with the same verdict.
    let address = between(markdown, "- The common state: http://127.0.0.1:8080", "\n")[0];
    let shown = visitor.get(address).await;
    assert_eq!(shown.status, StatusCode::OK, "{address}");
    let result = between(markdown, "## Result\n\n", "\n")[0];
    let lead = result.replace("your common priorities", "your priorities");
    let lead = lead.split(';').next().unwrap();
    assert!(shown.text().contains(lead), "{lead}");
}

/// A decision stays on its edition, and says what a newer one would say.
#[tokio::test]
async fn it_stays_on_its_edition() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "edition=1", "&name=Mia").await;
    let page = visitor.get(&maker).await;
    assert!(page.text().contains("edition 1</a>") && page.text().contains("It stays on this edition"));
    assert!(
        page.text().contains("There is a newer edition, "),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("There the same option leads")
            || page.text().contains("There the verdict would be another")
    );
    let newer = between(page.text(), "This decision stays on its edition.", "<").len();
    assert_eq!(newer, 1);
    let href = between(page.text(), "</p><p class=\"caution\">", "See it there")
        .first()
        .copied()
        .unwrap_or_else(|| {
            between(
                page.text(),
                "<p class=\"caution\">There is a newer edition",
                "See it there",
            )[0]
        });
    let href = between(href, "<a href=\"", "\"")[0]
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    assert_eq!(visitor.get(&href).await.status, StatusCode::OK, "{href}");
    let current = visitor.get(&made(&visitor, "", "").await).await;
    assert!(!current.text().contains("newer edition"));
}
