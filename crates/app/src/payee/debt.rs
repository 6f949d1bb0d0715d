//! What somebody owes the operator: each sum with its day and its reason.

use earnest_hire::ids::ContractId;
use earnest_hire::ledger::Side;
use earnest_hire::money::Minor;
use earnest_store::AccountLine;
use jiff::Timestamp;

/// So many lines of the account are looked through. Few people ever have more than one.
pub(super) const LINES: u16 = 200;

/// A part of what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    /// What is left of it.
    pub amount: Minor,
    /// Since when.
    pub at: Timestamp,
    /// From which contract; none where it came of a payout.
    pub contract: Option<ContractId>,
    /// Why.
    pub reason: Reason,
}

/// Why somebody owes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The payer's bank took back what had been paid out.
    Chargeback,
    /// The money of a payment went back to the client twice.
    RefundedTwice,
    /// A payout that had been given up arrived after all.
    PaidOutTwice,
    /// Anything else; the statement has it.
    Other,
}

impl Reason {
    /// For programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chargeback => "chargeback",
            Self::RefundedTwice => "refunded_twice",
            Self::PaidOutTwice => "paid_out_twice",
            Self::Other => "other",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Chargeback => "the payer’s bank took it back for good, after it had left your balance here",
            Self::RefundedTwice => "it went back to you twice",
            Self::PaidOutTwice => "a payout that had been given up arrived after all",
            Self::Other => "as your statement says",
        }
    }
}

/// What is left open of the lines of somebody's debts, the newest first. What was paid since has paid the oldest first. Of a
/// contract whose client they are they owe what came back to them by their bank as well as from here.
pub(super) fn debts(
    lines: &[AccountLine],
    owed: Minor,
    is_client_of: impl Fn(ContractId) -> bool,
) -> Vec<Debt> {
    let mut left = owed;
    let mut open = Vec::new();
    for line in lines.iter().filter(|line| line.side == Side::Debit) {
        if !left.is_positive() {
            break;
        }
        let amount = line.amount.min(left);
        left = left.less(amount);
        let contract = line.chain.parse().ok();
        open.push(Debt {
            amount,
            at: line.at,
            contract,
            reason: match line.kind.as_str() {
                "chargeback_lost" if contract.is_some_and(&is_client_of) => Reason::RefundedTwice,
                "chargeback_lost" => Reason::Chargeback,
                "refund_succeeded" => Reason::RefundedTwice,
                "payout_paid" => Reason::PaidOutTwice,
                _ => Reason::Other,
            },
        });
    }
    open
}

#[cfg(test)]
mod tests {
    use earnest_hire::ids::Ids;

    use super::*;

    #[test]
    fn what_was_paid_since_has_paid_the_oldest_first() {
        let at = |day: i8| jiff::civil::date(2026, 11, day).at(0, 0, 0, 0);
        let at = |day| at(day).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let mut ids = Ids::new(at(1), [1; 16]);
        let (contract, person) = (ids.contract().to_string(), ids.person().to_string());
        let mut line = |day, kind: &str, side, amount, chain: &str| AccountLine {
            entry: ids.entry(),
            no: 1,
            side,
            amount: Minor(amount),
            external_id: None,
            at: at(day),
            kind: kind.to_owned(),
            chain: chain.to_owned(),
        };
        let lines = [
            line(4, "payout_paid", Side::Debit, 300, &person),
            line(3, "payout_sent", Side::Credit, 900, &person),
            line(2, "chargeback_lost", Side::Debit, 500, &contract),
            line(1, "refund_succeeded", Side::Debit, 600, &contract),
        ];
        let told = |owed| -> Vec<(i64, Reason, bool)> {
            let all = debts(&lines, Minor(owed), |_contract| false).into_iter();
            all.map(|one| (one.amount.0, one.reason, one.contract.is_some()))
                .collect()
        };
        assert_eq!(told(0), []);
        assert_eq!(told(200), [(200, Reason::PaidOutTwice, false)]);
        assert_eq!(
            told(500),
            [
                (300, Reason::PaidOutTwice, false),
                (200, Reason::Chargeback, true)
            ]
        );
        assert_eq!(told(801).last(), Some(&(1, Reason::RefundedTwice, true)));
        assert_eq!(debts(&lines, Minor(300), |_contract| false)[0].at, at(4));
        let of_client = debts(&lines, Minor(801), |_contract| true);
        assert!(
            of_client[1..]
                .iter()
                .all(|one| one.reason == Reason::RefundedTwice),
            "{of_client:?}"
        );
    }
}
