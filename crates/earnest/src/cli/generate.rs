//! `earnest generate`: documents that are made from the program, so that they cannot disagree with it.

use std::path::Path;

use anyhow::Context;
use earnest_hire::contract::PROCESS_VERSION;
use earnest_hire::process;

use crate::config;

/// Whether files are written or only compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Bring them up to date.
    Write,
    /// Fail if one is not.
    Check,
}

pub(crate) fn run(mode: Mode) -> anyhow::Result<()> {
    let documents = [
        ("docs/generated/config.md", config::reference()),
        (
            "docs/generated/content.schema.json",
            earnest_app::content::schema()?,
        ),
        (
            "docs/generated/process.json",
            process::document(PROCESS_VERSION).context("this program does not know its own process")?,
        ),
        ("docs/generated/process.md", process::summary()),
        ("docs/generated/states.md", process::states()),
        ("docs/generated/refusals.md", process::refusals()),
    ];
    for (path, text) in documents {
        let path = Path::new(path);
        match mode {
            Mode::Check => {
                let found = std::fs::read_to_string(path).unwrap_or_default();
                anyhow::ensure!(
                    found == text,
                    "{} is not up to date; run `earnest generate`",
                    path.display()
                );
            }
            Mode::Write => {
                if let Some(directory) = path.parent() {
                    std::fs::create_dir_all(directory)
                        .with_context(|| format!("cannot make {}", directory.display()))?;
                }
                std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
                println!("{}", path.display());
            }
        }
    }
    Ok(())
}
