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
