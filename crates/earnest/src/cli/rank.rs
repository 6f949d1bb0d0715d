//! `earnest rank`: the engine alone, on a problem of your own.

use std::path::Path;

use super::not_in_this_build;

pub(crate) fn run(_file: &Path) -> anyhow::Result<()> {
    not_in_this_build("rank")
}
