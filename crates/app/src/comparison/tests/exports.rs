//! C20, C36: the other forms of a comparison.

use super::*;
use crate::comparison::citation::Cited;
use crate::comparison::{export, package};
use crate::content::tests::edited;

/// Reads CSV as RFC 4180 writes it, strictly: CRLF, quotes doubled, nothing after a closing quote.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        let field = records.last_mut().and_then(|r| r.last_mut()).unwrap();
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            '"' if quoted => {
                quoted = false;
                assert!(
                    matches!(letters.peek(), Some(',' | '\r') | None),
                    "text after a quote"
                );
            }
            '"' => {
                assert!(field.is_empty(), "a quote inside an unquoted field");
                quoted = true;
            }
            _ if quoted => field.push(letter),
            ',' => records.last_mut().unwrap().push(String::new()),
            '\r' => {
                assert_eq!(letters.next(), Some('\n'), "lines end with CRLF");
                records.push(vec![String::new()]);
            }
            '\n' => panic!("a bare line feed outside quotes"),
            other => field.push(other),
        }
    }
    assert_eq!(
        records.pop(),
        Some(vec![String::new()]),
        "the last line is ended too"
    );
    records
}

fn column(records: &[Vec<String>], name: &str) -> usize {
    records[0]
        .iter()
        .position(|c| c == name)
        .unwrap_or_else(|| panic!("no column {name}"))
}

/// C20: one row per observation, each with as many fields as the head.
#[test]
fn the_csv_has_one_row_per_observation() {
    let catalogue = read(&with_small());
    for (slug, query) in [
        (SEED, ""),
        (SEED, "edition=1"),
        (SEED, "scores=editor&region=ua"),
        (SMALL, ""),
    ] {
        let records = records(&export::csv(&analysis(&catalogue, slug, query), "/here"));
        let width = records[0].len();
        assert!(records.iter().all(|r| r.len() == width), "{slug} {query}");
    }
    let records = records(&export::csv(&analysis(&catalogue, SMALL, ""), "/here"));
    let id = column(&records, "observation");
    let ids: Vec<&str> = records[1..].iter().map(|r| r[id].as_str()).collect();
    assert_eq!(
        ids,
        [
            "notes-go",
            "report-go",
            "packages-go",
            "notes-rust",
            "report-rust",
            "packages-rust",
            // behind no score: a claim cites it
            "packages-elixir"
        ]
    );
    let (value, source, licence) = (
        column(&records, "value"),
        column(&records, "source"),
        column(&records, "licence"),
    );
    assert_eq!(
        [&records[1][value], &records[1][source], &records[1][licence]],
        ["60", "Field notes on services", "CC-BY-4.0"]
    );
}

/// C20: each row of the seed's CSV is an observation that a score uses, with the value of the content.
#[test]
fn the_csv_holds_the_values_of_the_content() {
    let catalogue = read(&embedded());
    let analysis = analysis(&catalogue, SEED, "");
    let records = records(&export::csv(&analysis, "/here"));
    let (id, value) = (column(&records, "observation"), column(&records, "value"));
    let mut cells = std::collections::BTreeSet::new();
    for record in &records[1..] {
        let found = analysis.edition.edition.observation(&record[id]);
        assert_eq!(record[value], found.unwrap().value.to_string(), "{}", record[id]);
        cells.insert((record[0].clone(), record[1].clone()));
    }
    cells.retain(|(_, criterion)| !criterion.is_empty());
    assert_eq!(cells.len(), 14, "every cell has a row");
    assert_eq!(
        records.len() - 1,
        analysis.edition.edition.observations.len(),
        "every observation has a row"
    );
}

/// C20: no text can run as a formula in a spreadsheet.
#[test]
fn no_field_runs_as_a_formula() {
    let mut files = with_small();
    edited(
        &mut files,
        "evidence/go-rust-1/ecosystem.toml",
        "locator = \"table 2\"",
        "locator = \"@SUM(A1)\"",
    );
    let catalogue = read(&files);
    let csv = export::csv(&analysis(&catalogue, SMALL, ""), "/here");
    let records = records(&csv);
    let subject = column(&records, "subject");
    assert!(records.iter().any(|r| r[subject] == "'=Rust, \"axum\""), "{csv}");
    for field in records.iter().flatten() {
        let number = field.parse::<f64>().is_ok();
        assert!(
            number || !field.starts_with(['=', '+', '-', '@', '\t', '\r']),
            "{field}"
        );
    }
    assert!(csv.contains("\"'=Rust, \"\"axum\"\"\""));
}

/// C20: the Markdown says what was decided, on which weights, from which sources, as of when.
#[test]
fn the_markdown_holds_verdict_weights_sources_and_date() {
    let catalogue = read(&with_small());
    let analysis = analysis(&catalogue, SMALL, "w.performance=3");
    let text = export::markdown(&analysis, "https://x.example/y?edition=1");
    for part in [
        "# Go vs Rust for services",
        &analysis.headline.sentence(),
        "Edition 1 of 2026-11-02",
        "https://x.example/y?edition=1",
        "| Performance | 75\u{a0}% | 5.6 (5.0 to 6.2) | 9.3 (8.8 to 9.5) |",
        "| **Total** | 100\u{a0}% compared |",
        "## Sources",
        "1. Example Analysts. Closed report on services, 2026. https://analysts.example/report (accessed 2026-11-01; \
         licence LicenseRef-closed).",
        "> Example Laboratory, CC BY 4.0",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// What a reader calls what they have is text in every Markdown, and no cell, link or HTML of theirs.
#[test]
fn a_name_from_an_address_stays_text_in_markdown() {
    let catalogue = read(&with_small());
    let query =
        "keep=other&keep.name=<b>A</b>|[x](y)&months.go=24&months.rust=24&now.performance=9&now.ecosystem=9";
    let analysis = analysis(&catalogue, SMALL, query);
    let cited = Cited {
        site: "Northgate",
        address: "https://x.example/y",
    };
    for text in [
        export::markdown(&analysis, "https://x.example/y"),
        export::decision_record(&analysis, "https://x.example/y", "2026-11-24".parse().unwrap()),
        package::readme(&analysis, cited, &[]),
    ] {
        let name = "\\<b\\>A\\</b\\>\\|\\[x\\](y)";
        assert!(text.contains(name), "{text}");
        assert!(!text.replace(name, "").contains("<b>"), "{text}");
        for row in text
            .lines()
            .filter(|line| line.starts_with("| Criterion | Weight |"))
        {
            let cells = row.replace("\\|", "").matches('|').count();
            assert_eq!(cells, 6, "{row}");
        }
    }
}

/// C36: the decision record holds context, options, weights, result, robustness, sources and its day.
#[test]
fn the_decision_record_is_whole() {
    let catalogue = read(&embedded());
    let analysis = analysis(&catalogue, SEED, "must=numpy");
    let text = export::decision_record(&analysis, "https://x.example/y", "2026-11-24".parse().unwrap());
    for part in [
        "# Python or Node.js for a backend team",
        "- Date: 2026-11-24",
        "- Status: proposed",
        "edition 5 of 2026-11-26",
        "## Context",
        "We choose between Python and Node.js for backend hiring.",
        "Node.js is excluded by “NumPy in process”",
        "## Options, weights and scores",
        "| excluded |",
        "## Result",
        "Python is what remains after your must-haves.",
        "## How robust it is",
        "## Decision",
        "## Sources",
        "Open Database License (ODbL)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// A total reads the same wherever it stands: one decimal, as on the page.
#[test]
fn totals_have_one_form() {
    let catalogue = read(&embedded());
    let analysis = analysis(&catalogue, SEED, "w.performance=3&w.talent=2");
    let totals = &analysis.verdict.totals.totals;
    let cells: Vec<String> = totals
        .iter()
        .map(|total| format!("**{}**", crate::comparison::words::score(*total)))
        .collect();
    let day = "2026-11-24".parse().unwrap();
    for text in [
        export::decision_record(&analysis, "https://x.example/y", day),
        export::markdown(&analysis, "https://x.example/y"),
    ] {
        let row = text
            .lines()
            .find(|line| line.starts_with("| **Total** |"))
            .unwrap();
        assert!(row.ends_with(&format!("| {} |", cells.join(" | "))), "{row}");
    }
}

/// What our own lab measured keeps its caveats wherever it is saved, and leads to this site from wherever it is read.
#[test]
fn what_we_measured_is_indicative_in_every_file() {
    let catalogue = read(&embedded());
    let analysis = analysis(&catalogue, SEED, "");
    let site = "https://x.example";
    let address = format!("{site}/compare/y?edition=5");
    let records = records(&export::csv(&analysis, &address));
    let at = |name: &str| column(&records, name);
    let mut seen = 0;
    for record in &records[1..] {
        let found = analysis
            .edition
            .edition
            .observation(&record[at("observation")])
            .unwrap();
        let ours = record[at("url")].starts_with(&format!("{site}/lab/"));
        assert_eq!(
            record[at("indicative_for")],
            if ours { "performance" } else { "" }
        );
        if ours {
            seen += 1;
            let [low, high] = found.interval.unwrap().map(|end| end.to_string());
            assert_eq!(
                [&record[at("value_low")], &record[at("value_high")]],
                [&low, &high]
            );
            assert_eq!(record[at("note")], found.note.clone().unwrap_or_default());
        }
    }
    assert!(seen > 20, "{seen}");
    let cited = Cited {
        site: "Northgate",
        address: &address,
    };
    let readme = package::readme(&analysis, cited, &[]);
    assert!(
        readme.contains(&format!(
            "{seen} of the observations are of our own lab, and indicative"
        )),
        "{readme}"
    );
    let described = package::metadata(&analysis, cited, &[]).unwrap();
    assert_eq!(described["indicative"].as_array().map(Vec::len), Some(seen));
    for text in [
        export::csv(&analysis, &address),
        export::markdown(&analysis, &address),
        export::decision_record(&analysis, &address, "2026-11-24".parse().unwrap()),
        readme,
        package::sources_csv(&analysis, cited),
    ] {
        assert!(text.contains(&format!("{site}/lab/")), "{text}");
        for bare in [" /lab/", ",/lab/", " /compare/", ",/compare/"] {
            assert!(!text.contains(bare), "{bare}: {text}");
        }
    }
}
