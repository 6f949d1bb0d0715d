//! Requests as the office reads them.

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::{advice, request as requests_of};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::RequestId;
use earnest_hire::person::Role;
use earnest_hire::reply::Replies;
use earnest_hire::request::Request;
use earnest_store::Filter;
use jiff::{SignedDuration, Timestamp};

use super::advice::Advising;
use super::{Operator, age, layout};
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::Typed;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, date};
use crate::{Ctx, Web, urls};

/// Requests on a page.
const SHOWN: u16 = 50;

#[derive(Template)]
#[template(path = "office/requests.html")]
struct List {
    layout: Layout,
    lines: Vec<Line>,
    older: Option<String>,
    narrowed: bool,
    /// Whether only those are shown that nobody has answered.
    waiting: bool,
    lists: [Link; 2],
    promise: String,
    replies: Vec<(&'static str, String)>,
}

struct Line {
    link: Link,
    summary: String,
    role: String,
    name: String,
    state: &'static str,
    age: String,
}

#[derive(Template)]
#[template(path = "office/request.html")]
struct One {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    advising: Advising,
    id: String,
    summary: String,
    state: &'static str,
    sent: Moment,
    facts: Vec<(&'static str, String)>,
    details: Option<String>,
    email: String,
    reference: String,
    verdict: Option<String>,
    origin: Option<Link>,
}

/// `GET /office/requests`
pub(crate) async fn requests(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    let pairs = query_pairs(query.as_deref());
    let after = pairs.iter().find(|(key, _)| key == "after");
    let after: Option<RequestId> = after
        .map(|(_, id)| id.parse().or(Err(Problem::not_found())))
        .transpose()?;
    let waiting = pairs.iter().any(|(key, _)| key == "waiting");
    let filter = Filter {
        waiting,
        ..Filter::default()
    };
    let found = requests_of::list(&web.app, filter, after, SHOWN).await?;
    let now = web.app.clock.now();
    let hours = web.site.first_reply_hours;
    let replies = advice::replies(&web.app.desk, SignedDuration::from_hours(i64::from(hours))).await?;
    let page = List {
        promise: crate::request::reply(&web),
        replies: reply_figures(&replies),
        layout: layout(&web, &who, &[("Requests", urls::office_requests())]),
        lines: found.items.iter().map(|request| line(request, now)).collect(),
        older: found
            .next
            .map(|id| urls::office_requests_after(&id.to_string(), waiting)),
        narrowed: after.is_some(),
        waiting,
        lists: [
            Link::new(urls::office_requests_waiting(), "To answer"),
            Link::new(urls::office_requests(), "All"),
        ],
    };
    render(&page, Cache::Private)
}

/// How soon requests were answered, as terms and values.
fn reply_figures(replies: &Replies) -> Vec<(&'static str, String)> {
    let none = || "no request yet".to_owned();
    let kept = replies
        .kept_percent()
        .map(|percent| format!("{percent} % ({} of {})", replies.kept, replies.counted));
    vec![
        ("Kept", kept.unwrap_or_else(none)),
        (
            "Median time to the first answer",
            replies.median.map_or_else(none, duration),
        ),
        ("Still in time, not answered", replies.waiting.to_string()),
    ]
}

fn duration(time: SignedDuration) -> String {
    let since = Timestamp::UNIX_EPOCH;
    age(since.saturating_add(time).unwrap_or(since), since)
}

fn line(request: &Request, now: Timestamp) -> Line {
    Line {
        link: Link::new(
            urls::office_request(&request.id.to_string()),
            request.reference().to_string(),
        ),
        summary: request.brief.summary.clone(),
        role: request.brief.role.clone(),
        name: request.brief.name.clone(),
        state: request.state.name(),
        age: age(now, request.submitted_at()),
    }
}

/// `GET /office/requests/{id}`, by its id or its reference.
pub(crate) async fn request(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    page(&web, &who, &id, (&Typed::default(), Vec::new())).await
}

pub(super) async fn page(
    web: &Web,
    who: &Operator,
    id: &str,
    (typed, faults): (&Typed, Vec<FieldRefusal>),
) -> Result<Fresh, Problem> {
    let request = requests_of::show(&web.app, id).await?;
    let advising = Advising::of(web, &request, (typed, &faults)).await?;
    let (reference, origin) = (request.reference().to_string(), &request.origin);
    let comparison = origin.comparison.as_ref();
    let comparison = comparison.and_then(|slug| web.app.catalogue.comparison(slug));
    let path = urls::office_request(id);
    let way = [("Requests", urls::office_requests()), (&*reference, &*path)];
    let page = One {
        layout: layout(web, who, &way),
        faults,
        advising,
        id: request.id.to_string(),
        summary: request.brief.summary.clone(),
        state: request.state.name(),
        sent: Moment::new(request.submitted_at()),
        facts: facts(&request),
        details: request.brief.details.clone(),
        email: request.brief.email.clone(),
        verdict: origin.verdict.clone(),
        origin: comparison.map(|found| {
            let query = origin.query.as_deref().unwrap_or_default();
            Link::new(
                urls::comparison_at(&found.text.slug, query, "verdict"),
                found.text.title.clone(),
            )
        }),
        reference,
    };
    render(&page, Cache::Private)
}

fn facts(request: &Request) -> Vec<(&'static str, String)> {
    let brief = &request.brief;
    let mut facts = vec![
        ("Reference", request.reference().to_string()),
        ("Who is needed", brief.role.clone()),
        ("Name", brief.name.clone()),
    ];
    facts.extend(brief.budget.as_ref().map(|budget| ("Budget", budget.words())));
    facts.extend(brief.start.map(|day| ("Start", date(&day.to_string()))));
    facts.extend(brief.place.clone().map(|place| ("Place or time zone", place)));
    let wishes = &brief.wishes;
    for (term, list) in [("Skills", &wishes.skills), ("Languages", &wishes.languages)] {
        facts.extend(Some((term, list.join(", "))).filter(|_| !list.is_empty()));
    }
    facts.extend(
        request
            .origin
            .role
            .clone()
            .map(|role| ("From the role page", role)),
    );
    facts
}
