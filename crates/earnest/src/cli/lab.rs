//! `earnest lab`: measurements of our own, which anybody can repeat.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::Settings;
use crate::lab::{self, Asked, Kept, Listening, Loading, Planted, Summary, adopt};
use crate::outside::SystemClock;

/// An order that differed was turned round.
const REVERSED: u8 = 3;

const RUN: &str = "\
Examples:
  earnest lab run --quick                        about three minutes, after the packages are installed
  earnest lab run --out run-1                    all of it, about twenty minutes on two cores
  earnest lab run --out run-1                    the same again goes on where it was interrupted
  earnest lab run --only json --only cpu --out part

It needs Linux, taskset (util-linux) and wrk (apt-get install wrk), and whichever of Python 3.11, Node.js 20 and
PostgreSQL is there; what is missing is told, and the rest goes on. Packages are installed by pip and npm, as the locks
that come along pin them, into --work, which may be thrown away.";

const SHOW: &str = "\
Examples:
  earnest lab show run-1
  earnest lab show run-1 --against run-2         does the order hold wherever the intervals differed?
  earnest lab show run-1 --json

Two runs are held against each other pair by pair. Rows measured while other programs were at work are left out.

Exit status: 0 shown, 3 an order that differed was turned round, 1 it could not be shown, 2 the command line cannot be
read.";

const ADOPT: &str = "\
Example:
  earnest lab adopt run-1 --content content --edition 3

Writes sources/lab-DATE.toml, evidence/lab-DATE/ and an edition file: the rules, weights and scores of the edition that
is shown by default, with what was measured beside them, without weight. The same run gives the same bytes.";

/// What to do in the lab.
#[derive(Debug, Subcommand)]
pub(crate) enum Lab {
    /// Measure real servers, or go on with a run that was interrupted.
    #[command(after_help = RUN)]
    Run(Run),
    /// Print a run that was kept.
    #[command(after_help = SHOW)]
    Show {
        /// The folder of the run.
        #[arg(default_value = "earnest-lab/run")]
        run: PathBuf,
        /// Another run to hold it against.
        #[arg(long, value_name = "RUN")]
        against: Option<PathBuf>,
        /// As JSON.
        #[arg(long, conflicts_with = "against")]
        json: bool,
    },
    /// Put a run into content, as observations that are shown and weigh nothing.
    #[command(after_help = ADOPT)]
    Adopt(Adopt),
    /// A client: asks a server for a while.
    #[command(hide = true)]
    Load(Loading),
    /// A client: listens to a server for a while.
    #[command(hide = true)]
    Listen(Listening),
    /// A server for tests.
    #[command(hide = true)]
    Plant(Planted),
}

/// How to run it.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// One process only, one second a measurement, without PostgreSQL.
    #[arg(long)]
    quick: bool,
    /// Where the run is kept [default: WORK/run].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where packages are installed.
    #[arg(long, value_name = "DIR", default_value = "earnest-lab")]
    work: PathBuf,
    /// Measurements of each row; fewer than five make no interval.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// How long one measurement lasts [default: 2000, quick 1000].
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(10..=600_000))]
    millis: Option<u64>,
    /// How long each server is asked before it is timed.
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=600_000))]
    warm_up_millis: u64,
    /// Only this workload; can be given more than once.
    #[arg(long, value_name = "WORKLOAD")]
    only: Vec<String>,
    /// A Python of 3.11 or later [default: python3].
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// A Node.js of 20 or later [default: node].
    #[arg(long, value_name = "PROGRAM")]
    node: Option<PathBuf>,
    /// A Python without the lock [default: python3.15t, python3.14t or python3.13t].
    #[arg(long, value_name = "PROGRAM")]
    free_threaded_python: Option<PathBuf>,
    /// A PostgreSQL server to query: its table `world` is replaced [default: the lab starts one].
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// What a reader should know of this machine, such as what else ran on it.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Ask with the load generator that comes along instead of wrk.
    #[arg(long)]
    built_in_load: bool,
    /// Another suite than the one that comes along, as JSON.
    #[arg(long, value_name = "FILE", hide = true)]
    suite: Option<PathBuf>,
}

/// What to adopt where.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The folder of the run.
    run: PathBuf,
    /// The comparison beside whose scores it is shown.
    #[arg(
        long,
        value_name = "SLUG",
        default_value = "python-vs-nodejs-for-backend-hiring"
    )]
    comparison: String,
    /// The criterion.
    #[arg(long, value_name = "SLUG", default_value = "performance")]
    criterion: String,
    /// The number of the new edition.
    #[arg(long, value_name = "NUMBER")]
    edition: String,
    /// The day of the new edition [default: the day on which the run began].
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Let the comparison show the new edition from now on: one line of its comparison.toml.
    #[arg(long)]
    show: bool,
}

pub(crate) fn run(settings: &Settings, asked: &Lab) -> anyhow::Result<ExitCode> {
    match asked {
        Lab::Run(run) => {
            let kept = lab::run(&run.asked(), &SystemClock)?;
            let summary = Summary::of(&kept);
            print!("{summary}");
            anyhow::ensure!(
                !summary.groups.is_empty(),
                "nothing was measured: every server was missing or refused, as said above. Mend that, then give another --out"
            );
        }
        Lab::Show { run, against, json } => return show(run, against.as_deref(), *json),
        Lab::Adopt(adopt) => adopted(settings, adopt)?,
        Lab::Load(loading) => println!("{}", serde_json::to_string(&lab::load(loading))?),
        Lab::Listen(listening) => println!("{}", serde_json::to_string(&lab::listen(listening)?)?),
        Lab::Plant(planted) => lab::plant(planted)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(run: &std::path::Path, against: Option<&std::path::Path>, json: bool) -> anyhow::Result<ExitCode> {
    let summary = Summary::of(&Kept::open(run)?);
    let Some(other) = against else {
        if json {
            println!("{}", serde_json::to_string_pretty(&summary)?);
        } else {
            print!("{summary}");
        }
        return Ok(ExitCode::SUCCESS);
    };
    let beside = summary.against(&Summary::of(&Kept::open(other)?));
    print!("{beside}");
    Ok(if beside.reversed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REVERSED)
    })
}

fn adopted(settings: &Settings, asked: &Adopt) -> anyhow::Result<()> {
    let config = settings.read()?;
    let folder = config.content.as_deref();
    let folder = folder.ok_or_else(|| anyhow::anyhow!("say with --content into which folder"))?;
    let (there, catalogue) = (
        super::catalogue::files(Some(folder))?,
        super::catalogue::read(Some(folder))?,
    );
    let place = adopt::Place {
        comparison: &asked.comparison,
        criterion: &asked.criterion,
        edition: &asked.edition,
        date: asked.date.as_deref(),
        showing: if asked.show {
            adopt::Showing::New
        } else {
            adopt::Showing::AsBefore
        },
    };
    for path in adopt::adopt(&asked.run, (&there, &catalogue), &place, folder)? {
        println!("wrote {}", path.display());
    }
    let turn = adopt::turn(&there, &place)?;
    match turn {
        None => println!("The comparison shows edition {} already.", asked.edition),
        Some(_) if asked.show => println!(
            "The comparison shows edition {} from the next start on.",
            asked.edition
        ),
        Some(turn) => {
            println!(
                "The comparison goes on to show the edition of before. To show this one, give the same command with --show, or \
                 write\n  {}\nin the place of\n  {}\nin line {} of {}.",
                turn.to,
                turn.from,
                turn.line,
                folder.join(&turn.file).display()
            );
            if !folder.join(&turn.file).exists() {
                println!(
                    "That file comes with the program: --show writes a copy of it with that line, which then takes its place."
                );
            }
        }
    }
    Ok(())
}

impl Run {
    fn asked(&self) -> Asked {
        let millis = self.millis.unwrap_or(if self.quick { 1000 } else { 2000 });
        Asked {
            quick: self.quick,
            out: self.out.clone().unwrap_or_else(|| self.work.join("run")),
            work: self.work.clone(),
            repeats: self.repeats,
            lasts: Duration::from_millis(millis),
            warm_up: Duration::from_millis(self.warm_up_millis),
            named: lab::Named {
                python: self.python.clone(),
                node: self.node.clone(),
                free_threaded_python: self.free_threaded_python.clone(),
            },
            postgres: self.postgres.clone(),
            note: self.note.clone(),
            built_in_load: self.built_in_load,
            suite: self.suite.clone(),
            only: self.only.clone(),
        }
    }
}
