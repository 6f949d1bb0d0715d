//! `earnest migrate`: the database brought up to date without serving.

use super::{Settings, database};

pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let config = settings.read()?;
    let (store, applied) = database::wait(database::open(&config))?;
    for step in &applied {
        println!("applied {}: {}", step.number, step.name);
    }
    if applied.is_empty() {
        println!("{} is up to date.", store.place().display());
    }
    Ok(())
}
