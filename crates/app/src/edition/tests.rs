//! Editions are published once and stay (C18).

use std::sync::Arc;

use super::*;
use crate::content::model::Technology;
use crate::content::tests::{SEED, SMALL, edited, read, with_small};
use crate::content::{Files, embedded};
use jiff::Timestamp;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }
}

struct Kitchen {
    store: Store,
    clock: Arc<dyn Clock>,
    _folder: tempfile::TempDir,
}

async fn kitchen() -> Kitchen {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("earnest.db")).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(Noon);
    store.migrate(clock.now()).await.unwrap();
    Kitchen {
        store,
        clock,
        _folder: folder,
    }
}

impl Kitchen {
    async fn publish(&self, files: &Files) -> Result<(usize, Catalogue), Error> {
        let mut catalogue = read(files);
        let new = publish(&self.store, &self.clock, &mut catalogue).await?;
        Ok((new, catalogue))
    }
}

fn checksum(files: &Files, slug: &str, number: &str) -> String {
    let catalogue = read(files);
    let edition = &catalogue
        .comparison(slug)
        .unwrap()
        .edition(number)
        .unwrap()
        .edition;
    edition.sha256().unwrap()
}

/// The second edition of the small comparison: the same evidence, other default weights.
fn with_second_edition() -> Files {
    let mut files = with_small();
    let first = files[&format!("comparisons/{SMALL}/editions/1.toml")].clone();
    let second = first
        .replace("number = \"1\"", "number = \"2\"")
        .replace("2026-11-02", "2026-11-20")
        .replace("performance = 1.0", "performance = 2.0");
    files.insert(format!("comparisons/{SMALL}/editions/2.toml"), second);
    files
}

/// C18: publishing is done once; a restart with the same content changes nothing.
#[tokio::test]
async fn publishing_again_publishes_nothing() {
    let kitchen = kitchen().await;
    assert_eq!(kitchen.publish(&with_small()).await.unwrap().0, 6);
    assert_eq!(kitchen.publish(&with_small()).await.unwrap().0, 0);
    let rows = kitchen.store.editions().await.unwrap();
    let names: Vec<(&str, &str)> = rows.iter().map(|row| (row.comparison(), row.number())).collect();
    assert_eq!(
        names,
        [
            (SMALL, "1"),
            (SEED, "1"),
            (SEED, "2"),
            (SEED, "3"),
            (SEED, "4"),
            (SEED, "5")
        ]
    );
    assert!(rows.iter().all(|row| !row.changelog().is_empty()));
}

/// C18: other content under a published number is refused, by name and with what to do, and nothing is kept.
#[tokio::test]
async fn a_published_number_never_gets_other_content() {
    let kitchen = kitchen().await;
    kitchen.publish(&with_small()).await.unwrap();
    let mut files = with_second_edition();
    edited(
        &mut files,
        "evidence/go-rust-1/ecosystem.toml",
        "value = 1500000.0",
        "value = 1500001.0",
    );
    let Err(Error::Broken(cause)) = kitchen.publish(&files).await else {
        panic!("it was published")
    };
    assert_eq!(
        cause.to_string(),
        "edition 1 of go-vs-rust-for-services was published with other content; give the new content a new number"
    );
    assert_eq!(
        kitchen.store.editions().await.unwrap().len(),
        6,
        "edition 2 was not kept either"
    );
}

/// C18: an edition that content no longer brings stays reachable, in its place and with its scores.
#[tokio::test]
async fn an_edition_outlives_its_file() {
    let kitchen = kitchen().await;
    let (new, before) = kitchen.publish(&with_second_edition()).await.unwrap();
    assert_eq!(new, 7);
    let mut files = with_second_edition();
    files.remove(&format!("comparisons/{SMALL}/editions/1.toml"));
    edited(
        &mut files,
        &format!("comparisons/{SMALL}/comparison.toml"),
        "default_edition = \"1\"",
        "default_edition = \"2\"",
    );
    let (new, after) = kitchen.publish(&files).await.unwrap();
    assert_eq!(new, 0);
    let comparison = after.comparison(SMALL).unwrap();
    let numbers: Vec<&str> = comparison
        .editions
        .iter()
        .map(|e| e.edition.head.number.as_str())
        .collect();
    assert_eq!(numbers, ["1", "2"], "oldest first");
    let old = before.comparison(SMALL).unwrap().edition("1").unwrap();
    let kept = comparison.edition("1").unwrap();
    assert_eq!(kept.edition, old.edition);
    assert_eq!(kept.cells, old.cells);
    let query = crate::content::tests::analysis(&after, SMALL, "edition=1");
    assert_eq!(query.edition.edition.head.number, "1");
}

/// C18: an edition that loses the table it was published with is another edition, and refused.
#[tokio::test]
async fn a_table_cannot_be_taken_from_under_an_edition() {
    let kitchen = kitchen().await;
    kitchen.publish(&embedded()).await.unwrap();
    let mut files = embedded();
    files.remove(&format!("comparisons/{SEED}/editions/1.toml"));
    for number in ["2", "3", "4", "5"] {
        edited(
            &mut files,
            &format!("comparisons/{SEED}/editions/{number}.toml"),
            "editor_table = \"1\"\n",
            "",
        );
    }
    // without its table edition 2 is another edition
    kitchen.publish(&files).await.unwrap_err();
}

/// C18: the checksum is that of the content, whatever the files are called and in whatever order they are read.
#[test]
fn the_same_content_has_the_same_checksum() {
    let files = with_small();
    let first = checksum(&files, SMALL, "1");
    let mut renamed = Files::new();
    for (path, text) in &files {
        let path = path.replace("go-rust-1/performance", "go-rust-1/zz-throughput");
        renamed.insert(path.replace("sources/field-notes", "sources/a"), text.clone());
    }
    assert_eq!(checksum(&renamed, SMALL, "1"), first);
    let mut moved = files.clone();
    let performance = moved.remove("evidence/go-rust-1/performance.toml").unwrap();
    let (head, rest) = performance.split_once("[[observation]]").unwrap();
    let mut observations: Vec<&str> = rest.split("[[observation]]").collect();
    observations.reverse();
    let turned = format!("[[observation]]{}", observations.join("\n[[observation]]"));
    moved.insert(
        "evidence/go-rust-1/performance.toml".into(),
        format!("{head}\n{turned}"),
    );
    assert_eq!(checksum(&moved, SMALL, "1"), first);
    let comments: Files = files
        .iter()
        .map(|(path, text)| {
            // a run of the lab is JSON, which has none
            let remark = if path.contains(".json") {
                ""
            } else {
                "# a remark\n"
            };
            (path.clone(), format!("{remark}{text}"))
        })
        .collect();
    assert_eq!(checksum(&comments, SMALL, "1"), first);
}

/// C18: what is changed elsewhere leaves an edition as it was; what is changed in it does not.
#[test]
fn a_checksum_moves_with_its_own_content_alone() {
    let files = with_small();
    let (small, seed) = (checksum(&files, SMALL, "1"), checksum(&embedded(), SEED, "2"));
    assert_eq!(checksum(&files, SEED, "2"), seed, "another comparison came along");
    let mut other = files.clone();
    other
        .get_mut("technologies.toml")
        .unwrap()
        .push_str(&technology());
    other.get_mut("evidence/go-rust-1/ecosystem.toml").unwrap().push_str(
        "\n[[observation]]\nid = \"packages-zig\"\ntechnology = \"zig\"\nmetric = \"packages\"\nsubject = \"none\"\n\
         value = 1.0\nunit = \"packages\"\nkind = \"published\"\nsource = \"closed-report\"\nlocator = \"x\"\nyear = \
         2026\nconfidence = \"low\"\nsample_size = 1\nreview_by = \"2027-11-01\"\n",
    );
    edited(
        &mut other,
        "roles/python-engineer.toml",
        "Python engineer",
        "Pythoneer",
    );
    assert_eq!(checksum(&other, SMALL, "1"), small);
    for (file, from, to) in [
        (
            "evidence/go-rust-1/ecosystem.toml",
            "value = 1500000.0",
            "value = 1500000.5",
        ),
        (
            "evidence/go-rust-1/ecosystem.toml",
            "best = 2000000.0",
            "best = 2000001.0",
        ),
        (
            "evidence/go-rust-1/performance.toml",
            "weight = 0.5",
            "weight = 0.6",
        ),
        (
            "sources/field-notes.toml",
            "accessed = \"2026-11-01\"",
            "accessed = \"2026-11-02\"",
        ),
        (
            "comparisons/go-vs-rust-for-services/editions/1.toml",
            "ecosystem = 1.0",
            "ecosystem = 1.5",
        ),
    ] {
        let mut changed = files.clone();
        edited(&mut changed, file, from, to);
        assert_ne!(checksum(&changed, SMALL, "1"), small, "{from}");
    }
}

fn technology() -> String {
    let zig = Technology {
        slug: "zig".into(),
        name: "Zig".into(),
        kind: crate::content::model::TechnologyKind::Language,
        summary: "A language.".into(),
        website: "https://ziglang.org/".into(),
        wikidata: "Q56323391".into(),
        role: None,
    };
    format!("\n[[technology]]\n{}", toml::to_string(&zig).unwrap())
}

/// C18: what stands in the database is the whole edition: reading it back gives the same bytes and scores.
#[test]
fn an_edition_survives_its_own_text() {
    let catalogue = read(&with_small());
    for comparison in &catalogue.comparisons {
        for scored in &comparison.editions {
            let body = scored.edition.body().unwrap();
            let back: Edition = serde_json::from_str(&body).unwrap();
            assert_eq!(back, scored.edition);
            assert_eq!(back.body().unwrap(), body);
        }
    }
}

/// An earlier program kept names alone. What is said beside the numbers is then of today, and the comparison tells it.
#[tokio::test]
async fn texts_that_nobody_kept_are_said_to_be_of_today() {
    let kitchen = kitchen().await;
    let (_, catalogue) = kitchen.publish(&with_small()).await.unwrap();
    let comparison = catalogue.comparison(SMALL).unwrap();
    let (_, kept) = comparison.as_published("1").unwrap();
    assert!(!kept.prose_is_of_today() && kept.is_as_published() && !comparison.is_as_published());
    let scored = comparison.edition("1").unwrap();
    let mut earlier = serde_json::to_value(Wording::of(&catalogue, comparison, scored)).unwrap();
    earlier.as_object_mut().unwrap().remove("prose").unwrap();
    let told = |claims: &[crate::content::model::Claim]| serde_json::to_value(claims).unwrap();
    let claims = told(&comparison.claims);
    let mut read_again = read(&with_small());
    read_again.word(SMALL, "1", serde_json::from_value(earlier).unwrap());
    let comparison = read_again.comparison(SMALL).unwrap();
    let (_, kept) = comparison.as_published("1").unwrap();
    assert!(kept.prose_is_of_today());
    assert_eq!(told(&kept.claims), claims);
}
