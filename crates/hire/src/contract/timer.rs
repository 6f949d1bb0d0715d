//! Timers as values: what happens by itself, to what, and when. A timer belongs to one entry into a state.

use jiff::Timestamp;
use serde::Serialize;

use super::kind::words;

words! {
    /// What happens when a timer's time has come.
    TimerKind {
        /// A contract on offer ends unsigned.
        OfferExpires = "offer_expires",
        /// A payment's time is over.
        PaymentExpires = "payment_expires",
        /// The client is reminded that work has not begun and that the money can be taken back.
        StartReminder = "start_reminder",
        /// Work never began; the money goes back.
        Lapses = "lapses",
        /// The expert is reminded of the due date, three days and one day before.
        DueReminder = "due_reminder",
        /// The due date has passed.
        Overdue = "overdue",
        /// Nothing came for a week after the due date; the money goes back.
        Returns = "returns",
        /// The client is reminded of a version.
        InspectionReminder = "inspection_reminder",
        /// The client's silence becomes approval.
        InspectionEnds = "inspection_ends",
        /// An offer to settle ends.
        SettlementExpires = "settlement_expires",
        /// A proposed change ends.
        AmendmentExpires = "amendment_expires",
        /// The phase of a dispute ends or is overdue.
        DisputePhase = "dispute_phase",
        /// Evidence against a chargeback must be with the provider.
        EvidenceDue = "evidence_due",
        /// The provider cannot hold the money much longer.
        HoldingWarning = "holding_warning",
        /// The contract has been paused for long.
        Dormant = "dormant",
        /// A pause ends by itself.
        PauseEnds = "pause_ends",
        /// What was earned becomes payable.
        Clearance = "clearance",
        /// A hold ends by itself.
        HoldEnds = "hold_ends",
        /// A request nobody looks after closes itself.
        RequestExpires = "request_expires",
        /// A proposal nobody answers ends.
        ProposalExpires = "proposal_expires",
    }
}

/// A row to be kept: fires only while its subject is still in entry `entry_no`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timer {
    /// What happens.
    pub kind: TimerKind,
    /// To what: the id of a contract, milestone, payment, dispute and so on.
    pub subject: String,
    /// In which entry of its state.
    pub entry_no: i64,
    /// Not before this.
    pub due_at: Timestamp,
}
