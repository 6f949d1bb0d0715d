//! What the end of a request means for those who were asked, answered, or wait for an answer.

use std::collections::BTreeSet;

use earnest_hire::ids::PersonId;
use earnest_hire::invitation::Stage;
use earnest_store::{ProgressRow, Tx};

use crate::Error;
use crate::desk::Desk;
use crate::{mail, proposal, webhook};

/// Ends what is open about a request that is over. Whoever has an open proposal hears of that; whoever was invited, or
/// only talked, hears that the request is closed; whoever has the contract hears of that elsewhere.
pub(super) async fn close(desk: &Desk, tx: &mut Tx, row: &ProgressRow) -> Result<(), Error> {
    let (id, now) = (row.progress.request, desk.now());
    let request = tx.request(id).await?.ok_or(Error::NotFound)?;
    let heard: BTreeSet<PersonId> = tx
        .proposals_about(id)
        .await?
        .into_iter()
        .filter(|row| !row.proposal.stage.is_over() || row.contract.is_some())
        .map(|row| row.proposal.expert)
        .collect();
    proposal::close_all(desk, tx, id).await?;
    let mut told = BTreeSet::new();
    for invitation in tx.invitations_to(id).await? {
        if invitation.stage == Stage::Sent {
            let withdrawn = invitation.withdraw(now)?;
            tx.update_invitation(&withdrawn).await?;
            webhook::invitation(desk, tx, &withdrawn).await?;
            told.insert(invitation.expert);
        }
    }
    let talks = tx.conversations_about(id).await?;
    told.extend(talks.into_iter().map(|talk| talk.expert));
    for expert in told.difference(&heard) {
        if let Some(expert) = tx.person(*expert).await? {
            mail::closed(desk, &expert, &request).keep(tx, now).await?;
        }
    }
    Ok(())
}
