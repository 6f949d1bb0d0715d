//! What can be asked of a contract, by whom, and what must be known from outside to answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hold::Finding;
use super::offer::Change;
use super::payment::Method;
use super::timer::TimerKind;
use crate::ids::{EventId, HoldId, MilestoneId, PaymentId, PersonId, RefundId};
use crate::ledger::Name;
use crate::money::{Currency, Minor, Money};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "actor", rename_all = "snake_case", deny_unknown_fields)]
pub enum Actor {
    /// Somebody signed in; whether as client or expert follows from the contract.
    Person {
        /// Who.
        id: PersonId,
    },
    /// Somebody in the office.
    Operator {
        /// Who.
        id: PersonId,
    },
    /// A timer.
    Clock,
    /// A payment provider.
    Provider {
        /// Which.
        name: Name,
    },
}

/// A command to a contract. Amounts come with their currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each command is a row of the process, which says what it does"
)]
pub enum Command {
    // the contract
    Sign {
        sha256: String,
    },
    Decline,
    Withdraw,
    Resume {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    HoldContract {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        finding: Option<Finding>,
    },
    ExtendContractHold {
        hold: HoldId,
        reason: String,
        review_by: Timestamp,
        second: Option<PersonId>,
    },
    AppealContractHold {
        hold: HoldId,
        reason: String,
    },
    AnswerContractHold {
        hold: HoldId,
        party: PersonId,
        reason: String,
    },
    End,
    RegisterAbsence {
        from: Timestamp,
        until: Timestamp,
    },
    ProposeAmendment {
        change: Change,
    },
    AcceptAmendment,
    RejectAmendment,
    // a milestone
    Fund {
        milestone: MilestoneId,
        provider: Name,
        method: Method,
    },
    Place {
        milestone: MilestoneId,
        payment: PaymentId,
    },
    Start {
        milestone: MilestoneId,
    },
    Cancel {
        milestone: MilestoneId,
    },
    Submit {
        milestone: MilestoneId,
        deliverables: u16,
        ticked: Vec<u16>,
    },
    RequestChanges {
        milestone: MilestoneId,
        unmet: Vec<u16>,
        note: String,
    },
    ExtendInspection {
        milestone: MilestoneId,
        days: u16,
        reason: String,
    },
    Approve {
        milestone: MilestoneId,
    },
    Release {
        milestone: MilestoneId,
        amount: Money,
    },
    GiveBack {
        milestone: MilestoneId,
        amount: Money,
    },
    OfferSettlement {
        milestone: MilestoneId,
        to_expert: Money,
        to_client: Money,
    },
    AcceptSettlement {
        milestone: MilestoneId,
    },
    RejectSettlement {
        milestone: MilestoneId,
    },
    Drop {
        milestone: MilestoneId,
    },
    // a dispute
    OpenDispute {
        milestone: MilestoneId,
        unconditional: Money,
        offer_to_expert: Money,
        reason: String,
    },
    AnswerDispute {
        milestone: MilestoneId,
        unconditional: Money,
        offer_to_expert: Money,
    },
    DecideDispute {
        milestone: MilestoneId,
        to_expert: Money,
        to_client: Money,
        reasons: String,
        second: Option<PersonId>,
    },
    AppealDispute {
        milestone: MilestoneId,
        reason: String,
    },
    // money that belongs to no milestone, and money that must be elsewhere
    RefundFunds {
        payment: PaymentId,
        amount: Money,
    },
    MoveToBank {
        payment: PaymentId,
        bank: Name,
        receipt: EventId,
        transfer: String,
        second: PersonId,
    },
    AssignReceipt {
        payment: PaymentId,
        bank: Name,
        amount: Money,
        receipt: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<PersonId>,
    },
    // the provider
    Captured {
        payment: PaymentId,
        amount: Money,
        fee: Money,
        receipt: String,
    },
    PaymentFailed {
        payment: PaymentId,
    },
    PaymentExpired {
        payment: PaymentId,
    },
    RefundSent {
        refund: RefundId,
    },
    RefundSucceeded {
        refund: RefundId,
        receipt: String,
    },
    RefundFailed {
        refund: RefundId,
        receipt: Option<String>,
    },
    ChargebackOpened {
        payment: PaymentId,
        reference: String,
        receipt: String,
        amount: Money,
        fee: Money,
        evidence_by: Timestamp,
    },
    ChargebackWon {
        reference: String,
        receipt: String,
    },
    ChargebackLost {
        reference: String,
    },
    // mail and time
    MailBounced {
        milestone: MilestoneId,
    },
    Timer {
        kind: TimerKind,
        subject: String,
        entry_no: i64,
        due_at: Timestamp,
    },
}

impl Command {
    /// Lets the clocks go on after a pause by consent.
    pub const RESUME: Self = Self::Resume { reason: None };

    /// The other operator, of commands that one alone may give up to a limit.
    pub fn second(&mut self) -> Option<&mut Option<PersonId>> {
        if let Self::DecideDispute { second, .. }
        | Self::AssignReceipt { second, .. }
        | Self::ExtendContractHold { second, .. } = self
        {
            return Some(second);
        }
        if let Self::HoldContract {
            finding: Some(finding),
            ..
        } = self
        {
            return Some(&mut finding.second);
        }
        None
    }

    /// The other operator, who agreed.
    pub fn seconded_by(&self) -> Option<PersonId> {
        if let Self::MoveToBank { second, .. } = self {
            return Some(*second);
        }
        self.clone().second().copied().flatten()
    }

    /// The word for it in journals and entries; of a timer, what it does.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sign { .. } => "sign",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
            Self::Resume { .. } => "resume",
            Self::HoldContract { .. } => "hold_contract",
            Self::ExtendContractHold { .. } => "extend_contract_hold",
            Self::AppealContractHold { .. } => "appeal_contract_hold",
            Self::AnswerContractHold { .. } => "answer_contract_hold",
            Self::End => "end",
            Self::RegisterAbsence { .. } => "register_absence",
            Self::ProposeAmendment { .. } => "propose_amendment",
            Self::AcceptAmendment => "accept_amendment",
            Self::RejectAmendment => "reject_amendment",
            Self::Fund { .. } => "fund",
            Self::Place { .. } => "place",
            Self::Start { .. } => "start",
            Self::Cancel { .. } => "cancel",
            Self::Submit { .. } => "submit",
            Self::RequestChanges { .. } => "request_changes",
            Self::ExtendInspection { .. } => "extend_inspection",
            Self::Approve { .. } => "approve",
            Self::Release { .. } => "release",
            Self::GiveBack { .. } => "give_back",
            Self::OfferSettlement { .. } => "offer_settlement",
            Self::AcceptSettlement { .. } => "accept_settlement",
            Self::RejectSettlement { .. } => "reject_settlement",
            Self::Drop { .. } => "drop",
            Self::OpenDispute { .. } => "open_dispute",
            Self::AnswerDispute { .. } => "answer_dispute",
            Self::DecideDispute { .. } => "decide_dispute",
            Self::AppealDispute { .. } => "appeal_dispute",
            Self::RefundFunds { .. } => "refund_funds",
            Self::MoveToBank { .. } => "move_to_bank",
            Self::AssignReceipt { .. } => "assign_receipt",
            Self::Captured { .. } => "captured",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::PaymentExpired { .. } => "payment_expired",
            Self::RefundSent { .. } => "refund_sent",
            Self::RefundSucceeded { .. } => "refund_succeeded",
            Self::RefundFailed { .. } => "refund_failed",
            Self::ChargebackOpened { .. } => "chargeback_opened",
            Self::ChargebackWon { .. } => "chargeback_won",
            Self::ChargebackLost { .. } => "chargeback_lost",
            Self::MailBounced { .. } => "mail_bounced",
            Self::Timer { kind, .. } => kind.name(),
        }
    }
}

/// What a decision needs from outside the contract. Kept in the journal, so that every decision can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of several sources that are kept in the journal by their names"
)]
pub struct Facts {
    /// Whether the expert has begun the identity check of the provider that pays out.
    pub expert_onboarded: bool,
    /// Sum of the prices of this client's funded milestones in other contracts.
    pub client_open_minor: Minor,
    /// Up to which sum this client may have milestones funded at once.
    pub client_limit_minor: Minor,
    /// For how many days the provider can hold money, where it is limited.
    pub holding_days: Option<u16>,
    /// What the expert may have paid out now.
    pub expert_payable_minor: Minor,
    /// Whether a hold on the client's account stops new contracts.
    #[serde(default)]
    pub client_on_hold: bool,
    /// The same of the expert's.
    #[serde(default)]
    pub expert_on_hold: bool,
    /// What the unmatched receipt has brought that the command names; none where no such waits at that bank.
    #[serde(default)]
    pub receipt_minor: Option<Minor>,
    /// Up to which sum one operator alone may say of which payment a receipt is; any, where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone_up_to_minor: Option<Minor>,
    /// Whether it is kept since when a decision of the operator is late; what happened before that was so is made again
    /// without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub misses_kept: bool,
    /// What the client owes because money had gone back twice, where a refund comes back. It is not known of what was decided
    /// before it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_owes_minor: Option<Minor>,
    /// By which rules of contracts it is decided: those of [`RULES`] for all that is new. What was decided by older ones is
    /// decided by them again.
    #[serde(default)]
    pub rules: u16,
}

/// The rules of contracts that hold now, beside the table of the process. Since 1 an operator's pause also stops what a client
/// lets the expert have in a dispute, and money comes back only by a movement with a name.
pub const RULES: u16 = 1;

impl Default for Facts {
    fn default() -> Self {
        Self {
            expert_onboarded: true,
            client_open_minor: Minor::ZERO,
            client_limit_minor: Minor(Money::MOST),
            holding_days: None,
            expert_payable_minor: Minor::ZERO,
            client_on_hold: false,
            expert_on_hold: false,
            receipt_minor: None,
            alone_up_to_minor: None,
            misses_kept: false,
            client_owes_minor: None,
            rules: RULES,
        }
    }
}

/// All that one decision is made from beside the contract and the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// In whole microseconds.
    pub now: Timestamp,
    /// Drawn anew for every command; the ids come from it.
    pub seed: [u8; 16],
    /// From outside the contract.
    pub facts: Facts,
}

impl Input {
    /// Cuts the time to what the database keeps.
    pub fn new(now: Timestamp, seed: [u8; 16], facts: Facts) -> Self {
        Self {
            now: crate::span::whole_microseconds(now),
            seed,
            facts,
        }
    }
}

/// A sum of a contract as commands name it.
pub fn money(amount: Minor, currency: Currency) -> Money {
    Money {
        amount_minor: amount.0,
        currency,
    }
}
