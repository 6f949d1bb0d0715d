//! The operator advises: proposes experts for a request, notes that it was answered, and sees how soon requests are. Experts
//! see how soon a client pays.

use std::collections::BTreeSet;

use earnest_hire::days_to_pay::DaysToPay;
use earnest_hire::expert::Standing;
use earnest_hire::field::{self, FieldRefusal, Lines};
use earnest_hire::ids::{Ids, PersonId, RequestId};
use earnest_hire::limits::{PROPOSED_AT_ONCE, PROPOSED_IN_ALL};
use earnest_hire::money::Minor;
use earnest_hire::person::{Email, Person, Role};
use earnest_hire::refusal::Refusal;
use earnest_hire::reply::Replies;
use earnest_hire::span::after;
use earnest_store::{AdviceRow, AuditRow, Done, Tx};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::desk::Desk;
use crate::mail;

/// Characters of what is said about one expert at most.
pub const NOTE: usize = 1_000;
/// How far back it is counted how soon requests were answered.
const COUNTED: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How far back it is measured how soon a client approves.
const MEASURED: SignedDuration = SignedDuration::from_hours(365 * 24);

/// One expert as an operator typed them, a row of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pick {
    /// The id of their profile, or its address; a row in which nothing stands is left out.
    pub expert: String,
    /// What an hour would cost, in the currency of the site; empty where the profile says it.
    pub rate: String,
    /// Why this one.
    pub note: String,
}

/// The names of the fields of the rows.
pub const PICK_FIELDS: [(&str, &str, &str); PROPOSED_AT_ONCE] = [
    ("expert_1", "rate_1", "note_1"),
    ("expert_2", "rate_2", "note_2"),
    ("expert_3", "rate_3", "note_3"),
];

/// An expert whom the operator has proposed, as the client sees them.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// What was said.
    pub row: AdviceRow,
    /// What they are called.
    pub name: String,
}

/// Proposes one to three experts for a request. The client is told by mail. The same said again changes nothing; something else
/// about an expert who was proposed already is refused.
pub async fn propose(desk: &Desk, by: &Person, request: RequestId, picks: &[Pick]) -> Result<(), Error> {
    support(by)?;
    let picks = checked(desk, picks).map_err(Error::Invalid)?;
    let now = desk.now();
    let rows: Vec<AdviceRow> = picks
        .into_iter()
        .map(|(expert, rate, note)| AdviceRow {
            expert,
            at: now,
            by: by.id,
            note,
            rate,
        })
        .collect();
    let proposing = Proposing {
        desk: desk.clone(),
        request,
        rows,
    };
    desk.write(
        &proposing,
        |proposing, tx| async move { proposing.keep(tx).await },
    )
    .await
    .inspect(|()| desk.wake())
}

fn support(by: &Person) -> Result<(), Error> {
    if by.roles.may(Role::Support) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// A row that was read: who, at which rate of an hour, and why.
type Picked = (PersonId, Option<Minor>, String);

/// The rows that name somebody, or everything that is wrong with them.
fn checked(desk: &Desk, picks: &[Pick]) -> Result<Vec<Picked>, Vec<FieldRefusal>> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (pick, names) in picks.iter().zip(PICK_FIELDS) {
        if [&pick.expert, &pick.rate, &pick.note]
            .iter()
            .all(|typed| typed.trim().is_empty())
        {
            continue;
        }
        let named = pick.expert.trim().rsplit('/').next().unwrap_or_default();
        let expert: Option<PersonId> = named.parse().ok();
        if expert.is_none() {
            let sentence = "Copy the address of the expert's page, or choose one of the list.";
            faults.push(FieldRefusal::new(names.0, "unknown", sentence));
        }
        let rate = match pick.rate.trim() {
            "" => Some(None),
            text => desk
                .currency
                .read(text)
                .ok()
                .filter(|rate| rate.is_positive())
                .map(Some),
        };
        if rate.is_none() {
            let sentence = format!("Write the rate as an amount in {}, like 95.", desk.currency);
            faults.push(FieldRefusal::new(names.1, "unclear", sentence));
        }
        let missing = "Say why you propose this expert: the client reads it.";
        let note = field::reason(names.2, &pick.note, NOTE, Lines::Several, missing);
        let note = note.map_err(|fault| faults.push(fault)).ok();
        if let (Some(expert), Some(rate), Some(note)) = (expert, rate, note) {
            rows.push((expert, rate, note));
        }
    }
    let names: BTreeSet<PersonId> = rows.iter().map(|(expert, ..)| *expert).collect();
    if names.len() < rows.len() {
        let sentence = "Two rows name the same expert. Empty one of them.";
        faults.push(FieldRefusal::new("expert_1", "twice", sentence));
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(FieldRefusal::new(
            "expert_1",
            "missing",
            "Name at least one expert.",
        ));
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

#[derive(Debug, Clone)]
struct Proposing {
    desk: Desk,
    request: RequestId,
    rows: Vec<AdviceRow>,
}

impl Proposing {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let request = tx.request(self.request).await?.ok_or(Error::NotFound)?;
        // Requests that nobody has claimed have no progress to lock; the key of the table keeps experts once there.
        let progress = tx.lock_progress(self.request).await?;
        if progress.as_ref().is_some_and(|row| row.progress.stage.is_over()) {
            return Err(Refusal::RequestOver.into());
        }
        let client = progress.map(|row| row.client);
        let now = self.desk.now();
        let mut names = Vec::new();
        for row in &self.rows {
            if client == Some(row.by) || row.expert == row.by {
                return Err(Refusal::OwnAccount.into());
            }
            let expert = tx.expert(row.expert).await?;
            let expert = expert.filter(|one| one.expert.standing == Standing::Visible);
            let expert = expert.ok_or(Refusal::NotVisible)?;
            if client == Some(row.expert) {
                return Err(Refusal::ExpertIsClient.into());
            }
            if tx.insert_advice(self.request, row).await? {
                names.push(expert.name);
            } else {
                said_before(&tx.advice_for(self.request).await?, row)?;
            }
        }
        if tx.advice_for(self.request).await?.len() > PROPOSED_IN_ALL {
            return Err(Refusal::ProposedTooMany.into());
        }
        let to: Option<Email> = request.brief.email.parse().ok();
        if let Some(to) = to.filter(|_| !names.is_empty()) {
            let letter = mail::proposed_experts(&self.desk, &to, &request, &names);
            letter.keep(&mut tx, now).await?;
        }
        tx.note_reply(self.request, now).await?;
        if let (Some(person), Some(row)) = (client, self.rows.first()) {
            let audit = AuditRow {
                id: Ids::new(now, self.desk.seed()).audit(),
                at: now,
                by: row.by,
                person,
                act: format!("Proposed experts for your request: {}.", names.join(", ")),
                reasons: String::new(),
            };
            if !names.is_empty() {
                tx.insert_audit(&audit).await?;
            }
        }
        tx.commit(()).await
    }
}

/// The same form sent again says the same; a corrected note or rate would be lost.
fn said_before(known: &[AdviceRow], row: &AdviceRow) -> Result<(), Refusal> {
    let said = |one: &AdviceRow| (one.expert, one.rate, one.note.clone());
    if known.iter().any(|one| said(one) == said(row)) {
        Ok(())
    } else {
        Err(Refusal::ProposedAlready)
    }
}

/// Notes that a request was answered by other means, such as a letter of the operator's own.
pub async fn replied(desk: &Desk, by: &Person, request: RequestId) -> Result<(), Error> {
    support(by)?;
    desk.write(&(request, desk.now()), |(request, now), mut tx| async move {
        tx.request(request).await?.ok_or(Error::NotFound)?;
        tx.note_reply(request, now).await?;
        tx.commit(()).await
    })
    .await
}

/// When a request was first answered; none where nobody has.
pub async fn replied_at(desk: &Desk, request: RequestId) -> Result<Option<Timestamp>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.replied_at(request).await });
    Ok(read.await?)
}

/// How soon the requests of the last 90 days were answered, beside what is promised.
pub async fn replies(desk: &Desk, promise: SignedDuration) -> Result<Replies, Error> {
    let now = desk.now();
    let since = after(now, -COUNTED);
    let read = desk
        .store
        .read(move |mut view| async move { view.replies_since(since).await });
    Ok(Replies::of(&read.await?, promise, now))
}

/// How soon a client has approved what was submitted to them in the last year.
pub async fn days_to_pay(desk: &Desk, client: PersonId) -> Result<Option<DaysToPay>, Error> {
    let since = after(desk.now(), -MEASURED);
    let read = desk
        .store
        .read(move |mut view| async move { view.approvals_of(client, since).await });
    let rows = read.await?.into_iter();
    let deeds = rows.map(|(at, command)| Ok((at, serde_json::from_str(&command)?)));
    let deeds: Result<Vec<_>, serde_json::Error> = deeds.collect();
    Ok(DaysToPay::of(&deeds.map_err(crate::provider::broken)?))
}

/// Whom the operator has proposed for a request, in the order in which they were.
pub async fn proposed(desk: &Desk, request: RequestId) -> Result<Vec<Proposed>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let mut found = Vec::new();
        for row in view.advice_for(request).await? {
            let name = view.person(row.expert).await?.map(|person| person.name);
            found.push(Proposed {
                row,
                name: name.unwrap_or_default(),
            });
        }
        Ok::<_, earnest_store::Error>(found)
    });
    Ok(read.await?)
}

#[cfg(test)]
mod tests;
