//! What speaks for the operator in a chargeback, built from the history of the contract as it was when the payment was
//! taken back, so that it is the same however often it is sent.

use earnest_hire::contract::{ChargebackState, Contract};
use earnest_hire::hex;
use earnest_hire::ids::ChargebackId;
use earnest_store::{DeedRow, DeliverableRow, FileOf, FileRow, Job, MessageRow};
use serde_json::{Value, json};

use super::{About, Attempt, Outcome, Planned, call, contract_of, former_calls, no_provider};
use crate::Error;
use crate::desk::Desk;
use crate::outside::payments::{EvidenceOrder, FoundAnswer};
use crate::provider::broken;

/// Kinds of events that tell of work that was handed in.
const VERSIONS: &[&str] = &["submit"];
/// Kinds of events by which money went to the expert.
const APPROVALS: &[&str] = &["approve", "release", "accept_settlement", "inspection_ends"];
/// Kinds of events that carry what the two sides wrote to say why.
const MESSAGES: &[&str] = &[
    "request_changes",
    "extend_inspection",
    "open_dispute",
    "answer_dispute",
    "decide_dispute",
    "appeal_dispute",
];

pub(super) async fn send(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let former = former_calls(desk, &job.kind, &job.subject).await?;
    let none = || Ok(Attempt::Never("there is no such chargeback".to_owned()));
    let (Some(contract), Ok(id)) = (contract_of(desk, job).await?, job.subject.parse::<ChargebackId>())
    else {
        return none();
    };
    let Ok(chargeback) = contract.chargeback(id) else {
        return none();
    };
    if chargeback.state != ChargebackState::Open {
        return Ok(Attempt::Done); // Decided: nobody reads it any more.
    }
    let provider = &contract.payment(chargeback.payment)?.provider;
    let Some(provider) = desk.providers.get(provider.as_str()) else {
        return Ok(no_provider(provider.as_str()));
    };
    let order = EvidenceOrder {
        chargeback_ref: chargeback.reference.clone(),
        pack: pack(desk, job, &contract, id).await?,
    };
    let pick = |answer| {
        if let FoundAnswer::Evidence(taken) = answer {
            Some(taken)
        } else {
            None
        }
    };
    let about = About::Chargeback(contract.id, Box::new(chargeback.clone()));
    let planned = Planned::new(job, former, about);
    let send = async || provider.send_evidence(&job.key(), &order).await;
    let outcome = call(desk, provider.as_ref(), &planned, send, pick).await?;
    Ok(match outcome {
        Outcome::Answered(_) | Outcome::Over => Attempt::Done,
        // Where the bank has decided, its event is on its way and ends this; else a person looks after the last attempt.
        Outcome::Refused(why) | Outcome::Open(why) => Attempt::Again(why),
    })
}

/// `earnest.evidence/1`: the terms that were signed, what was handed in and approved when, what was written, and the
/// whole history with its hashes.
async fn pack(desk: &Desk, job: &Job, contract: &Contract, id: ChargebackId) -> Result<String, Error> {
    let kept = Kept::read(desk, job, contract).await?;
    let deeds: Vec<Value> = kept.deeds.iter().map(deed).collect::<Result<_, _>>()?;
    let of = |kinds: &[&str]| -> Vec<&Value> {
        let one_of = |deed: &&Value| {
            let kind = deed.get("kind").and_then(Value::as_str);
            kind.is_some_and(|kind| kinds.contains(&kind))
        };
        deeds.iter().filter(one_of).collect()
    };
    let chargeback = contract.chargeback(id)?;
    let offer = deeds.first().and_then(|first| first.pointer("/command/offer"));
    let signatures = of(&["sign"]);
    let signed = signatures.last().and_then(|last| last.pointer("/command/sha256"));
    let pack = json!({
        "schema": "earnest.evidence/1", "chargeback": chargeback.reference, "payment": chargeback.payment,
        "contract": contract.id, "contract_sha256": signed, "offer": offer, "signatures": signatures,
        "versions": of(VERSIONS), "deliverables": kept.deliverables(), "approvals": of(APPROVALS),
        "messages": of(MESSAGES), "conversation": kept.conversation(), "history": deeds,
    });
    serde_json::to_string(&pack).map_err(broken)
}

/// All that is kept of a contract until its payment was taken back.
struct Kept {
    deeds: Vec<DeedRow>,
    deliverables: Vec<DeliverableRow>,
    messages: Vec<MessageRow>,
    /// Of versions and messages.
    files: Vec<FileRow>,
}

impl Kept {
    async fn read(desk: &Desk, job: &Job, contract: &Contract) -> Result<Self, Error> {
        let (chain, id, expert) = (job.chain.clone(), contract.id, contract.expert);
        let read = desk.store.read(move |mut view| {
            let chain = chain.clone();
            async move {
                let mut kept = Self {
                    deeds: view.deeds(&chain).await?,
                    deliverables: view.deliverables(id).await?,
                    messages: Vec::new(),
                    files: view.files_of_contract(id).await?,
                };
                if let Some(talk) = view.conversation_of_contract(id, expert).await? {
                    kept.messages = view.messages(talk.id).await?;
                    kept.files.extend(view.files_in(talk.id).await?);
                }
                Ok::<_, earnest_store::Error>(kept)
            }
        });
        let mut kept = read.await?;
        if let Some(place) = kept.deeds.iter().position(|deed| deed.event == job.event) {
            kept.deeds.truncate(place.saturating_add(1));
        }
        if let Some(last) = kept.deeds.last().map(|deed| deed.at) {
            kept.deliverables.retain(|one| one.at <= last);
            kept.messages.retain(|one| one.at <= last);
            kept.files.retain(|one| one.at <= last);
        }
        Ok(kept)
    }

    /// Each version as it was handed in: note, links, and files by their SHA-256.
    fn deliverables(&self) -> Vec<Value> {
        let told = |one: &DeliverableRow| {
            let (note, links) = (&one.deliverable.note, &one.deliverable.links);
            json!({
                "milestone": one.milestone, "version": one.number, "by": one.author, "at": one.at, "note": note,
                "links": links, "files": self.files_of(FileOf::Version(one.milestone, one.number)),
            })
        };
        self.deliverables.iter().map(told).collect()
    }

    /// What the two wrote to each other, and the files that they sent.
    fn conversation(&self) -> Vec<Value> {
        let told = |one: &MessageRow| {
            json!({
                "by": one.author, "at": one.at, "text": one.text, "files": self.files_of(FileOf::Message(one.id)),
            })
        };
        self.messages.iter().map(told).collect()
    }

    fn files_of(&self, of: FileOf) -> Vec<Value> {
        let files = self.files.iter().filter(|one| one.of == of);
        let told = |one: &FileRow| {
            json!({
                "name": one.name, "media_type": one.media_type, "bytes": one.bytes, "sha256": hex(&one.sha256),
            })
        };
        files.map(told).collect()
    }
}

fn deed(row: &DeedRow) -> Result<Value, Error> {
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(broken);
    Ok(json!({
        "no": row.no, "event": row.event, "at": row.at, "kind": row.kind, "by": read(&row.actor)?,
        "command": read(&row.command)?, "moved": read(&row.moved)?, "hash": hex(&row.hash),
    }))
}
