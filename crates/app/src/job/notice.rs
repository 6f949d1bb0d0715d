//! Notices: what happened to a contract or to somebody's money, as letters to those whom the rules want told.

use std::collections::BTreeMap;

use earnest_hire::contract::{Audience, Contract};
use earnest_hire::ids::{ContractId, PersonId};
use earnest_hire::person::Role;
use earnest_store::{Done, Job, Tx};
use serde::Deserialize;

use super::Attempt;
use crate::Error;
use crate::desk::Desk;
use crate::notice::{Topic, wants};
use crate::provider::broken;
use crate::{mail, webhook};

/// What the rules wanted told, as it is kept with the event.
#[derive(Debug, Clone, Deserialize)]
struct Told {
    kind: String,
    notices: Vec<Notice>,
}

#[derive(Debug, Clone, Deserialize)]
struct Notice {
    /// Of a contract as in its process; of somebody's money the payee, whatever the word.
    to: String,
    about: String,
    #[serde(default)]
    subject: String,
}

/// Keeps the letters of one event. Done again, it keeps the same letters, which are there already.
pub(super) async fn tell(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let told: Told = serde_json::from_str(&job.payload).map_err(broken)?;
    let telling = Telling {
        desk: desk.clone(),
        job: job.clone(),
        told,
    };
    desk.write(&telling, |telling, tx| async move { telling.keep(tx).await })
        .await?;
    Ok(Attempt::Done)
}

#[derive(Debug, Clone)]
struct Telling {
    desk: Desk,
    job: Job,
    told: Told,
}

impl Telling {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let contract = match self.job.chain.parse::<ContractId>() {
            Ok(id) => tx.contract(id).await?,
            Err(_unreadable) => None,
        };
        // One letter a person, with everything that they are told of this event.
        let mut letters: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
        for notice in &self.told.notices {
            let line = line(contract.as_ref(), notice);
            for person in self.people(&mut tx, contract.as_ref(), &notice.to).await? {
                if !wants(&mut tx, person, Topic::of(&notice.about)).await? {
                    continue;
                }
                let lines = letters.entry(person).or_default();
                if !lines.contains(&line) {
                    lines.push(line.clone());
                }
            }
        }
        let path = match &contract {
            Some(contract) => format!("/contracts/{}", contract.id),
            None => "/balance".to_owned(),
        };
        if let Some(contract) = &contract {
            webhook::contract(&self.desk, &mut tx, contract, (&self.job, &self.told.kind)).await?;
        }
        for (person, lines) in letters {
            let Some(person) = tx.person(person).await? else {
                continue;
            };
            let letter = mail::notice(&self.desk, &person, &lines, &path).named(&self.job.id, &person);
            letter.keep(&mut tx, self.desk.now()).await?;
        }
        tx.commit(()).await
    }

    async fn people(
        &self,
        tx: &mut Tx,
        contract: Option<&Contract>,
        to: &str,
    ) -> Result<Vec<PersonId>, Error> {
        let mut people = Vec::new();
        let audience = Audience::ALL.iter().find(|one| one.name() == to);
        let Some(contract) = contract else {
            // About somebody's money: it is theirs.
            if audience != Some(&Audience::Operator) {
                people.extend(self.job.chain.parse::<PersonId>().ok());
            }
            return Ok(people);
        };
        let to = *audience.ok_or(Error::NotFound)?;
        if matches!(to, Audience::Client | Audience::Both | Audience::All) {
            people.push(contract.client);
        }
        if matches!(to, Audience::Expert | Audience::Both | Audience::All) {
            people.push(contract.expert);
        }
        if matches!(to, Audience::Operator | Audience::All) {
            let office = tx.people_in_office().await?.into_iter();
            people.extend(
                office
                    .filter(|one| one.roles.may(Role::Finance))
                    .map(|one| one.id),
            );
        }
        Ok(people)
    }
}

/// What happened, with the milestone's name where it is about one.
fn line(contract: Option<&Contract>, notice: &Notice) -> String {
    let milestone = contract.and_then(|contract| {
        let id = notice.subject.parse().ok()?;
        contract.milestone(id).ok()
    });
    let sentence = sentence(&notice.about);
    match milestone {
        Some(one) => format!("“{}”: {sentence}", one.plan.title),
        None => sentence,
    }
}

/// What an event means to somebody who was not there.
fn sentence(about: &str) -> String {
    let known = match about {
        "signed" => "both have signed.",
        "declined" => "the offer was declined.",
        "withdrawn" => "the offer was withdrawn.",
        "offer_expires" => "the offer ended unsigned.",
        "captured" => "the money has arrived and is held.",
        "failed" => "the payment failed; nothing was taken.",
        "expired" => "the time to pay is over; begin anew to fund it.",
        "start" => "the expert has begun.",
        "start_reminder" => "the expert has not begun yet; you may take the money back.",
        "submit" => "a version waits for your review. Silence counts as approval when the time is over.",
        "inspection_reminder" => {
            "a version still waits for your review. Silence counts as approval when the time is over."
        }
        "request_changes" => "the client asks for changes.",
        "extend_inspection" => "the client takes more time to review.",
        "approve" => "the client has approved the work.",
        "auto_approved" => "the time to review is over: it is approved.",
        "release" => "the client has paid a part.",
        "give_back" => "the expert has given money back.",
        "due_reminder" => "the due date is near.",
        "overdue" => "the due date has passed.",
        "lapsed" => "nobody began in time; the money goes back.",
        "cancel" => "the client has canceled it; the money goes back.",
        "settlement_offered" => "there is an offer to settle; it waits for an answer.",
        "settle" => "the offer to settle was accepted.",
        "open_dispute" => "a dispute was opened; it waits for an answer.",
        "answer_due" => "the answer to the dispute is due.",
        "answer_dispute" => "the dispute was answered.",
        "dispute_decided" | "decided" => "the dispute was decided.",
        "dispute_appealed" => "the decision was appealed.",
        "chargeback_opened" => {
            "the payer's bank has taken a payment back; nothing moves until that is decided."
        }
        "chargeback_won" => "the bank has given the payment back.",
        "chargeback_lost" => "the bank keeps the payment.",
        "amendment_proposed" => "a change is proposed; it waits for an answer.",
        "refund_succeeded" => "a refund has arrived.",
        "refund_failed" => "a refund did not arrive; the money is with your funds.",
        "clear" => "an earning can be paid out now.",
        "set_payout_account" => {
            "the account that you are paid to was changed. If that was not you, write to the operator at once."
        }
        "request_payout" => "a payout was asked for. If that was not you, write to the operator at once.",
        "payout_paid" => "a payout was paid.",
        "payout_failed" => "a payout did not arrive; the money is payable again.",
        "payout_returned" => "the bank has sent a payout back; the money is payable again.",
        "ended" => "the contract has ended.",
        "paused" => "the contract is paused.",
        "resumed" => "the contract goes on.",
        other => return format!("{}.", other.replace('_', " ")),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_sentence_of_its_own_is_named() {
        assert_eq!(sentence("approve"), "the client has approved the work.");
        assert_eq!(sentence("holding_deadline"), "holding deadline.");
    }
}
