//! The beginning of a call: what it is about is looked at once more under its lock, in the transaction that notes the
//! call. Between the first look and this one the provider was asked something, and somebody may have put it on hold.

use earnest_hire::contract::{Chargeback, ChargebackState, Payment, PaymentState, Refund, RefundState};
use earnest_hire::ids::{ContractId, PersonId};
use earnest_hire::payee::{Payout, PayoutState};
use earnest_store::{Done, Job, Tx};

use super::Outcome;
use crate::Error;
use crate::desk::Desk;

pub(super) const FASTER: &str = "another attempt is under way";
const CHANGED: &str = "what the call is about has changed meanwhile";

/// A call as it was planned: how many had left before, and what it was about then.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) job: Job,
    pub(super) former: i64,
    about: About,
}

/// What a call is about, with whose it is.
#[derive(Debug, Clone)]
pub(super) enum About {
    Payment(ContractId, Box<Payment>),
    Refund(ContractId, Refund),
    Chargeback(ContractId, Box<Chargeback>),
    Payout(PersonId, Box<Payout>),
}

/// Whether a call may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    Now,
    /// Another attempt was faster.
    Faster,
    /// It is still to be done, and yet not as it was planned.
    Changed,
    /// It is stopped, canceled or done.
    Never,
}

impl Leave {
    fn of<T: PartialEq>(planned: &T, found: &T, is_wanted: bool) -> Self {
        if !is_wanted {
            Self::Never
        } else if planned == found {
            Self::Now
        } else {
            Self::Changed
        }
    }
}

impl Planned {
    pub(super) fn new(job: &Job, former: i64, about: About) -> Self {
        let job = job.clone();
        Self { job, former, about }
    }

    async fn begin(self, mut tx: Tx) -> Result<Done<Leave>, Error> {
        if !tx.begin_call(&self.job, self.former).await? {
            return tx.commit(Leave::Faster).await;
        }
        let leave = self.about.looked_at_again(&mut tx).await?;
        if leave != Leave::Now {
            tx.take_call_back(&self.job.id).await?;
        }
        tx.commit(leave).await
    }
}

impl About {
    /// Locks whose it is, so that nothing stops it before the call is noted.
    async fn looked_at_again(&self, tx: &mut Tx) -> Result<Leave, Error> {
        let id = match self {
            Self::Payout(person, planned) => {
                tx.lock_party(*person).await?;
                let payee = tx.payee(*person).await?.ok_or(Error::NotFound)?;
                let found = payee.payout(planned.id)?;
                let is_wanted = found.state == PayoutState::Requested;
                return Ok(Leave::of(planned.as_ref(), found, is_wanted));
            }
            Self::Payment(id, _) | Self::Refund(id, _) | Self::Chargeback(id, _) => *id,
        };
        let (locked, _) = tx.lock_contract(id, None).await?;
        let contract = locked.ok_or(Error::NotFound)?.contract;
        Ok(match self {
            Self::Payment(_, planned) => {
                let found = contract.payment(planned.id)?;
                Leave::of(planned.as_ref(), found, found.state == PaymentState::Pending)
            }
            Self::Refund(_, planned) => {
                let found = contract.refund(planned.id)?;
                Leave::of(planned, found, found.state == RefundState::Requested)
            }
            Self::Chargeback(_, planned) => {
                let found = contract.chargeback(planned.id)?;
                Leave::of(planned.as_ref(), found, found.state == ChargebackState::Open)
            }
            Self::Payout(..) => Leave::Never,
        })
    }
}

/// Notes that a call leaves now, so that every later attempt knows of it, whatever becomes of this one. Says why not,
/// where it must not be made.
pub(super) async fn begun<T>(desk: &Desk, planned: &Planned) -> Result<Option<Outcome<T>>, Error> {
    let leave = desk.write(planned, Planned::begin).await?;
    Ok(match leave {
        Leave::Now => None,
        Leave::Faster => Some(Outcome::Open(FASTER.to_owned())),
        Leave::Changed => Some(Outcome::Open(CHANGED.to_owned())),
        Leave::Never => Some(Outcome::Over),
    })
}
