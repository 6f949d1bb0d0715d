//! What our own lab measured: shown beside the scores, without weight in any (C25, C26).

use super::*;
use crate::comparison::document;
use crate::content::measured;
use crate::content::model::{Claim, ClaimStatus, ProvenanceMark};

const MEASURED: &str = "evidence/lab-2026-12-01/measured.toml";
const EDITION: &str = "comparisons/python-vs-nodejs-for-backend-hiring/editions/lab-1.toml";
const CLAIMS: &str = "comparisons/python-vs-nodejs-for-backend-hiring/claims.toml";

/// The embedded files with an edition that shows a made-up run of the lab.
fn with_lab() -> Files {
    let mut files = embedded();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lab/content");
    overlay(&mut files, &folder).unwrap();
    files
}

fn faults(files: &Files) -> String {
    told(&Catalogue::read(files).err().unwrap_or_default())
}

/// C25: every score of an edition with measurements of our own is the score without them.
#[test]
fn what_we_measured_moves_no_score() {
    let files = with_lab();
    let catalogue = read(&files);
    let comparison = catalogue.comparison(SEED).unwrap();
    let (without, with) = (
        comparison.edition("2").unwrap(),
        comparison.edition("lab-1").unwrap(),
    );
    assert_eq!(with.cells, without.cells);
    assert_eq!(
        with.edition.observations.len(),
        without.edition.observations.len() + 8
    );
    // whatever the values are
    let mut other = files.clone();
    edited(&mut other, MEASURED, "value = 6850.0\n", "value = 6999.0\n");
    let moved = read(&other);
    assert_eq!(
        moved.comparison(SEED).unwrap().edition("lab-1").unwrap().cells,
        without.cells
    );
    // and the edition before it keeps its bytes
    let before = read(&embedded());
    let bytes = |c: &Catalogue| {
        c.comparison(SEED)
            .unwrap()
            .edition("2")
            .unwrap()
            .edition
            .sha256()
            .unwrap()
    };
    assert_eq!(bytes(&before), bytes(&catalogue));
    assert_ne!(
        with.edition.sha256().unwrap(),
        moved
            .comparison(SEED)
            .unwrap()
            .edition("lab-1")
            .unwrap()
            .edition
            .sha256()
            .unwrap()
    );
}

/// C26: overlapping intervals are no difference, in words.
#[test]
fn overlapping_intervals_are_told_as_no_difference() {
    let catalogue = read(&with_lab());
    let edition = &catalogue
        .comparison(SEED)
        .unwrap()
        .edition("lab-1")
        .unwrap()
        .edition;
    let groups = measured::groups(edition, "performance");
    let told: Vec<&str> = groups
        .iter()
        .flat_map(|g| &g.differences)
        .map(String::as_str)
        .collect();
    assert_eq!(
        told,
        [
            "Fastify is ahead of FastAPI, about 2.0 times",
            "Fastify is ahead of FastAPI, about 2.8 times",
            "FastAPI is ahead of Express, about 1.6 times",
            "Express is ahead of Django, about 2.0 times",
            "Fastify and FastAPI: no difference measured",
        ]
    );
    assert!(measured::groups(edition, "talent").is_empty());
    assert_eq!(
        measured::value(groups[1].rows[1]),
        "6,850 (6,700 to 7,000) requests per second"
    );
}

/// A claim has what we measured of it beside what is published; where they contradict each other both stand.
#[test]
fn a_claim_is_read_beside_its_published_status() {
    let catalogue = read(&with_lab());
    let comparison = catalogue.comparison(SEED).unwrap();
    let edition = &comparison.edition("lab-1").unwrap().edition;
    let reading = |id: &str| {
        let claim = comparison.claims.iter().find(|c| c.id == id).unwrap();
        measured::of_claim(edition, claim)
    };
    let io = reading("io-bound-speed").unwrap();
    assert_eq!(
        io.verdict,
        "as claimed in 1 of 2 comparisons, the other way round in 0, no difference measured in 1; one more was not measured"
    );
    assert_eq!(
        io.sentences[1],
        "Twenty queries per request, one process: Fastify and FastAPI: no difference measured, \
         920 (880 to 960) requests per second against 900 (850 to 950) requests per second."
    );
    let numerics = reading("cpu-numerics").unwrap();
    assert_eq!(
        numerics.verdict,
        "the other way round in the one comparison; it contradicts the claim, and both stand"
    );
    assert_eq!(reading("gil"), None, "nothing of it was measured");
    let published = comparison.edition("2").unwrap();
    let claim = comparison
        .claims
        .iter()
        .find(|c| c.id == "io-bound-speed")
        .unwrap();
    assert_eq!(measured::of_claim(&published.edition, claim), None);
}

/// A status is a person's word, but it says no more than was measured: a claim holds only where our own lab found it so in
/// every comparison, and does not hold only where it found it so in none.
#[test]
fn no_claim_is_decided_against_what_we_measured() {
    let catalogue = read(&embedded());
    let comparison = catalogue.comparison(SEED).unwrap();
    let edition = &comparison.default_edition().unwrap().edition;
    let mut read = 0;
    for claim in &comparison.claims {
        let Some(reading) = measured::of_claim(edition, claim) else {
            continue;
        };
        read += 1;
        let (with, all) = reading.as_claimed;
        let fits = match claim.status {
            ClaimStatus::Holds => with == all,
            ClaimStatus::DoesNotHold => with == 0,
            ClaimStatus::HoldsInPart | ClaimStatus::CannotTell => true,
        };
        assert!(fits, "{}: {:?}, {}", claim.id, claim.status, reading.verdict);
    }
    assert_eq!(read, 4);
    // where no difference was measured nobody is said to be ahead
    let io = comparison
        .claims
        .iter()
        .find(|c| c.id == "io-bound-speed")
        .unwrap();
    let twenty: Vec<_> = io
        .lab
        .iter()
        .filter(|test| test.metric.contains("twenty"))
        .cloned()
        .collect();
    let alone = Claim {
        lab: twenty,
        ..io.clone()
    };
    assert_eq!(
        measured::of_claim(edition, &alone).unwrap().verdict,
        "no difference measured"
    );
    assert!(io.short.contains("open at 20 queries") && !io.short.contains("reversed"));
}

/// C25: a measured observation leads to harness, host, versions, raw output and repeats, and has its mark in the JSON.
#[test]
fn a_measurement_of_ours_can_be_looked_into() {
    let catalogue = read(&with_lab());
    let found = catalogue.provenance("lab-2026-12-01").unwrap();
    assert_eq!(found.mark, ProvenanceMark::ReproducedByUs);
    let run = &catalogue.labs["lab-2026-12-01"];
    assert_eq!((run.head.method.repeats, run.raw.lines().count()), (5, 8));
    let analysis = analysis(&catalogue, SEED, "edition=lab-1");
    let json = serde_json::to_value(document::document(&analysis).unwrap()).unwrap();
    let shown = json["indicative"].as_array().unwrap();
    assert_eq!(shown.len(), 8);
    assert_eq!(shown[0]["mark"], "reproduced by us");
    assert_eq!(shown[0]["criterion"], "performance");
    assert_eq!(shown[0]["source_detail"]["url"], "/lab/lab-2026-12-01");
    // every source of a scored performance reading says how far it can be looked into
    for source in [
        "httparena-2026-04",
        "the-benchmarker-2024-12",
        "techempower-2019-12",
    ] {
        assert_eq!(
            catalogue.provenance(source).unwrap().mark.words(),
            "raw data published"
        );
    }
}

/// C25: no rule can give our measurements a weight, and a bare claim moves no score by itself.
#[test]
fn the_checker_keeps_weight_away() {
    let mut files = with_lab();
    edited(
        &mut files,
        "evidence/2026-11/performance.toml",
        "metric = \"httparena-json\"\nlabel",
        "metric = \"lab-postgres-one-one\"\nlabel",
    );
    let metric = "\n[[metric]]\nid = \"lab-postgres-one-one\"\nlabel = \"x\"\nunit = \"x\"\nbetter = \"higher\"\nindicative_for = \"performance\"\n";
    files
        .get_mut("evidence/2026-11/performance.toml")
        .unwrap()
        .push_str(metric);
    assert!(
        faults(&files).contains("reads `lab-postgres-one-one`, which is indicative"),
        "{}",
        faults(&files)
    );

    let mut files = with_lab();
    for source in ["httparena-2026-04", "the-benchmarker-2024-12"] {
        let text = files.get_mut("provenance/published.toml").unwrap();
        let (before, after) = text.split_once(&format!("source = \"{source}\"")).unwrap();
        let after = after.replacen("raw_data_published", "claim_only", 1);
        *text = format!("{before}source = \"{source}\"{after}");
        let alone = faults(&files).contains("claims only");
        assert_eq!(
            alone,
            source == "the-benchmarker-2024-12",
            "only where nothing else is left: {}",
            faults(&files)
        );
    }
}

#[test]
fn the_checker_names_what_a_run_lacks() {
    let cases = [
        (
            MEASURED,
            "indicative_for = \"performance\"\n",
            "",
            "its metrics have `indicative_for`",
        ),
        (
            EDITION,
            "measured = \"lab-2026-12-01\"",
            "measured = \"elsewhere\"",
            "must name a folder below evidence/",
        ),
        (
            "provenance/published.toml",
            "source = \"luong-2022\"",
            "source = \"nobody\"",
            "no source `nobody`",
        ),
        (
            "provenance/lab-2026-12-01.toml",
            "raw = \"/lab/lab-2026-12-01/raw.jsonl\"\n",
            "",
            "give `raw`, or mark it claim_only",
        ),
        (
            "sources/lab-2026-12-01.toml",
            "\"/lab/lab-2026-12-01\"",
            "\"/elsewhere\"",
            "`url` must be a web address",
        ),
        (
            CLAIMS,
            "behind = [\"FastAPI\", \"Django\"]",
            "behind = []",
            "names who would be ahead and who behind",
        ),
        ("evidence/lab-2026-12-01/run.json", "{", "", "expected"),
    ];
    for (file, from, to, sentence) in cases {
        let mut files = with_lab();
        edited(&mut files, file, from, to);
        assert!(faults(&files).contains(sentence), "{file}: {}", faults(&files));
    }
    let mut files = with_lab();
    files.remove("evidence/lab-2026-12-01/raw.jsonl");
    assert!(
        faults(&files).contains("needs run.json and raw.jsonl"),
        "{}",
        faults(&files)
    );
}
