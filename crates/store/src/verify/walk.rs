//! Along one chain: every item names the one before and has the hash of its content, every event is decided again, and
//! its entry is what was decided.

use std::collections::HashMap;
use std::fmt::Write;

use earnest_hire::contract::Earning;
use earnest_hire::hex;
use earnest_hire::ledger::Entry;

use super::case::{Booked, Case, LineRow};
use super::decided::{Actors, Decided, Subject};
use super::finding::{Finding, Found};
use super::jobs::Jobs;
use super::state;
use super::sums::Both;
use crate::chain::{EventRow, Lines, sha256};

/// How long a body mostly is at most.
const BODY: usize = 4096;

/// What the state must be, collected along the chain.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) case: Case<'a>,
    pub(super) subject: Subject,
    /// After the last event.
    pub(super) body: Vec<u8>,
    pub(super) jobs: Jobs<'a>,
    pub(super) earnings: Vec<Earning>,
    pub(super) timers: state::Timers,
    pub(super) payouts: Vec<String>,
    /// By earning.
    pub(super) cleared: HashMap<String, state::Cleared>,
    pub(super) sums: HashMap<&'a str, Both>,
    actors: Actors<'a>,
    /// Length and hash so far.
    length: i64,
    head: [u8; 32],
}

/// Proves one chain and everything that follows from it, as far as its history can be believed.
pub(super) fn chain(mut case: Case<'_>, found: &mut Found) {
    found.checked.heads += u64::try_from(case.noted.len()).unwrap_or(u64::MAX);
    if case.events.is_empty() && case.entries.is_empty() && case.head.is_none() && case.unreadable.is_empty()
    {
        return state::without_history(&mut case, found);
    }
    found.checked.chains += 1;
    match history(case, found) {
        Ok(walk) => {
            found
                .heads
                .push((walk.case.id.to_owned(), walk.length, walk.head));
            state::compare(walk, found);
        }
        Err(findings) => {
            found.doubt = true;
            for one in findings {
                found.add(one);
            }
        }
    }
}

/// From the first event to the last, or to the first row that is not as it must be.
fn history<'a>(mut case: Case<'a>, found: &mut Found) -> Result<Walk<'a>, Vec<Finding>> {
    if !case.unreadable.is_empty() {
        return Err(case.unreadable);
    }
    let subject = Subject::of(&case).map_err(|(table, why)| vec![nobodys(&case, table, why)])?;
    let events = std::mem::take(&mut case.events);
    let sums = case.sums();
    for (account, both) in &sums {
        found.add_sum(account, *both);
    }
    let mut walk = Walk {
        subject,
        jobs: Jobs::of(&mut case),
        case,
        body: Vec::with_capacity(BODY),
        earnings: Vec::new(),
        timers: state::Timers::default(),
        payouts: Vec::new(),
        cleared: HashMap::new(),
        sums,
        actors: Actors::default(),
        length: 0,
        head: [0; 32],
    };
    let mut left = events.as_slice();
    while let [event, rest @ ..] = left {
        found.checked.events += 1;
        if event.no != walk.length + 1 {
            return Err(vec![walk.out_of_place(event, rest)]);
        }
        walk.event(event).map_err(|one| vec![one])?;
        left = rest;
    }
    walk.end().map_err(|one| vec![one])?;
    Ok(walk)
}

/// A chain of nobody. Where it has no row either, its items are the ones that are wrong.
fn nobodys(case: &Case<'_>, table: &'static str, why: String) -> Finding {
    let stray = |table, id: &str, no| Finding {
        no: Some(no),
        ..case.finding("I8", table, id, "there is no such chain".to_owned())
    };
    let event = case.events.first().map(|one| stray("event", one.id, one.no));
    let entry = || {
        case.entries
            .last()
            .map(|one| stray("entry", one.row.id, one.row.no))
    };
    let item = case.head.is_none().then(|| event.or_else(entry)).flatten();
    item.unwrap_or_else(|| case.finding("I8", table, case.id, why))
}

fn of_chain(case: &Case<'_>, why: String) -> Finding {
    case.finding("I8", "chain", case.id, why)
}

impl<'a> Walk<'a> {
    fn event(&mut self, event: &EventRow<&'a str>) -> Result<(), Finding> {
        let wrong = |case: &Case<'_>, why: String| Finding {
            no: Some(event.no),
            ..case.finding("I8", "event", event.id, why)
        };
        if event.prev != self.head {
            let why = "the item that it names is not the one before it".to_owned();
            return Err(wrong(&self.case, why));
        }
        if event.digest() != event.hash {
            return Err(wrong(&self.case, "its content does not have its hash".to_owned()));
        }
        let by = self.actors.read(event.actor);
        let decided = by.and_then(|by| self.subject.decide(event, &by, &mut self.body));
        let decided = decided.map_err(|why| wrong(&self.case, why))?;
        if let Some(why) = differs(event, &decided, &self.body) {
            return Err(wrong(&self.case, why));
        }
        self.next(event.hash)?;
        self.entry(event, decided.entry.as_ref())?;
        self.follow(event, decided);
        Ok(())
    }

    /// The event that should come next, if it stands elsewhere; else the one that comes instead.
    fn out_of_place(&self, event: &EventRow<&str>, others: &[EventRow<&str>]) -> Finding {
        let next = self.length + 1;
        let named = others.iter().find(|one| one.prev == self.head).unwrap_or(event);
        let why = format!("its place is {}, and nothing is at place {next}", named.no);
        Finding {
            no: Some(named.no),
            ..self.case.finding("I8", "event", named.id, why)
        }
    }

    /// One item further; where a checkpoint lists this length, the hash must be the one it lists.
    fn next(&mut self, hash: [u8; 32]) -> Result<(), Finding> {
        (self.length, self.head) = (self.length + 1, hash);
        let noted = self.case.noted.iter().find(|(length, ..)| *length == self.length);
        match noted {
            Some((length, noted, no)) if *noted != hex(&hash) => {
                let why = format!(
                    "checkpoint {no} lists another item at place {length}: the chain was written anew"
                );
                Err(Finding {
                    no: Some(*length),
                    ..self.case.finding("I16", "chain", self.case.id, why)
                })
            }
            _ => Ok(()),
        }
    }

    /// The entry that an event made, which stands right behind it.
    fn entry(&mut self, event: &EventRow<&str>, decided: Option<&Entry>) -> Result<(), Finding> {
        let place = self.length + 1;
        let at = |case: &Case<'_>, id: &str, why: &str| Finding {
            no: Some(place),
            ..case.finding("I8", "entry", id, why.to_owned())
        };
        let (entry, booked) = match (decided, self.booked(event, decided)) {
            (None, None) => return Ok(()),
            (Some(entry), Some(booked)) => (entry, booked),
            (Some(entry), None) => {
                let id = entry.id().to_string();
                return Err(at(&self.case, &id, "it was decided and is missing"));
            }
            (None, Some(booked)) => {
                return Err(at(
                    &self.case,
                    booked.row.id,
                    "the event before it decided no entry",
                ));
            }
        };
        let row = &booked.row;
        let wrong = if row.id != entry.id().to_string() {
            Some("it has another id than was decided")
        } else if row.no != place {
            Some("it does not stand behind its event")
        } else if row.transition_id != event.id {
            Some("it names another event than the one before it")
        } else if row.kind != entry.kind() {
            Some("it is of another kind than was decided")
        } else if row.at != event.at {
            Some("it was booked at another moment than its event")
        } else if row.prev != self.head {
            Some("the item that it names is not the one before it")
        } else {
            None
        };
        if let Some(why) = wrong {
            return Err(at(&self.case, row.id, why));
        }
        self.lines(&booked, entry)?;
        let hash = row.digest_with(|lines| booked.lines.iter().for_each(|line| line.write(lines)));
        if hash != row.hash {
            return Err(at(&self.case, row.id, "its content does not have its hash"));
        }
        self.next(row.hash)
    }

    /// The entry behind an event; where one was decided and is not there, the one that names the event.
    fn booked(&mut self, event: &EventRow<&str>, decided: Option<&Entry>) -> Option<Booked<'a>> {
        let entries = &mut self.case.entries;
        if let Some(next) = entries.pop_if(|one| one.row.no == self.length + 1) {
            return Some(next);
        }
        decided?;
        let elsewhere = entries.iter().position(|one| one.row.transition_id == event.id);
        elsewhere.map(|place| entries.remove(place))
    }

    fn lines(&self, booked: &Booked<'_>, entry: &Entry) -> Result<(), Finding> {
        let wrong = |invariant, no: i64, why: &str| Finding {
            no: Some(booked.row.no),
            ..self.case.finding(
                invariant,
                "line",
                &format!("{} {no}", booked.row.id),
                why.to_owned(),
            )
        };
        let (mut stored, mut account) = (booked.lines.iter(), String::new());
        for (no, decided) in (1_i64..).zip(entry.lines()) {
            let line = stored.next().filter(|line| line.no == no);
            let line = line.ok_or_else(|| wrong("I8", no, "it was decided and is missing"))?;
            account.clear();
            let written = write!(account, "{} {}", decided.currency, decided.account);
            if written.is_err() || line.account != account {
                return Err(wrong("I8", no, "it is on another account than was decided"));
            }
            if (line.side, line.amount) != (decided.side, decided.amount.0) {
                return Err(wrong("I8", no, "it books another amount than was decided"));
            }
            if line.external_id != decided.external_id.as_deref() {
                return Err(wrong("I8", no, "it names another movement than was decided"));
            }
        }
        if let Some(line) = stored.next() {
            return Err(wrong("I8", line.no, "nothing decided it"));
        }
        balanced(&booked.lines).map_err(|why| Finding {
            no: Some(booked.row.no),
            ..self.case.finding("I2", "entry", booked.row.id, why)
        })
    }

    /// Collects what an event brought.
    fn follow(&mut self, event: &EventRow<&'a str>, decided: Decided) {
        self.jobs.follow(&self.case, event, &decided.tasks);
        self.timers.follow(decided.used, decided.timers);
        self.earnings.extend(decided.earnings);
        self.payouts.extend(decided.payouts);
        if let Some((earning, amount, clears_at)) = decided.cleared {
            let cleared = state::Cleared {
                at: event.at,
                no: event.no,
                amount,
                clears_at,
            };
            self.cleared.insert(earning, cleared);
        }
    }

    /// Nothing is left over, and the chain's row and the checkpoints know of no more than there is.
    fn end(&self) -> Result<(), Finding> {
        if let Some(left) = self.case.entries.last() {
            return Err(Finding {
                no: Some(left.row.no),
                ..self.case.finding(
                    "I8",
                    "entry",
                    left.row.id,
                    "no event of its chain made it".to_owned(),
                )
            });
        }
        let longer = self.case.noted.iter().find(|(length, ..)| *length > self.length);
        if let Some((length, _, no)) = longer {
            let why = format!(
                "checkpoint {no} lists {length} items, and there are {}: the end is cut off",
                self.length
            );
            return Err(self.case.finding("I16", "chain", self.case.id, why));
        }
        match self.case.head {
            None => Err(of_chain(&self.case, "it is missing".to_owned())),
            Some((length, _)) if length != self.length => {
                let why = format!(
                    "it says that there are {length} items, and there are {}",
                    self.length
                );
                Err(of_chain(&self.case, why))
            }
            Some((_, head)) if head != self.head => Err(of_chain(
                &self.case,
                "its head is not the hash of the last item".to_owned(),
            )),
            Some(_) => Ok(()),
        }
    }
}

/// Which column of an event is not what was decided, if one is.
fn differs(event: &EventRow<&str>, decided: &Decided, body: &[u8]) -> Option<String> {
    let column = if event.id != decided.id {
        "id"
    } else if event.kind != decided.kind {
        "kind"
    } else if event.version != decided.version {
        "version"
    } else if event.moved != decided.moved {
        "moved"
    } else if event.body_sha256 != sha256(body) {
        "body_sha256"
    } else {
        return None;
    };
    Some(format!("its {column} is not what is decided from it"))
}

/// Debits equal credits in every currency.
fn balanced(lines: &[LineRow<'_>]) -> Result<(), String> {
    let mut checked = "";
    for line in lines {
        let currency = currency(line.account);
        if currency == checked {
            continue;
        }
        checked = currency;
        let mut both = Both::default();
        let same = lines.iter().filter(|one| self::currency(one.account) == currency);
        same.for_each(|one| both.book(one.side, one.amount));
        if both.debit != both.credit {
            return Err(format!("its debits and credits in {currency} are not equal"));
        }
    }
    Ok(())
}

fn currency(account: &str) -> &str {
    account.split_once(' ').map_or(account, |(currency, _)| currency)
}

impl LineRow<'_> {
    /// As it is hashed. It was found to be what was decided, so that its texts need not be made again.
    fn write(&self, lines: &mut Lines) {
        let (currency, code) = self.account.split_once(' ').unwrap_or(("", self.account));
        lines.leg(self.side, (code, currency), self.amount, self.external_id);
    }
}
