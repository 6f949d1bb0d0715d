//! What a hold on the account of a party stops here: to begin something new. What runs goes on, whoever is on hold.

use super::kind::{By, Kind};
use super::step::Step;
use crate::refusal::Refusal;

impl Step<'_> {
    /// Refuses to sign, or to bring the first money into a contract, where whoever does it may begin nothing new.
    pub(super) fn may_begin(&self, by: By) -> Result<(), Refusal> {
        let facts = &self.input.facts;
        let held = match by {
            By::Client => facts.client_on_hold,
            By::Expert => facts.expert_on_hold,
            By::Operator | By::Clock | By::Provider | By::Parties => false,
        };
        if held && !self.runs() {
            Err(Refusal::NewContractsHeld)
        } else {
            Ok(())
        }
    }

    /// Whether money has come into it.
    fn runs(&self) -> bool {
        let begun = |kind| !matches!(kind, Kind::Planned | Kind::Funding | Kind::Canceled);
        self.contract.milestones.iter().any(|one| begun(one.state.kind()))
    }
}
