//! What is shown of a run, and which edition a comparison shows once it is adopted.

use std::fs;

use tempfile::TempDir;

use crate::running::{run, text};
use crate::{adopt, files, lab, of_another_day, planted, suite, with_others, workload};

/// Nobody has to guess which line makes the new edition the one that is shown, nor write it.
#[test]
fn an_adopted_edition_is_shown_where_that_is_wanted() {
    let folder = TempDir::new().unwrap();
    let suite_of = workload("cpu", "/cpu", "solutions");
    suite(&folder, &suite_of, &[planted("fastapi", "python", &[])]);
    assert_eq!(lab(&folder, "30", &[]).status.code(), Some(0));
    of_another_day(folder.path());
    with_others(folder.path(), 0.01);
    fs::create_dir(folder.path().join("mine")).unwrap();
    let told = text(&adopt(&folder, "9").stdout).to_owned();
    let lines =
        "default_edition = \"9\"\nin the place of\n  default_edition = \"5\"\nin line 9 of mine/comparisons/";
    assert!(told.contains(lines) && told.contains("--show"), "{told}");
    let show = [
        "lab",
        "adopt",
        "run",
        "--edition",
        "9",
        "--content",
        "mine",
        "--show",
    ];
    let shown = run(&folder, &[&show[..], &["--date", "2026-12-01"]].concat());
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    let mine = files(&folder.path().join("mine"));
    // whoever reads of the edition learns how little the run was, and what is no longer there
    let edition = mine.iter().find(|(path, _)| path.ends_with("editions/9.toml"));
    let edition = &edition.unwrap().1;
    for said in [
        "in place of lab-2026-11-26-5. The run was a quick one, with fewer workloads. It is marked indicative",
        "No longer shown, as only lab-2026-11-26-5 has it: ",
        "A JSON document of 20 items, made for each request, one process per core",
    ] {
        assert!(edition.contains(said), "{said}: {edition}");
    }
    assert!(!edition.contains("Not measured"), "{edition}");
    let turned = mine
        .iter()
        .find(|(path, _)| path.ends_with("comparison.toml"))
        .unwrap();
    assert!(turned.1.contains("\ndefault_edition = \"9\"\n") && !turned.1.contains("edition = \"5\""));
    let again = adopt(&folder, "9");
    assert!(
        text(&again.stdout).contains("shows edition 9 already"),
        "{again:?}"
    );
    assert_eq!(files(&folder.path().join("mine")), mine);
    let checked = run(&folder, &["content", "check", "--content", "mine"]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}

/// Of a run in whose folder a slowed server was measured beside a steady one: no order where others were at work.
pub(crate) fn an_order_is_stated_unless_others_were_at_work(folder: &TempDir) {
    let order = "Server steady is ahead of Server slowed";
    let unsaid = "others were at work: nothing is said of the order";
    for (share, said, not_said) in [(0.5, unsaid, order), (0.01, order, unsaid)] {
        with_others(folder.path(), share);
        let shown = run(folder, &["lab", "show", "run"]);
        let shown = text(&shown.stdout);
        assert!(
            shown.contains(said) && !shown.contains(not_said),
            "{share}: {shown}"
        );
    }
}
