//! The process as data: every row says from where, by what and whom, under which conditions, with which bookings,
//! timers and notices, to where. [`super::decide()`] runs these rows; nothing moves a milestone but a row.

use serde::Serialize;

use super::kind::Kind::{
    Canceled, ChangesRequested, ChargebackHold, ChargedBack, Disputed, Funded, Funding, Planned, Refunded,
    Released, Split, Submitted, Working,
};
use super::kind::{By, Event, Kind, words};
use super::timer::TimerKind;

/// Version that new contracts are signed with. A contract keeps the one it was signed with: whoever raises this keeps the
/// table of every version before in [`rows_of`].
pub const PROCESS_VERSION: u16 = 1;

words! {
    /// A condition of a row.
    Guard {
        /// Both have signed and the contract is neither paused nor ended.
        ContractActive = "contract_active",
        /// The contract is not paused.
        NotPaused = "not_paused",
        /// The contract is not ending.
        NotEnding = "not_ending",
        /// The contract is ending.
        Ending = "ending",
        /// The sum of this client's open milestones stays within the limit.
        WithinClientLimit = "within_client_limit",
        /// The provider can hold the money until the end of a possible dispute.
        WithinHoldingLimit = "within_holding_limit",
        /// No other payment for this milestone is under way.
        NoOtherPayment = "no_other_payment",
        /// The expert has begun the identity check for payouts.
        ExpertOnboarded = "expert_onboarded",
        /// The deadline of the state has not passed.
        InTime = "in_time",
        /// The deadline of the state has passed.
        TimePassed = "time_passed",
        /// At least one file or link.
        Deliverable = "deliverable",
        /// Every acceptance item is ticked.
        AcceptanceTicked = "acceptance_ticked",
        /// A round of changes is left.
        RoundLeft = "round_left",
        /// At least one acceptance item is named.
        UnmetItem = "unmet_item",
        /// The time to inspect was not extended before, and not for more than 7 days now.
        FirstExtension = "first_extension",
        /// All reminders went out.
        Reminded = "reminded",
        /// The client has not registered an absence.
        ClientPresent = "client_present",
        /// The amount is more than nothing and less than all that is held.
        PartOfHeld = "part_of_held",
        /// The amount is more than nothing and at most all that is held.
        UpToHeld = "up_to_held",
        /// The two amounts add up to all that is held.
        WholeHeld = "whole_held",
        /// The expert was told of the due date at least twice.
        ExpertTold = "expert_told",
        /// The due date has passed.
        IsOverdue = "is_overdue",
        /// Both figures are given and fit.
        FiguresFit = "figures_fit",
        /// The answer comes from the other party, once, in time.
        AnswerOpen = "answer_open",
        /// The two sides agree, or the decision has become final.
        FinalFigures = "final_figures",
        /// A sum above the contract's limit was decided by two operators.
        TwoAboveLimit = "two_above_limit",
        /// A lot holds money of the payment.
        HoldsOfPayment = "holds_of_payment",
        /// The provider can hold a lot for 21 days more at most.
        HoldingEnds = "holding_ends",
        /// The contract has been paused for 60 days.
        LongPaused = "long_paused",
        /// The receipt is new and in the contract's currency.
        NewReceipt = "new_receipt",
        /// The money that arrived covers what is needed.
        FundsCover = "funds_cover",
        /// The other milestone is in a state that holds money.
        TargetHolds = "target_holds",
        /// The other party has proposed it.
        Agreed = "agreed",
    }
}

words! {
    /// What a row books.
    Posting {
        /// Money arrives; where all is there it is held.
        Capture = "A:psp G / L:client_funds G; L:client_funds G / L:escrow P + L:fee_hold F+tax; E:psp_fees / A:psp",
        /// Money that arrived before is held.
        Place = "L:client_funds G / L:escrow P + L:fee_hold F+tax",
        /// All that is held goes to the expert.
        ReleaseAll = "L:escrow x / I:fee_expert + L:tax_payable + L:expert_pending; L:fee_hold / I:fee_client + L:tax_payable (x = all held)",
        /// A part goes to the expert.
        ReleasePart = "L:escrow x / I:fee_expert + L:tax_payable + L:expert_pending; L:fee_hold / I:fee_client + L:tax_payable",
        /// Both figures at once.
        Settle = "as release for x; L:escrow y + L:fee_hold share / L:client_funds; L:client_funds / L:refund_transit",
        /// All goes back to the client.
        RefundAll = "L:escrow y + L:fee_hold share / L:client_funds; L:client_funds / L:refund_transit (y = all held)",
        /// A part goes back to the client.
        RefundPart = "L:escrow y + L:fee_hold share / L:client_funds; L:client_funds / L:refund_transit",
        /// The opener's figure moves, the rest is held apart.
        OpenDispute = "as release for u or as refund for v; L:escrow d / L:dispute_hold d",
        /// The answerer's figure moves.
        AnswerDispute = "as release for u or as refund for v, out of L:dispute_hold",
        /// The final figures move.
        Decide = "L:dispute_hold / as release for x + as refund for y (+ I:dispute_fee once)",
        /// Money and its share of the fees change the milestone.
        Move = "L:escrow m1 + L:fee_hold m1 / L:escrow m2 + L:fee_hold m2",
        /// The payer's bank takes the money.
        ChargebackOpen = "A:chargeback k + E:chargeback_fees f / A:psp k+f",
        /// The payer's bank gives it back.
        ChargebackWon = "A:psp / A:chargeback",
        /// The loss is met in its order.
        ChargebackLost = "L:client_funds, L:fee_hold, L:escrow, L:dispute_hold, then by the contract's rule E:chargeback_loss or L:expert_payable + A:receivable + I:fee_* / A:chargeback",
    }
}

words! {
    /// Who is told.
    Audience {
        /// The client.
        Client = "client",
        /// The expert.
        Expert = "expert",
        /// Both.
        Both = "both",
        /// The operator.
        Operator = "operator",
        /// Both and the operator.
        All = "all",
    }
}

/// One row of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its number, T1 to T25. Rows of one number are the ways of one transition.
    pub number: &'static str,
    /// From any of these states.
    pub from: &'static [Kind],
    /// By what.
    pub event: Event,
    /// By whom.
    pub by: &'static [By],
    /// What must hold.
    pub guards: &'static [Guard],
    /// What is booked, if anything.
    pub posting: Option<Posting>,
    /// What is set for the state that is entered.
    pub timers: &'static [TimerKind],
    /// Who is told.
    pub notices: &'static [Audience],
    /// To one of these states; the same as before where it is among `from` too.
    pub to: &'static [Kind],
}

/// What holds money and is neither disputed nor stopped.
pub const HELD: &[Kind] = &[Funded, Working, Submitted, ChangesRequested];
const AT_WORK: &[Kind] = &[Working, Submitted, ChangesRequested];
const OWED: &[Kind] = &[ChangesRequested, Working];
const ANY_HELD: &[Kind] = &[Funded, Working, Submitted, ChangesRequested, Disputed];
const ENDED_BY_SPLIT: &[Kind] = &[Released, Refunded, Split];
const HELD_OR_GONE: &[Kind] = &[
    Funded,
    Working,
    Submitted,
    ChangesRequested,
    Refunded,
    Released,
    Split,
    Canceled,
];
const NONE: &[TimerKind] = &[];
const FUNDED: &[TimerKind] = &[
    TimerKind::StartReminder,
    TimerKind::Lapses,
    TimerKind::HoldingWarning,
];
const WORKING: &[TimerKind] = &[TimerKind::DueReminder, TimerKind::Overdue];
const INSPECTION: &[TimerKind] = &[TimerKind::InspectionReminder, TimerKind::InspectionEnds];
const CLEARANCE: &[TimerKind] = &[TimerKind::Clearance];
const DISPUTE: &[TimerKind] = &[TimerKind::DisputePhase, TimerKind::Clearance];
const HOLDING: &[TimerKind] = &[TimerKind::HoldingWarning];
/// Whatever was running where the milestone goes back to.
const CLOCKS: &[TimerKind] = &[
    TimerKind::StartReminder,
    TimerKind::Lapses,
    TimerKind::DueReminder,
    TimerKind::Overdue,
    TimerKind::Returns,
    TimerKind::InspectionReminder,
    TimerKind::InspectionEnds,
    TimerKind::DisputePhase,
    TimerKind::SettlementExpires,
];

use super::timer::TimerKind as Timer;
use Audience::{All, Both, Client, Expert, Operator};
use Guard as G;
use Posting as P;

macro_rules! row {
    ($number:literal, $from:expr, $event:ident, [$($by:ident),*], [$($guard:ident),*], $posting:expr, $timers:expr, [$($notice:ident),*], $to:expr) => {
        Row {
            number: $number,
            from: $from,
            event: Event::$event,
            by: &[$(By::$by),*],
            guards: &[$(G::$guard),*],
            posting: $posting,
            timers: $timers,
            notices: &[$($notice),*],
            to: $to,
        }
    };
}

/// The process, in the order of its numbers.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row!("T1", &[Planned], Fund, [Client], [ContractActive, NotEnding, NoOtherPayment, WithinClientLimit, WithinHoldingLimit], None, &[Timer::PaymentExpires], [], &[Funding]),
    row!("T2", &[Funding], Expired, [Clock, Provider], [], None, NONE, [Client], &[Planned]),
    row!("T2", &[Funding], Failed, [Provider], [], None, NONE, [Client], &[Planned]),
    row!("T3", &[Funding, Planned], Captured, [Provider], [NewReceipt], Some(P::Capture), FUNDED, [Both], &[Funded, Funding, Planned]),
    row!("T3", &[Planned], Place, [Client], [ContractActive, NotEnding, FundsCover, WithinClientLimit, WithinHoldingLimit], Some(P::Place), FUNDED, [Both], &[Funded]),
    row!("T4", &[Funded], Start, [Expert], [ContractActive, InTime, ExpertOnboarded], None, WORKING, [Client], &[Working]),
    row!("T5", &[Funded], Cancel, [Client], [], Some(P::RefundAll), NONE, [Expert], &[Refunded, Split]),
    row!("T5", &[Funded], Lapsed, [Clock], [NotPaused, TimePassed], Some(P::RefundAll), NONE, [Both], &[Refunded, Split]),
    row!("T6", &[Working, ChangesRequested], Submit, [Expert], [ContractActive, InTime, Deliverable, AcceptanceTicked], None, INSPECTION, [Client], &[Submitted]),
    row!("T7", &[Submitted], RequestChanges, [Client], [ContractActive, InTime, RoundLeft, UnmetItem], None, WORKING, [Expert], &[ChangesRequested]),
    row!("T8", &[Submitted], ExtendInspection, [Client], [ContractActive, InTime, FirstExtension], None, INSPECTION, [Expert], &[Submitted]),
    row!("T9", &[Submitted], Approve, [Client], [NotPaused], Some(P::ReleaseAll), CLEARANCE, [Expert], &[Released]),
    row!("T10", &[Submitted], AutoApproved, [Clock], [NotPaused, TimePassed, Reminded, ClientPresent], Some(P::ReleaseAll), CLEARANCE, [Both], &[Released]),
    row!("T11", AT_WORK, Release, [Client], [NotPaused, PartOfHeld], Some(P::ReleasePart), CLEARANCE, [Expert], AT_WORK),
    row!("T12", ANY_HELD, Settle, [Parties], [Agreed, WholeHeld], Some(P::Settle), CLEARANCE, [Both], ENDED_BY_SPLIT),
    row!("T13", HELD, GiveBack, [Expert], [UpToHeld], Some(P::RefundPart), NONE, [Client], &[Funded, Working, Submitted, ChangesRequested, Refunded, Split]),
    row!("T14", OWED, Overdue, [Clock], [NotPaused, TimePassed], None, &[Timer::Returns], [Both], OWED),
    row!("T15", OWED, Cancel, [Client], [IsOverdue, ExpertTold], Some(P::RefundAll), NONE, [Expert], &[Refunded, Split]),
    row!("T15", OWED, Undelivered, [Clock], [NotPaused, TimePassed, IsOverdue, ExpertTold], Some(P::RefundAll), NONE, [Both], &[Refunded, Split]),
    row!("T16", AT_WORK, OpenDispute, [Client, Expert, Operator], [FiguresFit], Some(P::OpenDispute), DISPUTE, [All], &[Disputed]),
    row!("T16a", &[Disputed], AnswerDispute, [Client, Expert], [AnswerOpen], Some(P::AnswerDispute), DISPUTE, [All], &[Disputed, Released, Refunded, Split]),
    row!("T17", &[Disputed], Decided, [Clock, Operator], [FinalFigures, TwoAboveLimit], Some(P::Decide), CLEARANCE, [All], ENDED_BY_SPLIT),
    row!("T18", HELD, RaisePrice, [Parties], [Agreed, NotEnding], None, NONE, [Both], HELD),
    row!("T18", HELD, Fund, [Client], [ContractActive, NotEnding, NoOtherPayment, WithinClientLimit, WithinHoldingLimit], None, &[Timer::PaymentExpires], [], HELD),
    row!("T18", HELD, Captured, [Provider], [NewReceipt], Some(P::Capture), HOLDING, [Both], HELD),
    row!("T18", HELD, Place, [Client], [ContractActive, NotEnding, FundsCover, WithinClientLimit, WithinHoldingLimit], Some(P::Place), HOLDING, [Both], HELD),
    row!("T19", HELD, LowerPrice, [Parties], [Agreed, UpToHeld], Some(P::RefundPart), NONE, [Both], HELD_OR_GONE),
    row!("T20", HELD, MoveMoney, [Parties], [Agreed, UpToHeld, TargetHolds], Some(P::Move), HOLDING, [Both], HELD_OR_GONE),
    row!("T21", &[Planned], Drop, [Parties], [Agreed], None, NONE, [Both], &[Canceled]),
    row!("T21", &[Planned], Drop, [Client, Expert], [Ending], None, NONE, [Both], &[Canceled]),
    row!("T22", &[Funded, Working, Submitted, ChangesRequested, Disputed, ChargebackHold], ChargebackOpened, [Provider], [HoldsOfPayment], Some(P::ChargebackOpen), &[Timer::EvidenceDue], [All], &[ChargebackHold]),
    row!("T23", &[ChargebackHold], ChargebackWon, [Provider], [], Some(P::ChargebackWon), CLOCKS, [All], &[Funded, Working, Submitted, ChangesRequested, Disputed, ChargebackHold]),
    row!("T23", &[ChargebackHold], ChargebackLost, [Provider], [], Some(P::ChargebackLost), CLOCKS, [All], &[ChargedBack, Disputed, ChargebackHold, Funded, Working, Submitted, ChangesRequested]),
    row!("T24", &[Funded, Working, Submitted, ChangesRequested, Disputed, ChargebackHold], HoldingDeadline, [Clock], [HoldingEnds], None, HOLDING, [Operator], &[Funded, Working, Submitted, ChangesRequested, Disputed, ChargebackHold]),
    row!("T25", &[Funded, Working, Submitted, ChangesRequested, Disputed, ChargebackHold], Dormant, [Clock], [LongPaused], None, &[Timer::PauseEnds], [All], &[Funded, Working, Submitted, ChangesRequested, Disputed, ChargebackHold]),
];

/// The table of a version, or none where this program does not know it. A contract runs by the one it was signed with.
pub fn rows_of(version: u16) -> Option<&'static [Row]> {
    match version {
        1 => Some(ROWS),
        _ => None,
    }
}

/// The row for an event in a state by somebody, in the version of today.
pub fn find(from: Kind, event: Event, by: By) -> Option<&'static Row> {
    find_in(ROWS, from, event, by)
}

/// The same in the table of any version.
pub(super) fn find_in(rows: &'static [Row], from: Kind, event: Event, by: By) -> Option<&'static Row> {
    rows.iter()
        .find(|row| row.event == event && row.from.contains(&from) && row.by.contains(&by))
}
