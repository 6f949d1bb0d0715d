use super::*;
use proptest::prelude::*;

fn of(values: &[f64]) -> Repeats {
    Repeats::of(values).unwrap()
}

/// C26: five repeats give the median and, at 93.75 %, the lowest and the highest.
#[test]
fn five_repeats_span_from_lowest_to_highest() {
    let found = of(&[30.0, 10.0, 20.0, 50.0, 40.0]);
    assert_eq!(
        (found.median, found.low, found.high, found.count),
        (30.0, 10.0, 50.0, 5)
    );
    assert!((found.coverage - 0.9375).abs() < 1e-12);
}

/// The ranks of the published table for the median: n = 8 takes the extremes at 99.2 %, n = 9 the second values at
/// 96.1 %, n = 15 the fourth at 96.5 %, n = 20 the sixth at 95.9 %.
#[test]
fn more_repeats_leave_the_extremes_out() {
    for (count, rank, coverage) in [
        (8, 1, 0.992_2),
        (9, 2, 0.960_9),
        (15, 4, 0.964_8),
        (20, 6, 0.958_6),
    ] {
        let values: Vec<f64> = (1..=count).map(f64::from).collect();
        let found = of(&values);
        assert!((found.low - f64::from(rank)).abs() < 1e-12, "{count}");
        assert!(
            (found.high - f64::from(count + 1 - rank)).abs() < 1e-12,
            "{count}"
        );
        assert!(
            (found.coverage - coverage).abs() < 1e-4,
            "{count}: {}",
            found.coverage
        );
    }
    assert!((of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).median - 3.5).abs() < 1e-12);
}

#[test]
fn too_few_or_impossible_values_are_no_measurement() {
    assert_eq!(Repeats::of(&[]), None);
    assert_eq!(Repeats::of(&[1.0, 2.0, 3.0, 4.0]), None);
    for wrong in [f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(Repeats::of(&[1.0, 2.0, 3.0, 4.0, wrong]), None);
    }
}

/// C26: overlapping intervals, even in one point, are no difference.
#[test]
fn overlapping_intervals_are_no_difference() {
    let low = of(&[10.0, 11.0, 12.0, 13.0, 14.0]);
    let touching = of(&[14.0, 20.0, 24.0, 25.0, 26.0]);
    let high = of(&[15.0, 20.0, 24.0, 25.0, 26.0]);
    assert_eq!(low.against(&touching), Difference::None);
    assert_eq!(low.against(&high), Difference::Lower(2.0));
    assert_eq!(high.against(&low), Difference::Higher(2.0));
    assert_eq!(low.against(&low), Difference::None);
}

/// Numbers are shown no more precisely than their intervals allow.
#[test]
fn what_is_shown_has_no_more_digits_than_its_interval() {
    let shown = |values: &[f64]| {
        let shown = of(values).shown();
        (shown.low, shown.median, shown.high)
    };
    assert_eq!(
        shown(&[6712.3, 6845.25, 6901.0, 6990.7, 6850.0]),
        (6700.0, 6900.0, 7000.0)
    );
    assert_eq!(shown(&[0.972, 1.003, 1.0, 1.011, 0.99]), (0.97, 1.0, 1.02));
    assert_eq!(shown(&[19_461.7; 5]), (19_400.0, 19_500.0, 19_500.0));
    assert_eq!(shown(&[0.0; 5]), (0.0, 0.0, 0.0));
    assert_eq!(
        shown(&[310.0, 1280.0, 1050.0, 4120.0, 960.0]),
        (300.0, 1100.0, 4200.0)
    );
}

proptest! {
    /// Rounding takes nothing out of an interval.
    #[test]
    fn what_is_shown_holds_what_was_measured(values in prop::collection::vec(0.0..1e6_f64, 5..20)) {
        let (found, shown) = (of(&values), of(&values).shown());
        prop_assert!(shown.low <= found.low + 1e-9 && found.high <= shown.high + 1e-9);
        prop_assert!(shown.low <= shown.median && shown.median <= shown.high);
    }

    #[test]
    fn the_median_lies_in_its_interval(values in prop::collection::vec(0.0..1e6_f64, 5..60)) {
        let found = of(&values);
        prop_assert!(found.low <= found.median && found.median <= found.high);
        prop_assert!(found.coverage >= 0.9375 - 1e-12 && found.coverage < 1.0);
    }

    /// The order in which values came does not matter, and scaling all scales all.
    #[test]
    fn order_is_nothing_and_scale_is_scale(mut values in prop::collection::vec(0.0..1e6_f64, 5..40), by in 0.5..8.0_f64) {
        let before = of(&values);
        values.reverse();
        prop_assert_eq!(before, of(&values));
        let scaled: Vec<f64> = values.iter().map(|v| v * by).collect();
        let after = of(&scaled);
        prop_assert!((after.median - before.median * by).abs() <= 1e-9 * after.median.max(1.0));
        prop_assert!((after.low - before.low * by).abs() <= 1e-9 * after.low.max(1.0));
    }

    /// What one says of the other, the other says of it the other way round.
    #[test]
    fn a_difference_has_two_sides(
        a in prop::collection::vec(1.0..1e3_f64, 5..12),
        b in prop::collection::vec(1.0..1e3_f64, 5..12),
    ) {
        let (a, b) = (of(&a), of(&b));
        match (a.against(&b), b.against(&a)) {
            (Difference::None, Difference::None) => prop_assert!(a.low <= b.high && b.low <= a.high),
            (Difference::Higher(by), Difference::Lower(other)) | (Difference::Lower(other), Difference::Higher(by)) => {
                prop_assert!((by - other).abs() <= 1e-12 * by);
                prop_assert!(by > 1.0);
            }
            (one, other) => prop_assert!(false, "{:?} and {:?}", one, other),
        }
    }

    /// The interval holds the true median about as often as it says: here at least so often that luck explains the rest.
    #[test]
    fn the_interval_covers_as_often_as_it_says(seed in any::<u64>()) {
        let mut state = seed | 1;
        let mut draw = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
        };
        let holds = (0..400)
            .filter(|_| {
                let values: Vec<f64> = (0..5).map(|_| draw()).collect();
                let found = of(&values);
                found.low <= 0.5 && 0.5 <= found.high
            })
            .count();
        // 375 expected, standard deviation 4.8
        prop_assert!((345..=399).contains(&holds), "{holds}");
    }
}
