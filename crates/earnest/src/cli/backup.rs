//! `earnest backup` and `earnest restore`: the whole state as one file.

use std::path::Path;

use super::{Settings, not_in_this_build};

pub(crate) fn backup(_settings: &Settings, _file: &Path) -> anyhow::Result<()> {
    not_in_this_build("backup")
}

pub(crate) fn restore(_settings: &Settings, _file: &Path) -> anyhow::Result<()> {
    not_in_this_build("restore")
}
