//! Requests as the office reads them.

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::request::{self as requests_of, Filed};
use earnest_app::{advice, file};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::RequestId;
use earnest_hire::person::Role;
use earnest_hire::reply::Replies;
use earnest_hire::request::Request;
use earnest_store::{FileOf, Filter};
use jiff::{SignedDuration, Timestamp};

use super::advice::Advising;
use super::{Operator, age, layout};
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::file::Attached;
use crate::form::Typed;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::request::wish_facts;
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
    managed: bool,
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
    /// Whether nothing comes of it any more.
    over: bool,
    /// Whether the operator proposes experts for it.
    managed: bool,
    sent: Moment,
    facts: Vec<(&'static str, String)>,
    details: Option<String>,
    acceptance: Vec<String>,
    attached: Attached,
    email: String,
    reference: String,
    verdict: Option<String>,
    /// What the office must know of it beside: what is out, and whose figures are no evidence.
    remarks: Vec<String>,
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
        lines: found.items.iter().map(|filed| line(&web, filed, now)).collect(),
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

fn line(web: &Web, filed: &Filed, now: Timestamp) -> Line {
    let request = &filed.request;
    Line {
        link: Link::new(
            urls::office_request(&request.id.to_string()),
            request.reference().to_string(),
        ),
        summary: request.brief.summary.clone(),
        role: request.brief.role.clone(),
        name: request.brief.name.clone(),
        state: filed.stage().name(),
        managed: web.app.desk.is_managed(request),
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
    let filed = requests_of::show(&web.app, id).await?;
    let (request, stage, desk) = (&filed.request, filed.stage(), &web.app.desk);
    let advising = Advising::of(web, request, (typed, &faults)).await?;
    let sent_along = file::of_request(desk, request.id).await?;
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
        state: stage.name(),
        over: stage.is_over(),
        managed: desk.is_managed(request),
        sent: Moment::new(request.submitted_at()),
        facts: facts(web, request),
        details: request.brief.details.clone(),
        acceptance: filed.acceptance().to_vec(),
        attached: Attached::of(&sent_along, FileOf::Request(request.id)),
        email: request.brief.email.clone(),
        verdict: origin.verdict.clone(),
        remarks: crate::request::remarks(web, request),
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

fn facts(web: &Web, request: &Request) -> Vec<(&'static str, String)> {
    let brief = &request.brief;
    let mut facts = vec![
        ("Reference", request.reference().to_string()),
        ("Who is needed", brief.role.clone()),
        ("Name", brief.name.clone()),
    ];
    facts.extend(brief.budget.as_ref().map(|budget| ("Budget", budget.words())));
    facts.extend(brief.start.map(|day| ("Start", date(&day.to_string()))));
    facts.extend(brief.place.clone().map(|place| ("Place or time zone", place)));
    facts.extend(wish_facts(web, &brief.wishes));
    facts.extend(
        request
            .origin
            .role
            .clone()
            .map(|role| ("From the role page", role)),
    );
    facts
}
