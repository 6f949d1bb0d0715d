//! What stands in the query of an address.

use std::sync::OnceLock;

use earnest_app::comparison::State;
use earnest_app::comparison::apart::{PASTED_LIMIT, Pasted, pasted};
use earnest_app::content::{Catalogue, embedded};
use earnest_hire::bank::TransferReference;
use earnest_hire::ids::{ContractId, RequestId};
use jiff::Timestamp;

use super::text;

fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// A state that is read comes back as it went, and what is refused says which key and what to do.
pub(super) fn state(input: &[u8]) {
    static CATALOGUE: OnceLock<Option<Catalogue>> = OnceLock::new();
    let catalogue = CATALOGUE.get_or_init(|| Catalogue::read(&embedded()).ok());
    let comparison = catalogue.as_ref().and_then(|all| all.comparisons.first());
    assert!(comparison.is_some(), "the content has no comparison");
    let (Some(comparison), Some(query)) = (comparison, text(input)) else {
        return;
    };
    // What is pasted is a state, a decision's link, or refused; a whole link of ours with it is the same state.
    let slug = &comparison.text.slug;
    let is_this = |named: &str| named == slug;
    if let Ok(Pasted::State(read)) = pasted(is_this, query) {
        let link = format!(
            "https://site.example/compare/{slug}?{}",
            query.trim().trim_start_matches('?')
        );
        if !query.contains(['#', '/']) && link.chars().count() <= PASTED_LIMIT {
            assert_eq!(pasted(is_this, &link), Ok(Pasted::State(read)), "{query:?}");
        }
    }
    match State::parse(comparison, &pairs(query)) {
        Err(faults) => {
            assert!(!faults.is_empty(), "{query:?} is refused for nothing");
            assert!(
                faults
                    .iter()
                    .all(|fault| !fault.sentence.is_empty() && !fault.code.is_empty())
            );
        }
        Ok(state) => {
            assert!(
                state.weights.iter().all(|weight| (0.0..=1000.0).contains(weight)),
                "{query:?} weighs {:?}",
                state.weights
            );
            for written in [state.query(comparison), state.full_query(comparison)] {
                let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\`{}|^#".contains(&byte);
                assert!(written.bytes().all(plain), "{query:?} is written as {written:?}");
                let again = State::parse(comparison, &pairs(&written));
                assert_eq!(again.as_ref(), Ok(&state), "{query:?} is written as {written:?}");
            }
        }
    }
}

/// A cursor is the name of what stood last, in one spelling; so is every id and reference.
pub(super) fn cursor(input: &[u8]) {
    let Some(typed) = text(input) else { return };
    if let Ok(id) = typed.parse::<RequestId>() {
        assert_eq!(id.to_string(), typed, "one id has two spellings");
        let reference = id.reference().to_string();
        assert_eq!(reference.parse().ok(), Some(id.reference()));
    }
    if let Ok(id) = typed.parse::<ContractId>() {
        assert_eq!(id.to_string(), typed, "one id has two spellings");
        assert!(typed.parse::<RequestId>().is_err(), "{typed} is of two kinds");
    }
    if let Ok(at) = typed.parse::<Timestamp>() {
        assert_eq!(at.to_string().parse().ok(), Some(at));
    }
    for found in TransferReference::all_in(typed) {
        let written = found.to_string();
        assert_eq!(written.parse(), Ok(found), "{typed:?}");
        assert_eq!(TransferReference::all_in(&written), [found], "{typed:?}");
    }
}
