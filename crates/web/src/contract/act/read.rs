//! From a form that was sent to the command it asks for.

use earnest_app::contract::Sight;
use earnest_app::desk::Desk;
use earnest_app::file;
use earnest_hire::contract::{Change, Command, Contract, Method, Milestone};
use earnest_hire::deliverable::Deliverable;
use earnest_hire::field::{FieldRefusal, Lines, required};
use earnest_hire::ids::MilestoneId;
use earnest_hire::money::{AmountFault, Currency, Minor, Money};
use earnest_hire::refusal::Refusal;
use earnest_hire::span::end_of;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::name::Act;
use crate::form::Typed;
use crate::upload::Sent;

type Faults = Vec<FieldRefusal>;

/// What is asked for.
pub(super) struct Asked {
    pub(super) command: Command,
    pub(super) deliverable: Option<Deliverable>,
}

impl From<Command> for Asked {
    fn from(command: Command) -> Self {
        Self {
            command,
            deliverable: None,
        }
    }
}

/// Reads a form of a contract.
pub(super) fn of_contract(act: Act, typed: &Typed) -> Result<Option<Command>, Faults> {
    Ok(Some(match act {
        Act::Sign => Command::Sign {
            sha256: typed.value("sha256").to_owned(),
        },
        Act::Decline => Command::Decline,
        Act::Withdraw => Command::Withdraw,
        Act::End => Command::End,
        Act::Resume => Command::RESUME,
        Act::Pause => Command::ProposeAmendment {
            change: Change::Pause,
        },
        Act::AcceptAmendment => Command::AcceptAmendment,
        Act::RejectAmendment => Command::RejectAmendment,
        Act::Complain => match typed.value("hold").parse() {
            Ok(hold) => Command::AppealContractHold {
                hold,
                reason: single(note("reason", typed, "Say what is wrong about it."))?,
            },
            Err(_unreadable) => return Ok(None),
        },
        Act::Absence => {
            let (from, until) = both(day("from", typed), day("until", typed))?;
            Command::RegisterAbsence {
                from: beginning_of(from),
                until: end_of(until),
            }
        }
        _ => return Ok(None),
    }))
}

/// Reads a form of a milestone.
pub(super) fn of_milestone(
    act: Act,
    typed: &Typed,
    (desk, sight): (&Desk, &Sight),
    one: &Milestone,
) -> Result<Option<Asked>, Faults> {
    let (contract, milestone) = (&sight.contract, one.id);
    let currency = contract.currency;
    let command = match act {
        Act::Fund => fund(typed, desk, milestone)?,
        Act::Place | Act::RefundFunds => {
            return Ok(unused(act, sight, milestone).map(Asked::from));
        }
        Act::Start => Command::Start { milestone },
        Act::Approve => Command::Approve { milestone },
        Act::Cancel => Command::Cancel { milestone },
        Act::Drop => Command::Drop { milestone },
        Act::AcceptSettlement => Command::AcceptSettlement { milestone },
        Act::RejectSettlement => Command::RejectSettlement { milestone },
        Act::RequestChanges => {
            let unmet = marks("unmet", typed, one, "Tick at least one item that is not met.");
            let note = note("note", typed, "Say what is missing, so that it can be mended.");
            let (unmet, note) = both(unmet, note)?;
            Command::RequestChanges {
                milestone,
                unmet,
                note,
            }
        }
        Act::ExtendInspection => {
            let reason = note(
                "reason",
                typed,
                "Say why you need more time; the expert reads it.",
            );
            let (days, reason) = both(count("days", typed), reason)?;
            Command::ExtendInspection {
                milestone,
                days,
                reason,
            }
        }
        Act::Release => Command::Release {
            milestone,
            amount: single(amount("amount", typed, currency))?,
        },
        Act::GiveBack => Command::GiveBack {
            milestone,
            amount: single(amount("amount", typed, currency))?,
        },
        Act::Appeal => Command::AppealDispute {
            milestone,
            reason: single(note("reason", typed, "Say what is wrong with the decision."))?,
        },
        Act::Amend => Command::ProposeAmendment {
            change: change(typed, contract, milestone)?,
        },
        Act::Settle | Act::Dispute | Act::AnswerDispute => figures(act, typed, sight, milestone)?,
        _ => return Ok(None),
    };
    Ok(Some(command.into()))
}

/// The field that a refusal is about; none where it is about the contract and not about what was typed.
pub(super) fn field_of(act: Act, refusal: Refusal) -> Option<&'static str> {
    match (act, refusal) {
        (Act::ExtendInspection, Refusal::ExtensionTooLong) => Some("days"),
        (Act::Absence, Refusal::AbsenceTooLong) => Some("until"),
        (
            act,
            Refusal::AmountNotPositive
            | Refusal::AmountTooLarge
            | Refusal::AmountExceedsHeld
            | Refusal::AmountNotPart
            | Refusal::SumDiffers
            | Refusal::FiguresUnfit,
        ) => match act {
            Act::Release | Act::GiveBack | Act::Amend => Some("amount"),
            Act::Settle => Some("to_expert"),
            Act::Dispute | Act::AnswerDispute => Some("unconditional"),
            _ => None,
        },
        _ => None,
    }
}

/// What would be done with the money that has arrived for a milestone and is not used.
pub(super) fn unused(act: Act, sight: &Sight, milestone: MilestoneId) -> Option<Command> {
    sight.unused(milestone, |command| Act::of(command) == Some(act))
}

fn figures(act: Act, typed: &Typed, sight: &Sight, milestone: MilestoneId) -> Result<Command, Faults> {
    let currency = sight.contract.currency;
    if act == Act::Settle {
        let expert = amount("to_expert", typed, currency);
        let (to_expert, to_client) = both(expert, amount("to_client", typed, currency))?;
        return Ok(Command::OfferSettlement {
            milestone,
            to_expert,
            to_client,
        });
    }
    let unconditional = amount("unconditional", typed, currency);
    let (unconditional, offer_to_expert) = both(unconditional, amount("offer", typed, currency))?;
    single(sight.agrees(milestone, unconditional, offer_to_expert))?;
    if act == Act::AnswerDispute {
        return Ok(Command::AnswerDispute {
            milestone,
            unconditional,
            offer_to_expert,
        });
    }
    Ok(Command::OpenDispute {
        milestone,
        unconditional,
        offer_to_expert,
        reason: single(note("reason", typed, "Say what the dispute is about."))?,
    })
}

/// Reads the form that submits a version, with its files.
pub(super) fn submit(sent: &Sent, one: &Milestone) -> Result<Asked, Faults> {
    let typed = &sent.typed;
    let ticked = marks("ticked", typed, one, "");
    let all = one.plan.acceptance.len();
    let missing = || {
        FieldRefusal::new(
            "ticked",
            "acceptance_open",
            "Tick every item that you have checked; all of them must hold.",
        )
    };
    let ticked = ticked.ok().filter(|marks| marks.len() == all).ok_or_else(missing);
    let files = sent.ids();
    let mut wrong = sent.faults.clone();
    wrong.extend(file::few(&files).err());
    let deliverable = Deliverable::with_files(typed.value("note"), typed.value("links"), files);
    let (deliverable, ticked) = match (deliverable, ticked) {
        (Ok(deliverable), Ok(ticked)) if wrong.is_empty() => (deliverable, ticked),
        (deliverable, ticked) => {
            let mut faults: Faults = ticked.err().into_iter().collect();
            faults.extend(deliverable.err().unwrap_or_default());
            faults.extend(wrong);
            return Err(faults);
        }
    };
    Ok(Asked {
        command: Command::Submit {
            milestone: one.id,
            deliverables: deliverable.count(),
            ticked,
        },
        deliverable: Some(deliverable),
    })
}

fn fund(typed: &Typed, desk: &Desk, milestone: MilestoneId) -> Result<Command, Faults> {
    let unclear = || vec![FieldRefusal::new("way", "missing", "Choose how to pay.")];
    let (name, method) = typed.value("way").split_once(' ').ok_or_else(unclear)?;
    let provider = desk.providers.get(name).ok_or_else(unclear)?;
    let mut offered = provider.abilities().methods.iter();
    offered
        .find(|one| one.kind.name() == method)
        .ok_or_else(unclear)?;
    let method = Method::ALL.iter().find(|one| one.name() == method);
    Ok(Command::Fund {
        milestone,
        provider: name.parse().map_err(|_unreadable| unclear())?,
        method: *method.ok_or_else(unclear)?,
    })
}

fn change(typed: &Typed, contract: &Contract, milestone: MilestoneId) -> Result<Change, Faults> {
    let sum = || single(amount("amount", typed, contract.currency));
    match typed.value("change") {
        "raise" => Ok(Change::RaisePrice {
            milestone,
            amount: sum()?,
        }),
        "lower" => Ok(Change::LowerPrice {
            milestone,
            amount: sum()?,
        }),
        "drop" => Ok(Change::Drop { milestone }),
        word => {
            let to = word.parse::<MilestoneId>().ok();
            let to = to.filter(|to| contract.milestone(*to).is_ok());
            let missing = || {
                vec![FieldRefusal::new(
                    "change",
                    "missing",
                    "Choose what is to change.",
                )]
            };
            Ok(Change::MoveMoney {
                milestone,
                to: to.ok_or_else(missing)?,
                amount: sum()?,
            })
        }
    }
}

fn single<T>(read: Result<T, FieldRefusal>) -> Result<T, Faults> {
    read.map_err(|fault| vec![fault])
}

fn both<A, B>(first: Result<A, FieldRefusal>, second: Result<B, FieldRefusal>) -> Result<(A, B), Faults> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => Err(first.err().into_iter().chain(second.err()).collect()),
    }
}

fn note(field: &'static str, typed: &Typed, missing: &str) -> Result<String, FieldRefusal> {
    required(field, typed.value(field), 5_000, Lines::Several, missing)
}

fn amount(field: &'static str, typed: &Typed, currency: Currency) -> Result<Money, FieldRefusal> {
    let minor: Minor = currency.typed(typed.value(field)).map_err(|fault| match fault {
        AmountFault::Unclear => FieldRefusal::new(
            field,
            "amount_unclear",
            "Write a sum with all its decimals or none, like 1,200.00 or 1200.",
        ),
        AmountFault::TooLarge => FieldRefusal::new(field, "amount_too_large", "This sum is too large."),
    })?;
    Ok(earnest_hire::contract::money(minor, currency))
}

fn count(field: &'static str, typed: &Typed) -> Result<u16, FieldRefusal> {
    let read = typed.value(field).trim().parse();
    read.map_err(|_unreadable| FieldRefusal::new(field, "malformed", "Write a number of days from 1 to 7."))
}

fn marks(
    field: &'static str,
    typed: &Typed,
    one: &Milestone,
    missing: &str,
) -> Result<Vec<u16>, FieldRefusal> {
    let known = |mark: &u16| usize::from(*mark) < one.plan.acceptance.len();
    let mut marks: Vec<u16> = typed
        .values(field)
        .into_iter()
        .filter_map(|mark| mark.parse().ok())
        .filter(known)
        .collect();
    marks.sort_unstable();
    marks.dedup();
    if marks.is_empty() {
        return Err(FieldRefusal::new(field, "missing", missing));
    }
    Ok(marks)
}

fn day(field: &'static str, typed: &Typed) -> Result<Date, FieldRefusal> {
    let read = typed.value(field).trim().parse();
    read.map_err(|_unreadable| FieldRefusal::new(field, "malformed", "Write a day like 2026-12-24."))
}

fn beginning_of(day: Date) -> Timestamp {
    let zoned = day.to_zoned(TimeZone::UTC);
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}
