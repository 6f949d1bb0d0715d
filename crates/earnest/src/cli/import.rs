//! `earnest import`: an installation brought into an empty database.

use std::path::Path;

use super::{Settings, database, export};

pub(crate) fn run(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let config = settings.read()?;
    let (store, moved) = database::wait(async {
        let (store, _applied) = database::open(&config).await?;
        let moved = store.import_installation(file).await?;
        Ok((store, moved))
    })?;
    println!(
        "{} holds everything of {}, counted and summed anew:",
        store.place().display(),
        file.display()
    );
    export::print_moved(&moved);
    Ok(())
}
