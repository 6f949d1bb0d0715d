//! What runs and what is left, on the standard error: one line that is written over at a terminal, a line each elsewhere.
#![expect(clippy::print_stderr, reason = "a command line prints")]

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Counts turns.
pub(super) struct Progress {
    all: usize,
    done: usize,
    began: Instant,
    terminal: bool,
}

impl Progress {
    /// Of so many turns.
    pub(super) fn of(all: usize) -> Self {
        Self {
            all,
            done: 0,
            began: Instant::now(),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Says what is being measured now.
    pub(super) fn turn(&self, what: &str) {
        let left = left(self.all, self.done, self.began.elapsed());
        let line = format!("[{}/{}] {what}{left}", self.done + 1, self.all);
        if self.terminal {
            eprint!("\r\x1b[2K{line}");
            // what cannot be shown now is shown with the next line
            drop(std::io::stderr().flush());
        } else {
            eprintln!("{line}");
        }
    }

    /// One more is done.
    pub(super) fn done(&mut self) {
        self.done += 1;
    }

    /// So many will never come.
    pub(super) fn fewer(&mut self, by: usize) {
        self.all = self.all.saturating_sub(by);
    }

    /// Says something that stays.
    pub(super) fn say(&self, what: &str) {
        let over = if self.terminal { "\r\x1b[2K" } else { "" };
        eprintln!("{over}{what}");
    }
}

/// ", about 4 min left", from how long the turns so far have taken.
pub(super) fn left(all: usize, done: usize, took: Duration) -> String {
    let (Ok(all), Ok(done)) = (u32::try_from(all), u32::try_from(done)) else {
        return String::new();
    };
    if done == 0 {
        return String::new();
    }
    let left = took.saturating_mul(all.saturating_sub(done)) / done;
    match left.as_secs() {
        seconds @ 0..=90 => format!(", about {seconds} s left"),
        seconds => format!(", about {} min left", seconds.div_ceil(60)),
    }
}
