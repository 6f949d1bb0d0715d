use proptest::prelude::*;

use super::*;

#[test]
fn fees_are_rounded_down_once() {
    let rule = FeeRule {
        basis_points: 1_000,
        fixed_minor: Minor(30),
        tax_basis_points: 1_900,
    };
    let fee = rule.fee(Minor(999)).unwrap();
    assert_eq!((fee, rule.tax(fee).unwrap()), (Minor(129), Minor(24)));
    assert_eq!(FeeRule::of(10_000).fee(Minor(1)).unwrap(), Minor(1));
    assert_eq!(FeeRule::NONE.fee(Minor(i64::MAX)).unwrap(), Minor::ZERO);
}

#[test]
fn figures_no_fee_can_have_are_refused() {
    let negative = FeeRule {
        fixed_minor: Minor(-1),
        ..FeeRule::NONE
    };
    for rule in [FeeRule::of(10_001), negative] {
        assert_eq!(rule.check(), Err(Refusal::TermsUnfit));
    }
}

/// One third, three times: the fee of one full release, in yen, euros and Kuwaiti dinars alike (H8).
#[test]
fn three_thirds_cost_what_the_whole_costs() {
    for (price, basis_points) in [(100, 1_000), (10_001, 1_000), (1_000_003, 333), (7, 9_999)] {
        let whole = FeeRule::of(basis_points).fee(Minor(price)).unwrap();
        let mut line = FeeLine::new(whole);
        let third = price / 3;
        let parts = [third, third + third, price];
        let earned: i64 = parts
            .map(|released| line.earn(Minor(released), Minor(price)).unwrap().0)
            .iter()
            .sum();
        assert_eq!((Minor(earned), line.held()), (whole, Minor::ZERO));
    }
}

proptest! {
    /// Any way of cutting a price into releases and refunds, and of moving parts elsewhere, leaks nothing.
    #[test]
    fn nothing_leaks(price in 1_i64..1_000_000, basis_points in 0_u16..=10_000, cuts in prop::collection::vec((0_u8..3, 1_i64..400_000), 1..20)) {
        let agreed = FeeRule::of(basis_points).fee(Minor(price)).unwrap();
        let (mut line, mut price) = (FeeLine::new(agreed), Minor(price));
        let (mut released, mut refunded, mut moved) = (Minor::ZERO, Minor::ZERO, Minor::ZERO);
        for (kind, wish) in cuts {
            let held = price.less(released).less(refunded);
            let amount = Minor(wish).min(held);
            match kind {
                0 => { released = released.plus(amount).unwrap(); line.earn(released, price).unwrap(); }
                1 => { refunded = refunded.plus(amount).unwrap(); line.give_back(refunded, price).unwrap(); }
                _ if amount < price => {
                    let out = line.split(amount, price).unwrap();
                    moved = moved.plus(out.agreed).unwrap();
                    price = price.minus(amount).unwrap();
                }
                _ => {}
            }
            let parts = total_of(line);
            prop_assert_eq!(parts.plus(moved).unwrap(), agreed);
            prop_assert!(line.earned.0 >= 0 && line.returned.0 >= 0 && line.held().0 >= 0);
        }
        line.give_back_rest().unwrap();
        prop_assert_eq!(line.held(), Minor::ZERO);
    }

    #[test]
    fn the_order_of_partial_releases_does_not_matter(price in 1_i64..1_000_000_000, basis_points in 0_u16..=10_000, at in prop::collection::vec(0_i64..1_000_000_000, 0..8)) {
        let agreed = FeeRule::of(basis_points).fee(Minor(price)).unwrap();
        let mut stops: Vec<i64> = at.into_iter().map(|stop| stop % price).collect();
        stops.sort_unstable();
        stops.push(price);
        let mut line = FeeLine::new(agreed);
        for stop in stops {
            line.earn(Minor(stop), Minor(price)).unwrap();
            prop_assert_eq!(line.earned, agreed.share(Minor(stop), Minor(price)).unwrap());
        }
        prop_assert_eq!(line.earned, agreed);
    }
}

fn total_of(line: FeeLine) -> Minor {
    crate::money::total([line.earned, line.returned, line.withheld, line.held()]).unwrap()
}
