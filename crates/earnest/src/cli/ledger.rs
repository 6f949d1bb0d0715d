//! `earnest ledger`: the proof that the books are what they say, what of them is kept outside, and their sums.

use std::process::ExitCode;

use clap::Subcommand;
use earnest_app::ledger;
use earnest_app::outside::Clock;
use earnest_hire::hex;
use earnest_hire::money::{Currency, Minor};
use earnest_store::{AccountSums, Anchor, Equations, Verified};
use jiff::Timestamp;
use serde_json::json;

use super::{Settings, database};
use crate::outside::SystemClock;

/// The books could be looked at and are not sound.
const NOT_SOUND: u8 = 3;

const VERIFY: &str = "\
Examples:
  earnest ledger verify
  earnest ledger verify --json --anchor 12-4f0c…

Exit status 0: sound. 3: not sound; every row that is wrong is named. 1: could not be checked.
An anchor is what `earnest ledger checkpoint` printed: only with it can a history be found that somebody with the
database's own rights has cut off or written anew, checkpoints and all.";

/// How it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
}

/// What to do with the books.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Decide every command again and compare everything that is kept with it; the site may run.
    #[command(after_help = VERIFY)]
    Verify {
        /// One JSON object instead of sentences.
        #[arg(long)]
        json: bool,
        /// What an earlier checkpoint printed.
        #[arg(long, value_name = "HEAD")]
        anchor: Option<Anchor>,
    },
    /// Note the heads of all histories and print what is to be kept outside.
    #[command(after_help = "Example:\n  earnest ledger checkpoint >> /somewhere/else/heads.txt")]
    Checkpoint,
    /// Both sides and the balance of every account at any moment.
    #[command(after_help = "Example:\n  earnest ledger trial-balance --at 2026-12-31T23:59:59Z")]
    TrialBalance {
        /// The moment; now if it is left out.
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(settings: &Settings, asked: &Ledger) -> anyhow::Result<ExitCode> {
    match asked {
        Ledger::Verify { json, anchor } => {
            let verified = verify(settings, *anchor)?;
            if *json {
                println!("{}", serde_json::to_string(&ledger::report(&verified))?);
            } else {
                print(&verified);
            }
            Ok(if verified.is_sound() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(NOT_SOUND)
            })
        }
        Ledger::TrialBalance { at, json } => {
            let form = if *json { Form::Json } else { Form::Text };
            trial_balance(settings, *at, form).map(|()| ExitCode::SUCCESS)
        }
        Ledger::Checkpoint => checkpoint(settings).map(|()| ExitCode::SUCCESS),
    }
}

fn verify(settings: &Settings, anchor: Option<Anchor>) -> anyhow::Result<Verified> {
    let config = settings.read()?;
    database::wait(async {
        let store = database::open_to_verify(&config).await?;
        Ok(ledger::verify(&store, anchor).await?)
    })
}

fn checkpoint(settings: &Settings) -> anyhow::Result<()> {
    let config = settings.read()?;
    let noted = database::wait(async {
        let store = database::open_beside(&config, "ledger checkpoint").await?;
        Ok(ledger::checkpoint(&store, &SystemClock).await?)
    })?;
    println!("{}", noted.anchor());
    Ok(())
}

fn trial_balance(settings: &Settings, at: Option<Timestamp>, form: Form) -> anyhow::Result<()> {
    let config = settings.read()?;
    let at = at.unwrap_or_else(|| SystemClock.now());
    let accounts = database::wait(async {
        let store = database::open_to_read(&config).await?;
        Ok(ledger::trial_balance(&store, at).await?)
    })?;
    let totals = Equations::of(&accounts);
    if form == Form::Json {
        let account = |one: &AccountSums| {
            json!({
                "account": one.account, "currency": one.currency, "debit_minor": one.debit_minor,
                "credit_minor": one.credit_minor, "balance_minor": one.balance_minor(),
            })
        };
        let accounts: Vec<_> = accounts.iter().map(account).collect();
        let all =
            json!({ "schema": "earnest.trial-balance/1", "at": at, "accounts": accounts, "totals": totals });
        println!("{}", serde_json::to_string(&all)?);
        return Ok(());
    }
    println!("At {at}");
    for one in &accounts {
        let [debit, credit, balance] = [one.debit_minor, one.credit_minor, one.balance_minor()]
            .map(|minor| written(one.currency, minor));
        println!(
            "{:<48} {debit:>20} {credit:>20} {balance:>20}",
            one.account.to_string()
        );
    }
    for one in &totals {
        let (debit, credit) = (
            written(one.currency, one.debits_minor),
            written(one.currency, one.credits_minor),
        );
        println!("{:<48} {debit:>20} {credit:>20}", "Total");
        print_equations(one);
    }
    Ok(())
}

fn written(currency: Currency, minor: i128) -> String {
    i64::try_from(minor).map_or(minor.to_string(), |minor| currency.write(Minor(minor)))
}

fn print(verified: &Verified) {
    let checked = &verified.checked;
    println!(
        "Decided again: {} commands in {} histories. Compared: {} entries with {} lines, {} contracts, {} persons, {} rows \
         of milestones and money, {} timers, {} jobs, {} accounts with {} running balances, {} keys, {} checkpoints with \
         {} heads.",
        checked.events,
        checked.chains,
        checked.entries,
        checked.lines,
        checked.contracts,
        checked.payees,
        checked.rows,
        checked.timers,
        checked.jobs,
        checked.accounts,
        checked.balances,
        checked.keys,
        checked.checkpoints,
        checked.heads
    );
    verified.equations.iter().for_each(print_equations);
    for one in &verified.broken {
        let place = one.no.map(|no| format!(", place {no}")).unwrap_or_default();
        let chain = one
            .chain
            .as_ref()
            .map(|chain| format!(" (chain {chain}{place})"))
            .unwrap_or_default();
        println!("{}: {} {}{chain}: {}", one.invariant, one.table, one.id, one.why);
    }
    if verified.more > 0 {
        println!("and {} more", verified.more);
    }
    println!("All heads now: {}", hex(&verified.heads_sha256));
    match verified.head {
        Some(head) => println!("Last checkpoint: {head}"),
        None => println!("There is no checkpoint yet; `earnest ledger checkpoint` makes one."),
    }
    println!(
        "{}",
        if verified.is_sound() {
            "The books are sound."
        } else {
            "The books are NOT sound."
        }
    );
}

fn print_equations(one: &Equations) {
    let currency = one.currency;
    let show =
        |minor: i128| i64::try_from(minor).map_or(minor.to_string(), |minor| currency.write(Minor(minor)));
    println!(
        "Assets and expenses {} = liabilities and income {}",
        show(one.assets_and_expenses_minor),
        show(one.liabilities_and_income_minor)
    );
    println!(
        "In custody {} + receivable {} - held for others {} - own {} = {}",
        show(one.in_custody_minor),
        show(one.receivable_minor),
        show(one.held_for_others_minor),
        show(one.own_minor),
        show(one.escrow_difference_minor)
    );
}
