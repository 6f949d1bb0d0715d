//! What happened to a contract and what the two said about it, as one stream, the newest first, to be narrowed by kind.

use std::collections::BTreeMap;

use earnest_app::contract::{self, Seat};
use earnest_app::statement::{self, Booked};
use earnest_hire::contract::{Command, TimerKind};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::person::{Person, Role};
use earnest_store::{DeedRow, FileOf, FileRow, MessageRow};
use jiff::Timestamp;

use super::history;
use super::who::People;
use crate::compare::query_pairs;
use crate::file::Attached;
use crate::markdown::Markdown;
use crate::page::Link;
use crate::problem::Problem;
use crate::words::{Moment, signed, sum};
use crate::{Web, urls};

/// Lines on a page; those of one moment stay together.
const PAGE: u16 = 50;

/// By what the stream is narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What the two said.
    Messages,
    /// What was booked, and what became of payments.
    Money,
    /// What was begun, submitted and reviewed.
    Work,
    /// Signatures, changes and pauses.
    Terms,
    /// Settlements and disputes.
    Disputes,
}

const KINDS: [Kind; 5] = [
    Kind::Messages,
    Kind::Money,
    Kind::Work,
    Kind::Terms,
    Kind::Disputes,
];

impl Kind {
    /// In the address.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Money => "money",
            Self::Work => "work",
            Self::Terms => "terms",
            Self::Disputes => "disputes",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Messages => "Messages",
            Self::Money => "Money",
            Self::Work => "Work",
            Self::Terms => "Terms",
            Self::Disputes => "Disputes",
        }
    }

    /// Of a command; none is the offer with which a contract begins.
    fn of(command: Option<&Command>) -> Self {
        match command {
            Some(
                Command::Start { .. }
                | Command::Submit { .. }
                | Command::RequestChanges { .. }
                | Command::ExtendInspection { .. }
                | Command::Approve { .. }
                | Command::Drop { .. },
            ) => Self::Work,
            Some(
                Command::OfferSettlement { .. }
                | Command::AcceptSettlement { .. }
                | Command::RejectSettlement { .. }
                | Command::OpenDispute { .. }
                | Command::AnswerDispute { .. }
                | Command::DecideDispute { .. }
                | Command::AppealDispute { .. },
            ) => Self::Disputes,
            None
            | Some(
                Command::Sign { .. }
                | Command::Decline
                | Command::Withdraw
                | Command::Resume { .. }
                | Command::HoldContract { .. }
                | Command::ExtendContractHold { .. }
                | Command::AppealContractHold { .. }
                | Command::AnswerContractHold { .. }
                | Command::End
                | Command::RegisterAbsence { .. }
                | Command::ProposeAmendment { .. }
                | Command::AcceptAmendment
                | Command::RejectAmendment,
            ) => Self::Terms,
            Some(Command::Timer { kind, .. }) => Self::of_timer(*kind),
            Some(_) => Self::Money,
        }
    }

    fn of_timer(kind: TimerKind) -> Self {
        match kind {
            TimerKind::SettlementExpires | TimerKind::DisputePhase => Self::Disputes,
            TimerKind::OfferExpires
            | TimerKind::AmendmentExpires
            | TimerKind::Dormant
            | TimerKind::PauseEnds
            | TimerKind::RequestExpires
            | TimerKind::ProposalExpires => Self::Terms,
            TimerKind::StartReminder
            | TimerKind::Lapses
            | TimerKind::DueReminder
            | TimerKind::Overdue
            | TimerKind::Returns
            | TimerKind::InspectionReminder
            | TimerKind::InspectionEnds => Self::Work,
            TimerKind::PaymentExpires
            | TimerKind::EvidenceDue
            | TimerKind::HoldingWarning
            | TimerKind::Clearance
            | TimerKind::HoldEnds => Self::Money,
        }
    }
}

/// What part of the stream is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    kind: Option<Kind>,
    before: Option<Timestamp>,
}

impl Asked {
    /// Of the query; what cannot be read narrows nothing.
    pub(super) fn read(query: Option<&str>) -> Self {
        let pairs = query_pairs(query);
        let value = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        let word = value("kind");
        let before = value("before").and_then(|text| text.parse().ok());
        Self {
            kind: KINDS
                .into_iter()
                .find(|kind| word.is_some_and(|word| word == kind.word())),
            before: before.and_then(|at| Timestamp::from_microsecond(at).ok()),
        }
    }

    fn is_of(self, kind: Kind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }
}

/// A page of the stream.
#[derive(Default)]
pub(super) struct Stream {
    /// Each narrows it, and whether that is how it is narrowed now.
    pub(super) kinds: Vec<(Link, bool)>,
    pub(super) items: Vec<Item>,
    pub(super) older: Option<String>,
}

/// One line of it.
pub(super) struct Item {
    pub(super) at: Moment,
    pub(super) text: String,
    /// What was said to an act.
    pub(super) note: String,
    /// A message, with its files.
    pub(super) said: Option<(Markdown, Attached)>,
    /// What was booked, each in words with a link to its line.
    pub(super) amounts: Vec<(&'static str, Link)>,
}

enum Happened<'a> {
    Deed(&'a DeedRow),
    Said(MessageRow),
}

impl Happened<'_> {
    fn at(&self) -> Timestamp {
        match self {
            Self::Deed(deed) => deed.at,
            Self::Said(message) => message.at,
        }
    }
}

impl Stream {
    pub(super) async fn read(
        web: &Web,
        people: People<'_>,
        reader: &Person,
        asked: Asked,
    ) -> Result<Self, Problem> {
        let (desk, sight) = (&web.app.desk, people.sight);
        let booked = statement::of_contract(desk, &sight.contract, people.me).await?;
        let booked: BTreeMap<&str, &Booked> = booked.iter().map(|one| (one.event.as_str(), one)).collect();
        let before = asked.before.unwrap_or(Timestamp::MAX);
        let (said, files) = if asked.is_of(Kind::Messages) {
            contract::said(desk, sight, (before, PAGE.saturating_add(1))).await?
        } else {
            (Vec::new(), Vec::new())
        };
        let fits = |deed: &&DeedRow| {
            let is_booked = booked.contains_key(deed.event.as_str());
            let kind = Kind::of(history::command_of(deed).as_ref());
            deed.at < before && (asked.is_of(kind) || is_booked && asked.is_of(Kind::Money))
        };
        let deeds = sight.deeds.iter().rev().filter(fits).map(Happened::Deed);
        let mut all: Vec<Happened<'_>> = said.into_iter().map(Happened::Said).chain(deeds).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.at()));
        let older = cut(&mut all);
        let id = sight.contract.id;
        let may_open_books = reader.roles.may(Role::Finance);
        let item = |one: Happened<'_>| match one {
            Happened::Said(message) => said_item(people, &message, &files),
            Happened::Deed(deed) => {
                let (text, note) = history::words(people, deed);
                let booked = booked.get(deed.event.as_str());
                Item {
                    at: Moment::new(deed.at),
                    text,
                    note,
                    said: None,
                    amounts: booked.map_or_else(Vec::new, |one| amounts(people, one, may_open_books)),
                }
            }
        };
        Ok(Self {
            kinds: kinds(people, asked),
            items: all.into_iter().map(item).collect(),
            older: older.map(|at| urls::contract_history(id, word(asked.kind), Some(at.as_microsecond()))),
        })
    }
}

fn word(kind: Option<Kind>) -> &'static str {
    kind.map_or("", Kind::word)
}

/// Leaves one page; gives the moment before which the next one begins.
fn cut(all: &mut Vec<Happened<'_>>) -> Option<Timestamp> {
    let page = usize::from(PAGE);
    let last = all.get(page.saturating_sub(1))?.at();
    let end = all.iter().rposition(|one| one.at() == last)?.saturating_add(1);
    let is_more = all.len() > end;
    all.truncate(end);
    is_more.then_some(last)
}

fn kinds(people: People<'_>, asked: Asked) -> Vec<(Link, bool)> {
    let id = people.sight.contract.id;
    let link = |kind: Option<Kind>| {
        let label = kind.map_or("Everything", Kind::label);
        let link = Link::new(urls::contract_history(id, word(kind), None), label);
        (link, kind == asked.kind)
    };
    let there = |kind: &Kind| *kind != Kind::Messages || people.sight.conversation.is_some();
    let narrowed = KINDS.into_iter().filter(there).map(Some);
    std::iter::once(None).chain(narrowed).map(link).collect()
}

fn said_item(people: People<'_>, message: &MessageRow, files: &[FileRow]) -> Item {
    let attached = Attached::of(files, FileOf::Message(message.id));
    Item {
        at: Moment::new(message.at),
        text: format!("{} wrote", people.subject(message.author)),
        note: String::new(),
        said: Some((Markdown::new(&message.text), attached)),
        amounts: Vec::new(),
    }
}

/// For a party the lines of their statement; for whoever may open the books in the office, the entry: its sum is of all
/// its debits, of which what happened may be one.
fn amounts(people: People<'_>, booked: &Booked, may_open_books: bool) -> Vec<(&'static str, Link)> {
    let currency: Currency = people.sight.contract.currency;
    if people.sight.seat == Seat::Office {
        let link = Link::new(urls::office_entry(&booked.id), sum(currency, booked.whole));
        return Vec::from_iter(may_open_books.then_some(("Booked, all debits together", link)));
    }
    let href = urls::statement_line(&booked.day.to_string(), &booked.entry);
    let link = |amount: Minor| Link::new(href.clone(), signed(currency, amount));
    let moves = booked.moves.iter();
    moves
        .map(|(reason, amount)| (reason.words(), link(*amount)))
        .collect()
}

#[cfg(test)]
mod tests;
