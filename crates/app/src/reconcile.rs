//! What a provider says has moved, held against the books, line by line and by the provider's own names. Nothing is
//! booked to make the two agree: a difference is shown until its cause is found.

mod found;
mod open;

use std::collections::{BTreeMap, BTreeSet};

use earnest_hire::ledger::{Account, Name, Side};
use earnest_hire::money::Minor;
use earnest_store::{EventState, OutsideLine, ReconciliationRow};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use self::found::{Found, left_alone};
pub use self::open::{Differing, Standing, compare_now, repair_all, standing};
use crate::Error;
use crate::bank;
use crate::contract::Replay;
use crate::desk::Desk;
use crate::outside::payments::{BalanceTransaction, Movable, PaymentProvider, Period};
use crate::provider::{self, NotTaken, broken};

/// How much later the books may have what a provider did, and the other way round, before it counts as missing.
const MARGIN: SignedDuration = SignedDuration::from_hours(3 * 24);
/// A comparison of a time that ended no longer ago is the newest: the next day is compared by then.
const NEWEST: SignedDuration = SignedDuration::from_hours(48);
/// A refund that was sent longer ago is asked after.
const SLOW: SignedDuration = SignedDuration::from_hours(5 * 24);
/// A day in UTC.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// After so long of a new day the day before is compared: its last events have come by then.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_mins(30);

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The provider moved it and the books do not have it.
    MissingInBooks,
    /// The books have it and the provider does not know it.
    MissingAtProvider,
    /// Both have it, with another amount, direction or currency.
    AmountDiffers,
    /// Both have it, for another payment, refund or payout.
    SubjectDiffers,
    /// The provider has more than the books know of.
    BalanceDiffers,
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What differs.
    pub kind: DifferenceKind,
    /// The provider's name of the movement, where there is one.
    pub external_id: Option<String>,
    /// Our payment, refund or payout; of a line that the provider does not know, its entry.
    pub about: String,
    /// By the provider, out of our balance where negative.
    pub provider_minor: Option<Minor>,
    /// By the books.
    pub books_minor: Option<Minor>,
    /// What it may be and what to do.
    pub explanation: String,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// Which provider.
    pub provider: String,
    /// The first instant of the period.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// When the two were compared.
    pub at: Timestamp,
    /// Movements that are on both sides, alike.
    pub matched: usize,
    /// What our balance with the provider is by the books, now.
    pub books_balance_minor: Minor,
    /// What the provider says can be moved now: at most all of the balance.
    pub movable_minor: Minor,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum NotCompared {
    /// There is no such provider.
    #[error("no provider of that name is configured")]
    NoProvider,
    /// The time has not begun.
    #[error("nothing has moved yet in a time that has not begun")]
    NotYet,
    /// The provider did not answer.
    #[error("the provider cannot be asked now: {0}")]
    NoAnswer(String),
    /// The books could not be read.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<earnest_store::Error> for NotCompared {
    fn from(error: earnest_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Compares one period, and changes nothing.
pub async fn compare(desk: &Desk, name: &str, period: Period) -> Result<Reconciliation, NotCompared> {
    let provider = desk.providers.get(name).ok_or(NotCompared::NoProvider)?;
    // What is moved after this moment is in no list yet: the time until then is compared, and no more counts as compared.
    let (now, asked) = (desk.now(), period);
    if period.from >= now {
        return Err(NotCompared::NotYet);
    }
    let period = Period {
        from: period.from,
        until: period.until.min(now),
    };
    let wide = Period {
        from: minus(period.from),
        until: plus(period.until),
    };
    let told = ask(provider.as_ref(), wide).await?;
    let movable = provider.movable(desk.currency).await;
    let movable = movable
        .map_err(|error| NotCompared::NoAnswer(error.to_string()))?
        .most;
    let accounts = accounts(name)?;
    let books = books(desk, (name, &accounts), period, &told).await?;
    let mut found = Found::default();
    found.of_provider(desk, &told, period, &books);
    found.of_books(&books.of_period, &told);
    // what was done since a past period is not its difference
    let current = asked.until >= now;
    let left = bank::left(desk, name).await?;
    // of what nobody has explained more is known than that the books do not have it
    let explained = |one: &Difference| {
        left.iter()
            .all(|left| one.external_id.as_ref() != Some(&left.external_id))
    };
    found.differences.retain(explained);
    let named = left
        .iter()
        .filter(|one| current || within(one.received_at, period));
    found.differences.extend(named.map(left_alone));
    // What can be moved is known of this moment alone: whatever was compared last is what it is held against.
    let is_newest = now.duration_since(period.until) < NEWEST;
    if is_newest && movable != Movable::UNBOUNDED.most {
        found.of_balance(movable, &books, &told);
    }
    Ok(Reconciliation {
        provider: name.to_owned(),
        from: period.from,
        until: period.until,
        at: now,
        matched: found.matched,
        books_balance_minor: books.balance,
        movable_minor: movable,
        differences: found.differences,
    })
}

/// Compares, and keeps what was found for the pages and figures of operators.
pub async fn compare_and_keep(
    desk: &Desk,
    name: &str,
    period: Period,
) -> Result<Reconciliation, NotCompared> {
    let compared = compare(desk, name, period).await?;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    desk.store
        .keep_reconciliation(ReconciliationRow {
            provider: compared.provider.clone(),
            from: compared.from,
            until: compared.until,
            at: compared.at,
            matched: count(compared.matched),
            found: count(compared.differences.len()),
            differences: serde_json::to_string(&compared.differences).map_err(broken)?,
        })
        .await?;
    Ok(compared)
}

/// Asks the provider about every payment, refund and payout that a comparison names, and applies the events that never
/// came; says how many changed something. What is then still different needs a person.
pub async fn repair(desk: &Desk, compared: &Reconciliation) -> Result<usize, NotCompared> {
    let provider = desk
        .providers
        .get(&compared.provider)
        .ok_or(NotCompared::NoProvider)?;
    let subjects: BTreeSet<&str> = compared
        .differences
        .iter()
        .map(|one| one.about.as_str())
        .collect();
    let mut applied = 0_usize;
    for subject in subjects {
        applied = applied.saturating_add(ask_after(desk, provider.as_ref(), subject).await?);
    }
    Ok(applied)
}

/// Asks a provider what became of every call about a payment, refund or payout, and applies the events that never came; says
/// how many changed something.
async fn ask_after(desk: &Desk, provider: &dyn PaymentProvider, subject: &str) -> Result<usize, NotCompared> {
    let (subject, mut applied) = (subject.to_owned(), 0_usize);
    let keys = desk.store.read(move |mut view| {
        let subject = subject.clone();
        async move { view.calls_about(&subject).await }
    });
    for key in keys.await? {
        let found = provider.look_up(&key).await;
        let found = found.map_err(|error| NotCompared::NoAnswer(error.to_string()))?;
        for event in found.iter().flat_map(|found| &found.events) {
            match provider::taken_once(desk, event).await {
                Ok((taken, Replay::First)) if taken.state == EventState::Applied => {
                    applied = applied.saturating_add(1);
                }
                // kept and told by `earnest events list`
                Ok(_) | Err(NotTaken::Other | NotTaken::NoProvider | NotTaken::NotBelieved(_)) => {}
                Err(NotTaken::Failed(error)) => return Err(error.into()),
            }
        }
    }
    Ok(applied)
}

/// Before when a refund must have been sent to be slow: a provider takes five days at most.
pub(crate) fn slow(now: Timestamp) -> Timestamp {
    now.checked_sub(SLOW).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Asks after refunds that are slow: the event that told of their end may be lost, and no movement is missing on either side.
async fn ask_after_slow_refunds(desk: &Desk, name: &str) -> Result<(), NotCompared> {
    let provider = desk.providers.get(name).ok_or(NotCompared::NoProvider)?;
    let (named, before) = (name.to_owned(), slow(desk.now()));
    let read = desk.store.read(move |mut view| {
        let named = named.clone();
        async move { view.slow_refunds(&named, before).await }
    });
    for refund in read.await? {
        ask_after(desk, provider.as_ref(), &refund).await?;
    }
    Ok(())
}

/// Compares every period anew whose last comparison found differences, as when somebody has found out what they were.
pub async fn anew(desk: &Desk, name: &str) -> Result<usize, NotCompared> {
    let named = name.to_owned();
    let read = desk.store.read(move |mut view| {
        let named = named.clone();
        async move { view.differing_periods(&named).await }
    });
    let periods = read.await?;
    for (from, until) in &periods {
        let (from, until) = (*from, *until);
        compare_and_keep(desk, name, Period { from, until }).await?;
    }
    Ok(periods.len())
}

/// So many days are compared in a row; the next run goes on with those that are left.
const DAYS_AT_ONCE: usize = 31;

/// Compares every day up to yesterday that was not compared yet, for every provider; says how many were. A provider that
/// does not answer keeps none of the others waiting.
pub async fn daily(desk: &Desk) -> Result<usize, NotCompared> {
    let Some(yesterday) = yesterday(desk.now()) else {
        return Ok(0);
    };
    let (mut compared, mut ended) = (0_usize, Ok(()));
    for name in desk.providers.keys() {
        match days_of(desk, name, yesterday).await {
            Ok(days) => compared = compared.saturating_add(days),
            Err(error) => ended = ended.and(Err(error)),
        }
    }
    ended.map(|()| compared)
}

/// The first day that is not compared in whole: of a provider that never was, the one of its first event.
async fn first_day(desk: &Desk, name: &str, yesterday: Period) -> Result<Timestamp, NotCompared> {
    let named = name.to_owned();
    let read = desk.store.read(move |mut view| {
        let named = named.clone();
        async move {
            Ok::<_, earnest_store::Error>(match view.reconciled_until(&named).await? {
                Some(until) => Some(until),
                None => view.first_event(&named).await?,
            })
        }
    });
    let from = read.await?.unwrap_or(yesterday.from);
    let day = from.to_zoned(TimeZone::UTC).start_of_day();
    Ok(day.map_or(yesterday.from, |day| day.timestamp()))
}

async fn days_of(desk: &Desk, name: &str, yesterday: Period) -> Result<usize, NotCompared> {
    let mut from = first_day(desk, name, yesterday).await?;
    let mut compared = 0_usize;
    while from < yesterday.until && compared < DAYS_AT_ONCE {
        let until = from
            .checked_add(DAY)
            .unwrap_or(yesterday.until)
            .min(yesterday.until);
        let period = Period { from, until };
        let found = compare_and_keep(desk, name, period).await?;
        if !found.differences.is_empty() {
            tracing::error!(
                provider = name,
                differences = found.differences.len(),
                "the books and {name} differ: see `earnest reconcile --provider {name}`"
            );
        }
        compared = compared.saturating_add(1);
        // what follows may have been compared before
        from = first_day(desk, name, yesterday).await?.max(until);
    }
    if compared > 0 {
        ask_after_slow_refunds(desk, name).await?;
    }
    Ok(compared)
}

/// The whole of yesterday in UTC, once today is old enough.
fn yesterday(now: Timestamp) -> Option<Period> {
    let today = now.to_zoned(TimeZone::UTC).start_of_day().ok()?;
    let until = today.timestamp();
    let from = today.checked_sub(1.day()).ok()?.timestamp();
    (now.duration_since(until) >= AFTER_MIDNIGHT).then_some(Period { from, until })
}

async fn ask(provider: &dyn PaymentProvider, period: Period) -> Result<Vec<BalanceTransaction>, NotCompared> {
    let told = provider.transactions(period).await;
    told.map_err(|error| NotCompared::NoAnswer(error.to_string()))
}

fn minus(at: Timestamp) -> Timestamp {
    at.checked_sub(MARGIN).unwrap_or(Timestamp::MIN)
}

fn plus(at: Timestamp) -> Timestamp {
    at.checked_add(MARGIN).unwrap_or(Timestamp::MAX)
}

/// What comes in by card and what comes in by transfer stands in two accounts of one provider.
fn accounts(name: &str) -> Result<[Account; 2], NotCompared> {
    let name: Name = name.parse().or(Err(NotCompared::NoProvider))?;
    Ok([Account::Psp(name.clone()), Account::Bank(name)])
}

struct Books {
    /// By the provider's name of the movement, whenever they were booked.
    named: BTreeMap<String, OutsideLine>,
    of_period: Vec<OutsideLine>,
    balance: Minor,
    /// When the provider first told of anything; what it moved before that day is not ours.
    since: Option<Timestamp>,
    /// What is open of other comparisons, by the provider's names.
    open_elsewhere: BTreeSet<String>,
}

async fn books(
    desk: &Desk,
    (provider, accounts): (&str, &[Account; 2]),
    period: Period,
    told: &[BalanceTransaction],
) -> Result<Books, NotCompared> {
    let currency = desk.currency;
    let names: Vec<String> = told
        .iter()
        .flat_map(|one| [one.external_id.clone(), fee_name(&one.external_id)])
        .collect();
    let (accounts, provider) = (accounts.clone(), provider.to_owned());
    let read = desk.store.read(move |mut view| {
        let (names, accounts, provider) = (names.clone(), accounts.clone(), provider.clone());
        async move {
            let (mut by_name, mut of_period, mut balance) = (BTreeMap::new(), Vec::new(), 0_i64);
            for account in &accounts {
                let lines = view
                    .outside_lines(account, currency, period.from, period.until)
                    .await?;
                of_period.extend(lines);
                for name in &names {
                    if let Some(line) = view.outside_line(account, currency, name).await? {
                        by_name.insert(name.clone(), line);
                    }
                }
                let (debit, credit) = view.summed(account, currency).await?;
                balance += debit.0 - credit.0;
            }
            let since = view.first_event(&provider).await?;
            let mut differing = view.differing().await?;
            differing.retain(|row| {
                row.provider == provider && (row.from, row.until) != (period.from, period.until)
            });
            Ok::<_, earnest_store::Error>((by_name, of_period, balance, since, differing))
        }
    });
    let (by_name, of_period, balance, since, differing) = read.await?;
    let mut open_elsewhere = BTreeSet::new();
    for row in differing {
        let differences: Vec<Difference> = serde_json::from_str(&row.differences).map_err(broken)?;
        open_elsewhere.extend(differences.into_iter().filter_map(|one| one.external_id));
    }
    Ok(Books {
        named: by_name,
        of_period,
        balance: Minor(balance),
        since: since.and_then(|at| Some(at.to_zoned(TimeZone::UTC).start_of_day().ok()?.timestamp())),
        open_elsewhere,
    })
}

fn within(at: Timestamp, period: Period) -> bool {
    at >= period.from && at < period.until
}

fn fee_name(external_id: &str) -> String {
    format!("{external_id}:fee")
}

/// With its sign: into our balance or out of it.
fn signed(line: &OutsideLine) -> Minor {
    Minor(match line.side {
        Side::Debit => line.amount.0,
        Side::Credit => line.amount.0.saturating_neg(),
    })
}

#[cfg(test)]
mod tests;
