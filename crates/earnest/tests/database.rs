//! The built program on PostgreSQL, beside another node, from one engine to the other, and on a disk that fails.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod running;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};

use earnest_store::testing::Postgres;
use tempfile::TempDir;

use crate::running::{Running, earnest, one_line, raise, run, text};

fn fresh() -> Postgres {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(Postgres::fresh()).unwrap()
}

fn names(folder: &TempDir, place: &[&str]) -> Vec<String> {
    let mut arguments = vec!["requests", "list", "--format", "json", "--limit", "200"];
    arguments.extend(place);
    let list = run(folder, &arguments);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap_or_else(|_| panic!("{list:?}"));
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["brief"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn two_nodes_serve_from_one_server() {
    let (server, folder) = (fresh(), TempDir::new().unwrap());
    let place = ["--database", server.url()];
    let told = one_line(&run(&folder, &[&["requests", "list"][..], &place].concat()));
    assert!(told.contains("run `earnest migrate`"), "{told}");
    let migrated = run(&folder, &[&["migrate"][..], &place].concat());
    assert!(
        text(&migrated.stdout).starts_with("applied 1: edition"),
        "{migrated:?}"
    );
    let again = run(&folder, &[&["migrate"][..], &place].concat());
    assert!(text(&again.stdout).contains("is up to date"), "{again:?}");
    let one = Running::start(&folder, &place);
    let unnamed = [&place[..], &["--database-statements", "unnamed"]].concat();
    let other = Running::start(&folder, &unnamed);
    raise(&one, "Ada");
    raise(&other, "Grace");
    assert!(one.get("/ready").starts_with("HTTP/1.1 200"));
    assert_eq!(names(&folder, &place), ["Grace", "Ada"]);
    for command in ["backup", "restore"] {
        let told = one_line(&run(&folder, &[&[command, "copy"][..], &place].concat()));
        assert!(told.contains("pg_") && told.contains("earnest "), "{told}");
    }
    one.stop();
    other.stop();
    let kept = std::fs::read_dir(folder.path().join("earnest-data")).unwrap();
    let kept: Vec<String> = kept
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(kept, ["second-factor.key"], "nothing but a key is kept in a file");
}

#[test]
fn an_installation_moves_to_a_server_and_back() {
    let (server, folder) = (fresh(), TempDir::new().unwrap());
    let place = ["--database", server.url()];
    let running = Running::start(&folder, &[]);
    raise(&running, "Ada");
    let out = run(&folder, &["export", "installation", "1"]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let told = one_line(&run(&folder, &["export", "installation", "1"]));
    assert!(told.contains("--force"), "{told}");
    running.stop();
    let into = run(&folder, &[&["import", "1"][..], &place].concat());
    assert_eq!(into.status.code(), Some(0), "{into:?}");
    let rows = |told: &[u8]| text(told).lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rows(&out.stdout), rows(&into.stdout));
    assert_eq!(names(&folder, &place), ["Ada"]);
    let told = one_line(&run(&folder, &[&["import", "1"][..], &place].concat()));
    assert!(told.contains("needs an empty one"), "{told}");
    run(&folder, &[&["export", "installation", "2"][..], &place].concat());
    let back = run(&folder, &["import", "2", "--data", "other"]);
    assert_eq!(back.status.code(), Some(0), "{back:?}");
    run(&folder, &["export", "installation", "3", "--data", "other"]);
    let bytes = ["1", "2", "3"].map(|name| fs::read(folder.path().join(name)).unwrap());
    assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2]);
}

#[test]
fn a_server_that_is_not_there_is_one_clear_line_without_the_password() {
    let folder = TempDir::new().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let server = fresh();
    let nobody = server.url().replace("//earnest@", "//nobody:hidden@");
    let addresses = [
        (
            format!("postgres://u:hidden@127.0.0.1:{port}/d"),
            "cannot be reached",
        ),
        (
            "postgres://u:hidden@127.0.0.1/d?sslmode=perhaps".to_owned(),
            "sslmode is none of",
        ),
        (format!("{nobody}?sslmode=require"), "TLS"),
        (nobody, "nobody"),
    ];
    for (address, why) in addresses {
        let told = one_line(&run(&folder, &["migrate", "--database", &address]));
        assert!(told.contains(why) && !told.contains("hidden"), "{why}: {told}");
    }
}

/// Starts the site where no file may grow beyond a limit: a write that passes it fails like a broken disk.
fn on_a_small_disk(folder: &Path, kilobytes: u64) -> Child {
    let script = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", script, "bash", &kilobytes.to_string()]);
    shell.arg(earnest(folder, &[]).get_program());
    shell
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder);
    shell
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn the_site_ends_with_an_error_when_its_disk_fails() {
    let folder = TempDir::new().unwrap();
    Running::start(&folder, &[]).stop(); // The editions are in the file now.
    let file = folder.path().join("earnest-data/earnest.db");
    let kilobytes = fs::metadata(&file).unwrap().len() / 1024;
    let running = Running::of(on_a_small_disk(folder.path(), kilobytes + 8));
    let (mut kept, mut reply) = (0, String::new());
    for number in 0..2_000 {
        let details = "x".repeat(1_500);
        let form =
            format!("name=A{number}&email=a%40example.com&summary=An+API&role=Python&details={details}");
        reply = running.post(&form);
        if !reply.starts_with("HTTP/1.1 303") {
            break;
        }
        kept += 1;
    }
    assert!(
        kept > 0 && reply.starts_with("HTTP/1.1 503"),
        "{kept} kept, then {reply}"
    );
    let mut child = running.child;
    let status = child.wait().unwrap();
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(status.code(), Some(1), "{told}");
    let last = told.lines().last().unwrap();
    assert!(
        last.starts_with("earnest: the disk failed while writing") && last.contains("restarted"),
        "{told}"
    );
    let found = names(&folder, &[]).len();
    assert!(found >= kept, "{found} of {kept} confirmed requests are there");
    assert!(found <= kept + 1, "more than the one that nobody was told of");
}
