//! Disputes as the office works through them: which are open, and the decision about one, with reasons.

mod statistics;

use std::collections::BTreeMap;

use earnest_hire::contract::{Command, Contract, Dispute, Milestone, Phase};
use earnest_hire::field::{self, FieldRefusal, Lines};
use earnest_hire::ids::{ContractId, MessageId, MilestoneId, PersonId};
use earnest_hire::money::{Minor, Money};
use earnest_hire::person::{Person, Role};
use earnest_hire::refusal::Refusal;
use earnest_store::{ConversationRow, FileOf, FileRow, Key, MessageRow, View};
use jiff::Timestamp;

pub use self::statistics::{FEWEST, Statistics, statistics};
use crate::Error;
use crate::contract::{Also, Form};
use crate::desk::Desk;
use crate::motion::{self, Given, What};
use crate::payee::Who;
use crate::visit::{self, Place};

/// The most characters that reasons may have.
pub const REASONS: usize = 10_000;
/// More conversations than one expert leads.
const TALKS: u16 = 1_000;
const UNREAD: Error = Error::Conflict {
    code: visit::REASON_NEEDED,
    sentence: "Open the messages of the dispute first: that you read them then stands in the record of both. It is good for an hour.",
};

/// A dispute that is not over.
#[derive(Debug, Clone)]
pub struct Open {
    /// In which contract.
    pub contract: Contract,
    /// About which milestone.
    pub milestone: MilestoneId,
    /// How many operators there are too few of to decide it now.
    pub missing_operators: usize,
}

impl Open {
    /// The milestone with its dispute.
    pub fn parts(&self) -> Option<(&Milestone, &Dispute)> {
        let milestone = self.contract.milestone(self.milestone).ok()?;
        Some((milestone, milestone.dispute.as_ref()?))
    }
}

/// Whether the office is to decide now.
pub fn awaits_decision(phase: Phase) -> bool {
    match phase {
        Phase::Deciding | Phase::Appealed => true,
        Phase::AnswerDue | Phase::Negotiating | Phase::Evidence | Phase::Decided | Phase::Closed => false,
    }
}

/// Disputes that are not over: first those that the office is to decide, by their deadline; then the others, by theirs.
pub async fn open(desk: &Desk) -> Result<(Vec<Open>, BTreeMap<PersonId, String>), Error> {
    let read = desk.store.read(|mut view| async move {
        let contracts = view.disputed().await?;
        let operators = deciders(&mut view).await?;
        let mut names = BTreeMap::new();
        for id in contracts.iter().flat_map(|one| [one.client, one.expert]) {
            if let Some(person) = view.person(id).await? {
                names.insert(id, person.name);
            }
        }
        Ok::<_, earnest_store::Error>((contracts, names, operators))
    });
    let (contracts, names, operators) = read.await?;
    let mut found = Vec::new();
    for contract in contracts {
        let is_open = |one: &&Milestone| one.dispute.as_ref().is_some_and(Dispute::is_open);
        let milestones: Vec<MilestoneId> = contract
            .milestones
            .iter()
            .filter(is_open)
            .map(|one| one.id)
            .collect();
        found.extend(milestones.into_iter().map(|milestone| Open {
            contract: contract.clone(),
            missing_operators: missing(&contract, milestone, &operators),
            milestone,
        }));
    }
    found.sort_by_key(|one| {
        let dispute = one.parts().map(|(_, dispute)| dispute);
        dispute.map(|dispute| (!awaits_decision(dispute.phase), dispute.due_at))
    });
    Ok((found, names))
}

/// Everybody who may decide disputes.
async fn deciders(view: &mut View) -> Result<Vec<PersonId>, earnest_store::Error> {
    let people = view.people_in_office().await?.into_iter();
    Ok(people
        .filter(|person| person.roles.may(Role::Finance))
        .map(|person| person.id)
        .collect())
}

fn missing(contract: &Contract, milestone: MilestoneId, operators: &[PersonId]) -> usize {
    let milestone = contract.milestone(milestone).ok();
    let parts = milestone.and_then(|one| Some((one.held().ok()?, one.dispute.as_ref()?)));
    parts.map_or(0, |(held, dispute)| {
        dispute.missing_operators(held > contract.terms.second_operator_above_minor, operators)
    })
}

/// How many operators there are too few of to decide the dispute of a milestone now.
pub async fn missing_operators(
    desk: &Desk,
    contract: &Contract,
    milestone: MilestoneId,
) -> Result<usize, Error> {
    let operators = desk
        .store
        .read(|mut view| async move { deciders(&mut view).await })
        .await?;
    Ok(missing(contract, milestone, &operators))
}

/// Something that one party wrote to the other.
#[derive(Debug, Clone)]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// Whose.
    pub author: PersonId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// What was sent with it.
    pub files: Vec<FileRow>,
}

/// All that both parties of an open dispute wrote to each other where the contract was agreed, the first first; none once it
/// is over. What they wrote about other work stays theirs. That it was read stands in the record of both.
pub async fn messages(desk: &Desk, by: &Person, contract: &Contract) -> Result<Option<Vec<Message>>, Error> {
    if !contract.milestones.iter().any(Milestone::in_dispute) {
        return Ok(None);
    }
    let place = Place::Messages(Box::new(contract.clone()));
    visit::check(
        desk,
        by,
        &place,
        Some("A dispute is to be decided by what was said."),
    )
    .await?;
    let contract = contract.clone();
    let read = desk.store.read(move |mut view| {
        let contract = contract.clone();
        async move { said_in(&mut view, &contract).await }
    });
    let mut found = read.await?;
    found.sort_by_key(|one| one.at);
    Ok(Some(found))
}

async fn said_in(view: &mut View, contract: &Contract) -> Result<Vec<Message>, earnest_store::Error> {
    let mut found = Vec::new();
    for talk in talks(view, contract).await? {
        let files = view.files_in(talk.id).await?;
        let said = view.messages(talk.id).await?.into_iter();
        found.extend(said.map(|one| Message::new(one, &files)));
    }
    Ok(found)
}

/// Where a contract was agreed; where that was in no conversation, all of the two.
async fn talks(view: &mut View, contract: &Contract) -> Result<Vec<ConversationRow>, earnest_store::Error> {
    let (client, expert) = (contract.client, contract.expert);
    if let Some(talk) = view.conversation_of_contract(contract.id, expert).await? {
        return Ok(vec![talk]);
    }
    let mut all = view.conversations_of(expert, None, TALKS).await?;
    all.retain(|talk| talk.client == client && talk.expert == expert);
    Ok(all)
}

impl Message {
    fn new(row: MessageRow, files: &[FileRow]) -> Self {
        let of = FileOf::Message(row.id);
        Self {
            id: row.id,
            author: row.author,
            at: row.at,
            text: row.text,
            files: files.iter().filter(|file| file.of == of).cloned().collect(),
        }
    }
}

/// Lets whoever may decide read a file of a conversation while a contract that was agreed in it is in dispute, once the
/// record of both says that what they wrote was read. For everybody else it is not there.
pub(crate) async fn may_open(desk: &Desk, by: &Person, talk: &ConversationRow) -> Result<(), Error> {
    if !by.roles.may(Role::Finance) {
        return Err(Error::NotFound);
    }
    let (id, of_both) = (talk.id, (talk.client, talk.expert));
    let read = desk.store.read(move |mut view| async move {
        let mut found = view.disputed().await?;
        found.retain(|one| {
            (one.client, one.expert) == of_both && one.milestones.iter().any(Milestone::in_dispute)
        });
        let mut agreed_here = Vec::new();
        for one in found {
            let talks = talks(&mut view, &one).await?;
            if talks.iter().any(|talk| talk.id == id) {
                agreed_here.push(one);
            }
        }
        Ok::<_, earnest_store::Error>(agreed_here)
    });
    let mut answer = Err(Error::NotFound);
    for contract in read.await? {
        let place = Place::Messages(Box::new(contract));
        answer = visit::check(desk, by, &place, None).await;
        if answer.is_ok() {
            break;
        }
    }
    answer.map_err(|error| match error {
        Error::Conflict {
            code: visit::REASON_NEEDED,
            ..
        } => UNREAD,
        other => other,
    })
}

/// Opens a dispute in the name of the office, which moves nothing: the figures are the parties' to give. `seen` is the stamp of
/// what the operator had read, and `once` makes a second click the same as the first.
pub async fn begin(
    desk: &Desk,
    (contract, milestone): (&Contract, MilestoneId),
    reason: &str,
    who: Who<'_>,
    (once, seen): (&str, &str),
) -> Result<Given, Error> {
    let missing = "Say what the dispute is about. Both parties read it.";
    let reason = field::reason("reason", reason, REASONS, Lines::Several, missing);
    let reason = reason.map_err(|fault| Error::Invalid(vec![fault]))?;
    let nothing = earnest_hire::contract::money(Minor::ZERO, contract.currency);
    let command = Command::OpenDispute {
        milestone,
        unconditional: nothing,
        offer_to_expert: nothing,
        reason,
    };
    let also = also(who, (contract.id, milestone), &command, (once, seen))?;
    motion::give(desk, &What::Contract(contract.id, command), who, also).await
}

/// What a form of the office does once, on nothing else than what was read.
fn also(
    who: Who<'_>,
    (contract, milestone): (ContractId, MilestoneId),
    command: &Command,
    (once, seen): (&str, &str),
) -> Result<Also, Error> {
    let text = serde_json::to_string(command).map_err(crate::provider::broken)?;
    Ok(Also::Form(Box::new(Form {
        key: Key::new(&scope(who, contract), once, &text),
        seen: (!seen.is_empty()).then(|| (Some(milestone), seen.to_owned())),
        deliverable: None,
    })))
}

/// A decision as an operator gives it. What goes to the client is all that the expert does not get and no fee takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// To the expert.
    pub to_expert: Minor,
    /// Back to the client.
    pub to_client: Minor,
    /// Read by both parties.
    pub reasons: String,
}

/// The reasons of a decision as they were typed; how long they are at least where it picks neither offer is for the rules.
pub fn read_reasons(typed: &str) -> Result<String, Error> {
    let missing = "Give the reasons of the decision. Both parties read them.";
    let reasons = field::reason("reasons", typed, REASONS, Lines::Several, missing);
    reasons.map_err(|fault| Error::Invalid(vec![fault]))
}

/// Decides a dispute, or proposes the decision where the sum takes two operators. `seen` is the stamp of what the operator
/// had read, and `once` makes a second click the same as the first.
pub async fn decide(
    desk: &Desk,
    (contract, milestone): (&Contract, MilestoneId),
    ruling: &Ruling,
    who: Who<'_>,
    (once, seen): (&str, &str),
) -> Result<Given, Error> {
    let money = |minor: Minor| Money {
        amount_minor: minor.0,
        currency: contract.currency,
    };
    let command = Command::DecideDispute {
        milestone,
        to_expert: money(ruling.to_expert),
        to_client: money(ruling.to_client),
        reasons: read_reasons(&ruling.reasons)?,
        second: None,
    };
    let also = also(who, (contract.id, milestone), &command, (once, seen))?;
    let given = motion::give(desk, &What::Contract(contract.id, command), who, also).await;
    given.map_err(|error| match error {
        Error::Refused(refusal) => in_field(refusal).map_or(error, |field| {
            Error::Invalid(vec![FieldRefusal::new(field, refusal.code(), refusal.sentence())])
        }),
        other => other,
    })
}

/// Whose keys they are.
fn scope(who: Who<'_>, contract: ContractId) -> String {
    let by = serde_json::to_string(who.actor).unwrap_or_default();
    format!("{by} {contract}")
}

/// The field that a rule is about, where it is one.
fn in_field(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::ReasonsTooShort => Some("reasons"),
        Refusal::SumDiffers | Refusal::AmountTooLarge => Some("to_expert"),
        _ => None,
    }
}
