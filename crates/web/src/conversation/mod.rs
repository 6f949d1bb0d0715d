//! A conversation: what was said and proposed, and the forms to say and propose more.

pub(crate) mod call;
pub(crate) mod live;
mod propose;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Request, State as FromApp};
use axum::response::{IntoResponse, Response};
use earnest_app::Error;
use earnest_app::conversation::{self, Thread, Words};
use earnest_app::proposal::{self, Answer};
use earnest_app::request::once_key;
use earnest_hire::call::CallStage;
use earnest_hire::contract::{Actor, By, Plan};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{ConversationId, PersonId, ProposalId};
use earnest_hire::money::{Currency, total};
use earnest_hire::proposal::{Proposal, Stage};
use earnest_hire::refusal::Refusal;
use earnest_store::{FileOf, MessageRow, ProposalRow};

pub(crate) use self::live::events;
pub(crate) use self::propose::{form, send};
use crate::answer::{Cache, Fresh};
use crate::file::Attached;
use crate::form::{FieldView, Typed};
use crate::markdown::Markdown;
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::upload::{FilesView, Sent, status_of};
use crate::words::{Moment, date, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "conversation/show.html")]
struct Show {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    id: String,
    other: String,
    request: Link,
    acceptance: Vec<String>,
    messages: Vec<MessageView>,
    /// The id of the last event that the messages hold.
    after: i64,
    is_read: bool,
    calls: Vec<call::CallView>,
    proposals: Vec<ProposalView>,
    may_propose: Option<&'static str>,
    text: FieldView,
    files: FilesView,
    once: String,
}

/// A message as the page shows it, or as it comes to the page later.
#[derive(Template)]
#[template(path = "conversation/message.html")]
struct MessageView {
    id: String,
    author: String,
    is_mine: bool,
    at: Moment,
    text: Markdown,
    files: Attached,
}

impl MessageView {
    fn new(thread: &Thread, one: &MessageRow, reader: PersonId) -> Self {
        let (client, expert) = &thread.names;
        let is_by_client = one.author == thread.row.client;
        Self {
            id: one.id.to_string(),
            is_mine: one.author == reader,
            author: if is_by_client { client } else { expert }.clone(),
            at: Moment::new(one.at),
            text: Markdown::new(&one.text),
            files: Attached::of(&thread.files, FileOf::Message(one.id)),
        }
    }
}

impl askama::filters::HtmlSafe for MessageView {}

/// A proposal with its last version open and the others behind it.
struct ProposalView {
    id: String,
    stage: Stage,
    ends: Option<Moment>,
    versions: Vec<VersionView>,
    /// The number of the last version, where the reader may accept it.
    accepts: Option<u16>,
    acts: Vec<Link>,
    contract: Option<Link>,
}

struct VersionView {
    number: u16,
    by: String,
    at: Moment,
    total: String,
    answers: Vec<(String, Markdown)>,
    milestones: Vec<MilestoneView>,
}

struct MilestoneView {
    title: String,
    deliverable: Markdown,
    acceptance: Vec<String>,
    price: String,
    terms: String,
}

/// `GET /conversations/{id}`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let id = read(&id)?;
    let desk = &web.app.desk;
    let mut thread = conversation::read(desk, id, who.id()).await?;
    let is_new = |row: &&ProposalRow| row.proposal.stage == Stage::Sent;
    if who.id() == thread.row.client
        && let Some(new) = thread.proposals.iter().find(is_new)
    {
        proposal::see(desk, new.proposal.id, &actor(&who)).await?;
        thread = conversation::look(desk, id, who.id()).await?;
    }
    page(&web, &who, &thread, &Sent::default())
}

fn read(id: &str) -> Result<ConversationId, Problem> {
    id.parse().or(Err(Problem::not_found()))
}

fn actor(who: &SignedIn) -> Actor {
    Actor::Person { id: who.id() }
}

fn page(web: &Web, who: &SignedIn, thread: &Thread, sent: &Sent) -> Result<Fresh, Problem> {
    let faults = sent.faults.clone();
    let request = &thread.known.request;
    let is_client = who.id() == thread.row.client;
    let (client, expert) = &thread.names;
    let other = if is_client { expert } else { client };
    let here = urls::conversation(&thread.row.id.to_string());
    let request = Link::new(
        urls::request(&request.id.to_string()),
        request.brief.summary.clone(),
    );
    let message = |one: &MessageRow| MessageView::new(thread, one, who.id());
    let page = Show {
        layout: Layout::new(web, format!("With {other}"))
            .of(who)
            .within(Section::Hire)
            .script("talk.js")
            .trail(vec![
                Link::new(urls::requests(), "Requests"),
                request.clone(),
                Link::new(here, other.clone()),
            ]),
        id: thread.row.id.to_string(),
        other: other.clone(),
        request,
        acceptance: thread.known.row.acceptance.clone(),
        messages: thread.messages.iter().map(message).collect(),
        after: thread.row.said_at.as_microsecond(),
        is_read: conversation::is_read_by_other(thread, who.id()),
        calls: call::views(web, thread, who.id()),
        proposals: thread
            .proposals
            .iter()
            .map(|row| proposal_view(web, who, thread, row))
            .collect::<Result<_, _>>()
            .map_err(Problem::broken)?,
        may_propose: may_propose(thread, is_client),
        text: FieldView::area("text", "Your message", 5_000)
            .required()
            .filled(sent.typed.value("text"), &faults),
        files: FilesView::new(sent, &faults),
        once: once_key(&web.app).to_string(),
        faults,
    };
    render(&page, Cache::Private)
}

/// What the button says, if a version by this side has its place now.
fn may_propose(thread: &Thread, is_client: bool) -> Option<&'static str> {
    let going = thread.proposals.iter().find(|row| !row.proposal.stage.is_over());
    match (going.map(|row| row.proposal.stage), is_client) {
        (None, false) => (thread.known.row.progress.stage == earnest_hire::request::Stage::Open)
            .then_some("Make a proposal"),
        (Some(Stage::Seen | Stage::Shortlisted), true) => Some("Make a counter-offer"),
        (None | Some(_), true) => None,
        (Some(_), false) => Some("Make another version"),
    }
}

fn proposal_view(
    web: &Web,
    who: &SignedIn,
    thread: &Thread,
    row: &ProposalRow,
) -> Result<ProposalView, Refusal> {
    let one = &row.proposal;
    let id = one.id.to_string();
    let is_client = who.id() == one.client;
    let side = if is_client { By::Client } else { By::Expert };
    let last = one.versions.last();
    let open = !one.stage.is_over();
    let act = |word: &str, label: &str| Link::new(urls::proposal_act(&id, word), label);
    let mut acts = Vec::new();
    if open && is_client {
        if matches!(one.stage, Stage::Sent | Stage::Seen) {
            acts.push(act("shortlist", "Take it among the few"));
        }
        acts.push(act("decline", "Decline"));
    } else if open {
        acts.push(act("withdraw", "Take it back"));
    }
    Ok(ProposalView {
        stage: one.stage,
        ends: one.expires_at.map(Moment::new),
        versions: versions(web.app.currency, thread, one)?,
        accepts: last
            .filter(|last| open && last.by != side)
            .map(|last| last.number),
        acts,
        contract: row
            .contract
            .map(|contract| Link::new(urls::contract(contract), "Go to the contract")),
        id,
    })
}

/// The newest first.
fn versions(currency: Currency, thread: &Thread, one: &Proposal) -> Result<Vec<VersionView>, Refusal> {
    let (client, expert) = &thread.names;
    let view = |version: &earnest_hire::proposal::Version| {
        let content = &version.content;
        let all = total(content.milestones.iter().map(|plan| plan.price_minor))?;
        Ok(VersionView {
            number: version.number,
            by: if version.by == By::Client { client } else { expert }.clone(),
            at: Moment::new(version.at),
            total: sum(currency, all),
            answers: thread
                .known
                .row
                .acceptance
                .iter()
                .cloned()
                .zip(content.answers.iter().map(|answer| Markdown::new(answer)))
                .collect(),
            milestones: content
                .milestones
                .iter()
                .map(|plan| milestone(currency, plan))
                .collect(),
        })
    };
    one.versions.iter().rev().map(view).collect()
}

fn milestone(currency: Currency, plan: &Plan) -> MilestoneView {
    MilestoneView {
        title: plan.title.clone(),
        deliverable: Markdown::new(&plan.deliverable),
        acceptance: plan.acceptance.clone(),
        price: sum(currency, plan.price_minor),
        terms: format!(
            "Due {}. Each version is looked at within {} days; then silence approves it. {} rounds of changes of {} days each.",
            date(&plan.due_on.to_string()),
            plan.inspection_days,
            plan.rounds,
            plan.revision_days
        ),
    }
}

/// `POST /conversations/{id}/messages`
pub(crate) async fn say(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let desk = &web.app.desk;
    // A stranger's files are not even taken in.
    conversation::look(desk, id, who.id()).await?;
    let mut sent = Sent::read(&web, who.id(), request).await?;
    if sent.faults.is_empty() {
        let words = Words {
            text: sent.typed.value("text"),
            files: &sent.ids(),
            once: sent.typed.once(&web.app),
        };
        match conversation::say_with(desk, id, who.id(), words).await {
            Ok(_message) => {
                let here = format!("{}#end", urls::conversation(&id.to_string()));
                return Ok(Fresh::see_other(&here).into_response());
            }
            Err(Error::Invalid(faults)) => sent.faults = faults,
            Err(Error::KeyReused) => {
                let sentence = "This page has sent something before, and that stands above. Send this now, if it is more.";
                sent.faults = vec![FieldRefusal::new("text", "sent_before", sentence)];
            }
            Err(Error::Refused(refusal)) if refusal != Refusal::NotFound => {
                let fault = FieldRefusal::new("text", refusal.code(), refusal.sentence());
                sent.faults = vec![fault];
            }
            Err(other) => return Err(other.into()),
        }
    }
    let thread = conversation::look(desk, id, who.id()).await?;
    let status = status_of(&sent.faults);
    let page = page(&web, &who, &thread, &sent)?;
    Ok(page.with_status(status).into_response())
}

/// `POST /proposals/{id}/{act}`: accept, shortlist, decline, withdraw.
pub(crate) async fn act(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path((id, act)): Path<(String, String)>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let id: ProposalId = id.parse().or(Err(Problem::not_found()))?;
    let desk = &web.app.desk;
    let answer = match act.as_str() {
        "accept" => {
            let number = Typed::read(&body).value("number").parse().unwrap_or(0);
            let contract = proposal::accept(desk, id, number, &actor(&who)).await?;
            return Ok(Fresh::see_other(&urls::contract(contract)));
        }
        "shortlist" => Answer::Shortlist,
        "decline" => Answer::Decline,
        "withdraw" => Answer::Withdraw,
        _ => return Err(Problem::not_found()),
    };
    proposal::answer(desk, id, &actor(&who), answer).await?;
    let read = desk
        .store
        .read(move |mut view| async move { view.proposal(id).await });
    let row = read.await.map_err(earnest_app::Error::from)?;
    let back = row.map_or_else(
        || urls::me().to_owned(),
        |row| urls::conversation(&row.conversation.to_string()),
    );
    Ok(Fresh::see_other(&back))
}

#[cfg(test)]
mod arranging;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
