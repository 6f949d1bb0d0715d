//! Payouts: money on its way to an expert's account, pinned to the account it was asked for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PayoutAccount;
use super::decide::{Audience, Call, Step};
use super::hold::Scope;
use super::table::{PayoutEvent, PayoutPosting, PayoutRow, find};
use crate::contract::{Actor, TimerKind, words};
use crate::hold::{check_review, given};
use crate::ids::{HoldId, PayoutId, PersonId};
use crate::ledger::{Account, Name, Side};
use crate::money::{Minor, Money};
use crate::refusal::Refusal;
use crate::span::{after, days, hours};

/// How long nothing is paid to an account that has just been changed, unless two operators have looked at it.
const WAIT_HOURS: u32 = 72;

words! {
    /// How far a payout has got.
    PayoutState {
        /// Booked and waiting to be sent.
        Requested = "requested",
        /// Stopped, with a reason and an end.
        Held = "held",
        /// The provider has it.
        Sent = "sent",
        /// The person has it.
        Paid = "paid",
        /// It did not arrive; the money is payable again.
        Failed = "failed",
        /// The bank sent it back; the money is payable again.
        Returned = "returned",
        /// Taken back before it was sent; the money is payable again.
        Canceled = "canceled",
    }
}

impl PayoutState {
    /// Whether its money is neither the person's to ask for nor gone.
    pub fn is_under_way(self) -> bool {
        match self {
            Self::Requested | Self::Held | Self::Sent => true,
            Self::Paid | Self::Failed | Self::Returned | Self::Canceled => false,
        }
    }
}

/// Money on its way to an expert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// Its name for ever; the provider is told it.
    pub id: PayoutId,
    /// What is paid.
    pub amount_minor: Minor,
    /// What was asked for: more where the provider could not move all of it, or moves whole units only. The rest stays
    /// payable.
    pub asked_minor: Minor,
    /// What the expert owed and was netted first, beside the amount.
    pub netted_minor: Minor,
    /// The account it goes to, whatever becomes of the expert's account later.
    pub account: String,
    /// Who pays it.
    pub provider: Name,
    /// How far it has got.
    pub state: PayoutState,
    /// Grows with each state. A timer of an earlier one is stale.
    pub entry_no: i64,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was first held.
    pub held_since: Option<Timestamp>,
    /// The hold on the account that holds it, where one does.
    pub held_by: Option<HoldId>,
    /// When it goes on by itself, while it is held.
    pub review_by: Option<Timestamp>,
    /// Why it is held, failed or came back.
    pub reason: Option<String>,
    /// When the provider said that it did not arrive, also where it was canceled afterwards.
    #[serde(default)]
    pub failed_at: Option<Timestamp>,
    /// Since when it has not been under way.
    pub ended_at: Option<Timestamp>,
}

/// How long a provider may take before somebody asks where the money is.
const SENT_DAYS: u16 = 5;
/// How long a payout that did not arrive stays in sight.
const MISSED_DAYS: u16 = 7;

impl Payout {
    /// Since when the office is to have an eye on it, if it is: it was not sent, takes long, or did not arrive lately.
    pub fn waits_since(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            PayoutState::Requested => Some(self.requested_at),
            PayoutState::Held => Some(self.held_since.unwrap_or(self.requested_at)),
            PayoutState::Sent => {
                (now > after(self.requested_at, days(SENT_DAYS))).then_some(self.requested_at)
            }
            PayoutState::Failed | PayoutState::Returned => {
                let ended = self.ended_at?;
                (now <= after(ended, days(MISSED_DAYS))).then_some(ended)
            }
            PayoutState::Paid | PayoutState::Canceled => None,
        }
    }

    /// Whether the person can still take it back: it was not sent.
    pub fn is_cancelable(&self) -> bool {
        matches!(self.state, PayoutState::Requested | PayoutState::Held)
    }

    /// Until when it is held, or was when it ended.
    pub(super) fn held_until(&self) -> Option<Timestamp> {
        let review_by = self.review_by?;
        Some(self.ended_at.map_or(review_by, |ended| ended.min(review_by)))
    }
}

impl Step<'_> {
    /// Asks for money: what the person owes is netted, the rest is on its way.
    pub(super) fn request_payout(&mut self, amount: Money) -> Result<(), Refusal> {
        let person = self.person()?;
        self.second_factor()?;
        let now = self.now();
        let stopped = if self.input.facts.rules == 0 {
            self.payee.held(Scope::Payouts, now).is_some()
        } else {
            self.payee.payouts_stopped(now)
        };
        if stopped {
            return Err(Refusal::PayoutsHeld);
        }
        let account = self.payee.account.clone().ok_or(Refusal::NoPayoutAccount)?;
        if is_too_new(&account, now) {
            return Err(Refusal::AccountTooNew);
        }
        let asked = amount.positive(self.payee.currency)?;
        let facts = &self.input.facts;
        let netted = facts.receivable_minor.min(facts.payable_minor);
        if asked > facts.payable_minor.minus(netted)? {
            return Err(Refusal::PayoutTooLarge);
        }
        // What does not fit stays payable and can be asked for again; nothing waits for it.
        let fits = facts.movable_minor.map_or(asked, |movable| movable.min(asked));
        let amount = whole_units(fits, facts.unit_minor).or(Err(if fits < asked {
            Refusal::PayoutNotMovable
        } else {
            Refusal::AmountNotPositive
        }))?;
        let id = self.ids.payout();
        let payable = Account::ExpertPayable(person);
        self.draft
            .book(payable.clone(), Account::Receivable(person), netted)?;
        self.draft.book(payable, Account::PayoutTransit(id), amount)?;
        self.payee.payouts.push(Payout {
            id,
            amount_minor: amount,
            asked_minor: asked,
            netted_minor: netted,
            account: account.reference,
            provider: account.provider,
            state: PayoutState::Requested,
            entry_no: 1,
            requested_at: now,
            held_since: None,
            held_by: None,
            review_by: None,
            reason: None,
            failed_at: None,
            ended_at: None,
        });
        self.calls.push(Call::SendPayout { payout: id });
        self.tell(Audience::Payee, id.to_string());
        Ok(())
    }

    pub(super) fn hold_payout(
        &mut self,
        id: PayoutId,
        reason: &str,
        review_by: Timestamp,
        second: Option<PersonId>,
    ) -> Result<(), Refusal> {
        self.operator()?;
        given(reason)?;
        let now = self.now();
        check_review(now, review_by)?;
        let before = self.payee.held_since(Scope::Payouts, now);
        let since = self
            .payee
            .payout(id)?
            .held_since
            .map_or(before, |since| since.min(before));
        let second = self.check_second(since, review_by, second)?;
        self.run(id, PayoutEvent::Hold)?;
        let payout = self.payout_mut(id)?;
        payout.held_since = Some(since);
        // From now on it waits for this operator, whatever becomes of a hold on the account.
        payout.held_by = None;
        payout.review_by = Some(review_by);
        payout.reason = Some(reason.to_owned());
        let entry_no = payout.entry_no;
        self.push_timer(TimerKind::HoldEnds, id.to_string(), entry_no, review_by);
        self.audit(id.to_string(), reason, second);
        Ok(())
    }

    pub(super) fn release_payout(&mut self, id: PayoutId) -> Result<(), Refusal> {
        self.operator()?;
        if self.payee.held(Scope::Payouts, self.now()).is_some() {
            return Err(Refusal::PayoutsHeld);
        }
        self.audit(id.to_string(), "", None);
        self.let_go(id)
    }

    /// Lets a held payout go on, unless a hold on the account still stands: then it waits for that one.
    pub(super) fn let_go(&mut self, id: PayoutId) -> Result<(), Refusal> {
        let now = self.now();
        if let Some(hold) = self.payee.held(Scope::Payouts, now) {
            let (hold, review_by) = (hold.id, hold.review_by);
            let payout = self.payout_mut(id)?;
            payout.held_by = Some(hold);
            payout.review_by = Some(review_by);
            return Ok(());
        }
        self.run(id, PayoutEvent::Release)?;
        let payout = self.payout_mut(id)?;
        payout.held_by = None;
        payout.review_by = None;
        payout.reason = None;
        self.calls.push(Call::SendPayout { payout: id });
        Ok(())
    }

    /// By its timer.
    pub(super) fn payout_hold_ends(&mut self, id: PayoutId, entry_no: i64) -> Result<(), Refusal> {
        let now = self.now();
        let payout = self.payee.payout(id)?;
        let over = payout.review_by.is_some_and(|review_by| now > review_by);
        if payout.state != PayoutState::Held || payout.entry_no != entry_no || !over {
            return Err(Refusal::StaleTimer);
        }
        self.let_go(id)
    }

    pub(super) fn cancel_payout(&mut self, id: PayoutId) -> Result<(), Refusal> {
        let unsent = self.payee.payout(id)?.state != PayoutState::Failed;
        self.run(id, PayoutEvent::Cancel)?;
        if self.input.facts.rules > 0 && matches!(self.by, Actor::Operator { .. }) {
            // Whoever may hold it has ended the hold, too.
            let now = self.now();
            let payout = self.payout_mut(id)?;
            payout.review_by = payout.review_by.map(|until| until.min(now));
        }
        if unsent {
            self.calls.push(Call::CancelPayout { payout: id });
        }
        self.audit(id.to_string(), "", None);
        Ok(())
    }

    /// Less is sent than was asked for: what the provider can move now. The rest is payable again.
    pub(super) fn reduce_payout(&mut self, id: PayoutId, amount: Money) -> Result<(), Refusal> {
        let provider = self.provider()?;
        let amount = amount.positive(self.payee.currency)?;
        let payout = self.payee.payout(id)?;
        if payout.provider != *provider {
            return Err(Refusal::ProviderDiffers);
        }
        if amount >= payout.amount_minor {
            return Err(Refusal::EventWithoutEffect);
        }
        let rest = payout.amount_minor.minus(amount)?;
        self.run(id, PayoutEvent::Reduce)?;
        let payable = Account::ExpertPayable(self.payee.id);
        self.draft.book(Account::PayoutTransit(id), payable, rest)?;
        self.payout_mut(id)?.amount_minor = amount;
        Ok(())
    }

    /// What the provider tells of a payout. It ends the same in whatever order it comes, since what comes back waits for
    /// what had left.
    pub(super) fn provider_says(
        &mut self,
        id: PayoutId,
        event: PayoutEvent,
        reason: Option<&str>,
        receipt: Option<&str>,
    ) -> Result<(), Refusal> {
        let provider = self.provider()?;
        let payout = self.payee.payout(id)?;
        if payout.provider != *provider {
            return Err(Refusal::ProviderDiffers);
        }
        let late = payout.state == PayoutState::Canceled;
        if late && payout.failed_at.is_some() {
            // `Paid` comes after `failed` out of order: the money was out and is back, whatever the person did since.
            return Err(Refusal::EventWithoutEffect);
        }
        // What comes back had left: `paid` comes too, with a transaction of its own, and is booked first.
        let failed = event == PayoutEvent::Failed && receipt.is_some();
        let came_back = failed || event == PayoutEvent::Returned;
        if came_back && (late || payout.state.is_under_way()) {
            return Err(Refusal::EventTooEarly);
        }
        let nameless = event == PayoutEvent::Failed && receipt.is_none();
        if self.input.facts.rules > 0 && payout.state == PayoutState::Paid && nameless {
            // It had left: nothing is payable again before a movement says that it is back.
            return Err(Refusal::ReceiptUnnamed);
        }
        self.receipt = receipt.map(str::to_owned);
        self.run(id, event)?;
        if let Some(reason) = reason {
            self.payout_mut(id)?.reason = Some(reason.to_owned());
        }
        if late {
            self.tell(Audience::Operator, id.to_string());
        }
        Ok(())
    }

    /// Runs the row of the process for an event: bookings, the next state, a notice.
    pub(super) fn run(&mut self, id: PayoutId, event: PayoutEvent) -> Result<(), Refusal> {
        let by = self.role()?;
        let from = self.payee.payout(id)?.state;
        let row = find(from, event, by).ok_or(refusal_of(event))?;
        self.post(row, id)?;
        let now = self.now();
        let payout = self.payout_mut(id)?;
        payout.state = row.to;
        // Of a canceled one it tells that a `paid` which comes later is older: the money was out and is back.
        if row.to == PayoutState::Failed || (event == PayoutEvent::Failed && from == PayoutState::Canceled) {
            payout.failed_at = Some(now);
        }
        payout.entry_no = payout.entry_no.saturating_add(1);
        payout.ended_at = (!row.to.is_under_way()).then_some(now);
        self.tell(Audience::Payee, id.to_string());
        Ok(())
    }

    fn post(&mut self, row: &PayoutRow, id: PayoutId) -> Result<(), Refusal> {
        let Some(posting) = row.posting else {
            return Ok(());
        };
        let payout = self.payee.payout(id)?;
        let (amount, psp) = (payout.amount_minor, Account::of_provider(&payout.provider));
        let person = self.payee.id;
        let (transit, payable) = (Account::PayoutTransit(id), Account::ExpertPayable(person));
        let receipt = self.receipt.take();
        let draft = &mut self.draft;
        match posting {
            PayoutPosting::Back => draft.book(transit, payable, amount),
            // By whoever knows the rest.
            PayoutPosting::Rest => Ok(()),
            PayoutPosting::Out => {
                draft.line(transit, Side::Debit, amount, None)?;
                draft.line(psp, Side::Credit, amount, receipt)
            }
            PayoutPosting::In => {
                draft.line(psp, Side::Debit, amount, receipt)?;
                draft.line(payable, Side::Credit, amount, None)
            }
            PayoutPosting::Late => {
                let left = amount.min(self.input.facts.payable_minor);
                draft.line(payable, Side::Debit, left, None)?;
                draft.line(
                    Account::Receivable(person),
                    Side::Debit,
                    amount.minus(left)?,
                    None,
                )?;
                draft.line(psp, Side::Credit, amount, receipt)
            }
        }
    }

    pub(super) fn payout_mut(&mut self, id: PayoutId) -> Result<&mut Payout, Refusal> {
        self.payee
            .payouts
            .iter_mut()
            .find(|one| one.id == id)
            .ok_or(Refusal::NotFound)
    }
}

/// Why there is no row for an event.
fn refusal_of(event: PayoutEvent) -> Refusal {
    match event {
        PayoutEvent::Hold => Refusal::PayoutNotHoldable,
        PayoutEvent::Release => Refusal::NotOnHold,
        PayoutEvent::Cancel => Refusal::PayoutNotCancelable,
        PayoutEvent::Reduce
        | PayoutEvent::Sent
        | PayoutEvent::Paid
        | PayoutEvent::Failed
        | PayoutEvent::Returned => Refusal::EventWithoutEffect,
    }
}

/// Whether a change of the account is too fresh to pay to it. The first account of all has nobody to steal from.
pub(super) fn is_too_new(account: &PayoutAccount, now: Timestamp) -> bool {
    let changed = account.previous.is_some() && account.approved_by.is_none();
    changed && now <= after(account.set_at, hours(WAIT_HOURS))
}

/// What of a sum the provider can move; the rest stays payable.
fn whole_units(asked: Minor, unit: Minor) -> Result<Minor, Refusal> {
    let rest = asked.0.checked_rem(unit.0).unwrap_or(0);
    let amount = asked.minus(Minor(rest))?;
    if amount.is_positive() {
        Ok(amount)
    } else {
        Err(Refusal::AmountNotPositive)
    }
}
