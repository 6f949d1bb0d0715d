//! Reviews: written after a contract, shown once both are in or none can come any more, replied to once.

use earnest_hire::contract::{By, Contract};
use earnest_hire::ids::{ContractId, PersonId};
use earnest_hire::review::{self, Rating, Review, Unfit};
use earnest_store::{Done, ReviewRow, Tx, View};
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;
use crate::mail;
use crate::notice::{self, Topic};

/// How many reviews of one person are read at once.
const MOST: u16 = 200;
/// Contracts whose reviews are told of in one round.
const TOGETHER: u16 = 50;

/// The reviews of a contract as one of its parties sees them.
#[derive(Debug, Clone)]
pub struct Reviews {
    /// What the reader wrote.
    pub own: Option<ReviewRow>,
    /// What the other side wrote, once it is shown.
    pub other: Option<ReviewRow>,
    /// Whether the reader may write one now, or why not.
    pub may_write: Result<(), Unfit>,
    /// Whether the reader may reply to the other side's, or why not.
    pub may_reply: Result<(), Unfit>,
    /// Until when one can be written, and from when on a lonely one is shown; none before the contract has ended.
    pub open_until: Option<Timestamp>,
}

/// What was said of a person, as everybody sees it.
#[derive(Debug, Clone)]
pub struct About {
    /// Those that are shown, the last first.
    pub shown: Vec<ReviewRow>,
    /// Their average in tenths; none of too few.
    pub average_tenths: Option<u16>,
    /// In how many contracts money went back to the client: they are counted, not hidden.
    pub refunded_contracts: i64,
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Self {
        Self::Conflict {
            code: unfit.code(),
            sentence: unfit.sentence(),
        }
    }
}

/// The reviews of a contract, for one of its parties. To others they do not exist.
pub async fn of_contract(desk: &Desk, id: ContractId, reader: PersonId) -> Result<Reviews, Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let Some(found) = Found::read(&mut view, id).await? else {
            return Ok::<_, earnest_store::Error>(None);
        };
        Ok(found.other(reader).map(|other| found.seen_by(reader, other, now)))
    });
    read.await?.ok_or(Error::NotFound)
}

/// A contract with what was said after it.
struct Found {
    contract: Contract,
    ended_at: Option<Timestamp>,
    rows: Vec<ReviewRow>,
}

impl Found {
    async fn read(view: &mut View, id: ContractId) -> Result<Option<Self>, earnest_store::Error> {
        let Some(contract) = view.contract(id).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            ended_at: view.last_moved(id).await?,
            rows: view.reviews_of(id).await?,
            contract,
        }))
    }

    /// The other side of a party.
    fn other(&self, person: PersonId) -> Option<PersonId> {
        let (client, expert) = (self.contract.client, self.contract.expert);
        if person == client {
            Some(expert)
        } else {
            (person == expert).then_some(client)
        }
    }

    fn by(&self, author: PersonId) -> Option<&ReviewRow> {
        self.rows.iter().find(|row| row.author == author)
    }

    fn may_write(&self, author: PersonId, now: Timestamp) -> Result<Timestamp, Unfit> {
        if self.by(author).is_some() {
            return Err(Unfit::Twice);
        }
        review::may_write(&self.contract, self.ended_at, now)?;
        self.ended_at.ok_or(Unfit::NotEnded)
    }

    /// What the other side has written, where it is shown.
    fn shown(&self, author: PersonId, now: Timestamp) -> Option<&ReviewRow> {
        let written = self.rows.len();
        self.by(author)
            .filter(|row| review::is_shown(written, row.ended_at, now))
    }

    fn may_reply(&self, reader: PersonId, author: PersonId, now: Timestamp) -> Result<(), Unfit> {
        let row = self.by(author).ok_or(Unfit::NothingShown)?;
        let replied = row.reply.as_ref().map(|(_, at)| *at);
        review::may_reply(reader, row.about, self.shown(author, now).is_some(), replied)
    }

    fn seen_by(&self, reader: PersonId, other: PersonId, now: Timestamp) -> Reviews {
        let may_write = self.may_write(reader, now).map(drop);
        Reviews {
            own: self.by(reader).cloned(),
            other: self.shown(other, now).cloned(),
            may_reply: self.may_reply(reader, other, now),
            open_until: self
                .ended_at
                .filter(|_| may_write != Err(Unfit::NotEnded))
                .map(review::open_until),
            may_write,
        }
    }
}

/// Reviews the other side of a contract. The same review again is no second one.
pub async fn write(desk: &Desk, id: ContractId, author: PersonId, review: &Review) -> Result<(), Error> {
    let writing = Writing {
        desk: desk.clone(),
        id,
        author,
        review: review.clone(),
        now: desk.now(),
    };
    desk.write(&writing, |writing, tx| async move { writing.keep(tx).await })
        .await
        .inspect(|()| desk.wake())
}

#[derive(Debug, Clone)]
struct Writing {
    desk: Desk,
    id: ContractId,
    author: PersonId,
    review: Review,
    now: Timestamp,
}

impl Writing {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let found = Found::read(&mut tx, self.id).await?.ok_or(Error::NotFound)?;
        let about = found.other(self.author).ok_or(Error::NotFound)?;
        if found.by(self.author).is_some_and(|row| row.review == self.review) {
            return tx.commit(()).await;
        }
        let row = ReviewRow {
            contract: self.id,
            author: self.author,
            author_name: String::new(),
            about,
            ended_at: found.may_write(self.author, self.now)?,
            at: self.now,
            review: self.review.clone(),
            reply: None,
        };
        if !tx.insert_review(&row).await? {
            return Err(Unfit::Twice.into());
        }
        let until = review::open_until(row.ended_at);
        tx.tell_review_after(self.id, self.author, until).await?;
        if review::is_shown(found.rows.len() + 1, row.ended_at, self.now) {
            tell(&self.desk, &mut tx, self.id).await?;
        }
        tx.commit(()).await
    }
}

/// Tells whoever the reviews of a contract are about that they are shown, once.
async fn tell(desk: &Desk, tx: &mut Tx, id: ContractId) -> Result<(), Error> {
    if !tx.reviews_told(id).await? {
        return Ok(());
    }
    for row in tx.reviews_of(id).await? {
        if let Some(to) = tx.person(row.about).await?
            && notice::wants(tx, to.id, Topic::Reviews).await?
        {
            let letter = mail::reviewed(desk, (&row.author_name, &to), id);
            letter.keep(tx, desk.now()).await?;
        }
    }
    Ok(())
}

/// Tells of reviews that have waited in vain for the other one; says of how many contracts.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let read = desk
        .store
        .read(move |mut view| async move { view.untold_reviews(now, TOGETHER).await });
    let due = read.await?;
    for id in &due {
        desk.write(&(desk.clone(), *id), |(desk, id), mut tx| async move {
            tell(&desk, &mut tx, id).await?;
            tx.commit(()).await
        })
        .await?;
    }
    if !due.is_empty() {
        desk.wake();
    }
    Ok(due.len())
}

/// Replies to what the other side of a contract has written, once. The same reply again is no second one.
pub async fn reply(desk: &Desk, id: ContractId, person: PersonId, text: &str) -> Result<(), Error> {
    let text = review::reply(text).map_err(|fault| Error::Invalid(vec![fault]))?;
    let replying = Replying {
        id,
        person,
        text,
        now: desk.now(),
    };
    desk.write(&replying, |replying, tx| async move { replying.keep(tx).await })
        .await
}

#[derive(Debug, Clone)]
struct Replying {
    id: ContractId,
    person: PersonId,
    text: String,
    now: Timestamp,
}

impl Replying {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let found = Found::read(&mut tx, self.id).await?.ok_or(Error::NotFound)?;
        let author = found.other(self.person).ok_or(Error::NotFound)?;
        let before = found.by(author).and_then(|row| row.reply.as_ref());
        if before.is_some_and(|(text, _)| *text == self.text) {
            return tx.commit(()).await;
        }
        found.may_reply(self.person, author, self.now)?;
        if !tx.reply_to_review(self.id, author, &self.text, self.now).await? {
            return Err(Unfit::RepliedBefore.into());
        }
        tx.commit(()).await
    }
}

/// What was said of an expert, as everybody sees it.
pub async fn about(desk: &Desk, expert: PersonId) -> Result<About, Error> {
    of_side(desk, expert, By::Expert).await
}

/// What experts said of a client, for experts who are asked.
pub async fn about_client(desk: &Desk, client: PersonId) -> Result<About, Error> {
    of_side(desk, client, By::Client).await
}

async fn of_side(desk: &Desk, person: PersonId, side: By) -> Result<About, Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let rows = view.reviews_about((person, side), MOST).await?;
        Ok::<_, earnest_store::Error>((rows, view.refunded_contracts(person).await?))
    });
    let (rows, refunded_contracts) = read.await?;
    let written = |count: i64| usize::try_from(count).unwrap_or(0);
    let shown: Vec<ReviewRow> = rows
        .into_iter()
        .filter(|(row, count)| review::is_shown(written(*count), row.ended_at, now))
        .map(|(row, _)| row)
        .collect();
    let ratings: Vec<Rating> = shown.iter().map(|row| row.review.rating).collect();
    Ok(About {
        average_tenths: review::average_tenths(&ratings),
        shown,
        refunded_contracts,
    })
}
