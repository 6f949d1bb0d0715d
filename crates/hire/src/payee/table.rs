//! The process of a payout as data. [`super::decide()`] runs these rows; nothing moves a payout but a row.

use serde::Serialize;

use super::payout::PayoutState::{self, Canceled, Failed, Held, Paid, Requested, Returned, Sent};
use crate::contract::{By, words};

words! {
    /// What can happen to a payout.
    PayoutEvent {
        /// An operator stops it, or a hold on the account does.
        Hold = "hold",
        /// It goes on: by an operator, or because the hold is over.
        Release = "release",
        /// It is taken back before it was sent.
        Cancel = "cancel",
        /// The provider can move a part of it only.
        Reduce = "reduce",
        /// The provider has it.
        Sent = "sent",
        /// The person has it.
        Paid = "paid",
        /// It did not arrive.
        Failed = "failed",
        /// The bank sent it back.
        Returned = "returned",
    }
}

words! {
    /// What a row of a payout books.
    PayoutPosting {
        /// It never left: the expert may have it paid out again.
        Back = "L:payout_transit / L:expert_payable",
        /// A part does not leave now.
        Rest = "L:payout_transit / L:expert_payable (what does not fit)",
        /// It has arrived.
        Out = "L:payout_transit / A:psp",
        /// It had arrived and came back.
        In = "A:psp / L:expert_payable",
        /// It had left before it was canceled; what the expert has spent since is owed.
        Late = "L:expert_payable, then A:receivable / A:psp",
    }
}

/// One row of the process of a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PayoutRow {
    /// From any of these states.
    pub from: &'static [PayoutState],
    /// By what.
    pub event: PayoutEvent,
    /// By whom.
    pub by: &'static [By],
    /// What is booked, if anything.
    pub posting: Option<PayoutPosting>,
    /// To this state.
    pub to: PayoutState,
}

const UNDER_WAY: &[PayoutState] = &[Requested, Held, Sent];
const UNSENT: &[PayoutState] = &[Requested, Held];
const PARTY: &[By] = &[By::Expert, By::Operator];
const OFFICE: &[By] = &[By::Operator, By::Clock];
const PROVIDER: &[By] = &[By::Provider];

use PayoutEvent as E;
use PayoutPosting as P;

/// The process of a payout. It begins as requested: `L:expert_payable / A:receivable` for what the expert owes, then
/// `L:expert_payable / L:payout_transit`.
#[rustfmt::skip]
pub const PAYOUT_ROWS: &[PayoutRow] = &[
    PayoutRow { from: UNSENT, event: E::Hold, by: OFFICE, posting: None, to: Held },
    PayoutRow { from: &[Held], event: E::Release, by: OFFICE, posting: None, to: Requested },
    PayoutRow { from: UNSENT, event: E::Cancel, by: PARTY, posting: Some(P::Back), to: Canceled },
    PayoutRow { from: &[Failed], event: E::Cancel, by: PARTY, posting: None, to: Canceled },
    PayoutRow { from: &[Requested], event: E::Reduce, by: PROVIDER, posting: Some(P::Rest), to: Requested },
    PayoutRow { from: UNSENT, event: E::Sent, by: PROVIDER, posting: None, to: Sent },
    PayoutRow { from: UNDER_WAY, event: E::Paid, by: PROVIDER, posting: Some(P::Out), to: Paid },
    PayoutRow { from: &[Canceled], event: E::Paid, by: PROVIDER, posting: Some(P::Late), to: Paid },
    PayoutRow { from: &[Canceled], event: E::Failed, by: PROVIDER, posting: None, to: Canceled },
    PayoutRow { from: UNDER_WAY, event: E::Failed, by: PROVIDER, posting: Some(P::Back), to: Failed },
    PayoutRow { from: &[Paid], event: E::Failed, by: PROVIDER, posting: Some(P::In), to: Returned },
    PayoutRow { from: &[Paid], event: E::Returned, by: PROVIDER, posting: Some(P::In), to: Returned },
];

/// The row for an event in a state by somebody.
pub(super) fn find(from: PayoutState, event: PayoutEvent, by: By) -> Option<&'static PayoutRow> {
    PAYOUT_ROWS
        .iter()
        .find(|row| row.event == event && row.from.contains(&from) && row.by.contains(&by))
}
