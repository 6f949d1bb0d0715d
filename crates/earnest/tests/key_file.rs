//! The key that second factors are kept under: made once, needed from then on, exchanged with the site running again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use running::{Running, run, text};
use tempfile::TempDir;

#[path = "running/mod.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod running;

const OTHER: &str = "0909090909090909090909090909090909090909090909090909090909090909";

/// What a site says last that does not start.
fn refusal(folder: &TempDir, more: &[&str]) -> String {
    let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
    all.extend(more);
    let output = run(folder, &all);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    text(&output.stderr).lines().last().unwrap().to_owned()
}

#[test]
fn the_first_start_makes_the_key_and_no_later_one_goes_without_it() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("earnest-data");
    let (key, aside) = (data.join("second-factor.key"), folder.path().join("copy.key"));
    Running::start(&folder, &[]).stop();
    let first = fs::read_to_string(&key).unwrap();
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let digits = first.lines().find(|line| !line.starts_with('#')).unwrap();
    assert!(
        digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{first}"
    );
    Running::start(&folder, &[]).stop();
    assert_eq!(fs::read_to_string(&key).unwrap(), first, "made once");
    let left: Vec<_> = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left.iter().any(|name| name.to_string_lossy().contains("new-")),
        "{left:?}"
    );

    fs::rename(&key, &aside).unwrap();
    let refused = refusal(&folder, &[]);
    assert!(
        refused.contains("second-factor.key is missing") && refused.contains("docs/operate.md"),
        "{refused}"
    );
    assert!(!key.exists(), "and makes no other");
    fs::write(&key, OTHER).unwrap();
    let refused = refusal(&folder, &[]);
    assert!(refused.contains("has another"), "{refused}");
    fs::write(&key, "half a key").unwrap();
    let refused = refusal(&folder, &[]);
    assert!(
        refused.contains("is no file with keys") && refused.contains("64 hexadecimal"),
        "{refused}"
    );
    Running::start(&folder, &["--second-factor-key", "copy.key"]).stop();

    fs::write(&key, format!("{OTHER}\n{digits}\n")).unwrap();
    Running::start(&folder, &[]).stop();
    fs::write(&key, OTHER).unwrap();
    Running::start(&folder, &[]).stop();
    let refused = refusal(&folder, &["--second-factor-key", "copy.key"]);
    assert!(
        refused.contains("has another"),
        "the former one alone is too little: {refused}"
    );
}
