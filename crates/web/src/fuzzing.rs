//! What must hold whatever strangers send: one function a target, each a plain function of bytes that panics where an
//! invariant is broken. `cargo test` gives them the kept inputs of `tests/fuzz/corpus` and some hundred mutations of those;
//! `./fuzz` gives them whatever libFuzzer comes up with.

mod http;
mod markdown;
mod money;
mod query;
mod table;
mod weights;

pub(crate) use self::markdown::check;

/// A target by its name: the folder of its corpus, and what `./fuzz` calls it.
pub type Target = (&'static str, fn(&[u8]));

/// All there are.
pub const TARGETS: &[Target] = &[
    ("address", http::address),
    ("bank_statement", table::bank_statement),
    ("cursor", query::cursor),
    ("experts_table", table::experts_table),
    ("idempotency_key", http::idempotency_key),
    ("json_body", http::json_body),
    ("markdown", markdown::markdown),
    ("money", money::money),
    ("multipart", http::multipart),
    ("signature", http::signature),
    ("state", query::state),
    ("weights", weights::weights),
];

/// Runs the target of this name.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    assert!(target.is_some(), "there is no target {name}");
    if let Some((_, target)) = target {
        target(input);
    }
}

/// Text as it came, or nothing where it is none.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// The first byte, to choose by, and the rest.
fn choice(input: &[u8]) -> (u8, &[u8]) {
    input
        .split_first()
        .map_or((0, input), |(first, rest)| (*first, rest))
}

#[cfg(test)]
mod tests;
