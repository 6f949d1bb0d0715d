//! What people with a link do about a decision. Each act holds its lock and keeps it for another twelve months.

use earnest_hire::decision::{self, MOST_PARTICIPANTS, Participant, TypedPosition, expiry};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{LinkToken, OnceKey, ParticipantId};
use earnest_store::{DecisionLink, Done, Inserted, Tx};
use jiff::Timestamp;

use super::{Opened, Said, Weights, content, hash, invite_token, opened, own_token, token};
use crate::Error;
use crate::desk::Desk;

/// How many are deleted together.
const TOGETHER: u16 = 50;

/// An act under way: the lock is held, and whoever acts has a link.
struct Acting {
    tx: Tx,
    found: Opened,
}

impl Acting {
    async fn begin(mut tx: Tx, by: LinkToken, now: Timestamp) -> Result<Self, Error> {
        let (decision, _) = tx.decision_by_link(hash(by)).await?.ok_or(Error::NotFound)?;
        if !tx.lock_decision(decision.id).await? {
            return Err(Error::NotFound);
        }
        // Under the lock: the link may just have been taken back.
        let found = opened(&mut tx, by).await?.ok_or(Error::NotFound)?;
        if found.decision.expires_at <= now {
            return Err(Error::NotFound);
        }
        Ok(Self { tx, found })
    }

    /// Only for the maker; for everybody else there is nothing here.
    fn by_maker(self) -> Result<Self, Error> {
        if self.found.is_maker() {
            Ok(self)
        } else {
            Err(Error::NotFound)
        }
    }

    async fn end<T>(mut self, answer: T, now: Timestamp) -> Result<Done<T>, Error> {
        let id = self.found.decision.id;
        self.tx.extend_decision(id, expiry(now)).await?;
        self.tx.commit(answer).await
    }
}

/// What an act is told.
#[derive(Debug, Clone)]
struct Position {
    by: LinkToken,
    name: String,
    note: Option<String>,
    weights: Weights,
    once: OnceKey,
    id: ParticipantId,
    now: Timestamp,
}

/// Says what somebody thinks: whoever was invited comes in and gets a link of their own, once a form; whoever has such a
/// link changes what they said, and so does the maker.
pub async fn say(
    desk: &Desk,
    by: &str,
    typed: &TypedPosition,
    weights: &Weights,
    once: OnceKey,
) -> Result<Said, Error> {
    let (name, note) = typed.check().map_err(Error::Invalid)?;
    let now = desk.now();
    let asked = Position {
        by: read(by)?,
        name,
        note,
        weights: weights.clone(),
        once,
        id: ParticipantId::new(now, drawn(desk)),
        now,
    };
    desk.write(&asked, said).await
}

async fn said(asked: Position, tx: Tx) -> Result<Done<Said>, Error> {
    let acting = Acting::begin(tx, asked.by, asked.now).await?;
    match acting.found.me().cloned() {
        Some(person) => change(asked, acting, person).await,
        None => join(asked, acting).await,
    }
}

async fn change(asked: Position, mut acting: Acting, person: Participant) -> Result<Done<Said>, Error> {
    let person = Participant {
        name: asked.name,
        note: asked.note,
        weights: asked.weights.text().to_owned(),
        changed_at: asked.now,
        ..person
    };
    acting.tx.update_participant(&person).await?;
    let said = Said {
        token: asked.by,
        person,
        first: false,
    };
    acting.end(said, asked.now).await
}

async fn join(asked: Position, mut acting: Acting) -> Result<Done<Said>, Error> {
    let note = asked.note.as_deref().unwrap_or_default();
    let sent = content(&[&asked.name, note, asked.weights.text()]);
    let decision = acting.found.decision.id;
    let (own, page) = if acting.found.is_maker() {
        (own_token(asked.by), asked.by)
    } else {
        // With the decision in it: one form's key opens nothing elsewhere.
        let secret = [asked.once.bytes().as_slice(), decision.to_string().as_bytes()].concat();
        let own = token(b"earnest decision participant 1\0", &secret);
        (own, own)
    };
    if let Some((person, content)) = acting.tx.participant_by_token(hash(own)).await? {
        if content != sent {
            return Err(Error::Conflict {
                code: "form_used",
                sentence: "This form was sent before with other content, and that was kept. Go forward to the page that it \
                           led to: its address is your own link, by which you change what you said.",
            });
        }
        let said = Said {
            token: page,
            person,
            first: false,
        };
        return acting.tx.commit(said).await;
    }
    if acting.found.people.len() >= MOST_PARTICIPANTS {
        return Err(Error::Conflict {
            code: "decision_full",
            sentence: "Fifty people take part already, and more cannot. Ask whoever invited you.",
        });
    }
    let person = Participant {
        id: asked.id,
        name: asked.name,
        note: asked.note,
        weights: asked.weights.text().to_owned(),
        joined_at: asked.now,
        changed_at: asked.now,
    };
    let keys = (hash(own), sent);
    if acting.tx.insert_participant(decision, &person, keys).await? != Inserted::Yes {
        return Err(earnest_store::Error::Conflict {
            what: "this decision".to_owned(),
        }
        .into());
    }
    let said = Said {
        token: page,
        person,
        first: true,
    };
    acting.end(said, asked.now).await
}

/// Takes back what somebody said: their name, note and weights are gone, and so is their link. The maker's stays.
pub async fn withdraw(desk: &Desk, by: &str) -> Result<(), Error> {
    let asked = (read(by)?, desk.now());
    desk.write(&asked, |(by, now), tx| async move {
        let mut acting = Acting::begin(tx, by, now).await?;
        let person = acting.found.own.ok_or(Error::NotFound)?;
        acting
            .tx
            .delete_participant(acting.found.decision.id, person)
            .await?;
        acting.end((), now).await
    })
    .await
}

/// The maker takes somebody else out, whose link then opens nothing.
pub async fn remove(desk: &Desk, by: &str, person: ParticipantId) -> Result<(), Error> {
    let asked = (read(by)?, person, desk.now());
    desk.write(&asked, |(by, person, now), tx| async move {
        let mut acting = Acting::begin(tx, by, now).await?.by_maker()?;
        let decision = acting.found.decision.id;
        if !acting.tx.delete_participant(decision, person).await? {
            return Err(Error::NotFound);
        }
        acting.end((), now).await
    })
    .await
}

/// The maker gives it another title.
pub async fn rename(desk: &Desk, by: &str, typed: &str) -> Result<(), Error> {
    let title = decision::title(typed).map_err(|fault: FieldRefusal| Error::Invalid(vec![fault]))?;
    let asked = (read(by)?, title, desk.now());
    desk.write(&asked, |(by, title, now), tx| async move {
        let mut acting = Acting::begin(tx, by, now).await?.by_maker()?;
        acting
            .tx
            .rename_decision(acting.found.decision.id, &title)
            .await?;
        acting.end((), now).await
    })
    .await
}

/// The maker makes a new link to invite by; that of before opens nothing from now on. Who has come in stays.
pub async fn new_invitation(desk: &Desk, by: &str) -> Result<(), Error> {
    let asked = (read(by)?, desk.now());
    desk.write(&asked, |(by, now), tx| async move {
        let mut acting = Acting::begin(tx, by, now).await?.by_maker()?;
        let no = acting.found.decision.invite_no.saturating_add(1);
        let invite = hash(invite_token(by, no));
        if !acting
            .tx
            .invite_to_decision(acting.found.decision.id, no, invite)
            .await?
        {
            return Err(earnest_store::Error::Conflict {
                what: "this decision".to_owned(),
            }
            .into());
        }
        acting.end((), now).await
    })
    .await
}

/// Keeps it for another twelve months; whoever takes part may.
pub async fn keep(desk: &Desk, by: &str) -> Result<(), Error> {
    let asked = (read(by)?, desk.now());
    desk.write(&asked, |(by, now), tx| async move {
        let acting = Acting::begin(tx, by, now).await?;
        if acting.found.link == DecisionLink::Invite {
            return Err(Error::NotFound);
        }
        acting.end((), now).await
    })
    .await
}

/// The maker deletes it, with everything that anybody said; every link opens nothing from now on.
pub async fn delete(desk: &Desk, by: &str) -> Result<(), Error> {
    let asked = (read(by)?, desk.now());
    desk.write(&asked, |(by, now), tx| async move {
        let mut acting = Acting::begin(tx, by, now).await?.by_maker()?;
        let id = acting.found.decision.id;
        acting.tx.delete_decision(id).await?;
        acting.tx.commit(()).await
    })
    .await
}

/// Deletes what nobody has changed for twelve months; says how many.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let due = desk
        .store
        .read(move |mut view| async move { view.due_decisions(now, TOGETHER).await })
        .await?;
    for id in &due {
        desk.write(&(*id, now), |(id, now), mut tx| async move {
            // Somebody may have kept it in the meantime.
            let is_due = tx.lock_decision(id).await?
                && tx.decision(id).await?.is_some_and(|one| one.expires_at <= now);
            if is_due {
                tx.delete_decision(id).await?;
            }
            tx.commit(()).await
        })
        .await?;
        tracing::info!(decision.id = %id, "decision {id} was idle for twelve months and is deleted");
    }
    Ok(due.len())
}

fn read(token: &str) -> Result<LinkToken, Error> {
    token.parse().or(Err(Error::NotFound))
}

fn drawn(desk: &Desk) -> [u8; 10] {
    let mut bytes = [0; 10];
    desk.randomness.fill(&mut bytes);
    bytes
}
