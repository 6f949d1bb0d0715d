//! From a command to what becomes of it.

use super::chargeback::Opened;
use super::command::{Actor, Command, Input};
use super::dispute::Ruling;
use super::kind::Event;
use super::milestone::Milestone;
use super::pay::Receipt;
use super::step::{Act, Decision, Step};
use super::terms::Offer;
use super::timer::TimerKind;
use super::wake::Due;
use super::{Contract, Standing, rows_of};
use crate::ids::{ContractId, MilestoneId};
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::span::{after, days, end_of};

/// Makes a contract of an accepted offer. It binds nobody until both have signed its hash.
pub fn offer(id: ContractId, offer: &Offer, input: &Input) -> Result<Decision, Refusal> {
    offer.check()?;
    if offer
        .milestones
        .iter()
        .any(|(_, plan)| input.now > end_of(plan.due_on))
    {
        return Err(Refusal::DuePast);
    }
    let offered_until = after(input.now, days(7));
    let milestones = offer.milestones.iter().cloned();
    let contract = Contract {
        id,
        version: 0,
        standing: Standing::Offered,
        entry_no: 1,
        process: offer.process,
        client: offer.client,
        expert: offer.expert,
        currency: offer.currency,
        terms: offer.terms.clone(),
        sha256: offer.sha256()?,
        offered_until,
        client_signed_at: None,
        expert_signed_at: None,
        milestones: milestones.map(|(id, plan)| Milestone::new(id, plan)).collect(),
        payments: Vec::new(),
        refunds: Vec::new(),
        chargebacks: Vec::new(),
        amendment: None,
        absences: Vec::new(),
        pause: None,
        holds: Vec::new(),
    };
    let mut step = Step::new(contract, &Actor::Clock, input);
    step.push_timer(TimerKind::OfferExpires, id.to_string(), 1, offered_until);
    step.finish("offer")
}

/// Decides what becomes of a command, or refuses it and changes nothing. The same contract, command, actor and input
/// always give the same decision.
pub fn decide(
    contract: &Contract,
    command: &Command,
    by: &Actor,
    input: &Input,
) -> Result<Decision, Refusal> {
    decide_owned(contract.clone(), command, by, input)
}

/// As [`decide`], for whoever needs the contract as it was no more: a replay, in which a refusal ends everything.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "takes what the functions before it have left; a test runs every command"
)]
pub fn decide_owned(
    contract: Contract,
    command: &Command,
    by: &Actor,
    input: &Input,
) -> Result<Decision, Refusal> {
    if rows_of(contract.process).is_none() {
        return Err(Refusal::UnknownProcess);
    }
    let mut step = Step::new(contract, by, input);
    match command {
        Command::Sign { sha256 } => step.sign(sha256)?,
        Command::Decline => step.leave_offer(Standing::Declined)?,
        Command::Withdraw => step.leave_offer(Standing::Withdrawn)?,
        Command::Resume { reason } => step.resume(reason.as_deref())?,
        Command::HoldContract { reason, finding } => step.hold_contract(reason, finding.as_ref())?,
        Command::ExtendContractHold {
            hold,
            reason,
            review_by,
            second,
        } => step.extend_contract_hold(*hold, reason, (*review_by, *second))?,
        Command::AppealContractHold { hold, reason } => step.appeal_contract_hold(*hold, reason)?,
        Command::AnswerContractHold { hold, party, reason } => {
            step.answer_contract_hold(*hold, *party, reason)?;
        }
        Command::End => step.end()?,
        Command::RegisterAbsence { from, until } => step.register_absence(*from, *until)?,
        Command::ProposeAmendment { change } => step.propose_amendment(change)?,
        Command::AcceptAmendment => step.accept_amendment()?,
        Command::RejectAmendment => step.reject_amendment()?,
        Command::Timer {
            kind,
            subject,
            entry_no,
            due_at,
        } => {
            step.wake(&Due {
                kind: *kind,
                subject,
                entry_no: *entry_no,
                since: *due_at,
            })?;
        }
        other => milestone_command(&mut step, other)?,
    }
    step.finish(command.name())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "takes what the functions before it have left; a test runs every command"
)]
fn milestone_command(step: &mut Step<'_>, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::Fund {
            milestone,
            provider,
            method,
        } => step.fund(*milestone, provider, *method),
        Command::Place { milestone, payment } => step.place(*milestone, *payment),
        Command::Start { milestone } => step.start(*milestone),
        Command::Cancel { milestone } => plain(step, *milestone, Event::Cancel, Minor::ZERO),
        Command::Submit {
            milestone,
            deliverables,
            ticked,
        } => step.submit(*milestone, *deliverables, ticked),
        Command::RequestChanges {
            milestone,
            unmet,
            note,
        } => step.request_changes(*milestone, unmet, note),
        Command::ExtendInspection {
            milestone,
            days,
            reason,
        } => step.extend_inspection(*milestone, *days, reason),
        Command::Approve { milestone } => plain(step, *milestone, Event::Approve, Minor::ZERO),
        Command::Release { milestone, amount } => {
            let amount = amount.positive(step.contract.currency)?;
            plain(step, *milestone, Event::Release, amount)
        }
        Command::GiveBack { milestone, amount } => {
            let amount = amount.positive(step.contract.currency)?;
            plain(step, *milestone, Event::GiveBack, amount)
        }
        Command::OfferSettlement {
            milestone,
            to_expert,
            to_client,
        } => step.offer_settlement(*milestone, *to_expert, *to_client),
        Command::AcceptSettlement { milestone } => step.accept_settlement(*milestone),
        Command::RejectSettlement { milestone } => step.reject_settlement(*milestone),
        Command::Drop { milestone } => {
            let by = step.role()?;
            step.drop_milestone(*milestone, by)
        }
        Command::MailBounced { milestone } => step.mail_bounced(*milestone),
        other => dispute_command(step, other),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "takes what the functions before it have left; a test runs every command"
)]
fn dispute_command(step: &mut Step<'_>, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::OpenDispute {
            milestone,
            unconditional,
            offer_to_expert,
            reason,
        } => {
            let figures = step.figures(*unconditional, *offer_to_expert)?;
            step.open_dispute(*milestone, figures, reason)
        }
        Command::AnswerDispute {
            milestone,
            unconditional,
            offer_to_expert,
        } => {
            let figures = step.figures(*unconditional, *offer_to_expert)?;
            step.answer_dispute(*milestone, figures)
        }
        Command::DecideDispute {
            milestone,
            to_expert,
            to_client,
            reasons,
            second,
        } => {
            let currency = step.contract.currency;
            let ruling = Ruling {
                by: step.operator()?,
                second: *second,
                to_expert_minor: to_expert.nonnegative(currency)?,
                to_client_minor: to_client.nonnegative(currency)?,
                reasons: reasons.clone(),
            };
            step.decide_dispute(*milestone, ruling)
        }
        Command::AppealDispute { milestone, reason } => step.appeal_dispute(*milestone, reason),
        other => money_command(step, other),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "takes what the functions before it have left; a test runs every command"
)]
fn money_command(step: &mut Step<'_>, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::RefundFunds { payment, amount } => step.refund_funds(*payment, *amount),
        Command::MoveToBank {
            payment,
            bank,
            transfer,
            second,
            ..
        } => step.move_to_bank(*payment, bank, transfer, *second),
        Command::AssignReceipt {
            payment,
            bank,
            amount,
            receipt,
            second,
        } => step.assign_receipt(*payment, bank, (*amount, receipt), *second),
        Command::Captured {
            payment,
            amount,
            fee,
            receipt,
        } => {
            let receipt = Receipt {
                amount: *amount,
                fee: *fee,
                name: receipt,
            };
            step.captured(*payment, &receipt)
        }
        Command::PaymentFailed { payment } => step.payment_over(*payment, Event::Failed),
        Command::PaymentExpired { payment } => step.payment_over(*payment, Event::Expired),
        Command::RefundSent { refund } => step.refund_sent(*refund),
        Command::RefundSucceeded { refund, receipt } => step.refund_succeeded(*refund, receipt),
        Command::RefundFailed { refund, receipt } => step.refund_failed(*refund, receipt.as_deref()),
        Command::ChargebackOpened {
            payment,
            reference,
            receipt,
            amount,
            fee,
            evidence_by,
        } => {
            let (amount, fee, evidence_by) = (*amount, *fee, *evidence_by);
            let opened = Opened {
                reference,
                receipt,
                amount,
                fee,
                evidence_by,
            };
            step.chargeback_opened(*payment, &opened)
        }
        Command::ChargebackWon { reference, receipt } => step.chargeback_won(reference, receipt),
        Command::ChargebackLost { reference } => step.chargeback_lost(reference),
        _ => Err(Refusal::StateImpossible), // Every other command was taken above; a test runs them all.
    }
}

fn plain(step: &mut Step<'_>, id: MilestoneId, event: Event, amount: Minor) -> Result<(), Refusal> {
    let by = step.role()?;
    step.run(
        id,
        event,
        by,
        &Act {
            amount,
            ..Act::default()
        },
    )
}
