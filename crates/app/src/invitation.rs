//! Invitations: a client asks experts to answer a request; they begin to talk (see `conversation`) or decline.

use earnest_hire::ids::{Ids, InvitationId, PersonId, RequestId};
use earnest_hire::invitation::{self, Facts, Invitation, Stage, Talks};
use earnest_hire::payee::Scope;
use earnest_hire::refusal::Refusal;
use earnest_hire::request::Stage as RequestStage;
use earnest_store::{Done, Tx};

use crate::Error;
use crate::desk::Desk;
use crate::request::progress::{self, Known};
use crate::{hold, mail, webhook};

/// Asks an expert to answer a request of the client's own. A second click finds the first invitation and tells nobody again.
pub async fn invite(
    desk: &Desk,
    request: RequestId,
    client: PersonId,
    expert: PersonId,
) -> Result<InvitationId, Error> {
    let asking = Asking::new(desk, request, (client, expert));
    desk.write(&asking, |asking, tx| async move { asking.invite(tx).await })
        .await
        .inspect(|_id| desk.wake())
}

/// Takes back an invitation that was not answered.
pub async fn withdraw(
    desk: &Desk,
    request: RequestId,
    client: PersonId,
    expert: PersonId,
) -> Result<(), Error> {
    let asking = Asking::new(desk, request, (client, expert));
    desk.write(&asking, |asking, tx| async move { asking.withdraw(tx).await })
        .await
        .inspect(|()| desk.wake())
}

/// Declines an invitation, with what was typed into the field `reason`, which may be nothing. The client is told.
pub async fn decline(desk: &Desk, request: RequestId, expert: PersonId, typed: &str) -> Result<(), Error> {
    let reason = invitation::reason(typed).map_err(|fault| Error::Invalid(vec![fault]))?;
    let asking = Asking::new(desk, request, (expert, expert));
    desk.write(&(asking, reason), |(asking, reason), tx| async move {
        asking.decline(tx, reason).await
    })
    .await
    .inspect(|()| desk.wake())
}

#[derive(Debug, Clone)]
struct Asking {
    desk: Desk,
    request: RequestId,
    by: PersonId,
    expert: PersonId,
    id: InvitationId,
}

impl Asking {
    fn new(desk: &Desk, request: RequestId, (by, expert): (PersonId, PersonId)) -> Self {
        Self {
            desk: desk.clone(),
            request,
            by,
            expert,
            id: Ids::new(desk.now(), desk.seed()).invitation(),
        }
    }

    async fn invite(&self, mut tx: Tx) -> Result<Done<InvitationId>, Error> {
        let row = tx.lock_progress(self.request).await?.ok_or(Error::NotFound)?;
        if row.client != self.by {
            return Err(Error::NotFound);
        }
        let others = tx.invitations_to(self.request).await?;
        let talk = tx.conversation_about(self.request, self.expert).await?;
        let expert = tx.expert(self.expert).await?;
        let facts = Facts {
            request: row.progress.stage,
            standing: expert.map(|row| row.expert.standing),
            talks: if talk.is_some() {
                Talks::Already
            } else {
                Talks::NotYet
            },
            others: &others,
        };
        let (now, names) = (self.desk.now(), (self.request, self.by, self.expert));
        if hold::stops(&mut tx, self.by, Scope::Messages, now).await? {
            return Err(Refusal::MessagesHeld.into());
        }
        let sent = Invitation::send(names, facts, self.id, now)?;
        match others.iter().find(|one| one.id == sent.id) {
            Some(before) if *before == sent => return tx.commit(sent.id).await,
            Some(_withdrawn) => tx.update_invitation(&sent).await?,
            None => tx.insert_invitation(&sent).await?,
        }
        let request = tx.request(self.request).await?.ok_or(Error::NotFound)?;
        let to = tx.person(self.expert).await?.ok_or(Error::NotFound)?;
        mail::invited(&self.desk, &to, &request)
            .keep(&mut tx, now)
            .await?;
        webhook::invitation(&self.desk, &mut tx, &sent).await?;
        tx.commit(sent.id).await
    }

    async fn withdraw(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let row = tx.lock_progress(self.request).await?.ok_or(Error::NotFound)?;
        if row.client != self.by {
            return Err(Error::NotFound);
        }
        let before = self.mine(&mut tx).await?;
        let after = before.withdraw(self.desk.now())?;
        if after != before {
            tx.update_invitation(&after).await?;
            webhook::invitation(&self.desk, &mut tx, &after).await?;
            let request = tx.request(self.request).await?.ok_or(Error::NotFound)?;
            let to = tx.person(self.expert).await?.ok_or(Error::NotFound)?;
            let letter = mail::uninvited(&self.desk, &to, &request);
            letter.keep(&mut tx, self.desk.now()).await?;
        }
        tx.commit(()).await
    }

    async fn decline(&self, mut tx: Tx, reason: Option<String>) -> Result<Done<()>, Error> {
        let row = tx.lock_progress(self.request).await?.ok_or(Error::NotFound)?;
        let before = self.mine(&mut tx).await?;
        let after = before.decline(reason, self.desk.now())?;
        if after != before {
            tx.update_invitation(&after).await?;
            webhook::invitation(&self.desk, &mut tx, &after).await?;
            let request = tx.request(self.request).await?.ok_or(Error::NotFound)?;
            let expert = tx.person(self.expert).await?.ok_or(Error::NotFound)?;
            let to = tx.person(row.client).await?.ok_or(Error::NotFound)?;
            let names = (expert.name.as_str(), &to);
            let letter = mail::declined(&self.desk, names, &request, after.reason.as_deref());
            letter.keep(&mut tx, self.desk.now()).await?;
        }
        tx.commit(()).await
    }

    async fn mine(&self, tx: &mut Tx) -> Result<Invitation, Error> {
        let found = tx.invitation_about(self.request, self.expert).await?;
        found.ok_or(Error::NotFound)
    }
}

/// All invitations to a request of the client's own with the names of the experts, in the order in which they were sent.
pub async fn to_request(
    desk: &Desk,
    request: RequestId,
    client: PersonId,
) -> Result<Vec<(Invitation, String)>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let mine = view.progress(request).await?.map(|row| row.client) == Some(client);
        if !mine {
            return Ok::<_, earnest_store::Error>(None);
        }
        let mut found = Vec::new();
        for one in view.invitations_to(request).await? {
            let name = view.person(one.expert).await?.map(|person| person.name);
            found.push((one, name.unwrap_or_default()));
        }
        Ok(Some(found))
    });
    read.await?.ok_or(Error::NotFound)
}

/// The one that an expert has not answered, to one request.
pub async fn waiting(desk: &Desk, request: RequestId, expert: PersonId) -> Result<Option<Invitation>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.invitation_about(request, expert).await });
    Ok(read.await?.filter(|one| one.stage == Stage::Sent))
}

/// Requests that an expert was invited to and has not answered, the newest invitation first.
pub async fn of_expert(desk: &Desk, expert: PersonId) -> Result<Vec<Known>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let mut found = Vec::new();
        for one in view.invitations_of(expert).await? {
            let known = (
                view.request(one.request).await?,
                view.progress(one.request).await?,
            );
            if let (Some(request), Some(row)) = known {
                found.push(Known { request, row });
            }
        }
        Ok::<_, earnest_store::Error>(found)
    });
    Ok(read.await?)
}

/// A client's open requests, to which an expert can be invited, the newest first.
pub async fn choices(desk: &Desk, client: PersonId) -> Result<Vec<Known>, Error> {
    let mut mine = progress::mine(desk, client).await?;
    mine.retain(|known| known.row.progress.stage == RequestStage::Open);
    Ok(mine)
}

#[cfg(test)]
mod tests;
