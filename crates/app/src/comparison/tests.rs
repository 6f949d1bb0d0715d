//! What is computed from content, and what must never enter it (C22).

use std::path::Path;

use crate::comparison::{analyse, document, state::State};
use crate::content::tests::{SEED, SMALL, analysis, pairs, read, with_small};
use crate::content::{Catalogue, embedded};

mod exports;
mod recompute;
mod withheld;

/// The JSON of an analysis.
fn json(catalogue: &Catalogue, slug: &str, query: &str) -> serde_json::Value {
    serde_json::to_value(document::document(&analysis(catalogue, slug, query)).unwrap()).unwrap()
}

/// C22: whatever we sell, to whom and for how much, no score, total or verdict moves.
#[test]
fn commerce_changes_no_number() {
    let plain = read(&embedded());
    let mut changed = embedded();
    for (path, text) in &mut changed {
        if path.starts_with("roles/") {
            *text = text.replace(
                "[[budget_note]]\ntext = \"",
                "[[budget_note]]\ntext = \"Ten times dearer. ",
            );
            *text = text.replace("\nsummary = \"", "\nsummary = \"Sold out. ");
        }
    }
    let technologies = changed.get_mut("technologies.toml").unwrap();
    *technologies = technologies.replace("role = \"python-engineer\"\n", "").replace(
        "website = \"https://nodejs.org/\"",
        "website = \"https://partner.example/?ref=us\"",
    );
    let changed = read(&changed);
    for (bare, sold) in [
        ("", ""),
        ("", "fee=50&employer=100&weeks=260&hours=80"),
        ("edition=1", "edition=1&fee=0"),
        ("w.hiring-cost=1", "w.hiring-cost=1&fee=50&weeks=1"),
        ("scores=editor", "scores=editor&fee=49"),
    ] {
        let (one, other) = (analysis(&plain, SEED, bare), analysis(&changed, SEED, sold));
        assert_eq!(one.table, other.table, "{sold}");
        assert_eq!(one.verdict, other.verdict, "{sold}");
        assert_eq!(one.shares, other.shares, "{sold}");
        assert_eq!(one.methods, other.methods, "{sold}");
        assert_eq!(one.headline, other.headline, "{sold}");
        assert_eq!(
            one.edition.edition.sha256().unwrap(),
            other.edition.edition.sha256().unwrap()
        );
    }
}

/// C22: the engine that scores does not so much as know the words of commerce.
#[test]
fn the_engine_has_no_word_for_commerce() {
    const WORDS: [&str; 14] = [
        "fee",
        "fees",
        "price",
        "prices",
        "commission",
        "revenue",
        "sponsor",
        "sponsored",
        "affiliate",
        "margin_percent",
        "advert",
        "invoice",
        "partner",
        "discount",
    ];
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../compare/src")];
    let mut read = 0;
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // test cases are other people's published examples, which may well be about prices
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            if path.is_dir() {
                waiting.push(path);
            } else if !is_test {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                for line in code {
                    let words = line.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
                    let found: Vec<String> = words.filter(|w| WORDS.contains(&w.as_str())).collect();
                    assert!(found.is_empty(), "{}: {line}", path.display());
                }
                read += 1;
            }
        }
    }
    assert!(read > 20, "the sources were not found");
}

/// C14: a must-have excludes before anything is weighed: what is left is judged as if the other had not been there.
#[test]
fn a_must_have_excludes_before_any_weighting() {
    let catalogue = read(&embedded());
    let left = analysis(&catalogue, SEED, "must=numpy&w.full-stack=1000");
    assert_eq!(left.option_names, ["Python"]);
    assert_eq!(left.excluded.len(), 1);
    assert_eq!(left.excluded[0].must_have, "NumPy in process");
    assert!(
        left.excluded[0]
            .reason
            .contains("NumPy, pandas and PyTorch are Python libraries")
    );
    assert_eq!(
        left.headline.sentence(),
        "Python is what remains after your must-haves."
    );
    let comparison = catalogue.comparison(SEED).unwrap();
    let none = State::parse(comparison, &pairs("must=numpy,same-language")).unwrap();
    assert_eq!(
        analyse(&catalogue, comparison, none).unwrap_err(),
        earnest_compare::verdict::Invalid::NoOption
    );
}

/// C14, C18: an old edition excludes by its own options, in whatever order the text names them today.
#[test]
fn an_edition_of_other_options_excludes_the_right_one() {
    let mut catalogue = read(&with_small());
    let comparison = catalogue
        .comparisons
        .iter_mut()
        .find(|c| c.text.slug == SMALL)
        .unwrap();
    comparison.text.options.reverse();
    let left = analysis(&catalogue, SMALL, "must=no-collector");
    assert_eq!(left.option_names, ["Rust"]);
}

/// C5: the shares of the weight by kind of evidence add up to the weight compared.
#[test]
fn the_weight_rests_on_kinds_of_evidence() {
    let catalogue = read(&with_small());
    let [measured, published, judged, _] = analysis(&catalogue, SMALL, "").weight_by_kind();
    // performance has a measured observation for both, ecosystem published ones
    assert!((measured - 0.5).abs() < 1e-12 && (published - 0.5).abs() < 1e-12 && judged.abs() < 1e-12);
    let [_, _, judged, _] = analysis(&catalogue, SEED, "edition=1").weight_by_kind();
    assert!((judged - 1.0).abs() < 1e-12);
}
