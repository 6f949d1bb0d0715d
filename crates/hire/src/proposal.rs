//! A proposal: an expert's answer to a request, and the chain of versions that both sides make of it until one is
//! accepted. A version never changes; a counter-offer is a new one. Accepting makes the text of a contract and signs
//! nothing.

mod decide;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::decide::{Command, Decision, Facts, Input, Notice, decide};
use crate::contract::{By, Plan, words};
use crate::ids::{PersonId, ProposalId, RequestId};
use crate::money::Currency;
use crate::path::Path;

words! {
    /// How far a proposal has got.
    Stage {
        /// In the expert's hands alone.
        Draft = "draft",
        /// The client has it.
        Sent = "sent",
        /// The client has opened it.
        Seen = "seen",
        /// The client has it among the few.
        Shortlisted = "shortlisted",
        /// The client has made a version of its own; the expert may accept it.
        Offer = "offer",
        /// A version was accepted and is a contract, which binds once both have signed it.
        Accepted = "accepted",
        /// The client said no, or the request was closed.
        Declined = "declined",
        /// The expert took it back.
        Withdrawn = "withdrawn",
        /// Nobody answered.
        Expired = "expired",
    }
}

impl Stage {
    /// Whether nothing comes of it any more.
    pub fn is_over(self) -> bool {
        match self {
            Self::Accepted | Self::Declined | Self::Withdrawn | Self::Expired => true,
            Self::Draft | Self::Sent | Self::Seen | Self::Shortlisted | Self::Offer => false,
        }
    }
}

words! {
    /// What can happen to a proposal.
    ProposalEvent {
        /// The expert sends the first version.
        Send = "send",
        /// The client opens it.
        See = "see",
        /// The client takes it among the few.
        Shortlist = "shortlist",
        /// The client makes a version of its own.
        MakeOffer = "make_offer",
        /// The expert makes another version.
        Revise = "revise",
        /// One side accepts the last version of the other.
        Accept = "accept",
        /// The client says no.
        Decline = "decline",
        /// The expert takes it back.
        Withdraw = "withdraw",
        /// 14 days without an answer.
        Expire = "expire",
        /// The request was closed.
        Close = "close",
    }
}

use ProposalEvent as E;
use Stage::{Accepted, Declined, Draft, Expired, Offer, Seen, Sent, Shortlisted, Withdrawn};

/// The process of a proposal.
#[rustfmt::skip]
pub const PROPOSAL_PATHS: &[Path<Stage, ProposalEvent>] = &[
    Path { from: &[Draft], event: E::Send, by: &[By::Expert], to: Sent },
    Path { from: &[Sent], event: E::See, by: &[By::Client], to: Seen },
    Path { from: &[Sent, Seen], event: E::Shortlist, by: &[By::Client], to: Shortlisted },
    Path { from: &[Seen, Shortlisted], event: E::MakeOffer, by: &[By::Client], to: Offer },
    Path { from: &[Sent, Seen], event: E::Revise, by: &[By::Expert], to: Sent },
    Path { from: &[Shortlisted, Offer], event: E::Revise, by: &[By::Expert], to: Shortlisted },
    Path { from: &[Sent, Seen, Shortlisted], event: E::Accept, by: &[By::Client], to: Accepted },
    Path { from: &[Offer], event: E::Accept, by: &[By::Expert], to: Accepted },
    Path { from: &[Sent, Seen, Shortlisted, Offer], event: E::Decline, by: &[By::Client], to: Declined },
    Path { from: &[Draft, Sent, Seen, Shortlisted, Offer], event: E::Withdraw, by: &[By::Expert], to: Withdrawn },
    Path { from: &[Sent, Seen, Shortlisted, Offer], event: E::Expire, by: &[By::Clock], to: Expired },
    Path { from: &[Draft, Sent, Seen, Shortlisted, Offer], event: E::Close, by: &[By::Clock], to: Declined },
];

/// What one side proposes. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// From 1 on.
    pub number: u16,
    /// Client or expert.
    pub by: By,
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// What a version says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// One for each acceptance item of the request, in their order.
    pub answers: Vec<String>,
    /// Of every price in it.
    pub currency: Currency,
    /// What would be done, and for how much.
    pub milestones: Vec<Plan>,
}

/// An expert's answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Its name for ever.
    pub id: ProposalId,
    /// What it answers.
    pub request: RequestId,
    /// Whose request that is.
    pub client: PersonId,
    /// Whose proposal it is.
    pub expert: PersonId,
    /// How far it has got.
    pub stage: Stage,
    /// Grows by one with each accepted command.
    pub version: i64,
    /// Grows with each entry into a stage. A timer of an earlier entry is stale.
    pub entry_no: i64,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// The chain of offers and counter-offers.
    pub versions: Vec<Version>,
}

impl Proposal {
    /// One that nobody but the expert has seen.
    pub fn new(id: ProposalId, request: RequestId, client: PersonId, expert: PersonId) -> Self {
        Self {
            id,
            request,
            client,
            expert,
            stage: Stage::Draft,
            version: 0,
            entry_no: 1,
            expires_at: None,
            versions: Vec::new(),
        }
    }

    /// Whether a version of it comes from this person.
    pub fn is_by(&self, version: &Version, person: PersonId) -> bool {
        match version.by {
            By::Client => person == self.client,
            By::Expert => person == self.expert,
            By::Operator | By::Clock | By::Provider | By::Parties => false,
        }
    }
}

#[cfg(test)]
mod tests;
