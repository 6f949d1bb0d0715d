//! Beginning to talk: an expert who answers a request, or a client who turns to an expert that was proposed.

use earnest_hire::expert::{Standing, may_answer};
use earnest_hire::ids::{ConversationId, Ids, PersonId, RequestId};
use earnest_hire::invitation::{Invitation, Stage as Invited};
use earnest_hire::limits::OPEN_CONVERSATIONS;
use earnest_hire::payee::Scope;
use earnest_hire::refusal::Refusal;
use earnest_hire::request::Stage;
use earnest_store::{ConversationRow, Done, ProgressRow, Tx};
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;
use crate::request::progress;
use crate::{hold, mail, webhook};

/// Begins to talk about an open request, as an expert, or finds the conversation that there is. To whoever may not see
/// the request it does not exist.
pub async fn begin(desk: &Desk, request: RequestId, expert: PersonId) -> Result<ConversationId, Error> {
    let start = Start::new(desk, request, expert);
    desk.write(&start, |start, tx| async move { start.answer(tx).await })
        .await
        .inspect(|_id| desk.wake())
}

/// Begins to talk with an expert whom the operator has proposed, as the client, or finds the conversation that there is.
pub async fn begin_with(
    desk: &Desk,
    request: RequestId,
    client: PersonId,
    expert: PersonId,
) -> Result<ConversationId, Error> {
    let start = Start::new(desk, request, expert);
    desk.write(&(start, client), |(start, client), tx| async move {
        start.turn_to(tx, client).await
    })
    .await
    .inspect(|_id| desk.wake())
}

#[derive(Debug, Clone)]
struct Start {
    desk: Desk,
    request: RequestId,
    expert: PersonId,
    id: ConversationId,
    now: Timestamp,
}

impl Start {
    fn new(desk: &Desk, request: RequestId, expert: PersonId) -> Self {
        Self {
            desk: desk.clone(),
            request,
            expert,
            id: Ids::new(desk.now(), desk.seed()).conversation(),
            now: desk.now(),
        }
    }

    async fn answer(&self, mut tx: Tx) -> Result<Done<ConversationId>, Error> {
        let row = tx.lock_progress(self.request).await?.ok_or(Error::NotFound)?;
        if let Some(found) = tx.conversation_about(self.request, self.expert).await? {
            return tx.commit(found.id).await;
        }
        if row.client == self.expert {
            return Err(Refusal::NotYourRequest.into());
        }
        let request = tx.request(self.request).await?.ok_or(Error::NotFound)?;
        let invitation = tx.invitation_about(self.request, self.expert).await?;
        let invitation = invitation.filter(|one| one.stage == Invited::Sent);
        if invitation.is_none() && !progress::is_listed(&self.desk, &request, row.progress.stage) {
            return Err(Error::NotFound);
        }
        may_answer(self.standing(&mut tx).await?)?;
        self.may_write(&mut tx, self.expert).await?;
        if row.progress.stage != Stage::Open {
            return Err(Refusal::RequestNotOpen.into());
        }
        if tx.open_conversations_of(self.expert).await? >= OPEN_CONVERSATIONS {
            return Err(Refusal::TooManyConversations.into());
        }
        if let Some(invitation) = invitation {
            self.answered(&mut tx, &invitation).await?;
        }
        self.keep(&mut tx, &row).await?;
        tx.commit(self.id).await
    }

    async fn turn_to(&self, mut tx: Tx, client: PersonId) -> Result<Done<ConversationId>, Error> {
        let row = tx.lock_progress(self.request).await?.ok_or(Error::NotFound)?;
        if row.client != client {
            return Err(Error::NotFound);
        }
        if let Some(found) = tx.conversation_about(self.request, self.expert).await? {
            return tx.commit(found.id).await;
        }
        let advice = tx.advice_for(self.request).await?;
        if !advice.iter().any(|one| one.expert == self.expert) {
            return Err(Refusal::NotProposed.into());
        }
        if row.progress.stage != Stage::Open {
            return Err(Refusal::RequestNotOpen.into());
        }
        if self.standing(&mut tx).await? != Some(Standing::Visible) {
            return Err(Refusal::NotVisible.into());
        }
        self.may_write(&mut tx, client).await?;
        if let Some(invitation) = tx.invitation_about(self.request, self.expert).await?
            && invitation.stage == Invited::Sent
        {
            self.answered(&mut tx, &invitation).await?;
        }
        self.keep(&mut tx, &row).await?;
        let request = tx.request(self.request).await?.ok_or(Error::NotFound)?;
        let to = tx.person(self.expert).await?.ok_or(Error::NotFound)?;
        let client = tx.person(client).await?.ok_or(Error::NotFound)?;
        let letter = mail::begun(&self.desk, (&client.name, &to), &request, self.id);
        letter.keep(&mut tx, self.now).await?;
        tx.commit(self.id).await
    }

    async fn answered(&self, tx: &mut Tx, invitation: &Invitation) -> Result<(), Error> {
        let answered = invitation.answer(self.now)?;
        tx.update_invitation(&answered).await?;
        webhook::invitation(&self.desk, tx, &answered).await
    }

    /// Whoever may not write to somebody new begins no conversation; those that there are go on.
    async fn may_write(&self, tx: &mut Tx, who: PersonId) -> Result<(), Error> {
        if hold::stops(tx, who, Scope::Messages, self.now).await? {
            return Err(Refusal::MessagesHeld.into());
        }
        Ok(())
    }

    async fn standing(&self, tx: &mut Tx) -> Result<Option<Standing>, Error> {
        Ok(tx.expert(self.expert).await?.map(|row| row.expert.standing))
    }

    async fn keep(&self, tx: &mut Tx, row: &ProgressRow) -> Result<(), Error> {
        let new = ConversationRow {
            id: self.id,
            request: self.request,
            client: row.client,
            expert: self.expert,
            at: self.now,
            client_seen_at: self.now,
            expert_seen_at: self.now,
            said_at: self.now,
        };
        tx.insert_conversation(&new).await?;
        webhook::conversation(&self.desk, tx, &new).await
    }
}
