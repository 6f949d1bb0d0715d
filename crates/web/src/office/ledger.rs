//! The books: what every account stands at, now or at any moment, line by line, and their proof.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::ledger::look::{self, AccountPage};
use earnest_app::ledger::proof::Standing;
use earnest_app::ledger::trial_balance;
use earnest_hire::contract::Actor;
use earnest_hire::field::FieldRefusal;
use earnest_hire::hex;
use earnest_hire::ids::EntryId;
use earnest_hire::ledger::{Account, Class, Side};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::person::Role;
use earnest_store::{AccountLine, AccountSums, Equations, PostedEntry, Verified};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Operator, layout};
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::FieldView;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, sum};
use crate::{Ctx, Web, urls};

/// So long a page waits for a proof; it goes on without it.
const WAITS: Duration = Duration::from_secs(5);
/// In the books, and on pages.
const SPELT: &str = "L:escrow:";
const SAID: &str = "L:held:";
/// So many accounts of one kind are shown each by itself.
const SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "office/ledger.html")]
struct Balance {
    layout: Layout,
    at: FieldView,
    group: String,
    when: Moment,
    currencies: Vec<OfCurrency>,
    cut: bool,
}

struct OfCurrency {
    code: String,
    rows: Vec<Row>,
    debits: String,
    credits: String,
    /// What is not balanced; none where all is.
    differs: Option<String>,
}

struct Row {
    link: Link,
    class: &'static str,
    debit: String,
    credit: String,
    balance: String,
}

/// `GET /office/ledger`, perhaps `?at=` a moment and `?group=` one kind of account.
pub(crate) async fn ledger(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let pairs = query_pairs(query.as_deref());
    let value = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    };
    let (typed, group) = (value("at"), value("group"));
    let now = web.app.clock.now();
    let (at, faults) = if let Some(at) = moment(&typed, now) {
        (at, Vec::new())
    } else {
        let sentence = "Write a day like 2026-12-31, or a moment like 2026-12-31T12:00:00Z.";
        (now, vec![FieldRefusal::new("at", "malformed", sentence)])
    };
    let accounts = trial_balance(&web.app.store, at).await?;
    let mut cut = false;
    let currencies = Equations::of(&accounts).into_iter().map(|totals| {
        let mine = accounts.iter().filter(|one| one.currency == totals.currency);
        let rows = rows(mine, &group, &typed);
        cut |= rows.len() >= SHOWN;
        of_currency(&totals, rows)
    });
    let page = Balance {
        currencies: currencies.collect(),
        layout: layout(&web, &who, &[("The books", urls::office_ledger())]),
        at: FieldView::line("at", "As they stood at", 40)
            .hint("A day, for its end, or a moment in UTC. Empty: now.")
            .filled(typed, &faults),
        group,
        when: Moment::new(at),
        cut,
    };
    render(&page, Cache::Private)
}

/// A moment as typed; a day is meant to its end.
fn moment(typed: &str, now: Timestamp) -> Option<Timestamp> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(now);
    }
    if let Ok(day) = typed.parse::<Date>() {
        return Some(earnest_hire::span::end_of(day));
    }
    typed.parse().ok()
}

fn wide(currency: Currency, minor: i128) -> String {
    i64::try_from(minor).map_or_else(
        |_beyond| format!("{currency} {minor} minor units"),
        |minor| sum(currency, Minor(minor)),
    )
}

fn of_currency(totals: &Equations, rows: Vec<Row>) -> OfCurrency {
    let currency = totals.currency;
    let sides = totals.debits_minor - totals.credits_minor;
    let differs = if sides != 0 {
        Some(sides)
    } else {
        Some(totals.escrow_difference_minor).filter(|difference| *difference != 0)
    };
    OfCurrency {
        code: currency.code().to_owned(),
        rows,
        debits: wide(currency, totals.debits_minor),
        credits: wide(currency, totals.credits_minor),
        differs: differs.map(|difference| wide(currency, difference)),
    }
}

/// Accounts that belong to one contract or person are summed by their kind, or shown one by one where a kind is asked for.
fn rows<'a>(accounts: impl Iterator<Item = &'a AccountSums>, group: &str, at: &str) -> Vec<Row> {
    let mut kinds: BTreeMap<String, (Vec<&AccountSums>, i128, i128, i128)> = BTreeMap::new();
    for one in accounts {
        let code = shown(&one.account);
        let kind = kind_of(&code).to_owned();
        let is_asked = kind == group;
        if !group.is_empty() && !is_asked {
            continue;
        }
        let key = if is_asked { code } else { kind };
        let sums = kinds.entry(key).or_default();
        sums.0.push(one);
        sums.1 += one.debit_minor;
        sums.2 += one.credit_minor;
        sums.3 += one.balance_minor();
    }
    let first_ones = kinds.into_iter().take(SHOWN);
    first_ones
        .filter_map(|(key, (all, debit, credit, balance))| {
            let first = all.first()?;
            let link = if all.len() == 1 {
                let code = shown(&first.account);
                Link::new(urls::office_account(first.currency.code(), &code, ""), code)
            } else {
                let label = format!("{key} ({} accounts)", all.len());
                Link::new(urls::office_ledger_of(&key, at), label)
            };
            Some(Row {
                link,
                class: class(first.account.class()),
                debit: wide(first.currency, debit),
                credit: wide(first.currency, credit),
                balance: wide(first.currency, balance),
            })
        })
        .collect()
}

/// What an account is called on pages: one word of the books is said on none.
pub(crate) fn shown(account: &Account) -> String {
    account.to_string().replacen(SPELT, SAID, 1)
}

/// The code of an account that is called so on pages.
pub(crate) fn meant(said: &str) -> String {
    said.replacen(SAID, SPELT, 1)
}

/// `L:held` of `L:held:mst_…`.
fn kind_of(code: &str) -> &str {
    let second = code.match_indices(':').nth(1);
    second.map_or(code, |(at, _)| code.get(..at).unwrap_or(code))
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Asset => "asset",
        Class::Liability => "liability",
        Class::Income => "income",
        Class::Expense => "expense",
        Class::Exchange => "exchange",
    }
}

#[derive(Template)]
#[template(path = "office/account.html")]
struct OfAccount {
    layout: Layout,
    code: String,
    debit: String,
    credit: String,
    lines: Vec<Line>,
    next: Option<String>,
}

struct Line {
    entry: Link,
    at: Moment,
    what: String,
    of: Option<Link>,
    side: &'static str,
    amount: String,
    external_id: String,
}

/// `GET /office/ledger/accounts/{currency}-{code}`
pub(crate) async fn account(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let (currency, code) = id.split_once('-').ok_or_else(Problem::not_found)?;
    let currency: Currency = currency.parse().or(Err(Problem::not_found()))?;
    let account: Account = meant(code).parse().or(Err(Problem::not_found()))?;
    let pairs = query_pairs(query.as_deref());
    let after = pairs.iter().find(|(key, _)| key == "after");
    let after = after
        .map(|(_, text)| place(text).ok_or_else(Problem::not_found))
        .transpose()?;
    let found = look::account(&web.app.desk, (account, currency), after).await?;
    let page = of_account(&web, &who, (currency, code), found);
    render(&page, Cache::Private)
}

fn place(text: &str) -> Option<(EntryId, i64)> {
    let (entry, no) = text.split_once('-')?;
    Some((entry.parse().ok()?, no.parse().ok()?))
}

fn of_account(
    web: &Web,
    who: &Operator,
    (currency, code): (Currency, &str),
    found: AccountPage,
) -> OfAccount {
    let here = urls::office_account(currency.code(), code, "");
    OfAccount {
        layout: layout(
            web,
            who,
            &[("The books", urls::office_ledger()), (code, here.as_str())],
        ),
        code: code.to_owned(),
        debit: sum(currency, found.debit),
        credit: sum(currency, found.credit),
        next: found
            .next
            .map(|(entry, no)| urls::office_account(currency.code(), code, &format!("{entry}-{no}"))),
        lines: found
            .lines
            .into_iter()
            .map(|one| account_line(currency, one))
            .collect(),
    }
}

fn account_line(currency: Currency, one: AccountLine) -> Line {
    let entry = one.entry.to_string();
    Line {
        entry: Link::new(urls::office_entry(&entry), entry),
        at: Moment::new(one.at),
        what: one.kind.replace('_', " "),
        of: whose(&one.chain),
        side: side(one.side),
        amount: sum(currency, one.amount),
        external_id: one.external_id.unwrap_or_default(),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    }
}

/// The page of the contract or person that a history is of; the bank's own is nobody's.
fn whose(chain: &str) -> Option<Link> {
    if let Ok(contract) = chain.parse() {
        return Some(Link::new(urls::contract(contract), "the contract"));
    }
    let person = chain.starts_with("per_");
    person.then(|| Link::new(urls::office_person(chain), "the person"))
}

#[derive(Template)]
#[template(path = "office/entry.html")]
struct OfEntry {
    layout: Layout,
    title: String,
    facts: Vec<(&'static str, String)>,
    of: Option<Link>,
    lines: Vec<EntryRow>,
}

struct EntryRow {
    account: Link,
    debit: String,
    credit: String,
    external_id: String,
}

/// `GET /office/ledger/entries/{id}`
pub(crate) async fn entry(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let id: EntryId = id.parse().or(Err(Problem::not_found()))?;
    let found = look::entry(&web.app.desk, id).await?;
    render(&of_entry(&web, &who, found), Cache::Private)
}

fn of_entry(web: &Web, who: &Operator, found: PostedEntry) -> OfEntry {
    let id = found.id.to_string();
    let title = found.kind.replace('_', " ");
    let lines = found.lines.iter().map(|one| {
        let code = shown(&one.account);
        let amount = sum(one.currency, one.amount);
        let (debit, credit) = match one.side {
            Side::Debit => (amount, String::new()),
            Side::Credit => (String::new(), amount),
        };
        EntryRow {
            account: Link::new(urls::office_account(one.currency.code(), &code, ""), code),
            debit,
            credit,
            external_id: one.external_id.clone().unwrap_or_default(),
        }
    });
    OfEntry {
        layout: layout(
            web,
            who,
            &[
                ("The books", urls::office_ledger()),
                (&title, &urls::office_entry(&id)),
            ],
        ),
        of: whose(&found.chain),
        lines: lines.collect(),
        facts: vec![
            ("Entry", id),
            ("Booked", Moment::new(found.at).text()),
            ("For the command", found.event),
            ("By", actor(&found.actor)),
            ("In the history of", format!("{}, item {}", found.chain, found.no)),
            ("Hash", hex(&found.hash)),
        ],
        title,
    }
}

fn actor(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(Actor::Person { id }) => format!("the person {id}"),
        Ok(Actor::Operator { id }) => format!("the operator {id}"),
        Ok(Actor::Clock) => "the clock".to_owned(),
        Ok(Actor::Provider { name }) => format!("the provider {name}"),
        Err(_unreadable) => json.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "office/proof.html")]
struct Proof {
    layout: Layout,
    standing: &'static str,
    at: Option<Moment>,
    checked: Vec<(&'static str, u64)>,
    broken: Vec<String>,
    more: u64,
    anchor: String,
}

/// `GET /office/ledger/proof`
pub(crate) async fn proof(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let mut page = Proof {
        layout: layout(
            &web,
            &who,
            &[
                ("The books", urls::office_ledger()),
                ("Their proof", urls::office_proof()),
            ],
        ),
        standing: "none",
        at: None,
        checked: Vec::new(),
        broken: Vec::new(),
        more: 0,
        anchor: String::new(),
    };
    match web.app.desk.proof.standing() {
        Standing::None => {}
        Standing::Running { since } => {
            page.standing = "running";
            page.at = Some(Moment::new(since));
        }
        Standing::Failed { at } => {
            page.standing = "failed";
            page.at = Some(Moment::new(at));
        }
        Standing::Ended { at, verified } => {
            page.at = Some(Moment::new(at));
            page.tell(&verified);
        }
    }
    render(&page, Cache::Private)
}

impl Proof {
    fn tell(&mut self, verified: &Verified) {
        self.standing = if verified.is_sound() { "sound" } else { "broken" };
        let checked = &verified.checked;
        self.checked = vec![
            ("Histories", checked.chains),
            ("Commands decided again", checked.events),
            ("Bookings", checked.entries),
            ("Lines", checked.lines),
            ("Accounts", checked.accounts),
            ("Checkpoints", checked.checkpoints),
        ];
        let finding = |one: &earnest_store::Finding| {
            format!("{}: {} {}: {}", one.invariant, one.table, one.id, one.why)
        };
        self.broken = verified.broken.iter().map(finding).collect();
        self.more = verified.more;
        self.anchor = verified.head.map_or_else(String::new, |head| head.to_string());
    }
}

/// `POST /office/ledger/proof`: begins one, unless one runs, and waits a little for its answer.
pub(crate) async fn prove(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let proof = &web.app.desk.proof;
    match proof.begin(&web.app.desk) {
        // Whoever finds one running reads its answer.
        Ok(()) | Err(earnest_app::Error::Conflict { .. }) => {}
        Err(other) => return Err(other.into()),
    }
    match tokio::time::timeout(WAITS, proof.ended()).await {
        // The page says which: ended, or still running.
        Ok(()) | Err(_) => Ok(Fresh::see_other(urls::office_proof())),
    }
}
