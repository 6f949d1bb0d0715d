//! Experts as people who are paid, with their earnings, kept like contracts: state, entry, event, timers and jobs in one
//! transaction or not at all.

use earnest_hire::contract::Actor;
use earnest_hire::ids::{ContractId, EarningId, MilestoneId, PersonId};
use earnest_hire::ledger::Account;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::payee::{Command, Decision, Facts, Input, Payee, Scope};
use jiff::Timestamp;

use crate::Error;
use crate::books::{Must, corrupt};
use crate::chain::Head;
use crate::contract::{Last, moment};
use crate::db::{Row, Tx, View};
use crate::history::{self, Happened, json};
use crate::idempotency::{self, Key, Seen};
use crate::{job, timer};

statements! {
    LOCK = "SELECT id, body FROM party WHERE id = $1 FOR UPDATE";
    READ = "SELECT id, body FROM party WHERE id = $1";
    BEGIN = "INSERT INTO party (id, version) VALUES ($1, 0) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE party SET version = $2, body = $3 WHERE id = $1 AND version = $4";
    CLEAR = "UPDATE earning SET cleared_at = $2 WHERE id = $1 AND cleared_at IS NULL";
    EARNING = "SELECT id, expert, currency, amount, clears_at, cleared_at, contract, milestone FROM earning WHERE id = $1";
    EARNINGS = "SELECT id, expert, currency, amount, clears_at, cleared_at, contract, milestone FROM earning WHERE expert = $1 \
                ORDER BY clears_at DESC, id DESC LIMIT $2";
    PAYOUT = "INSERT INTO payout (id, payee) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    PAYEE_OF = "SELECT payee FROM payout WHERE id = $1";
}

/// What one release earned, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarningRow {
    /// Which.
    pub id: EarningId,
    /// Whose.
    pub expert: PersonId,
    /// Of it.
    pub currency: Currency,
    /// After the expert's fee.
    pub amount: Minor,
    /// From when on it may be paid out.
    pub clears_at: Timestamp,
    /// When it became payable.
    pub cleared_at: Option<Timestamp>,
    /// From which contract.
    pub contract: ContractId,
    /// From which work in it.
    pub milestone: MilestoneId,
}

/// A payee locked for a write, with the head of the history; none before the first event.
#[derive(Debug, Clone)]
pub struct LockedPayee {
    /// As the person stands.
    pub payee: Payee,
    /// Of the chain.
    pub head: Option<Head>,
}

/// What is kept of a command to a payee beside what it did.
#[derive(Debug, Clone, Copy)]
pub struct PayeeRecord<'a> {
    /// What was asked.
    pub command: &'a Command,
    /// By whom.
    pub actor: &'a Actor,
    /// What it was decided from.
    pub input: &'a Input,
    /// The key under which its answer is found again.
    pub key: Option<&'a Key>,
    /// The timer that gave it, which is used up by it.
    pub timer: Option<&'a str>,
}

impl Tx {
    /// Locks a person and looks for an earlier answer under the key, after the lock.
    pub async fn lock_payee(
        &mut self,
        id: PersonId,
        currency: Currency,
        key: Option<&Key>,
    ) -> Result<(LockedPayee, Option<Seen>), Error> {
        let name = id.to_string();
        self.exec(BEGIN, args![name.as_str()]).await?;
        let mut reads = vec![(LOCK, args![name.as_str()].to_vec()), history::lock(&name)];
        reads.extend(key.map(idempotency::find));
        let mut found = self.all_each(&reads).await?.into_iter();
        let payee = found
            .next()
            .unwrap_or_default()
            .pop()
            .map(payee)
            .transpose()?
            .flatten();
        let head = found.next().unwrap_or_default().pop();
        let head = head.map(|row| history::head(&name, row)).transpose()?;
        let seen = found
            .next()
            .unwrap_or_default()
            .pop()
            .map(idempotency::seen)
            .transpose()?;
        if payee.is_some() != head.is_some() {
            return Err(corrupt(
                "chain",
                &name,
                "a person and their chain are not both there".to_owned(),
            ));
        }
        let payee = payee.unwrap_or_else(|| Payee::new(id, currency));
        Ok((LockedPayee { payee, head }, seen))
    }

    /// Whether a hold stops this of a person's account; the row of [`Tx::lock_party`] keeps the answer true.
    pub async fn is_held(&mut self, id: PersonId, scope: Scope, now: Timestamp) -> Result<bool, Error> {
        let row = self.maybe(LOCK, args![id.to_string()]).await?;
        let payee = row.map(payee).transpose()?.flatten();
        Ok(payee.is_some_and(|payee| payee.held(scope, now).is_some()))
    }

    /// The three balances that a decision looks at, locked in the order of their ids.
    pub async fn payee_facts(&mut self, payee: &Payee) -> Result<Facts, Error> {
        let (id, currency) = (payee.id, payee.currency);
        let receivable_minor = self.lock_balance(&Account::Receivable(id), currency).await?;
        let payable_minor = self.lock_balance(&Account::ExpertPayable(id), currency).await?;
        let pending_minor = self.lock_balance(&Account::ExpertPending(id), currency).await?;
        Ok(Facts {
            pending_minor,
            payable_minor,
            receivable_minor,
            ..Facts::default()
        })
    }

    /// Keeps a decision about a payee.
    pub async fn keep_payee(
        &mut self,
        former: &LockedPayee,
        decision: &Decision,
        record: &PayeeRecord<'_>,
    ) -> Result<Last, Error> {
        let (payee, id) = (&decision.payee, decision.payee.id.to_string());
        let body = json(payee)?;
        let happened = Happened {
            chain: id.clone(),
            event: decision.event,
            version: payee.version,
            at: record.input.now.as_microsecond(),
            kind: record.command.name(),
            actor: record.actor,
            command: json(record.command)?,
            input: json(record.input)?,
            moved: "[]".to_owned(),
            body: &body,
            entry: decision.entry.as_ref(),
            before: former.head,
            key: record.key,
            timer: record.timer,
        };
        let args = args![id.as_str(), payee.version, body.as_str(), former.payee.version].to_vec();
        let (event, mut last) = happened
            .keep(self, (Must::One("the person"), (UPDATE, args)))
            .await?;
        if let Some(earning) = decision.cleared {
            let cleared = self.exec(CLEAR, args![earning.to_string(), event.at]).await?;
            if cleared != 1 {
                return Err(Error::Conflict {
                    what: format!("the earning {earning}"),
                });
            }
        }
        let new = payee
            .payouts
            .iter()
            .filter(|one| former.payee.payout(one.id).is_err());
        last.extend(new.map(|one| (PAYOUT, args![one.id.to_string(), id.as_str()].to_vec())));
        last.extend(decision.timers.iter().map(|one| timer::insert(one, &id)));
        let tasks = job::of_payee(decision, &event.id, &event.kind)?;
        last.extend(tasks.iter().map(|task| job::insert(&event, task)));
        Ok(Last(last))
    }
}

impl View {
    /// A person as one who is paid; none before anything was earned or asked.
    pub async fn payee(&mut self, id: PersonId) -> Result<Option<Payee>, Error> {
        let row = self.maybe(READ, args![id.to_string()]).await?;
        Ok(row.map(payee).transpose()?.flatten())
    }

    /// Whom a payout belongs to.
    pub async fn payee_of(&mut self, payout: &str) -> Result<Option<PersonId>, Error> {
        let row = self.maybe(PAYEE_OF, args![payout]).await?;
        row.map(|mut row| row.parse().map_err(|why| corrupt("payout", payout, why)))
            .transpose()
    }

    /// One earning.
    pub async fn earning(&mut self, id: EarningId) -> Result<Option<EarningRow>, Error> {
        self.maybe(EARNING, args![id.to_string()])
            .await?
            .map(earning)
            .transpose()
    }

    /// What a person earned, by the day it clears; where there is more, the last of it.
    pub async fn earnings(&mut self, expert: PersonId, limit: u16) -> Result<Vec<EarningRow>, Error> {
        let args = args![expert.to_string(), i64::from(limit)];
        self.all(EARNINGS, args)
            .await?
            .into_iter()
            .rev()
            .map(earning)
            .collect()
    }
}

pub(crate) fn payee(mut row: Row) -> Result<Option<Payee>, Error> {
    let mut read = || -> Result<(String, Option<String>), String> { Ok((row.next()?, row.next()?)) };
    let (id, body) = read().map_err(|why| corrupt("party", "?", why))?;
    let payee: Option<Payee> = body
        .map(|body| serde_json::from_str(&body))
        .transpose()
        .map_err(|error| corrupt("party", &id, error.to_string()))?;
    if payee.as_ref().is_none_or(|payee| payee.id.to_string() == id) {
        Ok(payee)
    } else {
        Err(corrupt("party", &id, "its body is that of another".to_owned()))
    }
}

fn earning(mut row: Row) -> Result<EarningRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<EarningRow, String> {
        let number = id
            .parse()
            .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
        let (expert, currency) = (row.parse()?, row.parse()?);
        let (amount, clears_at): (i64, i64) = (row.next()?, row.next()?);
        let cleared_at: Option<i64> = row.next()?;
        Ok(EarningRow {
            id: number,
            expert,
            currency,
            amount: Minor(amount),
            clears_at: moment(clears_at)?,
            cleared_at: cleared_at.map(moment).transpose()?,
            contract: row.parse()?,
            milestone: row.parse()?,
        })
    };
    read().map_err(|why| corrupt("earning", &id, why))
}
