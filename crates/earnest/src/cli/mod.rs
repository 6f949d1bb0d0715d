//! The command line. `--help` is meant to be enough; every command carries an example.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

mod act;
mod backup;
mod bank;
mod catalogue;
mod compare;
mod configuration;
mod content;
mod database;
mod events;
mod experts;
mod export;
mod generate;
mod import;
mod jobs;
mod lab;
mod ledger;
mod mail;
mod migrate;
mod motions;
mod operator;
mod rank;
mod reconcile;
mod requests;
mod sandbox_provider;
mod seed;
mod serve;
mod settings;
mod simulate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use settings::Settings;

const EXAMPLES: &str = "\
Examples:
  earnest                              start the site at http://127.0.0.1:8080, data in ./earnest-data
  earnest --listen 127.0.0.1:0         start it on any free port
  earnest compare python-vs-nodejs-for-backend-hiring --weights performance=3,data-science=1
  earnest rank problem.json            rank your own problem
  earnest config check                 find all mistakes of the configuration at once

Settings come from earnest.toml, then EARNEST_* variables, then flags; the last one wins.";

const RANK: &str = r#"Example:
  echo '{"schema":"earnest.rank/1","alternatives":["Python","Node.js"],
    "criteria":[{"name":"Performance","direction":"benefit","weight":2,"scale":[0,10]},
                {"name":"Price","direction":"cost","scale":[0,200]}],
    "matrix":[[7,160],[8,150]],
    "methods":["topsis",{"method":"weighted_sum","normalization":"fixed"},
               {"method":"smaa","value":"fixed","seed":42},{"method":"stability","of":"weighted_sum","normalization":"fixed"}]}'     | earnest rank

Methods: weighted_sum, weighted_product, topsis, vikor, promethee2, smaa, stability; a name alone takes its usual options.
Weights: "options":{"weighting":{"method":"given|equal|entropy|critic|roc|rank_sum|rank_reciprocal|ahp"}}.
A cell for smaa may be {"interval":[a,b]}, {"normal":[mean,sd]} or {"lognormal":[mu,sigma]}.

Exit status 0: answered, one JSON object on the standard output (a method may carry an error of its own).
Exit status 2: rejected, {"schema":"earnest.error/1","code","message","at"} with the place in the problem. Codes, in the
order of the checks: E_SHAPE E_NAME E_DIRECTION E_WEIGHTS E_VALUE E_SCALE E_PREFERENCE E_OPTION E_METHOD."#;

/// Choose the stack on evidence, then hire for it.
#[derive(Debug, Parser)]
#[command(name = "earnest", version, after_help = EXAMPLES, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the site (also what happens without a command).
    #[command(
        after_help = "Example:\n  earnest serve --listen 0.0.0.0:8080 --base-url https://hire.example --data /srv/earnest"
    )]
    Serve {
        /// Start a sandbox provider beside it, with secrets of its own: no real money moves. Ends with the site.
        #[arg(long)]
        demo: bool,
    },
    /// Rank the alternatives of a problem given as JSON.
    #[command(after_help = RANK)]
    Rank {
        /// The problem; `-` reads the standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Show a comparison with your own priorities.
    #[command(
        after_help = "Examples:\n  earnest compare python-vs-nodejs-for-backend-hiring\n  earnest compare python-vs-nodejs-for-backend-hiring --weights performance=3,data-science=1 --json"
    )]
    Compare(compare::Compare),
    /// Check the content or print its schema.
    #[command(subcommand)]
    Content(content::Content),
    /// Measure real servers, print what was measured, and put it into content.
    #[command(subcommand)]
    Lab(lab::Lab),
    /// Read the requests people raised.
    #[command(subcommand)]
    Requests(requests::Requests),
    /// See what is to be done with providers, and let what was given up be tried again.
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// See what providers told and nobody could apply.
    #[command(subcommand)]
    Events(events::Events),
    /// See what one operator has proposed, and second it as another.
    #[command(subcommand)]
    Motions(motions::Motions),
    /// Bring in experts you know.
    #[command(subcommand)]
    Experts(experts::Experts),
    /// Say who works in the office.
    #[command(subcommand)]
    Operator(operator::Operator),
    /// Try the mail server, and see what could not be sent.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Hold the books against what a provider says has moved.
    #[command(after_help = reconcile::HELP)]
    Reconcile(reconcile::Reconcile),
    /// Take money by bank transfer: statements, references, and what nobody can assign.
    #[command(subcommand)]
    Bank(bank::Bank),
    /// Check the configuration or show where each value came from.
    #[command(subcommand)]
    Config(configuration::Configuration),
    /// Play a payment provider: no real money moves, and everything can go wrong on demand.
    #[command(after_help = sandbox_provider::HELP)]
    SandboxProvider(sandbox_provider::SandboxProvider),
    /// Carry out commands to contracts from a script, one JSON object a line.
    #[command(after_help = act::HELP)]
    Act(act::Act),
    /// Bring the database up to date and stop; `serve` does the same when it starts.
    #[command(after_help = "Example:\n  earnest migrate --data /srv/earnest")]
    Migrate,
    /// Copy the database to a file while the site runs.
    #[command(after_help = "Example:\n  earnest backup /srv/backup/earnest.db")]
    Backup {
        /// The copy; must not exist yet.
        file: PathBuf,
        /// Put the copy in the place of a file of that name, in one step.
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in the place of the database; the site must not run.
    #[command(after_help = "Example:\n  earnest restore /srv/backup/earnest.db")]
    Restore {
        /// A file that `earnest backup` made.
        file: PathBuf,
    },
    /// Write what is kept to a file for another place.
    #[command(subcommand)]
    Export(export::Export),
    /// Bring an installation into an empty database: all of it or nothing.
    #[command(
        after_help = "Example:\n  earnest import all.jsonl --database postgres://earnest@db.example/earnest"
    )]
    Import {
        /// A file that `earnest export installation` made.
        file: PathBuf,
    },
    /// Prove that the books are what they say, and keep outside what shows it later.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Play random histories of contracts against the rules and check what must always hold.
    #[command(after_help = simulate::EXAMPLES)]
    Simulate(simulate::Simulate),
    /// Fill an empty database with people, requests and contracts that are made up, to see how it bears them.
    #[command(after_help = seed::EXAMPLES)]
    Seed(seed::Seed),
    /// Write what is made from the program into docs/generated.
    #[command(hide = true)]
    Generate {
        /// Change nothing; fail if a file is not up to date.
        #[arg(long)]
        check: bool,
    },
}

/// As shells say that a program was ended by a pipe that nobody reads any more.
const NOBODY_READS: i32 = 128 + 13;

/// `earnest … | head` has seen enough: that is no fault of the program, and nothing to be told.
fn end_when_nobody_reads() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let cause = panic.payload_as_str().unwrap_or_default();
        if cause.starts_with("failed printing to std") && cause.contains("Broken pipe") {
            std::process::exit(NOBODY_READS);
        }
        told(panic);
    }));
}

/// Runs what the command line asks for. Exit status: 0 done, 1 not done, 2 the command line cannot be read, 3 what
/// was checked does not hold.
pub(crate) fn run() -> ExitCode {
    end_when_nobody_reads();
    let arguments = Arguments::parse();
    let settings = arguments.settings;
    let command = match arguments.command.unwrap_or(Command::Serve { demo: false }) {
        Command::Rank { file } => return ended(rank::run(&file)),
        Command::Simulate(simulate) => return ended(simulate::run(&simulate)),
        Command::Reconcile(asked) => return ended(reconcile::run(&settings, &asked)),
        Command::Ledger(asked) => return ended(ledger::run(&settings, &asked)),
        Command::Lab(asked) => return ended(lab::run(&settings, &asked)),
        other => other,
    };
    ended(others(&settings, command).map(|()| ExitCode::SUCCESS))
}

fn others(settings: &Settings, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { demo: false } => serve::run(settings, serve::Beside::Nothing),
        Command::Serve { demo: true } => serve::run(settings, serve::Beside::SandboxProvider),
        Command::Rank { file } => rank::run(&file).map(|_status| ()),
        Command::Simulate(simulate) => simulate::run(&simulate).map(|_status| ()),
        Command::Reconcile(asked) => reconcile::run(settings, &asked).map(|_status| ()),
        Command::Bank(asked) => bank::run(settings, &asked),
        Command::Jobs(jobs) => jobs::run(settings, &jobs),
        Command::Events(asked) => events::run(settings, &asked),
        Command::Motions(asked) => motions::run(settings, &asked),
        Command::Experts(asked) => experts::run(settings, &asked),
        Command::Operator(asked) => operator::run(settings, &asked),
        Command::Mail(asked) => mail::run(settings, &asked),
        Command::Ledger(asked) => ledger::run(settings, &asked).map(|_status| ()),
        Command::Lab(asked) => lab::run(settings, &asked).map(|_status| ()),
        Command::Compare(compare) => compare::run(settings, &compare),
        Command::Content(content) => content::run(settings, &content),
        Command::Requests(requests) => requests::run(settings, &requests),
        Command::Config(configuration) => configuration::run(settings, &configuration),
        Command::Act(asked) => act::run(settings, &asked),
        Command::SandboxProvider(provider) => sandbox_provider::run(settings, &provider),
        Command::Migrate => migrate::run(settings),
        Command::Seed(asked) => seed::run(settings, &asked),
        Command::Backup { file, force } => {
            let existing = if force {
                earnest_store::Existing::Replace
            } else {
                earnest_store::Existing::Keep
            };
            backup::backup(settings, &file, existing)
        }
        Command::Restore { file } => backup::restore(settings, &file),
        Command::Export(export) => export::run(settings, &export),
        Command::Import { file } => import::run(settings, &file),
        Command::Generate { check } => generate::run(if check {
            generate::Mode::Check
        } else {
            generate::Mode::Write
        }),
    }
}

fn ended(done: anyhow::Result<ExitCode>) -> ExitCode {
    match done {
        Ok(status) => status,
        Err(error) => {
            eprintln!("earnest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_key_has_its_flag() {
        let command = Arguments::command();
        for key in crate::config::KEYS {
            let flag = key.flag();
            let known = command
                .get_arguments()
                .filter_map(clap::Arg::get_long)
                .any(|long| format!("--{long}") == flag);
            assert!(known, "{flag} is missing in settings.rs");
        }
    }
}
