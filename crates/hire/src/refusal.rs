//! Why a rule says no. One variant per reason, each with a stable code for programs and a sentence for people that
//! says what to do.

use crate::contract::{Event, Kind};

macro_rules! refusals {
    ($($name:ident = $code:literal, $sentence:literal;)*) => {
        /// A rule said no; nothing was changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Refusal {
            $(#[doc = $sentence] $name,)*
            /// The event does not exist in this state.
            NotNow {
                /// Where the milestone is.
                state: Kind,
                /// What was asked for.
                event: Event,
            },
            /// The event exists, but for somebody else.
            NotYours {
                /// What was asked for.
                event: Event,
            },
        }

        impl Refusal {
            /// Every refusal that carries no details, for the reference and for tests.
            pub const PLAIN: &[Self] = &[$(Self::$name),*];

            /// The word by which programs know it. Never changes.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                    Self::NotNow { .. } => "not_now",
                    Self::NotYours { .. } => "not_yours",
                }
            }

            /// What happened and what to do, for a person.
            pub fn sentence(self) -> String {
                match self {
                    $(Self::$name => $sentence.to_owned(),)*
                    Self::NotNow { state, event } => format!(
                        "`{event}` is not possible while the milestone is {state}. The process page lists what is."
                    ),
                    Self::NotYours { event } => format!("`{event}` is for the other side of this contract."),
                }
            }
        }
    };
}

refusals! {
    NotParty = "not_party", "You are not a party to this contract.";
    NotFound = "not_found", "There is no such thing in this contract.";
    ExpertCannotApprove = "expert_cannot_approve", "Only the client approves work.";
    ClientCannotSubmit = "client_cannot_submit", "Only the expert submits work.";
    OperatorCannotAct = "operator_cannot_act", "The operator decides disputes and does not act for a party.";
    MilestoneEnded = "milestone_ended", "This milestone has ended; no more money moves in it.";
    Disputed = "disputed", "This milestone is in dispute. Settle it, or wait for the decision.";
    AlreadyDisputed = "already_disputed", "This milestone is in dispute already.";
    ChargebackOpen = "chargeback_open", "The payer's bank has taken a payment back. Nothing moves until that is decided.";
    StaleTimer = "stale_timer", "The state that this timer belonged to is over.";
    TimerNotDue = "timer_not_due", "This timer is not due yet.";
    ContractNotActive = "contract_not_active", "Both parties must have signed first.";
    ContractPaused = "contract_paused", "The contract is paused. Resume it first.";
    ContractEnding = "contract_ending", "The contract is ending; nothing new is funded in it.";
    ContractEnded = "contract_ended", "The contract has ended.";
    NotOffered = "not_offered", "The contract is not on offer any more.";
    OfferExpired = "offer_expired", "The offer has expired. Ask for a new one.";
    AlreadySigned = "already_signed", "You have signed this contract already.";
    ClientClosed = "client_closed", "This account is closed for new contracts since a payment was taken back. Contracts that run go on; ask the operator to open it again.";
    WrongVersion = "wrong_version", "The terms are not the ones you saw. Read the contract again before you sign.";
    TermsUnfit = "terms_unfit", "These terms cannot be: a price, fee, period or list is out of bounds.";
    DuePast = "due_past", "A due date has passed already. Give each milestone a day that is still to come.";
    AmountNotPositive = "amount_not_positive", "An amount must be more than nothing.";
    AmountTooLarge = "amount_too_large", "The amount is too large.";
    AmountExceedsHeld = "amount_exceeds_held", "That is more than is held for this milestone.";
    AmountNotPart = "amount_not_part", "A part is less than all that is held. To pay everything, approve.";
    CurrencyDiffers = "currency_differs", "The amount is in another currency than the contract.";
    UnknownCurrency = "unknown_currency", "There is no such currency in ISO 4217.";
    AmountUnclear = "amount_unclear", "An amount is a whole number of minor units, such as cents.";
    SumDiffers = "sum_differs", "The two amounts must add up to all that is held.";
    ClientLimit = "client_limit", "This would be more than you may have open at once. Ask the operator to raise the limit.";
    HoldingLimit = "holding_limit", "The provider could not hold the money until the end of a possible dispute. Fund later.";
    StartTooLate = "start_too_late", "It is too late to start: the provider could not hold the money until the end of a possible dispute. It goes back to the client; agree on the work anew.";
    FundingUnderWay = "funding_under_way", "A payment for this milestone is under way. Finish it or wait until it expires.";
    NothingToFund = "nothing_to_fund", "Nothing is to be funded here.";
    FundsTooLow = "funds_too_low", "What has arrived is less than what this milestone needs.";
    ReceiptSeen = "receipt_seen", "This receipt was booked before.";
    ReceiptElsewhere = "receipt_elsewhere", "The provider's name of this movement stands in the books already, for another one. Nothing was booked; look which payment it belongs to.";
    ReceiptUnnamed = "receipt_unnamed", "The provider's name of this movement is missing, too long or not readable, so that nobody could find it again by it. Nothing was booked; ask the provider.";
    ReceiptNotOpen = "receipt_not_open", "No such receipt waits: it was used, or is being sent back, or it never came. `earnest bank unmatched` lists those that wait.";
    ReceiptDiffers = "receipt_differs", "This receipt brought less than is held of the payment, or more than is held of it and was released. Nothing was booked; look which transfer it belongs to.";
    EventWithoutEffect = "event_without_effect", "The event tells nothing new.";
    EventTooEarly = "event_too_early", "What this event follows has not come yet; it waits for it.";
    RefundInTransit = "refund_in_transit", "A refund of this payment is under way; this waits for its end.";
    ProviderDiffers = "provider_differs", "The event comes from another provider than the payment.";
    ProviderUnknown = "provider_unknown", "No payment provider of this name is configured here. Nothing was begun; choose another.";
    AmountDiffers = "amount_differs", "The provider reports another sum than it was told to move. Nothing was booked; look at the reconciliation and ask the provider.";
    PaymentDiffers = "payment_differs", "The event names another payment than the one that it is about. Nothing was booked; ask the provider.";
    ExpertNotOnboarded = "expert_not_onboarded", "Begin the identity check for payouts first; it takes a few minutes.";
    TakesBoth = "takes_both", "While the contract runs, both of you give a milestone up: propose it as a change. Once the contract is ending, each of you may.";
    AbsenceOfClient = "absence_of_client", "Only the client registers an absence: it is the client's silence that counts as approval.";
    WorkStarted = "work_started", "The expert has begun. Offer a settlement, or wait for the due date.";
    NoDeliverable = "no_deliverable", "Add at least one file or link.";
    AcceptanceOpen = "acceptance_open", "Tick every acceptance item, or give the reason in the message.";
    NoUnmetItem = "no_unmet_item", "Name at least one acceptance item that is not met.";
    RoundsUsed = "rounds_used", "The agreed rounds of changes are used up.";
    AlreadyExtended = "already_extended", "The time to inspect was extended before; that is possible once.";
    ExtensionTooLong = "extension_too_long", "The time to inspect can be extended by 1 to 7 days.";
    ReasonMissing = "reason_missing", "Give a reason.";
    NotRemindedYet = "not_reminded_yet", "The client was not reminded yet.";
    ClientAbsent = "client_absent", "The client has registered an absence.";
    TimeOver = "time_over", "The time for this is over. What follows from that happens by itself in a moment; look again then.";
    ExpertNotTold = "expert_not_told", "The expert was not told of the due date twice yet.";
    NotOverdue = "not_overdue", "The due date has not passed.";
    NotLapsed = "not_lapsed", "Its time has not come.";
    SettlementOpen = "settlement_open", "An offer to settle is open already. Answer it or let it expire.";
    NoSettlement = "no_settlement", "There is no open offer to settle.";
    SettlementExpired = "settlement_expired", "The offer to settle has expired. Make a new one.";
    OwnOffer = "own_offer", "You cannot accept your own offer.";
    NoDispute = "no_dispute", "There is no dispute.";
    NotAnswerTime = "not_answer_time", "The time to answer this dispute is over.";
    OwnDispute = "own_dispute", "The other party answers a dispute.";
    FiguresUnfit = "figures_unfit", "The figures of a dispute lie between nothing and all that is in dispute.";
    NotDecisionTime = "not_decision_time", "The dispute is not at its decision.";
    ReasonsTooShort = "reasons_too_short", "A decision that picks neither offer gives reasons of at least 200 characters.";
    FourEyes = "four_eyes", "A second operator must confirm this: propose it, and the other confirms it by a command of their own.";
    SameOperator = "same_operator", "This needs another operator than the first.";
    OwnAccount = "own_account", "This is about your own account; another operator acts in it.";
    OperatorIsParty = "operator_is_party", "You are a party to this contract; another operator acts in it.";
    AppealOver = "appeal_over", "The time to appeal is over.";
    AlreadyAppealed = "already_appealed", "A decision can be appealed once.";
    AmendmentOpen = "amendment_open", "A change is proposed already. Answer it or let it expire.";
    NoAmendment = "no_amendment", "There is no open change.";
    AmendmentExpired = "amendment_expired", "The proposed change has expired. Propose it again.";
    AmendmentUnfit = "amendment_unfit", "This change does not fit the contract as it is now.";
    AbsenceTooLong = "absence_too_long", "An absence is at most 14 days in a contract.";
    NotPaused = "not_paused", "The contract is not paused.";
    OperatorPaused = "operator_paused", "The operator has paused this contract; only the operator resumes it.";
    ChargebackExceeds = "chargeback_exceeds", "The chargeback is more than the payment.";
    NewContractsHeld = "new_contracts_held", "New contracts of this account are on hold; the hold says why and until when. Those that run go on.";
    MessagesHeld = "messages_held", "Writing is on hold for this account; the hold says why and until when. In contracts that run you write as before.";
    SignInHeld = "sign_in_held", "Signing in is on hold for this account; the hold says why and until when. You can read what is yours, complain about the hold, and ask for money that is payable.";
    PayoutTooLarge = "payout_too_large", "That is more than you can have paid out now.";
    PayoutsHeld = "payouts_held", "Payouts of this account are on hold; the hold says why and until when.";
    NoPayoutAccount = "no_payout_account", "Name the account to be paid to first.";
    AccountTooNew = "account_too_new", "The payout account changed less than 72 hours ago.";
    PayoutNotCancelable = "payout_not_cancelable", "This payout is on its way and cannot be canceled.";
    HoldTooLong = "hold_too_long", "A hold is reviewed within 7 days.";
    PayoutNotHoldable = "payout_not_holdable", "This payout is on its way and cannot be held.";
    PayoutNotMovable = "payout_not_movable", "The provider cannot move that much now. Ask for less, or try again later.";
    SecondFactorMissing = "second_factor_missing", "Confirm this with your second factor first.";
    NotYourMoney = "not_your_money", "This account is somebody else's.";
    OperatorOnly = "operator_only", "Only the operator can do this.";
    NotForPeople = "not_for_people", "Only the clock or the provider can tell this.";
    NoAppeal = "no_appeal", "There is no complaint about this hold that waits for an answer.";
    RequestOver = "request_over", "This request is closed.";
    RequestNotNow = "request_not_now", "That is not possible while the request is where it is.";
    NotYourRequest = "not_your_request", "This is not your request.";
    AddressUnchecked = "address_unchecked", "Open the link in our mail first, so that experts can reach you.";
    RequestNotOpen = "request_not_open", "This request takes no proposals now.";
    ProposalOver = "proposal_over", "This proposal has ended.";
    ProposalNotNow = "proposal_not_now", "That is not possible while the proposal is where it is.";
    NotYourProposal = "not_your_proposal", "This is not your proposal.";
    TooManyProposals = "too_many_proposals", "You have as many open proposals as you may have at once. Withdraw one first.";
    ProfileMissing = "profile_missing", "Only experts answer requests. Set up your expert profile first; the office looks at it once.";
    ProfileDraft = "profile_draft", "Your expert profile is a draft. Send it to the office; once it was let through, you can answer.";
    ProfileWaiting = "profile_waiting", "The office has not decided about your expert profile yet. You can answer as soon as it has let it through.";
    ProfileRefused = "profile_refused", "The office did not let your expert profile through. Change what it named and send the profile again.";
    ProfileHidden = "profile_hidden", "Your expert profile is hidden. Show it to others again, then you can answer.";
    TooManyMessages = "too_many_messages", "You have written as many messages as one person may within an hour. Nothing was sent; wait a while and send it again.";
    TooManyConversations = "too_many_conversations", "You talk about as many open requests as you may at once. One ends with its request; answer this one then.";
    TooManyInvitations = "too_many_invitations", "As many experts as may be invited to a request at once have not answered yet. Withdraw one invitation first.";
    NotVisible = "not_visible", "This expert takes no requests at the moment. Look for another.";
    OwnInvitation = "own_invitation", "You cannot invite yourself. Look for another expert.";
    AlreadyTalking = "already_talking", "You two talk about this request already. Go on there.";
    InvitationDeclined = "invitation_declined", "This expert has declined already. Look for another.";
    InvitationOver = "invitation_over", "This invitation is over. Look at the request again.";
    NotProposed = "not_proposed", "Nobody has proposed this expert to you for this request. Invite them instead.";
    ExpertIsClient = "expert_is_client", "This expert raised the request. Propose another.";
    ProposedAlready = "proposed_already", "This expert was proposed for this request already, with another note or another rate, and the client has been told that. Nobody was proposed now. Leave this expert out, and write to the client yourself where something has changed.";
    ProposedTooMany = "proposed_too_many", "As many experts were proposed for this request as may be. The client chooses among them.";
    AnswersMissing = "answers_missing", "Answer every acceptance item of the request.";
    VersionOvertaken = "version_overtaken", "There is a newer version. Read it before you answer.";
    OwnVersion = "own_version", "The other side answers this version.";
    CallNotNow = "call_not_now", "That is not possible while the call is where it is.";
    SlotUnfit = "slot_unfit", "A call has one to three proposed times, all of them ahead.";
    NotOnHold = "not_on_hold", "There is no such hold.";
    EntryUnbalanced = "entry_unbalanced", "Debits and credits differ. This is a fault of the program; nothing was booked.";
    EntryEmpty = "entry_empty", "Nothing is to be booked.";
    BalanceBelowZero = "balance_below_zero", "The account does not hold that much.";
    UnknownProcess = "unknown_process", "This program does not know the version of the process.";
    StateImpossible = "state_impossible", "The contract would come into a state that its process does not know.";
    BooksDiffer = "books_differ", "The books of this contract do not agree with its state. Nothing was changed; ask the operator.";
    PlanUnfit = "plan_unfit", "The text of this contract is not the one that was signed.";
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Refusal;

    #[test]
    fn every_refusal_has_its_own_code_and_sentence() {
        let codes: BTreeSet<&str> = Refusal::PLAIN.iter().map(|refusal| refusal.code()).collect();
        let sentences: BTreeSet<String> = Refusal::PLAIN.iter().map(|refusal| refusal.sentence()).collect();
        assert_eq!(codes.len(), Refusal::PLAIN.len());
        assert_eq!(sentences.len(), Refusal::PLAIN.len());
        for code in codes {
            assert!(
                code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{code}"
            );
        }
    }
}
