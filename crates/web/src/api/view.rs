//! What the API shows: the same things as pages, as documents. Every sum has its currency, every moment is in UTC.

mod contract;
mod purse;

use std::collections::BTreeMap;

use earnest_app::conversation::{Line, Thread};
use earnest_app::request::progress::{Known, Reader};
use earnest_hire::expert::PortfolioItem;
use earnest_hire::ids::PersonId;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::person::Person;
use earnest_hire::proposal::{Proposal, Version};
use earnest_hire::request::Mode;
use earnest_store::{ExpertRow, FileOf, FileRow, MessageRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::contract::{
    ContractHoldView, ContractLine, ContractView, EventView, MilestoneView, contract, contract_hold,
    contract_line, event,
};
pub(crate) use self::purse::{BalanceView, HoldView, PayoutView, balance, hold, payout};

/// A sum of money.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Money", deny_unknown_fields)]
pub(crate) struct MoneyView {
    /// In minor units: cents, where the currency has two decimals.
    pub(crate) amount_minor: i64,
    /// ISO 4217.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub(crate) currency: String,
}

pub(crate) fn money(amount: Minor, currency: Currency) -> MoneyView {
    MoneyView {
        amount_minor: amount.0,
        currency: currency.to_string(),
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "List_of_{T}")]
pub(crate) struct List<T> {
    pub(crate) items: Vec<T>,
    /// Hand it over as `cursor` for the page after this one; null on the last.
    pub(crate) next_cursor: Option<String>,
}

impl<T> List<T> {
    /// All there is.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

/// It is done, and there is nothing more to say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Done")]
pub(crate) struct DoneView {
    pub(crate) done: bool,
}

pub(crate) const DONE: DoneView = DoneView { done: true };

/// Somebody else, by name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Party")]
pub(crate) struct PartyView {
    pub(crate) id: String,
    pub(crate) name: String,
}

fn party(names: &BTreeMap<PersonId, String>, id: PersonId) -> PartyView {
    PartyView {
        id: id.to_string(),
        name: names.get(&id).cloned().unwrap_or_default(),
    }
}

/// Yourself.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Me")]
pub(crate) struct MeView {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    /// What you may do in the office; empty for almost everybody.
    pub(crate) roles: Vec<String>,
    pub(crate) since: String,
    /// Whether a second factor is set up; payouts and what operators do about money need one.
    pub(crate) second_factor: bool,
}

pub(crate) fn me(person: &Person, second_factor: bool) -> MeView {
    MeView {
        id: person.id.to_string(),
        email: person.email.to_string(),
        name: person.name.clone(),
        roles: person
            .roles
            .to_string()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        since: person.since.to_string(),
        second_factor,
    }
}

/// A skill of an expert.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Skill")]
pub(crate) struct SkillView {
    pub(crate) name: String,
    pub(crate) years: u8,
    pub(crate) evidence: Option<String>,
}

/// A piece of work that an expert shows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PortfolioItem")]
pub(crate) struct PortfolioItemView {
    /// What it was, in one line.
    pub(crate) title: String,
    /// When it was done.
    pub(crate) year: i16,
    /// What the expert did and what came of it.
    pub(crate) story: String,
    /// Where it can be seen.
    pub(crate) link: Option<String>,
}

impl From<&PortfolioItem> for PortfolioItemView {
    fn from(item: &PortfolioItem) -> Self {
        Self {
            title: item.title.clone(),
            year: item.year,
            story: item.story.clone(),
            link: item.link.clone(),
        }
    }
}

/// An expert, as their page shows them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Expert")]
pub(crate) struct ExpertView {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `draft`, `waiting`, `visible`, `refused` or `hidden`.
    pub(crate) standing: String,
    /// Grows with each change of the profile.
    pub(crate) version: i64,
    pub(crate) headline: String,
    pub(crate) about: String,
    pub(crate) skills: Vec<SkillView>,
    pub(crate) portfolio: Vec<PortfolioItemView>,
    pub(crate) hourly_rate: Option<MoneyView>,
    pub(crate) available_from: Option<String>,
    pub(crate) hours_a_week: Option<u8>,
    pub(crate) languages: Vec<String>,
    pub(crate) time_zone: String,
    /// Whether search engines may find the page.
    pub(crate) indexed: bool,
}

pub(crate) fn expert(row: &ExpertRow) -> ExpertView {
    let (expert, profile) = (&row.expert, &row.expert.profile);
    ExpertView {
        id: expert.person.to_string(),
        name: row.name.clone(),
        standing: expert.standing.to_string(),
        version: expert.version,
        headline: profile.headline.clone(),
        about: profile.about.clone(),
        skills: profile
            .skills
            .iter()
            .map(|skill| SkillView {
                name: skill.name.clone(),
                years: skill.years,
                evidence: skill.evidence.clone(),
            })
            .collect(),
        portfolio: profile.portfolio.iter().map(PortfolioItemView::from).collect(),
        hourly_rate: profile
            .rate
            .as_ref()
            .map(|rate| money(rate.hour_minor, rate.currency)),
        available_from: profile.available_from.map(|day| day.to_string()),
        hours_a_week: profile.hours_a_week,
        languages: profile.languages.clone(),
        time_zone: profile.time_zone.clone(),
        indexed: profile.indexed,
    }
}

/// A request to hire.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Request")]
pub(crate) struct RequestView {
    pub(crate) id: String,
    /// What people quote.
    pub(crate) reference: String,
    /// `submitted`, `open`, `paused`, `matched`, `filled`, `expired` or `canceled`.
    pub(crate) stage: String,
    pub(crate) summary: String,
    pub(crate) details: Option<String>,
    /// The technology or role wanted.
    pub(crate) role: String,
    /// What whoever works must know.
    pub(crate) skills: Vec<String>,
    /// As the client wrote it.
    pub(crate) budget: Option<String>,
    /// The most for an hour.
    pub(crate) hour_most: Option<MoneyView>,
    pub(crate) start: Option<String>,
    /// The last day.
    pub(crate) until: Option<String>,
    /// One of them is enough.
    pub(crate) languages: Vec<String>,
    /// `managed` where the operator proposes experts, or `open`.
    pub(crate) mode: String,
    pub(crate) place: Option<String>,
    /// What must be true when the work is done.
    pub(crate) acceptance: Vec<String>,
    /// The comparison or role that it was raised from.
    pub(crate) comparison: Option<String>,
    /// The decision that it was raised from, for its client.
    pub(crate) decision_id: Option<String>,
    pub(crate) closes_at: String,
    /// Whether you are the client.
    pub(crate) yours: bool,
    /// The contract that came of it, for its client.
    pub(crate) contract_id: Option<String>,
}

pub(crate) fn request(currency: Currency, known: &Known, reader: Reader) -> RequestView {
    let (request, row) = (&known.request, &known.row);
    let brief = &request.brief;
    let yours = reader == Reader::Client;
    RequestView {
        id: request.id.to_string(),
        reference: request.id.reference().to_string(),
        stage: row.progress.stage.to_string(),
        summary: brief.summary.clone(),
        details: brief.details.clone(),
        role: brief.role.clone(),
        budget: brief.budget.as_ref().map(earnest_hire::request::Budget::write),
        skills: brief.wishes.skills.clone(),
        hour_most: brief.wishes.hour_most.map(|most| money(most, currency)),
        until: brief.wishes.until.map(|day| day.to_string()),
        languages: brief.wishes.languages.clone(),
        mode: match brief.wishes.mode {
            Mode::Open => "open",
            Mode::Managed => "managed",
        }
        .to_owned(),
        start: brief.start.map(|day| day.to_string()),
        place: brief.place.clone(),
        acceptance: row.acceptance.clone(),
        comparison: request.origin.comparison.clone(),
        decision_id: request.origin.decision.filter(|_| yours).map(|id| id.to_string()),
        closes_at: row.progress.expires_at.to_string(),
        yours,
        contract_id: row.contract.filter(|_| yours).map(|id| id.to_string()),
    }
}

/// A conversation in a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Conversation")]
pub(crate) struct ConversationView {
    pub(crate) id: String,
    pub(crate) request_id: String,
    pub(crate) summary: String,
    pub(crate) other: PartyView,
    pub(crate) said_at: String,
    pub(crate) unread: i64,
}

pub(crate) fn conversation(line: &Line, me: PersonId) -> ConversationView {
    let other = line.row.other(me).unwrap_or(line.row.client);
    ConversationView {
        id: line.row.id.to_string(),
        request_id: line.row.request.to_string(),
        summary: line.summary.clone(),
        other: PartyView {
            id: other.to_string(),
            name: line.other.clone(),
        },
        said_at: line.row.said_at.to_string(),
        unread: line.unread,
    }
}

/// One message.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Message")]
pub(crate) struct MessageView {
    pub(crate) id: String,
    pub(crate) author: PartyView,
    pub(crate) at: String,
    pub(crate) text: String,
    /// What was sent with it.
    pub(crate) files: Vec<FileView>,
}

/// A file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "File")]
pub(crate) struct FileView {
    pub(crate) file_id: String,
    pub(crate) name: String,
    pub(crate) bytes: i64,
    pub(crate) sha256: String,
}

pub(crate) fn file(row: &FileRow) -> FileView {
    FileView {
        file_id: row.id.to_string(),
        name: row.name.clone(),
        bytes: row.bytes,
        sha256: earnest_hire::hex(&row.sha256),
    }
}

pub(crate) fn message(thread: &Thread, message: &MessageRow) -> MessageView {
    let (client, expert) = &thread.names;
    let name = if message.author == thread.row.client {
        client
    } else {
        expert
    };
    MessageView {
        id: message.id.to_string(),
        author: PartyView {
            id: message.author.to_string(),
            name: name.clone(),
        },
        at: message.at.to_string(),
        text: message.text.clone(),
        files: thread
            .files
            .iter()
            .filter(|row| row.of == FileOf::Message(message.id))
            .map(file)
            .collect(),
    }
}

/// One milestone of a plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
pub(crate) struct PlanView {
    pub(crate) title: String,
    pub(crate) deliverable: String,
    pub(crate) acceptance: Vec<String>,
    pub(crate) price: MoneyView,
    pub(crate) due_on: String,
    pub(crate) inspection_days: u16,
    pub(crate) rounds: u16,
    pub(crate) revision_days: u16,
}

fn plan(plan: &earnest_hire::contract::Plan, currency: Currency) -> PlanView {
    PlanView {
        title: plan.title.clone(),
        deliverable: plan.deliverable.clone(),
        acceptance: plan.acceptance.clone(),
        price: money(plan.price_minor, currency),
        due_on: plan.due_on.to_string(),
        inspection_days: plan.inspection_days,
        rounds: plan.rounds,
        revision_days: plan.revision_days,
    }
}

/// One version of a proposal. It never changes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ProposalVersion")]
pub(crate) struct VersionView {
    pub(crate) number: u16,
    /// `client` or `expert`.
    pub(crate) by: String,
    pub(crate) at: String,
    pub(crate) answers: Vec<String>,
    pub(crate) milestones: Vec<PlanView>,
}

/// A proposal with all its versions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Proposal")]
pub(crate) struct ProposalView {
    pub(crate) id: String,
    pub(crate) request_id: String,
    pub(crate) conversation_id: String,
    pub(crate) client_id: String,
    pub(crate) expert_id: String,
    pub(crate) stage: String,
    pub(crate) versions: Vec<VersionView>,
    pub(crate) contract_id: Option<String>,
}

pub(crate) fn proposal(row: &earnest_store::ProposalRow) -> ProposalView {
    let one: &Proposal = &row.proposal;
    let version = |version: &Version| VersionView {
        number: version.number,
        by: version.by.to_string(),
        at: version.at.to_string(),
        answers: version.content.answers.clone(),
        milestones: version
            .content
            .milestones
            .iter()
            .map(|one| plan(one, version.content.currency))
            .collect(),
    };
    ProposalView {
        id: one.id.to_string(),
        request_id: one.request.to_string(),
        conversation_id: row.conversation.to_string(),
        client_id: one.client.to_string(),
        expert_id: one.expert.to_string(),
        stage: one.stage.to_string(),
        versions: one.versions.iter().map(version).collect(),
        contract_id: row.contract.map(|id| id.to_string()),
    }
}
