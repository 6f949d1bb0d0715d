//! What must hold for the tree as a whole, checked by reading it. Each rule says in its message how to keep it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const MOST_LINES: usize = 600;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["utils", "helpers", "common", "manager", "service", "data", "v2"];
/// Words that promise what nobody can keep; never shown to people.
const BANNED_WORDS: [&str; 4] = ["escrow", "safe", "guarantee", "protected"];
/// Crates that are in the build twice, each for a reason that is not ours to change. A new one needs a look.
const KNOWN_TWICE: [&str; 13] = [
    "base64",
    "const-oid",
    "fallible-iterator",
    "getrandom",
    "hashbrown",
    "miniz_oxide",
    "r-efi",
    "rand",
    "rand_core",
    "syn",
    "wasi",
    "windows-link",
    "windows-sys",
];
/// Who may use whom among our crates.
const ARROWS: [(&str, &[&str]); 7] = [
    ("earnest-compare", &[]),
    ("earnest-hire", &[]),
    ("earnest-store", &["earnest-compare", "earnest-hire"]),
    (
        "earnest-app",
        &["earnest-compare", "earnest-hire", "earnest-store"],
    ),
    (
        "earnest-web",
        &["earnest-compare", "earnest-hire", "earnest-store", "earnest-app"],
    ),
    // a provider that is to test our books shares none of their code, only the type of money
    ("earnest-sandbox", &["earnest-hire"]),
    (
        "earnest",
        &[
            "earnest-compare",
            "earnest-hire",
            "earnest-store",
            "earnest-app",
            "earnest-web",
            "earnest-sandbox",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// All files of the tree that are ours, as paths from the root.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let mut found: Vec<PathBuf> = match listed {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(PathBuf::from)
            .collect(),
        _ => walk(&root())
            .into_iter()
            .map(|path| path.strip_prefix(root()).unwrap().to_owned())
            .collect(),
    };
    found.retain(|path| root().join(path).is_file());
    assert!(found.len() > 20, "the tree was not found");
    found
}

/// For a tree without git: everything but what is built or installed.
fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| {
            !matches!(
                path.file_name().unwrap().to_str(),
                Some("target" | "node_modules" | ".git")
            )
        })
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

fn with_extension(extensions: &[&str]) -> Vec<(PathBuf, String)> {
    files()
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|found| extensions.iter().any(|one| found == *one))
        })
        .map(|path| {
            let text = std::fs::read_to_string(root().join(&path)).unwrap();
            (path, text)
        })
        .collect()
}

fn none(found: impl IntoIterator<Item = String>, rule: &str) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{rule}\n  {}\n", found.join("\n  "));
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Our own packages of the metadata.
fn own(metadata: &Value) -> Vec<&Value> {
    let members: Vec<&str> = metadata["workspace_members"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .filter(|package| members.contains(&text(&package["id"])))
        .collect()
}

/// Whether a word stands in a text as a word of its own, whatever its case.
fn has_word(text: &str, word: &str) -> bool {
    text.to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|one| one == word)
}

fn banned_in(text: &str) -> Vec<&'static str> {
    BANNED_WORDS
        .into_iter()
        .filter(|word| has_word(text, word))
        .collect()
}

/// A template without its code: what is left is shown to people.
fn shown(template: &str) -> String {
    let mut shown = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        shown.push_str(before);
        let end = match after.chars().next() {
            Some('{') => "}}",
            Some('%') => "%}",
            Some('#') => "#}",
            _ => "",
        };
        rest = if end.is_empty() {
            after
        } else {
            after.split_once(end).map_or("", |(_, after)| after)
        };
    }
    shown + rest
}

/// Sentences in the code: string literals with a space in them.
fn sentences(code: &str) -> Vec<&str> {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(|literal| literal.contains(' '))
        .collect()
}

#[test]
fn files_are_short() {
    let long = with_extension(&["rs"]).into_iter().filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > MOST_LINES).then(|| format!("{} has {lines} lines", path.display()))
    });
    none(
        long,
        "A file has at most 600 lines; split it by what a reader looks for.",
    );
}

#[test]
fn names_say_what_is_inside() {
    let empty = files().into_iter().filter(|path| {
        path.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            let stem = part.split('.').next().unwrap_or_default();
            EMPTY_NAMES.contains(&stem)
        })
    });
    none(
        empty.map(|path| path.display().to_string()),
        "These names say nothing; name the thing.",
    );
}

#[test]
fn pages_promise_nothing_that_cannot_be_kept() {
    let mut found = Vec::new();
    for (path, text) in with_extension(&["html"]) {
        found.extend(
            banned_in(&shown(&text))
                .into_iter()
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    for (path, text) in with_extension(&["toml"])
        .into_iter()
        .filter(|(path, _)| path.starts_with("content"))
    {
        found.extend(
            banned_in(&text)
                .into_iter()
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    for (path, text) in with_extension(&["rs"])
        .into_iter()
        .filter(|(path, _)| path.starts_with("crates/web/src"))
    {
        let words = sentences(&text).into_iter().flat_map(banned_in);
        found.extend(words.map(|word| format!("{}: {word}", path.display())));
    }
    none(
        found,
        "These words are not shown to people; say what is held, by whom, until when.",
    );
}

#[test]
fn the_command_line_promises_nothing_either() {
    let commands = [
        "",
        "serve",
        "rank",
        "compare",
        "content check",
        "content schema",
        "requests list",
        "requests show",
        "config check",
        "config show",
        "sandbox-provider",
        "migrate",
        "backup",
        "restore",
        "export installation",
        "import",
        "simulate",
        "lab run",
        "lab show",
        "lab adopt",
    ];
    for command in commands {
        let output = Command::new(env!("CARGO_BIN_EXE_earnest"))
            .args(command.split_whitespace())
            .arg("--help")
            .output();
        let output = output.unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && help.contains("Example"),
            "`{command} --help` has no example:\n{help}"
        );
        assert_eq!(banned_in(&help), Vec::<&str>::new(), "in `{command} --help`");
    }
}

#[test]
fn nothing_is_left_for_later_without_an_issue() {
    let (fix, later) = (concat!("FIX", "ME"), concat!("TO", "DO"));
    let mut found = Vec::new();
    for (path, text) in with_extension(&["rs", "html", "css", "js", "mjs", "toml", "sh"]) {
        for (line, words) in (1..).zip(text.lines()) {
            let open = has_word(words, &later.to_lowercase()) && !words.contains(&format!("{later}(#"));
            if has_word(words, &fix.to_lowercase()) || (open && words.contains(later)) {
                found.push(format!("{}:{line}", path.display()));
            }
        }
    }
    none(found, "Open work has an issue: write its number in brackets.");
}

#[test]
fn no_test_is_switched_off() {
    let off = concat!("#[ig", "nore");
    let found = with_extension(&["rs"]).into_iter();
    let found = found.filter(|(_, text)| text.contains(off));
    none(
        found.map(|(path, _)| path.display().to_string()),
        "A test that does not run is no test.",
    );
}

#[test]
fn the_architecture_names_what_exists() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    let named = text.split('`').skip(1).step_by(2).filter(|name| {
        let letters = name.chars().all(plain);
        letters && name.contains('/') && !name.starts_with('/')
    });
    let missing = named
        .filter(|name| !root().join(name).exists())
        .map(ToOwned::to_owned);
    none(missing, "ARCHITECTURE.md names paths that do not exist.");
}

#[test]
fn documents_link_to_what_exists() {
    let documents = [
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        "docs/CONTENT.md",
        "bench/README.md",
    ];
    let missing = documents.into_iter().flat_map(|document| {
        let path = root().join(document);
        let text = std::fs::read_to_string(&path).unwrap();
        let links: Vec<String> = text
            .split("](")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
            .collect();
        let folder = path.parent().unwrap().to_owned();
        let local = links
            .into_iter()
            .filter(|link| !link.starts_with("http") && !link.starts_with('#'));
        local
            .filter(move |link| !folder.join(link).exists())
            .map(move |link| format!("{document}: {link}"))
    });
    none(missing, "A document links to a file that does not exist.");
}

#[test]
fn templates_take_no_place_of_a_list() {
    let found = with_extension(&["html", "svg"])
        .into_iter()
        .flat_map(|(path, text)| {
            let parts = text.split("{{").skip(1).chain(text.split("{%").skip(1));
            let expressions: Vec<String> = parts
                .map(|rest| rest.split(['}', '%']).next().unwrap_or_default().to_owned())
                .collect();
            let place = |e: &String| {
                e.split('[')
                    .skip(1)
                    .any(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
            };
            let path = path.display().to_string();
            expressions
                .into_iter()
                .filter(place)
                .map(move |e| format!("{path}: {e}"))
        });
    none(
        found,
        "A template that takes a place of a list panics where the list is shorter: loop over it.",
    );
}

#[test]
fn arrows_point_down() {
    let metadata = metadata();
    let mut found = Vec::new();
    for package in own(&metadata) {
        let name = text(&package["name"]);
        let allowed = ARROWS.iter().find(|(from, _)| *from == name).map(|(_, to)| *to);
        let Some(allowed) = allowed else {
            found.push(format!("{name} is a new crate: add it here, with an ADR"));
            continue;
        };
        let used = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(&one["name"]));
        let wrong = used.filter(|one| one.starts_with("earnest") && !allowed.contains(one));
        found.extend(wrong.map(|one| format!("{name} must not use {one}")));
    }
    none(
        found,
        "Arrows point down: earnest, web, app, store, then hire and compare.",
    );
}

#[test]
fn every_crate_takes_the_lints() {
    let manifests = with_extension(&["toml"])
        .into_iter()
        .filter(|(path, _)| path.ends_with("Cargo.toml"));
    let without = manifests.filter(|(path, text)| {
        path.starts_with("crates") && !text.replace(' ', "").contains("[lints]\nworkspace=true")
    });
    none(
        without.map(|(path, _)| path.display().to_string()),
        "Add `[lints] workspace = true`.",
    );
}

#[test]
fn licences_are_allowed() {
    let deny: toml::Table = std::fs::read_to_string(root().join("deny.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let allowed: BTreeSet<&str> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let wrong = packages
        .iter()
        .filter(|package| !permits(text(&package["license"]), &allowed));
    let told = wrong.map(|package| format!("{} {}", package["name"], package["license"]));
    none(
        told,
        "These licences are not in deny.toml; choose another crate, or add the licence with a reason.",
    );
}

/// Whether an SPDX expression can be met with the allowed licences. `OR` binds weaker than `AND`; brackets are
/// taken innermost first.
fn permits(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let mut expression = expression.replace('/', " OR ");
    while let Some(close) = expression.find(')') {
        let open = expression[..close].rfind('(').unwrap();
        let met = permits(&expression[open + 1..close], allowed);
        expression.replace_range(open..=close, if met { "met" } else { "unmet" });
    }
    expression.split(" OR ").any(|choice| {
        choice
            .split(" AND ")
            .map(str::trim)
            .all(|one| one == "met" || allowed.contains(one))
    })
}

#[test]
fn nothing_new_is_in_the_build_twice() {
    let metadata = metadata();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        versions
            .entry(text(&package["name"]))
            .or_default()
            .insert(text(&package["version"]));
    }
    let twice = versions
        .iter()
        .filter(|(name, versions)| versions.len() > 1 && !KNOWN_TWICE.contains(name));
    let told = twice.map(|(name, versions)| format!("{name} {versions:?}"));
    none(
        told,
        "Two versions of a crate: align them, or add it to KNOWN_TWICE with a reason in the commit.",
    );
}

#[test]
fn dependencies_are_used() {
    let metadata = metadata();
    let mut found = Vec::new();
    for package in own(&metadata) {
        let directory = Path::new(text(&package["manifest_path"])).parent().unwrap();
        let code: String = walk(directory)
            .into_iter()
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "rs" || extension == "html")
            })
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        // a crate that has only been laid out uses nothing yet
        if code.lines().count() < 20 {
            continue;
        }
        let names = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(&one["name"]));
        let unused =
            names.filter(|name| !name.starts_with("earnest") && !code.contains(&name.replace('-', "_")));
        found.extend(unused.map(|name| format!("{} does not use {name}", text(&package["name"]))));
    }
    none(found, "A dependency enters when its first use does.");
}

#[test]
fn templates_need_no_exception_from_the_policy() {
    let mut found = Vec::new();
    for (path, text) in with_extension(&["html"]) {
        let lower = text.to_lowercase();
        let scripts = lower
            .split("<script")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap_or_default());
        let inline = scripts
            .filter(|tag| {
                !tag.contains("src=")
                    && !tag.contains("application/json")
                    && !tag.contains("application/ld+json")
            })
            .count();
        let handler = lower.split_whitespace().any(|word| {
            let name = word.split('=').next().unwrap_or_default();
            word.contains('=')
                && name.starts_with("on")
                && name.len() > 4
                && name.chars().all(|letter| letter.is_ascii_alphabetic())
        });
        if inline > 0
            || handler
            || lower.contains(" style=")
            || lower.contains("<style")
            || lower.contains("javascript:")
        {
            found.push(path.display().to_string());
        }
    }
    none(
        found,
        "The policy of the site refuses inline style and script: use a class, an attribute, a file.",
    );
}

#[test]
fn nothing_names_the_place_it_was_made_at() {
    let places = [
        concat!("/wo", "rk/"),
        concat!("/sha", "red/"),
        concat!("/tm", "p/"),
        concat!("/ro", "ot/"),
        concat!("registry.npm", "js.org"),
        concat!("index.crates", ".io"),
        concat!("static.crates", ".io"),
        concat!("files.python", "hosted.org"),
    ];
    let mut found = Vec::new();
    for path in files().into_iter().filter(|path| !path.ends_with("Cargo.lock")) {
        let text = String::from_utf8_lossy(&std::fs::read(root().join(&path)).unwrap()).into_owned();
        let named = places.iter().filter(|place| text.contains(**place));
        found.extend(named.map(|place| format!("{}: {place}", path.display())));
    }
    none(
        found,
        "Committed files name no machine and no host that packages come from.",
    );
}

#[test]
fn every_planted_bug_has_its_place() {
    let lost = with_extension(&["canary"]).into_iter().filter(|(_, text)| {
        !text.split("file: ").skip(1).all(|part| {
            let (file, rest) = part.split_once('\n').unwrap();
            let code = std::fs::read_to_string(root().join(file)).unwrap();
            let mut places = rest.split("--- find\n").skip(1);
            places.all(|place| code.matches(place.split("\n--- replace").next().unwrap()).count() == 1)
        })
    });
    none(
        lost.map(|(path, _)| path.display().to_string()),
        "bring the text to find up to date",
    );
}
