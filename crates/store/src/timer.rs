//! Timers as rows. Any node may look for those that are due; the transaction that makes one happen deletes its row, so
//! it happens once.

use earnest_hire::contract::{Timer, TimerKind};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Field, Row, Statement, Store, Val, View};

statements! {
    INSERT = "INSERT INTO timer (id, kind, subject, chain, entry_no, due_at) VALUES ($1, $2, $3, $4, $5, $6) \
              ON CONFLICT DO NOTHING";
    TAKE = "DELETE FROM timer WHERE id = $1";
    DUE = "SELECT id, kind, subject, chain, entry_no, due_at FROM timer WHERE due_at < $1 AND (wait_until IS NULL OR wait_until < $1) ORDER BY due_at, id LIMIT $2";
    PUT_OFF = "UPDATE timer SET wait_until = $2 WHERE id = $1";
    PUT_OFF_NOW = "SELECT COUNT(*) FROM timer WHERE wait_until > due_at";
    NEXT = "SELECT MIN(CASE WHEN wait_until > due_at THEN wait_until ELSE due_at END) FROM timer";
}

/// A timer whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTimer {
    /// Of its row.
    pub id: String,
    /// The contract or person it belongs to.
    pub chain: String,
    /// What it is.
    pub timer: Timer,
}

impl DueTimer {
    /// The row of a timer of one history.
    pub fn of(chain: String, timer: Timer) -> Self {
        Self {
            id: row_id(&timer),
            chain,
            timer,
        }
    }
}

/// The id of a timer's row: the same timer set twice is one row.
pub(crate) fn row_id(timer: &Timer) -> String {
    let (kind, due) = (timer.kind, timer.due_at.as_microsecond());
    format!("{} {kind} {} {due}", timer.subject, timer.entry_no)
}

/// The columns of a timer's row, in the order of the statement that writes it.
pub(crate) fn columns<'a>(id: &'a str, timer: &'a Timer, chain: &'a str) -> [Field<'a>; 6] {
    [
        Field::Text(id),
        Field::Text(timer.kind.name()),
        Field::Text(&timer.subject),
        Field::Text(chain),
        Field::Int(timer.entry_no),
        Field::Int(timer.due_at.as_microsecond()),
    ]
}

pub(crate) fn insert(timer: &Timer, chain: &str) -> Statement {
    (
        INSERT,
        columns(&row_id(timer), timer, chain).map(Val::from).to_vec(),
    )
}

pub(crate) fn take(id: &str) -> Statement {
    (TAKE, args![id].to_vec())
}

impl View {
    /// Timers that are due, the oldest first.
    pub async fn due_timers(&mut self, now: Timestamp, limit: u16) -> Result<Vec<DueTimer>, Error> {
        let args = args![now.as_microsecond(), i64::from(limit)];
        self.all(DUE, args).await?.into_iter().map(due).collect()
    }

    /// How many timers could not be fired and wait to be tried again.
    pub async fn count_put_off_timers(&mut self) -> Result<i64, Error> {
        let mut row = self.one(PUT_OFF_NOW, args![]).await?;
        row.next().map_err(|why| corrupt("timer", "?", why))
    }

    /// When the next timer is due.
    pub async fn next_timer(&mut self) -> Result<Option<Timestamp>, Error> {
        let mut row = self.one(NEXT, args![]).await?;
        let at: Option<i64> = row.next().map_err(|why| corrupt("timer", "?", why))?;
        at.map(|at| moment(at).map_err(|why| corrupt("timer", "?", why)))
            .transpose()
    }
}

impl Store {
    /// Lets a timer wait that could not happen now; when it is due stays as it was decided.
    pub async fn put_off_timer(&self, id: String, until: Timestamp) -> Result<(), Error> {
        self.write(move |mut tx| {
            let id = id.clone();
            async move {
                tx.exec(PUT_OFF, args![id, until.as_microsecond()]).await?;
                tx.commit(()).await
            }
        })
        .await
    }

    /// Takes a timer away whose subject is no longer where it was set.
    pub async fn drop_timer(&self, id: String) -> Result<(), Error> {
        self.write(move |mut tx| {
            let id = id.clone();
            async move {
                tx.exec(TAKE, args![id]).await?;
                tx.commit(()).await
            }
        })
        .await
    }
}

pub(crate) fn due(mut row: Row) -> Result<DueTimer, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<DueTimer, String> {
        let kind: String = row.next()?;
        let kind = TimerKind::ALL.iter().find(|known| known.name() == kind);
        let kind = *kind.ok_or("there is no such kind of timer")?;
        let (subject, chain, entry_no) = (row.next()?, row.next()?, row.next()?);
        let due_at = moment(row.next()?)?;
        let timer = Timer {
            kind,
            subject,
            entry_no,
            due_at,
        };
        Ok(DueTimer {
            id: id.clone(),
            chain,
            timer,
        })
    };
    read().map_err(|why| corrupt("timer", &id, why))
}
