//! C20: a comparison as one archive.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use sha2::{Digest, Sha256};

use crate::archive::tests::opened;
use crate::testing::{Visitor, with_small};

const PAGE: &str = "/compare/python-vs-nodejs-for-backend-hiring";
const SMALL: &str = "/compare/go-vs-rust-for-services";

/// The files of an archive by name, without their folder.
async fn files(visitor: &Visitor, path: &str, folder: &str) -> BTreeMap<String, String> {
    let reply = visitor.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    assert_eq!(reply.header("content-type"), "application/zip");
    assert!(
        reply
            .header("content-disposition")
            .starts_with("attachment; filename=\"")
    );
    let tomorrow = visitor.later(1).await.get(path).await;
    assert_eq!(
        tomorrow.bytes, reply.bytes,
        "{path}: the same state gives the same bytes"
    );
    let file = |(name, bytes): (String, Vec<u8>)| {
        let name = name.strip_prefix(folder).unwrap().strip_prefix('/').unwrap();
        (name.to_owned(), String::from_utf8(bytes).unwrap())
    };
    opened(&reply.bytes).into_iter().map(file).collect()
}

#[tokio::test]
async fn the_archive_holds_data_metadata_sources_and_a_text() {
    let visitor = Visitor::new();
    for state in ["", "?w.performance=3&must=numpy&region=ua", "?edition=1"] {
        let edition = if state.contains("edition") { 1 } else { 5 };
        let folder = format!("python-vs-nodejs-for-backend-hiring-edition-{edition}");
        let files = files(&visitor, &format!("{PAGE}.zip{state}"), &folder).await;
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        let expected = [
            "README.md",
            "comparison.json",
            "comparison.svg",
            "metadata.json",
            "observations.csv",
            "sources.csv",
        ];
        assert_eq!(names, expected, "{state}");
        // the same as by themselves
        for (file, ending) in [("observations.csv", "csv"), ("comparison.svg", "svg")] {
            let alone = visitor.get(&format!("{PAGE}.{ending}{state}")).await;
            assert_eq!(files[file], alone.text(), "{state} {file}");
        }
        let packed: serde_json::Value = serde_json::from_str(&files["comparison.json"]).unwrap();
        assert_eq!(packed, visitor.get(&format!("{PAGE}.json{state}")).await.json());
        let about: serde_json::Value = serde_json::from_str(&files["metadata.json"]).unwrap();
        for file in about["files"].as_array().unwrap() {
            let text = &files[file["name"].as_str().unwrap()];
            let told = file["sha256"].as_str().unwrap();
            let told: Vec<u8> = (0..64)
                .step_by(2)
                .map(|at| u8::from_str_radix(&told[at..at + 2], 16).unwrap())
                .collect();
            assert_eq!(told, Sha256::digest(text.as_bytes()).to_vec(), "{file}");
            assert_eq!(file["bytes"], text.len(), "{file}");
        }
        let heads: Vec<&str> = about["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            files["observations.csv"].lines().next().unwrap(),
            heads.join(","),
            "every column is explained"
        );
    }
}

/// Every address in a document.
fn urls(document: &serde_json::Value) -> Vec<String> {
    match document {
        serde_json::Value::Object(members) => {
            let own = members.get("url").and_then(|url| url.as_str()).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(urls)).collect()
        }
        serde_json::Value::Array(all) => all.iter().flat_map(urls).collect(),
        _ => Vec::new(),
    }
}

/// How to cite, what was done, at which settings, from where, under which licence.
#[tokio::test]
async fn the_text_says_how_to_cite_and_read_it() {
    let visitor = Visitor::new();
    let folder = "python-vs-nodejs-for-backend-hiring-edition-5";
    let files = files(
        &visitor,
        &format!("{PAGE}.zip?w.performance=3&must=numpy"),
        folder,
    )
    .await;
    let text = &files["README.md"];
    for part in [
        "## How to cite\n\nIn-line citation:\n\n> Python vs Node.js for backend hiring, edition 5 (Northgate Engineers, 2026)",
        "Full citation:\n\n> Earnest editors (2026): “Python vs Node.js for backend hiring”, edition 5 of 2026-11-",
        "http://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring?edition=5&w.performance=3&w.data-science=1",
        "## State",
        "- Must-haves: numpy",
        "- Node.js is excluded by “NumPy in process”",
        "| Performance | 3 | 37.5\u{a0}% |",
        "## Processing notes",
        "## Sources\n\n1. ",
        "## Licence",
        "ODbL-1.0",
        "Contains information from Stack Overflow Developer Survey",
        "## Withheld values\n\nNone",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let json = visitor.get(&format!("{PAGE}.json")).await.json();
    let sources: std::collections::BTreeSet<&str> = json["cells"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|cell| cell["observations"].as_array().unwrap())
        .filter_map(|seen| seen["source_detail"]["url"].as_str())
        .collect();
    assert!(sources.len() > 10);
    let packed: serde_json::Value = serde_json::from_str(&files["comparison.json"]).unwrap();
    for document in [&json, &packed] {
        let addresses = urls(document);
        let ours = "http://127.0.0.1:8080/lab/lab-";
        assert!(addresses.iter().any(|url| url.starts_with(ours)));
        for url in addresses {
            assert!(url.starts_with("http"), "read elsewhere, {url} leads nowhere");
        }
    }
    for url in sources {
        assert!(text.contains(url) && files["sources.csv"].contains(url), "{url}");
    }
}

/// A value that its licence withholds is in no file; the text says which it is, and why.
#[tokio::test]
async fn what_is_withheld_is_named_and_not_there() {
    let visitor = Visitor::with(&with_small());
    let files = files(
        &visitor,
        &format!("{SMALL}.zip"),
        "go-vs-rust-for-services-edition-1",
    )
    .await;
    for (name, text) in &files {
        for closed in [
            "51.317", "5.1317", "95.432", "50.414", "52.2718", "0.7391", "513171",
        ] {
            assert!(!text.contains(closed), "{name} gives {closed} away");
        }
    }
    let text = &files["README.md"];
    let (_, withheld) = text.split_once("## Withheld values").unwrap();
    assert!(
        withheld.contains(
            "(Example Analysts, Closed report on services): the source's licence does not allow giving its values on"
        ),
        "{withheld}"
    );
    assert!(!withheld.contains("None"), "{withheld}");
    let about: serde_json::Value = serde_json::from_str(&files["metadata.json"]).unwrap();
    assert!(!about["withheld"].as_array().unwrap().is_empty());
    assert!(files["sources.csv"].contains(",no,") && files["sources.csv"].contains(",yes,"));
}

/// A cell that a spreadsheet would run begins with an apostrophe, in the table of sources too.
#[tokio::test]
async fn no_cell_is_a_formula() {
    let mut files_of = with_small();
    let sources = files_of.get_mut("sources/field-notes.toml").unwrap();
    *sources = sources.replace("title = \"Field notes on services\"", "title = \"=HYPERLINK(1)\"");
    let visitor = Visitor::with(&files_of);
    let files = files(
        &visitor,
        &format!("{SMALL}.zip"),
        "go-vs-rust-for-services-edition-1",
    )
    .await;
    for name in ["sources.csv", "observations.csv"] {
        assert!(files[name].contains(",'=HYPERLINK(1),"), "{}", files[name]);
    }
}

/// C5: what a reader made up is told to whoever else reads it, in every text that leaves the page.
#[tokio::test]
async fn own_figures_are_told_to_be_no_evidence() {
    let visitor = Visitor::new();
    let folder = "python-vs-nodejs-for-backend-hiring-edition-5";
    let state = "keep=other&keep.name=Rails&months.python=3&now.performance=5&must=numpy";
    let files = files(&visitor, &format!("{PAGE}.zip?{state}"), folder).await;
    let mut texts = vec![files["README.md"].clone()];
    for form in ["md", "decision.md"] {
        texts.push(
            visitor
                .get(&format!("{PAGE}.{form}?{state}"))
                .await
                .text()
                .to_owned(),
        );
    }
    let frame = visitor.get(&format!("/embed{PAGE}?{state}")).await;
    assert!(
        !frame.text().contains("your own figures"),
        "whoever reads a frame has made up nothing: {}",
        frame.text()
    );
    texts.push(frame.text().to_owned());
    for text in texts {
        for said in [
            "The scores of Rails are their own figures, not evidence: Performance 5.0.",
            "Their estimate of a switch, not evidence: 3 months of work to Python.",
            "Nobody has looked whether Rails meets the must-haves.",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}
