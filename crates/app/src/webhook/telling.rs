//! What is told, and bringing it: each receiver by itself, again and again for about three days.

use std::collections::BTreeSet;

use earnest_hire::call::Call;
use earnest_hire::contract::Contract;
use earnest_hire::ids::{Ids, PersonId, WebhookId};
use earnest_hire::invitation::Invitation;
use earnest_hire::payee::Payee;
use earnest_hire::span::{after, before};
use earnest_store::{
    ConversationRow, DeliveryEnd, DeliveryRow, DeliveryState, DueDelivery, Job, MessageRow, ProposalRow, Tx,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Destination;
use crate::Error;
use crate::backoff::{self, ATTEMPTS_AT_OTHERS};
use crate::desk::Desk;
use crate::outside::signature::{NoSecret, Secret, sign};
use crate::outside::webhook::Parcel;

/// For how long a message that is on its way is nobody else's.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// So many are on their way at once.
const TOGETHER: u16 = 32;
/// How long what is over stays in the log.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long to wait when nothing is due: other nodes write, too.
const REST: std::time::Duration = std::time::Duration::from_secs(1);

/// What happened, as programs are told it.
struct News {
    /// Names it: told again, it is the same message.
    cause: String,
    kind: String,
    at: Timestamp,
    data: Value,
}

impl News {
    /// Keeps it for every receiver of these people.
    async fn keep(&self, desk: &Desk, tx: &mut Tx, people: &[PersonId]) -> Result<(), Error> {
        for person in people {
            for webhook in tx.webhooks_of(*person).await? {
                let digest = Sha256::digest(format!("{} {}", self.cause, webhook.id));
                let seed = digest.first_chunk::<16>().copied().unwrap_or_default();
                let body = json!({"type": self.kind, "timestamp": self.at.to_string(), "data": self.data});
                let row = DeliveryRow {
                    id: Ids::new(self.at, seed).delivery(),
                    webhook: webhook.id,
                    kind: self.kind.clone(),
                    payload: body.to_string(),
                    at: self.at,
                    state: DeliveryState::Waiting,
                    due_at: desk.now(),
                    attempts: 0,
                    status: None,
                    last_error: None,
                };
                tx.insert_delivery(&row).await?;
            }
        }
        Ok(())
    }
}

/// Something was said. The words themselves stay here: a receiver that wants them asks for them.
pub(crate) async fn message(
    desk: &Desk,
    tx: &mut Tx,
    row: &ConversationRow,
    message: &MessageRow,
) -> Result<(), Error> {
    let news = News {
        cause: message.id.to_string(),
        kind: "message.sent".to_owned(),
        at: message.at,
        data: json!({
            "conversation": row.id, "message": message.id, "author": message.author, "request": row.request,
            "url": format!("{}/conversations/{}", desk.origin, row.id),
        }),
    };
    news.keep(desk, tx, &[row.client, row.expert]).await
}

/// A call was proposed, booked, or came to something else.
pub(crate) async fn call(desk: &Desk, tx: &mut Tx, row: &ConversationRow, call: &Call) -> Result<(), Error> {
    let news = News {
        cause: format!("{} {}", call.id, call.version),
        kind: format!("call.{}", call.stage.name()),
        at: call.changed_at,
        data: json!({
            "conversation": row.id, "call": call.id, "stage": call.stage, "slots": call.slots, "at": call.at,
            "minutes": call.minutes, "url": format!("{}/conversations/{}", desk.origin, row.id),
        }),
    };
    news.keep(desk, tx, &[row.client, row.expert]).await
}

/// An expert has answered a request, or its client has turned to one whom the operator proposed.
pub(crate) async fn conversation(desk: &Desk, tx: &mut Tx, row: &ConversationRow) -> Result<(), Error> {
    let news = News {
        cause: row.id.to_string(),
        kind: "conversation.began".to_owned(),
        at: row.at,
        data: json!({
            "conversation": row.id, "request": row.request,
            "url": format!("{}/conversations/{}", desk.origin, row.id),
        }),
    };
    news.keep(desk, tx, &[row.client, row.expert]).await
}

/// An expert was asked to answer a request, or what came of that.
pub(crate) async fn invitation(desk: &Desk, tx: &mut Tx, invitation: &Invitation) -> Result<(), Error> {
    let at = invitation.since;
    let news = News {
        cause: format!("{} {} {at}", invitation.id, invitation.stage),
        kind: format!("invitation.{}", invitation.stage),
        at,
        data: json!({
            "invitation": invitation.id, "request": invitation.request, "stage": invitation.stage,
            "url": format!("{}/requests/{}", desk.origin, invitation.request),
        }),
    };
    news.keep(desk, tx, &[invitation.client, invitation.expert]).await
}

/// A proposal has another version, or was answered.
pub(crate) async fn proposal(desk: &Desk, tx: &mut Tx, row: &ProposalRow) -> Result<(), Error> {
    let one = &row.proposal;
    let news = News {
        cause: format!("{} {}", one.id, one.version),
        kind: format!("proposal.{}", one.stage),
        at: desk.now(),
        data: json!({
            "proposal": one.id, "conversation": row.conversation, "stage": one.stage,
            "version": one.versions.last().map(|version| version.number), "contract": row.contract,
            "url": format!("{}/conversations/{}", desk.origin, row.conversation),
        }),
    };
    news.keep(desk, tx, &[one.client, one.expert]).await
}

/// Something happened to what a person has earned, to a payout, or to a hold on the account.
pub(crate) async fn money(
    desk: &Desk,
    tx: &mut Tx,
    payee: &Payee,
    (job, kind): (&Job, &str),
) -> Result<(), Error> {
    let news = News {
        cause: job.event.clone(),
        kind: format!("money.{kind}"),
        at: desk.now(),
        data: json!({"event": job.event, "kind": kind, "url": format!("{}/balance", desk.origin)}),
    };
    news.keep(desk, tx, &[payee.id]).await
}

/// Something happened to a contract.
pub(crate) async fn contract(
    desk: &Desk,
    tx: &mut Tx,
    contract: &Contract,
    (job, kind): (&Job, &str),
) -> Result<(), Error> {
    let news = News {
        cause: job.event.clone(),
        kind: format!("contract.{kind}"),
        at: desk.now(),
        data: json!({
            "contract": contract.id, "event": job.event, "kind": kind,
            "url": format!("{}/contracts/{}", desk.origin, contract.id),
        }),
    };
    news.keep(desk, tx, &[contract.client, contract.expert]).await
}

/// Brings one message that is due to each receiver that has one, all at once; says how many. For tests and for programs
/// that end.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let mut round = Round::default();
    let begun = round.begin(desk).await?;
    while let Some(ended) = round.sending.join_next().await {
        round.end(ended);
    }
    Ok(begun)
}

/// Brings messages until `stop` turns true or its sender is gone. A receiver that is slow keeps only its own waiting.
pub async fn work(desk: Desk, mut stop: watch::Receiver<bool>) {
    let mut round = Round::default();
    while !*stop.borrow() {
        if let Err(error) = round.begin(&desk).await
            && !std::mem::replace(&mut round.is_failing, true)
        {
            tracing::error!(
                cause = error.chain(),
                "news cannot be brought to webhooks now; it is tried on"
            );
        }
        tokio::select! {
            Some(ended) = round.sending.join_next() => round.end(ended),
            () = tokio::time::sleep(REST) => {}
            _told = stop.changed() => {}
        }
    }
}

/// What is on its way from this node.
#[derive(Default)]
struct Round {
    sending: JoinSet<WebhookId>,
    busy: BTreeSet<WebhookId>,
    is_failing: bool,
}

impl Round {
    /// Sends one message to each receiver that is not busy and has one that is due.
    async fn begin(&mut self, desk: &Desk) -> Result<usize, Error> {
        let (now, mut begun) = (desk.now(), 0_usize);
        let read = desk
            .store
            .read(move |mut view| async move { view.webhooks_due(now, 4 * TOGETHER).await });
        for id in read.await? {
            if self.busy.len() >= usize::from(TOGETHER) {
                break;
            }
            if self.busy.contains(&id) {
                continue;
            }
            let Some(due) = desk.store.claim_delivery(id, now, after(now, LEASE)).await? else {
                continue;
            };
            self.busy.insert(id);
            begun = begun.saturating_add(1);
            let desk = desk.clone();
            self.sending.spawn(async move {
                if let Err(error) = bring(&desk, &due).await {
                    tracing::error!(
                        cause = error.chain(),
                        "how telling a webhook went could not be noted"
                    );
                }
                due.webhook.id
            });
        }
        self.is_failing = false;
        Ok(begun)
    }

    fn end(&mut self, ended: Result<WebhookId, tokio::task::JoinError>) {
        match ended {
            Ok(id) => {
                self.busy.remove(&id);
            }
            Err(error) => {
                tracing::error!(cause = %error, "telling a webhook broke off");
                // Whose it was is not known; the leases keep two from telling the same.
                self.busy.clear();
            }
        }
    }
}

/// One attempt.
async fn bring(desk: &Desk, due: &DueDelivery) -> Result<(), Error> {
    let answered = match (
        Destination::read(&due.webhook.url, desk.receiver_allowed),
        parcel(desk, due),
    ) {
        (Ok(to), Ok(parcel)) => desk.postman.post(&to, &parcel).await,
        (Err(unfit), _) => Err(unfit.to_string()),
        (_, Err(no_secret)) => Err(no_secret.to_string()),
    };
    let end = end(&due.row, answered, desk.now());
    desk.store.end_delivery(&due.row, end).await?;
    Ok(())
}

fn parcel(desk: &Desk, due: &DueDelivery) -> Result<Parcel, NoSecret> {
    let (now, webhook, row) = (desk.now(), &due.webhook, &due.row);
    let id = row.id.to_string();
    let former = webhook.former.as_ref().filter(|(_, until)| now < *until);
    let secrets = [Some(&webhook.secret), former.map(|(secret, _)| secret)];
    let mut signatures = Vec::new();
    for text in secrets.into_iter().flatten() {
        signatures.push(sign(&Secret::read(text)?, &id, now, row.payload.as_bytes()));
    }
    Ok(Parcel {
        id,
        timestamp: now.as_second().to_string(),
        signature: signatures.join(" "),
        body: row.payload.clone(),
    })
}

fn end(row: &DeliveryRow, answered: Result<u16, String>, now: Timestamp) -> DeliveryEnd {
    let status = answered.as_ref().ok().copied();
    let why = match answered {
        Ok(200..=299) => None,
        Ok(300..=399) => Some("It answered with a redirect, and none is followed.".to_owned()),
        Ok(410) => Some("It answered that it is gone for good.".to_owned()),
        Ok(_) => Some("It did not take the message.".to_owned()),
        Err(why) => Some(why),
    };
    let state = match (&why, status) {
        (None, _) => DeliveryState::Delivered,
        (Some(_), Some(410)) => DeliveryState::Dead,
        (Some(_), _) if row.attempts >= ATTEMPTS_AT_OTHERS => DeliveryState::Dead,
        (Some(_), _) => DeliveryState::Waiting,
    };
    DeliveryEnd {
        state,
        due_at: after(now, backoff::of_others(row.attempts.saturating_sub(1))),
        status: status.map(i64::from),
        why,
    }
}

/// Takes out of the logs what is over for long; says how many.
pub async fn clean(desk: &Desk) -> Result<usize, Error> {
    Ok(desk
        .store
        .forget_deliveries(before(desk.now(), REMEMBERED))
        .await?)
}
