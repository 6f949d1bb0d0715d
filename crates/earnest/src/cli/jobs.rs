//! `earnest jobs`: what is to be done outside and waits for a provider, for time, or for a person.

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use earnest_app::App;
use earnest_app::content::Catalogue;
use earnest_store::{Job, JobState};
use serde_json::json;

use super::{Settings, database};
use crate::config::Config;
use crate::outside::SystemClock;
use earnest_app::outside::Clock;

/// So many are shown.
const SHOWN: u16 = 200;

/// What to do about jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// Jobs of one state, the longest due first.
    #[command(after_help = "Example:\n  earnest jobs list --state dead")]
    List {
        /// Which; dead ones were given up and wait for you.
        #[arg(long, value_enum, default_value_t = State::Dead)]
        state: State,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Let a job that was given up be tried again, under the same key: what was done before is not done twice.
    #[command(after_help = "Example:\n  earnest jobs resend send_payout:pot_01k…:4")]
    Resend {
        /// As `list` prints it.
        id: String,
    },
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    Waiting,
    Dead,
    Done,
}

pub(crate) fn run(settings: &Settings, asked: &Jobs) -> anyhow::Result<()> {
    let config = settings.read()?;
    match asked {
        Jobs::List { state, json } => {
            let state = match state {
                State::Waiting => JobState::Waiting,
                State::Dead => JobState::Dead,
                State::Done => JobState::Done,
            };
            let jobs = read(&config, move |app| async move {
                let jobs = app
                    .desk
                    .store
                    .read(move |mut view| async move { view.jobs(state, SHOWN).await });
                Ok(jobs.await?)
            })?;
            if *json {
                let items: Vec<_> = jobs.iter().map(shown).collect();
                println!("{}", serde_json::to_string_pretty(&json!({ "items": items }))?);
            } else {
                list(&jobs, state);
            }
            Ok(())
        }
        Jobs::Resend { id } => database::wait(resend(&config, id)),
    }
}

/// Looks at the database and runs what is to be done with it.
pub(super) fn read<T, F, Fut>(config: &Config, work: F) -> anyhow::Result<T>
where
    F: FnOnce(App) -> Fut,
    Fut: Future<Output = anyhow::Result<T>>,
{
    database::wait(async {
        let store = database::open_to_read(config).await?;
        work(database::app(config, store, Catalogue::empty())?).await
    })
}

fn shown(job: &Job) -> serde_json::Value {
    json!({
        "id": job.id, "kind": job.kind, "chain": job.chain, "subject": job.subject, "event": job.event,
        "due_at": job.due_at, "attempts": job.attempts, "last_error": job.last_error,
    })
}

fn list(jobs: &[Job], state: JobState) {
    if jobs.is_empty() {
        println!("No job is in that state.");
    }
    for job in jobs {
        println!(
            "{}  due {}  tried {} times  of {}",
            job.id, job.due_at, job.attempts, job.chain
        );
        if let Some(why) = &job.last_error {
            println!("    {why}");
        }
    }
    if state == JobState::Dead && !jobs.is_empty() {
        println!("When the cause is mended: earnest jobs resend ID");
    }
}

async fn resend(config: &Config, id: &str) -> anyhow::Result<()> {
    let store = database::open_beside(config, "jobs resend").await?;
    if store.resend_job(id.to_owned(), SystemClock.now()).await? {
        println!("{id} is tried again by the next worker that looks.");
        store.finish().await;
        return Ok(());
    }
    bail!("there is no job `{id}` that was given up; `earnest jobs list --state dead` names all")
}
