//! The lab with planted servers, tiny durations and the load generator that comes along: what is refused, noticed, resumed
//! and adopted. Nothing here depends on how fast this machine is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "shared with other tests")]
#[path = "../running/mod.rs"]
mod running;
mod shown;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{earnest, run, text};

const PLANTED: [&str; 5] = ["{earnest}", "lab", "plant", "--port", "{port}"];

fn workload(id: &str, path: &str, expect: &str) -> Value {
    json!({"id": id, "title": format!("Workload {id}"), "unit": "requests per second", "path": path, "expect": expect,
        "connections": 2, "processes": ["one"], "quick": true})
}

/// A contender that is planted, with what it is told beyond its port.
fn planted(id: &str, technology: &str, told: &[&str]) -> Value {
    let start: Vec<&str> = PLANTED.iter().chain(told).copied().collect();
    json!({"id": id, "name": format!("Server {id}"), "technology": technology, "tool": "planted",
        "workloads": ["cpu"], "start": start})
}

fn suite(folder: &TempDir, workload: &Value, contenders: &[Value]) {
    let suite = json!({"workloads": [workload], "contenders": contenders});
    fs::write(folder.path().join("suite.json"), suite.to_string()).unwrap();
}

const RUN: [&str; 11] = [
    "lab",
    "run",
    "--quick",
    "--suite",
    "suite.json",
    "--built-in-load",
    "--warm-up-millis",
    "20",
    "--out",
    "run",
    "--millis",
];

fn lab(folder: &TempDir, millis: &str, more: &[&str]) -> Output {
    let arguments: Vec<&str> = RUN
        .iter()
        .copied()
        .chain([millis])
        .chain(more.iter().copied())
        .collect();
    run(folder, &arguments)
}

fn lines(folder: &TempDir, run: &str) -> Vec<Value> {
    let raw = fs::read_to_string(folder.path().join(run).join("raw.jsonl")).unwrap_or_default();
    raw.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn measured<'a>(lines: &'a [Value], contender: &str) -> Vec<&'a Value> {
    lines
        .iter()
        .filter(|l| l["kind"] == "measured" && l["contender"] == contender)
        .collect()
}

#[test]
fn a_slowed_server_is_noticed() {
    let folder = TempDir::new().unwrap();
    let contenders = [
        planted("slowed", "python", &["--delay-micros", "300000"]),
        planted("steady", "nodejs", &[]),
    ];
    suite(&folder, &workload("cpu", "/cpu", "solutions"), &contenders);
    let ended = lab(&folder, "600", &[]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    shown::an_order_is_stated_unless_others_were_at_work(&folder);
    let told = text(&ended.stderr);
    assert!(
        told.contains("[10/10] cpu, one process: steady, repeat 5") && told.contains("s left"),
        "{told}"
    );
    // every value beside how long it took and who used the processor meanwhile
    let lines = lines(&folder, "run");
    for line in measured(&lines, "slowed") {
        assert!(line["value"].as_f64().unwrap() < 40.0, "{line}");
        assert!(
            line["client_share"].is_number()
                && line["server_share"].is_number()
                && line["other_share"].is_number()
        );
    }
    let head: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("run/run.json")).unwrap()).unwrap();
    assert!(
        head["host"]["cores"]
            .as_array()
            .is_some_and(|cores| !cores.is_empty()),
        "{head}"
    );
    // the same servers again, and the order holds; turned round by hand, it does not
    with_others(folder.path(), 0.01);
    let again = run(&folder, &["lab", "show", "run", "--against", "run"]);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    let shown = text(&again.stdout);
    assert!(
        shown.contains("Made on the same kind of machine, in the same way, of the same versions.")
            && shown.contains("The order held in 1 pair that differs in both runs"),
        "{shown}"
    );
    let raw = fs::read_to_string(folder.path().join("run/raw.jsonl")).unwrap();
    let turned = raw
        .replace("steady", "third")
        .replace("slowed", "steady")
        .replace("third", "slowed");
    fs::create_dir(folder.path().join("turned")).unwrap();
    fs::write(folder.path().join("turned/raw.jsonl"), turned).unwrap();
    fs::copy(
        folder.path().join("run/run.json"),
        folder.path().join("turned/run.json"),
    )
    .unwrap();
    let turned = run(&folder, &["lab", "show", "run", "--against", "turned"]);
    assert_eq!(turned.status.code(), Some(3), "{turned:?}");
    let shown = text(&turned.stdout);
    assert!(
        shown.contains("Turned round: cpu") && shown.contains("Server slowed is slower here"),
        "{shown}"
    );
    busy_rows_are_left_out(&folder);
}

/// On a busy machine an order says nothing, and so it is held against none.
fn busy_rows_are_left_out(folder: &TempDir) {
    with_others(folder.path(), 0.5);
    let head = folder.path().join("turned/run.json");
    let other = fs::read_to_string(&head)
        .unwrap()
        .replace("linux", "linux on another planet");
    fs::write(&head, other).unwrap();
    let busy = run(folder, &["lab", "show", "turned", "--against", "run"]);
    assert_eq!(busy.status.code(), Some(0), "{busy:?}");
    let shown = text(&busy.stdout);
    assert!(
        shown.contains("another planet")
            && shown.contains("The order held in 0 pairs")
            && shown.contains("Left out, as other programs were at work or a process had nothing to do: cpu, one process: Server"),
        "{shown}"
    );
}

#[test]
fn what_cannot_be_kept_or_measured_is_told_before_anything_is_installed() {
    let folder = TempDir::new().unwrap();
    suite(
        &folder,
        &workload("cpu", "/cpu", "solutions"),
        &[planted("steady", "python", &[])],
    );
    fs::write(folder.path().join("file"), "").unwrap();
    let nowhere = run(
        &folder,
        &["lab", "run", "--quick", "--built-in-load", "--out", "file/run"],
    );
    assert_eq!(nowhere.status.code(), Some(1), "{nowhere:?}");
    let told = text(&nowhere.stderr);
    assert!(
        told.contains("file/run") && !told.contains("installing"),
        "{told}"
    );
    let nothing = run(
        &folder,
        &[
            "lab",
            "run",
            "--quick",
            "--built-in-load",
            "--only",
            "postgres-one",
        ],
    );
    assert_eq!(nothing.status.code(), Some(1), "{nothing:?}");
    let told = text(&nothing.stderr);
    assert!(told.contains("a quick run has none of these workloads"), "{told}");
    // wrk would ask for a whole second and the record say otherwise
    for part in ["--millis", "--warm-up-millis"] {
        let part = run(&folder, &["lab", "run", "--quick", part, "300"]);
        assert_eq!(part.status.code(), Some(1), "{part:?}");
        assert!(
            text(&part.stderr).contains("wrk asks for whole seconds"),
            "{part:?}"
        );
    }
    let unknown = run(&folder, &["lab", "run", "--only", "jason", "--only", "json"]);
    assert!(
        text(&unknown.stderr).contains("no workload jason; there are json, "),
        "{unknown:?}"
    );
}

#[test]
fn a_server_that_answers_wrongly_is_refused_and_not_timed() {
    let folder = TempDir::new().unwrap();
    let contenders = [
        planted("wrong", "python", &["--wrong"]),
        planted("later", "python", &["--wrong-from", "12"]),
        planted("steady", "nodejs", &[]),
    ];
    suite(&folder, &workload("cpu", "/cpu", "solutions"), &contenders);
    let ended = lab(&folder, "50", &[]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let lines = lines(&folder, "run");
    assert_eq!(measured(&lines, "wrong").len(), 0);
    assert_eq!(
        measured(&lines, "later").len(),
        0,
        "it was wrong before its first timing was over"
    );
    assert_eq!(measured(&lines, "steady").len(), 5);
    let refused: Vec<&Value> = lines.iter().filter(|l| l["kind"] == "refused").collect();
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(
        refused
            .iter()
            .all(|l| l["why"].as_str().unwrap().starts_with("it answered wrongly")),
        "{refused:?}"
    );
    let shown = text(&ended.stdout);
    assert!(
        shown.contains("Refused: wrong (cpu, one process): it answered wrongly"),
        "{shown}"
    );
    assert!(!shown.contains("Server wrong  "), "it has no row: {shown}");
}

/// The client of the fan-out counts what every listener gets.
#[test]
fn a_server_that_forgets_a_listener_is_refused() {
    let folder = TempDir::new().unwrap();
    let contenders = [
        planted("forgetful", "python", &["--wrong"]),
        planted("steady", "nodejs", &[]),
    ];
    let mut fan_out = workload("cpu", "/events", "events");
    fan_out["connections"] = json!(10);
    suite(&folder, &fan_out, &contenders);
    let ended = lab(&folder, "50", &[]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let lines = lines(&folder, "run");
    assert_eq!(measured(&lines, "forgetful").len(), 0);
    assert_eq!(measured(&lines, "steady").len(), 5);
    assert!(
        text(&ended.stdout).contains("Refused: forgetful (cpu, one process): "),
        "{ended:?}"
    );
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let folder = TempDir::new().unwrap();
    let contenders = [planted("a", "python", &[]), planted("b", "nodejs", &[])];
    suite(&folder, &workload("cpu", "/cpu", "solutions"), &contenders);
    let arguments: Vec<&str> = RUN.iter().copied().chain(["300"]).collect();
    let mut child = earnest(folder.path(), &arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while lines(&folder, "run")
        .iter()
        .filter(|l| l["kind"] == "measured")
        .count()
        < 3
    {
        assert!(began.elapsed() < Duration::from_mins(2), "it measures nothing");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let raw = folder.path().join("run/raw.jsonl");
    let before = fs::read_to_string(&raw).unwrap();
    // killed in the middle of a line
    fs::write(&raw, format!("{before}{{\"kind\":\"measured\",\"at\":\"2026")).unwrap();
    let other = lab(&folder, "299", &[]);
    assert_eq!(
        other.status.code(),
        Some(1),
        "other settings are another run: {other:?}"
    );
    assert!(text(&other.stderr).contains("give another --out"), "{other:?}");
    let ended = lab(&folder, "300", &[]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let after = fs::read_to_string(&raw).unwrap();
    assert!(after.starts_with(&before), "what was measured stays as it is");
    let lines = lines(&folder, "run");
    assert_eq!(lines.len(), after.lines().count(), "no half line is left");
    assert_eq!(lines.iter().filter(|l| l["kind"] == "resumed").count(), 1);
    let turns: Vec<String> = lines
        .iter()
        .filter(|l| l["kind"] == "measured")
        .map(|l| format!("{}{}", l["contender"].as_str().unwrap(), l["repeat"]))
        .collect();
    assert_eq!(
        turns,
        ["a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4", "a5", "b5"],
        "each once, in turns"
    );
    let finished = lab(&folder, "300", &[]);
    assert!(
        text(&finished.stderr).contains("This run is finished"),
        "{finished:?}"
    );
    assert_eq!(fs::read_to_string(&raw).unwrap(), after);
}

#[test]
fn a_missing_interpreter_is_told_and_the_rest_goes_on() {
    let folder = TempDir::new().unwrap();
    let node = json!({"id": "gone", "name": "Server gone", "technology": "nodejs", "tool": "nodejs",
        "workloads": ["cpu"], "start": ["{node}", "fastify.js"]});
    suite(
        &folder,
        &workload("cpu", "/cpu", "solutions"),
        &[node, planted("steady", "python", &[])],
    );
    let ended = lab(&folder, "30", &["--node", "/nowhere/node"]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let shown = text(&ended.stdout);
    assert!(
        shown.contains("Missing: Node.js: no Node.js as /nowhere/node: install 20 or later"),
        "{shown}"
    );
    assert_eq!(measured(&lines(&folder, "run"), "steady").len(), 5);
}

/// Where nothing at all was there to be measured, the run has failed.
#[test]
fn a_run_that_measured_nothing_has_failed() {
    let folder = TempDir::new().unwrap();
    let node = json!({"id": "gone", "name": "Server gone", "technology": "nodejs", "tool": "nodejs",
        "workloads": ["cpu"], "start": ["{node}", "fastify.js"]});
    suite(&folder, &workload("cpu", "/cpu", "solutions"), &[node]);
    let ended = lab(&folder, "30", &["--node", "/nowhere/node"]);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(text(&ended.stdout).contains("Missing: Node.js"), "{ended:?}");
    assert!(text(&ended.stderr).contains("nothing was measured"), "{ended:?}");
}

/// The lines of a run with a share that others are said to have used.
fn with_others(folder: &Path, share: f64) {
    with_others_beside(folder, share, "");
}

/// As [`with_others`], of one contender, or of all where none is named.
fn with_others_beside(folder: &Path, share: f64, contender: &str) {
    let path = folder.join("run/raw.jsonl");
    let raw = fs::read_to_string(&path).unwrap();
    let changed: Vec<String> = raw
        .lines()
        .map(|line| {
            let mut line: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
            let of = contender.is_empty() || line.get("contender").is_some_and(|id| id == contender);
            if of && line.get("kind").is_some_and(|kind| kind == "measured") {
                line.insert("other_share".to_owned(), json!(share));
            }
            let line = Value::Object(line);
            line.to_string() + "\n"
        })
        .collect();
    fs::write(path, changed.concat()).unwrap();
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// The run as if it were of another day: the content of the program may have one of today.
fn of_another_day(folder: &Path) {
    let path = folder.join("run/run.json");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("\"started\": \"").unwrap();
    let time = rest.split_once('T').unwrap().1;
    fs::write(path, format!("{head}\"started\": \"2026-12-01T{time}")).unwrap();
}

/// Makes an edition of the folder's run, into its folder `mine`.
fn adopt(folder: &TempDir, edition: &str) -> Output {
    let of_the_day = ["--content", "mine", "--date", "2026-12-01"];
    run(
        folder,
        &[&["lab", "adopt", "run", "--edition", edition][..], &of_the_day].concat(),
    )
}

/// A run becomes content that is valid, weighs nothing, and has the same bytes every time.
#[test]
fn a_run_is_adopted() {
    let folder = TempDir::new().unwrap();
    let contenders = [
        planted("fastapi", "python", &["--delay-micros", "20000"]),
        planted("fastify", "nodejs", &[]),
    ];
    suite(&folder, &workload("cpu", "/cpu", "solutions"), &contenders);
    assert_eq!(lab(&folder, "60", &[]).status.code(), Some(0));
    of_another_day(folder.path());
    fs::create_dir(folder.path().join("mine")).unwrap();
    // whoever had more threads got more of a busy machine: nothing of it is evidence
    with_others(folder.path(), 0.5);
    let busy = adopt(&folder, "9");
    assert_eq!(busy.status.code(), Some(1), "{busy:?}");
    assert!(text(&busy.stderr).contains("nothing can be adopted"), "{busy:?}");
    // nor is what is left of a group once one of it is left out
    with_others(folder.path(), 0.01);
    with_others_beside(folder.path(), 0.5, "fastapi");
    let halved = adopt(&folder, "9");
    assert_eq!(halved.status.code(), Some(1), "{halved:?}");
    with_others(folder.path(), 0.01);
    let adopted = adopt(&folder, "9");
    assert_eq!(adopted.status.code(), Some(0), "{adopted:?}");
    let first = files(&folder.path().join("mine"));
    assert_eq!(first.len(), 6, "{first:?}");
    assert_eq!(adopt(&folder, "9").status.code(), Some(0));
    assert_eq!(
        files(&folder.path().join("mine")),
        first,
        "the same run gives the same bytes"
    );
    let evidence = first
        .iter()
        .find(|(path, _)| path.ends_with("measured.toml"))
        .unwrap();
    for words in [
        "kind = \"measured\"",
        "indicative_for = \"performance\"",
        "sample_size = 5",
        "lab-cpu-one-fastify",
    ] {
        assert!(evidence.1.contains(words), "{words}: {}", evidence.1);
    }
    let checked = run(&folder, &["content", "check", "--content", "mine"]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    // what an edition shows never changes: a run of the same day, or the same read again, gets a name of its own
    let again = adopt(&folder, "10");
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    assert!(text(&again.stdout).contains("evidence/lab-2026-12-01-10/measured.toml"));
    let both = files(&folder.path().join("mine"));
    assert!(first.iter().all(|file| both.contains(file)));
    let checked = run(&folder, &["content", "check", "--content", "mine"]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    // a number that is taken
    let taken = adopt(&folder, "2");
    assert!(
        text(&taken.stderr).contains("edition 2 is there already"),
        "{taken:?}"
    );
    // another run of the same day is another edition
    with_others(folder.path(), 0.02);
    let other = adopt(&folder, "10");
    assert!(
        text(&other.stderr).contains("edition 10 is there already, and an edition never changes"),
        "{other:?}"
    );
    assert_eq!(
        files(&folder.path().join("mine")),
        both,
        "nothing is written over it"
    );
    what_cannot_be_an_edition_is_refused(&folder, &both);
}

/// Nothing is written for a number, day or criterion that is none, nor for content that could not be read then.
fn what_cannot_be_an_edition_is_refused(folder: &TempDir, before: &[(String, String)]) {
    for (more, says) in [
        (
            ["--edition", "../../../../esc", "--date", "2026-12-01"],
            "is no number of an edition",
        ),
        (
            ["--edition", "6 b", "--date", "2026-12-01"],
            "is no number of an edition",
        ),
        (
            ["--edition", "", "--date", "2026-12-01"],
            "is no number of an edition",
        ),
        (
            ["--edition", "..", "--date", "2026-12-01"],
            "is no number of an edition",
        ),
        (
            ["--edition", "11", "--date", "2026-13-45"],
            "--date \"2026-13-45\" is no day",
        ),
        (["--edition", "11", "--date", "2026-11-01"], "before the run"),
        (
            ["--edition", "11", "--criterion", "nope"],
            "no criterion `nope`; there are performance",
        ),
    ] {
        let refused = run(
            folder,
            &[&["lab", "adopt", "run", "--content", "mine"][..], &more].concat(),
        );
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(text(&refused.stderr).contains(says), "{says}: {refused:?}");
    }
    let path = folder.path().join("run/run.json");
    let head = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        head.replace("\"technology\": \"python\"", "\"technology\": \"cobol\""),
    )
    .unwrap();
    let unknown = adopt(folder, "11");
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
    assert!(
        text(&unknown.stderr).contains("nothing is written, for the content would have faults"),
        "{unknown:?}"
    );
    assert_eq!(files(&folder.path().join("mine")), before);
    assert!(!folder.path().join("esc.toml").exists());
}

#[test]
fn a_run_that_is_not_finished_is_not_adopted() {
    let folder = TempDir::new().unwrap();
    suite(
        &folder,
        &workload("cpu", "/cpu", "solutions"),
        &[planted("fastapi", "python", &[])],
    );
    assert_eq!(lab(&folder, "30", &[]).status.code(), Some(0));
    let path = folder.path().join("run/raw.jsonl");
    let raw = fs::read_to_string(&path).unwrap();
    let whole: Vec<&str> = raw
        .lines()
        .filter(|line| !line.contains("\"finished\""))
        .collect();
    fs::write(&path, whole.join("\n") + "\n").unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    let adopt = adopt(&folder, "9");
    assert_eq!(adopt.status.code(), Some(1), "{adopt:?}");
    assert!(text(&adopt.stderr).contains("not finished"), "{adopt:?}");
    let nothing = run(&folder, &["lab", "show", "nowhere"]);
    assert!(
        text(&nothing.stderr).contains("make one with `earnest lab run`"),
        "{nothing:?}"
    );
}
