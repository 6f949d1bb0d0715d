//! What a lost chargeback costs, and whom; and refunds that came back.

use super::{Model, Slot, Told, floor_share};
use crate::contract::{Liability, RefundState};
use crate::ids::{MilestoneId, PaymentId};
use crate::money::Minor;
use crate::refusal::Refusal;

impl Model {
    /// What the client owes because it went back twice is met first.
    pub(super) fn came_back(&mut self, refund: &crate::contract::Refund) -> Result<(), Refusal> {
        let (amount, payment) = (refund.amount_minor, refund.payment);
        if refund.state == RefundState::PaidTwice {
            self.add(Slot::Custody, amount);
            self.take(Slot::OwedByClient, amount);
            return Ok(());
        }
        if refund.state != RefundState::Succeeded {
            self.take(Slot::Transit, amount);
            return self.fill_funds(payment, amount);
        }
        self.add(Slot::Custody, amount);
        let owed = self.twice.entry(payment).or_default();
        let repaid = (*owed).min(amount);
        *owed = owed.minus(repaid)?;
        self.take(Slot::OwedByClient, repaid);
        self.fill_funds(payment, amount.minus(repaid)?)
    }

    /// Client's funds, fees held, price held, price in dispute, then the contract's rule.
    pub(super) fn lost(&mut self, told: &Told<'_>, payment: PaymentId, amount: Minor) -> Result<(), Refusal> {
        let mut stopped = Minor::ZERO;
        for refund in &told.before.refunds {
            if refund.payment == payment && refund.state == RefundState::Stopped {
                self.take(Slot::Transit, refund.amount_minor);
                self.fill_funds(payment, refund.amount_minor)?;
                stopped = stopped.plus(refund.amount_minor)?;
            }
        }
        self.take(Slot::Chargebacks, amount);
        let funds = self.funds.get(&payment).copied().unwrap_or_default();
        let mut left = amount.minus(funds.min(amount))?;
        self.draw_funds(payment, funds.min(amount))?;
        // The client still gets what the loss has left of the refunds.
        let back = stopped.min(funds.minus(funds.min(amount))?);
        self.draw_funds(payment, back)?;
        self.add(Slot::Transit, back);
        // The order of the milestones is the contract's.
        let order: Vec<MilestoneId> = told.before.milestones.iter().map(|one| one.id).collect();
        for id in &order {
            let lots = self.sheet(*id)?.lots.iter_mut();
            for fee in lots
                .filter(|lot| lot.payment == payment)
                .flat_map(|lot| &mut lot.client)
            {
                left = left.minus(fee.withhold(left)?)?;
            }
        }
        for disputed in [false, true] {
            for id in &order {
                let sheet = self.sheet(*id)?;
                let now = sheet.disputed == disputed;
                for lot in sheet.lots.iter_mut().filter(|lot| now && lot.payment == payment) {
                    let taken = lot.held()?.min(left);
                    lot.withheld = lot.withheld.plus(taken)?;
                    left = left.minus(taken)?;
                }
            }
        }
        for id in &order {
            self.rests(*id)?;
            let after = told.decision.contract.milestone(*id)?;
            let sheet = self.sheet(*id)?;
            sheet.disputed = after.in_dispute();
        }
        self.bear(told, payment, left)
    }

    fn bear(&mut self, told: &Told<'_>, payment: PaymentId, left: Minor) -> Result<(), Refusal> {
        let [mut net, mut expert_fee, mut client_fee, mut tax] = [Minor::ZERO; 4];
        let lots = self.sheets.values().flat_map(|sheet| &sheet.lots);
        for lot in lots.filter(|lot| lot.payment == payment) {
            let [fee, fee_tax] = lot.expert;
            let [own_fee, own_tax] = lot.client;
            net = net.plus(lot.released.minus(fee.earned)?.minus(fee_tax.earned)?)?;
            expert_fee = expert_fee.plus(fee.earned)?;
            client_fee = client_fee.plus(own_fee.earned)?;
            tax = tax.plus(fee_tax.earned)?.plus(own_tax.earned)?;
        }
        let all = net.plus(expert_fee)?.plus(client_fee)?.plus(tax)?;
        let before = self.by_rule.get(&payment).copied().unwrap_or_default();
        let borne = left.min(all.minus(before)?);
        self.by_rule.insert(payment, before.plus(borne)?);
        let fees = self.dispute_fees.entry(payment).or_default();
        let fee = left.minus(borne)?.min(*fees);
        *fees = fees.minus(fee)?;
        self.take(Slot::DisputeFee, fee);
        let twice = left.minus(borne)?.minus(fee)?;
        self.add(Slot::OwedByClient, twice);
        let owed = self.twice.entry(payment).or_default();
        *owed = owed.plus(twice)?;
        if self.terms.liability == Liability::Operator {
            self.add(Slot::ChargebackLoss, borne);
            return Ok(());
        }
        let net = floor_share(net, borne, all)?;
        let expert_fee = floor_share(expert_fee, borne, all)?;
        let client_fee = floor_share(client_fee, borne, all)?;
        let from_balance = net.min(told.payable);
        self.take(Slot::Expert, from_balance);
        self.add(Slot::OwedByExpert, net.minus(from_balance)?);
        self.take(Slot::FeeExpert, expert_fee);
        self.take(Slot::FeeClient, client_fee);
        let rest = borne.minus(net)?.minus(expert_fee)?.minus(client_fee)?;
        self.add(Slot::ChargebackLoss, rest);
        Ok(())
    }
}
