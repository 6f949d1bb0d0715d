//! The keys about fees and what contracts say beside them.

use earnest_hire::contract::{Liability, Terms};
use earnest_hire::fee::FeeRule;
use earnest_hire::money::{Currency, Minor, Money};

use super::sources::Sources;

/// Under which terms new contracts are made.
#[derive(Debug, Clone)]
pub(crate) struct NewTerms {
    /// With a client who is new here.
    pub(crate) usual: Terms,
    /// Days until what a known client has paid by card can be paid out.
    pub(crate) known_clearance_days: u16,
}

impl Sources {
    /// Reads every key before giving up on any.
    pub(super) fn terms(&mut self, currency: Option<Currency>) -> Option<NewTerms> {
        let client = (
            self.value("fees.client", share),
            self.value("fees.client_fixed", fixed),
        );
        let expert = (
            self.value("fees.expert", share),
            self.value("fees.expert_fixed", fixed),
        );
        let tax = self.value("fees.tax", share);
        let tax_jurisdiction = self.value("fees.tax_jurisdiction", |text| text.parse().ok());
        let dispute_fee = self.value("fees.dispute", fixed);
        let liability = self.value("terms.liability", liability);
        let of_bank = self.value("terms.clearance_bank", days);
        let known = self.value("terms.clearance_known", days);
        let new = self.value("terms.clearance_new", days);
        // of how many decimals it is meant, a currency that cannot be read does not say
        let above = currency
            .and_then(|currency| self.value("terms.second_operator_above", |text| units(text, currency)));
        let rule = |(share, fixed): (Option<u16>, Option<Minor>)| {
            Some(FeeRule {
                basis_points: share?,
                fixed_minor: fixed?,
                tax_basis_points: tax?,
            })
        };
        Some(NewTerms {
            usual: Terms {
                client_fee: rule(client)?,
                expert_fee: rule(expert)?,
                tax_jurisdiction: tax_jurisdiction?,
                clearance_days: new?,
                bank_clearance_days: Some(of_bank?),
                liability: liability?,
                dispute_fee_minor: dispute_fee?,
                second_operator_above_minor: above?,
            },
            known_clearance_days: known?,
        })
    }
}

/// Hundredths of a percent.
fn share(text: &str) -> Option<u16> {
    text.parse().ok().filter(|share| *share <= 10_000)
}

/// In the smallest unit of the currency.
fn fixed(text: &str) -> Option<Minor> {
    let minor: i64 = text.parse().ok()?;
    (0..=1_000_000_000).contains(&minor).then_some(Minor(minor))
}

fn days(text: &str) -> Option<u16> {
    text.parse().ok().filter(|days| *days <= 30)
}

fn liability(text: &str) -> Option<Liability> {
    match text {
        "operator" => Some(Liability::Operator),
        "expert" => Some(Liability::Expert),
        _ => None,
    }
}

/// Whole units of the currency, in minor units.
pub(super) fn units(text: &str, currency: Currency) -> Option<Minor> {
    let major: i64 = text
        .parse()
        .ok()
        .filter(|major| (0..=1_000_000_000).contains(major))?;
    let minor = (0..currency.exponent()).try_fold(major, |minor, _digit| minor.checked_mul(10))?;
    (minor <= Money::MOST).then_some(Minor(minor))
}
