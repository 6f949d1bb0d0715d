//! The Earnest binary: it reads the configuration, wires the crates together and reaches the outside world.
//!
//! Deliberately not here: rules, pages, SQL. A command that does more than a dozen lines of its own belongs below.

mod cli;
mod config;
mod lab;
mod log;
mod outside;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
