//! Payouts that are sent, as far as the provider can move the money, and taken back.

use earnest_hire::contract::Actor;
use earnest_hire::ids::{PayoutId, PersonId};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Minor, Money};
use earnest_hire::payee::{Command, Payout, PayoutState};
use earnest_store::{ATTEMPTS, Job};

use super::{
    About, Attempt, FASTER, Outcome, Planned, begun, call, canceled, former_calls, harmless, known,
    no_provider, settle, settle_begun,
};
use crate::Error;
use crate::contract::Also;
use crate::desk::Desk;
use crate::outside::payments::{FoundAnswer, PaymentProvider, PayoutOrder, Taken};
use crate::payee::{self, Who};

const NONE: &str = "there is no such payout";

/// A payout with whose it is.
struct Mine {
    person: PersonId,
    payout: Payout,
}

impl Mine {
    async fn find(desk: &Desk, job: &Job) -> Result<Option<Self>, Error> {
        let (Ok(person), Ok(id)) = (job.chain.parse::<PersonId>(), job.subject.parse::<PayoutId>()) else {
            return Ok(None);
        };
        let read = desk
            .store
            .read(move |mut view| async move { view.payee(person).await });
        let payout = read.await?.and_then(|payee| payee.payout(id).ok().cloned());
        Ok(payout.map(|payout| Self { person, payout }))
    }

    fn order(&self, desk: &Desk, amount: Minor) -> PayoutOrder {
        PayoutOrder {
            payout_id: self.payout.id.to_string(),
            account_ref: self.payout.account.clone(),
            amount,
            currency: desk.currency,
        }
    }

    /// The first call for it, or one after so many others.
    fn planned(&self, job: &Job, former: i64) -> Planned {
        let payout = Box::new(self.payout.clone());
        Planned::new(job, former, About::Payout(self.person, payout))
    }

    /// What the provider's answer gives.
    async fn told(&self, desk: &Desk, command: &Command, also: Also) -> Result<(), Error> {
        let actor = Actor::Provider {
            name: self.payout.provider.clone(),
        };
        payee::act(desk, self.person, command, Who::sure(&actor), also)
            .await
            .map(drop)
    }
}

pub(super) async fn send(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let former = former_calls(desk, &job.kind, &job.subject).await?;
    let Some(mine) = Mine::find(desk, job).await? else {
        return Ok(Attempt::Never(NONE.to_owned()));
    };
    let (id, provider) = (mine.payout.id, mine.payout.provider.as_str());
    if mine.payout.state != PayoutState::Requested {
        return Ok(Attempt::Done); // Held, canceled, or told by an event already; a new job comes when it goes on.
    }
    let Some(provider) = desk.providers.get(provider) else {
        return Ok(no_provider(provider));
    };
    let outcome = if former > 0 {
        // Nothing is reduced once a call may have left: the very same is asked for again, and the provider's word counts.
        let order = mine.order(desk, mine.payout.amount_minor);
        let pay_out = async || provider.pay_out(&job.key(), &order).await;
        call(
            desk,
            provider.as_ref(),
            &mine.planned(job, former),
            pay_out,
            payout,
        )
        .await?
    } else {
        match fitted(desk, provider.as_ref(), job, &mine).await? {
            Fitted::Begun(amount) => {
                let answer = provider.pay_out(&job.key(), &mine.order(desk, amount)).await;
                settle_begun(desk, provider.as_ref(), job, answer, payout).await?
            }
            Fitted::Known(known) => known,
            Fitted::Open(why) => return Ok(Attempt::Again(why)),
            Fitted::Over => return Ok(Attempt::Done),
            Fitted::Nothing(reason) => {
                let failed = Command::PayoutFailed {
                    payout: id,
                    reason,
                    receipt: None,
                };
                return harmless(mine.told(desk, &failed, Also::Nothing).await);
            }
        }
    };
    let command = match &outcome {
        Outcome::Answered(_) => Command::PayoutSent { payout: id },
        Outcome::Refused(why) => Command::PayoutFailed {
            payout: id,
            reason: why.clone(),
            receipt: None,
        },
        Outcome::Open(why) => return Ok(Attempt::Again(why.clone())),
        Outcome::Over => return Ok(Attempt::Done),
    };
    harmless(mine.told(desk, &command, Also::Nothing).await)?;
    Ok(if let Outcome::Refused(why) = outcome {
        Attempt::Never(why)
    } else {
        Attempt::Done
    })
}

/// Who is to be called; nobody where the job is about no payout.
pub(super) async fn provider_of(desk: &Desk, job: &Job) -> Result<Option<Name>, Error> {
    let mine = Mine::find(desk, job).await?;
    Ok(mine.map(|mine| mine.payout.provider))
}

fn payout(answer: FoundAnswer) -> Option<Taken> {
    if let FoundAnswer::Payout(taken) = answer {
        Some(taken)
    } else {
        None
    }
}

/// What of a payout is sent.
enum Fitted {
    /// So much, by a call that is noted to have begun.
    Begun(Minor),
    /// The provider knew the key already, or no call is to be made.
    Known(Outcome<Taken>),
    /// Nobody knows yet.
    Open(String),
    /// The payout is no longer to be sent.
    Over,
    /// Nothing could be moved for as long as a job is tried: the money is the person's to ask for again.
    Nothing(String),
}

/// Asks what can be moved now. Where that is less than the payout, the rest is payable again before anything is sent. Only
/// for a payout of which no call may have left.
async fn fitted(
    desk: &Desk,
    provider: &dyn PaymentProvider,
    job: &Job,
    mine: &Mine,
) -> Result<Fitted, Error> {
    let movable = match provider.movable(desk.currency).await {
        Ok(movable) => movable,
        Err(error) => return Ok(Fitted::Open(error.to_string())),
    };
    let whole = mine.payout.amount_minor;
    let fits = movable.fits(whole);
    if fits == whole {
        return Ok(match begun(desk, &mine.planned(job, 0)).await? {
            None => Fitted::Begun(whole),
            Some(no) => Fitted::Known(no),
        });
    }
    if fits == Minor::ZERO {
        let why = format!(
            "the provider can move only {} now",
            desk.currency.sum(movable.most)
        );
        return Ok(if job.attempts >= ATTEMPTS {
            Fitted::Nothing(why)
        } else {
            Fitted::Open(why)
        });
    }
    // A database that was brought back from a copy knows nothing of the calls made since.
    if let Some(known) = known(desk, provider, (job, 1), payout).await? {
        return Ok(Fitted::Known(known));
    }
    let reduced = Command::PayoutReduced {
        payout: mine.payout.id,
        amount: Money {
            amount_minor: fits.0,
            currency: desk.currency,
        },
    };
    match mine
        .told(desk, &reduced, Also::FirstCall(Box::new(job.clone())))
        .await
    {
        Ok(()) => Ok(Fitted::Begun(fits)),
        Err(Error::Conflict { .. }) => Ok(Fitted::Open(FASTER.to_owned())),
        // Somebody held or canceled it at this moment.
        Err(Error::Refused(_)) => Ok(Fitted::Over),
        Err(error) => Err(error),
    }
}

/// The call that was to send it may be under way or have had no answer: the provider is told, too.
pub(super) async fn cancel(desk: &Desk, job: &Job) -> Result<Attempt, Error> {
    let Some(mine) = Mine::find(desk, job).await? else {
        return Ok(Attempt::Never(NONE.to_owned()));
    };
    let payout = &mine.payout;
    let Some(provider) = desk.providers.get(payout.provider.as_str()) else {
        return Ok(no_provider(payout.provider.as_str()));
    };
    let order = mine.order(desk, payout.amount_minor);
    let answer = provider.cancel_payout(&job.key(), &order).await;
    let pick = |answer| {
        if let FoundAnswer::PayoutCanceled(taken) = answer {
            Some(taken)
        } else {
            None
        }
    };
    // Refused: the money has left, and its event books what was paid although it was canceled.
    let outcome = settle(desk, provider.as_ref(), &job.key(), answer, pick).await?;
    Ok(canceled(outcome))
}
