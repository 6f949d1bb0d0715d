//! Two states of a comparison side by side: reading what somebody pasted, and what makes the verdicts differ.

use earnest_compare::difference::{Difference, Side, difference};

use super::Analysis;
use super::state::is_key;
use super::words::{lower_first, percent, score};

/// What a pasted text points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// A state of this comparison, as the pairs of its query.
    State(Vec<(String, String)>),
    /// What a link to a decision opens, by its token.
    Decision(String),
}

/// Why a pasted text points at nothing that can be compared here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPasted {
    /// It is longer than any link of ours.
    TooLong,
    /// It leads to another page or another comparison.
    Elsewhere,
    /// It is no link, and no setting of a comparison stands in it.
    Nothing,
}

/// The most characters of a pasted link.
pub const PASTED_LIMIT: usize = 4_000;

/// Reads a query string (`w.talent=3&must=numpy`), an address of the comparison's page on this site (`/compare/…?…`), or a
/// colleague's whole link (`https://…/compare/…?…`), under whatever name the site was reached. Nothing is the usual state.
/// Which names in an address are this comparison's, `is_this` says.
///
/// # Errors
/// Where it is too long, leads elsewhere, or is a text that sets nothing.
pub fn pasted(is_this: impl Fn(&str) -> bool, text: &str) -> Result<Pasted, NotPasted> {
    let text = text.trim();
    if text.chars().count() > PASTED_LIMIT {
        return Err(NotPasted::TooLong);
    }
    let pairs = |query: &str| -> Vec<(String, String)> {
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    };
    let scheme = ["https://", "http://"].into_iter().find(|start| {
        let begin = text.get(..start.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    });
    let path = match scheme.and_then(|start| text.get(start.len()..)) {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None if text.starts_with('/') => text,
        None => {
            // a text that sets nothing would silently be the usual state
            let pairs = pairs(text.trim_start_matches('?'));
            let says = text.is_empty() || pairs.iter().any(|(key, _)| is_key(key));
            return says.then_some(Pasted::State(pairs)).ok_or(NotPasted::Nothing);
        }
    };
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(token) = path.strip_prefix("/decisions/") {
        let token = token.split('/').next().unwrap_or_default();
        return Ok(Pasted::Decision(token.to_owned()));
    }
    let named = path.trim_end_matches('/').strip_prefix("/compare/");
    if named.is_some_and(is_this) {
        return Ok(Pasted::State(pairs(query)));
    }
    Err(NotPasted::Elsewhere)
}

/// What makes the second state's verdict another one than the first's.
pub fn apart(first: &Analysis<'_>, second: &Analysis<'_>) -> Option<Difference> {
    difference(side(first), side(second))
}

fn side<'s>(analysis: &'s Analysis<'_>) -> Side<'s> {
    Side {
        table: &analysis.table,
        verdict: &analysis.verdict,
    }
}

/// The name of an option or criterion by its slug, as the first of two states has it, or else the second.
pub fn shown<'n>((first, second): (&'n Analysis<'_>, &'n Analysis<'_>), slug: &'n str) -> &'n str {
    let (one, other) = (called(first, slug), called(second, slug));
    let named = one.or(other).unwrap_or(slug);
    // an option that only one of them keeps is said of both without that
    let is_kept = |analysis: &Analysis<'_>| {
        analysis
            .state
            .kept
            .as_ref()
            .is_some_and(|kept| kept.slug() == slug)
    };
    if is_kept(first) == is_kept(second) {
        return named;
    }
    let technology = first.catalogue.technology(slug);
    technology.map_or(named, |technology| technology.name.as_str())
}

fn called<'n>(analysis: &'n Analysis<'_>, slug: &str) -> Option<&'n str> {
    let option = analysis.table.options.iter().position(|one| one == slug);
    let criterion = analysis.table.criteria.iter().position(|one| one == slug);
    option
        .and_then(|at| analysis.option_names.get(at))
        .or_else(|| criterion.and_then(|at| analysis.criterion_labels.get(at)))
        .map(String::as_str)
}

/// The difference in sentences: how the lead changes, and the fewest changes that flip it.
pub fn says(both: (&Analysis<'_>, &Analysis<'_>), found: &Difference) -> Vec<String> {
    let (option, rival) = (shown(both, &found.option), shown(both, &found.rival));
    let lead = |points: f64| {
        let points_text = score(points.abs());
        if points_text == "0.0" {
            format!("{option} and {rival} are level")
        } else if points > 0.0 {
            format!("{option} is {points_text} points ahead of {rival}")
        } else {
            format!("{rival} is {points_text} points ahead of {option}")
        }
    };
    let mut lines = vec![format!(
        "In the first state {}; in the second {}.",
        lead(found.lead_before),
        lead(found.lead_after)
    )];
    if let Some(fewest) = &found.fewest {
        let each: Vec<String> = fewest
            .iter()
            .filter_map(|at| found.parts.get(*at))
            .map(|part| {
                format!(
                    "{} (from {} to {})",
                    lower_first(shown(both, &part.criterion)),
                    percent(part.before),
                    percent(part.after)
                )
            })
            .collect();
        lines.push(match each.as_slice() {
            [one] => format!("One change alone already puts {rival} ahead: {one}."),
            _ => format!(
                "No fewer than {} changes put {rival} ahead: {}.",
                each.len(),
                each.join(", then ")
            ),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(slug: &str, text: &str) -> Result<Pasted, NotPasted> {
        super::pasted(|named| named == slug, text)
    }

    fn state(pairs: &[(&str, &str)]) -> Pasted {
        let owned = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Pasted::State(owned.collect())
    }

    #[test]
    fn whatever_a_colleague_sends_is_read() {
        let same = Ok(state(&[("w.talent", "3"), ("must", "numpy")]));
        for text in [
            "w.talent=3&must=numpy",
            "?w.talent=3&must=numpy",
            "/compare/a-vs-b?w.talent=3&must=numpy",
            " https://hire.example/compare/a-vs-b?w.talent=3&must=numpy#priorities\n",
            "HTTP://127.0.0.1:8080/compare/a-vs-b/?w.talent=3&must=numpy",
        ] {
            assert_eq!(pasted("a-vs-b", text), same, "{text}");
        }
        assert_eq!(pasted("a-vs-b", ""), Ok(state(&[])));
        assert_eq!(
            pasted("a-vs-b", "https://hire.example/compare/a-vs-b"),
            Ok(state(&[]))
        );
        let token = Ok(Pasted::Decision("abc".to_owned()));
        assert_eq!(pasted("a-vs-b", "https://hire.example/decisions/abc"), token);
        assert_eq!(pasted("a-vs-b", "/decisions/abc/record?x"), token);
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in [
            "https://hire.example/compare/c-vs-d?w.talent=3",
            "https://hire.example",
            "/hire/python-engineer",
            "http://",
            "//evil.example/compare/a-vs-b",
        ] {
            assert_eq!(pasted("a-vs-b", text), Err(NotPasted::Elsewhere), "{text}");
        }
        assert_eq!(pasted("a-vs-b", &"x".repeat(4_001)), Err(NotPasted::TooLong));
        for text in [
            "hello",
            "talent 90",
            "hire.example/compare/a-vs-b",
            "?",
            "w",
            "x.talent=3",
        ] {
            assert_eq!(pasted("a-vs-b", text), Err(NotPasted::Nothing), "{text}");
        }
    }
}
