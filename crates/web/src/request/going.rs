//! A request after it was sent: the list, the page of one, and what its client may do with it.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::Error;
use earnest_app::conversation::{self, Line};
use earnest_app::request::progress::{self, Known, Reader};
use earnest_app::{file, invitation};
use earnest_hire::contract::Actor;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::RequestId;
use earnest_hire::invitation::REASON;
use earnest_hire::request::{Mode, RequestEvent, Stage};
use earnest_store::FileOf;

use super::client_seen::ClientSeen;
use super::fitting::{Fitting, fitting};
use super::{Shown, facts, origin_shown, wish_facts};
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::file::Attached;
use crate::form::{FieldView, Typed};
use crate::markdown::Markdown;
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::upload::{FilesView, Sent};
use crate::words::Moment;
use crate::{Ctx, Web, urls};

/// How many open requests a page shows.
const OPEN_SHOWN: u16 = 50;

#[derive(Template)]
#[template(path = "request/list.html")]
struct List {
    layout: Layout,
    invited: Vec<RequestLine>,
    mine: Vec<RequestLine>,
    managed: bool,
    /// Why this person reads none of those that are open, where they do not.
    closed: Option<String>,
    open: Vec<RequestLine>,
    skill: FieldView,
    /// Whether only some of the open ones are looked at.
    narrowed: bool,
    older: Option<String>,
}

/// A request in a list.
pub(crate) struct RequestLine {
    pub(crate) link: Link,
    pub(crate) stage: &'static str,
    pub(crate) facts: String,
    pub(crate) sent: Moment,
}

#[derive(Template)]
#[template(path = "request/show.html")]
struct Show {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    id: String,
    title: String,
    stage: Stage,
    meaning: String,
    reader: Reader,
    closes: Moment,
    facts: Vec<(&'static str, String)>,
    details: Option<Markdown>,
    origin: Option<Shown>,
    acceptance: Vec<String>,
    field: FieldView,
    attached: Attached,
    files: FilesView,
    talks: Vec<TalkLine>,
    contract: Option<Link>,
    acts: Vec<Link>,
    fit: Fitting,
    /// For an expert.
    client: Option<ClientSeen>,
    managed: bool,
    decline: FieldView,
}

/// A conversation in a list.
pub(crate) struct TalkLine {
    pub(crate) link: Link,
    pub(crate) about: String,
    pub(crate) said: Moment,
    pub(crate) unread: i64,
}

/// `GET /requests`
pub(crate) async fn list(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let pairs = query_pairs(query.as_deref());
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let skill = value("skill").map_or("", |text| text.trim());
    let before: Option<RequestId> = value("before")
        .map(|id| id.parse().or(Err(Problem::not_found())))
        .transpose()?;
    let desk = &web.app.desk;
    let mine = progress::mine(desk, who.id()).await?;
    let invited = invitation::of_expert(desk, who.id()).await?;
    let closed = match progress::may_read_open(desk, who.id()).await {
        Ok(()) => None,
        Err(Error::Refused(refusal)) => Some(refusal.sentence()),
        Err(other) => return Err(other.into()),
    };
    let (mut open, next) = match closed {
        None => progress::open(desk, skill, before, OPEN_SHOWN).await?,
        Some(_) => (Vec::new(), None),
    };
    open.retain(|known| known.row.client != who.id());
    let page = List {
        layout: Layout::new(&web, "Requests")
            .of(&who)
            .within(Section::Hire)
            .trail(vec![
                Link::new(urls::me(), "Your work"),
                Link::new(urls::requests(), "Requests"),
            ]),
        invited: invited.iter().map(line).collect(),
        managed: desk.mode == Mode::Managed,
        closed,
        mine: mine.iter().map(line).collect(),
        open: open.iter().map(line).collect(),
        skill: FieldView::line("skill", "Only those that ask for", 60).filled(skill, &[]),
        narrowed: before.is_some() || !skill.is_empty(),
        older: next.map(|id| urls::open_requests(skill, &id.to_string())),
    };
    render(&page, Cache::Private)
}

pub(crate) fn line(known: &Known) -> RequestLine {
    let brief = &known.request.brief;
    let budget = brief
        .budget
        .as_ref()
        .map(|budget| format!(", {}", budget.words()));
    RequestLine {
        link: Link::new(
            urls::request(&known.request.id.to_string()),
            brief.summary.clone(),
        ),
        stage: known.row.progress.stage.name(),
        facts: format!("{}{}", brief.role, budget.unwrap_or_default()),
        sent: Moment::new(known.request.submitted_at()),
    }
}

pub(crate) fn talk_line(line: Line) -> TalkLine {
    TalkLine {
        link: Link::new(urls::conversation(&line.row.id.to_string()), line.other),
        about: line.summary,
        said: Moment::new(line.row.said_at),
        unread: line.unread,
    }
}

/// `GET /requests/{id}`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let filled = Filled {
        acceptance: "",
        faults: Vec::new(),
        sent: &Sent::default(),
    };
    show_page(&web, &who, read(&id)?, filled).await
}

/// What was sent with one of the forms of the page, and what is wrong with it.
pub(super) struct Filled<'a> {
    pub(super) acceptance: &'a str,
    pub(super) faults: Vec<FieldRefusal>,
    pub(super) sent: &'a Sent,
}

pub(super) fn read(id: &str) -> Result<RequestId, Problem> {
    id.parse().or(Err(Problem::not_found()))
}

pub(super) async fn show_page(
    web: &Web,
    who: &SignedIn,
    id: RequestId,
    filled: Filled<'_>,
) -> Result<Fresh, Problem> {
    let (typed, faults) = (filled.acceptance, filled.faults);
    let desk = &web.app.desk;
    let (known, reader) = progress::seen_by(desk, id, who.id()).await?;
    let talks = match reader {
        Reader::Client => conversation::of_request(desk, who.id(), id).await?,
        Reader::Expert => conversation::about(desk, who.id(), id).await?,
    };
    let fit = fitting(web, &known, (who.id(), reader)).await?;
    let client = match reader {
        Reader::Client => None,
        Reader::Expert => Some(ClientSeen::read(web, known.row.client).await?),
    };
    let request = &known.request;
    let reason = typed;
    let wished = request.brief.wishes.acceptance.join("\n");
    let typed = if typed.is_empty() { wished.as_str() } else { typed };
    let title = request.brief.summary.clone();
    let stage = known.row.progress.stage;
    let managed = desk.is_managed(request);
    // Experts see what is to be done, not who asks.
    let personal = ["What should be built", "Name"];
    let page = Show {
        layout: Layout::new(web, title.clone()).of(who).within(Section::Hire).trail(vec![
            Link::new(urls::requests(), "Requests"),
            Link::new(urls::request(&id.to_string()), title.clone()),
        ]),
        field: FieldView::area("acceptance", "When is it done?", 15_000)
            .hint(
                "One thing a line that must be true, such as: “A quote is answered within 200 ms at 50 requests a second.” \
                 Whoever works for you answers each line, and only these lines count when you review the work.",
            )
            .required()
            .filled(typed, &faults),
        attached: Attached::of(&file::of_request(desk, id).await?, FileOf::Request(id)),
        files: FilesView::new(filled.sent, &faults),
        decline: FieldView::area("reason", "Why not? (optional)", REASON)
            .hint("The client reads it.")
            .filled(reason, &faults),
        fit,
        client,
        managed,
        meaning: meaning(web, (stage, reader), managed),
        faults,
        id: id.to_string(),
        title,
        stage,
        reader,
        closes: Moment::new(known.row.progress.expires_at),
        facts: facts(request)
            .into_iter()
            .filter(|(term, _)| !personal.contains(term))
            .chain(wish_facts(web, &request.brief.wishes))
            .collect(),
        details: request.brief.details.as_deref().map(Markdown::new),
        origin: origin_shown(web, request).await?,
        acceptance: known.row.acceptance.clone(),
        talks: talks.into_iter().map(talk_line).collect(),
        contract: known
            .row
            .contract
            .filter(|_| reader == Reader::Client)
            .map(|id| Link::new(urls::contract(id), "The contract")),
        acts: if reader == Reader::Client { acts(&known) } else { Vec::new() },
    };
    render(&page, Cache::Private)
}

/// What a stage means to whoever looks. Of a managed request only those know whom the operator proposed or the client invited.
fn meaning(web: &Web, of: (Stage, Reader), managed: bool) -> String {
    match of {
        (Stage::Submitted, Reader::Client) => "Only you see it so far.".to_owned(),
        (Stage::Open, Reader::Client) if managed => format!("{} proposes experts for it.", web.site.name),
        (Stage::Open, Reader::Expert) if managed => {
            "Experts who were proposed or invited see it and answer.".to_owned()
        }
        (Stage::Paused, _) if managed => {
            "Experts who were proposed or invited see it and do not answer.".to_owned()
        }
        (other, _) => other.meaning().to_owned(),
    }
}

/// What its client may do now beside showing it: each a form of one button.
fn acts(known: &Known) -> Vec<Link> {
    let id = known.request.id.to_string();
    let act = |word: &str, label: &str| Link::new(urls::request_act(&id, word), label);
    match known.row.progress.stage {
        Stage::Open => vec![
            act("renew", "I still want this"),
            act("pause", "No more answers for now"),
            act("close", "Close the request"),
        ],
        Stage::Paused => vec![
            act("resume", "Take answers again"),
            act("close", "Close the request"),
        ],
        Stage::Draft | Stage::Submitted | Stage::Matched => vec![act("close", "Close the request")],
        Stage::Filled | Stage::Expired | Stage::Canceled => Vec::new(),
    }
}

/// `POST /requests/{id}/open`: shows it to experts; refused fields come back filled in.
pub(crate) async fn open(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let typed = Typed::read(&body);
    let actor = Actor::Person { id: who.id() };
    let items = match progress::acceptance(typed.value("acceptance")) {
        Ok(items) => items,
        Err(fault) => {
            let filled = Filled {
                acceptance: typed.value("acceptance"),
                faults: vec![fault],
                sent: &Sent::default(),
            };
            let page = show_page(&web, &who, id, filled).await?;
            return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
        }
    };
    progress::publish(&web.app.desk, id, &actor, items).await?;
    Ok(Fresh::see_other(&urls::request(&id.to_string())).into_response())
}

/// `POST /requests/{id}/{act}`: pause, resume, renew, close.
pub(crate) async fn act(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path((id, act)): Path<(String, String)>,
) -> Result<Fresh, Problem> {
    let id = read(&id)?;
    let event = match act.as_str() {
        "pause" => RequestEvent::Pause,
        "resume" => RequestEvent::Resume,
        "renew" => RequestEvent::Renew,
        "close" => RequestEvent::Cancel,
        _ => return Err(Problem::not_found()),
    };
    progress::act(&web.app.desk, id, event, &Actor::Person { id: who.id() }).await?;
    Ok(Fresh::see_other(&urls::request(&id.to_string())))
}

/// `POST /requests/{id}/conversations`: an expert begins to talk.
pub(crate) async fn talk(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let talk = conversation::begin(&web.app.desk, read(&id)?, who.id()).await?;
    Ok(Fresh::see_other(&urls::conversation(&talk.to_string())))
}
