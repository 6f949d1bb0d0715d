//! What must hold after every step. Nothing here asks the code under test whether it was right, except [`broken`], which
//! is itself under test.

use super::core::{Core, Violation};
use crate::contract::{
    Command, Contract, Decision, Kind, Milestone, Row, Standing, State, TimerKind, broken, find,
};
use crate::ledger::{Account, Side};
use crate::money::Minor;

/// Whether the provider sends it.
pub(super) fn from_provider(command: &Command) -> bool {
    matches!(
        command,
        Command::Captured { .. }
            | Command::PaymentFailed { .. }
            | Command::PaymentExpired { .. }
            | Command::RefundSent { .. }
            | Command::RefundSucceeded { .. }
            | Command::RefundFailed { .. }
            | Command::ChargebackOpened { .. }
            | Command::ChargebackWon { .. }
            | Command::ChargebackLost { .. }
    )
}

/// A decision before it is kept: its version, its entry, its rows.
pub(super) fn decision(before: &Contract, decision: &Decision) -> Result<(), Violation> {
    if decision.contract.version != before.version.saturating_add(1) {
        return Err(Violation::new(
            "version",
            format!("{} follows {}", decision.contract.version, before.version),
        ));
    }
    if decision.contract.id != before.id || decision.contract.currency != before.currency {
        return Err(Violation::new(
            "I12",
            "the contract has become another, or of another currency",
        ));
    }
    if let Some(entry) = &decision.entry {
        let mut sum = 0_i128;
        for line in entry.lines() {
            if line.currency != before.currency {
                return Err(Violation::new("I12", format!("a line in {}", line.currency)));
            }
            if line.amount.0 <= 0 {
                return Err(Violation::new("I2", "a line of nothing or less"));
            }
            let amount = i128::from(line.amount.0);
            sum = match line.side {
                Side::Debit => sum.saturating_add(amount),
                Side::Credit => sum.saturating_sub(amount),
            };
        }
        if sum != 0 || entry.lines().is_empty() {
            return Err(Violation::new("I2", format!("an entry is out by {sum}")));
        }
    }
    for milestone in &before.milestones {
        one_row(decision, milestone)?;
    }
    as_listed(decision)
}

/// The kinds of the timers that a decision sets; each earning has one that clears it.
pub(super) fn timers_of(decision: &Decision) -> Vec<TimerKind> {
    let set = decision.timers.iter().map(|timer| timer.kind);
    let clearing = decision.earnings.iter().map(|_earning| TimerKind::Clearance);
    set.chain(clearing).collect()
}

/// What rows set and tell is what the table says of them: no timer that none of them lists, and exactly their notices.
fn as_listed(decision: &Decision) -> Result<(), Violation> {
    if decision.moved.is_empty() {
        return Ok(());
    }
    let mut listed = Vec::new();
    for moved in &decision.moved {
        let of_it = |row: &&Row| {
            row.number == moved.row && row.event == moved.event && row.from.contains(&moved.from)
        };
        let rows: Vec<&Row> = crate::contract::ROWS.iter().filter(of_it).collect();
        listed.extend(rows.iter().flat_map(|row| row.timers));
        let subject = moved.milestone.to_string();
        let about =
            |one: &&crate::contract::Notice| one.about == moved.event.name() && one.subject == subject;
        let told: Vec<_> = decision.notices.iter().filter(about).map(|one| one.to).collect();
        if !rows.iter().any(|row| row.notices == told) {
            let what = format!("{} {} told {told:?}", moved.row, moved.event);
            return Err(Violation::new("row", what));
        }
    }
    match timers_of(decision)
        .into_iter()
        .find(|kind| !listed.contains(kind))
    {
        Some(kind) => {
            let rows: Vec<&str> = decision.moved.iter().map(|moved| moved.row).collect();
            Err(Violation::new(
                "row",
                format!("{rows:?} set {kind}, which they do not list"),
            ))
        }
        None => Ok(()),
    }
}

/// A milestone changes its state along rows of the process, each beginning where the one before has ended.
fn one_row(decision: &Decision, before: &Milestone) -> Result<(), Violation> {
    let mut at = before.state.kind();
    for moved in decision.moved.iter().filter(|moved| moved.milestone == before.id) {
        let fits = |row: &&Row| {
            row.event == moved.event && row.from.contains(&moved.from) && row.to.contains(&moved.to)
        };
        if moved.from != at || crate::contract::ROWS.iter().find(fits).is_none() {
            return Err(Violation::new(
                "row",
                format!(
                    "{} by {} from {} to {}",
                    moved.row, moved.event, moved.from, moved.to
                ),
            ));
        }
        at = moved.to;
    }
    let after = decision.contract.milestone(before.id).map(|one| one.state.kind());
    if after == Ok(at) {
        Ok(())
    } else {
        Err(Violation::new(
            "row",
            format!("{} is in a state that no row led to", before.id),
        ))
    }
}

/// The contract and the books as they are kept.
pub(super) fn kept(core: &Core) -> Result<(), Violation> {
    let (contract, books) = (core.contract(), core.books());
    if core.sum != 0 {
        return Err(Violation::new("I1", format!("all lines are out by {}", core.sum)));
    }
    let balance = |account: &Account| books.held(account, contract.currency);
    if let Some(found) = broken(contract, &balance).into_iter().next() {
        return Err(Violation::new(
            found.invariant,
            format!("{}: {}", found.subject, found.why),
        ));
    }
    for milestone in &contract.milestones {
        parts(milestone)?;
        let kind = milestone.state.kind();
        if kind.is_terminal() {
            let id = milestone.id;
            for account in [
                Account::Escrow(id),
                Account::FeeHold(id),
                Account::DisputeHold(id),
            ] {
                if balance(&account) != Minor::ZERO {
                    return Err(Violation::new(
                        "I6",
                        format!("{account} holds money after the end"),
                    ));
                }
            }
            if milestone.settlement.is_some() || milestone.in_dispute() {
                return Err(Violation::new("I6", format!("{id} ended with something open")));
            }
        }
        let holds = milestone.held().is_ok_and(Minor::is_positive);
        let must_hold = !kind.is_terminal() && !matches!(kind, Kind::Planned | Kind::Funding);
        if holds != must_hold {
            return Err(Violation::new(
                "I4",
                format!("{} is {kind} and holds {holds}", milestone.id),
            ));
        }
    }
    standing(contract)?;
    deadlines(core)
}

/// I4 and I13, with sums that may go below nothing.
fn parts(milestone: &Milestone) -> Result<(), Violation> {
    for lot in &milestone.lots {
        let mut left = lot.price.0;
        for part in [lot.released, lot.refunded, lot.withheld] {
            left = left.saturating_sub(part.0);
            if part.0 < 0 || left < 0 {
                return Err(Violation::new(
                    "I4",
                    format!("more has left {} than came", lot.id),
                ));
            }
        }
        for line in [lot.client_fee, lot.client_tax, lot.expert_fee, lot.expert_tax] {
            let mut left = line.agreed.0;
            for part in [line.earned, line.returned, line.withheld] {
                left = left.saturating_sub(part.0);
                if part.0 < 0 || left < 0 {
                    return Err(Violation::new(
                        "I13",
                        format!("a fee of {} is more than agreed", lot.id),
                    ));
                }
            }
        }
        let taken = lot.expert_fee.earned.0.saturating_add(lot.expert_tax.earned.0);
        if taken > lot.released.0 {
            return Err(Violation::new("I13", format!("the expert pays for {}", lot.id)));
        }
    }
    Ok(())
}

fn standing(contract: &Contract) -> Result<(), Violation> {
    let over = contract
        .milestones
        .iter()
        .all(|one| one.state.kind().is_terminal());
    let fits = match contract.standing {
        Standing::Offered | Standing::Declined | Standing::Withdrawn | Standing::Expired => {
            contract.payments.is_empty() && contract.pause.is_none()
        }
        Standing::Active | Standing::Ending => !over && contract.pause.is_none(),
        Standing::Paused => !over && contract.pause.is_some(),
        Standing::Ended => over && contract.pause.is_none() && contract.amendment.is_none(),
    };
    if fits {
        Ok(())
    } else {
        Err(Violation::new(
            "standing",
            format!("{} does not fit the milestones", contract.standing),
        ))
    }
}

/// Whatever has a deadline has the timer for it.
pub(super) fn deadlines(core: &Core) -> Result<(), Violation> {
    let contract = core.contract();
    let live = |kind: TimerKind, subject: &str, entry_no: Option<i64>, due_at: Option<jiff::Timestamp>| {
        let fits = core.rows.iter().any(|row| {
            let timer = &row.timer;
            timer.kind == kind
                && entry_no.is_none_or(|entry| entry == timer.entry_no)
                && due_at.is_none_or(|at| at == timer.due_at)
                && timer.subject == subject
        });
        if fits {
            Ok(())
        } else {
            let what = format!("{subject} has no {kind} of entry {entry_no:?} at {due_at:?}");
            Err(Violation::new("deadline", what))
        }
    };
    if contract.standing == Standing::Offered {
        let entry = Some(contract.entry_no);
        live(TimerKind::OfferExpires, &contract.id.to_string(), entry, None)?;
    }
    if let Some(pause) = &contract.pause {
        let kind = if pause.ends_at.is_some() {
            TimerKind::PauseEnds
        } else {
            TimerKind::Dormant
        };
        live(
            kind,
            &contract.id.to_string(),
            Some(contract.entry_no),
            pause.ends_at,
        )?;
    }
    // The clocks of a paused contract stand still.
    if let Some(amendment) = contract.amendment.as_ref().filter(|_open| !contract.is_paused()) {
        let subject = amendment.id.to_string();
        live(TimerKind::AmendmentExpires, &subject, None, Some(amendment.until))?;
    }
    for milestone in &contract.milestones {
        let stopped = contract.is_paused() || milestone.state.kind() == Kind::ChargebackHold;
        if let Some(offer) = milestone.settlement.as_ref().filter(|_offer| !stopped) {
            let subject = offer.id.to_string();
            live(TimerKind::SettlementExpires, &subject, None, Some(offer.until))?;
        }
        for lot in milestone.lots.iter().filter(|lot| lot.hold_until.is_some()) {
            if lot.held().is_positive() && !core.warned.contains(&lot.id.to_string()) {
                let what = format!("{} is held until a day of which nobody warns", lot.id);
                return Err(Violation::new("deadline", what));
            }
        }
        milestone_deadline(contract, milestone, &live)?;
    }
    Ok(())
}

type Live<'a> = dyn Fn(TimerKind, &str, Option<i64>, Option<jiff::Timestamp>) -> Result<(), Violation> + 'a;

fn milestone_deadline(contract: &Contract, milestone: &Milestone, live: &Live<'_>) -> Result<(), Violation> {
    let (kind, at) = match &milestone.state {
        State::Funding { payment, until } => {
            return live(
                TimerKind::PaymentExpires,
                &payment.to_string(),
                None,
                Some(*until),
            );
        }
        State::Funded { lapses_at, .. } => (TimerKind::Lapses, *lapses_at),
        State::Working { due_at, returns_at } | State::ChangesRequested { due_at, returns_at } => {
            returns_at.map_or((TimerKind::Overdue, *due_at), |at| (TimerKind::Returns, at))
        }
        State::Submitted { inspect_until, .. } => (TimerKind::InspectionEnds, *inspect_until),
        State::Disputed => {
            let Some(dispute) = milestone.dispute.as_ref().filter(|one| one.is_open()) else {
                return Err(Violation::new("deadline", "disputed without a dispute"));
            };
            if contract.is_paused() {
                return Ok(());
            }
            let subject = dispute.id.to_string();
            let (entry, at) = (Some(dispute.entry_no), Some(dispute.due_at));
            return live(TimerKind::DisputePhase, &subject, entry, at);
        }
        State::ChargebackHold { open, .. } => {
            return if open.is_empty() {
                Err(Violation::new("deadline", "stopped by no chargeback"))
            } else {
                Ok(())
            };
        }
        State::Planned
        | State::Released
        | State::Refunded
        | State::Split
        | State::Canceled
        | State::ChargedBack => return Ok(()),
    };
    // The clocks of a paused contract stand still.
    if contract.is_paused() {
        return Ok(());
    }
    live(
        kind,
        &milestone.id.to_string(),
        Some(milestone.entry_no),
        Some(at),
    )
}

/// The contract survives being written and read.
pub(super) fn written(contract: &Contract) -> Result<(), Violation> {
    let read = serde_json::to_string(contract).and_then(|text| serde_json::from_str::<Contract>(&text));
    match read {
        Ok(read) if read == *contract => Ok(()),
        Ok(_) => Err(Violation::new("written", "the contract is read back differently")),
        Err(error) => Err(Violation::new("written", error.to_string())),
    }
}

/// Nothing may stay where the process promises that it moves, once time has run on and operator and provider have done
/// their part.
pub(super) fn at_rest(core: &Core) -> Result<(), Violation> {
    let contract = core.contract();
    let stuck = |what: String| Err(Violation::new("stuck", what));
    if matches!(contract.standing, Standing::Offered | Standing::Paused) {
        return stuck(format!("the contract is {}", contract.standing));
    }
    if contract.amendment.is_some() {
        return stuck("a proposed change is open".to_owned());
    }
    for milestone in &contract.milestones {
        let kind = milestone.state.kind();
        if !kind.is_terminal() && kind != Kind::Planned {
            return stuck(format!("{} is {kind}", milestone.id));
        }
    }
    for (account, _, sums) in core.books().accounts() {
        let moves = matches!(
            account,
            Account::Escrow(_)
                | Account::FeeHold(_)
                | Account::DisputeHold(_)
                | Account::RefundTransit(_)
                | Account::Chargeback(_)
        );
        if moves && sums.balance(account.class()) != 0 {
            return stuck(format!("{account} holds {}", sums.balance(account.class())));
        }
    }
    Ok(())
}

/// Whether the process has a row for it.
pub(super) fn has_row(from: Kind, event: crate::contract::Event, by: crate::contract::By) -> bool {
    find(from, event, by).is_some()
}
