//! Holds and payouts as the office works through them, and what the person concerned says to a hold.

pub mod contract;
pub(crate) mod lifted;

use std::collections::BTreeMap;
use std::fmt::Display;

use earnest_hire::contract::Actor;
use earnest_hire::field::{self, Faults, FieldRefusal, Lines, required};
use earnest_hire::ids::{HoldId, PayoutId, PersonId};
use earnest_hire::payee::{Command, DecidedBy, Hold, Payee, Payout, Scope};
use earnest_hire::span::{after, days};
use earnest_store::{Key, View};
use jiff::Timestamp;
use serde::Serialize;

pub use self::lifted::Lifted;
use crate::Error;
use crate::contract::Also;
use crate::desk::Desk;
use crate::motion::{self, Given, What};
use crate::payee::{self, Who};
use crate::provider::broken;

/// Why an account is held: the stable word, and what it says to the person.
pub const REASONS: [(&str, &str); 6] = [
    ("identity", "It is not clear who you are."),
    (
        "payout_account",
        "The account that you are paid to has to be looked at.",
    ),
    (
        "payment_taken_back",
        "A payment to you was taken back by the payer’s bank.",
    ),
    ("conduct", "Something you did may break the terms."),
    ("fraud", "There are signs of fraud by you or with your account."),
    ("authority", "An authority has asked for it."),
];
/// What an operator may stop.
pub const SCOPES: [(Scope, &str); 4] = [
    (Scope::Payouts, "Payouts"),
    (Scope::NewContracts, "Signing or funding something new"),
    (Scope::Messages, "Writing where no contract runs"),
    (Scope::SignIn, "Signing in"),
];
/// The longest hold before somebody has to look at it again.
pub const DAYS: u16 = 7;
/// The most characters of what is written about a hold.
pub const TEXT: usize = 5_000;
const RULE: usize = 300;

/// A hold with whose it is.
#[derive(Debug, Clone)]
pub struct Held {
    /// Whose.
    pub person: PersonId,
    /// What they are called.
    pub name: String,
    /// The hold.
    pub hold: Hold,
    /// What the operator is called who decided it; none where a rule of the program did.
    pub by: Option<String>,
    /// Who ended it before its day and why, where somebody did.
    pub lifted: Option<Lifted>,
    /// What they are called.
    pub lifted_by: Option<String>,
}

/// A payout that somebody is to have an eye on.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Whose.
    pub person: PersonId,
    /// What they are called.
    pub name: String,
    /// The payout.
    pub payout: Payout,
}

/// Holds that stand, the one that ends first first.
pub async fn open(desk: &Desk) -> Result<Vec<Held>, Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let mut found = Vec::new();
        for payee in view.held().await? {
            found.extend(told(&mut view, Some(&payee)).await?);
        }
        found.retain(|one: &Held| one.hold.stands(now));
        Ok::<_, earnest_store::Error>(found)
    });
    let mut found = read.await?;
    found.sort_by_key(|one| one.hold.review_by);
    Ok(found)
}

/// Whether something of somebody is stopped at this moment.
pub(crate) async fn stops(
    view: &mut View,
    person: PersonId,
    scope: Scope,
    now: Timestamp,
) -> Result<bool, earnest_store::Error> {
    let payee = view.payee(person).await?;
    let stops = |hold: &Hold| hold.scope == scope && hold.stands(now);
    Ok(payee.is_some_and(|payee| payee.holds.iter().any(stops)))
}

/// The hold of a person that stops something now, the one that ends last.
pub async fn standing(desk: &Desk, person: PersonId, scope: Scope) -> Result<Option<Held>, Error> {
    let now = desk.now();
    let mut all = of_person(desk, person).await?;
    all.retain(|one| one.hold.scope == scope && one.hold.stands(now));
    Ok(all.into_iter().max_by_key(|one| one.hold.review_by))
}

/// All holds of one person that stand or ended lately, the last first.
pub async fn of_person(desk: &Desk, person: PersonId) -> Result<Vec<Held>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let payee = view.payee(person).await?;
        told(&mut view, payee.as_ref()).await
    });
    Ok(read.await?)
}

/// The same of somebody who was read; most people have none, and of them nothing is read.
pub(crate) async fn told(view: &mut View, payee: Option<&Payee>) -> Result<Vec<Held>, earnest_store::Error> {
    let Some(payee) = payee.filter(|payee| !payee.holds.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut lifted = lifted::of_person(view, payee).await?;
    let mut names = BTreeMap::new();
    let lifters: Vec<PersonId> = lifted.values().map(|one| one.by).collect();
    let operators = payee.holds.iter().filter_map(|one| match one.decided {
        DecidedBy::Operator { id } => Some(id),
        DecidedBy::Automated => None,
    });
    for id in operators.chain(lifters).chain([payee.id]) {
        if let Some(person) = view.person(id).await? {
            names.insert(id, person.name);
        }
    }
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let holds = payee.holds.iter().rev().map(|hold| {
        let lifted = lifted.remove(&hold.id);
        Held {
            person: payee.id,
            name: name(payee.id),
            by: match hold.decided {
                DecidedBy::Operator { id } => Some(name(id)),
                DecidedBy::Automated => None,
            },
            lifted_by: lifted.as_ref().map(|one| name(one.by)),
            lifted,
            hold: hold.clone(),
        }
    });
    Ok(holds.collect())
}

/// Payouts that were not sent, take long, or did not arrive lately, those that wait longest first.
pub async fn payouts(desk: &Desk) -> Result<Vec<Waiting>, Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let mut found = Vec::new();
        for payee in view.paid_lately(now).await? {
            let person = view.person(payee.id).await?;
            let name = person.map_or_else(|| payee.id.to_string(), |person| person.name);
            let waiting = payee.payouts.iter().filter(|one| one.waits_since(now).is_some());
            found.extend(waiting.map(|payout| Waiting {
                person: payee.id,
                name: name.clone(),
                payout: payout.clone(),
            }));
        }
        Ok::<_, earnest_store::Error>(found)
    });
    let mut found = read.await?;
    found.sort_by_key(|one| one.payout.waits_since(now));
    Ok(found)
}

/// A hold as an operator typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The word of a scope.
    pub scope: String,
    /// One of [`REASONS`].
    pub reason: String,
    /// What was found.
    pub facts: String,
    /// Which rule it breaks.
    pub rule: String,
    /// In how many days it ends by itself.
    pub days: String,
}

fn read_facts(typed: &str) -> Result<String, FieldRefusal> {
    reason("facts", typed, "Say what was found. The person reads it.")
}

fn read_rule(typed: &str) -> Result<String, FieldRefusal> {
    let missing = "Name the rule, like “terms, 7.3”.";
    required("rule", typed, RULE, Lines::One, missing)
}

/// What was found and which rule it breaks, read and checked.
pub fn said(facts: &str, rule: &str) -> Result<(String, String), Vec<FieldRefusal>> {
    both(read_facts(facts), read_rule(rule))
}

/// What two fields say, or what is wrong with each.
fn both<A, B>(
    one: Result<A, FieldRefusal>,
    other: Result<B, FieldRefusal>,
) -> Result<(A, B), Vec<FieldRefusal>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err([one.err(), other.err()].into_iter().flatten().collect()),
    }
}

/// What a reason of a list says, by its stable word.
pub fn meaning(reasons: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    let known = reasons.iter().find(|(known, _)| *known == word);
    known.map(|(_, meaning)| *meaning)
}

/// The stable word of a reason that was chosen from a list.
fn read_reason(reasons: &[(&'static str, &str)], typed: &str) -> Result<String, FieldRefusal> {
    let known = reasons.iter().find(|(known, _)| *known == typed);
    let missing = || FieldRefusal::new("reason", "missing", "Choose a reason.");
    known.map(|(word, _)| (*word).to_owned()).ok_or_else(missing)
}

/// Puts a hold on somebody's account.
pub async fn place(
    desk: &Desk,
    person: PersonId,
    typed: &Typed,
    who: Who<'_>,
    once: &str,
) -> Result<Given, Error> {
    crate::account::person(desk, person).await?;
    let missing = || FieldRefusal::new("scope", "missing", "Say what is stopped.");
    let mut faults = Faults::default();
    let scope = SCOPES.iter().find(|(scope, _)| scope.name() == typed.scope);
    let scope = faults.note(scope.ok_or_else(missing));
    let reason = faults.note(read_reason(&REASONS, &typed.reason));
    let facts = faults.note(read_facts(&typed.facts));
    let rule = faults.note(read_rule(&typed.rule));
    let ends = faults.note(ends_in(&typed.days));
    let (Some((scope, _)), Some(reason), Some(facts), Some(rule), Some(ends)) =
        (scope, reason, facts, rule, ends)
    else {
        return Err(Error::Invalid(faults.all()));
    };
    let command = Command::PlaceHold {
        scope: *scope,
        reason,
        facts,
        rule,
        review_by: after(desk.now(), days(ends)),
        second: None,
    };
    give(desk, person, command, who, once).await
}

/// What an operator does about a hold or a payout that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Keeps a hold for so many days more.
    Extend(HoldId, String),
    /// Ends a hold.
    Lift(HoldId),
    /// Keeps a hold against which the person complained.
    Answer(HoldId),
    /// Stops one payout for so many days.
    Stop(PayoutId, String),
    /// Lets a payout go on that was stopped.
    Release(PayoutId),
}

/// Does it, with reasons that the person reads; letting a payout go on needs none.
pub async fn act(
    desk: &Desk,
    person: PersonId,
    (act, reason): (&Act, &str),
    who: Who<'_>,
    once: &str,
) -> Result<Given, Error> {
    let reason = match act {
        Act::Release(_) => Ok(String::new()),
        _ => self::reason("reason", reason, "Say why. The person reads it."),
    };
    let ends = match act {
        Act::Extend(_, days) | Act::Stop(_, days) => ends_in(days),
        Act::Lift(_) | Act::Answer(_) | Act::Release(_) => Ok(0),
    };
    let (reason, ends) = both(reason, ends).map_err(Error::Invalid)?;
    let review_by = after(desk.now(), days(ends));
    if let Act::Extend(hold, _) = act {
        let payee = desk
            .store
            .read(move |mut view| async move { view.payee(person).await });
        let payee = payee.await?;
        let standing = payee
            .iter()
            .flat_map(|payee| &payee.holds)
            .find(|one| one.id == *hold);
        longer(review_by, standing.map(|one| one.review_by))?;
    }
    let second = None;
    let command = match *act {
        Act::Extend(hold, _) => Command::ExtendHold {
            hold,
            reason,
            review_by,
            second,
        },
        Act::Lift(hold) => Command::LiftHold { hold, reason },
        Act::Answer(hold) => Command::AnswerAppeal { hold, reason },
        Act::Stop(payout, _) => Command::HoldPayout {
            payout,
            reason,
            review_by,
            second,
        },
        Act::Release(payout) => Command::ReleasePayout { payout },
    };
    give(desk, person, command, who, once).await
}

/// What the person says to a hold, once.
pub async fn appeal(
    desk: &Desk,
    person: PersonId,
    hold: HoldId,
    reason: &str,
    once: &str,
) -> Result<(), Error> {
    let missing = "Say what is wrong about it.";
    let reason = text("reason", reason, missing).map_err(|fault| Error::Invalid(vec![fault]))?;
    let (command, actor) = (Command::AppealHold { hold, reason }, Actor::Person { id: person });
    let key = key(&actor, person, &command, once)?;
    // Whoever complains moves nothing: no second factor is asked for.
    payee::act(desk, person, &command, Who::sure(&actor), Also::Key(key))
        .await
        .map(drop)
}

async fn give(
    desk: &Desk,
    person: PersonId,
    command: Command,
    who: Who<'_>,
    once: &str,
) -> Result<Given, Error> {
    let also = Also::Key(key(who.actor, person, &command, once)?);
    motion::give(desk, &What::Payee(person, command), who, also).await
}

/// A second click on the same form is the first one again, though its end has moved by then. `of` is the person or the
/// contract that it is about.
fn key(actor: &Actor, of: impl Display, command: &impl Serialize, once: &str) -> Result<Key, Error> {
    let text = serde_json::to_string(command).map_err(broken)?;
    let same = motion::without_end(&text).map_or(text, |same| same.to_string());
    let by = serde_json::to_string(actor).map_err(broken)?;
    Ok(Key::new(&format!("{by} {of}"), once, &same))
}

/// What somebody says to a hold.
fn text(field: &'static str, typed: &str, missing: &str) -> Result<String, FieldRefusal> {
    required(field, typed, TEXT, Lines::Several, missing)
}

/// What an operator says of one.
fn reason(field: &'static str, typed: &str, missing: &str) -> Result<String, FieldRefusal> {
    field::reason(field, typed, TEXT, Lines::Several, missing)
}

fn ends_in(typed: &str) -> Result<u16, FieldRefusal> {
    let days = typed.trim().parse::<u16>().ok();
    days.filter(|days| (1..=DAYS).contains(days)).ok_or_else(|| {
        FieldRefusal::new(
            "days",
            "hold_too_long",
            format!("Give a number of days from 1 to {DAYS}. It ends by itself then, unless somebody looks at it and keeps it."),
        )
    })
}

/// Keeping a hold longer never ends it sooner: that is what lifting is for, with a reason of its own.
fn longer(review_by: Timestamp, standing: Option<Timestamp>) -> Result<(), Error> {
    let sooner = standing.is_some_and(|standing| review_by < standing);
    let refused = || {
        FieldRefusal::new(
            "days",
            "hold_not_longer",
            "It stands longer than that already. Give more days from now, or lift it.",
        )
    };
    if sooner {
        return Err(Error::Invalid(vec![refused()]));
    }
    Ok(())
}
