//! Every kept input, and mutations of them: the same ones in every run.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;

/// Mutations of each target; `./fuzz` makes millions.
const MUTATIONS: u32 = 300;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fuzz/corpus")
        .join(target)
}

fn kept(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder(target))
        .unwrap_or_else(|error| panic!("{target} has no corpus: {error}"))
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    files
        .into_iter()
        .map(|file| (name(&file), fs::read(&file).unwrap()))
        .collect()
}

/// One change of an input.
#[derive(Debug, Clone)]
enum Change {
    Put(u16, u8),
    Insert(u16, &'static [u8]),
    Cut(u16, u16),
    Repeat(u16, u16),
    Mix(u16, u16),
}

const WORDS: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b"\"",
    b"<",
    b">",
    b"&",
    b"'",
    b"%",
    b".",
    b",",
    b";",
    b"-",
    b"[",
    b"]",
    b"{",
    b"}",
    b"(",
    b")",
    b"\\",
    b"0",
    b"9223372036854775807",
    b"-1",
    b"1e999",
    b"null",
    b"\xFF",
    b"\xE2\x80\xAE",
    b"javascript:",
    b"https://",
    b"127.0.0.1",
    b"[::ffff:10.0.0.1]",
    b"--x\r\n",
    b"filename=",
    b"v1,",
    b"__proto__",
    b"\xEF\xBB\xBF",
];

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (any::<u16>(), proptest::sample::select(WORDS)).prop_map(|(at, word)| Change::Insert(at, word)),
        (any::<u16>(), 0_u16..40).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<u16>(), 0_u16..40).prop_map(|(at, length)| Change::Repeat(at, length)),
        (any::<u16>(), any::<u16>()).prop_map(|(at, other)| Change::Mix(at, other)),
    ]
}

fn changed(mut input: Vec<u8>, changes: &[Change], all: &[(String, Vec<u8>)]) -> Vec<u8> {
    for change in changes {
        let at = |at: u16| usize::from(at) % (input.len() + 1);
        match *change {
            Change::Put(place, byte) => {
                let place = at(place);
                if let Some(old) = input.get_mut(place) {
                    *old = byte;
                }
            }
            Change::Insert(place, word) => {
                let place = at(place);
                input.splice(place..place, word.iter().copied());
            }
            Change::Cut(place, length) => {
                let from = at(place);
                let to = (from + usize::from(length)).min(input.len());
                input.drain(from..to);
            }
            Change::Repeat(place, length) => {
                let from = at(place);
                let to = (from + usize::from(length)).min(input.len());
                let part = input[from..to].to_vec();
                input.splice(from..from, part);
            }
            Change::Mix(place, other) => {
                let from = at(place);
                let (_, other) = &all[usize::from(other) % all.len()];
                input.truncate(from);
                input.extend_from_slice(&other[from.min(other.len())..]);
            }
        }
    }
    input
}

fn try_all(name: &'static str) {
    let all = kept(name);
    assert!(all.len() >= 3, "{name} has a corpus of {}", all.len());
    for (file, input) in &all {
        eprintln!("tests/fuzz/corpus/{name}/{file}");
        run(name, input);
    }
    let config = Config {
        cases: MUTATIONS,
        rng_seed: RngSeed::Fixed(20_261_126),
        failure_persistence: None,
        ..Config::default()
    };
    let inputs = (0..all.len(), vec(change(), 1..6));
    let tried = TestRunner::new(config).run(&inputs, |(place, changes)| {
        run(name, &changed(all[place].1.clone(), &changes, &all));
        Ok(())
    });
    tried.unwrap();
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { try_all(stringify!($name)); })*

        #[test]
        fn every_target_is_tried_here_and_by_the_fuzzer() {
            let tried = [$(stringify!($name)),*];
            let all: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(tried.as_slice(), all);
            for name in all {
                let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/fuzz/fuzz_targets/{name}.rs"));
                let text = fs::read_to_string(file).unwrap();
                assert!(text.contains(&format!("\"{name}\"")), "{text}");
            }
        }
    };
}

targets!(
    address,
    bank_statement,
    cursor,
    experts_table,
    idempotency_key,
    json_body,
    markdown,
    money,
    multipart,
    signature,
    state,
    weights,
);
