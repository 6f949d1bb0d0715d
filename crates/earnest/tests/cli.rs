//! The commands of the built program: what they print, their exit status, and what they leave alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod running;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::running::{Running, earnest, one_line, raise, run, text};

const SLUG: &str = "python-vs-nodejs-for-backend-hiring";
const PROBLEM: &str = r#"{"schema":"earnest.rank/1","alternatives":["A","B"],"criteria":[{"name":"x","direction":"benefit"}],"matrix":[[7],[8]],"methods":["topsis"]}"#;

fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let folder = TempDir::new().unwrap();
    let mut child = earnest(folder.path(), arguments)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("earnest-data/earnest.db")
}

/// `earnest … | head`: whoever reads has seen enough, and nothing is told of it.
#[test]
fn a_pipe_that_nobody_reads_ends_it_quietly() {
    let folder = TempDir::new().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = earnest(folder.path(), &["compare", SLUG])
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(141), "{ended:?}");
    assert_eq!(text(&ended.stderr), "");
}

#[test]
fn a_problem_is_ranked_from_a_file_and_from_the_input() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("problem.json"), PROBLEM).unwrap();
    let file = run(&folder, &["rank", "problem.json"]);
    assert_eq!(file.status.code(), Some(0), "{file:?}");
    let answer: Value = serde_json::from_slice(&file.stdout).unwrap();
    assert_eq!(
        answer["results"]["topsis"]["ranking"],
        serde_json::json!([[1], [0]])
    );
    for arguments in [&["rank", "-"][..], &["rank"]] {
        let input = with_input(arguments, PROBLEM.as_bytes());
        assert_eq!((input.status.code(), &input.stdout), (Some(0), &file.stdout));
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing was left behind"
    );
}

#[test]
fn a_bad_problem_is_status_2_with_the_reason_on_the_output() {
    for (input, at) in [
        (&b"{"[..], ""),
        (b"", ""),
        (b"\xff\xfe", ""),
        (PROBLEM.replace("[8]", "[null]").as_bytes(), "/matrix/1/0"),
    ] {
        let output = with_input(&["rank", "-"], input);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stderr.is_empty());
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (said["schema"].as_str(), said["at"].as_str()),
            (Some("earnest.error/1"), Some(at)),
            "{said}"
        );
    }
    let folder = TempDir::new().unwrap();
    assert!(one_line(&run(&folder, &["rank", "missing.json"])).contains("missing.json cannot be read"));
}

/// The command line and the API print the same bytes.
#[test]
fn compare_prints_what_the_api_answers() {
    let folder = TempDir::new().unwrap();
    let running = Running::start(&folder, &[]);
    for (arguments, query) in [
        (&[][..], ""),
        (
            &["--weights", "performance=3, data-science=1.5"],
            "?w.performance=3&w.data-science=1.5",
        ),
        (
            &["--preset", "data-and-ml", "--must", "numpy"],
            "?preset=data-and-ml&must=numpy",
        ),
        (&["--edition", "1"], "?edition=1"),
        (&["--editor"], "?scores=editor"),
    ] {
        let mut all = vec!["compare", SLUG, "--json"];
        all.extend(arguments);
        let printed = run(&folder, &all);
        assert_eq!(printed.status.code(), Some(0), "{printed:?}");
        let reply = running.get(&format!("/api/v1/comparisons/{SLUG}{query}"));
        let (_, body) = reply.split_once("\r\n\r\n").unwrap();
        // the command line knows of no site that sources on it could be named after
        let ours = format!("\"url\":\"http://{}/", running.address);
        let body = body.replace(&ours, "\"url\":\"/");
        assert_eq!(text(&printed.stdout), format!("{body}\n"), "{query}");
    }
    running.stop();
    let shown = run(&folder, &["compare", SLUG, "--weights", "talent=2"]);
    assert!(text(&shown.stdout).starts_with("# Python vs Node.js for backend hiring\n"));
}

#[test]
fn a_wrong_setting_is_one_clear_line() {
    let folder = TempDir::new().unwrap();
    for (arguments, part) in [
        (
            &["--weights", "performance"][..],
            "`performance` is not of the form performance=3",
        ),
        (&["--weights", "speed=1"], "There is no criterion \"speed\" here"),
        (
            &["--weights", "talent=1001"],
            "A weight is a number from 0 to 1000",
        ),
        (&["--weights", "talent=-1"], "A weight is a number from 0 to 1000"),
        (&["--preset", "cheap"], "There is no preset"),
        (&["--must", "cheap"], "There is no must-have \"cheap\""),
        (&["--edition", "9"], "Editions of this comparison: 1, 2, 3, 4, 5."),
        (
            &["--must", "numpy", "--must", "same-language"],
            "exclude every option",
        ),
    ] {
        let mut all = vec!["compare", SLUG];
        all.extend(arguments);
        let told = one_line(&run(&folder, &all));
        assert!(told.contains(part), "{told}");
    }
    let told = one_line(&run(&folder, &["compare", "pyhton"]));
    assert!(
        told.contains("there is no comparison `pyhton`") && told.contains(SLUG),
        "{told}"
    );
    let two = run(&folder, &["compare", SLUG, "--weights", "speed=1,talent=x"]);
    assert_eq!(
        text(&two.stderr).lines().count(),
        3,
        "several mistakes, a line each: {two:?}"
    );
}

fn small() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/content");
    folder.display().to_string()
}

/// C40: a comparison of one's own is checked, listed and compared without a line of code.
#[test]
fn an_own_comparison_is_laid_over() {
    let folder = TempDir::new().unwrap();
    let small = small();
    let checked = run(&folder, &["content", "check", "--content", &small]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert!(text(&checked.stdout).contains("Comparisons: 2."), "{checked:?}");
    let shown = run(
        &folder,
        &["compare", "go-vs-rust-for-services", "--content", &small],
    );
    assert!(
        text(&shown.stdout).contains("| Criterion | Weight | Go | Rust |"),
        "{shown:?}"
    );
}

/// Content with four mistakes in three files.
fn broken(folder: &TempDir) -> String {
    let own = folder.path().join("own");
    std::fs::create_dir_all(own.join("roles")).unwrap();
    std::fs::create_dir_all(own.join("sources")).unwrap();
    std::fs::write(own.join("roles/broken.toml"), "slug = \"a\"\ntitle = ").unwrap();
    std::fs::write(own.join("stray.toml"), "").unwrap();
    let source = "[[source]]\nid = \"x\"\ntitle = \"T\"\npublisher = \"P\"\nurl = \"https://x.example\"\npublished = \
                  \"never\"\naccessed = \"2026-11-01\"\nlicence = \"\"\nredistributable = true\nattribution = \
                  \"\"\nkind = \"survey\"\ngives_sample_size = false\n";
    std::fs::write(own.join("sources/x.toml"), source).unwrap();
    own.display().to_string()
}

const BROKEN: [&str; 5] = [
    "the content has 4 faults:",
    "roles/broken.toml:2: ",
    "sources/x.toml:1: source `x` has no licence",
    "sources/x.toml:1: source `x`: `published` is \"never\"",
    "stray.toml:1: no content file is expected here",
];

#[test]
fn all_faults_of_the_content_are_listed() {
    let folder = TempDir::new().unwrap();
    let own = broken(&folder);
    let output = run(&folder, &["content", "check", "--content", &own]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert_eq!(told.lines().count(), 5, "{told}");
    for part in BROKEN {
        assert!(told.contains(part), "{part} in {told}");
    }
    let missing = run(&folder, &["content", "check", "--content", "nowhere"]);
    assert!(one_line(&missing).contains("nowhere"));
}

/// With content that is not right the site does not start, and makes no database.
#[test]
fn the_site_does_not_start_on_broken_content() {
    let folder = TempDir::new().unwrap();
    let own = broken(&folder);
    let output = run(&folder, &["serve", "--listen", "127.0.0.1:0", "--content", &own]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    for part in BROKEN {
        assert!(
            text(&output.stderr).contains(part),
            "{part} in {}",
            text(&output.stderr)
        );
    }
    assert!(
        !folder.path().join("earnest-data").exists(),
        "no database was made"
    );
}

/// C18: other content under a published number does not start, and says what to do.
#[test]
fn a_published_edition_cannot_be_changed() {
    let folder = TempDir::new().unwrap();
    Running::start(&folder, &[]).stop();
    let own = folder.path().join(format!("own/comparisons/{SLUG}/editions"));
    std::fs::create_dir_all(&own).unwrap();
    let embedded = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../content/comparisons/{SLUG}/editions/1.toml"));
    let changed = std::fs::read_to_string(embedded)
        .unwrap()
        .replace("talent = 8.0", "talent = 8.5");
    std::fs::write(own.join("1.toml"), changed).unwrap();
    let before = std::fs::read(database(&folder)).unwrap();
    let told = one_line(&run(
        &folder,
        &["serve", "--listen", "127.0.0.1:0", "--content", "own"],
    ));
    assert!(
        told.contains(&format!("edition 1 of {SLUG} was published with other content")),
        "{told}"
    );
    assert_eq!(std::fs::read(database(&folder)).unwrap(), before);
}

/// A place that cannot be used, and a file that is not ours, are one line each; no byte of theirs is changed.
#[test]
fn a_database_that_cannot_be_used_is_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file"), "a file").unwrap();
    let told = one_line(&run(
        &folder,
        &["serve", "--listen", "127.0.0.1:0", "--data", "file"],
    ));
    assert!(told.contains("file") && told.contains("--data"), "{told}");
    assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"a file");

    Running::start(&folder, &[]).stop();
    let sound = std::fs::read(database(&folder)).unwrap();
    let mut garbage = sound.clone();
    garbage[..16].copy_from_slice(b"not a database\0\0");
    let mut holed = sound.clone();
    let middle = holed.len() / 2;
    holed[middle..middle + 8192].fill(0xAA);
    for (bytes, part) in [
        (garbage, "is damaged"),
        (holed, "is damaged"),
        (sound[..sound.len() / 2].to_vec(), "is damaged"),
    ] {
        std::fs::write(database(&folder), &bytes).unwrap();
        let told = one_line(&run(&folder, &["serve", "--listen", "127.0.0.1:0"]));
        assert!(told.contains(part) && told.contains("earnest restore"), "{told}");
        assert_eq!(
            std::fs::read(database(&folder)).unwrap(),
            bytes,
            "not one byte was changed"
        );
    }
}

/// Two processes never write one database: the second says so and goes.
#[test]
fn a_second_process_is_refused() {
    let folder = TempDir::new().unwrap();
    let running = Running::start(&folder, &[]);
    let told = one_line(&run(&folder, &["serve", "--listen", "127.0.0.1:0"]));
    assert!(told.contains("is in use by another Earnest"), "{told}");
    let told = one_line(&run(&folder, &["migrate"]));
    assert!(told.contains("is in use by another Earnest"), "{told}");
    assert!(
        running.get("/ready").starts_with("HTTP/1.1 200"),
        "the first goes on"
    );
    running.stop();
}

/// The operator reads requests while the site takes more.
#[test]
fn requests_are_read_while_the_site_runs() {
    let folder = TempDir::new().unwrap();
    let told = one_line(&run(&folder, &["requests", "list"]));
    assert!(told.contains("there is no database at"), "{told}");
    let running = Running::start(&folder, &[]);
    let empty = run(&folder, &["requests", "list"]);
    assert!(text(&empty.stdout).contains("No request yet."), "{empty:?}");
    raise(&running, "Ada");
    raise(&running, "Grace");
    let list = run(&folder, &["requests", "list", "--format", "json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    let names: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["brief"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Grace", "Ada"], "the newest first");
    assert_eq!(list["items"][0]["state"]["name"], "submitted");
    let printed = run(&folder, &["requests", "list"]);
    let first = text(&printed.stdout).lines().next().unwrap().to_owned();
    let reference = first.split_whitespace().next().unwrap();
    assert!(first.contains("  submitted  "), "{first}");
    for name in [
        reference.to_owned(),
        reference.to_lowercase(),
        list["items"][0]["id"].as_str().unwrap().to_owned(),
    ] {
        let shown = run(&folder, &["requests", "show", &name]);
        assert_eq!(shown.status.code(), Some(0), "{name}: {shown:?}");
        assert!(text(&shown.stdout).contains("Grace <a@example.com>"), "{name}");
        assert!(text(&shown.stdout).contains("State      submitted"), "{name}");
    }
    let told = one_line(&run(&folder, &["requests", "show", "R-0000-0000"]));
    assert!(told.contains("there is no request"), "{told}");
    running.stop();
}

/// A backup is taken while the site runs and brought back while it does not.
#[test]
fn a_backup_goes_out_and_comes_back() {
    let folder = TempDir::new().unwrap();
    let running = Running::start(&folder, &[]);
    raise(&running, "Ada");
    let saved = run(&folder, &["backup", "copy.db"]);
    assert_eq!(saved.status.code(), Some(0), "{saved:?}");
    let told = one_line(&run(&folder, &["backup", "copy.db"]));
    assert!(
        told.contains("exists already") && told.contains("--force"),
        "{told}"
    );
    assert_eq!(
        run(&folder, &["backup", "copy.db", "--force"]).status.code(),
        Some(0)
    );
    raise(&running, "Grace");
    let told = one_line(&run(&folder, &["restore", "copy.db"]));
    assert!(told.contains("is in use by another Earnest"), "{told}");
    running.stop();
    let count = || {
        let list = run(&folder, &["requests", "list", "--format", "json"]);
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(count(), 2);
    let told = one_line(&run(&folder, &["restore", "nothing.db"]));
    assert!(told.contains("there is no backup at"), "{told}");
    let back = run(&folder, &["restore", "copy.db"]);
    assert_eq!(back.status.code(), Some(0), "{back:?}");
    assert!(
        text(&back.stdout).contains("is kept as"),
        "the former one is kept: {back:?}"
    );
    assert_eq!(count(), 1);
    Running::start(&folder, &[]).stop();
}
