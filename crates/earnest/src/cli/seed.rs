//! `earnest seed`: an installation with as many people and contracts as are wanted, all made up from one number. Experts
//! come in by hundreds; whatever is about requests and money goes through the use cases that stand behind the pages.

mod chance;
mod people;
mod stories;
mod words;

use std::time::Instant;

use anyhow::bail;
use clap::Args;
use earnest_app::content::Catalogue;
use earnest_hire::span::whole_microseconds;
use earnest_store::Store;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{Settings, database};
use crate::config::Config;
use crate::outside::SystemClock;

pub(crate) const EXAMPLES: &str = "\
Only an empty database is filled: one in which anybody has done anything is refused. The people have addresses at
example.org; nobody is written to and no provider is called. The same numbers make the same people, texts and sums.

Examples:
  earnest seed --experts 10000 --data made-up
  earnest seed --experts 100000 --requests 5000 --contracts 2000 --database postgres://earnest@127.0.0.1/made_up
  earnest serve --data made-up, then sign in as client-0@example.org or expert-0@example.org";

/// Who answers requests does not answer more of them than this.
const REQUESTS_AN_EXPERT: usize = 10;
/// So many experts are kept by one transaction.
const AT_ONCE: usize = 500;
/// So many stories go on at the same time, to share what a commit costs.
const STORIES_AT_ONCE: usize = 32;

/// How much is made up.
#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// How many experts others see.
    #[arg(long, default_value_t = 10_000)]
    experts: usize,
    /// How many requests clients have raised and experts answer.
    #[arg(long, default_value_t = 1_000)]
    requests: usize,
    /// How many of them have become contracts.
    #[arg(long, default_value_t = 500)]
    contracts: usize,
    /// What everything is made from.
    #[arg(long = "seed", value_name = "SEED", default_value_t = 1)]
    number: u64,
    /// The moment at which all of it has happened; now, where it is left out.
    #[arg(long)]
    at: Option<Timestamp>,
}

impl Seed {
    fn check(&self) -> anyhow::Result<()> {
        if self.contracts > self.requests {
            bail!("every contract comes of a request: ask for at least as many --requests as --contracts");
        }
        if self.requests > self.experts.saturating_mul(REQUESTS_AN_EXPERT) {
            bail!("an expert answers {REQUESTS_AN_EXPERT} requests at most: ask for more --experts");
        }
        Ok(())
    }
}

pub(crate) fn run(settings: &Settings, asked: &Seed) -> anyhow::Result<()> {
    asked.check()?;
    let config = settings.read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(fill(&config, asked))
}

async fn fill(config: &Config, asked: &Seed) -> anyhow::Result<()> {
    let (store, _applied) = database::open(config).await?;
    let untouched = store
        .read(|mut view| async move { view.is_untouched().await })
        .await?;
    if !untouched {
        bail!(
            "{} holds people, requests or contracts already, and made-up ones must never stand among them: name a \
             --data folder or --database that is new",
            store.place().display()
        );
    }
    let began = Instant::now();
    let now = asked
        .at
        .unwrap_or_else(|| earnest_app::outside::Clock::now(&SystemClock));
    let cast = people::Cast {
        seed: asked.number,
        at: whole_microseconds(now) - SignedDuration::from_hours(48),
        currency: config.currency,
    };
    let office = people::office(&store, &cast).await?;
    experts(&store, &cast, (&office, asked.experts)).await?;
    people::clients(&store, &cast, stories::clients(asked.requests)).await?;
    requests(config, &store, &cast, asked).await?;
    let ended = store.write::<_, earnest_store::Error, _, _>(|mut tx| async move {
        tx.leave_nothing_to_do().await?;
        tx.commit(()).await
    });
    ended.await?;
    println!(
        "{} experts, {} requests, {} contracts made up in {} in {:.0} s",
        asked.experts,
        asked.requests,
        asked.contracts,
        store.place().display(),
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn experts(
    store: &Store,
    cast: &people::Cast,
    (office, count): (&earnest_hire::person::Person, usize),
) -> anyhow::Result<()> {
    let mut progress = Progress::new("experts", count);
    for from in (0..count).step_by(AT_ONCE) {
        let to = (from + AT_ONCE).min(count);
        let some = (from..to).map(|number| cast.expert(number, office));
        let some = some.collect::<anyhow::Result<Vec<_>>>()?;
        let kept = store.write::<_, earnest_store::Error, _, _>(move |mut tx| {
            let some = some.clone();
            async move {
                tx.insert_vetted(&some).await?;
                tx.commit(()).await
            }
        });
        kept.await?;
        progress.reached(to);
    }
    Ok(())
}

async fn requests(config: &Config, store: &Store, cast: &people::Cast, asked: &Seed) -> anyhow::Result<()> {
    let app = database::app(config, store.clone(), Catalogue::empty())?;
    let writer = stories::Writer::new(app, cast.clone(), asked.experts);
    let mut progress = Progress::new("requests", asked.requests);
    let (mut going, mut done) = (JoinSet::new(), 0);
    for number in 0..asked.requests {
        if going.len() >= STORIES_AT_ONCE {
            next(&mut going).await?;
            done += 1;
            progress.reached(done);
        }
        let (writer, end) = (writer.clone(), stories::End::of(number, asked.contracts));
        going.spawn(async move { writer.tell(number, end).await });
    }
    while !going.is_empty() {
        next(&mut going).await?;
        done += 1;
        progress.reached(done);
    }
    Ok(())
}

/// Waits for the next story to end.
async fn next(going: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    match going.join_next().await {
        Some(ended) => ended?,
        None => Ok(()),
    }
}

/// Says now and then how far it is.
struct Progress {
    what: &'static str,
    of: usize,
    said: Instant,
}

impl Progress {
    /// Seconds between two lines.
    const EVERY: u64 = 2;

    fn new(what: &'static str, of: usize) -> Self {
        let said = Instant::now();
        Self { what, of, said }
    }

    fn reached(&mut self, count: usize) {
        if self.said.elapsed().as_secs() >= Self::EVERY || count == self.of {
            println!("{} {count} of {}", self.what, self.of);
            self.said = Instant::now();
        }
    }
}
