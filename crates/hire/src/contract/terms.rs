//! What the parties sign: fees, periods, liability, and the plan of milestones.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::command::Actor;
use super::payment::Method;
use crate::fee::FeeRule;
use crate::ids::{MilestoneId, PersonId};
use crate::ledger::Name;
use crate::money::{Currency, Minor};
use crate::refusal::Refusal;

/// Who bears a chargeback of money that the expert was paid already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liability {
    /// The operator, if the work was approved on the platform.
    Operator,
    /// The expert, up to the net received; the operator gives its fees back.
    Expert,
}

/// The rules of one contract. They are kept with it until it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What the client pays on top of the price.
    pub client_fee: FeeRule,
    /// What is taken from a release to the expert.
    pub expert_fee: FeeRule,
    /// Where taxes on fees are owed.
    pub tax_jurisdiction: Name,
    /// Days from a release until the expert may have it paid out.
    pub clearance_days: u16,
    /// The same of what came by transfer, which no bank takes back; as the other where nothing else was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_clearance_days: Option<u16>,
    /// Who bears a chargeback after a release.
    pub liability: Liability,
    /// Taken once from what is in dispute when a decision becomes final.
    pub dispute_fee_minor: Minor,
    /// A decision over more than this needs a second operator.
    pub second_operator_above_minor: Minor,
}

impl Default for Terms {
    /// No fee for the client, a tenth for the expert, five days of clearance, the operator liable.
    fn default() -> Self {
        Self {
            client_fee: FeeRule::NONE,
            expert_fee: FeeRule::of(1_000),
            tax_jurisdiction: Name::none(),
            clearance_days: 5,
            bank_clearance_days: None,
            liability: Liability::Operator,
            dispute_fee_minor: Minor::ZERO,
            second_operator_above_minor: Minor(100_000),
        }
    }
}

impl Terms {
    /// Days from a release until the expert may have it paid out, of money that came in one way.
    pub fn clearance(&self, method: Method) -> u16 {
        let of_bank = self.bank_clearance_days.filter(|_days| method == Method::Bank);
        of_bank.unwrap_or(self.clearance_days)
    }

    /// Refuses a price that no milestone may have, or of which the expert's fee would be more than all.
    pub fn bear(&self, price: Minor, currency: Currency) -> Result<(), Refusal> {
        let fee = self.expert_fee.fee(price)?;
        let most = one_major(currency).saturating_mul(1_000_000);
        if price.0 > most || fee.plus(self.expert_fee.tax(fee)?)? > price {
            Err(Refusal::TermsUnfit)
        } else {
            Ok(())
        }
    }
}

/// One major unit in minor units.
fn one_major(currency: Currency) -> i64 {
    10_i64.checked_pow(currency.exponent()).unwrap_or(1)
}

/// One milestone as agreed. Changes by amendment alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What it is called.
    pub title: String,
    /// What the client gets.
    pub deliverable: String,
    /// What must be true of it: the only ground for asking for changes.
    pub acceptance: Vec<String>,
    /// What it costs, without the client's fee.
    pub price_minor: Minor,
    /// The day by whose end in UTC it is due.
    pub due_on: Date,
    /// Days the client has to look at each version.
    pub inspection_days: u16,
    /// How often the client may ask for changes.
    pub rounds: u16,
    /// Days the expert has for changes.
    pub revision_days: u16,
}

/// What both parties sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Version of the process, kept until the contract ends.
    pub process: u16,
    /// Who pays.
    pub client: PersonId,
    /// Who works.
    pub expert: PersonId,
    /// Of every sum in the contract.
    pub currency: Currency,
    /// Fees, periods, liability.
    pub terms: Terms,
    /// What is to be done, in order.
    pub milestones: Vec<(MilestoneId, Plan)>,
}

impl Offer {
    /// SHA-256 of the offer in its one canonical spelling, in lower-case hexadecimal. Both parties sign this.
    pub fn sha256(&self) -> Result<String, Refusal> {
        let text = serde_json::to_string(self).or(Err(Refusal::PlanUnfit))?;
        Ok(crate::hex(&Sha256::digest(text)))
    }

    /// Refuses whoever may not make a contract of it: a party begins it, or an operator who is none.
    pub fn may_be_begun(&self, by: &Actor) -> Result<(), Refusal> {
        let party = |id: &PersonId| *id == self.client || *id == self.expert;
        match by {
            Actor::Operator { id } if party(id) => Err(Refusal::OperatorIsParty),
            Actor::Person { id } if party(id) => Ok(()),
            Actor::Operator { .. } => Ok(()),
            Actor::Person { .. } | Actor::Clock | Actor::Provider { .. } => Err(Refusal::NotParty),
        }
    }

    /// Refuses prices, fees, periods and lists that no contract can have.
    pub fn check(&self) -> Result<(), Refusal> {
        if super::rows_of(self.process).is_none() {
            return Err(Refusal::UnknownProcess);
        }
        self.terms.client_fee.check()?;
        self.terms.expert_fee.check()?;
        let major = one_major(self.currency);
        let most = major.saturating_mul(1_000_000);
        let fits = |(_, plan): &(MilestoneId, Plan)| plan.fits(major, most);
        let mut ids: Vec<MilestoneId> = self.milestones.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let whole = self.client != self.expert
            && ids.len() == self.milestones.len()
            && (1..=50).contains(&self.milestones.len())
            && self.milestones.iter().all(fits)
            && self.terms.clearance_days <= 30
            && self.terms.bank_clearance_days.is_none_or(|days| days <= 30)
            && self.terms.dispute_fee_minor >= Minor::ZERO
            && self.terms.second_operator_above_minor >= Minor::ZERO;
        if !whole {
            return Err(Refusal::TermsUnfit);
        }
        for (_, plan) in &self.milestones {
            self.terms.bear(plan.price_minor, self.currency)?;
        }
        Ok(())
    }
}

impl Plan {
    fn fits(&self, least: i64, most: i64) -> bool {
        let text = |text: &str, most: usize| {
            let length = text.chars().count();
            (1..=most).contains(&length) && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        };
        text(&self.title, 200)
            && text(&self.deliverable, 5_000)
            && (1..=30).contains(&self.acceptance.len())
            && self.acceptance.iter().all(|item| text(item, 500))
            && (least..=most).contains(&self.price_minor.0)
            && (2..=30).contains(&self.inspection_days)
            && self.rounds <= 20
            && (1..=60).contains(&self.revision_days)
    }
}
