//! What several people decide together over links, without accounts: a kept state, everybody's weights, what they come to.
//!
//! A link is a token of 128 bits; the database has its hash. From the maker's token that of the maker's own position and
//! that which invites are made, so that the maker's page can show the link it hands out although it is nowhere kept. Whoever
//! has been invited gets a link of their own when they say something.

mod act;
mod origin;
mod position;
mod record;
mod together;
pub mod words;

use earnest_hire::decision::{self, Decision, Participant, TypedPosition, expiry};
use earnest_hire::field::{Faults, FieldRefusal};
use earnest_hire::ids::{DecisionId, LinkToken, OnceKey, ParticipantId};
use earnest_store::{DecisionKeys, DecisionLink, Inserted, Tx, View};
use sha2::{Digest, Sha256};

pub use self::act::{delete, keep, new_invitation, remove, rename, run_due, say, withdraw};
pub(crate) use self::origin::proven;
pub use self::position::{Said, Weights, read_weights};
pub use self::record::{people, record};
pub use self::together::{Deciding, Newer, look};

use crate::comparison::{State, analyse};
use crate::content::Comparison;
use crate::{App, Error};

/// The most characters of a state as it stands in an address.
const STATE_LIMIT: usize = 2_000;

/// What somebody wants to decide with others.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// What is to be decided.
    pub title: String,
    /// Slug of the comparison.
    pub comparison: String,
    /// The state, as it stands in the address.
    pub state: String,
    /// The maker's own name and note; without a name they say nothing yet.
    pub own: TypedPosition,
}

/// A decision and the only copy of its maker's token.
#[derive(Debug, Clone)]
pub struct Made {
    /// What was kept.
    pub decision: Decision,
    /// For the maker's link.
    pub maker: LinkToken,
}

/// A decision as somebody with a link finds it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What is decided.
    pub decision: Decision,
    /// Who takes part, in the order in which they came.
    pub people: Vec<Participant>,
    /// Which link it was.
    pub link: DecisionLink,
    /// Who of them has come.
    pub own: Option<ParticipantId>,
    /// The token that invites; the maker alone has it.
    pub invite: Option<LinkToken>,
}

impl Opened {
    /// Whoever has come, where they have said something.
    pub fn me(&self) -> Option<&Participant> {
        self.people.iter().find(|one| Some(one.id) == self.own)
    }

    /// Whether it is the maker.
    pub fn is_maker(&self) -> bool {
        self.link == DecisionLink::Maker
    }
}

/// Keeps a state to be decided on together, once: the same form sent again finds the same decision, and with another content
/// it is refused.
pub async fn make(app: &App, draft: &Draft, once: OnceKey) -> Result<Made, Error> {
    let maker = token(b"earnest decision maker 1\0", once.bytes());
    let keys = DecisionKeys {
        maker_sha256: hash(maker),
        invite_sha256: hash(invite_token(maker, 1)),
        once_sha256: Sha256::digest(once.bytes()).into(),
        content_sha256: content(&[
            &draft.title,
            &draft.comparison,
            &draft.state,
            &draft.own.name,
            &draft.own.note,
        ]),
    };
    let (made, own) = checked(app, draft)?;
    let asked = (made, own.zip(Some(own_token(maker))), keys);
    let kept = app.desk.write(&asked, insert).await?;
    Ok(Made {
        decision: kept,
        maker,
    })
}

type Asked = (Decision, Option<(Participant, LinkToken)>, DecisionKeys);

async fn insert((made, own, keys): Asked, mut tx: Tx) -> Result<earnest_store::Done<Decision>, Error> {
    if let Some((found, content)) = tx.decision_by_once(keys.once_sha256).await? {
        if content == keys.content_sha256 {
            return tx.commit(found).await;
        }
        return Err(Error::Conflict {
            code: "form_used",
            sentence: "This form was sent before with other content, and that decision was kept. Go on from the page \
                       that it led to, or begin again from the comparison.",
        });
    }
    if tx.insert_decision(&made, &keys).await? != Inserted::Yes {
        // The same form in the same moment: look again.
        return Err(earnest_store::Error::Conflict {
            what: "this decision".to_owned(),
        }
        .into());
    }
    if let Some((person, token)) = own {
        let keys = (hash(token), keys.content_sha256);
        tx.insert_participant(made.id, &person, keys).await?;
    }
    tx.commit(made).await
}

fn checked(app: &App, draft: &Draft) -> Result<(Decision, Option<Participant>), Error> {
    let mut faults = Faults::default();
    let title = faults.note(decision::title(&draft.title));
    let said = !draft.own.name.trim().is_empty() || !draft.own.note.trim().is_empty();
    let own = match said.then(|| draft.own.check()).transpose() {
        Ok(own) => Some(own),
        Err(more) => {
            for fault in more {
                faults.note::<()>(Err(fault));
            }
            None
        }
    };
    let found = app.catalogue.comparison(&draft.comparison);
    let found = found.filter(|_| draft.state.chars().count() <= STATE_LIMIT);
    let state = faults.note(found.ok_or_else(|| unknown("comparison")).and_then(|found| {
        let (words, found) = found.named(&app.catalogue, &pairs(&draft.state));
        let state = state_of(found, &draft.state).ok_or_else(|| unknown("state"))?;
        analyse(words, found, state.clone()).map_err(|_none| unknown("state"))?;
        Ok((found, state))
    }));
    let all = title.zip(own).zip(state);
    let ((title, own), (comparison, state)) = faults.or(all).map_err(Error::Invalid)?;
    let now = app.desk.now();
    let decision = Decision {
        id: DecisionId::new(now, draw(app)),
        title,
        comparison: comparison.text.slug.clone(),
        edition: state.edition.clone(),
        query: state.full_query(comparison),
        made_at: now,
        expires_at: expiry(now),
        invite_no: 1,
    };
    let own = own.map(|(name, note)| Participant {
        id: ParticipantId::new(now, draw(app)),
        name,
        note,
        weights: Weights::of(comparison, &state).text().to_owned(),
        joined_at: now,
        changed_at: now,
    });
    Ok((decision, own))
}

fn unknown(field: &'static str) -> FieldRefusal {
    FieldRefusal::new(
        field,
        "malformed",
        "This does not say what is compared. Open the comparison again and begin from there.",
    )
}

/// A kept state, read again.
pub(crate) fn state_of(comparison: &Comparison, query: &str) -> Option<State> {
    State::parse(comparison, &pairs(query)).ok()
}

/// The pairs of a query string.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// That which a link opens. A token that is none, and one of a decision that is over, is not told from a wrong one.
pub async fn open(app: &App, typed: &str) -> Result<Opened, Error> {
    let token: LinkToken = typed.parse().or(Err(Error::NotFound))?;
    let read = move |mut view: View| async move { opened(&mut view, token).await };
    let found: Option<Opened> = app.store.read(read).await?;
    let now = app.desk.now();
    found
        .filter(|found| found.decision.expires_at > now)
        .ok_or(Error::NotFound)
}

async fn opened(view: &mut View, token: LinkToken) -> Result<Option<Opened>, earnest_store::Error> {
    let Some((decision, link)) = view.decision_by_link(hash(token)).await? else {
        return Ok(None);
    };
    let people = view.participants(decision.id).await?;
    let (own, invite) = match link {
        DecisionLink::Maker => {
            let own = view.participant_by_token(hash(own_token(token))).await?;
            (
                own.map(|(person, _)| person.id),
                Some(invite_token(token, decision.invite_no)),
            )
        }
        DecisionLink::Invite => (None, None),
        DecisionLink::Participant(id) => (Some(id), None),
    };
    Ok(Some(Opened {
        decision,
        people,
        link,
        own,
        invite,
    }))
}

/// Whether it is still there. It names nobody.
pub async fn is_there(app: &App, id: DecisionId) -> Result<bool, Error> {
    let read = move |mut view: View| async move { view.decision(id).await };
    let found: Result<_, earnest_store::Error> = app.store.read(read).await;
    Ok(found?.is_some())
}

/// The token of the maker's own position.
fn own_token(maker: LinkToken) -> LinkToken {
    token(b"earnest decision own position 1\0", maker.bytes())
}

/// The token that invites; each new one of a decision has the next number.
fn invite_token(maker: LinkToken, no: i64) -> LinkToken {
    let mut bytes = maker.bytes().to_vec();
    bytes.extend(no.to_le_bytes());
    token(b"earnest decision invitation 1\0", &bytes)
}

/// A token made of a secret: whoever has it cannot tell the secret.
fn token(purpose: &[u8], secret: &[u8]) -> LinkToken {
    let digest = Sha256::new()
        .chain_update(purpose)
        .chain_update(secret)
        .finalize();
    let (bits, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    LinkToken::new(*bits)
}

fn hash(token: LinkToken) -> [u8; 32] {
    Sha256::digest(token.bytes()).into()
}

/// A checksum of texts, each with its length.
fn content(texts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text);
    }
    hasher.finalize().into()
}

fn draw<const N: usize>(app: &App) -> [u8; N] {
    let mut bytes = [0; N];
    app.randomness.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests;
