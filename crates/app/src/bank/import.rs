//! Statements become events, all of one or none, and each line once.

use std::collections::BTreeSet;
use std::sync::Arc;

use earnest_hire::bank::{self, LineFault, LineName, StatementLine};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ledger::Name;
use earnest_hire::money::Currency;
use earnest_store::{Arrival, Tx};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::before::{self, Came, Doubt};
use super::known::Known;
use crate::Error;
use crate::desk::Desk;
use crate::outside::payments::{ProviderEvent, ProviderEventKind as Kind};
use crate::provider;

/// What came of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lines that a reference gave a meaning.
    pub matched: usize,
    /// Incoming lines that wait for the operator.
    pub unmatched: usize,
    /// Lines that were imported before.
    pub seen: usize,
    /// Outgoing lines that are nothing of ours, by their number in the file: no reference, or another sum than was asked.
    pub not_ours: Vec<usize>,
    /// Lines that nobody can tell from one that was imported before: they are not taken.
    pub doubtful: Vec<Doubt>,
}

/// Why a statement was not taken; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// Lines that cannot be.
    #[error("{} lines of the statement cannot be read; nothing was taken", .0.len())]
    Faults(Vec<LineFault>),
    /// A line that was imported before, with another content; perhaps by somebody else at this moment.
    #[error(
        "line {number} has the transaction id {external_id} of a line that was imported before, with another content; nothing was taken (line_changed)"
    )]
    Changed {
        /// Its number in the file.
        number: usize,
        /// By what it is known.
        external_id: String,
    },
    /// It could not be kept.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// As a form or a program is told: by the field `statement`, the first twenty lines.
impl From<NotImported> for Error {
    fn from(error: NotImported) -> Self {
        let fault = |code, sentence| FieldRefusal::new("statement", code, sentence);
        match error {
            NotImported::Faults(faults) => {
                let lines = faults.iter().take(20);
                Self::Invalid(
                    lines
                        .map(|one| fault("line_unreadable", one.to_string()))
                        .collect(),
                )
            }
            changed @ NotImported::Changed { .. } => {
                Self::Invalid(vec![fault("line_changed", changed.to_string())])
            }
            NotImported::Failed(error) => error,
        }
    }
}

impl From<earnest_store::Error> for NotImported {
    fn from(error: earnest_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes a whole statement, or nothing of it. Lines that came before, in this file or another, are passed over; those of
/// which nobody can say whether they did are told.
pub async fn import(desk: &Desk, text: &str) -> Result<Imported, NotImported> {
    let imported = keep(desk, read(desk, text).await?).await?;
    // a worker does this, too; whoever imports wants to see what came of it
    provider::apply_waiting(desk).await?;
    desk.wake();
    Ok(imported)
}

/// A statement, and what its lines can be about.
pub(super) struct Statement {
    lines: Vec<StatementLine>,
    known: Known,
    currency: Currency,
    received_at: Timestamp,
}

pub(super) async fn read(desk: &Desk, text: &str) -> Result<Statement, NotImported> {
    Ok(Statement {
        lines: bank::parse(text, desk.currency).map_err(NotImported::Faults)?,
        known: Known::read(desk).await?,
        currency: desk.currency,
        received_at: desk.now(),
    })
}

/// What came before is looked up where the rest is kept: two statements at once are taken one after the other.
pub(super) async fn keep(desk: &Desk, statement: Statement) -> Result<Imported, NotImported> {
    let statement = Arc::new(statement);
    let kept = desk.store.write(move |mut tx| {
        let statement = Arc::clone(&statement);
        async move {
            tx.take_turns().await?;
            let kept = imported_before(&mut tx, &statement.lines).await?;
            let came = before::sorted((&statement.known, statement.currency), &statement.lines, &kept)?;
            let mut imported = Imported::default();
            for (line, came) in statement.lines.iter().zip(came) {
                match came {
                    Came::Before => imported.seen += 1,
                    Came::Doubtful(doubt) => imported.doubtful.push(doubt),
                    Came::New(name) => receive(&mut tx, &statement, (line, name), &mut imported).await?,
                }
            }
            tx.commit::<_, NotImported>(imported).await
        }
    });
    kept.await
}

/// Keeps one line, as what it means now: the first meaning stays.
async fn receive(
    tx: &mut Tx,
    statement: &Statement,
    (line, name): (&StatementLine, String),
    imported: &mut Imported,
) -> Result<(), NotImported> {
    let event = ProviderEvent {
        provider: Name::BANK.to_owned(),
        event_id: name.clone(),
        account: Name::BANK.to_owned(),
        at: start_of(line.date),
        kind: statement.known.meaning(line, &name, statement.currency),
    };
    let row = provider::row_at(statement.received_at, &event)?;
    match (tx.receive_event(&row).await?, &event.kind) {
        // whatever came before was found, so this name is another line's
        (Arrival::Other | Arrival::Again(_), _) => return Err(before::changed(line, name)),
        (Arrival::New, Kind::ReceiptUnmatched { .. }) => imported.unmatched += 1,
        (Arrival::New, Kind::TransferUnmatched { .. }) => imported.not_ours.push(line.number),
        (Arrival::New, _) => imported.matched += 1,
    }
    Ok(())
}

/// The events of all lines that came before of the days of a statement, and of those with an id in it.
async fn imported_before(tx: &mut Tx, lines: &[StatementLine]) -> Result<Vec<ProviderEvent>, NotImported> {
    let days = || lines.iter().map(|line| start_of(line.date));
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Ok(Vec::new());
    };
    let mut rows = tx.events_at(Name::BANK, first, last).await?;
    let found: BTreeSet<String> = rows.iter().map(|row| row.event_id.clone()).collect();
    for line in lines {
        match &line.name {
            LineName::Given(id) if !found.contains(id) => rows.extend(tx.event_named(Name::BANK, id).await?),
            LineName::Given(_) | LineName::Made { .. } => {}
        }
    }
    let parsed = rows
        .iter()
        .map(|row| serde_json::from_str(&row.body).map_err(provider::broken));
    Ok(parsed.collect::<Result<_, Error>>()?)
}

/// When a line happened, as its event says.
pub(super) fn start_of(day: Date) -> Timestamp {
    let start = day.to_zoned(TimeZone::UTC).map(|start| start.timestamp());
    start.unwrap_or(Timestamp::UNIX_EPOCH)
}
