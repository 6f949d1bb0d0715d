//! From a command to what becomes of it.

use jiff::Timestamp;
use serde::Serialize;

use super::command::{Command, Input};
use super::hold::Asked;
use super::payout::{PayoutState, is_too_new};
use super::table::PayoutEvent;
use super::{Payee, PayoutAccount};
use crate::contract::{Actor, By, Timer, TimerKind, words};
use crate::ids::{EarningId, EventId, Ids, PayoutId, PersonId};
use crate::ledger::{Account, Draft, Entry, Name};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::span::{after, days};

/// How long what has ended is kept: a bank may return a payout, and a person may complain, for so many days.
const KEPT: u16 = 180;

words! {
    /// Who is told.
    Audience {
        /// The person.
        Payee = "payee",
        /// The address the person had before, where an account was changed.
        FormerContact = "former_contact",
        /// The operator.
        Operator = "operator",
    }
}

/// Somebody is to be told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Who.
    pub to: Audience,
    /// What: the name of the command.
    pub about: &'static str,
    /// Of what: an id.
    pub subject: String,
}

/// Something to ask of the provider, after the decision is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Call {
    /// Send it, if it is still requested when its turn comes.
    SendPayout {
        /// Which.
        payout: PayoutId,
    },
    /// Stop it, where the provider has it already.
    CancelPayout {
        /// Which.
        payout: PayoutId,
    },
}

/// What an operator did to a person's money or account. The person can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Who.
    pub operator: PersonId,
    /// Who confirmed.
    pub second: Option<PersonId>,
    /// The name of the command.
    pub about: &'static str,
    /// Of what: an id.
    pub subject: String,
    /// As given, or nothing where the command asks for none.
    pub reason: String,
}

/// What becomes of an accepted command. Nothing of it has happened until all of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The payee as it is now.
    pub payee: Payee,
    /// Names the command in the history.
    pub event: EventId,
    /// What is booked; its kind is the name of the command.
    pub entry: Option<Entry>,
    /// What will happen by itself.
    pub timers: Vec<Timer>,
    /// Who is told what.
    pub notices: Vec<Notice>,
    /// What is asked of the provider.
    pub calls: Vec<Call>,
    /// The earning that may be paid out from now on; its row must not have been cleared before.
    pub cleared: Option<EarningId>,
    /// What an operator did.
    pub audit: Option<Audit>,
}

pub(super) struct Step<'a> {
    pub(super) payee: Payee,
    pub(super) input: &'a Input,
    pub(super) by: &'a Actor,
    pub(super) ids: Ids,
    pub(super) draft: Draft,
    pub(super) calls: Vec<Call>,
    /// The provider's name of the movement that is being told.
    pub(super) receipt: Option<String>,
    name: &'static str,
    timers: Vec<Timer>,
    notices: Vec<Notice>,
    cleared: Option<EarningId>,
    audit: Option<Audit>,
}

/// Decides what becomes of a command, or refuses it and changes nothing. The same payee, command, actor and input always
/// give the same decision.
pub fn decide(payee: &Payee, command: &Command, by: &Actor, input: &Input) -> Result<Decision, Refusal> {
    let mut step = Step::new(payee.clone(), command.name(), by, input);
    match command {
        Command::Clear {
            earning,
            amount,
            clears_at,
        } => step.clear(*earning, *amount, *clears_at)?,
        Command::SetPayoutAccount { reference, provider } => step.set_account(reference, provider)?,
        Command::ApproveAccount { reference, second } => step.approve_account(reference, *second)?,
        Command::RequestPayout { amount } => step.request_payout(*amount)?,
        Command::HoldPayout {
            payout,
            reason,
            review_by,
            second,
        } => step.hold_payout(*payout, reason, *review_by, *second)?,
        Command::ReleasePayout { payout } => step.release_payout(*payout)?,
        Command::CancelPayout { payout } => step.cancel_payout(*payout)?,
        Command::PayoutReduced { payout, amount } => step.reduce_payout(*payout, *amount)?,
        Command::PayoutSent { payout } => step.provider_says(*payout, PayoutEvent::Sent, None, None)?,
        Command::PayoutPaid { payout, receipt } => {
            step.provider_says(*payout, PayoutEvent::Paid, None, Some(receipt))?;
        }
        Command::PayoutFailed {
            payout,
            reason,
            receipt,
        } => step.provider_says(*payout, PayoutEvent::Failed, Some(reason), receipt.as_deref())?,
        Command::PayoutReturned {
            payout,
            reason,
            receipt,
        } => step.provider_says(*payout, PayoutEvent::Returned, Some(reason), Some(receipt))?,
        Command::PlaceHold { .. }
        | Command::ExtendHold { .. }
        | Command::LiftHold { .. }
        | Command::AppealHold { .. }
        | Command::AnswerAppeal { .. } => step.hold_command(command)?,
        Command::Timer {
            kind,
            subject,
            entry_no,
            due_at,
        } => step.wake(*kind, subject, *entry_no, *due_at)?,
    }
    step.finish()
}

impl<'a> Step<'a> {
    fn new(payee: Payee, name: &'static str, by: &'a Actor, input: &'a Input) -> Self {
        Self {
            draft: Draft::new(payee.currency),
            ids: Ids::new(input.now, input.seed),
            payee,
            input,
            by,
            calls: Vec::new(),
            receipt: None,
            name,
            timers: Vec::new(),
            notices: Vec::new(),
            cleared: None,
            audit: None,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "takes what the function before it has left; a test runs every command"
    )]
    fn hold_command(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::PlaceHold {
                scope,
                reason,
                facts,
                rule,
                review_by,
                second,
            } => self.place_hold(&Asked {
                scope: *scope,
                reason,
                facts,
                rule,
                review_by: *review_by,
                second: *second,
            }),
            Command::ExtendHold {
                hold,
                reason,
                review_by,
                second,
            } => self.extend_hold(*hold, reason, *review_by, *second),
            Command::LiftHold { hold, reason } => self.lift_hold(*hold, reason),
            Command::AppealHold { hold, reason } => self.appeal_hold(*hold, reason),
            Command::AnswerAppeal { hold, reason } => self.answer_appeal(*hold, reason),
            _ => Err(Refusal::StateImpossible),
        }
    }

    /// Ends the command: books what was drafted, counts the version, forgets what nobody can ask about any more.
    fn finish(mut self) -> Result<Decision, Refusal> {
        let now = self.now();
        let fresh = |ended_at: Option<Timestamp>| ended_at.is_none_or(|at| now <= after(at, days(KEPT)));
        self.payee.payouts.retain(|one| fresh(one.ended_at));
        self.payee.holds.retain(|one| fresh(one.ended_at));
        self.payee.version = self.payee.version.saturating_add(1);
        let event = self.ids.event();
        let entry = if self.draft.is_empty() {
            None
        } else {
            Some(self.draft.balance(self.ids.entry(), self.name)?)
        };
        Ok(Decision {
            payee: self.payee,
            event,
            entry,
            timers: self.timers,
            notices: self.notices,
            calls: self.calls,
            cleared: self.cleared,
            audit: self.audit,
        })
    }

    fn clear(&mut self, earning: EarningId, amount: Money, clears_at: Timestamp) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Clock) {
            return Err(Refusal::NotForPeople);
        }
        if self.now() <= clears_at {
            return Err(Refusal::TimerNotDue);
        }
        let amount = amount.positive(self.payee.currency)?;
        if amount > self.input.facts.pending_minor {
            return Err(Refusal::BalanceBelowZero);
        }
        let (pending, payable) = (
            Account::ExpertPending(self.payee.id),
            Account::ExpertPayable(self.payee.id),
        );
        self.draft.book(pending, payable, amount)?;
        self.cleared = Some(earning);
        self.tell(Audience::Payee, earning.to_string());
        Ok(())
    }

    fn set_account(&mut self, reference: &str, provider: &Name) -> Result<(), Refusal> {
        self.person()?;
        self.second_factor()?;
        let length = reference.chars().count();
        if !(1..=200).contains(&length) || reference.chars().any(char::is_control) {
            return Err(Refusal::NoPayoutAccount);
        }
        let former = self.payee.account.take();
        let same = |one: &PayoutAccount| one.reference == reference && one.provider == *provider;
        if former.as_ref().is_some_and(same) {
            return Err(Refusal::EventWithoutEffect);
        }
        let subject = self.payee.id.to_string();
        self.tell(Audience::Payee, subject.clone());
        if former.is_some() {
            self.tell(Audience::FormerContact, subject);
        }
        self.payee.account = Some(PayoutAccount {
            reference: reference.to_owned(),
            provider: provider.clone(),
            set_at: self.now(),
            previous: former.map(|one| one.reference),
            approved_by: None,
        });
        let unsent = |state: PayoutState| matches!(state, PayoutState::Requested | PayoutState::Held);
        let payouts = self.payee.payouts.iter();
        let unsent: Vec<PayoutId> = payouts
            .filter(|one| unsent(one.state))
            .map(|one| one.id)
            .collect();
        unsent.into_iter().try_for_each(|id| self.cancel_payout(id))
    }

    fn approve_account(&mut self, reference: &str, second: Option<PersonId>) -> Result<(), Refusal> {
        let by = self.operator()?;
        self.second_factor()?;
        let now = self.now();
        let account = self.payee.account.as_ref().ok_or(Refusal::NoPayoutAccount)?;
        if account.reference != reference {
            return Err(Refusal::NotFound);
        }
        if !is_too_new(account, now) {
            return Err(Refusal::EventWithoutEffect);
        }
        let set_at = account.set_at;
        // Whatever the time, this is for two.
        let second = self
            .check_second(set_at, Timestamp::MAX, second)?
            .ok_or(Refusal::FourEyes)?;
        if let Some(account) = &mut self.payee.account {
            account.approved_by = Some([by, second]);
        }
        let subject = self.payee.id.to_string();
        self.audit(subject.clone(), "", Some(second));
        self.tell(Audience::Payee, subject);
        Ok(())
    }

    fn wake(
        &mut self,
        kind: TimerKind,
        subject: &str,
        entry_no: i64,
        due_at: Timestamp,
    ) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Clock) {
            return Err(Refusal::NotForPeople);
        }
        if self.now() <= due_at {
            return Err(Refusal::TimerNotDue);
        }
        if kind != TimerKind::HoldEnds {
            return Err(Refusal::StaleTimer);
        }
        if let Ok(hold) = subject.parse() {
            return self.hold_ends(hold, entry_no);
        }
        self.payout_hold_ends(subject.parse().or(Err(Refusal::NotFound))?, entry_no)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.input.now
    }

    /// Who acts, as the process knows them.
    pub(super) fn role(&self) -> Result<By, Refusal> {
        match self.by {
            Actor::Person { id } if *id == self.payee.id => Ok(By::Expert),
            Actor::Person { .. } => Err(Refusal::NotYourMoney),
            Actor::Operator { .. } => Ok(By::Operator),
            Actor::Clock => Ok(By::Clock),
            Actor::Provider { .. } => Ok(By::Provider),
        }
    }

    /// The payee, acting in person.
    pub(super) fn person(&self) -> Result<PersonId, Refusal> {
        match self.by {
            Actor::Person { id } if *id == self.payee.id => Ok(*id),
            Actor::Person { .. } | Actor::Operator { .. } | Actor::Clock | Actor::Provider { .. } => {
                Err(Refusal::NotYourMoney)
            }
        }
    }

    pub(super) fn operator(&self) -> Result<PersonId, Refusal> {
        match self.by {
            Actor::Operator { id } if *id == self.payee.id => Err(Refusal::OwnAccount),
            Actor::Operator { id } => Ok(*id),
            Actor::Person { .. } | Actor::Clock | Actor::Provider { .. } => Err(Refusal::OperatorOnly),
        }
    }

    pub(super) fn provider(&self) -> Result<&'a Name, Refusal> {
        match self.by {
            Actor::Provider { name } => Ok(name),
            Actor::Person { .. } | Actor::Operator { .. } | Actor::Clock => Err(Refusal::NotForPeople),
        }
    }

    pub(super) fn second_factor(&self) -> Result<(), Refusal> {
        if self.input.facts.second_factor {
            Ok(())
        } else {
            Err(Refusal::SecondFactorMissing)
        }
    }

    pub(super) fn tell(&mut self, to: Audience, subject: String) {
        let about = self.name;
        self.notices.push(Notice { to, about, subject });
    }

    /// Writes down what an operator did; what others do is in the history already.
    pub(super) fn audit(&mut self, subject: String, reason: &str, second: Option<PersonId>) {
        if let Actor::Operator { id } = self.by {
            self.audit = Some(Audit {
                operator: *id,
                second,
                about: self.name,
                subject,
                reason: reason.to_owned(),
            });
        }
    }

    pub(super) fn push_timer(&mut self, kind: TimerKind, subject: String, entry_no: i64, due_at: Timestamp) {
        self.timers.push(Timer {
            kind,
            subject,
            entry_no,
            due_at,
        });
    }
}
