//! Talking: a client and an expert about one request.

mod begin;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use earnest_hire::contract::Standing;
use earnest_hire::field::{self, Faults, FieldRefusal, Lines};
use earnest_hire::ids::{ConversationId, FileId, Ids, MessageId, OnceKey, PersonId, RequestId};
use earnest_hire::limits::{MESSAGE_CHARACTERS, MESSAGES_AN_HOUR};
use earnest_hire::payee::Scope;
use earnest_hire::refusal::Refusal;
use earnest_hire::span::after;
use earnest_store::{CallRow, ConversationRow, Done, FileOf, FileRow, MessageRow, ProposalRow, Tx, View};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

pub use self::begin::{begin, begin_with};
use crate::Error;
use crate::desk::Desk;
use crate::notice::{self, Topic};
use crate::paging::{one_more, page};
use crate::request::progress::Known;
use crate::{file, hold, mail, webhook};

/// A conversation with all that was said and proposed in it.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Between whom.
    pub row: ConversationRow,
    /// About what.
    pub known: Known,
    /// In the order in which they were written.
    pub messages: Vec<MessageRow>,
    /// What was sent with the messages.
    pub files: Vec<FileRow>,
    /// The newest first.
    pub proposals: Vec<ProposalRow>,
    /// Calls that were proposed, the newest first.
    pub calls: Vec<CallRow>,
    /// What client and expert are called.
    pub names: (String, String),
}

/// A conversation in a list.
#[derive(Debug, Clone)]
pub struct Line {
    /// Which.
    pub row: ConversationRow,
    /// About what, in one line.
    pub summary: String,
    /// What the other one is called.
    pub other: String,
    /// How many messages the reader has not seen.
    pub unread: i64,
}

/// What was typed into the field `text`.
fn checked(typed: &str) -> Result<String, FieldRefusal> {
    let missing = "Write something first.";
    field::required("text", typed, MESSAGE_CHARACTERS, Lines::Several, missing)
}

/// Says something, once for each form. The other is told by mail, unless they were and have not looked since.
pub async fn say(
    desk: &Desk,
    id: ConversationId,
    author: PersonId,
    typed: &str,
    once: OnceKey,
) -> Result<(), Error> {
    let words = Words {
        text: typed,
        files: &[],
        once,
    };
    say_with(desk, id, author, words).await.map(drop)
}

/// What is to be said.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// As typed into the field `text`.
    pub text: &'a str,
    /// Files of the author's that are part of nothing yet.
    pub files: &'a [FileId],
    /// Of the form.
    pub once: OnceKey,
}

/// As [`say`], with files. Either all of it is said or nothing. The same form with other words is refused: whoever went back
/// in their browser and wrote on would otherwise be told that it was sent.
pub async fn say_with(
    desk: &Desk,
    id: ConversationId,
    author: PersonId,
    words: Words<'_>,
) -> Result<MessageId, Error> {
    let mut faults = Faults::default();
    let text = faults.note(checked(words.text));
    let few = faults.note(file::few(words.files));
    let (text, ()) = faults.or(text.zip(few)).map_err(Error::Invalid)?;
    let now = desk.now();
    let saying = Saying {
        desk: desk.clone(),
        conversation: id,
        message: MessageRow {
            id: Ids::new(now, desk.seed()).message(),
            author,
            at: now,
            text,
        },
        files: words.files.to_vec(),
        once: Sha256::digest(words.once.bytes()).into(),
    };
    desk.write(&saying, |saying, tx| async move { saying.keep(tx).await })
        .await
        .inspect(|_message| {
            desk.wake();
            desk.arrivals.wake(id);
        })
}

#[derive(Debug, Clone)]
struct Saying {
    desk: Desk,
    conversation: ConversationId,
    message: MessageRow,
    files: Vec<FileId>,
    once: [u8; 32],
}

impl Saying {
    async fn keep(&self, mut tx: Tx) -> Result<Done<MessageId>, Error> {
        let row = tx.lock_conversation(self.conversation).await?;
        let row = row.ok_or(Error::NotFound)?;
        let other = row.other(self.message.author).ok_or(Error::NotFound)?;
        let unread = tx.unread(std::slice::from_ref(&row), other).await?;
        let told = unread.contains_key(&row.id);
        // In a conversation no two things are said at one moment: what was read ends at a moment.
        let next = after(row.said_at, SignedDuration::from_micros(1));
        let message = MessageRow {
            at: self.message.at.max(next),
            ..self.message.clone()
        };
        if !tx.insert_message(row.id, &message, self.once).await? {
            return self.again(tx).await;
        }
        file::link(&mut tx, message.author, &self.files, FileOf::Message(message.id)).await?;
        webhook::message(&self.desk, &mut tx, &row, &message).await?;
        // After the insert, so that a form that was sent before is neither held nor too many.
        let author = message.author;
        if hold::stops(&mut tx, author, Scope::Messages, self.message.at).await?
            && !runs_in(&mut tx, row.id).await?
        {
            return Err(Refusal::MessagesHeld.into());
        }
        let hour_ago = after(self.message.at, SignedDuration::from_hours(-1));
        if tx.messages_by(message.author, hour_ago).await? > MESSAGES_AN_HOUR {
            return Err(Refusal::TooManyMessages.into());
        }
        if message.author == row.expert {
            tx.note_reply(row.request, self.message.at).await?;
        }
        if !told {
            let to = tx.person(other).await?.ok_or(Error::NotFound)?;
            let author = tx.person(self.message.author).await?.ok_or(Error::NotFound)?;
            let request = tx.request(row.request).await?.ok_or(Error::NotFound)?;
            let letter = mail::message(&self.desk, (&author.name, &to), &request, row.id);
            if notice::wants(&mut tx, other, Topic::Messages).await? {
                letter.keep(&mut tx, self.message.at).await?;
            }
        }
        tx.commit(message.id).await
    }

    /// The form was sent before: the same is said already, anything else is not.
    async fn again(&self, mut tx: Tx) -> Result<Done<MessageId>, Error> {
        let said = tx.said_once(self.conversation, self.once).await?;
        let said = said.ok_or(Error::KeyReused)?;
        let mut came = BTreeSet::new();
        for id in &self.files {
            // Files that are sent twice have other ids and the same content.
            came.extend(tx.file(*id).await?.map(|file| (file.name, file.sha256)));
        }
        let files = tx.files_in(self.conversation).await?.into_iter();
        let kept = files.filter(|file| file.of == FileOf::Message(said.id));
        let kept: BTreeSet<_> = kept.map(|file| (file.name, file.sha256)).collect();
        if said.author == self.message.author && said.text == self.message.text && kept == came {
            return tx.commit(said.id).await;
        }
        Err(Error::KeyReused)
    }
}

/// Whether a contract came of a conversation that runs: nobody is kept from writing in it.
pub async fn is_of_running_contract(desk: &Desk, id: ConversationId) -> Result<bool, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { runs_in(&mut view, id).await });
    Ok(read.await?)
}

async fn runs_in(view: &mut View, id: ConversationId) -> Result<bool, earnest_store::Error> {
    for row in view.proposals_in(id).await? {
        let contract = match row.contract {
            Some(contract) => view.contract(contract).await?,
            None => None,
        };
        if contract.is_some_and(|one| runs(one.standing)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn runs(standing: Standing) -> bool {
    matches!(standing, Standing::Active | Standing::Paused | Standing::Ending)
}

/// A conversation as one of the two reads it: from now on they have seen all that is in it. To others it does not exist.
pub async fn read(desk: &Desk, id: ConversationId, reader: PersonId) -> Result<Thread, Error> {
    let thread = look(desk, id, reader).await?;
    let last = thread.messages.iter().map(|message| message.at).max();
    if let Some(last) = last.filter(|last| *last > thread.row.seen_at(reader)) {
        desk.store.see_conversation(&thread.row, reader, last).await?;
    }
    Ok(thread)
}

/// As [`read`], without a trace.
pub async fn look(desk: &Desk, id: ConversationId, reader: PersonId) -> Result<Thread, Error> {
    let read = desk.store.read(move |mut view| async move {
        let Some(row) = view.conversation(id).await? else {
            return Ok::<_, earnest_store::Error>(None);
        };
        let (request, progress) = (
            view.request(row.request).await?,
            view.progress(row.request).await?,
        );
        let (Some(request), Some(progress)) = (request, progress) else {
            return Ok(None);
        };
        let name =
            |person: Option<earnest_hire::person::Person>| person.map_or_else(String::new, |one| one.name);
        let names = (
            name(view.person(row.client).await?),
            name(view.person(row.expert).await?),
        );
        Ok(Some(Thread {
            messages: view.messages(id).await?,
            files: view.files_in(id).await?,
            proposals: view.proposals_in(id).await?,
            calls: view.calls_in(id).await?,
            known: Known {
                request,
                row: progress,
            },
            row,
            names,
        }))
    });
    let thread = read.await?.ok_or(Error::NotFound)?;
    thread.row.other(reader).ok_or(Error::NotFound)?;
    Ok(thread)
}

/// After which conversation a list goes on: when something was last said there, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Timestamp, ConversationId);

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.0.as_microsecond(), self.1)
    }
}

/// It is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (at, id) = text.split_once('.').ok_or(NoCursor)?;
        let at = at.parse().or(Err(NoCursor))?;
        let at = Timestamp::from_microsecond(at).or(Err(NoCursor))?;
        Ok(Self(at, id.parse().or(Err(NoCursor))?))
    }
}

/// The conversations of one person, the liveliest first, and after which one the list goes on.
pub async fn list(
    desk: &Desk,
    reader: PersonId,
    after: Option<Cursor>,
    limit: u16,
) -> Result<(Vec<Line>, Option<Cursor>), Error> {
    let read = desk.store.read(move |mut view| async move {
        let after = after.map(|Cursor(at, id)| (at, id));
        let rows = view.conversations_of(reader, after, one_more(limit)).await?;
        let (rows, next) = page(rows, limit, |row| Cursor(row.said_at, row.id));
        Ok::<_, earnest_store::Error>((lines(&mut view, rows, reader).await?, next))
    });
    Ok(read.await?)
}

/// All about a request, for its client; the liveliest first.
pub async fn of_request(desk: &Desk, client: PersonId, request: RequestId) -> Result<Vec<Line>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let rows = view.conversations_about(request).await?;
        lines(&mut view, rows, client).await
    });
    Ok(read.await?)
}

/// That of an expert about a request, where there is one.
pub async fn about(desk: &Desk, expert: PersonId, request: RequestId) -> Result<Vec<Line>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let row = view.conversation_about(request, expert).await?;
        lines(&mut view, row.into_iter().collect(), expert).await
    });
    Ok(read.await?)
}

async fn lines(
    view: &mut View,
    rows: Vec<ConversationRow>,
    reader: PersonId,
) -> Result<Vec<Line>, earnest_store::Error> {
    let requests = view
        .requests_of(rows.iter().map(|row| row.request).collect::<BTreeSet<_>>())
        .await?;
    let summaries: BTreeMap<RequestId, String> = requests
        .into_iter()
        .map(|one| (one.id, one.brief.summary))
        .collect();
    let others = rows.iter().filter_map(|row| row.other(reader));
    let names = view.names_of(others.collect::<BTreeSet<_>>()).await?;
    let unread = view.unread(&rows, reader).await?;
    let lines = rows.into_iter().filter_map(|row| {
        let other = row.other(reader)?;
        Some(Line {
            unread: unread.get(&row.id).copied().unwrap_or(0),
            summary: summaries.get(&row.request).cloned().unwrap_or_default(),
            other: names.get(&other).cloned().unwrap_or_default(),
            row,
        })
    });
    Ok(lines.collect())
}

/// Whether the other one has read what this one said last, if this one spoke last.
pub fn is_read_by_other(thread: &Thread, reader: PersonId) -> bool {
    let (Some(other), Some(last)) = (thread.row.other(reader), thread.messages.last()) else {
        return false;
    };
    last.author == reader && thread.row.seen_at(other) >= last.at
}

#[cfg(test)]
mod tests;
