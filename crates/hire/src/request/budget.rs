//! Reading a budget out of one line of text.

use serde::Serialize;

use crate::money::{AmountFault, Currency, Minor};

/// Above this (ten thousand million major units with two decimals) it is a slip of the finger.
const MOST: Minor = Minor(1_000_000_000_000);

/// What may be spent, from one sum to another; both are the same where the person named one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// The lower sum, above zero.
    #[serde(rename = "from_minor")]
    pub from: Minor,
    /// The upper sum, not below the lower one.
    #[serde(rename = "to_minor")]
    pub to: Minor,
    /// What both are counted in.
    pub currency: Currency,
}

/// Why a line is no budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BudgetFault {
    Unclear,
    OtherCurrency,
    Zero,
    Reversed,
    TooLarge,
}

impl Budget {
    /// Reads `25,000`, `10,000-25,000`, `USD 10,000 to 25,000`, `$25,000`.
    pub(super) fn read(text: &str, currency: Currency) -> Result<Self, BudgetFault> {
        let text = text.replace(['\u{2013}', '\u{2014}'], "-").replace(" to ", "-");
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        let from = amount(first, currency)?;
        let to = amount(last, currency)?;
        if from.0 == 0 || to.0 == 0 {
            Err(BudgetFault::Zero)
        } else if from > to {
            Err(BudgetFault::Reversed)
        } else if to > MOST {
            Err(BudgetFault::TooLarge)
        } else {
            Ok(Self { from, to, currency })
        }
    }

    /// `$25,000.00` or `$10,000.00 to $25,000.00`, as people read it.
    pub fn words(&self) -> String {
        self.written(Currency::sum)
    }

    /// `USD 25,000` or `USD 10,000 to USD 25,000`, which a draft takes again.
    pub fn write(&self) -> String {
        self.written(Currency::write)
    }

    fn written(&self, sum: impl Fn(Currency, Minor) -> String) -> String {
        let from = sum(self.currency, self.from);
        if self.from == self.to {
            from
        } else {
            format!("{from} to {}", sum(self.currency, self.to))
        }
    }
}

fn amount(text: &str, currency: Currency) -> Result<Minor, BudgetFault> {
    let text = text.trim();
    let sum = text.trim_matches(|c: char| !c.is_ascii_digit());
    let (before, after) = text
        .split_once(sum)
        .filter(|_| !sum.is_empty())
        .ok_or(BudgetFault::Unclear)?;
    let (before, after) = (before.trim(), after.trim());
    let ((mark, "") | ("", mark)) = (before, after) else {
        return Err(BudgetFault::Unclear);
    };
    if !mark.is_empty() && !means(mark, currency)? {
        return Err(BudgetFault::OtherCurrency);
    }
    currency.read(sum).map_err(|fault| match fault {
        AmountFault::Unclear => BudgetFault::Unclear,
        AmountFault::TooLarge => BudgetFault::TooLarge,
    })
}

/// Whether a code or sign beside a sum means the currency; anything else there makes the sum unclear.
fn means(mark: &str, currency: Currency) -> Result<bool, BudgetFault> {
    let code = currency.code();
    let dollars = ["USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD"];
    match mark {
        "$" => Ok(dollars.contains(&code)),
        "€" => Ok(code == "EUR"),
        "£" => Ok(code == "GBP"),
        "¥" => Ok(matches!(code, "JPY" | "CNY")),
        _ if mark.len() == 3 && mark.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(mark.eq_ignore_ascii_case(code))
        }
        _ => Err(BudgetFault::Unclear),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(i64, i64), BudgetFault> {
        Budget::read(text, Currency::USD).map(|budget| (budget.from.0, budget.to.0))
    }

    #[test]
    fn one_sum_or_two_with_or_without_the_currency() {
        for text in [
            "25,000",
            "25000",
            "$25,000",
            "25,000 USD",
            "usd 25000.00",
            "25 000 $",
        ] {
            assert_eq!(read(text), Ok((2_500_000, 2_500_000)), "{text}");
        }
        for text in [
            "10,000-25,000",
            "10,000 \u{2013} 25,000",
            "USD 10000 to 25000 USD",
            "$10,000 - $25,000",
        ] {
            assert_eq!(read(text), Ok((1_000_000, 2_500_000)), "{text}");
        }
    }

    #[test]
    fn each_fault_has_its_own_name() {
        for text in [
            "",
            "-",
            "about 25,000",
            "25k",
            "10-20-30",
            "25.000",
            "-5",
            "USD",
            "$ 25 $",
            "up to",
            "1 or 2",
        ] {
            assert_eq!(read(text), Err(BudgetFault::Unclear), "{text}");
        }
        assert_eq!(read("EUR 25,000"), Err(BudgetFault::OtherCurrency));
        assert_eq!(read("€25,000"), Err(BudgetFault::OtherCurrency));
        assert_eq!(read("0"), Err(BudgetFault::Zero));
        assert_eq!(read("25,000-10,000"), Err(BudgetFault::Reversed));
        assert_eq!(read("10000000001"), Err(BudgetFault::TooLarge));
        assert_eq!(read("99999999999999999999"), Err(BudgetFault::TooLarge));
    }

    proptest! {
        #[test]
        fn a_written_budget_is_read_back(from in 1..=MOST.0, more in 0..MOST.0) {
            let to = Minor((from + more).min(MOST.0));
            let budget = Budget { from: Minor(from), to, currency: Currency::USD };
            prop_assert_eq!(Budget::read(&budget.write(), Currency::USD), Ok(budget));
        }

        #[test]
        fn no_line_makes_a_senseless_budget(text in "\\PC{0,30}") {
            if let Ok((from, to)) = read(&text) {
                prop_assert!(0 < from && from <= to && to <= MOST.0);
            }
        }
    }
}
