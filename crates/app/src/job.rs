//! Jobs: what is asked of providers after a decision is kept. The intent stands in the database before the call; a call
//! without an answer is unknown, never failed, and is settled by asking again under the same key.

mod evidence;
mod payout;

use earnest_hire::contract::{Actor, Command as OfContract, Contract, Method, RefundState};
use earnest_hire::ids::{ContractId, PaymentId, RefundId};
use earnest_hire::refusal::Refusal;
use earnest_hire::span::after;
use earnest_store::{ATTEMPTS, Job, JobEnd};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::contract::{self, Also};
use crate::desk::Desk;
use crate::outside::payments::{
    CallError, Found, FoundAnswer, FundOrder, MethodKind, PaymentProvider, RefundOrder,
};
use crate::provider;

/// For how long a claimed job is nobody else's; longer than any call may take.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// So many jobs are claimed at once. They are done one after the other, and a call that hangs takes ten seconds: more
/// would outlive their lease and be done a second time elsewhere.
const CLAIMED: u16 = 8;

/// How an attempt went.
enum Attempt {
    Done,
    /// Nothing happened, or nobody knows: again later under the same key.
    Again(String),
    /// No later attempt will do better; a person must look.
    Never(String),
}

/// Does the jobs that are due; says how many were tried. Of a job that is tried again the cause is kept with it and read
/// with `earnest jobs list`; one that is given up is logged.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let next = desk
        .store
        .read(|mut view| async move { view.next_job().await })
        .await?;
    if next.is_none_or(|due_at| due_at > now) {
        return Ok(0);
    }
    let jobs = desk.store.claim_jobs(now, after(now, LEASE), CLAIMED).await?;
    let count = jobs.len();
    for job in jobs {
        let attempt = attempt(desk, &job)
            .await
            .unwrap_or_else(|error| Attempt::Again(error.chain()));
        let end = end(&job, attempt, desk.now());
        if let JobEnd::Dead { why } = &end {
            tracing::error!(
                chain.id = job.chain,
                job.id = job.id,
                cause = why,
                "the job {} of {} waits for a person",
                job.id,
                job.chain
            );
        }
        desk.store.end_job(job.id.clone(), end).await?;
    }
    Ok(count)
}

/// Tried 12 times within about half a day, at growing distances; then it waits for a person.
fn end(job: &Job, attempt: Attempt, now: Timestamp) -> JobEnd {
    match attempt {
        Attempt::Done => JobEnd::Done,
        Attempt::Never(why) => JobEnd::Dead { why },
        Attempt::Again(why) if job.attempts >= ATTEMPTS => JobEnd::Dead { why },
        Attempt::Again(why) => {
            let doubled = 5_i64 << job.attempts.clamp(0, 12);
            let at = after(
                now,
                SignedDuration::from_secs(doubled).min(SignedDuration::from_hours(4)),
            );
            JobEnd::Again { at, why }
        }
    }
}

async fn attempt(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    match job.kind.as_str() {
        "notice" => Ok(Attempt::Done), // Read where people look at their pages; mail and webhooks come with them.
        "open_payment" => open_payment(desk, job).await,
        "cancel_payment" => cancel_payment(desk, job).await,
        "send_refund" => send_refund(desk, job).await,
        "send_payout" => payout::send(desk, job).await,
        "cancel_payout" => payout::cancel(desk, job).await,
        "send_evidence" => evidence::send(desk, job).await,
        other => Ok(Attempt::Never(format!("this program knows no job {other}"))),
    }
}

async fn contract_of(desk: &Desk, job: &Job) -> Result<Option<Contract>, Error> {
    let Ok(id) = job.chain.parse::<ContractId>() else {
        return Ok(None);
    };
    Ok(desk
        .store
        .read(move |mut view| async move { view.contract(id).await })
        .await?)
}

fn no_provider(name: &str) -> Attempt {
    Attempt::Again(format!("the provider {name} is not configured"))
}

/// What a call came to, once unknown outcomes were asked after.
enum Outcome<T> {
    Answered(T),
    Refused(String),
    Open(String),
}

/// From the second attempt on the provider is asked first what became of the key. It may have acted, and then neither
/// another answer of its to the same question (what can be moved now) nor another wording of ours (the site's address)
/// may be taken for a refusal.
async fn known<T>(
    desk: &Desk,
    provider: &dyn PaymentProvider,
    job: &Job,
    pick: impl Fn(FoundAnswer) -> Option<T>,
) -> Result<Option<Outcome<T>>, Error> {
    if job.attempts <= 1 {
        return Ok(None);
    }
    match provider.look_up(&job.key()).await {
        Ok(None) => Ok(None),
        Ok(Some(found)) => told(desk, found, pick).await.map(Some),
        Err(error) => Ok(Some(Outcome::Open(error.to_string()))),
    }
}

/// Sorts an answer; after an unknown outcome the provider is asked what became of the key.
async fn settle<T>(
    desk: &Desk,
    provider: &dyn PaymentProvider,
    key: &str,
    answer: Result<T, CallError>,
    pick: impl Fn(FoundAnswer) -> Option<T>,
) -> Result<Outcome<T>, Error> {
    let why = match answer {
        Ok(value) => return Ok(Outcome::Answered(value)),
        Err(CallError::Refused { code, sentence }) => {
            return Ok(Outcome::Refused(format!("{sentence} ({code})")));
        }
        Err(CallError::NotSent { why }) => return Ok(Outcome::Open(why)),
        Err(CallError::Unknown { why }) => why,
    };
    match provider.look_up(key).await {
        Ok(Some(found)) => told(desk, found, pick).await,
        Ok(None) => Ok(Outcome::Open(why)),
        Err(error) => Ok(Outcome::Open(error.to_string())),
    }
}

/// What a provider found; what it says has happened since is taken like events.
async fn told<T>(
    desk: &Desk,
    found: Found,
    pick: impl Fn(FoundAnswer) -> Option<T>,
) -> Result<Outcome<T>, Error> {
    for event in &found.events {
        provider::take(desk, event).await.map_err(not_taken)?;
    }
    if let FoundAnswer::Refused { code, sentence } = &found.answer {
        return Ok(Outcome::Refused(format!("{sentence} ({code})")));
    }
    let other = || Outcome::Open("the provider knows this key as that of another call".to_owned());
    Ok(pick(found.answer).map_or_else(other, Outcome::Answered))
}

fn not_taken(error: provider::NotTaken) -> Error {
    match error {
        provider::NotTaken::Failed(error) => error,
        provider::NotTaken::NoProvider | provider::NotTaken::NotBelieved(_) | provider::NotTaken::Other => {
            Refusal::EventWithoutEffect.into()
        }
    }
}

/// A command that a provider's answer gives; what it no longer changes is no fault.
fn harmless<T>(answered: Result<T, Error>) -> Result<Attempt, Error> {
    match answered {
        Ok(_) | Err(Error::Refused(_)) => Ok(Attempt::Done),
        Err(error) => Err(error),
    }
}

async fn open_payment(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let (Some(contract), Ok(id)) = (contract_of(desk, job).await?, job.subject.parse::<PaymentId>()) else {
        return Ok(Attempt::Never("there is no such payment".to_owned()));
    };
    let Ok(payment) = contract.payment(id) else {
        return Ok(Attempt::Never("there is no such payment".to_owned()));
    };
    if payment.state != earnest_hire::contract::PaymentState::Pending {
        return Ok(Attempt::Done);
    }
    let Some(provider) = desk.providers.get(payment.provider.as_str()) else {
        return Ok(no_provider(payment.provider.as_str()));
    };
    let title = contract
        .milestone(payment.milestone)
        .map(|one| one.plan.title.clone())
        .unwrap_or_default();
    let order = FundOrder {
        payment_id: id.to_string(),
        amount: payment.asked_minor,
        currency: contract.currency,
        method: match payment.method {
            Method::Card => MethodKind::Card,
            Method::Bank => MethodKind::Bank,
        },
        description: title,
        return_url: format!("{}/contracts/{}", desk.origin, contract.id),
    };
    let pick = |answer| {
        if let FoundAnswer::Funding(checkout) = answer {
            Some(checkout)
        } else {
            None
        }
    };
    let outcome = if let Some(known) = known(desk, provider.as_ref(), job, pick).await? {
        known
    } else {
        let answer = provider.fund(&job.key(), &order).await;
        settle(desk, provider.as_ref(), &job.key(), answer, pick).await?
    };
    match outcome {
        Outcome::Answered(checkout) => {
            desk.store
                .keep_checkout(id, checkout.provider_ref, checkout.checkout_url)
                .await?;
            Ok(Attempt::Done)
        }
        Outcome::Refused(why) => {
            let actor = Actor::Provider {
                name: payment.provider.clone(),
            };
            let failed = OfContract::PaymentFailed { payment: id };
            harmless(contract::act(desk, contract.id, &failed, &actor, Also::Nothing).await)?;
            Ok(Attempt::Never(why))
        }
        Outcome::Open(why) => Ok(Attempt::Again(why)),
    }
}

async fn cancel_payment(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let Ok(id) = job.subject.parse::<PaymentId>() else {
        return Ok(Attempt::Never("there is no such payment".to_owned()));
    };
    let kept = desk
        .store
        .read(move |mut view| async move { view.checkout(id).await })
        .await?;
    let Some(kept) = kept else {
        return Ok(Attempt::Done); // No checkout was ever opened.
    };
    let Some(provider) = desk.providers.get(&kept.provider) else {
        return Ok(no_provider(&kept.provider));
    };
    let answer = provider.cancel_funding(&job.key(), &kept.provider_ref).await;
    let pick = |answer| {
        if let FoundAnswer::FundingCanceled(taken) = answer {
            Some(taken)
        } else {
            None
        }
    };
    Ok(
        match settle(desk, provider.as_ref(), &job.key(), answer, pick).await? {
            // Refused: the money has come in, and its event tells what to do.
            Outcome::Answered(_) | Outcome::Refused(_) => Attempt::Done,
            Outcome::Open(why) => Attempt::Again(why),
        },
    )
}

async fn send_refund(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let (Some(contract), Ok(id)) = (contract_of(desk, job).await?, job.subject.parse::<RefundId>()) else {
        return Ok(Attempt::Never("there is no such refund".to_owned()));
    };
    let (Ok(refund), actor_of) = (contract.refund(id), |name| Actor::Provider { name }) else {
        return Ok(Attempt::Never("there is no such refund".to_owned()));
    };
    if refund.state != RefundState::Requested {
        return Ok(Attempt::Done); // Stopped by a chargeback, or told by an event already.
    }
    let payment = refund.payment;
    let kept = desk
        .store
        .read(move |mut view| async move { view.checkout(payment).await })
        .await?;
    let Some(kept) = kept else {
        return Ok(Attempt::Again(
            "the provider's reference of the payment is not known yet".to_owned(),
        ));
    };
    let Some(provider) = desk.providers.get(&kept.provider) else {
        return Ok(no_provider(&kept.provider));
    };
    let order = RefundOrder {
        refund_id: id.to_string(),
        payment_ref: kept.provider_ref,
        amount: refund.amount_minor,
        currency: contract.currency,
    };
    let pick = |answer| {
        if let FoundAnswer::Refund(taken) = answer {
            Some(taken)
        } else {
            None
        }
    };
    let outcome = if let Some(known) = known(desk, provider.as_ref(), job, pick).await? {
        known
    } else {
        let answer = provider.refund(&job.key(), &order).await;
        settle(desk, provider.as_ref(), &job.key(), answer, pick).await?
    };
    let command = match &outcome {
        Outcome::Answered(_) => OfContract::RefundSent { refund: id },
        Outcome::Refused(_) => OfContract::RefundFailed {
            refund: id,
            receipt: None,
        },
        Outcome::Open(why) => return Ok(Attempt::Again(why.clone())),
    };
    let name = contract.payment(payment).map(|paid| paid.provider.clone())?;
    harmless(contract::act(desk, contract.id, &command, &actor_of(name), Also::Nothing).await)?;
    Ok(if let Outcome::Refused(why) = outcome {
        Attempt::Never(why)
    } else {
        Attempt::Done
    })
}

#[cfg(test)]
mod tests;
