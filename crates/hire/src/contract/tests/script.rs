//! Runs scenarios. A line is `who what … -> state account +1.00 …` or `… -> refused: code`; what it moves must be named
//! whole, so a line without accounts moves nothing. `== title | settings` begins a scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::world::World;

/// What the scenarios of a text have shown.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) rows: BTreeSet<&'static str>,
    pub(super) codes: BTreeSet<&'static str>,
    pub(super) commands: BTreeSet<&'static str>,
    pub(super) follows: BTreeSet<String>,
}

/// Runs all scenarios of a text and fails with every line that came out otherwise.
pub(super) fn run(text: &str) -> Seen {
    let mut seen = Seen::default();
    let mut wrong = String::new();
    let mut world: Option<World> = None;
    let mut title = "";
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if let Some(head) = line.strip_prefix("==") {
            let (name, settings) = head.split_once('|').unwrap_or((head, ""));
            title = name.trim();
            world = Some(World::new(settings.trim()));
            continue;
        }
        let world = world.as_mut().expect("a scenario begins with ==");
        let (asked, expected) = line.split_once("->").unwrap_or((line, ""));
        let (asked, expected) = (asked.trim(), expected.trim());
        let outcome = step(world, asked, &mut seen);
        if !outcome.fits(expected) {
            let line = format!("{number} ({title}) {asked}");
            writeln!(wrong, "{line}\n    expected: {expected}\n    found:    {outcome}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    seen
}

/// What came of one line.
enum Outcome {
    Refused(&'static str),
    Done {
        state: &'static str,
        standing: &'static str,
        until: String,
        moved: BTreeMap<&'static str, String>,
    },
}

impl Outcome {
    /// Everything expected is so, and nothing moved that was not expected.
    fn fits(&self, expected: &str) -> bool {
        let (state, standing, until, moved) = match self {
            Self::Refused(code) => return expected.strip_prefix("refused:").map(str::trim) == Some(*code),
            Self::Done {
                state,
                standing,
                until,
                moved,
            } => (state, standing, until, moved),
        };
        let mut left: BTreeMap<&str, &str> = moved.iter().map(|(name, sum)| (*name, sum.as_str())).collect();
        let mut words = expected.split_whitespace();
        while let Some(word) = words.next() {
            let right = match word {
                "contract" => words.next() == Some(standing),
                "until" => words.next() == Some(until),
                account if moved.contains_key(account) => left.remove(account) == words.next(),
                other => other == *state,
            };
            if !right {
                return false;
            }
        }
        left.is_empty()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "refused: {code}"),
            Self::Done {
                state,
                standing,
                until,
                moved,
            } => {
                write!(f, "{state}")?;
                for (name, sum) in moved {
                    write!(f, "  {name} {sum}")?;
                }
                write!(f, "  (contract {standing}, until {until})")
            }
        }
    }
}

fn step(world: &mut World, asked: &str, seen: &mut Seen) -> Outcome {
    let before = world.sums();
    let answer = world.act(asked);
    seen.rows.append(&mut world.rows);
    seen.commands.append(&mut world.commands);
    seen.follows.append(&mut world.follows);
    if let Err(refusal) = answer {
        seen.codes.insert(refusal.code());
        assert_eq!(world.sums(), before, "{asked}: a refusal moves nothing");
        return Outcome::Refused(refusal.code());
    }
    let after = world.sums();
    let mut moved = BTreeMap::new();
    for name in after.keys() {
        let change = after.get(name).unwrap_or(&0) - before.get(name).unwrap_or(&0);
        if change != 0 {
            moved.insert(*name, world.signed(change));
        }
    }
    Outcome::Done {
        state: world.state(),
        standing: world.contract.standing.name(),
        until: world.until(),
        moved,
    }
}
