mod found;

use super::*;

fn options() -> Options {
    Options {
        steps: 80,
        faults: Faults::all(),
    }
}

#[test]
fn histories_hold() {
    let (options, mut coverage, mut tally) = (options(), Coverage::new(), Tally::default());
    for seed in 0..2_000 {
        match run(seed, &options, &mut coverage) {
            Ok(more) => tally.add(&more),
            Err(failure) => panic!("{}", shrink(&failure)),
        }
    }
    println!("{tally:?}\n{}", coverage.table(options.faults.each()));
}

#[test]
fn survey() {
    let (options, mut coverage, mut tally) = (options(), Coverage::new(), Tally::default());
    let mut found: std::collections::BTreeMap<String, (u32, Failure)> = std::collections::BTreeMap::new();
    let began = std::time::Instant::now();
    for seed in 0..40_000 {
        match run(seed, &options, &mut coverage) {
            Ok(more) => tally.add(&more),
            Err(failure) => {
                let key: String = format!("{} {}", failure.violation.invariant, failure.violation.what)
                    .chars()
                    .filter(|c| !c.is_ascii_digit())
                    .map(|c| if c == '_' { ' ' } else { c })
                    .collect();
                let key: Vec<&str> = key.split_whitespace().filter(|w| w.len() < 16).collect();
                let key = key.join(" ");
                let entry = found.entry(key).or_insert_with(|| (0, shrink(&failure)));
                entry.0 += 1;
            }
        }
    }
    for (key, (count, failure)) in &found {
        println!("=== {count} {key}\n{failure}");
    }
    println!(
        "{:?} {tally:?}\n{}",
        began.elapsed(),
        coverage.table(options.faults.each())
    );
}
