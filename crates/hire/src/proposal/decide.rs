//! From a command to what becomes of a proposal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Content, PROPOSAL_PATHS, Proposal, ProposalEvent, Stage, Version};
use crate::contract::{Actor, Audience, By, Offer, PROCESS_VERSION, Terms, Timer, TimerKind};
use crate::ids::Ids;
use crate::path::follow;
use crate::refusal::Refusal;
use crate::request;
use crate::span::{after, days, whole_microseconds};

/// Days without an answer after which a proposal ends.
const EXPIRES: u16 = 14;
/// How many versions a chain has at most; whoever has not agreed by then begins anew.
const MOST_VERSIONS: usize = 50;

/// A command to a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// The expert's first version, or a later one; or the client's counter-offer.
    Propose {
        /// What it says.
        content: Content,
    },
    /// The client has opened it.
    See,
    /// The client takes it among the few.
    Shortlist,
    /// One side accepts the last version of the other.
    Accept {
        /// The version that was read.
        number: u16,
    },
    /// The client says no.
    Decline,
    /// The expert takes it back.
    Withdraw,
    /// Its time is over.
    Expire {
        /// In which entry.
        entry_no: i64,
    },
    /// Its request was closed.
    Close,
}

/// What a decision needs from outside the proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Where the request is.
    pub request: request::Stage,
    /// How many acceptance items the request has.
    pub acceptance_items: u16,
    /// How many proposals of this expert are open beside this one.
    pub open_proposals: u16,
    /// How many this expert may have open at once.
    pub most_open_proposals: u16,
    /// Under which terms a contract would be made now.
    pub terms: Terms,
}

/// All that one decision is made from beside the proposal and the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// In whole microseconds.
    pub now: Timestamp,
    /// Drawn anew for every command; the ids come from it.
    pub seed: [u8; 16],
    /// From outside the proposal.
    pub facts: Facts,
}

impl Input {
    /// Cuts the time to what the database keeps.
    pub fn new(now: Timestamp, seed: [u8; 16], facts: Facts) -> Self {
        Self {
            now: whole_microseconds(now),
            seed,
            facts,
        }
    }
}

/// Somebody is to be told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Who.
    pub to: Audience,
    /// What.
    pub about: ProposalEvent,
}

/// What becomes of an accepted command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The proposal as it is now.
    pub proposal: Proposal,
    /// What has happened.
    pub event: ProposalEvent,
    /// What will happen by itself.
    pub timers: Vec<Timer>,
    /// Who is told.
    pub notices: Vec<Notice>,
    /// What happens to the request with it.
    pub request: Option<request::RequestEvent>,
    /// The text of the contract, once a version was accepted: exactly that version. Nobody has signed it.
    pub offer: Option<Offer>,
}

/// Decides what becomes of a command, or refuses it and changes nothing.
pub fn decide(
    proposal: &Proposal,
    command: &Command,
    by: &Actor,
    input: &Input,
) -> Result<Decision, Refusal> {
    let role = role_of(proposal, by)?;
    let event = event_of(command, proposal.stage, role);
    if proposal.stage.is_over() {
        return Err(Refusal::ProposalOver);
    }
    let stage = follow(PROPOSAL_PATHS, proposal.stage, &event, role)
        .ok_or_else(|| refusal_of(proposal, event, role))?;
    let mut next = proposal.clone();
    let mut offer = None;
    match command {
        Command::Propose { content } => {
            next.versions.push(version(proposal, content, role, input)?);
        }
        Command::Accept { number } => offer = Some(accepted(proposal, *number, role, input)?),
        Command::Expire { entry_no } => {
            let due = proposal.expires_at.ok_or(Refusal::StaleTimer)?;
            if *entry_no != proposal.entry_no {
                return Err(Refusal::StaleTimer);
            }
            if input.now <= due {
                return Err(Refusal::TimerNotDue);
            }
        }
        Command::See | Command::Shortlist | Command::Decline | Command::Withdraw | Command::Close => {}
    }
    next.stage = stage;
    next.version = next.version.saturating_add(1);
    next.entry_no = next.entry_no.saturating_add(1);
    next.expires_at = (!stage.is_over()).then(|| after(input.now, days(EXPIRES)));
    let timers = next.expires_at.map(|due_at| Timer {
        kind: TimerKind::ProposalExpires,
        subject: next.id.to_string(),
        entry_no: next.entry_no,
        due_at,
    });
    Ok(Decision {
        event,
        timers: timers.into_iter().collect(),
        notices: told(event, role),
        request: (stage == Stage::Accepted).then_some(request::RequestEvent::Match),
        offer,
        proposal: next,
    })
}

fn role_of(proposal: &Proposal, by: &Actor) -> Result<By, Refusal> {
    match by {
        Actor::Person { id } if *id == proposal.client => Ok(By::Client),
        Actor::Person { id } if *id == proposal.expert => Ok(By::Expert),
        Actor::Clock => Ok(By::Clock),
        Actor::Operator { .. } => Err(Refusal::OperatorCannotAct),
        Actor::Person { .. } | Actor::Provider { .. } => Err(Refusal::NotYourProposal),
    }
}

fn event_of(command: &Command, stage: Stage, by: By) -> ProposalEvent {
    match command {
        Command::Propose { .. } if by == By::Client => ProposalEvent::MakeOffer,
        Command::Propose { .. } if stage == Stage::Draft => ProposalEvent::Send,
        Command::Propose { .. } => ProposalEvent::Revise,
        Command::See => ProposalEvent::See,
        Command::Shortlist => ProposalEvent::Shortlist,
        Command::Accept { .. } => ProposalEvent::Accept,
        Command::Decline => ProposalEvent::Decline,
        Command::Withdraw => ProposalEvent::Withdraw,
        Command::Expire { .. } => ProposalEvent::Expire,
        Command::Close => ProposalEvent::Close,
    }
}

/// Why there is no row for an event.
fn refusal_of(proposal: &Proposal, event: ProposalEvent, role: By) -> Refusal {
    let other = |by: By| by != role && follow(PROPOSAL_PATHS, proposal.stage, &event, by).is_some();
    if event == ProposalEvent::Accept && By::ALL.iter().any(|by| other(*by)) {
        Refusal::OwnVersion
    } else if By::ALL.iter().any(|by| other(*by)) {
        Refusal::NotYourProposal
    } else {
        Refusal::ProposalNotNow
    }
}

/// The next version of the chain, if it is one that a contract can be made of.
fn version(proposal: &Proposal, content: &Content, by: By, input: &Input) -> Result<Version, Refusal> {
    let facts = &input.facts;
    if proposal.stage == Stage::Draft {
        if facts.request != request::Stage::Open {
            return Err(Refusal::RequestNotOpen);
        }
        if facts.open_proposals >= facts.most_open_proposals {
            return Err(Refusal::TooManyProposals);
        }
    }
    if proposal.versions.len() >= MOST_VERSIONS {
        return Err(Refusal::ProposalNotNow);
    }
    let answered = content.answers.len() == usize::from(facts.acceptance_items)
        && content
            .answers
            .iter()
            .all(|answer| (1..=2_000).contains(&answer.trim().chars().count()));
    if by == By::Expert && !answered {
        return Err(Refusal::AnswersMissing);
    }
    text_of(proposal, content, input)?.check()?;
    let number = u16::try_from(proposal.versions.len()).or(Err(Refusal::ProposalNotNow))?;
    Ok(Version {
        number: number.saturating_add(1),
        by,
        at: input.now,
        content: content.clone(),
    })
}

/// The contract of exactly the last version, which must be the one that was read and the other side's.
fn accepted(proposal: &Proposal, number: u16, by: By, input: &Input) -> Result<Offer, Refusal> {
    let last = proposal.versions.last().ok_or(Refusal::ProposalNotNow)?;
    if last.number != number {
        return Err(Refusal::VersionOvertaken);
    }
    if last.by == by {
        return Err(Refusal::OwnVersion);
    }
    let offer = text_of(proposal, &last.content, input)?;
    offer.check()?;
    Ok(offer)
}

fn text_of(proposal: &Proposal, content: &Content, input: &Input) -> Result<Offer, Refusal> {
    let mut ids = Ids::new(input.now, input.seed);
    if content.milestones.is_empty() {
        return Err(Refusal::TermsUnfit);
    }
    Ok(Offer {
        process: PROCESS_VERSION,
        client: proposal.client,
        expert: proposal.expert,
        currency: content.currency,
        terms: input.facts.terms.clone(),
        milestones: content
            .milestones
            .iter()
            .map(|plan| (ids.milestone(), plan.clone()))
            .collect(),
    })
}

/// Whoever did not act is told; that a proposal was opened is nobody's business but the client's.
fn told(event: ProposalEvent, by: By) -> Vec<Notice> {
    let to = match (event, by) {
        (ProposalEvent::See, _) => return Vec::new(),
        (_, By::Client) => Audience::Expert,
        (_, By::Expert) => Audience::Client,
        (_, By::Operator | By::Clock | By::Provider | By::Parties) => Audience::Both,
    };
    vec![Notice { to, about: event }]
}
