//! `earnest migrate`: the database brought up to date without serving.

use super::{Settings, database};

pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let config = settings.read()?;
    let (_store, applied) = database::wait(database::open(&config))?;
    for step in &applied {
        println!("applied {}: {}", step.number, step.name);
    }
    if applied.is_empty() {
        println!("{} is up to date.", config.database_file().display());
    }
    Ok(())
}
