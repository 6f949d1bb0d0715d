//! The machine of contracts, told as scenarios in text. See `tests/world.rs` for the words of a line.

mod coverage;
mod figures;
mod narrow;
mod random;
mod rules;
mod script;
mod sound;
mod words;
mod world;

use self::script::run;

macro_rules! scenarios {
    ($($name:ident,)*) => {
        $(#[test]
        fn $name() {
            run(include_str!(concat!("tests/scenarios/", stringify!($name), ".txt")));
        })*

        /// All of them, for what must be covered as a whole.
        const ALL: &[&str] = &[$(include_str!(concat!("tests/scenarios/", stringify!($name), ".txt"))),*];
    };
}

scenarios! {
    signing, funding, work, silence, money, disputes, chargebacks, clocks, currencies,
}
