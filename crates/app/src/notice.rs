//! What people are mailed about, by topic. What protects money or an account cannot be switched off: silence about it
//! would cost somebody something.

use earnest_hire::contract::Milestone;
use earnest_hire::ids::PersonId;
use earnest_store::Tx;

use crate::Error;
use crate::desk::Desk;

/// What a letter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Somebody wrote.
    Messages,
    /// A proposal was made, changed or answered.
    Proposals,
    /// A request closed itself.
    Requests,
    /// A contract began, paused or ended.
    Contracts,
    /// Work went on, without a time that runs.
    Work,
    /// Money arrived.
    Payments,
    /// A review about the person is shown.
    Reviews,
    /// A time runs, and when it is over something happens by itself.
    Deadlines,
    /// A payment, refund or payout failed or was taken back.
    Failures,
    /// A dispute, or an offer to settle one.
    Disputes,
    /// The account, the account that is paid to, holds.
    Account,
}

impl Topic {
    /// All there are: first those that can be switched off.
    pub const ALL: [Self; 11] = [
        Self::Messages,
        Self::Proposals,
        Self::Requests,
        Self::Contracts,
        Self::Work,
        Self::Payments,
        Self::Reviews,
        Self::Deadlines,
        Self::Failures,
        Self::Disputes,
        Self::Account,
    ];

    /// The word it is kept by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Proposals => "proposals",
            Self::Requests => "requests",
            Self::Contracts => "contracts",
            Self::Work => "work",
            Self::Payments => "payments",
            Self::Reviews => "reviews",
            Self::Deadlines => "deadlines",
            Self::Failures => "failures",
            Self::Disputes => "disputes",
            Self::Account => "account",
        }
    }

    /// What is told, in a line for the person.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Messages => "Somebody wrote to you",
            Self::Proposals => "A proposal was made, changed or answered",
            Self::Requests => "Your request has closed itself",
            Self::Contracts => "A contract was signed, declined, paused or has ended",
            Self::Work => "Work has begun, was approved, or changes are asked for",
            Self::Payments => "Money has arrived, or can be paid out",
            Self::Reviews => "A review about you is shown",
            Self::Deadlines => "A time runs, and when it is over something happens by itself",
            Self::Failures => "A payment, refund or payout failed, or was taken back",
            Self::Disputes => "A dispute, its answer and decision, or an offer to settle",
            Self::Account => {
                "Links to sign in, your password and second factor, the account that you are paid to, payouts that are asked for, holds"
            }
        }
    }

    /// Whether a person may do without it.
    pub fn is_optional(self) -> bool {
        match self {
            Self::Messages
            | Self::Proposals
            | Self::Requests
            | Self::Contracts
            | Self::Work
            | Self::Payments
            | Self::Reviews => true,
            Self::Deadlines | Self::Failures | Self::Disputes | Self::Account => false,
        }
    }

    /// The topic of something that the rules want told. What is not known here cannot be switched off.
    pub(crate) fn of(about: &str) -> Self {
        match about {
            "signed" | "declined" | "withdrawn" | "offer_expires" | "ended" | "paused" | "resumed" => {
                Self::Contracts
            }
            "start" | "request_changes" | "approve" | "auto_approved" | "extend_inspection" => Self::Work,
            "captured" | "release" | "refund_succeeded" | "clear" | "payout_paid" => Self::Payments,
            "failed" | "refund_failed" | "payout_failed" | "payout_returned" | "chargeback_opened"
            | "chargeback_won" | "chargeback_lost" | "give_back" | "cancel" => Self::Failures,
            "settlement_offered" | "settle" | "open_dispute" | "answer_due" | "answer_dispute"
            | "dispute_decided" | "decided" | "dispute_appealed" => Self::Disputes,
            "set_payout_account"
            | "request_payout"
            | "contract_held"
            | "contract_hold_kept"
            | "contract_hold_ended"
            | "contract_hold_answered" => Self::Account,
            _ => Self::Deadlines,
        }
    }
}

/// The version of a milestone that a client is asked to review, as letters about it are kept.
pub(crate) fn inspection(milestone: &Milestone) -> String {
    format!("{}:{}", milestone.id, milestone.versions)
}

/// Whether somebody is mailed about a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// About what.
    pub topic: Topic,
    /// Whether they are.
    pub is_on: bool,
}

/// What a person is mailed about.
pub async fn choices(desk: &Desk, person: PersonId) -> Result<Vec<Choice>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.topics_off(person).await });
    let off = read.await?;
    Ok(Topic::ALL
        .into_iter()
        .map(|topic| Choice {
            topic,
            is_on: !(topic.is_optional() && off.iter().any(|name| name == topic.name())),
        })
        .collect())
}

/// Keeps what a person wants to be mailed about; what cannot be switched off stays on, whatever was sent.
pub async fn choose(desk: &Desk, person: PersonId, on: &[&str]) -> Result<(), Error> {
    let off: Vec<&'static str> = Topic::ALL
        .into_iter()
        .filter(|topic| topic.is_optional() && !on.contains(&topic.name()))
        .map(Topic::name)
        .collect();
    desk.write(&(person, off), |(person, off), mut tx| async move {
        tx.set_topics_off(person, &off).await?;
        tx.commit(()).await
    })
    .await
}

/// Whether a person is mailed about a topic, as it stands in this transaction.
pub(crate) async fn wants(tx: &mut Tx, person: PersonId, topic: Topic) -> Result<bool, Error> {
    Ok(!topic.is_optional()
        || !tx
            .topics_off(person)
            .await?
            .iter()
            .any(|name| name == topic.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_money_or_an_account_cannot_be_switched_off() {
        for about in [
            "submit",
            "inspection_reminder",
            "start_reminder",
            "overdue",
            "lapsed",
            "expired",
            "amendment_proposed",
            "open_dispute",
            "answer_due",
            "settlement_offered",
            "chargeback_opened",
            "payout_failed",
            "set_payout_account",
            "request_payout",
            "hold_placed",
            "something_new",
        ] {
            assert!(!Topic::of(about).is_optional(), "{about}");
        }
        for about in ["signed", "approve", "captured", "payout_paid"] {
            assert!(Topic::of(about).is_optional(), "{about}");
        }
    }
}
