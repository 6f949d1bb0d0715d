//! How fast the engine is, against the obvious other ways, in one run.
//!
//! Every figure is the median of interleaved repeats, so that a busy machine slows both sides alike. It prints and
//! never fails; `bench/engine.sh` adds the NumPy program. Arguments: the command of that program, if any.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use earnest_compare::matrix::Matrix;
use earnest_compare::method::promethee;
use earnest_compare::method::smaa::chunks::Effort;
use earnest_compare::method::smaa::uniform;
use earnest_compare::problem::{Criterion, Direction, Preference};
use earnest_compare::share::two_option_share;

/// Interleaved repeats of each comparison.
const REPEATS: usize = 9;

fn main() {
    let command: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    exact_share();
    simulation(&command);
    for preference in [Preference::Usual, Preference::Linear { q: 0.1, p: 0.6 }] {
        flows(preference);
    }
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A table of numbers in [0, 1) that look random and are always the same.
fn table(rows: usize, columns: usize) -> Matrix {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap_or(0)) / 4_294_967_296.0
    };
    let rows: Vec<Vec<f64>> = (0..rows)
        .map(|_| (0..columns).map(|_| next()).collect())
        .collect();
    Matrix::from_rows(&rows)
}

/// Exact share of two options on eight criteria; the goal is one microsecond.
fn exact_share() {
    let differences = [1.0, -6.0, 7.0, 1.0, -1.0, 1.0, -0.5, 2.0];
    let calls = 200_000_u32;
    let run =
        || seconds(|| (0..calls).for_each(|_| _ = black_box(two_option_share(black_box(&differences)))));
    let time = median((0..REPEATS).map(|_| run()).collect()) / f64::from(calls);
    println!(
        "exact share, 2 options x 8 criteria: {:.0} ns (goal 1000 ns)",
        time * 1e9
    );
}

/// A million weightings of five options on eight criteria, places and central weights, one thread.
fn simulation(command: &[String]) {
    let values = table(5, 8);
    let effort = Effort {
        draws: 1_000_000,
        seed: 42,
        threads: 1,
    };
    let ours = || seconds(|| _ = black_box(uniform::simulate(black_box(&values), &[1; 5], effort)));
    let mut numpy = Numpy::start(command);
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        own.push(ours());
        other.extend(numpy.as_mut().and_then(Numpy::run));
    }
    let own = median(own);
    print!(
        "simulation, 10^6 weightings of 5 x 8, one thread: {:.1} ms",
        own * 1e3
    );
    if other.is_empty() {
        println!(" (NumPy was not run)");
    } else {
        let other = median(other);
        println!(
            ", NumPy {:.1} ms: {:.1} times faster (goal 3)",
            other * 1e3,
            other / own
        );
    }
}

/// The NumPy program, waiting for a line to run once and answer with its seconds.
struct Numpy {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Numpy {
    fn start(command: &[String]) -> Option<Self> {
        let (program, arguments) = command.split_first()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("OPENBLAS_NUM_THREADS", "1")
            .env("OMP_NUM_THREADS", "1");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let answers = BufReader::new(child.stdout.take()?);
        Some(Self { child, answers })
    }

    fn run(&mut self) -> Option<f64> {
        self.child.stdin.as_mut()?.write_all(b"run\n").ok()?;
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        line.trim().parse().ok()
    }
}

impl Drop for Numpy {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// PROMETHEE II, 1000 options on 20 criteria, against comparing all pairs.
fn flows(preference: Preference) {
    let values = table(1000, 20);
    let criterion = Criterion {
        name: String::new(),
        direction: Direction::Benefit,
        weight: 1.0,
        scale: None,
        preference,
    };
    let (criteria, weights) = (vec![criterion; 20], vec![0.05; 20]);
    let (mut sorted, mut pairs) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        sorted.push(seconds(|| {
            _ = black_box(promethee::flows(black_box(&values), &criteria, &weights));
        }));
        pairs.push(seconds(|| {
            _ = black_box(all_pairs(black_box(&values), preference, &weights));
        }));
    }
    let (sorted, pairs) = (median(sorted), median(pairs));
    let name = if preference == Preference::Usual {
        "usual"
    } else {
        "linear"
    };
    println!(
        "PROMETHEE II, 1000 x 20, {name}: {:.2} ms, all pairs {:.1} ms: {:.0} times faster",
        sorted * 1e3,
        pairs * 1e3,
        pairs / sorted
    );
}

/// Net flows by the definition.
fn all_pairs(values: &Matrix, preference: Preference, weights: &[f64]) -> Vec<f64> {
    let value = |difference: f64| match preference {
        Preference::Linear { q, p } => ((difference - q) / (p - q)).clamp(0.0, 1.0),
        _ => f64::from(u8::from(difference > 0.0)),
    };
    let net = |one: &[f64]| -> f64 {
        let against = |other: &[f64]| -> f64 {
            let pairs = one.iter().zip(other).zip(weights);
            pairs
                .map(|((a, b), weight)| weight * (value(a - b) - value(b - a)))
                .sum()
        };
        values.rows().map(against).sum::<f64>() / 999.0
    };
    values.rows().map(net).collect()
}
