//! Requests to hire, kept and found again.

use earnest_hire::ids::{Reference, RequestId};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::request::{Brief, Budget, Mode, Origin, Request, State, Wishes};
use jiff::Timestamp;

use crate::Error;
use crate::db::{Row, Tx, View};
use crate::history::json;
use crate::progress::read_json;

/// Nobody has answered it, and something may come of it still. One that nobody has claimed has no progress yet.
macro_rules! waits {
    () => {
        "NOT EXISTS (SELECT 1 FROM first_reply WHERE first_reply.request = request.id) \
         AND NOT EXISTS (SELECT 1 FROM request_progress WHERE request_progress.request = request.id \
         AND request_progress.stage IN ('filled', 'expired', 'canceled'))"
    };
}
pub(crate) use waits;

macro_rules! columns {
    () => {
        "id, reference, state, submitted_at, version, name, email, summary, details, role, budget_from_minor, \
         budget_to_minor, budget_currency, start_on, place, origin_comparison, origin_edition, origin_query, \
         origin_verdict, origin_role, wishes, origin_decision, \
         origin_people"
    };
}

statements! {
    INSERT = concat!(
        "INSERT INTO request (", columns!(), ", token_sha256, once_sha256, content_sha256, managed) VALUES ($1, $2, $3, $4, \
         $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27) \
         ON CONFLICT DO NOTHING"
    );
    BY_ID = concat!("SELECT ", columns!(), " FROM request WHERE id = $1");
    THESE = concat!("SELECT ", columns!(), " FROM request WHERE id IN ", a_hundred_ids!());
    BY_REFERENCE = concat!("SELECT ", columns!(), " FROM request WHERE reference = $1");
    BY_TOKEN = concat!("SELECT ", columns!(), " FROM request WHERE token_sha256 = $1");
    BY_ONCE = concat!("SELECT content_sha256, ", columns!(), " FROM request WHERE once_sha256 = $1");
    NEWEST = concat!(
        "SELECT ", columns!(), " FROM request WHERE (CAST($1 AS TEXT) IS NULL OR id < $1) \
         AND (CAST($2 AS TEXT) IS NULL OR lower(email) = lower($2)) \
         AND (CAST($3 AS TEXT) IS NULL OR origin_comparison = $3) AND (CAST($4 AS BIGINT) = 0 OR ",
        waits!(), ") ORDER BY id DESC LIMIT $5"
    );
}

/// Hashes under which a new request can be found again. The things hashed are never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestKeys {
    /// Of the token in the confirmation link.
    pub token_sha256: [u8; 32],
    /// Of the form's key, which makes a second sending of the form find the first.
    pub once_sha256: [u8; 32],
    /// Of all that was typed, to tell a repeated form from a changed one.
    pub content_sha256: [u8; 32],
}

/// What became of a new request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is kept.
    Yes,
    /// Another one has its reference or one of its keys; draw a new id.
    Taken,
}

/// Which requests to list. Empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of one person, in any spelling of the address.
    pub email: Option<String>,
    /// Only those raised from one comparison.
    pub comparison: Option<String>,
    /// Only those that nobody has answered and of which something may come still.
    pub waiting: bool,
}

impl Tx {
    /// Keeps a new request.
    pub async fn insert_request(&mut self, request: &Request, keys: &RequestKeys) -> Result<Inserted, Error> {
        let (brief, origin) = (request.brief.clone(), request.origin.clone());
        let args = args![
            request.id.to_string(),
            request.reference().to_string(),
            request.state.name(),
            request.submitted_at().as_microsecond(),
            request.version,
            brief.name,
            brief.email,
            brief.summary,
            brief.details,
            brief.role,
            brief.budget.map(|budget| budget.from.0),
            brief.budget.map(|budget| budget.to.0),
            brief.budget.map(|budget| budget.currency.to_string()),
            brief.start.map(|start| start.to_string()),
            brief.place,
            origin.comparison,
            origin.edition,
            origin.query,
            origin.verdict,
            origin.role,
            json(&brief.wishes)?,
            origin.decision.map(|id| id.to_string()),
            origin.people.map(i64::from),
            keys.token_sha256,
            keys.once_sha256,
            keys.content_sha256,
            (brief.wishes.mode == Mode::Managed).then_some(1_i64),
        ];
        let inserted = self.exec(INSERT, args).await?;
        Ok(if inserted == 1 {
            Inserted::Yes
        } else {
            Inserted::Taken
        })
    }
}

impl View {
    /// By its id.
    pub async fn request(&mut self, id: RequestId) -> Result<Option<Request>, Error> {
        self.maybe(BY_ID, args![id.to_string()])
            .await?
            .map(request)
            .transpose()
    }

    /// Some of them, in no order.
    pub async fn requests_of(
        &mut self,
        ids: impl IntoIterator<Item = RequestId>,
    ) -> Result<Vec<Request>, Error> {
        let ids = ids.into_iter().map(|id| id.to_string()).collect();
        let rows = self.rows_of(THESE, ids, &[]).await?;
        rows.into_iter().map(request).collect()
    }

    /// By what the person quotes.
    pub async fn request_by_reference(&mut self, reference: Reference) -> Result<Option<Request>, Error> {
        self.maybe(BY_REFERENCE, args![reference.to_string()])
            .await?
            .map(request)
            .transpose()
    }

    /// By the hash of the token in a confirmation link.
    pub async fn request_by_token(&mut self, sha256: [u8; 32]) -> Result<Option<Request>, Error> {
        self.maybe(BY_TOKEN, args![sha256])
            .await?
            .map(request)
            .transpose()
    }

    /// By the hash of the key of the form it was sent with; with the hash of what was typed.
    pub async fn request_by_once(&mut self, sha256: [u8; 32]) -> Result<Option<(Request, [u8; 32])>, Error> {
        let Some(mut row) = self.maybe(BY_ONCE, args![sha256]).await? else {
            return Ok(None);
        };
        let content = row.next().map_err(|why| Error::Corrupt {
            table: "request",
            id: "?".to_owned(),
            why,
        })?;
        Ok(Some((request(row)?, content)))
    }

    /// From the newest on, those older than `before` where it is given.
    pub async fn requests(
        &mut self,
        filter: &Filter,
        before: Option<RequestId>,
        limit: u16,
    ) -> Result<Vec<Request>, Error> {
        let before = before.map(|id| id.to_string());
        let args = args![
            before,
            filter.email.clone(),
            filter.comparison.clone(),
            i64::from(filter.waiting),
            i64::from(limit)
        ];
        self.all(NEWEST, args).await?.into_iter().map(request).collect()
    }
}

fn request(mut row: Row) -> Result<Request, Error> {
    let id = row.next::<String>().unwrap_or_default();
    read(&id, row).map_err(|why| Error::Corrupt {
        table: "request",
        id,
        why,
    })
}

fn read(id: &str, mut row: Row) -> Result<Request, String> {
    let id: RequestId = id
        .parse()
        .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
    if row.parse::<Reference>()? != id.reference() {
        return Err("its reference is not that of its id".to_owned());
    }
    let state = state(&row.next::<String>()?, row.next()?)?;
    let version = row.next()?;
    let mut brief = Brief {
        name: row.next()?,
        email: row.next()?,
        summary: row.next()?,
        details: row.next()?,
        role: row.next()?,
        budget: budget(row.next()?, row.next()?, row.parse_maybe()?)?,
        start: row.parse_maybe()?,
        place: row.next()?,
        wishes: Wishes::default(),
    };
    let mut origin = Origin {
        comparison: row.next()?,
        edition: row.next()?,
        query: row.next()?,
        verdict: row.next()?,
        role: row.next()?,
        decision: None,
        people: None,
    };
    if let Some(wishes) = row.next::<Option<String>>()? {
        brief.wishes = read_json(&wishes)?;
    }
    origin.decision = row.parse_maybe()?;
    let people = row.next::<Option<i64>>()?.map(u32::try_from).transpose();
    origin.people = people.map_err(|_error| "so many people cannot have decided".to_owned())?;
    Ok(Request {
        id,
        state,
        version,
        brief,
        origin,
    })
}

fn state(name: &str, submitted_at: i64) -> Result<State, String> {
    let at = Timestamp::from_microsecond(submitted_at).map_err(|error| error.to_string())?;
    match name {
        "submitted" => Ok(State::Submitted { at }),
        other => Err(format!("there is no state {other}")),
    }
}

fn budget(from: Option<i64>, to: Option<i64>, currency: Option<Currency>) -> Result<Option<Budget>, String> {
    match (from, to, currency) {
        (None, None, None) => Ok(None),
        (Some(from), Some(to), Some(currency)) if 0 < from && from <= to => Ok(Some(Budget {
            from: Minor(from),
            to: Minor(to),
            currency,
        })),
        _ => Err("its budget is half there or reversed".to_owned()),
    }
}
