//! Events of payment providers, kept as they came and applied once.

use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Store, Tx, View};

statements! {
    INSERT = "INSERT INTO provider_event (provider, event_id, at, received_at, kind, body, body_sha256, state, attempts, \
              due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $4) ON CONFLICT DO NOTHING";
    LOCK = "SELECT state, body_sha256 FROM provider_event WHERE provider = $1 AND event_id = $2 FOR UPDATE";
    END = "UPDATE provider_event SET state = $3, refusal = $4 WHERE provider = $1 AND event_id = $2";
    POSTPONE = "UPDATE provider_event SET state = $3, refusal = $4, attempts = attempts + 1, due_at = $5 WHERE provider = $1 \
                AND event_id = $2 AND state IN ('waiting', 'broken')";
    RETRY = "UPDATE provider_event SET state = 'waiting', attempts = 0, due_at = $3 WHERE provider = $1 AND event_id = $2 \
             AND state IN ('waiting', 'broken', 'refused')";
    ATTEMPTS = "SELECT attempts FROM provider_event WHERE provider = $1 AND event_id = $2";
    DUE = "SELECT provider, event_id, at, received_at, kind, body FROM provider_event WHERE state IN ('waiting', 'broken') \
           AND due_at <= $1 ORDER BY due_at, received_at, event_id LIMIT $2";
    IN_STATE = "SELECT provider, event_id, at, received_at, kind, body, refusal FROM provider_event WHERE state = $1 \
                ORDER BY received_at, event_id LIMIT $2";
    BETWEEN = "SELECT provider, event_id, at, received_at, kind, body FROM provider_event WHERE provider = $1 \
               AND received_at >= $2 AND received_at < $3 ORDER BY received_at, event_id";
    NAMED = "SELECT provider, event_id, at, received_at, kind, body FROM provider_event WHERE provider = $1 AND event_id = $2";
    OF_DAYS = "SELECT provider, event_id, at, received_at, kind, body FROM provider_event WHERE provider = $1 \
               AND at >= $2 AND at <= $3 ORDER BY received_at, event_id";
    ONE_BY_ONE = "SELECT number FROM migration WHERE number = 1 FOR UPDATE";
    OF_KIND = "SELECT provider, event_id, at, received_at, kind, body FROM provider_event WHERE provider = $1 AND kind = $2 \
               ORDER BY received_at, event_id";
    COUNT = "SELECT COUNT(*) FROM provider_event WHERE state = $1";
}

/// An event as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEventRow {
    /// Which provider.
    pub provider: String,
    /// The provider's own name of the event.
    pub event_id: String,
    /// When it happened, says the provider.
    pub at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
    /// What it is.
    pub kind: String,
    /// Everything it says, as JSON.
    pub body: String,
}

/// How an event was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    /// Not applied yet; it waits for something, such as a refund under way.
    Waiting,
    /// It changed something.
    Applied,
    /// It told nothing new.
    Ignored,
    /// It cannot be: an amount in another currency, a payment nobody knows. A person looks at it.
    Refused,
    /// A fault keeps it from being applied, as when the provider uses a name of a movement for another. A person looks at
    /// it; it is tried again all the same, for when the fault has been mended.
    Broken,
}

impl EventState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
            Self::Broken => "broken",
        }
    }

    /// Whether it is still to be applied.
    pub fn is_open(self) -> bool {
        match self {
            Self::Waiting | Self::Broken => true,
            Self::Applied | Self::Ignored | Self::Refused => false,
        }
    }

    fn read(name: &str) -> Result<Self, String> {
        [
            Self::Waiting,
            Self::Applied,
            Self::Ignored,
            Self::Refused,
            Self::Broken,
        ]
        .into_iter()
        .find(|state| state.name() == name)
        .ok_or_else(|| format!("there is no state {name}"))
    }
}

/// Whether an event came for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Nobody has seen it.
    New,
    /// It came before, with the same content.
    Again(EventState),
    /// Another event came under the same name.
    Other,
}

impl Store {
    /// Keeps an event as it came, before anything is done about it.
    pub async fn receive_event(&self, event: ProviderEventRow) -> Result<Arrival, Error> {
        self.write(move |mut tx| {
            let event = event.clone();
            async move {
                let arrival = tx.receive_event(&event).await?;
                tx.commit(arrival).await
            }
        })
        .await
    }
}

impl Store {
    /// Has an event tried again at once that waits, is broken or was refused; false where it is none of these.
    pub async fn retry_event(
        &self,
        provider: String,
        event_id: String,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.write(move |mut tx| {
            let (provider, event_id) = (provider.clone(), event_id.clone());
            async move {
                let found = tx.retry_event(&provider, &event_id, now).await?;
                tx.commit(found).await
            }
        })
        .await
    }
}

impl Tx {
    /// Waits for every other transaction that said the same, until it is over: what is read after this has what they kept,
    /// and none of them reads before this one is over. It holds the one row that every database has; a file has one writer.
    pub async fn take_turns(&mut self) -> Result<(), Error> {
        self.one(ONE_BY_ONE, args![]).await?;
        Ok(())
    }

    /// As [`Store::receive_event`], in a transaction that does more.
    pub async fn receive_event(&mut self, event: &ProviderEventRow) -> Result<Arrival, Error> {
        let (provider, id, kind) = (
            event.provider.as_str(),
            event.event_id.as_str(),
            event.kind.as_str(),
        );
        let sha256 = crate::chain::sha256(&event.body);
        let (at, received) = (event.at.as_microsecond(), event.received_at.as_microsecond());
        let args = args![provider, id, at, received, kind, event.body.as_str(), sha256];
        if self.exec(INSERT, args).await? == 1 {
            return Ok(Arrival::New);
        }
        let mut row = self.one(LOCK, args![provider, id]).await?;
        let mut read = || -> Result<Arrival, String> {
            let (state, seen): (String, [u8; 32]) = (row.next()?, row.next()?);
            let state = EventState::read(&state)?;
            Ok(if seen == sha256 {
                Arrival::Again(state)
            } else {
                Arrival::Other
            })
        };
        read().map_err(|why| corrupt("provider_event", id, why))
    }

    /// As [`Store::retry_event`], in a transaction that does more.
    pub async fn retry_event(
        &mut self,
        provider: &str,
        event_id: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let args = args![provider, event_id, now.as_microsecond()];
        Ok(self.exec(RETRY, args).await? == 1)
    }

    /// Notes how an event was taken; in the transaction that applies it.
    pub async fn end_event(
        &mut self,
        provider: &str,
        event_id: &str,
        state: EventState,
        refusal: Option<&str>,
    ) -> Result<(), Error> {
        self.exec(
            END,
            args![provider, event_id, state.name(), refusal.map(str::to_owned)],
        )
        .await?;
        Ok(())
    }

    /// How often an event was tried and stayed open.
    pub async fn event_attempts(&mut self, provider: &str, event_id: &str) -> Result<i64, Error> {
        let row = self.maybe(ATTEMPTS, args![provider, event_id]).await?;
        row.map_or(Ok(0), |mut row| {
            row.next().map_err(|why| corrupt("provider_event", event_id, why))
        })
    }

    /// Notes why an event is still open, and when it is tried again. Others that are due come before it then.
    pub async fn postpone_event(
        &mut self,
        (provider, event_id): (&str, &str),
        state: EventState,
        why: Option<&str>,
        due_at: Timestamp,
    ) -> Result<(), Error> {
        let why = why.map(str::to_owned);
        let args = args![provider, event_id, state.name(), why, due_at.as_microsecond()];
        self.exec(POSTPONE, args).await?;
        Ok(())
    }

    /// Locks an event, so that two nodes do not apply it at once; says where it is.
    pub async fn lock_event(&mut self, provider: &str, event_id: &str) -> Result<Option<EventState>, Error> {
        let row = self.maybe(LOCK, args![provider, event_id]).await?;
        let state = row.map(|mut row| row.next::<String>().and_then(|name| EventState::read(&name)));
        state
            .transpose()
            .map_err(|why| corrupt("provider_event", event_id, why))
    }
}

impl View {
    /// Events that were kept and not applied yet, of those that are to be tried by now the longest due first.
    pub async fn due_events(&mut self, now: Timestamp, limit: u16) -> Result<Vec<ProviderEventRow>, Error> {
        self.all(DUE, args![now.as_microsecond(), i64::from(limit)])
            .await?
            .into_iter()
            .map(row)
            .collect()
    }

    /// Events of one provider that came in a period, the oldest first.
    pub async fn events_between(
        &mut self,
        provider: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<ProviderEventRow>, Error> {
        let args = args![provider, from.as_microsecond(), until.as_microsecond()];
        self.all(BETWEEN, args).await?.into_iter().map(row).collect()
    }

    /// Events of one provider that happened in a period, the last moment included; the first that came first.
    pub async fn events_at(
        &mut self,
        provider: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<ProviderEventRow>, Error> {
        let args = args![provider, from.as_microsecond(), until.as_microsecond()];
        self.all(OF_DAYS, args).await?.into_iter().map(row).collect()
    }

    /// One event.
    pub async fn event_named(
        &mut self,
        provider: &str,
        event_id: &str,
    ) -> Result<Option<ProviderEventRow>, Error> {
        self.maybe(NAMED, args![provider, event_id])
            .await?
            .map(row)
            .transpose()
    }

    /// Events of one kind, the oldest first, whatever became of them.
    pub async fn events_of(&mut self, provider: &str, kind: &str) -> Result<Vec<ProviderEventRow>, Error> {
        let rows = self.all(OF_KIND, args![provider, kind]).await?;
        rows.into_iter().map(row).collect()
    }

    /// Events in one state, the oldest first, with the rule's code where one said no.
    pub async fn events(
        &mut self,
        state: EventState,
        limit: u16,
    ) -> Result<Vec<(ProviderEventRow, Option<String>)>, Error> {
        let rows = self.all(IN_STATE, args![state.name(), i64::from(limit)]).await?;
        let read = |mut found: Row| {
            let event = event(&mut found).and_then(|event| Ok((event, found.next()?)));
            event.map_err(|why| corrupt("provider_event", "?", why))
        };
        rows.into_iter().map(read).collect()
    }

    /// How many events are in one state.
    pub async fn count_events(&mut self, state: EventState) -> Result<i64, Error> {
        let mut row = self.one(COUNT, args![state.name()]).await?;
        row.next().map_err(|why| corrupt("provider_event", "?", why))
    }
}

fn row(mut row: Row) -> Result<ProviderEventRow, Error> {
    event(&mut row).map_err(|why| corrupt("provider_event", "?", why))
}

fn event(row: &mut Row) -> Result<ProviderEventRow, String> {
    Ok(ProviderEventRow {
        provider: row.next()?,
        event_id: row.next()?,
        at: moment(row.next()?)?,
        received_at: moment(row.next()?)?,
        kind: row.next()?,
        body: row.next()?,
    })
}
