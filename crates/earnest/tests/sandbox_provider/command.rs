//! The command line of the provider.

use std::process::Command;

use tempfile::TempDir;

use crate::playing::{Process, SECRET};

fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_earnest"))
        .arg("sandbox-provider")
        .args(arguments)
        .env_clear()
        .current_dir(folder.path())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    let with = |more: &[&'static str]| {
        let usual = ["--listen", "127.0.0.1:0", "--secret", SECRET, "--api-key", "k"];
        refused(&[&usual, more].concat())
    };
    for (more, status, words) in [
        (&["--fault", "explode"][..], 2, "there is no fault `explode`"),
        (&["--fee-basis-points", "10001"][..], 2, "10000"),
        (
            &["--events-to", "https://site.test/x"][..],
            1,
            "begins with http://",
        ),
    ] {
        let (code, said) = with(more);
        assert_eq!(code, Some(status), "{said}");
        assert!(said.contains(words), "{said}");
    }
    let (code, said) = refused(&["--listen", "nowhere", "--secret", SECRET, "--api-key", "k"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("is not an address and a port"), "{said}");
    let (code, said) = refused(&["--listen", "127.0.0.1:0", "--secret", "short", "--api-key", "k"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("whsec_") && !said.contains("short"), "{said}");
}

#[test]
fn a_folder_has_one_provider() {
    let folder = TempDir::new().unwrap();
    let _first = Process::start(folder.path(), &[]);
    let data = folder.path().to_str().unwrap();
    let (code, said) = refused(&[
        "--listen",
        "127.0.0.1:0",
        "--secret",
        SECRET,
        "--api-key",
        "k",
        "--data",
        data,
    ]);
    assert_eq!(code, Some(1));
    assert!(said.contains("in use by another sandbox"), "{said}");
}
