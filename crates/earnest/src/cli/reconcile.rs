//! `earnest reconcile`: the books held against what a provider says.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use earnest_app::content::Catalogue;
use earnest_app::desk::Desk;
use earnest_app::outside::Clock;
use earnest_app::outside::payments::{Movable, Period};
use earnest_app::reconcile::{self, Reconciliation};
use earnest_hire::money::{Currency, Minor};
use earnest_store::{Error as StoreError, Store};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{Settings, database};
use crate::config::Config;
use crate::outside::SystemClock;

pub(crate) const HELP: &str = "\
Examples:
  earnest reconcile                      yesterday and today until now
  earnest reconcile --day 2026-11-25 --json
  earnest reconcile --from 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z
  earnest reconcile --repair             ask the provider about every difference and apply the events that never came

What is found is kept and shown in /metrics, unless a site runs from the same database file: then it is only printed.

Exit status 0: no difference, 3: differences, 1: it could not be compared.";

/// Which provider and which time.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// Which provider.
    #[arg(long, default_value = "sandbox")]
    provider: String,
    /// One day in UTC.
    #[arg(long, conflicts_with_all = ["from", "until"])]
    day: Option<Date>,
    /// From this instant on.
    #[arg(long, requires = "until")]
    from: Option<Timestamp>,
    /// Up to, and without, this one.
    #[arg(long, requires = "from")]
    until: Option<Timestamp>,
    /// Ask the provider about what differs, apply what it tells, and compare again.
    #[arg(long)]
    repair: bool,
    /// For programs.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(settings: &Settings, asked: &Reconcile) -> anyhow::Result<ExitCode> {
    let config = settings.read()?;
    let compared = database::wait(compare(&config, asked))?;
    if asked.json {
        println!("{}", serde_json::to_string_pretty(&compared)?);
    } else {
        print(&compared, config.currency);
    }
    Ok(if compared.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    })
}

async fn compare(config: &Config, asked: &Reconcile) -> anyhow::Result<Reconciliation> {
    let period = asked.period()?;
    let (store, access) = open(config, asked).await?;
    let desk = database::app(config, store, Catalogue::empty())?.desk;
    if access == Access::Read {
        return reconcile::compare(&desk, &asked.provider, period)
            .await
            .with_context(|| known(&desk));
    }
    let compared = reconcile::compare_and_keep(&desk, &asked.provider, period).await;
    let mut compared = compared.with_context(|| known(&desk))?;
    if asked.repair && !compared.differences.is_empty() {
        let applied = reconcile::repair(&desk, &compared).await?;
        eprintln!("{applied} events that never came were applied");
        compared = reconcile::compare_and_keep(&desk, &asked.provider, period).await?;
    }
    desk.store.finish().await;
    Ok(compared)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Write,
    Read,
}

/// A file that a site serves from can be looked at, not written to.
async fn open(config: &Config, asked: &Reconcile) -> anyhow::Result<(Store, Access)> {
    match database::open_beside(config, "reconcile --repair").await {
        Ok(store) => Ok((store, Access::Write)),
        Err(error) if !asked.repair && matches!(error.downcast_ref(), Some(StoreError::InUse { .. })) => {
            Ok((database::open_to_read(config).await?, Access::Read))
        }
        Err(error) => Err(error),
    }
}

fn known(desk: &Desk) -> String {
    let names: Vec<&str> = desk.providers.keys().map(String::as_str).collect();
    if names.is_empty() {
        "no provider is configured: set sandbox.url, for example".to_owned()
    } else {
        format!("nothing was compared; configured are: {}", names.join(", "))
    }
}

impl Reconcile {
    fn period(&self) -> anyhow::Result<Period> {
        if let (Some(from), Some(until)) = (self.from, self.until) {
            anyhow::ensure!(from < until, "--from must be before --until");
            return Ok(Period { from, until });
        }
        let now = SystemClock.now();
        let today = now.to_zoned(TimeZone::UTC).date();
        let start = |date: Date| -> anyhow::Result<Timestamp> {
            Ok(date
                .to_zoned(TimeZone::UTC)
                .context("there is no such day")?
                .timestamp())
        };
        if let Some(day) = self.day {
            let next = day.checked_add(1.day()).context("there is no such day")?;
            return Ok(Period {
                from: start(day)?,
                until: start(next)?,
            });
        }
        let from = start(today.checked_sub(1.day()).context("there is no such day")?)?;
        Ok(Period { from, until: now })
    }
}

fn print(compared: &Reconciliation, currency: Currency) {
    let write = |sum: Option<Minor>| sum.map_or("nothing".to_owned(), |sum| currency.write(sum));
    println!(
        "{} from {} until {}: {} movements are alike, {} differ.",
        compared.provider,
        compared.from,
        compared.until,
        compared.matched,
        compared.differences.len()
    );
    let movable = if compared.movable_minor == Movable::UNBOUNDED.most {
        "whatever is there".to_owned()
    } else {
        write(Some(compared.movable_minor))
    };
    println!(
        "Now the books have {} with it, and it can move {movable}.",
        write(Some(compared.books_balance_minor))
    );
    for one in &compared.differences {
        let name = one.external_id.as_deref().unwrap_or("-");
        println!(
            "{name} of {}: the provider has {}, the books have {}",
            one.about,
            write(one.provider_minor),
            write(one.books_minor)
        );
        println!("    {}", one.explanation);
    }
}
