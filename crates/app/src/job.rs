//! Jobs: what is asked of providers after a decision is kept. The intent stands in the database before the call; a call
//! without an answer is unknown, never failed, and is settled by asking again under the same key.

mod begin;
mod evidence;
mod notice;
mod payout;

use earnest_hire::contract::{Actor, Command as OfContract, Contract, Method, PaymentState, RefundState};
use earnest_hire::ids::{ContractId, PaymentId, RefundId};
use earnest_hire::ledger::Name;
use earnest_hire::refusal::Refusal;
use earnest_hire::span::after;
use earnest_store::{ATTEMPTS, CheckoutRow, Job, JobEnd, JobState};
use jiff::{SignedDuration, Timestamp};

use self::begin::{About, FASTER, Planned, begun};
use crate::Error;
use crate::backoff;
use crate::contract::{self, Also};
use crate::desk::Desk;
use crate::outside::payments::{
    CallError, Checkout, Found, FoundAnswer, FundOrder, MethodKind, PaymentProvider, RefundOrder,
};
use crate::provider;

/// For how long a claimed job is nobody else's.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// No job may take longer: it makes at most four calls, and one that hangs is given up after ten seconds. A job that
/// waited for others so long that less of its lease is left has it renewed before it begins.
const LONGEST: SignedDuration = SignedDuration::from_mins(1);

/// So many jobs are claimed at once, and done one after the other.
const CLAIMED: u16 = 8;

const OPEN_PAYMENT: &str = "open_payment";

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
        if is_held(desk, &job).await? {
            carry_out(desk, job).await?;
        }
    }
    Ok(count)
}

/// As [`run_due`], for a program that is not the site: jobs of a provider that is not configured here are left alone, for
/// whoever can reach it.
pub async fn run_due_here(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let waiting = desk
        .store
        .read(|mut view| async move { view.jobs(JobState::Waiting, SHOWN).await });
    let mut count = 0_usize;
    for job in waiting.await?.into_iter().filter(|job| job.due_at <= now) {
        if let Some(provider) = provider_of(desk, &job).await?
            && !desk.providers.contains_key(provider.as_str())
        {
            continue;
        }
        let lease = after(desk.now(), LEASE);
        if let Some(job) = desk.store.claim_job(job.id, now, lease).await? {
            carry_out(desk, job).await?;
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}

/// So many jobs are looked at by [`run_due_here`].
const SHOWN: u16 = 1_000;

/// Who is to be called; nobody for a notice.
async fn provider_of(desk: &Desk, job: &Job) -> Result<Option<Name>, Error> {
    let Some(contract) = contract_of(desk, job).await? else {
        return payout::provider_of(desk, job).await;
    };
    let payment = match job.kind.as_str() {
        "send_refund" => contract.refund(parsed(job)?)?.payment,
        "send_evidence" => contract.chargeback(parsed(job)?)?.payment,
        OPEN_PAYMENT | "cancel_payment" => parsed(job)?,
        _ => return Ok(None),
    };
    Ok(Some(contract.payment(payment)?.provider.clone()))
}

fn parsed<T: std::str::FromStr>(job: &Job) -> Result<T, Error> {
    job.subject.parse().or(Err(Error::NotFound))
}

async fn carry_out(desk: &Desk, job: Job) -> Result<(), Error> {
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
    desk.store.end_job(job.id, end).await?;
    Ok(())
}

/// Whether a claimed job is still ours for as long as it may take.
async fn is_held(desk: &Desk, job: &Job) -> Result<bool, Error> {
    let now = desk.now();
    if after(now, LONGEST) <= job.due_at {
        return Ok(true);
    }
    Ok(desk.store.renew_job(job, after(now, LEASE)).await?)
}

/// Tried 12 times within about half a day, at growing distances; then it waits for a person.
fn end(job: &Job, attempt: Attempt, now: Timestamp) -> JobEnd {
    match attempt {
        Attempt::Done => JobEnd::Done,
        Attempt::Never(why) => JobEnd::Dead { why },
        Attempt::Again(why) if job.attempts >= ATTEMPTS => JobEnd::Dead { why },
        Attempt::Again(why) => {
            let (first, most) = (SignedDuration::from_secs(5), SignedDuration::from_hours(4));
            let at = after(now, backoff::pause(first, job.attempts, most));
            JobEnd::Again { at, why }
        }
    }
}

async fn attempt(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    match job.kind.as_str() {
        "notice" => notice::tell(desk, job).await,
        OPEN_PAYMENT => open_payment(desk, job).await,
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
    /// It is no longer to be done, and no call was made.
    Over,
}

/// How many calls under the job's key may have left before, by whatever job and node. Read before what the call is about:
/// [`begun`] then finds out whether either has changed.
async fn former_calls(desk: &Desk, kind: &str, subject: &str) -> Result<i64, Error> {
    let (kind, subject) = (kind.to_owned(), subject.to_owned());
    let read = desk.store.read(move |mut view| {
        let (kind, subject) = (kind.clone(), subject.clone());
        async move { view.calls(&kind, &subject).await }
    });
    Ok(read.await?)
}

/// Where a call may have left before, the provider is asked first what became of the key. It may have acted, and then
/// neither another answer of its to the same question (what can be moved now) nor another wording of ours (the site's
/// address) may be taken for a refusal.
async fn known<T>(
    desk: &Desk,
    provider: &dyn PaymentProvider,
    (job, former): (&Job, i64),
    pick: fn(FoundAnswer) -> Option<T>,
) -> Result<Option<Outcome<T>>, Error> {
    if former == 0 {
        return Ok(None);
    }
    match provider.look_up(&job.key()).await {
        Ok(None) => Ok(None),
        Ok(Some(found)) => told(desk, found, pick).await.map(Some),
        Err(error) => Ok(Some(Outcome::Open(error.to_string()))),
    }
}

/// Makes a call, or finds what became of it: looked up where one may have left before, noted before it leaves, and asked
/// after where its answer is unknown.
async fn call<T>(
    desk: &Desk,
    provider: &dyn PaymentProvider,
    planned: &Planned,
    ask: impl AsyncFnOnce() -> Result<T, CallError>,
    pick: fn(FoundAnswer) -> Option<T>,
) -> Result<Outcome<T>, Error> {
    if let Some(known) = known(desk, provider, (&planned.job, planned.former), pick).await? {
        return Ok(known);
    }
    if let Some(no) = begun(desk, planned).await? {
        return Ok(no);
    }
    settle_begun(desk, provider, &planned.job, ask().await, pick).await
}

/// As [`settle`], of a call that [`begun`] had noted: where it is certain that it never left, the note is taken back.
async fn settle_begun<T>(
    desk: &Desk,
    provider: &dyn PaymentProvider,
    job: &Job,
    answer: Result<T, CallError>,
    pick: fn(FoundAnswer) -> Option<T>,
) -> Result<Outcome<T>, Error> {
    if matches!(answer, Err(CallError::NotSent { .. })) {
        desk.store.call_not_sent(job.id.clone()).await?;
    }
    settle(desk, provider, &job.key(), answer, pick).await
}

/// Sorts an answer; after an unknown outcome the provider is asked what became of the key.
async fn settle<T>(
    desk: &Desk,
    provider: &dyn PaymentProvider,
    key: &str,
    answer: Result<T, CallError>,
    pick: fn(FoundAnswer) -> Option<T>,
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
async fn told<T>(desk: &Desk, found: Found, pick: fn(FoundAnswer) -> Option<T>) -> Result<Outcome<T>, Error> {
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
    let former = former_calls(desk, &job.kind, &job.subject).await?;
    let (Some(contract), Ok(id)) = (contract_of(desk, job).await?, job.subject.parse::<PaymentId>()) else {
        return Ok(Attempt::Never("there is no such payment".to_owned()));
    };
    let Ok(payment) = contract.payment(id) else {
        return Ok(Attempt::Never("there is no such payment".to_owned()));
    };
    if payment.state != PaymentState::Pending {
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
    let planned = Planned::new(
        job,
        former,
        About::Payment(contract.id, Box::new(payment.clone())),
    );
    let fund = async || provider.fund(&job.key(), &order).await;
    match call(desk, provider.as_ref(), &planned, fund, funding).await? {
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
        Outcome::Over => Ok(Attempt::Done),
    }
}

fn funding(answer: FoundAnswer) -> Option<Checkout> {
    if let FoundAnswer::Funding(checkout) = answer {
        Some(checkout)
    } else {
        None
    }
}

/// The provider's name of a payment.
enum Reference {
    Kept(CheckoutRow),
    /// The provider was never asked for the payment.
    Never,
    /// Nobody knows yet.
    Open(String),
}

/// The reference that was kept, or else what the provider says under the key of the payment: its answer may have been
/// lost, and the payment have ended before anybody asked again.
async fn reference(desk: &Desk, id: PaymentId, provider: &str) -> Result<Reference, Error> {
    let kept = desk
        .store
        .read(move |mut view| async move { view.checkout(id).await });
    if let Some(kept) = kept.await? {
        return Ok(Reference::Kept(kept));
    }
    let subject = id.to_string();
    if former_calls(desk, OPEN_PAYMENT, &subject).await? == 0 {
        return Ok(Reference::Never);
    }
    let Some(known) = desk.providers.get(provider) else {
        return Ok(Reference::Open(format!(
            "the provider {provider} is not configured"
        )));
    };
    let found = match known.look_up(&format!("{OPEN_PAYMENT}:{subject}")).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Reference::Never),
        Err(error) => return Ok(Reference::Open(error.to_string())),
    };
    let Outcome::Answered(checkout) = told(desk, found, funding).await? else {
        return Ok(Reference::Never);
    };
    let (provider, provider_ref) = (provider.to_owned(), checkout.provider_ref);
    let checkout_url = checkout.checkout_url;
    desk.store
        .keep_checkout(id, provider_ref.clone(), checkout_url.clone())
        .await?;
    Ok(Reference::Kept(CheckoutRow {
        provider,
        provider_ref,
        checkout_url,
    }))
}

async fn cancel_payment(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let (Some(contract), Ok(id)) = (contract_of(desk, job).await?, job.subject.parse::<PaymentId>()) else {
        return Ok(Attempt::Never("there is no such payment".to_owned()));
    };
    let provider = contract.payment(id)?.provider.as_str();
    let kept = match reference(desk, id, provider).await? {
        Reference::Kept(kept) => kept,
        Reference::Never => return Ok(Attempt::Done), // No checkout was ever opened.
        Reference::Open(why) => return Ok(Attempt::Again(why)),
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
    // Refused: the money has come in, and its event tells what to do.
    let outcome = settle(desk, provider.as_ref(), &job.key(), answer, pick).await?;
    Ok(canceled(outcome))
}

/// What was to be stopped is stopped, or has happened: then its event is on its way.
fn canceled<T>(outcome: Outcome<T>) -> Attempt {
    match outcome {
        Outcome::Answered(_) | Outcome::Refused(_) | Outcome::Over => Attempt::Done,
        Outcome::Open(why) => Attempt::Again(why),
    }
}

async fn send_refund(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let former = former_calls(desk, &job.kind, &job.subject).await?;
    let (Some(contract), Ok(id)) = (contract_of(desk, job).await?, job.subject.parse::<RefundId>()) else {
        return Ok(Attempt::Never("there is no such refund".to_owned()));
    };
    let Ok(refund) = contract.refund(id) else {
        return Ok(Attempt::Never("there is no such refund".to_owned()));
    };
    if refund.state != RefundState::Requested {
        return Ok(Attempt::Done); // Stopped by a chargeback, or told by an event already.
    }
    let name = contract.payment(refund.payment)?.provider.clone();
    let kept = match reference(desk, refund.payment, name.as_str()).await? {
        Reference::Kept(kept) => kept,
        Reference::Never => {
            let why = "the provider's reference of the payment is not known yet";
            return Ok(Attempt::Again(why.to_owned()));
        }
        Reference::Open(why) => return Ok(Attempt::Again(why)),
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
    let planned = Planned::new(job, former, About::Refund(contract.id, refund.clone()));
    let refund = async || provider.refund(&job.key(), &order).await;
    let outcome = call(desk, provider.as_ref(), &planned, refund, pick).await?;
    let command = match &outcome {
        Outcome::Answered(_) => OfContract::RefundSent { refund: id },
        Outcome::Refused(_) => OfContract::RefundFailed {
            refund: id,
            receipt: None,
        },
        Outcome::Open(why) => return Ok(Attempt::Again(why.clone())),
        Outcome::Over => return Ok(Attempt::Done),
    };
    let actor = Actor::Provider { name };
    harmless(contract::act(desk, contract.id, &command, &actor, Also::Nothing).await)?;
    Ok(if let Outcome::Refused(why) = outcome {
        Attempt::Never(why)
    } else {
        Attempt::Done
    })
}

#[cfg(test)]
pub(crate) mod tests;
