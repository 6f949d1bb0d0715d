//! Raising a request to hire, and reading it: by its maker through a link, by the operator through its name.

mod closing;
pub mod progress;

use std::collections::BTreeMap;

use earnest_hire::ids::{LinkToken, OnceKey, Reference, RequestId};
use earnest_hire::request::{Brief, Draft, Origin, Request, Stage, TypedWishes, WishField};
use earnest_store::{Filter, Inserted, ProgressRow, RequestKeys, Store, View};
use jiff::civil::Date;
use jiff::tz::{self, TimeZone};
use sha2::{Digest, Sha256};

use crate::paging::{one_more, page};
use crate::{App, Error, decision};

/// How many ids are tried before giving up. Two requests share a reference once in 10^12 pairs.
const DRAWS: usize = 4;

/// A request and the only copy of the token that opens its confirmation page.
#[derive(Debug, Clone)]
pub struct Raised {
    /// What was kept.
    pub request: Request,
    /// For the link; the database knows its hash alone.
    pub token: LinkToken,
    /// Whether this call made it or an earlier one with the same form did.
    pub first: bool,
}

/// A request as the operator reads it: with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// What was asked for.
    pub request: Request,
    /// Where it is, and whose; none as long as nobody has claimed it.
    pub row: Option<ProgressRow>,
}

impl Filed {
    /// How far it has got. One that nobody has claimed was sent, and no more.
    pub fn stage(&self) -> Stage {
        self.row
            .as_ref()
            .map_or(Stage::Submitted, |row| row.progress.stage)
    }

    /// What must be true of the work: as it was opened, and before that as it was wished for.
    pub fn acceptance(&self) -> &[String] {
        let opened = self.row.as_ref().map(|row| row.acceptance.as_slice());
        opened
            .filter(|items| !items.is_empty())
            .unwrap_or(&self.request.brief.wishes.acceptance)
    }
}

/// Some requests, newest first.
#[derive(Debug, Clone)]
pub struct Page {
    /// At most as many as were asked for.
    pub items: Vec<Filed>,
    /// Hand it to [`list`] for those after these; none where these are the last.
    pub next: Option<RequestId>,
}

/// A key for a form that is about to be shown; the form sends it back.
pub fn once_key(app: &App) -> OnceKey {
    OnceKey::new(draw(app))
}

/// Keeps a request, once: the same form sent again finds the same request and the same token, and with
/// another content it is refused. Nothing is kept where a field is.
pub async fn raise(app: &App, draft: &Draft, origin: Origin, once: OnceKey) -> Result<Raised, Error> {
    let token = token_of(once);
    let keys = RequestKeys {
        token_sha256: token_hash(token),
        once_sha256: Sha256::digest(once.bytes()).into(),
        content_sha256: content_hash(draft, &origin),
    };
    // Looked for before the draft is checked: what was good yesterday may start in the past today.
    if let Some(found) = find_again(&app.store, keys).await? {
        return Ok(Raised {
            request: found,
            token,
            first: false,
        });
    }
    let (brief, origin) = check(app, draft, origin)?;
    let origin = decision::proven(app, origin).await?;
    for _ in 0..DRAWS {
        let now = app.clock.now();
        let request = Request::submit(RequestId::new(now, draw(app)), brief.clone(), origin.clone(), now);
        if keep(&app.store, &request, keys).await? == Inserted::Yes {
            return Ok(Raised {
                request,
                token,
                first: true,
            });
        }
        // Either the same form was sent twice in this moment, or the reference is in use.
        if let Some(found) = find_again(&app.store, keys).await? {
            return Ok(Raised {
                request: found,
                token,
                first: false,
            });
        }
    }
    Err(Error::Unavailable(earnest_store::Error::Unavailable {
        why: "no free reference was found",
    }))
}

/// The request whose confirmation link has this token. A token that is none is not told from a wrong one.
pub async fn by_token(app: &App, token: &str) -> Result<Request, Error> {
    let token: LinkToken = token.parse().or(Err(Error::NotFound))?;
    let hash = token_hash(token);
    let found = app
        .store
        .read(move |mut view| async move { view.request_by_token(hash).await })
        .await?;
    found.ok_or(Error::NotFound)
}

/// For the operator: requests from the newest on, after the last one of the page before.
pub async fn list(app: &App, filter: Filter, after: Option<RequestId>, limit: u16) -> Result<Page, Error> {
    let limit = limit.clamp(1, 200);
    let read = move |mut view: View| {
        let filter = filter.clone();
        async move {
            let found = view.requests(&filter, after, one_more(limit)).await?;
            filed(&mut view, found).await
        }
    };
    let (items, next) = page(app.store.read(read).await?, limit, |one: &Filed| one.request.id);
    Ok(Page { items, next })
}

async fn filed(view: &mut View, requests: Vec<Request>) -> Result<Vec<Filed>, earnest_store::Error> {
    let rows = view
        .progress_of_these(requests.iter().map(|request| request.id))
        .await?;
    let mut rows: BTreeMap<RequestId, ProgressRow> =
        rows.into_iter().map(|row| (row.progress.request, row)).collect();
    let filed = requests.into_iter().map(|request| Filed {
        row: rows.remove(&request.id),
        request,
    });
    Ok(filed.collect())
}

/// For the operator: one request by its id or by the reference that a person quotes.
pub async fn show(app: &App, name: &str) -> Result<Filed, Error> {
    let found = if let Ok(id) = name.trim().parse::<RequestId>() {
        app.store
            .read(move |mut view| async move { view.request(id).await })
            .await?
    } else {
        let reference: Reference = name.parse().or(Err(Error::NotFound))?;
        app.store
            .read(move |mut view| async move { view.request_by_reference(reference).await })
            .await?
    };
    let request = found.ok_or(Error::NotFound)?;
    let id = request.id;
    let read = app
        .store
        .read(move |mut view| async move { view.progress(id).await });
    Ok(Filed {
        row: read.await?,
        request,
    })
}

/// The first day that a request may name: where the day ends last, so that nobody's today is refused as over.
pub fn earliest_start(app: &App) -> Date {
    app.clock.now().to_zoned(TimeZone::fixed(tz::offset(-12))).date()
}

fn check(app: &App, draft: &Draft, origin: Origin) -> Result<(Brief, Origin), Error> {
    match (draft.check(earliest_start(app), app.currency), origin.check()) {
        (Ok(brief), Ok(origin)) => Ok((brief, origin)),
        (brief, origin) => {
            let mut faults = brief.err().unwrap_or_default();
            faults.extend(origin.err());
            Err(Error::Invalid(faults))
        }
    }
}

async fn keep(store: &Store, request: &Request, keys: RequestKeys) -> Result<Inserted, Error> {
    let request = request.clone();
    let work = move |mut tx: earnest_store::Tx| {
        let request = request.clone();
        async move {
            let inserted = tx.insert_request(&request, &keys).await?;
            tx.commit(inserted).await
        }
    };
    store.write(work).await
}

/// The request that an earlier sending of the same form made.
async fn find_again(store: &Store, keys: RequestKeys) -> Result<Option<Request>, Error> {
    let once = keys.once_sha256;
    let found = store
        .read(move |mut view| async move { view.request_by_once(once).await })
        .await?;
    match found {
        None => Ok(None),
        Some((request, content)) if content == keys.content_sha256 => Ok(Some(request)),
        Some(_) => Err(Error::Conflict {
            code: "form_used",
            sentence: "This form was sent before with other content, and that request was kept. Open a new form to \
                       raise another one.",
        }),
    }
}

fn draw<const N: usize>(app: &App) -> [u8; N] {
    let mut bytes = [0; N];
    app.randomness.fill(&mut bytes);
    bytes
}

/// The same form always leads to the same confirmation page, though its token is nowhere kept.
fn token_of(once: OnceKey) -> LinkToken {
    let digest = Sha256::new()
        .chain_update(b"earnest request link 1\0")
        .chain_update(once.bytes())
        .finalize();
    let (bits, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    LinkToken::new(*bits)
}

fn token_hash(token: LinkToken) -> [u8; 32] {
    Sha256::digest(token.bytes()).into()
}

/// A checksum of all that was sent; each text goes in with its length, so that none can run into the next.
fn content_hash(draft: &Draft, origin: &Origin) -> [u8; 32] {
    let Draft {
        name,
        email,
        summary,
        details,
        role,
        budget,
        start,
        place,
        wishes,
    } = draft;
    let typed = [name, email, summary, details, role, budget, start, place];
    // A form of the time before there were wishes keeps its checksum.
    let wished = WishField::ALL.map(|field| wishes.text(field).to_owned());
    let wished = wished.iter().filter(|_| *wishes != TypedWishes::default());
    let carried = [
        &origin.comparison,
        &origin.edition,
        &origin.query,
        &origin.verdict,
        &origin.role,
    ];
    let texts = typed
        .into_iter()
        .map(Some)
        .chain(carried.into_iter().map(Option::as_ref))
        .chain(wished.map(Some));
    let decision = origin.decision.map(|id| id.to_string());
    let texts = texts.chain(decision.as_ref().map(Some));
    let mut hasher = Sha256::new();
    for text in texts {
        let text = text.map_or("", String::as_str);
        hasher.update(text.len().to_le_bytes());
        hasher.update(text);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests;
