//! Webhooks: where programs are told of news, and what each of them is to be told. What is told is kept in the
//! transaction of what happened, taken out one by one, and sent at least once.

use earnest_hire::ids::{DeliveryId, PersonId, WebhookId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Sql, Store, Tx, View};

macro_rules! columns {
    () => {
        "id, person, url, secret, former_secret, former_until, state, at"
    };
}

macro_rules! delivery_columns {
    () => {
        "id, webhook, kind, payload, at, state, due_at, attempts, status, last_error"
    };
}

statements! {
    INSERT = "INSERT INTO webhook (id, person, url, secret, former_secret, former_until, state, at) \
              VALUES ($1, $2, $3, $4, NULL, 0, 'active', $5)";
    LOCK_PERSON = "SELECT id FROM person WHERE id = $1 FOR UPDATE";
    BY_ID = concat!("SELECT ", columns!(), " FROM webhook WHERE id = $1 AND person = $2");
    ANY = concat!("SELECT ", columns!(), " FROM webhook WHERE id = $1");
    OF_PERSON = concat!("SELECT ", columns!(), " FROM webhook WHERE person = $1 ORDER BY id");
    ROTATE = "UPDATE webhook SET former_secret = secret, former_until = $3, secret = $4 WHERE id = $1 AND person = $2";
    STATE = "UPDATE webhook SET state = $2 WHERE id = $1 AND state <> $2";
    DROP_DELIVERIES = "DELETE FROM webhook_delivery WHERE webhook = $1";
    DROP = "DELETE FROM webhook WHERE id = $1 AND person = $2";
    TELL = "INSERT INTO webhook_delivery (id, webhook, kind, payload, at, state, due_at, attempts) \
            VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0) ON CONFLICT DO NOTHING";
    WAITING_AT = "SELECT webhook, MIN(due_at) FROM webhook_delivery WHERE state = 'waiting' AND due_at <= $1 \
                  GROUP BY webhook ORDER BY MIN(due_at), webhook LIMIT $2";
    OLDEST = concat!("SELECT ", delivery_columns!(), " FROM webhook_delivery WHERE webhook = $1 AND state = 'waiting' \
                      AND due_at <= $2 ORDER BY due_at, id LIMIT 1");
    CLAIM = "UPDATE webhook_delivery SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND state = 'waiting' \
             AND due_at = $2";
    END = "UPDATE webhook_delivery SET state = $2, due_at = $3, status = $4, last_error = $5 WHERE id = $1 \
           AND state = 'waiting'";
    RESEND = "UPDATE webhook_delivery SET state = 'waiting', due_at = $3, attempts = 0 WHERE id = $1 AND state <> 'waiting' \
              AND webhook IN (SELECT id FROM webhook WHERE person = $2)";
    LOG = concat!("SELECT ", delivery_columns!(), " FROM webhook_delivery WHERE webhook = $1 AND ($2 = '' OR id < $2) \
                   ORDER BY id DESC LIMIT $3");
    LOG_OF_PERSON = concat!("SELECT ", delivery_columns!(), " FROM webhook_delivery \
                             WHERE webhook IN (SELECT id FROM webhook WHERE person = $1) AND ($2 = '' OR id < $2) \
                             ORDER BY id DESC LIMIT $3");
    FORGET = "DELETE FROM webhook_delivery WHERE at < $1 AND state <> 'waiting'";
}

/// How a receiver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// It is told of news.
    Active,
    /// Something could not be told it in three days. It is still told of news; one that arrives makes it active.
    Failing,
}

impl WebhookState {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
        }
    }
}

/// Where a program of somebody's is told of their news.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRow {
    /// Which.
    pub id: WebhookId,
    /// Whose.
    pub person: PersonId,
    /// Its address.
    pub url: String,
    /// What signs messages to it, `whsec_…`.
    pub secret: String,
    /// What signed them before, and signs them too until a moment.
    pub former: Option<(String, Timestamp)>,
    /// How it is.
    pub state: WebhookState,
    /// Since when it is known.
    pub at: Timestamp,
}

impl std::fmt::Debug for WebhookRow {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WebhookRow")
            .field("id", &self.id)
            .field("secret", &"***")
            .finish_non_exhaustive()
    }
}

/// How telling went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "given up",
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Which; receivers know it by this name however often it comes.
    pub id: DeliveryId,
    /// Whom it is told.
    pub webhook: WebhookId,
    /// What kind of news, such as `message.sent`.
    pub kind: String,
    /// The body that is sent, JSON.
    pub payload: String,
    /// When it happened.
    pub at: Timestamp,
    /// How it went.
    pub state: DeliveryState,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// What the receiver answered last.
    pub status: Option<i64>,
    /// What went wrong the last time, in our words.
    pub last_error: Option<String>,
}

/// One thing to tell now, taken for this node, with the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// What.
    pub row: DeliveryRow,
    /// Whom.
    pub webhook: WebhookRow,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryEnd {
    /// Where it is now.
    pub state: DeliveryState,
    /// When it is tried again, where it is.
    pub due_at: Timestamp,
    /// What the receiver answered.
    pub status: Option<i64>,
    /// What went wrong.
    pub why: Option<String>,
}

impl Tx {
    /// Keeps something to be told, unless it is there already.
    pub async fn insert_delivery(&mut self, row: &DeliveryRow) -> Result<(), Error> {
        let args = args![
            row.id.to_string(),
            row.webhook.to_string(),
            row.kind.as_str(),
            row.payload.as_str(),
            row.at.as_microsecond(),
            row.due_at.as_microsecond()
        ];
        self.exec(TELL, args).await?;
        Ok(())
    }

    /// Keeps others from changing somebody's receivers, files or roles meanwhile.
    pub async fn lock_person(&mut self, person: PersonId) -> Result<(), Error> {
        self.maybe(LOCK_PERSON, args![person.to_string()]).await?;
        Ok(())
    }

    /// Keeps a new receiver.
    pub async fn insert_webhook(&mut self, row: &WebhookRow) -> Result<(), Error> {
        let args = args![
            row.id.to_string(),
            row.person.to_string(),
            row.url.as_str(),
            row.secret.as_str(),
            row.at.as_microsecond()
        ];
        self.exec(INSERT, args).await?;
        Ok(())
    }
}

impl View {
    /// One receiver of somebody's.
    pub async fn webhook(&mut self, id: WebhookId, person: PersonId) -> Result<Option<WebhookRow>, Error> {
        let found = self
            .maybe(BY_ID, args![id.to_string(), person.to_string()])
            .await?;
        found.map(webhook).transpose()
    }

    /// All receivers of somebody's.
    pub async fn webhooks_of(&mut self, person: PersonId) -> Result<Vec<WebhookRow>, Error> {
        let found = self.all(OF_PERSON, args![person.to_string()]).await?;
        found.into_iter().map(webhook).collect()
    }

    /// What a receiver was told, the newest first; what came before `before` where it is given.
    pub async fn deliveries(
        &mut self,
        id: WebhookId,
        before: Option<DeliveryId>,
        limit: u16,
    ) -> Result<Vec<DeliveryRow>, Error> {
        self.told(LOG, id.to_string(), (before, limit)).await
    }

    /// The same of all receivers of a person.
    pub async fn deliveries_of(
        &mut self,
        person: PersonId,
        before: Option<DeliveryId>,
        limit: u16,
    ) -> Result<Vec<DeliveryRow>, Error> {
        self.told(LOG_OF_PERSON, person.to_string(), (before, limit))
            .await
    }

    async fn told(
        &mut self,
        statement: Sql,
        of: String,
        (before, limit): (Option<DeliveryId>, u16),
    ) -> Result<Vec<DeliveryRow>, Error> {
        let before = before.map_or_else(String::new, |id| id.to_string());
        let found = self.all(statement, args![of, before, i64::from(limit)]).await?;
        found.into_iter().map(delivery).collect()
    }

    /// Receivers for which something is due, the longest due first.
    pub async fn webhooks_due(&mut self, now: Timestamp, limit: u16) -> Result<Vec<WebhookId>, Error> {
        let args = args![now.as_microsecond(), i64::from(limit)];
        let found = self.all(WAITING_AT, args).await?.into_iter();
        found
            .map(|mut row| row.parse().map_err(|why| corrupt("webhook_delivery", "?", why)))
            .collect()
    }
}

impl Store {
    /// Takes the oldest thing that is due for a receiver until a moment; none where another node was faster.
    pub async fn claim_delivery(
        &self,
        id: WebhookId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<DueDelivery>, Error> {
        self.write(move |mut tx| async move {
            let args = args![id.to_string(), now.as_microsecond()];
            let found = tx.maybe(OLDEST, args).await?.map(delivery).transpose()?;
            let webhook = tx
                .maybe(ANY, args![id.to_string()])
                .await?
                .map(webhook)
                .transpose()?;
            let Some((mut row, webhook)) = found.zip(webhook) else {
                return tx.commit(None).await;
            };
            let args = args![
                row.id.to_string(),
                row.due_at.as_microsecond(),
                until.as_microsecond()
            ];
            if tx.exec(CLAIM, args).await? == 0 {
                return tx.commit(None).await;
            }
            row.attempts = row.attempts.saturating_add(1);
            tx.commit(Some(DueDelivery { row, webhook })).await
        })
        .await
    }

    /// Notes how an attempt ended, and how the receiver is then.
    pub async fn end_delivery(&self, row: &DeliveryRow, end: DeliveryEnd) -> Result<(), Error> {
        let (id, webhook) = (row.id.to_string(), row.webhook.to_string());
        self.write(move |mut tx| {
            let (id, webhook, end) = (id.clone(), webhook.clone(), end.clone());
            async move {
                let args = args![
                    id,
                    end.state.column(),
                    end.due_at.as_microsecond(),
                    end.status,
                    end.why
                ];
                tx.exec(END, args).await?;
                match end.state {
                    DeliveryState::Waiting => 0,
                    DeliveryState::Delivered => tx.exec(STATE, args![webhook, "active"]).await?,
                    DeliveryState::Dead => tx.exec(STATE, args![webhook, "failing"]).await?,
                };
                tx.commit(()).await
            }
        })
        .await
    }

    /// Tells a receiver of somebody once more what is over; false where there is no such thing or it waits.
    pub async fn resend_delivery(
        &self,
        (id, person): (DeliveryId, PersonId),
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.write(move |mut tx| async move {
            let args = args![id.to_string(), person.to_string(), now.as_microsecond()];
            let resent = tx.exec(RESEND, args).await?;
            tx.commit(resent == 1).await
        })
        .await
    }

    /// Gives a receiver another secret; the former signs, too, until a moment. False where there is no such receiver.
    pub async fn rotate_webhook(
        &self,
        (id, person): (WebhookId, PersonId),
        until: Timestamp,
        secret: String,
    ) -> Result<bool, Error> {
        self.write(move |mut tx| {
            let secret = secret.clone();
            async move {
                let args = args![id.to_string(), person.to_string(), until.as_microsecond(), secret];
                let rotated = tx.exec(ROTATE, args).await?;
                tx.commit(rotated == 1).await
            }
        })
        .await
    }

    /// Takes a receiver away with all that it was to be told; false where there is none.
    pub async fn drop_webhook(&self, id: WebhookId, person: PersonId) -> Result<bool, Error> {
        self.write(move |mut tx| async move {
            if tx.webhook(id, person).await?.is_none() {
                return tx.commit(false).await;
            }
            tx.exec(DROP_DELIVERIES, args![id.to_string()]).await?;
            let dropped = tx.exec(DROP, args![id.to_string(), person.to_string()]).await?;
            tx.commit(dropped == 1).await
        })
        .await
    }

    /// Takes out of the log what happened before a moment and is over.
    pub async fn forget_deliveries(&self, before: Timestamp) -> Result<usize, Error> {
        self.write(move |mut tx| async move {
            let gone = tx.exec(FORGET, args![before.as_microsecond()]).await?;
            tx.commit(gone).await
        })
        .await
    }
}

fn webhook(mut row: Row) -> Result<WebhookRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<WebhookRow, String> {
        let parsed = id.parse();
        let id = parsed.map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
        let (person, url, secret) = (row.parse()?, row.next()?, row.next()?);
        let (former, until): (Option<String>, i64) = (row.next()?, row.next()?);
        let state: String = row.next()?;
        Ok(WebhookRow {
            id,
            person,
            url,
            secret,
            former: former.zip(Some(moment(until)?)),
            state: match state.as_str() {
                "active" => WebhookState::Active,
                "failing" => WebhookState::Failing,
                other => return Err(format!("{other} is no state")),
            },
            at: moment(row.next()?)?,
        })
    };
    read().map_err(|why| corrupt("webhook", &id, why))
}

fn delivery(mut row: Row) -> Result<DeliveryRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<DeliveryRow, String> {
        let parsed = id.parse();
        let id = parsed.map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
        let (webhook, kind, payload, at) = (row.parse()?, row.next()?, row.next()?, moment(row.next()?)?);
        let state: String = row.next()?;
        Ok(DeliveryRow {
            id,
            webhook,
            kind,
            payload,
            at,
            state: match state.as_str() {
                "waiting" => DeliveryState::Waiting,
                "delivered" => DeliveryState::Delivered,
                "dead" => DeliveryState::Dead,
                other => return Err(format!("{other} is no state")),
            },
            due_at: moment(row.next()?)?,
            attempts: row.next()?,
            status: row.next()?,
            last_error: row.next()?,
        })
    };
    read().map_err(|why| corrupt("webhook_delivery", &id, why))
}
