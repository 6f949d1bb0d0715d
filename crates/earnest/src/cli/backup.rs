//! `earnest backup` and `earnest restore`: the whole state as one file.

use std::io::{IsTerminal, Write};
use std::path::Path;

use earnest_app::outside::Clock;
use earnest_store::{Existing, Progress, backup as copy, restore as bring_back};

use super::{Settings, database};
use crate::outside::SystemClock;

pub(crate) fn backup(settings: &Settings, file: &Path, existing: Existing) -> anyhow::Result<()> {
    let config = settings.read()?;
    let database = database::file(
        &config,
        "use pg_dump --format=custom, or `earnest export installation FILE` for a file that any database takes",
    )?;
    let bytes = copy(&database, file, existing, &mut told())?;
    println!("{} holds everything, {bytes} bytes, checked.", file.display());
    Ok(())
}

pub(crate) fn restore(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let config = settings.read()?;
    let database = database::file(
        &config,
        "use pg_restore, or `earnest import FILE` for a file that `earnest export installation` made",
    )?;
    let former = bring_back(file, &database, SystemClock.now(), &mut told())?;
    println!("{} is now what {} holds.", database.display(), file.display());
    if let Some(former) = former {
        println!("The database that was there is kept as {}.", former.display());
    }
    Ok(())
}

/// Progress on the error stream, where a person looks on.
fn told() -> impl FnMut(Progress) {
    let watched = std::io::stderr().is_terminal();
    move |progress: Progress| {
        if watched && progress.all > 0 {
            let percent = progress.done * 100 / progress.all;
            let end = if progress.done >= progress.all { "\n" } else { "" };
            eprint!("\r{percent} %{end}");
            std::io::stderr().flush().unwrap_or_default();
        }
    }
}
