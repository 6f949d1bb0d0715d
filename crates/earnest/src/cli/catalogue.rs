//! Content for every command: embedded files, the operator's folder laid over them, all faults at once.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use earnest_app::content::{Catalogue, Fault, Files, embedded, overlay};

/// The files of the binary with those of a folder laid over them.
pub(crate) fn files(folder: Option<&Path>) -> anyhow::Result<Files> {
    let mut files = embedded();
    if let Some(folder) = folder {
        overlay(&mut files, folder)
            .with_context(|| format!("the content folder {} cannot be read", folder.display()))?;
    }
    Ok(files)
}

/// Checked content, or one error that names every fault.
pub(crate) fn read(folder: Option<&Path>) -> anyhow::Result<Catalogue> {
    Catalogue::read(&files(folder)?).map_err(|faults| anyhow::anyhow!("{}", told(&faults)))
}

/// All faults, one a line.
pub(crate) fn told(faults: &[Fault]) -> String {
    let noun = if faults.len() == 1 { "fault" } else { "faults" };
    let mut text = format!("the content has {} {noun}:", faults.len());
    for fault in faults {
        let written = write!(text, "\n  {fault}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
    text
}
