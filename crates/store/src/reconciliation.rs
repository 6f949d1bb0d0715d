//! The books held against what a provider says has moved: the lines that have its names, and what was found.

use earnest_hire::ids::RefundId;
use earnest_hire::ledger::{Account, Side};
use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;

use crate::Error;
use crate::books::{account_id, corrupt};
use crate::contract::moment;
use crate::db::{Row, Sql, Store, View};

statements! {
    OF_PERIOD = "SELECT line.external_id, line.side, line.amount, entry.at, entry.id, entry.chain, entry.kind, \
                 event.command FROM line JOIN entry ON entry.id = line.entry_id JOIN event ON event.id = entry.transition_id WHERE line.account_id = $1 AND entry.at >= $2 AND entry.at < $3 \
                 ORDER BY entry.at, entry.id, line.no";
    OF_NAME = "SELECT line.external_id, line.side, line.amount, entry.at, entry.id, entry.chain, entry.kind, \
               event.command FROM line JOIN entry ON entry.id = line.entry_id JOIN event ON event.id = entry.transition_id WHERE line.account_id = $1 AND line.external_id = $2";
    KEEP = "INSERT INTO reconciliation (provider, from_at, until_at, at, matched, found, differences) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (provider, from_at, until_at, at) DO UPDATE \
            SET matched = excluded.matched, found = excluded.found, differences = excluded.differences";
    LAST = "SELECT MIN(until_at) FROM reconciliation WHERE provider = $1 AND NOT EXISTS (SELECT 1 FROM reconciliation AS more \
            WHERE more.provider = reconciliation.provider AND more.from_at <= reconciliation.until_at \
            AND more.until_at > reconciliation.until_at)";
    FIRST = "SELECT MIN(received_at) FROM provider_event WHERE provider = $1";
    TO_COMPARE_ANEW = "SELECT DISTINCT from_at, until_at FROM reconciliation WHERE provider = $1 AND found > 0 AND at = (SELECT \
            MAX(later.at) FROM reconciliation AS later WHERE later.provider = reconciliation.provider \
            AND later.from_at <= reconciliation.from_at AND later.until_at >= reconciliation.until_at) ORDER BY 1, 2";
    OPEN = "SELECT CAST(COALESCE(SUM(found), 0) AS BIGINT) FROM reconciliation WHERE at = (SELECT MAX(later.at) FROM \
            reconciliation AS later WHERE later.provider = reconciliation.provider \
            AND later.from_at <= reconciliation.from_at AND later.until_at >= reconciliation.until_at)";
    SLOW_REFUNDS = "SELECT refund.id FROM refund JOIN payment ON payment.id = refund.payment WHERE refund.state = 'sent' \
                    AND refund.id < $1 AND payment.provider = $2 ORDER BY refund.id LIMIT 1000";
    SLOW_REFUNDS_OF_ALL = "SELECT COUNT(*) FROM refund WHERE state = 'sent' AND id < $1";
    JOBS_ABOUT = "SELECT DISTINCT kind || ':' || subject FROM job WHERE subject = $1 AND kind <> 'notice' ORDER BY 1";
}

/// A line of an account of money outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideLine {
    /// The provider's name of the movement, where it has one.
    pub external_id: Option<String>,
    /// Into the account or out of it.
    pub side: Side,
    /// How much.
    pub amount: Minor,
    /// When it was booked.
    pub at: Timestamp,
    /// The entry it is part of.
    pub entry: String,
    /// The contract or person that it belongs to.
    pub chain: String,
    /// What booked it.
    pub kind: String,
    /// The payment, refund or payout that the command named which booked it.
    pub subject: Option<String>,
}

/// What of a command says whose money moved.
#[derive(serde::Deserialize)]
struct About {
    payment: Option<String>,
    refund: Option<String>,
    payout: Option<String>,
}

/// What one comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciliationRow {
    /// Which provider.
    pub provider: String,
    /// The first instant of the period.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// When the two were compared.
    pub at: Timestamp,
    /// Movements that are on both sides, alike.
    pub matched: i64,
    /// How many differences there are.
    pub found: i64,
    /// The differences, as JSON.
    pub differences: String,
}

impl Store {
    /// Keeps what was found; of two comparisons of one moment the last.
    pub async fn keep_reconciliation(&self, row: ReconciliationRow) -> Result<(), Error> {
        self.write(move |mut tx| {
            let row = row.clone();
            async move {
                let (from, until) = (row.from.as_microsecond(), row.until.as_microsecond());
                let (at, differences) = (row.at.as_microsecond(), row.differences.as_str());
                let args = args![
                    row.provider.as_str(),
                    from,
                    until,
                    at,
                    row.matched,
                    row.found,
                    differences
                ];
                tx.exec(KEEP, args).await?;
                tx.commit(()).await
            }
        })
        .await
    }
}

impl View {
    /// The lines of an account that were booked in a period.
    pub async fn outside_lines(
        &mut self,
        account: &Account,
        currency: Currency,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<OutsideLine>, Error> {
        let id = account_id(account, currency);
        let args = args![id, from.as_microsecond(), until.as_microsecond()];
        self.all(OF_PERIOD, args).await?.into_iter().map(line).collect()
    }

    /// The line of an account with a provider's name, whenever it was booked.
    pub async fn outside_line(
        &mut self,
        account: &Account,
        currency: Currency,
        external_id: &str,
    ) -> Result<Option<OutsideLine>, Error> {
        let id = account_id(account, currency);
        self.maybe(OF_NAME, args![id, external_id])
            .await?
            .map(line)
            .transpose()
    }

    /// Until when a provider was compared without a gap; none where it never was.
    pub async fn reconciled_until(&mut self, provider: &str) -> Result<Option<Timestamp>, Error> {
        self.moment_of(LAST, provider).await
    }

    /// When the first event of a provider came.
    pub async fn first_event(&mut self, provider: &str) -> Result<Option<Timestamp>, Error> {
        self.moment_of(FIRST, provider).await
    }

    /// The periods whose last comparison found differences, from and until.
    pub async fn differing_periods(&mut self, provider: &str) -> Result<Vec<(Timestamp, Timestamp)>, Error> {
        let rows = self.all(TO_COMPARE_ANEW, args![provider]).await?;
        let read = |mut row: Row| {
            let mut read = || Ok((moment(row.next()?)?, moment(row.next()?)?));
            read().map_err(|why: String| corrupt("reconciliation", provider, why))
        };
        rows.into_iter().map(read).collect()
    }

    async fn moment_of(&mut self, sql: Sql, provider: &str) -> Result<Option<Timestamp>, Error> {
        let mut row = self.one(sql, args![provider]).await?;
        let mut read = || row.next::<Option<i64>>()?.map(moment).transpose();
        read().map_err(|why| corrupt("reconciliation", provider, why))
    }

    /// Differences that no later comparison of the same time, or of more, has found gone.
    pub async fn open_differences(&mut self) -> Result<i64, Error> {
        let mut row = self.one(OPEN, args![]).await?;
        row.next().map_err(|why| corrupt("reconciliation", "?", why))
    }

    /// Refunds at a provider that were asked for before a moment and of which nobody has said that they arrived or failed.
    pub async fn slow_refunds(&mut self, provider: &str, before: Timestamp) -> Result<Vec<String>, Error> {
        let rows = self.all(SLOW_REFUNDS, args![first_id(before), provider]).await?;
        let read = |mut row: Row| row.next().map_err(|why| corrupt("refund", "?", why));
        rows.into_iter().map(read).collect()
    }

    /// How many there are of them at all providers together.
    pub async fn count_slow_refunds(&mut self, before: Timestamp) -> Result<i64, Error> {
        let mut row = self.one(SLOW_REFUNDS_OF_ALL, args![first_id(before)]).await?;
        row.next().map_err(|why| corrupt("refund", "?", why))
    }

    /// The keys of all calls that were made about a payment, refund or payout.
    pub async fn calls_about(&mut self, subject: &str) -> Result<Vec<String>, Error> {
        let rows = self.all(JOBS_ABOUT, args![subject]).await?;
        let read = |mut row: Row| row.next().map_err(|why| corrupt("job", subject, why));
        rows.into_iter().map(read).collect()
    }
}

/// Ids begin with their moment: those of an earlier one are less than this.
fn first_id(moment: Timestamp) -> String {
    RefundId::new(moment, [0; 10]).to_string()
}

fn line(mut row: Row) -> Result<OutsideLine, Error> {
    let mut read = || -> Result<OutsideLine, String> {
        let external_id = row.next()?;
        let side = match row.next::<String>()?.as_str() {
            "debit" => Side::Debit,
            "credit" => Side::Credit,
            other => return Err(format!("there is no side {other}")),
        };
        Ok(OutsideLine {
            external_id,
            side,
            amount: Minor(row.next()?),
            at: moment(row.next()?)?,
            entry: row.next()?,
            chain: row.next()?,
            kind: row.next()?,
            subject: {
                let command: String = row.next()?;
                let about: About = serde_json::from_str(&command).map_err(|error| error.to_string())?;
                about.payment.or(about.refund).or(about.payout)
            },
        })
    };
    read().map_err(|why| corrupt("line", "?", why))
}
