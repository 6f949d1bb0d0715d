//! What must hold of the order, the record and the suite, without any server.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::drive::Measured;
use super::plan::{self, Block, Turn};
use super::progress::left;
use super::record::{Kept, Line};
use super::suite::{BUILT_IN, Processes, Suite};
use super::summary::{Mark, Row};
use super::{check, summary};

fn block(contenders: &[&str]) -> Block {
    Block {
        workload: "json".into(),
        processes: Processes::One,
        contenders: contenders.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// C26: A, B, C, A, B, C, …: nobody is measured again before everybody else was.
#[test]
fn repeats_are_interleaved() {
    let turns = plan::turns(&block(&["a", "b", "c"]), 5, &HashSet::new());
    let names: String = turns.iter().map(|turn| turn.contender.as_str()).collect();
    assert_eq!(names, "abcabcabcabcabc");
    assert!(
        turns
            .windows(3)
            .all(|three| three.iter().map(|t| &t.contender).collect::<HashSet<_>>().len() == 3)
    );
}

/// What is done is not measured again, wherever a run was interrupted, and the rest keeps its order.
#[test]
fn what_is_done_is_left_out_and_the_rest_keeps_its_order() {
    let all = plan::turns(&block(&["a", "b", "c"]), 5, &HashSet::new());
    for at in 0..=all.len() {
        let done: HashSet<Turn> = all[..at].iter().cloned().collect();
        assert_eq!(plan::turns(&block(&["a", "b", "c"]), 5, &done), all[at..]);
    }
}

/// Every workload of the suite has contenders of both technologies, and a quick run is a part of the whole one.
#[test]
fn the_suite_that_comes_along_is_whole() {
    let suite = Suite::read(BUILT_IN).unwrap();
    for workload in &suite.workloads {
        let mut by = HashMap::new();
        for contender in suite.contenders_of(&workload.id) {
            *by.entry(contender.technology.as_str()).or_insert(0) += 1;
        }
        assert!(
            by.contains_key("python") && by.contains_key("nodejs"),
            "{}: {by:?}",
            workload.id
        );
    }
    let (quick, whole) = (plan::blocks(&suite, true), plan::blocks(&suite, false));
    assert!(quick.len() < whole.len());
    assert!(quick.iter().all(|block| whole.contains(block)));
    let one_and_per_core = [Processes::One, Processes::PerCore];
    assert!(one_and_per_core.iter().all(|p| {
        whole
            .iter()
            .any(|b| b.processes == *p && b.workload == "postgres-twenty")
    }));
}

#[test]
fn a_suite_that_names_what_is_not_there_is_refused() {
    let text = BUILT_IN.replacen(
        "\"sqlite-one\", \"sqlite-twenty\"",
        "\"sqlite-one\", \"sqlite-thirty\"",
        1,
    );
    let refused = Suite::read(&text).unwrap_err().to_string();
    assert!(refused.contains("sqlite-thirty"), "{refused}");
    Suite::read("{").unwrap_err();
}

/// The servers' answers, worked out a second time.
#[test]
fn right_answers_are_what_the_servers_compute() {
    assert_eq!(check::products()["total_cents"], 10_410);
    assert_eq!(
        check::matrix(),
        serde_json::json!({"side": 200, "trace": 239_976, "sum": 47_998_000})
    );
    assert_eq!(check::number(9440), 3070);
}

#[test]
fn the_time_that_is_left_is_told() {
    assert_eq!(left(10, 0, Duration::from_secs(9)), "");
    assert_eq!(left(10, 5, Duration::from_secs(40)), ", about 40 s left");
    assert_eq!(left(100, 10, Duration::from_mins(1)), ", about 9 min left");
    assert_eq!(left(5, 7, Duration::from_mins(1)), ", about 0 s left");
}

#[test]
fn numbers_have_their_thousands_parted() {
    let shown = [0.0, 12.5, 999.0, 1000.0, 48_000.0, 1_234_567.0, 0.97].map(summary::number);
    assert_eq!(
        shown,
        ["0", "12.5", "999", "1,000", "48,000", "1,234,567", "0.97"]
    );
}

/// The run that is kept in the tree can be read, and says how busy its machine was.
#[test]
fn the_kept_run_can_be_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/results/2026-11-26-busy");
    let kept = Kept::open(&folder).unwrap();
    assert!(kept.finished());
    let summary = super::Summary::of(&kept);
    assert!(summary.most_by_others > 0.5);
    assert!(
        summary
            .groups
            .iter()
            .all(|group| group.rows.iter().all(|row| row.count == 5))
    );
    let text = summary.to_string();
    assert!(text.contains("other programs used more than a tenth of the machine"));
    // no order is stated of what was measured so
    assert!(summary.groups.iter().all(|group| group.differences.is_empty()));
    assert!(!text.contains(" is ahead of ") && !text.contains("no difference measured"));
    let of_several = summary.groups.iter().filter(|group| group.rows.len() > 1);
    let said = text.matches("  · others were at work: nothing is said of the order\n");
    assert_eq!(said.count(), of_several.count(), "{text}");
    // every row is marked busy: such an order is held against none
    let beside = summary.against(&summary);
    assert_eq!((beside.held, beside.undecided, beside.levels.len()), (0, 0, 0));
    assert!(
        beside
            .to_string()
            .contains("Left out, as other programs were at work or a process had nothing to do: ")
    );
}

/// The run that the content has, held against itself: nothing is turned round, and what was missing is named as a person
/// would.
#[test]
fn the_adopted_run_agrees_with_itself() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/evidence/lab-2026-11-26");
    let summary = super::Summary::of(&Kept::open(&folder).unwrap());
    let beside = summary.against(&summary);
    assert!(beside.reversed.is_empty() && beside.levels.is_empty());
    assert!(beside.held > 20 && beside.undecided > 0, "{beside}");
    assert!(
        beside.to_string().contains("postgres-one"),
        "its rows were marked busy: {beside}"
    );
    let text = summary.to_string();
    assert!(
        text.contains("Missing: free-threaded Python: no free-threaded Python"),
        "{text}"
    );
}

/// The run that the content has, with every measurement as if it had been another.
fn told_otherwise(change: impl Fn(&mut Measured)) -> super::Summary {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/evidence/lab-2026-11-26");
    let mut kept = Kept::open(&folder).unwrap();
    for line in &mut kept.lines {
        if let Line::Measured { measured, .. } = line {
            (measured.other_share, measured.client_share) = (0.0, 0.1);
            change(measured);
        }
    }
    super::Summary::of(&kept)
}

/// The workloads, with how many processes, whose rows all have a mark, and whether any other row has it.
fn marked(summary: &super::Summary, mark: Mark) -> (Vec<String>, bool) {
    let has = |row: &Row| row.marks.contains(&mark);
    let all = summary.groups.iter().filter(|group| group.rows.iter().all(has));
    let some = summary
        .groups
        .iter()
        .any(|group| group.rows.iter().any(has) && !group.rows.iter().all(has));
    let names = all.map(|group| format!("{} {}", group.workload, group.processes.id()));
    (names.collect(), some)
}

/// C26: a client at its limit is noticed, with what it asks behind the servers.
#[test]
fn a_saturated_client_or_database_is_noticed() {
    let (sound, _) = marked(&told_otherwise(|_| {}), Mark::ClientBound);
    assert_eq!(sound, Vec::<String>::new());
    let bound = told_otherwise(|one| one.client_share = 0.95);
    assert_eq!(marked(&bound, Mark::ClientBound).0.len(), bound.groups.len());
    assert_eq!(marked(&bound, Mark::DatabaseBound), (Vec::new(), false));
    let together = told_otherwise(|one| (one.client_share, one.beneath_share) = (0.4, Some(0.55)));
    assert_eq!(marked(&together, Mark::ClientBound), (Vec::new(), false));
    assert_eq!(
        marked(&together, Mark::DatabaseBound).0.len(),
        together.groups.len()
    );
    let below = told_otherwise(|one| (one.client_share, one.beneath_share) = (0.4, Some(0.4)));
    assert_eq!(marked(&below, Mark::DatabaseBound), (Vec::new(), false));
}

/// A server of several processes of which one idles is not what several can do: nothing of its group is adopted.
#[test]
fn a_process_that_idles_is_noticed() {
    let summary = told_otherwise(|one| one.workers = Some(1));
    let (per_core, some) = marked(&summary, Mark::Idle);
    assert!(
        !some && per_core.contains(&"json per-core".to_owned()),
        "{per_core:?}"
    );
    assert!(
        per_core.iter().all(|group| group.ends_with(" per-core")),
        "{per_core:?}"
    );
    let spoiled = summary.groups.iter().filter(|group| group.spoiled()).count();
    assert_eq!(spoiled, per_core.len());
    for group in &summary.groups {
        assert!(
            !group.spoiled() || group.differences.is_empty(),
            "{}",
            group.workload
        );
    }
    let text = summary.to_string();
    let said = text.matches("  · a process had nothing to do: nothing is said of the order\n");
    assert_eq!(said.count(), spoiled, "{text}");
    let two = told_otherwise(|one| one.workers = Some(2));
    assert_eq!(marked(&two, Mark::Idle), (Vec::new(), false));
    let shared = marked(&two, Mark::SharedCore).0;
    assert_eq!(shared, per_core, "on two cores the client shares one with them");
}

/// What is said of two rows is said of the numbers that are printed and adopted, here and in the content.
#[test]
fn what_is_said_agrees_with_what_is_shown() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/evidence/lab-2026-11-26-5");
    let summary = super::Summary::of(&Kept::open(&folder).unwrap());
    let queens = |group: &&summary::Group| group.workload == "cpu" && group.processes == Processes::PerCore;
    let queens = summary.groups.iter().find(queens).unwrap();
    let (one, other) = (queens.rows[0].shown().unwrap(), queens.rows[1].shown().unwrap());
    assert!(one.low <= other.high, "{one:?} {other:?}");
    assert!(
        queens.differences[0].ends_with(": no difference measured"),
        "{:?}",
        queens.differences
    );
    for group in &summary.groups {
        for (two, said) in group.rows.windows(2).zip(&group.differences) {
            let (Some(one), Some(other)) = (two[0].shown(), two[1].shown()) else {
                continue;
            };
            let overlap = one.low <= other.high && other.low <= one.high;
            assert_eq!(said.ends_with(": no difference measured"), overlap, "{said}");
        }
    }
}

/// Repeats of a run that was interrupted between them are of more than one start of the server.
#[test]
fn starts_of_a_server_are_counted() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/evidence/lab-2026-11-26");
    let mut kept = Kept::open(&folder).unwrap();
    let starts = |kept: &Kept| {
        let groups = super::Summary::of(kept).groups;
        let rows = groups.into_iter().flat_map(|group| group.rows);
        rows.map(|row| row.starts).collect::<Vec<_>>()
    };
    assert!(starts(&kept).iter().all(|count| *count == 1));
    let is_third = |line: &Line| matches!(line, Line::Measured { turn, .. } if turn.repeat == 3);
    let at = kept.lines.iter().position(is_third).unwrap();
    let resumed = Line::Resumed { at: String::new() };
    kept.lines.insert(at, resumed.clone());
    let counted = starts(&kept);
    assert!(counted[0] == 2 && counted.last() == Some(&1), "{counted:?}");
    assert!(
        super::Summary::of(&kept)
            .to_string()
            .contains("of 2 starts of its server: the run was interrupted")
    );
    // between two workloads every server has one start all the same
    kept.lines.remove(at);
    kept.lines.insert(0, resumed);
    assert!(starts(&kept).iter().all(|count| *count == 1));
}
