//! `earnest motions`: what one operator has proposed and another must second.

use anyhow::Context;
use clap::Subcommand;
use earnest_app::content::Catalogue;
use earnest_app::motion::{self, Carried};
use earnest_app::payee::Who;
use earnest_hire::contract::Actor;
use earnest_hire::ids::{MotionId, PersonId};
use earnest_store::MotionRow;
use serde_json::{Value, json};

use super::jobs::read;
use super::{Settings, database};

/// What to do about motions.
#[derive(Debug, Subcommand)]
pub(crate) enum Motions {
    /// Those that wait for a second operator, the oldest first.
    List {
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Carry one out, as the second operator.
    #[command(after_help = "Example:\n  earnest motions second mot_01k… --operator per_01k…")]
    Second {
        /// As `list` prints it.
        motion: MotionId,
        /// Who seconds it; stands in the history beside who proposed it.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
    },
    /// Drop one: nothing comes of it.
    #[command(after_help = "Example:\n  earnest motions drop mot_01k… --operator per_01k…")]
    Drop {
        /// As `list` prints it.
        motion: MotionId,
        /// Who drops it.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
    },
}

pub(crate) fn run(settings: &Settings, asked: &Motions) -> anyhow::Result<()> {
    let config = settings.read()?;
    let (motion, operator, command) = match asked {
        Motions::List { json } => {
            let motions = read(&config, |app| async move { Ok(motion::open(&app.desk).await?) })?;
            if *json {
                println!("{}", serde_json::to_string_pretty(&as_json(&motions))?);
            } else {
                list(&motions);
            }
            return Ok(());
        }
        Motions::Second { motion, operator } => (*motion, *operator, "motions second"),
        Motions::Drop { motion, operator } => (*motion, *operator, "motions drop"),
    };
    database::wait(async {
        let store = database::open_beside(&config, command).await?;
        let app = database::app(&config, store, Catalogue::empty())?;
        let actor = Actor::Operator { id: operator };
        let who = Who::sure(&actor);
        let next = "nothing was done; `earnest motions list` names what waits";
        if matches!(asked, Motions::Drop { .. }) {
            let dropped = motion::withdraw(&app.desk, motion, who).await;
            dropped.context(next)?;
            println!("{motion} is dropped.");
        } else {
            let carried = motion::second(&app.desk, motion, who).await;
            match carried.context(next)? {
                Carried::Contract(answer) => {
                    println!(
                        "{motion} is carried out, in version {} of {}.",
                        answer.version, answer.contract
                    );
                }
                Carried::Payee(answer) => {
                    println!(
                        "{motion} is carried out, in version {} of {}.",
                        answer.version, answer.person
                    );
                }
                Carried::Bank(answer) => println!("{motion} is carried out, on {}.", answer.receipt),
            }
        }
        app.store.finish().await;
        Ok(())
    })
}

fn as_json(motions: &[MotionRow]) -> Value {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let items: Vec<Value> = motions
        .iter()
        .map(|one| {
            json!({
                "id": one.id, "of": one.chain, "command": value(&one.command), "about": value(&one.about),
                "proposed_by": one.proposed_by, "proposed_at": one.proposed_at,
            })
        })
        .collect();
    json!({ "items": items })
}

fn list(motions: &[MotionRow]) {
    if motions.is_empty() {
        println!("No motion waits for a second operator.");
    }
    for one in motions {
        println!(
            "{}  by {}  {}  of {}",
            one.id, one.proposed_by, one.proposed_at, one.chain
        );
        println!("    {}", one.command);
    }
    if !motions.is_empty() {
        println!("As another operator: earnest motions second MOTION --operator PERSON");
    }
}
