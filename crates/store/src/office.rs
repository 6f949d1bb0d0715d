//! What operators look up: disputes, holds and payouts in the bodies they stand in, people, and the log of all acts.

use earnest_hire::contract::{Contract, Hold};
use earnest_hire::ids::{AuditId, ContractId, PaymentId, PayoutId, PersonId};
use earnest_hire::payee::Payee;
use earnest_hire::person::Person;
use earnest_hire::span::days;
use jiff::Timestamp;

use crate::Error;
use crate::account::person;
use crate::audit::AuditRow;
use crate::books::corrupt;
use crate::contract::{contract, moment};
use crate::db::{Row, View};
use crate::payee::payee;
use crate::reconciliation::ReconciliationRow;

/// More than anybody works through.
const MOST: i64 = 1_000;
/// Payouts older than this are found on the page of their person alone.
const LATELY: u16 = 60;

statements! {
    DISPUTED = "SELECT id, body FROM contract WHERE id IN (SELECT contract FROM milestone WHERE state = 'disputed') \
                ORDER BY id LIMIT $1";
    EVER_DISPUTED = "SELECT id, body FROM contract WHERE id IN (SELECT chain FROM event WHERE kind = 'open_dispute') \
                     ORDER BY id DESC LIMIT $1";
    EVER_PAID_FOR = "SELECT COUNT(DISTINCT milestone) FROM lot";
    HELD = "SELECT id, body FROM party WHERE id IN (SELECT chain FROM timer WHERE kind = 'hold_ends') ORDER BY id LIMIT $1";
    ON_HOLD = "SELECT id, body FROM contract WHERE id IN (SELECT chain FROM timer WHERE kind = 'pause_ends') OR id IN \
               (SELECT chain FROM event WHERE kind IN ('appeal_contract_hold', 'answer_contract_hold') GROUP BY chain \
               HAVING SUM(CASE kind WHEN 'appeal_contract_hold' THEN 1 ELSE -1 END) > 0) ORDER BY id LIMIT $1";
    PAID_LATELY = "SELECT id, body FROM party WHERE id IN (SELECT payee FROM payout WHERE id >= $1) ORDER BY id LIMIT $2";
    PEOPLE = "SELECT id, email, name, roles, since FROM person WHERE ($1 = '' OR replace(email, $1, '') <> email \
              OR replace(lower(name), $1, '') <> lower(name)) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";
    LOG = "SELECT audit.id, audit.at, audit.by_person, operator.name, audit.person, about.name, audit.act, audit.reasons \
           FROM audit LEFT JOIN person AS operator ON operator.id = audit.by_person LEFT JOIN person AS about \
           ON about.id = audit.person WHERE (audit.by_person <> audit.person OR operator.roles <> '') \
           AND ($1 = '' OR audit.id < $1) ORDER BY audit.id DESC LIMIT $2";
    NOTED_SINCE = "SELECT COUNT(*) FROM audit WHERE person = $1 AND by_person = $2 AND act = $3 AND at > $4 \
                   AND ($5 = '' OR reasons = $5)";
    DIFFERING = "SELECT provider, from_at, until_at, at, matched, found, differences FROM reconciliation WHERE found > 0 \
                 AND at = (SELECT MAX(later.at) FROM reconciliation AS later WHERE later.provider = reconciliation.provider \
                 AND later.from_at <= reconciliation.from_at AND later.until_at >= reconciliation.until_at) \
                 ORDER BY provider, from_at LIMIT $1";
    AWAITED = "SELECT id, contract FROM payment WHERE provider = $1 AND state IN ('pending', 'expired', 'conflicted') ORDER BY id DESC LIMIT $2";
    COMPARED_AT = "SELECT provider, MAX(until_at) FROM reconciliation GROUP BY provider ORDER BY provider";
}

/// One act of an operator, with the names of both where they have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRow {
    /// What was done.
    pub row: AuditRow,
    /// The operator's name.
    pub by: Option<String>,
    /// The name of the person it is about.
    pub about: Option<String>,
}

impl View {
    /// Contracts in which something is in dispute.
    pub async fn disputed(&mut self) -> Result<Vec<Contract>, Error> {
        let rows = self.all(DISPUTED, args![MOST]).await?;
        rows.into_iter().map(contract).collect()
    }

    /// The newest thousand contracts in which somebody has ever opened a dispute.
    pub async fn ever_disputed(&mut self) -> Result<Vec<Contract>, Error> {
        let rows = self.all(EVER_DISPUTED, args![MOST]).await?;
        rows.into_iter().map(contract).collect()
    }

    /// Of how many milestones money was ever held.
    pub async fn ever_paid_for(&mut self) -> Result<i64, Error> {
        let mut row = self.one(EVER_PAID_FOR, args![]).await?;
        row.next().map_err(|why| corrupt("lot", "?", why))
    }

    /// Persons of whom a hold or a held payout has its end before it.
    pub async fn held(&mut self) -> Result<Vec<Payee>, Error> {
        payees(self.all(HELD, args![MOST]).await?)
    }

    /// Contracts of which a hold stands, or a complaint about one has no answer.
    pub async fn on_hold(&mut self) -> Result<Vec<Contract>, Error> {
        let rows = self.all(ON_HOLD, args![MOST]).await?;
        let found: Vec<Contract> = rows.into_iter().map(contract).collect::<Result<_, _>>()?;
        let waits = |one: &Contract| one.holds.iter().any(Hold::waits);
        Ok(found.into_iter().filter(waits).collect())
    }

    /// Persons who asked for a payout in the last weeks.
    pub async fn paid_lately(&mut self, now: Timestamp) -> Result<Vec<Payee>, Error> {
        let from = now.checked_sub(days(LATELY)).unwrap_or(Timestamp::UNIX_EPOCH);
        let from = PayoutId::new(from, [0; 10]).to_string();
        payees(self.all(PAID_LATELY, args![from, MOST]).await?)
    }

    /// People whose address or name has a text in it, the newest first, those older than `before` where it is given.
    pub async fn people_like(
        &mut self,
        text: &str,
        before: Option<PersonId>,
        limit: u16,
    ) -> Result<Vec<Person>, Error> {
        let text = text.to_lowercase();
        let before = before.map_or_else(String::new, |id| id.to_string());
        let rows = self.all(PEOPLE, args![text, before, i64::from(limit)]).await?;
        rows.into_iter().map(person).collect()
    }

    /// What operators did, the last first, what was done before `before` where it is given.
    pub async fn audit_log(&mut self, before: Option<AuditId>, limit: u16) -> Result<Vec<LoggedRow>, Error> {
        let before = before.map_or_else(String::new, |id| id.to_string());
        let rows = self.all(LOG, args![before, i64::from(limit)]).await?;
        rows.into_iter().map(logged).collect()
    }

    /// How often an operator's act about a person was noted after a moment, for those reasons where they are not empty.
    pub async fn noted_since(
        &mut self,
        (by, about): (PersonId, PersonId),
        (act, reasons): (&str, &str),
        since: Timestamp,
    ) -> Result<i64, Error> {
        let (by, about) = (by.to_string(), about.to_string());
        let args = args![about, by, act, since.as_microsecond(), reasons];
        let mut row = self.one(NOTED_SINCE, args).await?;
        row.next().map_err(|why| corrupt("audit", "?", why))
    }

    /// Comparisons with differences that no later one has found gone.
    pub async fn differing(&mut self) -> Result<Vec<ReconciliationRow>, Error> {
        let rows = self.all(DIFFERING, args![MOST]).await?;
        rows.into_iter().map(reconciliation).collect()
    }

    /// Payments that are waited for at a provider, with their contracts, the newest first.
    pub async fn awaited_payments(&mut self, provider: &str) -> Result<Vec<(PaymentId, ContractId)>, Error> {
        let rows = self.all(AWAITED, args![provider, MOST]).await?;
        let read = |mut row: Row| {
            let mut read = || Ok((row.parse()?, row.parse()?));
            read().map_err(|why: String| corrupt("payment", "?", why))
        };
        rows.into_iter().map(read).collect()
    }

    /// Until when each provider was compared at the latest.
    pub async fn compared_until(&mut self) -> Result<Vec<(String, Timestamp)>, Error> {
        let rows = self.all(COMPARED_AT, args![]).await?;
        let read = |mut row: Row| {
            let mut read = || Ok((row.next()?, moment(row.next()?)?));
            read().map_err(|why: String| corrupt("reconciliation", "?", why))
        };
        rows.into_iter().map(read).collect()
    }
}

fn payees(rows: Vec<Row>) -> Result<Vec<Payee>, Error> {
    let read = rows.into_iter().map(payee);
    read.filter_map(Result::transpose).collect()
}

fn logged(mut row: Row) -> Result<LoggedRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<LoggedRow, String> {
        let at = moment(row.next()?)?;
        let by_id = row.parse()?;
        let by = row.next()?;
        let person = row.parse()?;
        let about = row.next()?;
        let number = id
            .parse()
            .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
        let row = AuditRow {
            id: number,
            at,
            by: by_id,
            person,
            act: row.next()?,
            reasons: row.next()?,
        };
        Ok(LoggedRow { row, by, about })
    };
    read().map_err(|why| corrupt("audit", &id, why))
}

fn reconciliation(mut row: Row) -> Result<ReconciliationRow, Error> {
    let mut read = || -> Result<ReconciliationRow, String> {
        Ok(ReconciliationRow {
            provider: row.next()?,
            from: moment(row.next()?)?,
            until: moment(row.next()?)?,
            at: moment(row.next()?)?,
            matched: row.next()?,
            found: row.next()?,
            differences: row.next()?,
        })
    };
    read().map_err(|why| corrupt("reconciliation", "?", why))
}
