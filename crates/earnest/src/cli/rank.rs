//! `earnest rank`: the engine alone, on a problem of your own.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use earnest_compare::problem::Limits;
use earnest_compare::rank;

/// Answers on the standard output. A rejected problem is exit status 2, with the reason on the standard output too.
pub(crate) fn run(file: &Path) -> anyhow::Result<ExitCode> {
    let text = read(file)?;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match rank::answer(&text, &Limits::COMMAND_LINE, threads) {
        Ok(answer) => {
            println!("{}", serde_json::to_string(&answer)?);
            Ok(ExitCode::SUCCESS)
        }
        Err(rejection) => {
            println!("{}", serde_json::to_string(&rejection)?);
            Ok(ExitCode::from(2))
        }
    }
}

/// Bytes that are no text become replacement characters, which the reader of the problem then refuses by place.
fn read(file: &Path) -> anyhow::Result<String> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("the standard input cannot be read")?;
        bytes
    } else {
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
