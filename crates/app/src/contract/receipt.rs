//! The receipt that a command uses up in the bank's own history, in the same transaction.

use earnest_hire::bank::{Receipt, ReceiptState};
use earnest_hire::contract::Command;
use earnest_hire::ids::{EventId, PaymentId};
use earnest_hire::money::Minor;
use earnest_hire::refusal::Refusal;
use earnest_store::Tx;

use super::{Also, Asked};
use crate::Error;
use crate::bank;
use crate::desk::Desk;

/// The receipt that a motion assigns, which names it as the bank does.
pub(super) async fn assigned(desk: &Desk, command: &Command, also: &Also) -> Result<Option<EventId>, Error> {
    let (Command::AssignReceipt { bank, receipt, .. }, Also::Motion { .. }) = (command, also) else {
        return Ok(None);
    };
    let open = bank::unmatched(desk).await?;
    let found = open
        .iter()
        .find(|one| (&one.bank, &one.external_id) == (bank, receipt));
    Ok(found.map(|one| one.id))
}

impl Asked {
    /// Money that nobody knew is assigned only as it came, and with what came: no command can say that more is there.
    pub(super) async fn uses_up_its_receipt(&self, tx: &mut Tx) -> Result<(), Error> {
        let (
            Command::AssignReceipt {
                payment,
                bank,
                amount,
                receipt: name,
                ..
            },
            Some((receipt, of)),
        ) = (&self.command, self.receipt())
        else {
            return Err(Refusal::ReceiptNotOpen.into());
        };
        let waits = tx.lock_receipt(receipt).await?;
        let is_it = |one: &Receipt| {
            let same = (
                &one.bank,
                one.external_id.as_str(),
                one.amount_minor,
                one.currency,
            ) == (bank, name.as_str(), Minor(amount.amount_minor), amount.currency);
            one.state == ReceiptState::Open && same && of == *payment
        };
        if waits.as_ref().is_some_and(is_it) {
            Ok(())
        } else {
            Err(Refusal::ReceiptNotOpen.into())
        }
    }

    /// The receipt that is used up with the command, and for which payment.
    pub(super) fn receipt(&self) -> Option<(EventId, PaymentId)> {
        match (&self.also, &self.command) {
            (Also::Receipt { receipt, payment }, _) | (_, Command::MoveToBank { receipt, payment, .. }) => {
                Some((*receipt, *payment))
            }
            (Also::Motion { .. }, Command::AssignReceipt { payment, .. }) => Some((self.assigned?, *payment)),
            _ => None,
        }
    }
}
