//! Notices: what happened to a contract or to somebody's money, as letters to those whom the rules want told.

mod scene;
mod words;

use std::collections::BTreeMap;

use earnest_hire::contract::{Audience, Contract, PaymentState, State};
use earnest_hire::ids::{ContractId, PaymentId, PersonId};
use earnest_hire::payee::Payee;
use earnest_hire::person::Role;
use earnest_store::{Done, Job, Tx};
use serde::Deserialize;
use serde_json::Value;

use self::scene::{Scene, milestone};
use super::Attempt;
use crate::Error;
use crate::desk::Desk;
use crate::notice::{Topic, inspection, wants};
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
    /// Of a contract as in its process; of somebody's money the payee, or the operator.
    to: String,
    about: String,
    #[serde(default)]
    subject: String,
}

/// What one person is told of an event.
#[derive(Debug, Default)]
struct Content {
    subject: String,
    lines: Vec<String>,
    path: String,
    /// What it asks a client to review.
    inspection: Option<String>,
}

/// Whose chain the event is in.
#[derive(Debug)]
enum Whose {
    Contract(Box<Contract>),
    Payee(Box<Payee>),
    Nobody,
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
    async fn keep(mut self, mut tx: Tx) -> Result<Done<()>, Error> {
        let whose = self.whose(&mut tx).await?;
        let news = (&self.job, self.told.kind.as_str());
        match &whose {
            Whose::Contract(contract) => {
                webhook::contract(&self.desk, &mut tx, contract, news).await?;
                for notice in &mut self.told.notices {
                    in_part(contract, notice);
                }
                if self.told.notices.is_empty() {
                    let untold = self.payment_over(&mut tx, contract).await?;
                    self.told.notices.extend(untold);
                }
            }
            Whose::Payee(payee) => webhook::money(&self.desk, &mut tx, payee, news).await?,
            Whose::Nobody => {}
        }
        // One letter a person, with everything that they are told of this event.
        let mut letters: BTreeMap<PersonId, Content> = BTreeMap::new();
        for notice in &self.told.notices {
            let (title, sentence) = self.said(&mut tx, &whose, notice).await?;
            let line = line(title.as_deref(), &sentence);
            for person in self.people(&mut tx, &whose, &notice.to).await? {
                if !wants(&mut tx, person, Topic::of(&notice.about)).await? {
                    continue;
                }
                let content = letters.entry(person).or_default();
                if content.lines.is_empty() {
                    content.subject = line_of_subject(title.as_deref(), &sentence);
                    content.path = self.path(&whose, notice);
                }
                let former = content.inspection.take();
                content.inspection = former.or_else(|| asked(&whose, notice, person));
                if !content.lines.contains(&line) {
                    content.lines.push(line.clone());
                }
            }
        }
        for (person, content) in letters {
            let Some(person) = tx.person(person).await? else {
                continue;
            };
            let said = (content.subject, content.lines.as_slice());
            let letter = mail::notice(&self.desk, &person, said, &content.path)
                .named(&self.job.id, &person)
                .about_inspection(content.inspection);
            letter.keep(&mut tx, self.desk.now()).await?;
        }
        tx.commit(()).await
    }

    async fn whose(&self, tx: &mut Tx) -> Result<Whose, Error> {
        if let Ok(id) = self.job.chain.parse::<ContractId>() {
            let contract = tx.contract(id).await?;
            return Ok(contract.map_or(Whose::Nobody, |one| Whose::Contract(Box::new(one))));
        }
        let Ok(id) = self.job.chain.parse::<PersonId>() else {
            return Ok(Whose::Nobody);
        };
        let payee = tx.payee(id).await?;
        Ok(payee.map_or(Whose::Nobody, |one| Whose::Payee(Box::new(one))))
    }

    /// A payment that was over and moved no milestone, like that of a raise: no rule tells of it. It is told here and not
    /// by the rules, whose decisions are proved again as they were kept.
    async fn payment_over(&self, tx: &mut Tx, contract: &Contract) -> Result<Option<Notice>, Error> {
        let about = match self.told.kind.as_str() {
            "payment_failed" => "raise_failed",
            "payment_expired" | "payment_expires" => "raise_expired",
            _ => return Ok(None),
        };
        let deeds = tx.deeds(&self.job.chain).await?;
        let Some(deed) = deeds.iter().find(|deed| deed.event == self.job.event) else {
            return Ok(None);
        };
        let command: Value = serde_json::from_str(&deed.command).map_err(broken)?;
        let payment = command.get("payment").or_else(|| command.get("subject"));
        let payment = payment.and_then(Value::as_str).unwrap_or_default();
        let known = payment.parse().is_ok_and(|id| contract.payment(id).is_ok());
        Ok(known.then(|| Notice {
            to: Audience::Client.name().to_owned(),
            about: about.to_owned(),
            subject: payment.to_owned(),
        }))
    }

    /// The milestone's title where it is about one, and what happened.
    async fn said(
        &self,
        tx: &mut Tx,
        whose: &Whose,
        notice: &Notice,
    ) -> Result<(Option<String>, String), Error> {
        let mut scene = Scene::new(self.desk.currency);
        let mut title = None;
        match whose {
            Whose::Contract(contract) => {
                let payment = notice.subject.parse::<PaymentId>();
                let payment = payment.ok().and_then(|id| contract.payment(id).ok());
                let about = payment.map_or_else(|| notice.subject.clone(), |one| one.milestone.to_string());
                match payment {
                    Some(payment) => scene.of_payment(contract, payment),
                    None => scene.of_contract(contract, &notice.subject),
                }
                title = milestone(contract, &about).map(|one| one.plan.title.clone());
            }
            Whose::Payee(payee) => {
                scene.of_payee(payee, &notice.subject);
                if let Ok(id) = notice.subject.parse()
                    && let Some(earning) = tx.earning(id).await?
                {
                    scene.sum("sum", earning.amount);
                }
            }
            Whose::Nobody => {}
        }
        let name = name(notice);
        // A name that a later program told of: better a word than silence.
        let sentence =
            words::sentence(name, &scene.named).unwrap_or_else(|| format!("{}.", name.replace('_', " ")));
        Ok((title, sentence))
    }

    /// Where it is seen to.
    fn path(&self, whose: &Whose, notice: &Notice) -> String {
        let is_office = notice.to == Audience::Operator.name();
        match (whose, notice.about.as_str()) {
            (Whose::Contract(contract), "contract_hold_appealed") => {
                format!("/office/contracts/{}/holds/{}", contract.id, notice.subject)
            }
            (Whose::Contract(contract), _) => format!("/contracts/{}", contract.id),
            (_, "appeal_hold") => format!("/office/people/{}", self.job.chain),
            _ if is_office => "/office/payouts".to_owned(),
            // the record says why it was kept, the hold only until when
            (_, "extend_hold") => "/me/audit".to_owned(),
            (_, "place_hold" | "lift_hold" | "hold_ends" | "answer_appeal") => "/me/holds".to_owned(),
            (_, "set_payout_account" | "approve_account") => "/me/payout-account".to_owned(),
            _ => "/balance".to_owned(),
        }
    }

    async fn people(&self, tx: &mut Tx, whose: &Whose, to: &str) -> Result<Vec<PersonId>, Error> {
        let mut people = Vec::new();
        let audience = Audience::ALL.iter().find(|one| one.name() == to);
        if let Whose::Contract(contract) = whose {
            let to = *audience.ok_or(Error::NotFound)?;
            if matches!(to, Audience::Client | Audience::Both | Audience::All) {
                people.push(contract.client);
            }
            if matches!(to, Audience::Expert | Audience::Both | Audience::All) {
                people.push(contract.expert);
            }
        } else if audience != Some(&Audience::Operator) {
            // About somebody's money: it is theirs.
            people.extend(self.job.chain.parse::<PersonId>().ok());
        }
        if matches!(audience, Some(Audience::Operator | Audience::All)) {
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

/// Money of which a part is missing funds nothing: its client is told so, and nobody that it has arrived.
fn in_part(contract: &Contract, notice: &mut Notice) {
    let about = milestone(contract, &notice.subject).and_then(|one| contract.in_part(one));
    let subject = notice.subject.parse::<PaymentId>().ok();
    let named = subject.and_then(|id| contract.payment(id).ok());
    let named = named.filter(|paid| paid.state == PaymentState::Conflicted);
    if notice.about == "captured"
        && let Some(paid) = about.or(named)
    {
        *notice = Notice {
            to: Audience::Client.name().to_owned(),
            about: "captured_in_part".to_owned(),
            subject: paid.id.to_string(),
        };
    }
}

/// The name of its sentence: of some things one reader is told another than the person whose money it is.
fn name(notice: &Notice) -> &str {
    let is_payout = notice.subject.parse::<earnest_hire::ids::PayoutId>().is_ok();
    match (notice.about.as_str(), notice.to == Audience::Operator.name()) {
        ("payout_paid", true) => "paid_late",
        ("payout_failed", true) => "failed_late",
        ("place_hold", false) if is_payout => "payout_waits",
        ("lift_hold" | "hold_ends", false) if is_payout => "release_payout",
        ("set_payout_account", false) if is_payout => "cancel_payout",
        (about, _) => about,
    }
}

/// What a letter to a client asks to review, if it does.
fn asked(whose: &Whose, notice: &Notice, person: PersonId) -> Option<String> {
    let Whose::Contract(contract) = whose else {
        return None;
    };
    let milestone = milestone(contract, &notice.subject)?;
    let waits = contract.client == person && matches!(milestone.state, State::Submitted { .. });
    waits.then(|| inspection(milestone))
}

fn line(title: Option<&str>, sentence: &str) -> String {
    match title {
        Some(title) => format!("“{title}”: {sentence}"),
        None => capitalized(sentence),
    }
}

/// As [`line()`], no more than fits into a subject: the first sentence, cut between words.
fn line_of_subject(title: Option<&str>, sentence: &str) -> String {
    let whole = line(title, words::first(sentence));
    if whole.chars().count() <= SUBJECT {
        return whole;
    }
    let start: String = whole.chars().take(SUBJECT).collect();
    let cut = start
        .rsplit_once(' ')
        .map_or(start.as_str(), |(before, _)| before);
    format!("{}…", cut.trim_end_matches([':', ',', ';']))
}

/// More is not shown in lists of letters.
const SUBJECT: usize = 120;

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests;
