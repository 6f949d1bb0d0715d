//! What a command must know from outside its contract.

use earnest_hire::bank::ReceiptState;
use earnest_hire::contract::{Actor, Command, Contract, Facts};
use earnest_hire::ids::PersonId;
use earnest_hire::ledger::{Account, Name};
use earnest_hire::payee::Scope;
use earnest_store::Tx;

use super::Asked;
use crate::Error;
use crate::desk::Desk;

/// Whether a command names a payment provider that nobody knows here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
}

impl Known {
    pub(super) fn of(desk: &Desk, command: &Command) -> Self {
        match command {
            Command::Fund { provider, .. } if !desk.providers.contains_key(provider.as_str()) => Self::No,
            _ => Self::Yes,
        }
    }
}

impl Asked {
    async fn may_not_begin(&self, tx: &mut Tx, person: PersonId) -> Result<bool, Error> {
        Ok(tx.is_held(person, Scope::NewContracts, self.now).await?)
    }

    /// For how long the provider can hold the money that a command is about: it is named by the command that begins a payment,
    /// and known from the payment afterwards. A start goes by the shortest time of those whose money its milestone holds.
    fn holding_days(&self, contract: &Contract) -> Option<u16> {
        let limit = |provider: &Name| self.desk.holding_days(provider.as_str());
        let paid = |id| contract.payment(id).ok().and_then(|one| limit(&one.provider));
        match &self.command {
            Command::Fund { provider, .. } => limit(provider),
            Command::Start { milestone } => {
                let lots = &contract.milestone(*milestone).ok()?.lots;
                lots.iter().filter_map(|lot| paid(lot.payment)).min()
            }
            Command::Place { payment, .. }
            | Command::Captured { payment, .. }
            | Command::AssignReceipt { payment, .. } => paid(*payment),
            _ => None,
        }
    }

    /// What the command must know from outside the contract, read under the locks that keep it true.
    pub(super) async fn facts(&self, tx: &mut Tx, contract: &Contract) -> Result<Facts, Error> {
        let mut facts = Facts {
            client_limit_minor: self.desk.client_limit,
            holding_days: self.holding_days(contract),
            misses_kept: matches!(self.command, Command::Timer { .. }),
            ..Facts::default()
        };
        match &self.command {
            Command::Fund { .. }
            | Command::Place { .. }
            | Command::Captured { .. }
            | Command::AssignReceipt { .. } => {
                let party = tx.lock_party(contract.client).await?;
                facts.client_open_minor = tx.client_open(contract.client, contract.id).await?;
                facts.client_limit_minor = party.client_limit.unwrap_or(self.desk.client_limit);
                facts.client_on_hold = self.may_not_begin(tx, contract.client).await?;
            }
            Command::Sign { .. } => match self.actor {
                Actor::Person { id } if id == contract.client => {
                    let party = tx.lock_party(id).await?;
                    facts.client_limit_minor = party.client_limit.unwrap_or(self.desk.client_limit);
                    facts.client_on_hold = self.may_not_begin(tx, id).await?;
                }
                Actor::Person { id } if id == contract.expert => {
                    tx.lock_party(id).await?;
                    facts.expert_on_hold = self.may_not_begin(tx, id).await?;
                }
                Actor::Person { .. } | Actor::Operator { .. } | Actor::Clock | Actor::Provider { .. } => {}
            },
            Command::Start { .. } => {
                facts.expert_onboarded = tx.lock_party(contract.expert).await?.onboarded_at.is_some();
            }
            Command::MoveToBank { receipt, bank, .. } => {
                let waits = tx
                    .lock_receipt(*receipt)
                    .await?
                    .filter(|one| one.state == ReceiptState::Open && one.bank == *bank);
                facts.receipt_minor = waits.map(|one| one.amount_minor);
            }
            Command::ChargebackLost { .. } => {
                // As everywhere: the party before any account.
                tx.lock_party(contract.client).await?;
                let account = Account::ExpertPayable(contract.expert);
                facts.expert_payable_minor = tx.lock_balance(&account, contract.currency).await?;
            }
            Command::RefundFailed { .. } => {
                tx.lock_party(contract.client).await?;
                let account = Account::Receivable(contract.client);
                facts.client_owes_minor = Some(tx.lock_balance(&account, contract.currency).await?);
            }
            _ => {}
        }
        if let Command::AssignReceipt { .. } = &self.command {
            facts.alone_up_to_minor = Some(self.desk.terms.second_operator_above_minor);
        }
        Ok(facts)
    }
}
