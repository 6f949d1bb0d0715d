//! What is kept of one contract, counted and added up, for whoever holds it against what was decided.

use earnest_hire::contract::Contract;
use earnest_hire::ids::{ContractId, EventId};
use earnest_hire::ledger::Line;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::books::corrupt;
use crate::chain::Head;
use crate::db::{Row, View};
use crate::timer::{self, DueTimer};

statements! {
    HEAD = "SELECT k.length, k.head, c.version FROM chain k JOIN contract c ON c.id = k.id WHERE k.id = $1";
    COUNT = "SELECT (SELECT COUNT(*) FROM event WHERE chain = $1), (SELECT COUNT(*) FROM entry WHERE chain = $1), \
             (SELECT COUNT(*) FROM line WHERE entry_id IN (SELECT id FROM entry WHERE chain = $1)), \
             (SELECT COUNT(*) FROM timer WHERE chain = $1), \
             (SELECT COUNT(*) FROM job WHERE chain = $1), \
             (SELECT COUNT(*) FROM idempotency WHERE scope = $2), \
             (SELECT COUNT(*) FROM milestone WHERE contract = $1), \
             (SELECT COUNT(*) FROM lot WHERE milestone IN (SELECT id FROM milestone WHERE contract = $1)), \
             (SELECT COUNT(*) FROM payment WHERE contract = $1)";
    LINES = "SELECT a.code, a.currency, l.side, l.amount, l.external_id FROM entry e JOIN line l ON l.entry_id = e.id \
             JOIN account a ON a.id = l.account_id WHERE e.transition_id = $1 ORDER BY l.no";
    BOOKED = "SELECT a.code, CAST(SUM(CASE l.side WHEN 'debit' THEN l.amount ELSE 0 END) AS BIGINT), \
              CAST(SUM(CASE l.side WHEN 'credit' THEN l.amount ELSE 0 END) AS BIGINT) FROM entry e \
              JOIN line l ON l.entry_id = e.id JOIN account a ON a.id = l.account_id WHERE e.chain = $1 \
              GROUP BY a.code ORDER BY a.code";
    TIMERS = "SELECT id, kind, subject, chain, entry_no, due_at FROM timer WHERE chain = $1 ORDER BY due_at, id";
    RUNNING = "SELECT a.code, b.debit, b.credit FROM balance b JOIN account a ON a.id = b.account_id WHERE b.account_id \
               IN (SELECT l.account_id FROM entry e JOIN line l ON l.entry_id = e.id WHERE e.chain = $1) ORDER BY a.code";
}

/// How much is kept of one contract. A refused command leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Of its history.
    pub head: Head,
    /// Of the contract.
    pub version: i64,
    /// Accepted commands.
    pub events: i64,
    /// Bookings.
    pub entries: i64,
    /// Legs of them.
    pub lines: i64,
    /// Timers that wait.
    pub timers: i64,
    /// Notices and calls, done or not.
    pub jobs: i64,
    /// Keys of the one scope.
    pub keys: i64,
    /// Milestones, their lots, and payments.
    pub projected: [i64; 3],
}

/// Both sides of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// The account's code, without its currency.
    pub code: String,
    /// All debits.
    pub debit: i64,
    /// All credits.
    pub credit: i64,
}

/// What is kept of a contract at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptContract {
    /// The contract as it stands.
    pub contract: Contract,
    /// Legs of the entry of one event, as `side account currency amount external`.
    pub lines: Vec<String>,
    /// What is counted.
    pub trace: Trace,
}

/// A leg as [`KeptContract::lines`] writes it.
pub fn line_text(line: &Line) -> String {
    let (side, account, currency) = (line.side.name(), &line.account, line.currency);
    let external = line.external_id.as_deref().unwrap_or("-");
    format!("{side} {account} {currency} {} {external}", line.amount.0)
}

impl View {
    /// Counts what is kept of a contract, and its keys of one scope.
    pub async fn trace(&mut self, id: ContractId, scope: &str) -> Result<Trace, Error> {
        let id = id.to_string();
        let mut head = self.one(HEAD, args![id.as_str()]).await?;
        let mut count = self.one(COUNT, args![id.as_str(), scope]).await?;
        let mut read = || -> Result<Trace, String> {
            Ok(Trace {
                head: Head {
                    length: head.next()?,
                    hash: head.next()?,
                },
                version: head.next()?,
                events: count.next()?,
                entries: count.next()?,
                lines: count.next()?,
                timers: count.next()?,
                jobs: count.next()?,
                keys: count.next()?,
                projected: [count.next()?, count.next()?, count.next()?],
            })
        };
        read().map_err(|why| corrupt("contract", &id, why))
    }

    /// The contract, the legs that one event booked, and what is counted.
    pub async fn kept_contract(
        &mut self,
        id: ContractId,
        event: EventId,
        scope: &str,
    ) -> Result<Option<KeptContract>, Error> {
        let Some(contract) = self.contract(id).await? else {
            return Ok(None);
        };
        let rows = self.all(LINES, args![event.to_string()]).await?;
        let lines = rows.into_iter().map(|mut row| {
            let mut read = || -> Result<String, String> {
                let (code, currency, side): (String, String, String) =
                    (row.next()?, row.next()?, row.next()?);
                let (amount, external): (i64, Option<String>) = (row.next()?, row.next()?);
                let external = external.as_deref().unwrap_or("-");
                Ok(format!("{side} {code} {currency} {amount} {external}"))
            };
            read().map_err(|why| corrupt("line", &event.to_string(), why))
        });
        let lines = lines.collect::<Result<_, _>>()?;
        let trace = self.trace(id, scope).await?;
        Ok(Some(KeptContract {
            contract,
            lines,
            trace,
        }))
    }

    /// The timers of a history that wait, the next first.
    pub async fn timers_of(&mut self, chain: &str) -> Result<Vec<DueTimer>, Error> {
        self.all(TIMERS, args![chain])
            .await?
            .into_iter()
            .map(timer::due)
            .collect()
    }

    /// SHA-256 over every row of every table but those named, each in the order of its columns.
    pub async fn checksum(&mut self, but: &[&str]) -> Result<String, Error> {
        let mut hash = Sha256::new();
        for (table, columns) in crate::transfer::layout() {
            if but.contains(&table.as_str()) {
                continue;
            }
            hash.update(&table);
            let order: Vec<String> = (1..=columns).map(|column| column.to_string()).collect();
            let text = format!("SELECT * FROM {table} ORDER BY {}", order.join(", "));
            self.stream(&text, &mut |row| {
                hash.update(format!("{row:?}"));
                Ok(())
            })
            .await?;
        }
        Ok(earnest_hire::hex(&hash.finalize()))
    }

    /// What the history of one contract or person has booked, by account.
    pub async fn booked(&mut self, chain: &str) -> Result<Vec<Sides>, Error> {
        self.all(BOOKED, args![chain])
            .await?
            .into_iter()
            .map(sides)
            .collect()
    }

    /// The running balances of the accounts that a history has booked on.
    pub async fn running(&mut self, chain: &str) -> Result<Vec<Sides>, Error> {
        self.all(RUNNING, args![chain])
            .await?
            .into_iter()
            .map(sides)
            .collect()
    }
}

fn sides(mut row: Row) -> Result<Sides, Error> {
    let mut read = || -> Result<Sides, String> {
        Ok(Sides {
            code: row.next()?,
            debit: row.next()?,
            credit: row.next()?,
        })
    };
    read().map_err(|why| corrupt("balance", "?", why))
}
