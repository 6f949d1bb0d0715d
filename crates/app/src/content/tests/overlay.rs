//! Content is data (C40): what an operator lays over the embedded files.

use super::*;
use crate::comparison::{document, export};

/// C40: a comparison that is nothing but files is listed, scored, judged and exported.
#[test]
fn a_second_comparison_needs_no_code() {
    let catalogue = read(&with_small());
    let slugs: Vec<&str> = catalogue
        .comparisons
        .iter()
        .map(|c| c.text.slug.as_str())
        .collect();
    assert_eq!(slugs, [SMALL, SEED]);
    let analysis = analysis(&catalogue, SMALL, "");
    assert_eq!(analysis.option_names, ["Go", "Rust"]);
    // performance (6.0 + 5.13171) / 2 and (9.0 + 9.54321) / 2; ecosystem 10 − 5 × log10(2,000,000 ÷ packages)
    let totals = &analysis.verdict.totals.totals;
    let go = f64::midpoint(5.565_855, 10.0 - 5.0 * (2.0f64 / 1.5).log10());
    let rust = f64::midpoint(9.271_605, 10.0 - 5.0 * 10.0f64.log10());
    near(totals[0], go, 1e-9);
    near(totals[1], rust, 1e-9);
    let json = serde_json::to_string(&document::document(&analysis).unwrap()).unwrap();
    assert!(json.contains("\"slug\":\"go-vs-rust-for-services\""));
    assert!(export::csv(&analysis, "/here").contains("packages-go"));
    assert!(export::markdown(&analysis, "/here").starts_with("# Go vs Rust for services"));
}

/// C18: an edition keeps what its claims cite of other technologies, and nothing else of them.
#[test]
fn an_edition_keeps_what_claims_cite_of_others() {
    let mut files = with_small();
    let ids = |files: &Files| -> Vec<String> {
        let catalogue = read(files);
        let edition = &catalogue.comparison(SMALL).unwrap().editions[0].edition;
        edition.observations.iter().map(|o| o.id.clone()).collect()
    };
    assert!(ids(&files).contains(&"packages-elixir".to_owned()));
    edited(
        &mut files,
        &format!("comparisons/{SMALL}/claims.toml"),
        "\"packages-elixir\", ",
        "",
    );
    assert!(!ids(&files).contains(&"packages-elixir".to_owned()));
}

/// C40: a file of the overlay replaces the embedded one of the same path, and only that one.
#[test]
fn one_file_laid_over_replaces_that_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let roles = folder.path().join("roles");
    std::fs::create_dir(&roles).unwrap();
    let text = embedded()["roles/python-engineer.toml"].replacen(
        "title = \"Python engineer\"",
        "title = \"Snake charmer\"",
        1,
    );
    std::fs::write(roles.join("python-engineer.toml"), text).unwrap();
    std::fs::write(folder.path().join("README.md"), "not content").unwrap();
    let mut files = embedded();
    overlay(&mut files, folder.path()).unwrap();
    assert_eq!(files.len(), embedded().len());
    let catalogue = read(&files);
    assert_eq!(catalogue.role("python-engineer").unwrap().title, "Snake charmer");
    assert_eq!(
        catalogue.role("nodejs-engineer").unwrap().title,
        "Node.js engineer"
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error_and_no_empty_overlay() {
    let folder = tempfile::tempdir().unwrap();
    overlay(&mut embedded(), &folder.path().join("missing")).unwrap_err();
}

/// Three options: the small comparison with Elixir, which is the lowest on every criterion.
pub(crate) fn with_three() -> Files {
    let mut files = with_small();
    let comparison = format!("comparisons/{SMALL}/comparison.toml");
    edited(
        &mut files,
        &comparison,
        "options = [\"go\", \"rust\"]",
        "options = [\"go\", \"rust\", \"elixir\"]",
    );
    let performance = files.get_mut("evidence/go-rust-1/performance.toml").unwrap();
    performance.push_str(
        "\n[[observation]]\nid = \"notes-elixir\"\ntechnology = \"elixir\"\nmetric = \"throughput\"\nsubject = \
         \"Phoenix\"\nvalue = 20.0\nunit = \"%\"\nkind = \"measured\"\nsource = \"field-notes\"\nlocator = \"table \
         1\"\nyear = 2026\nconfidence = \"high\"\nreview_by = \"2027-11-01\"\n",
    );
    files
}

/// C32: three options have three columns, a share each, and a note on the one that is beaten everywhere.
#[test]
fn three_options_are_compared_like_two() {
    let catalogue = read(&with_three());
    let analysis = analysis(&catalogue, SMALL, "");
    assert_eq!(analysis.option_names, ["Go", "Rust", "Elixir"]);
    assert_eq!(analysis.verdict.totals.totals.len(), 3);
    near(analysis.shares.shares.iter().sum::<f64>(), 1.0, 1e-9);
    // Elixir has 2.0 and 0.0: below Rust and Go on both criteria
    let dominated: Vec<usize> = analysis
        .verdict
        .dominated
        .iter()
        .map(|(beaten, _)| *beaten)
        .collect();
    assert_eq!(dominated, [2]);
    near(analysis.shares.shares[2], 0.0, 1e-12);
    let csv = export::csv(&analysis, "/here");
    assert!(csv.lines().any(|line| line.starts_with("elixir,performance,2,")));
    assert!(export::markdown(&analysis, "/here").contains("| Criterion | Weight | Go | Rust | Elixir |"));
}

/// C3: the third option changes no score of the other two, so the pair decides as before.
#[test]
fn a_third_option_moves_no_score_of_the_other_two() {
    let (two, three) = (read(&with_small()), read(&with_three()));
    let cells = |catalogue: &Catalogue| {
        let edition = &catalogue.comparison(SMALL).unwrap().editions[0];
        edition.cells[..2].to_vec()
    };
    assert_eq!(cells(&two), cells(&three));
}

/// C6: a technology without an observation has no score, and the criterion is not compared.
#[test]
fn a_missing_cell_is_no_zero() {
    let mut files = with_small();
    edited(
        &mut files,
        "evidence/go-rust-1/ecosystem.toml",
        "technology = \"go\"",
        "technology = \"java\"",
    );
    edited(
        &mut files,
        "evidence/go-rust-1/performance.toml",
        "technology = \"go\"",
        "technology = \"java\"",
    );
    let catalogue = read(&files);
    let analysis = analysis(&catalogue, SMALL, "w.performance=3");
    let edition = &catalogue.comparison(SMALL).unwrap().editions[0];
    assert_eq!(edition.cells[0][1].score, None);
    assert_eq!(edition.cells[0][1].basis, None);
    assert_eq!(analysis.verdict.totals.compared, [0]);
    near(analysis.verdict.totals.coverage, 0.75, 1e-12);
    assert_eq!(analysis.not_compared(), ["Ecosystem size"]);
    // the reading of the field notes is missing for Go: its point rests on the report alone
    near(edition.cells[0][0].score.unwrap().point, 5.131_71, 1e-9);
    assert!(export::markdown(&analysis, "/here").contains("no evidence"));
}
