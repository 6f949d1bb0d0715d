//! `earnest experts`: people whom the operator already knows, brought in from a file.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use earnest_app::content::Catalogue;
use earnest_app::expert::import;

use super::{Settings, database};

const TABLE: &str = "\
The first line names the columns, in any order; commas, semicolons or tabs stand between them:
  email           whom the letter goes to
  name            as others will see it
  headline        what they do, in one line of at most 120 characters
  about           the rest
  skills          name:years:link with | between them, such as Python:10:https://example.org/work | SQL:8
  languages       with | between them, such as English | German; commas will do where the cell is quoted
  time_zone       such as Europe/Berlin
  rate            for an hour, in the currency of this site (may be missing)
  available_from  such as 2026-12-01 (may be missing)
  hours_a_week    (may be missing)

Without --write nothing is kept: every fault is named by its line, and what would be done is said. Each new expert gets a
letter with a link, looks at the profile and sends it to the office; before that nobody else sees it. Whoever has a profile
already is passed over, so the same file may be imported again.

Examples:
  earnest experts import experts.csv
  earnest experts import experts.csv --write";

/// What to do about experts.
#[derive(Debug, Subcommand)]
pub(crate) enum Experts {
    /// Read profiles from a file and write to their experts.
    #[command(after_help = TABLE)]
    Import {
        /// The table, as CSV in UTF-8.
        file: PathBuf,
        /// Keep what is new and send the letters.
        #[arg(long)]
        write: bool,
    },
}

pub(crate) fn run(settings: &Settings, asked: &Experts) -> anyhow::Result<()> {
    let Experts::Import { file, write } = asked;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = settings.read()?;
    database::wait(async {
        let store = database::open_beside(&config, "experts import").await?;
        let app = database::app(&config, store, Catalogue::empty())?;
        let rows = match import::read(&app.desk, &text) {
            Ok(rows) => rows,
            Err(faults) => {
                for fault in &faults {
                    eprintln!("{fault}");
                }
                bail!("{} faults; nothing was kept", faults.len());
            }
        };
        let plan = import::plan(&app.desk, rows).await?;
        for row in &plan.new {
            println!("new      {} {}", row.email, row.name);
        }
        for email in &plan.known {
            println!("there    {email}");
        }
        if *write {
            let kept = import::carry_out(&app.desk, plan.new).await?;
            println!("{kept} profiles were kept; each expert is written to");
        } else {
            println!(
                "{} would be kept, {} are there already; nothing was kept (add --write)",
                plan.new.len(),
                plan.known.len()
            );
        }
        Ok(())
    })
}
