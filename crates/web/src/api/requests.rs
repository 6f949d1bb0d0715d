//! Requests to hire, the conversations about them, and proposals.

use earnest_app::conversation::{Thread, Words};
use earnest_app::proposal::{self, Answer};
use earnest_app::request::progress::{self, Known, Reader};
use earnest_app::{conversation, invitation, request};
use earnest_hire::contract::Plan;
use earnest_hire::ids::{ConversationId, DecisionId, FileId, PersonId, ProposalId, RequestId};
use earnest_hire::money::{Currency, Money};
use earnest_hire::proposal::{Content, Version};
use earnest_hire::request::{Draft, Origin, RequestEvent, TypedWishes};
use earnest_store::{MessageRow, ProposalRow};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::{self, DONE, List, MoneyView, RequestView};
use crate::conversation::live::{self, Listener, Unwritten};
use crate::problem::Problem;

/// A brief.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRequest {
    /// What should be built, in one line.
    #[schemars(length(min = 1, max = 120))]
    summary: String,
    #[serde(default)]
    #[schemars(length(max = 5000))]
    details: String,
    /// The technology or role wanted.
    #[schemars(length(min = 1, max = 80))]
    role: String,
    /// One sum or two, such as `10,000-25,000`.
    #[serde(default)]
    budget: String,
    /// A day.
    #[serde(default)]
    start: String,
    /// Your time zone or place.
    #[serde(default)]
    #[schemars(length(max = 80))]
    place: String,
    /// The slug of the comparison that it was raised from.
    #[serde(default)]
    comparison: Option<String>,
    /// The id of a decision that it was raised from.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = "^dec_[0-7][0-9a-hjkmnp-tv-z]{25}$"))]
    decision_id: Option<DecisionId>,
    /// What whoever works must know.
    #[serde(default)]
    skills: Vec<String>,
    /// What must be true when the work is done; asked again when the request is opened.
    #[serde(default)]
    acceptance: Vec<String>,
    /// The last day.
    #[serde(default)]
    until: String,
    /// The most for an hour, such as `95`.
    #[serde(default)]
    hour_most: String,
    #[serde(default)]
    languages: Vec<String>,
    /// `managed` to be advised by the operator.
    #[serde(default)]
    mode: String,
}

pub(super) async fn raise(call: Call) -> Result<Reply, Problem> {
    let asked: NewRequest = call.body()?;
    let person = call.person()?;
    let draft = Draft {
        name: person.name.clone(),
        email: person.email.to_string(),
        summary: asked.summary,
        details: asked.details,
        role: asked.role,
        budget: asked.budget,
        start: asked.start,
        place: asked.place,
        wishes: TypedWishes {
            skills: asked.skills.join(", "),
            acceptance: asked.acceptance.join("\n"),
            until: asked.until,
            hour_most: asked.hour_most,
            languages: asked.languages.join(", "),
            mode: asked.mode,
        },
    };
    let origin = Origin {
        comparison: asked.comparison,
        decision: asked.decision_id,
        ..Origin::default()
    };
    let raised = request::raise(&call.web.app, &draft, origin, call.once).await?;
    if raised.first {
        progress::claim(call.desk(), &raised.request, person.id).await?;
    }
    let (known, reader) = progress::seen_by(call.desk(), raised.request.id, person.id).await?;
    Reply::created(&view::request(call.desk().currency, &known, reader))
}

fn request_id(request: &RequestView) -> &str {
    &request.id
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let me = call.me()?;
    let (limit, currency) = (call.limit()?, call.desk().currency);
    let open: Option<bool> = call.asked("open", "`true` or `false`.")?;
    let invited: Option<bool> = call.asked("invited", "`true` or `false`.")?;
    if invited == Some(true) {
        let all = invitation::of_expert(call.desk(), me).await?;
        let view = |known| view::request(currency, known, Reader::Expert);
        return Reply::ok(&call.page(all.iter().map(view).collect(), request_id)?);
    }
    if open == Some(true) {
        progress::may_read_open(call.desk(), me).await?;
        let skill = call.query("skill").unwrap_or_default();
        let (all, next) = progress::open(call.desk(), skill, call.cursor()?, limit).await?;
        let seen = |known: &Known| {
            let reader = if known.row.client == me {
                Reader::Client
            } else {
                Reader::Expert
            };
            view::request(currency, known, reader)
        };
        return Reply::ok(&List {
            items: all.iter().map(seen).collect(),
            next_cursor: next.map(|id| id.to_string()),
        });
    }
    let mine = progress::mine(call.desk(), me).await?;
    let view = |known| view::request(currency, known, Reader::Client);
    Reply::ok(&call.page(mine.iter().map(view).collect(), request_id)?)
}

/// The request of the path, as this person may see it.
pub(super) async fn known(call: &Call) -> Result<(Known, Reader), Problem> {
    Ok(progress::seen_by(call.desk(), call.id("id")?, call.me()?).await?)
}

async fn shown(call: &Call, id: RequestId) -> Result<Reply, Problem> {
    let (known, reader) = progress::seen_by(call.desk(), id, call.me()?).await?;
    Reply::ok(&view::request(call.desk().currency, &known, reader))
}

pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    shown(&call, call.id("id")?).await
}

/// What must be true when the work is done: what reviews, changes and disputes are about.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    #[schemars(length(min = 1, max = 30))]
    acceptance: Vec<String>,
}

pub(super) async fn open(call: Call) -> Result<Reply, Problem> {
    let asked: Acceptance = call.body()?;
    let id = call.id("id")?;
    let typed = asked.acceptance.join("\n");
    let items = progress::acceptance(&typed).map_err(|fault| earnest_app::Error::Invalid(vec![fault]))?;
    progress::publish(call.desk(), id, &call.actor()?, items).await?;
    shown(&call, id).await
}

async fn moved(call: Call, event: RequestEvent) -> Result<Reply, Problem> {
    let id = call.id("id")?;
    progress::act(call.desk(), id, event, &call.actor()?).await?;
    shown(&call, id).await
}

pub(super) async fn pause(call: Call) -> Result<Reply, Problem> {
    moved(call, RequestEvent::Pause).await
}

pub(super) async fn resume(call: Call) -> Result<Reply, Problem> {
    moved(call, RequestEvent::Resume).await
}

pub(super) async fn renew(call: Call) -> Result<Reply, Problem> {
    moved(call, RequestEvent::Renew).await
}

pub(super) async fn close(call: Call) -> Result<Reply, Problem> {
    moved(call, RequestEvent::Cancel).await
}

/// Where the talking goes on.
#[derive(Serialize, JsonSchema)]
pub(super) struct Begun {
    conversation_id: String,
}

impl Begun {
    pub(super) fn of(id: ConversationId) -> Self {
        Self {
            conversation_id: id.to_string(),
        }
    }
}

pub(super) async fn talk(call: Call) -> Result<Reply, Problem> {
    let id = conversation::begin(call.desk(), call.id("id")?, call.me()?).await?;
    Reply::created(&Begun::of(id))
}

pub(super) async fn conversations(call: Call) -> Result<Reply, Problem> {
    let me = call.me()?;
    let (lines, next) = conversation::list(call.desk(), me, call.cursor()?, call.limit()?).await?;
    Reply::ok(&List {
        items: lines.iter().map(|line| view::conversation(line, me)).collect(),
        next_cursor: next.map(|cursor| cursor.to_string()),
    })
}

pub(super) async fn messages(call: Call) -> Result<Reply, Problem> {
    let thread = conversation::read(call.desk(), call.id("id")?, call.me()?).await?;
    let messages = thread.messages.iter().map(|one| view::message(&thread, one));
    Reply::ok(&call.page(messages.collect(), |one| &one.id)?)
}

/// What is said from now on, or since an event, as it is said.
pub(super) async fn events(call: Call) -> Result<Reply, Problem> {
    let listener = Listener {
        talk: call.id("id")?,
        reader: call.me()?,
        session: call.bearer()?.token,
        last: call.last_event.as_deref().or(call.query("after")),
        tells: as_document,
    };
    Ok(Reply::other(live::stream(&call.web, listener).await?))
}

fn as_document(thread: &Thread, message: &MessageRow, _reader: PersonId) -> Result<String, Unwritten> {
    Ok(serde_json::to_string(&view::message(thread, message))?)
}

/// Something to say.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    #[schemars(length(min = 1, max = 5000))]
    text: String,
    /// Files of yours that are part of nothing yet.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    file_ids: Vec<FileId>,
}

pub(super) async fn say(call: Call) -> Result<Reply, Problem> {
    let asked: NewMessage = call.body()?;
    let (id, me): (ConversationId, _) = (call.id("id")?, call.me()?);
    let words = Words {
        text: &asked.text,
        files: &asked.file_ids,
        once: call.once,
    };
    let said = conversation::say_with(call.desk(), id, me, words).await?;
    let thread = conversation::look(call.desk(), id, me).await?;
    let mine = thread.messages.iter().find(|one| one.id == said);
    let mine = mine.ok_or_else(Problem::not_found)?;
    Reply::created(&view::message(&thread, mine))
}

/// One milestone of a plan.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanIn {
    #[schemars(length(min = 1, max = 200))]
    title: String,
    /// What the client gets.
    #[schemars(length(min = 1, max = 5000))]
    deliverable: String,
    /// What must be true of it; only these items count when it is reviewed.
    #[schemars(length(min = 1, max = 30))]
    acceptance: Vec<String>,
    #[schemars(with = "MoneyView")]
    price: Money,
    /// A day.
    #[schemars(with = "String")]
    due_on: Date,
    /// Days after which silence approves; 7 where it is left out.
    #[serde(default = "seven")]
    #[schemars(range(min = 2, max = 30))]
    inspection_days: u16,
    /// How often changes can be asked for; 2 where it is left out.
    #[serde(default = "two")]
    #[schemars(range(max = 20))]
    rounds: u16,
    /// Days for each round; 14 where it is left out.
    #[serde(default = "fourteen")]
    #[schemars(range(min = 1, max = 60))]
    revision_days: u16,
}

fn seven() -> u16 {
    7
}

fn two() -> u16 {
    2
}

fn fourteen() -> u16 {
    14
}

/// A version of a proposal.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProposal {
    #[schemars(length(min = 1, max = 50))]
    milestones: Vec<PlanIn>,
    /// One answer for each acceptance item of the request, in their order. Items without one are answered by the note, or
    /// without a note as they were in the version before.
    #[serde(default)]
    answers: Vec<String>,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    note: String,
}

impl NewProposal {
    fn content(self, items: usize, before: Option<&Version>, currency: Currency) -> Result<Content, Problem> {
        let former = before
            .map(|version| version.content.answers.as_slice())
            .unwrap_or_default();
        let note = self.note.trim();
        if !note.is_empty() && self.answers.len() >= items {
            let detail = "Every item has an answer of its own, so that nothing would show this. Leave it out, or send it as a message.";
            return Err(Problem::field("note", "note_unused", detail));
        }
        let answer = |at: usize| {
            let former = former.get(at).filter(|_| note.is_empty()).map(String::as_str);
            let given = self.answers.get(at).map(String::as_str).or(former);
            given.unwrap_or(note).to_owned()
        };
        let answers = (0..items).map(answer).collect();
        let mut milestones = Vec::new();
        for (at, plan) in self.milestones.into_iter().enumerate() {
            let price = plan.price.positive(currency).map_err(|refusal| {
                Problem::field(
                    &format!("milestones[{at}].price"),
                    refusal.code(),
                    &refusal.sentence(),
                )
            })?;
            milestones.push(Plan {
                title: plan.title,
                deliverable: plan.deliverable,
                acceptance: plan.acceptance,
                price_minor: price,
                due_on: plan.due_on,
                inspection_days: plan.inspection_days,
                rounds: plan.rounds,
                revision_days: plan.revision_days,
            });
        }
        Ok(Content {
            answers,
            currency,
            milestones,
        })
    }
}

pub(super) async fn propose(call: Call) -> Result<Reply, Problem> {
    let asked: NewProposal = call.body()?;
    let (desk, me) = (call.desk(), call.me()?);
    let talk = conversation::begin(desk, call.id("id")?, me).await?;
    let thread = conversation::look(desk, talk, me).await?;
    let content = asked.content(thread.known.row.acceptance.len(), None, desk.currency)?;
    let id = proposal::propose(desk, talk, &call.actor()?, content, 0).await?;
    made(&call, talk, id).await
}

async fn made(call: &Call, talk: ConversationId, id: ProposalId) -> Result<Reply, Problem> {
    let thread = conversation::look(call.desk(), talk, call.me()?).await?;
    let mut rows = thread.proposals.iter();
    let row = rows
        .find(|row| row.proposal.id == id)
        .ok_or_else(Problem::not_found)?;
    Reply::created(&view::proposal(row))
}

pub(super) async fn counter(call: Call) -> Result<Reply, Problem> {
    let asked: NewProposal = call.body()?;
    let (desk, me) = (call.desk(), call.me()?);
    let row = opened(&call).await?;
    let thread = conversation::look(desk, row.conversation, me).await?;
    let last = row.proposal.versions.last();
    let seen = last.map_or(0, |version| version.number);
    let content = asked.content(thread.known.row.acceptance.len(), last, desk.currency)?;
    let id = proposal::propose(desk, row.conversation, &call.actor()?, content, seen).await?;
    made(&call, row.conversation, id).await
}

pub(super) async fn proposals(call: Call) -> Result<Reply, Problem> {
    let id: RequestId = call.id("id")?;
    let me = call.me()?;
    progress::seen_by(call.desk(), id, me).await?;
    let rows = proposal::about(call.desk(), id, me).await?;
    let proposals = rows.iter().map(view::proposal).collect();
    Reply::ok(&call.page(proposals, |one| &one.id)?)
}

/// The proposal of the path. Its client has seen it from now on, as by opening its page.
async fn opened(call: &Call) -> Result<ProposalRow, Problem> {
    let (desk, me) = (call.desk(), call.me()?);
    let row = proposal::show(desk, call.id("id")?, me).await?;
    if row.proposal.client == me {
        proposal::see(desk, row.proposal.id, &call.actor()?).await?;
        return Ok(proposal::show(desk, row.proposal.id, me).await?);
    }
    Ok(row)
}

pub(super) async fn show_proposal(call: Call) -> Result<Reply, Problem> {
    Reply::ok(&view::proposal(&opened(&call).await?))
}

async fn answered(call: Call, answer: Answer) -> Result<Reply, Problem> {
    let row = opened(&call).await?;
    proposal::answer(call.desk(), row.proposal.id, &call.actor()?, answer).await?;
    Reply::ok(&DONE)
}

pub(super) async fn shortlist(call: Call) -> Result<Reply, Problem> {
    answered(call, Answer::Shortlist).await
}

pub(super) async fn decline(call: Call) -> Result<Reply, Problem> {
    answered(call, Answer::Decline).await
}

pub(super) async fn withdraw(call: Call) -> Result<Reply, Problem> {
    answered(call, Answer::Withdraw).await
}

/// Which version is accepted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepting {
    /// Left out, the last one. A number makes sure that it is the one that was read.
    #[serde(default)]
    version: Option<u16>,
}

/// The contract of the accepted version. It binds nobody until both have signed.
#[derive(Serialize, JsonSchema)]
pub(super) struct Accepted {
    contract_id: String,
}

pub(super) async fn accept(call: Call) -> Result<Reply, Problem> {
    let asked: Accepting = call.body()?;
    let desk = call.desk();
    let row = opened(&call).await?;
    let last = row.proposal.versions.last().map_or(0, |version| version.number);
    let number = asked.version.unwrap_or(last);
    let contract = proposal::accept(desk, row.proposal.id, number, &call.actor()?).await?;
    Reply::created(&Accepted {
        contract_id: contract.to_string(),
    })
}
