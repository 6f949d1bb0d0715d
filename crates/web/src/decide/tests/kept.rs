//! What becomes of a decision: a request, its end, and how much of it there may be.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::{DATA, SLUG, STACK, encoded, hidden, invitation, joined, leads, made};
use crate::testing::{NOW, Visitor, between};

/// The request that is raised from it knows its id, shows how many decided, and no names.
#[tokio::test]
async fn a_request_comes_from_a_decision() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia+Secret").await;
    let invite = invitation(&visitor, &maker).await;
    joined(&visitor, &invite, "Ada Secret", DATA).await;
    let page = visitor.get(&maker).await;
    let link = between(page.text(), "<a class=\"button\" href=\"", "\"")[0]
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    assert!(
        link.starts_with("/requests/new?") && link.contains("&decision=dec_"),
        "{link}"
    );
    let form = visitor.get(&link).await;
    assert_eq!(form.status, StatusCode::OK);
    let mut sent = form_urlencoded::Serializer::new(String::new());
    for name in ["once", "for-role", "comparison", "state", "decision"] {
        sent.append_pair(name, &hidden(form.text(), name));
    }
    let sent = format!(
        "name=Zoe&email=zoe%40example.com&summary=An+API&role=Engineer&{}",
        sent.finish()
    );
    let reply = visitor.post("/requests", &sent).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let confirmed = visitor.get(reply.header("location")).await;
    assert!(
        confirmed.text().contains("Decided together by 2 people"),
        "{}",
        confirmed.text()
    );
    assert!(!confirmed.text().contains("Secret") && !confirmed.text().contains("/decisions/"));
    // Who comes later had no part in it, and sent again it is the same request.
    joined(&visitor, &invite, "Ben Secret", STACK).await;
    let again = visitor.post("/requests", &sent).await;
    assert_eq!(again.header("location"), reply.header("location"));
    let confirmed = visitor.get(reply.header("location")).await;
    assert!(confirmed.text().contains("Decided together by 2 people"));
    // The weights of two are not what three decide, and no more is what somebody writes beside the id.
    let decision = hidden(form.text(), "decision");
    for state in [hidden(form.text(), "state"), "w.data-science=9".to_owned()] {
        let forged = form_urlencoded::Serializer::new(String::new())
            .append_pair("comparison", SLUG)
            .append_pair("state", &state)
            .append_pair("decision", &decision)
            .finish();
        let forged = format!("name=Zoe&email=zoe%40example.com&summary=An+API&role=Engineer&{forged}");
        let reply = visitor.post("/requests", &forged).await;
        let confirmed = visitor.get(reply.header("location")).await;
        assert_eq!(confirmed.status, StatusCode::OK, "{state}");
        assert!(!confirmed.text().contains("Decided together"), "{state}");
    }
    // Deleted, the request stays and says nothing of it any more.
    visitor.post(&format!("{maker}/delete"), "").await;
    let confirmed = visitor.get(reply.header("location")).await;
    assert!(confirmed.status == StatusCode::OK && !confirmed.text().contains("Decided together"));
    // What is no id is left out.
    let odd = visitor
        .get(&link.replace("decision=dec_", "decision=%3Cb%3E"))
        .await;
    assert!(odd.status == StatusCode::OK && !odd.text().contains("name=\"decision\""));
}

/// A page that stayed open while somebody saved from another one takes back nothing that was not changed on it.
#[tokio::test]
async fn a_page_that_stayed_open_takes_nothing_back() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "").await;
    let invite = invitation(&visitor, &maker).await;
    let ada = joined(&visitor, &invite, "Ada", DATA).await;
    let path = format!("{ada}/position");
    let page = visitor.get(&ada).await;
    let was = form_urlencoded::Serializer::new(String::new())
        .append_pair("was", &hidden(page.text(), "was"))
        .finish();
    let saved = DATA.replace("w.talent=0", "w.talent=300");
    leads(&visitor.post(&path, &format!("name=Ada&{saved}&{was}")).await);
    // the other page: its weights are as they were, and only the note is new
    leads(
        &visitor
            .post(&path, &format!("name=Ada&note=Late&{DATA}&{was}"))
            .await,
    );
    let page = visitor.get(&ada).await;
    assert!(page.text().contains("Late"));
    assert!(
        page.text().contains("name=\"w.talent\" value=\"75\""),
        "{}",
        page.text()
    );
    // mistaken first, and mended then, it takes nothing back either
    let wrong = visitor.post(&path, &format!("name=&{DATA}&{was}")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("name=\"w.talent\" value=\"75\""));
}

/// Nor does it take back a name or a note; one that was changed on both pages is asked about, with what was typed in its place.
#[tokio::test]
async fn a_page_that_stayed_open_takes_no_name_and_no_note_back() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "").await;
    let invite = invitation(&visitor, &maker).await;
    let ada = joined(&visitor, &invite, "Ada", DATA).await;
    let path = format!("{ada}/position");
    let form = |page: &str, name: &str, note: &str| {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("name", name)
            .append_pair("note", note)
            .append_pair("was", &hidden(page, "was"))
            .append_pair("was-name", &hidden(page, "was-name"))
            .append_pair("was-note", &hidden(page, "was-note"))
            .finish()
            + "&"
            + DATA
    };
    let stale = visitor.get(&ada).await.text().to_owned();
    leads(
        &visitor
            .post(&path, &form(&stale, "Ada L.", "First\r\nsecond"))
            .await,
    );
    let half = visitor.get(&ada).await.text().to_owned();
    // nothing of name and note was changed on the older page
    leads(&visitor.post(&path, &form(&stale, "Ada", "")).await);
    let page = visitor.get(&ada).await.text().to_owned();
    assert!(
        page.contains("type=\"text\" value=\"Ada L.\"") && page.contains("First\nsecond"),
        "{page}"
    );
    // the note was changed on both: nothing is saved, and the form comes back with what was typed
    let both = visitor.post(&path, &form(&stale, "Ada", "Mine")).await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked = both.text();
    assert!(
        asked.contains("another note was saved: “First\nsecond”") && asked.contains(">Mine</textarea>"),
        "{asked}"
    );
    assert!(asked.contains("type=\"text\" value=\"Ada L.\""), "{asked}");
    assert!(!visitor.get(&ada).await.text().contains("Mine"));
    // sent again it is what its reader wants
    leads(&visitor.post(&path, &form(asked, "Ada L.", "Mine")).await);
    assert!(visitor.get(&ada).await.text().contains("Mine"));
    // one that was taken away elsewhere does not come back either
    leads(
        &visitor
            .post(&path, &form(visitor.get(&ada).await.text(), "Ada L.", ""))
            .await,
    );
    leads(
        &visitor
            .post(&path, &form(&half, "Ada L.", "First\r\nsecond"))
            .await,
    );
    assert!(!visitor.get(&ada).await.text().contains("second"));
}

#[derive(Debug)]
struct At(Timestamp);

impl earnest_app::outside::Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Twelve months without a change, and it is gone: at once for whoever looks, and from the database by the worker.
#[tokio::test]
async fn it_goes_after_twelve_idle_months() {
    let visitor = Visitor::new();
    let later = |days: i64| {
        let at = NOW + SignedDuration::from_hours(24 * days);
        visitor.with_desk(|desk| desk.clock = std::sync::Arc::new(At(at)))
    };
    let due = async |visitor: &Visitor| earnest_app::decision::run_due(visitor.desk()).await.unwrap();
    let maker = made(&visitor, "", "&name=Mia").await;
    let page = visitor.get(&maker).await;
    assert!(
        page.text().contains("24 November 2027"),
        "the day it is deleted stands there"
    );
    assert_eq!(leads(&later(300).post(&format!("{maker}/keep"), "").await), maker);
    assert_eq!(later(366).get(&maker).await.status, StatusCode::OK, "it was kept");
    assert_eq!(due(&later(366)).await, 0);
    let over = later(300 + 366);
    assert_eq!(over.get(&maker).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        over.post(&format!("{maker}/keep"), "").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(due(&over).await, 1);
    assert_eq!(due(&over).await, 0);
    assert_eq!(
        visitor.get(&maker).await.status,
        StatusCode::NOT_FOUND,
        "the row itself is gone"
    );
}

/// Fifty and no more; and whoever does nothing else from one address is slowed down.
#[tokio::test]
async fn there_is_a_limit_to_everything() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "").await;
    let invite = invitation(&visitor, &maker).await;
    for number in 0..50 {
        let sent = format!("name=P{number}&{DATA}");
        leads(&visitor.post(&format!("{invite}/position"), &sent).await);
    }
    let more = visitor
        .post(&format!("{invite}/position"), &format!("name=Late&{DATA}"))
        .await;
    assert_eq!(more.status, StatusCode::CONFLICT);
    assert!(
        visitor
            .get(&invite)
            .await
            .text()
            .contains("Fifty people take part already")
    );
    let one = visitor.from("192.0.2.9");
    let form = format!("title=x&comparison={SLUG}&state=");
    let mut statuses = Vec::new();
    for _ in 0..61 {
        statuses.push(one.post("/decisions", &form).await.status);
    }
    assert!(
        statuses[..60]
            .iter()
            .all(|status| *status == StatusCode::SEE_OTHER)
    );
    assert_eq!(statuses[60], StatusCode::TOO_MANY_REQUESTS);
}

/// A decision's own link is a secret: it leaves the address also where the other side of the comparison is wrong.
#[tokio::test]
async fn a_pasted_decision_does_not_stay_in_the_address() {
    let visitor = Visitor::new();
    let maker = made(&visitor, DATA, "").await;
    let path = format!(
        "/compare/{SLUG}/side-by-side?a={}&b=nonsense",
        encoded(&format!("https://hire.example{maker}"))
    );
    let reply = visitor.get(&path).await;
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    let next = reply.header("location");
    assert!(!next.is_empty() && !next.contains("decisions"), "{next}");
    let page = visitor.get(next).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!page.text().contains(&maker) && page.text().contains("nonsense"));
    // one that opens nothing here may open something elsewhere
    let other = format!("/compare/{SLUG}/side-by-side?a=%2Fdecisions%2F{}", "0".repeat(26));
    let page = visitor.get(&other).await;
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let back = hidden(page.text(), "back");
    assert!(back.starts_with(&other), "{back}");
}

/// Whoever makes decisions or says something from the same address keeps nobody from deleting theirs.
#[tokio::test]
async fn a_decision_can_be_deleted_whatever_others_did() {
    let visitor = Visitor::new().from("192.0.2.9");
    let maker = made(&visitor, DATA, "").await;
    let rename = format!("{maker}/rename");
    let mut status = StatusCode::SEE_OTHER;
    for _ in 0..100 {
        status = visitor.post(&rename, "title=Ours").await.status;
        if status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let deleted = visitor.post(&format!("{maker}/delete"), "").await;
    assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text());
    assert_eq!(visitor.get(&maker).await.status, StatusCode::NOT_FOUND);
}

/// C5, C14: everybody who decides reads whose figures they decide on, what is out and why, on every page of it.
#[tokio::test]
async fn own_figures_and_what_is_out_are_told_to_everybody() {
    let visitor = Visitor::new();
    let state = "w.data-science=2&keep=other&keep.name=Rails&months.python=3&now.performance=5&must=numpy";
    let maker = made(&visitor, state, "").await;
    for path in ["", "/record", "/record.md"] {
        let page = visitor.get(&format!("{maker}{path}")).await;
        let text = page.text().replace("&#39;", "'");
        for said in [
            "The scores of Rails are their own figures, not evidence: Performance 5.0.",
            "3 months of work to Python",
            "Node.js is excluded by “NumPy in process”",
        ] {
            assert!(text.contains(said), "{path}: {said}: {text}");
        }
    }
    let record = visitor.get(&format!("{maker}/record")).await;
    assert!(
        record
            .text()
            .contains("We choose between Python, Node.js and Rails for"),
        "{}",
        record.text()
    );
    assert!(record.text().contains("<td class=\"numbers\">excluded</td>"));
    assert!(
        record.text().contains("Node.js <b>excluded</b>"),
        "{}",
        record.text()
    );
}

/// The page of the record and its Markdown say the same: scores with intervals, totals, flips, sources, notices.
#[tokio::test]
async fn the_record_is_the_same_on_paper_and_in_markdown() {
    let visitor = Visitor::new();
    let maker = made(&visitor, "", "&name=Mia").await;
    let invite = invitation(&visitor, &maker).await;
    joined(&visitor, &invite, "Ada", DATA).await;
    let markdown = visitor.get(&format!("{maker}/record.md")).await;
    let page = visitor.get(&format!("{maker}/record")).await;
    let shown = ["&#38;&", "&#39;'", "&#34;\"", "&#60;<", "&#62;>"].iter().fold(
        page.text().to_owned(),
        |text, pair| {
            let (entity, letter) = pair.split_at(5);
            text.replace(entity, letter)
        },
    );
    let part = |begin: &str, end: &str| {
        let rest = markdown.text().split_once(begin).unwrap().1;
        rest.split(end).next().unwrap().replace('\\', "")
    };
    let holds = |said: &str| assert!(shown.contains(said), "{said}: {shown}");
    let scores = part("## Options, common weights and scores\n", "## Result");
    let rows: Vec<&str> = scores.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 7 && scores.contains(" to ") && scores.contains("| **Total** |"));
    for cell in rows.iter().flat_map(|row| row.split('|')) {
        holds(cell.trim().trim_matches('*'));
    }
    let robust = part("## How robust it is\n", "## Decision");
    let lines = robust.lines().filter_map(|line| line.strip_prefix("- "));
    assert!(lines.clone().count() > 8, "a line for each criterion: {robust}");
    lines.for_each(holds);
    let sources = part("## Sources\n", "\u{0}");
    assert!(sources.contains("(accessed ") && sources.contains("\n> "));
    for line in sources.lines() {
        let source = line
            .split_once(". ")
            .filter(|(number, _)| number.parse::<u32>().is_ok());
        holds(source.map_or(line, |(_, rest)| rest).trim_start_matches("> "));
    }
    holds("Decided together by</dt><dd>2 people");
}
