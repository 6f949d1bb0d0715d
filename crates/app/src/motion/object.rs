//! What a motion decides about: of one operator there waits one motion about the same thing, so that whoever seconds it finds
//! no other one beside it that says the opposite.

use earnest_hire::bank::ReceiptCommand as OfBank;
use earnest_hire::contract::Command as OfContract;
use earnest_hire::ids::{EventId, MotionId};
use earnest_hire::payee::Command as OfPayee;
use earnest_store::{MotionRow, View};

use super::{What, open_receipt, what};
use crate::Error;

/// The motion of the same operator that waits about the same thing and says something else. One that was overtaken is in
/// nobody's way: it can never be carried out.
pub(super) async fn in_the_way(
    view: &mut View,
    new: &MotionRow,
    open: &[MotionRow],
) -> Result<Option<MotionId>, Error> {
    let own = open.iter().filter(|one| one.proposed_by == new.proposed_by);
    let objects = of(view, new).await?;
    for one in own {
        let overtaken = one.chain == new.chain && one.about_sha256 != new.about_sha256;
        if !overtaken && of(view, one).await?.iter().any(|object| objects.contains(object)) {
            return Ok(Some(one.id));
        }
    }
    Ok(None)
}

/// Names of all that a motion decides about. A transfer may be decided about in several histories.
async fn of(view: &mut View, row: &MotionRow) -> Result<Vec<String>, Error> {
    let chain = &row.chain;
    Ok(match what(row)? {
        What::Contract(_, command) => match command {
            OfContract::DecideDispute { milestone, .. } => vec![format!("dispute about {milestone}")],
            OfContract::AssignReceipt { receipt, .. } => vec![transfer(&receipt)],
            OfContract::MoveToBank { receipt, payment, .. } => {
                vec![named(view, receipt).await?, format!("move of {payment}")]
            }
            // A new hold, and the end of the one that stands.
            _ => vec![chain.clone()],
        },
        What::Payee(_, command) => vec![match command {
            OfPayee::HoldPayout { payout, .. } => payout.to_string(),
            OfPayee::ExtendHold { hold, .. } => hold.to_string(),
            OfPayee::PlaceHold { scope, .. } => format!("hold of {chain} on {}", scope.name()),
            other => format!("{} of {chain}", other.name()),
        }],
        What::Bank(command) => vec![match command {
            OfBank::ExplainLeft { external_id, .. } => format!("left as {external_id}"),
            OfBank::AskReturn { receipt, .. } => named(view, receipt).await?,
            other => format!("{} of {chain}", other.name()),
        }],
    })
}

fn transfer(external_id: &str) -> String {
    format!("transfer {external_id}")
}

/// A contract names a transfer as the bank does.
async fn named(view: &mut View, receipt: EventId) -> Result<String, Error> {
    let found = open_receipt(view, |one| one.id == receipt).await?;
    Ok(found.map_or_else(|| receipt.to_string(), |one| transfer(&one.external_id)))
}
