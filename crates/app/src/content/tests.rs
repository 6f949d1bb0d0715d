//! The embedded content and its golden figures; the checker's faults and contents of an operator's own stand in the
//! folder beside this file.

use super::*;
use crate::comparison::{Analysis, State, analyse};
use earnest_compare::verdict::Kind as VerdictKind;

mod faults;
mod measured;
mod overlay;

pub(crate) const SEED: &str = "python-vs-nodejs-for-backend-hiring";
pub(crate) const SMALL: &str = "go-vs-rust-for-services";

/// Reads files that must be right.
pub(crate) fn read(files: &Files) -> Catalogue {
    Catalogue::read(files).unwrap_or_else(|faults| panic!("{}", told(&faults)))
}

pub(crate) fn told(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// The embedded files with the small comparison of `tests/content` laid over them.
pub(crate) fn with_small() -> Files {
    let mut files = embedded();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/content");
    overlay(&mut files, &folder).unwrap();
    files
}

/// Writes other words in a file; they must be there.
pub(crate) fn edited(files: &mut Files, file: &str, from: &str, to: &str) {
    let text = files.get_mut(file).unwrap_or_else(|| panic!("no file {file}"));
    assert!(text.contains(from), "`{from}` is not in {file}");
    *text = text.replacen(from, to, 1);
}

/// The analysis at a query string.
pub(crate) fn analysis<'a>(catalogue: &'a Catalogue, slug: &str, query: &str) -> Analysis<'a> {
    let comparison = catalogue.comparison(slug).unwrap();
    let state = State::parse(comparison, &pairs(query)).unwrap_or_else(|faults| panic!("{faults:?}"));
    analyse(catalogue, comparison, state).unwrap()
}

pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let pair = |text: &str| {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        (key.to_owned(), value.to_owned())
    };
    query.split('&').filter(|p| !p.is_empty()).map(pair).collect()
}

fn near(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected} within {within}"
    );
}

fn points(edition: &ScoredEdition) -> Vec<Vec<f64>> {
    let row = |row: &Vec<earnest_compare::evidence::Cell>| {
        row.iter()
            .map(|cell| cell.score.map_or(f64::NAN, |s| s.point))
            .collect()
    };
    edition.cells.iter().map(row).collect()
}

#[test]
fn the_embedded_content_has_no_fault() {
    let catalogue = read(&embedded());
    assert_eq!(catalogue.comparisons.len(), 1);
    let numbers: Vec<&str> = catalogue.comparisons[0]
        .editions
        .iter()
        .map(|e| e.edition.head.number.as_str())
        .collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5"]);
}

/// Edition 1 is the table that the comparison started from, to the digit.
#[test]
fn edition_1_is_the_table_that_the_comparison_started_from() {
    let catalogue = read(&embedded());
    let edition = catalogue.comparison(SEED).unwrap().edition("1").unwrap();
    let scores = points(edition);
    assert_eq!(scores[0][..6], [7.0, 9.0, 2.0, 8.0, 8.0, 8.0]);
    assert_eq!(scores[1][..6], [8.0, 3.0, 9.0, 9.0, 7.0, 9.0]);
    let pay: Vec<[f64; 2]> = edition
        .region(None)
        .unwrap()
        .options
        .iter()
        .map(|seen| seen.as_ref().unwrap().0.quartiles.unwrap())
        .collect();
    assert_eq!(pay, [[130_000.0, 200_000.0], [130_000.0, 190_000.0]]);
    assert_eq!(edition.edition.criteria[6], "hiring-cost");
    assert_eq!(
        edition.edition.default_weights(),
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    );
}

/// Edition 2 scores what it scored when it was published; a new release of evidence is a new edition.
#[test]
fn edition_2_scores_what_it_was_published_with() {
    let catalogue = read(&embedded());
    let scores = points(catalogue.comparison(SEED).unwrap().edition("2").unwrap());
    let golden = [
        [4.63, 10.0, 2.12, 8.91, 7.07, 7.84, 5.55],
        [7.63, 2.53, 9.92, 9.94, 6.02, 10.0, 5.76],
    ];
    for (found, expected) in scores.iter().flatten().zip(golden.iter().flatten()) {
        near(*found, *expected, 0.005);
    }
}

/// C8, C10, C11, C12: the reference figures of the table at equal weights.
#[test]
fn edition_1_gives_the_reference_figures() {
    let catalogue = read(&embedded());
    let analysis = analysis(&catalogue, SEED, "edition=1");
    let verdict = &analysis.verdict;
    near(verdict.totals.totals[0], 7.0, 1e-12);
    near(verdict.totals.totals[1], 7.5, 1e-12);
    near(verdict.margin, 0.5, 1e-12);
    near(verdict.deviation, 1.0 / 6.0, 1e-12);
    assert_eq!(verdict.kind, VerdictKind::Depends);
    assert_eq!(verdict.leader, Some(1));
    near(analysis.shares.shares[0], 98_641.0 / 285_376.0, 1e-12);
    assert!(analysis.shares.exact);
    let flips: Vec<(usize, f64)> = verdict.nearest.iter().map(|f| (f.criterion, f.at)).collect();
    assert_eq!(flips.len(), 3, "{flips:?}");
    for ((criterion, at), (which, exactly)) in
        flips
            .into_iter()
            .zip([(1, 3.0 / 13.0), (2, 4.0 / 39.0), (4, 4.0 / 9.0)])
    {
        assert_eq!(criterion, which);
        near(at, exactly, 1e-12);
    }
    near(verdict.nearest[0].distance(), 5.0 / 78.0, 1e-12);
    near(verdict.nearest[1].distance(), 5.0 / 78.0, 1e-12);
    let of = |key: &str| {
        let found = analysis.methods.iter().find(|m| m.key == key);
        found
            .and_then(|m| m.scores.clone())
            .unwrap_or_else(|| panic!("no {key}"))
    };
    near(of("topsis")[0], 0.45238, 5e-6);
    near(of("topsis")[1], 0.54762, 5e-6);
    near(of("promethee2")[0], -1.0 / 3.0, 1e-12);
    near(of("promethee2")[1], 1.0 / 3.0, 1e-12);
    assert_eq!(
        analysis.headline.sentence(),
        "Node.js leads at equal priorities; Python once data science counts for more than 23.1\u{a0}%."
    );
}

/// C11: the central weights of the reference table.
#[test]
fn edition_1_has_the_reference_central_weights() {
    let catalogue = read(&embedded());
    let analysis = analysis(&catalogue, SEED, "edition=1");
    let golden = [
        [0.144, 0.298, 0.078, 0.144, 0.194, 0.143],
        [0.179, 0.098, 0.214, 0.179, 0.152, 0.179],
    ];
    for (option, golden) in golden.iter().enumerate() {
        let found = analysis.shares.central[option].as_ref().unwrap();
        for (found, expected) in found.iter().zip(golden) {
            near(*found, *expected, 0.002);
        }
    }
}
