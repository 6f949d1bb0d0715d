//! `earnest migrate`: the database brought up to date without serving.

use super::{Settings, not_in_this_build};

pub(crate) fn run(_settings: &Settings) -> anyhow::Result<()> {
    not_in_this_build("migrate")
}
