//! What happened to a contract, in words.

use earnest_app::contract::Sight;
use earnest_hire::contract::{Actor, Change, Command, Contract, TimerKind};
use earnest_hire::ids::MilestoneId;
use earnest_hire::money::{Minor, Money};
use earnest_store::DeedRow;

use super::who::People;
use crate::words::{Moment, sum};

/// One event in the words of a report, and what was said to it.
pub(super) fn words(people: People<'_>, deed: &DeedRow) -> (String, String) {
    match &command_of(deed) {
        Some(command) => {
            let mut who = actor(people, &deed.actor);
            if let Some(second) = command.seconded_by() {
                who = format!("{who} and {} of {}", people.name(second), people.site);
            }
            told(people, &who, command)
        }
        None if deed.kind == "offer" => (
            format!(
                "{} made a contract of the accepted proposal",
                actor(people, &deed.actor)
            ),
            String::new(),
        ),
        None => (deed.kind.replace('_', " "), String::new()),
    }
}

/// The command of an event; none of the first, which is an offer.
pub(super) fn command_of(deed: &DeedRow) -> Option<Command> {
    serde_json::from_str(&deed.command).ok()
}

/// The last request for changes of a milestone: when, by what number and with what words.
pub(super) fn last_request(sight: &Sight, milestone: MilestoneId) -> Option<(Moment, Vec<u16>, String)> {
    sight.deeds.iter().rev().find_map(|deed| match command_of(deed)? {
        Command::RequestChanges {
            milestone: of,
            unmet,
            note,
        } if of == milestone => Some((Moment::new(deed.at), unmet, note)),
        _ => None,
    })
}

fn actor(people: People<'_>, json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(Actor::Person { id }) => people.subject(id).to_owned(),
        Ok(Actor::Operator { id }) => format!("{} of {}", people.name(id), people.site),
        Ok(Actor::Provider { .. }) => "The provider".to_owned(),
        Ok(Actor::Clock) | Err(_) => people.site.to_owned(),
    }
}

fn title(contract: &Contract, id: MilestoneId) -> String {
    let found = contract.milestones.iter().position(|one| one.id == id);
    let number = found.map_or(0, |place| place + 1);
    let title = contract.milestone(id).map_or("", |one| one.plan.title.as_str());
    format!("{number} · {title}")
}

fn money(contract: &Contract, amount: Money) -> String {
    sum(contract.currency, Minor(amount.amount_minor))
}

/// What was done, and what was said to it.
fn told(people: People<'_>, who: &str, command: &Command) -> (String, String) {
    let contract = &people.sight.contract;
    let of = |id: &MilestoneId| title(contract, *id);
    let plain = |text: String| (text, String::new());
    match command {
        Command::Sign { sha256 } => plain(format!("{who} signed version {}", short(sha256))),
        Command::Decline => plain(format!("{who} declined")),
        Command::Withdraw => plain(format!("{who} withdrew the offer")),
        Command::Resume { reason } => (
            format!("{who} let the clocks go on"),
            reason.clone().unwrap_or_default(),
        ),
        Command::End => plain(format!("{who} said that nothing new is to be funded")),
        Command::RegisterAbsence { from, until } => plain(format!(
            "{who} registered an absence from {} to {}",
            Moment::new(*from).text(),
            Moment::new(*until).text()
        )),
        Command::ProposeAmendment { change } => {
            plain(format!("{who} proposed a change: {}", changed(contract, change)))
        }
        Command::AcceptAmendment => plain(format!("{who} accepted the change")),
        Command::RejectAmendment => plain(format!("{who} turned the change down")),
        Command::Fund {
            milestone, provider, ..
        } => plain(format!(
            "{who} began to fund {} through {provider}",
            of(milestone)
        )),
        Command::Place { milestone, .. } => {
            plain(format!("{who} used money that had arrived for {}", of(milestone)))
        }
        Command::Start { milestone } => plain(format!("{who} started {}", of(milestone))),
        Command::Cancel { milestone } => plain(format!("{who} took the money of {} back", of(milestone))),
        Command::Submit { milestone, .. } => plain(format!("{who} submitted a version of {}", of(milestone))),
        Command::RequestChanges {
            milestone,
            unmet,
            note,
        } => {
            let items = unmet.len();
            let items = if items == 1 {
                "1 item".to_owned()
            } else {
                format!("{items} items")
            };
            (
                format!("{who} asked for changes to {}: {items}", of(milestone)),
                note.clone(),
            )
        }
        other => about_holds(people, who, other),
    }
}

fn about_holds(people: People<'_>, who: &str, command: &Command) -> (String, String) {
    match command {
        Command::HoldContract {
            reason,
            finding: None,
        } => (format!("{who} paused the contract"), reason.clone()),
        Command::HoldContract {
            finding: Some(finding),
            ..
        } => (format!("{who} put the contract on hold"), finding.facts.clone()),
        Command::ExtendContractHold { reason, .. } => {
            (format!("{who} kept the contract on hold longer"), reason.clone())
        }
        Command::AppealContractHold { reason, .. } => {
            (format!("{who} complained about the hold"), reason.clone())
        }
        Command::AnswerContractHold { party, reason, .. } => {
            let of = people.name(*party);
            (format!("{who} answered the complaint of {of}"), reason.clone())
        }
        other => about_money(people, who, other),
    }
}

fn about_money(people: People<'_>, who: &str, command: &Command) -> (String, String) {
    let contract = &people.sight.contract;
    let of = |id: &MilestoneId| title(contract, *id);
    let plain = |text: String| (text, String::new());
    match command {
        Command::ExtendInspection {
            milestone,
            days,
            reason,
        } => (
            format!(
                "{who} took {} more to review {}",
                super::money::days(*days),
                of(milestone)
            ),
            reason.clone(),
        ),
        Command::Approve { milestone } => plain(format!("{who} approved {}", of(milestone))),
        Command::Release { milestone, amount } => plain(format!(
            "{who} released {} of {}",
            money(contract, *amount),
            of(milestone)
        )),
        Command::GiveBack { milestone, amount } => plain(format!(
            "{who} gave {} of {} back",
            money(contract, *amount),
            of(milestone)
        )),
        other => about_disputes(people, who, other),
    }
}

fn about_disputes(people: People<'_>, who: &str, command: &Command) -> (String, String) {
    let contract = &people.sight.contract;
    let of = |id: &MilestoneId| title(contract, *id);
    let plain = |text: String| (text, String::new());
    match command {
        Command::OfferSettlement {
            milestone,
            to_expert,
            to_client,
        } => plain(format!(
            "{who} offered to settle {}: {} to the expert, {} back",
            of(milestone),
            money(contract, *to_expert),
            money(contract, *to_client)
        )),
        Command::AcceptSettlement { milestone } => {
            plain(format!("{who} accepted the settlement of {}", of(milestone)))
        }
        Command::RejectSettlement { milestone } => {
            plain(format!("{who} ended the offer to settle {}", of(milestone)))
        }
        Command::Drop { milestone } => plain(format!("{who} dropped {}", of(milestone))),
        Command::OpenDispute {
            milestone, reason, ..
        } => (
            format!("{who} opened a dispute about {}", of(milestone)),
            reason.clone(),
        ),
        Command::AnswerDispute { milestone, .. } => {
            plain(format!("{who} answered the dispute about {}", of(milestone)))
        }
        Command::DecideDispute {
            milestone,
            to_expert,
            to_client,
            reasons,
            ..
        } => (
            format!(
                "{who} decided the dispute about {}: {} to the expert, {} back",
                of(milestone),
                money(contract, *to_expert),
                money(contract, *to_client)
            ),
            reasons.clone(),
        ),
        Command::AppealDispute { milestone, reason } => (
            format!("{who} appealed the decision about {}", of(milestone)),
            reason.clone(),
        ),
        Command::RefundFunds { amount, .. } => plain(format!(
            "{who} asked for {} back that was not used",
            money(contract, *amount)
        )),
        other => about_payments(contract, who, other),
    }
}

fn about_payments(contract: &Contract, who: &str, command: &Command) -> (String, String) {
    let text = match command {
        Command::MoveToBank { bank, .. } => format!("{who} moved money to {bank}"),
        Command::AssignReceipt { amount, .. } | Command::Captured { amount, .. } => {
            format!("{} arrived", money(contract, *amount))
        }
        Command::PaymentFailed { .. } => "A payment failed; no money moved".to_owned(),
        Command::PaymentExpired { .. } => "A payment ended without money".to_owned(),
        Command::RefundSent { .. } => "A refund is on its way".to_owned(),
        Command::RefundSucceeded { .. } => "A refund has arrived with the client".to_owned(),
        Command::RefundFailed { .. } => "A refund came back".to_owned(),
        Command::ChargebackOpened { amount, .. } => {
            format!("The payer’s bank took {} back", money(contract, *amount))
        }
        Command::ChargebackWon { .. } => "The payer’s bank gave the money back".to_owned(),
        Command::ChargebackLost { .. } => "The payer’s bank kept the money".to_owned(),
        Command::MailBounced { .. } => "Every mail to the client came back".to_owned(),
        Command::Timer { kind, .. } => by_itself(*kind).to_owned(),
        other => other.name().replace('_', " "),
    };
    (text, String::new())
}

/// What a timer has brought about.
pub(crate) fn by_itself(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::OfferExpires => "Nobody signed in time: the offer ended",
        TimerKind::PaymentExpires => "A payment was not finished in time",
        TimerKind::StartReminder => "The client was reminded that work has not begun",
        TimerKind::Lapses => "Work never began: the money goes back",
        TimerKind::DueReminder => "The expert was reminded of the due date",
        TimerKind::Overdue => "The due date passed",
        TimerKind::Returns => "Nothing was submitted: the money goes back",
        TimerKind::InspectionReminder => "The client was reminded to review",
        TimerKind::InspectionEnds => "The time to review ended: it counts as approved",
        TimerKind::SettlementExpires => "The offer to settle ended unanswered",
        TimerKind::AmendmentExpires => "The proposed change ended unanswered",
        TimerKind::DisputePhase => {
            "A step of the dispute was over: it went on to the next, or is still to be decided"
        }
        TimerKind::EvidenceDue => "The evidence against the payer’s bank is due",
        TimerKind::HoldingWarning => "The provider cannot hold the money much longer",
        TimerKind::Dormant => "The contract has been paused for long",
        TimerKind::PauseEnds => "The pause ended",
        TimerKind::Clearance => "Money became payable",
        TimerKind::HoldEnds => "A hold ended",
        TimerKind::RequestExpires => "The request closed",
        TimerKind::ProposalExpires => "The proposal ended",
    }
}

/// A change in words, as a noun.
pub(super) fn changed(contract: &Contract, change: &Change) -> String {
    let of = |id: &MilestoneId| title(contract, *id);
    match change {
        Change::RaisePrice { milestone, amount } => {
            format!("{} costs {} more", of(milestone), money(contract, *amount))
        }
        Change::LowerPrice { milestone, amount } => format!(
            "{} costs {} less, and that goes back to the client",
            of(milestone),
            money(contract, *amount)
        ),
        Change::MoveMoney {
            milestone,
            to,
            amount,
        } => {
            format!(
                "{} goes from {} to {}",
                money(contract, *amount),
                of(milestone),
                of(to)
            )
        }
        Change::Drop { milestone } => format!("{} is dropped", of(milestone)),
        Change::Pause => "all clocks stop until one of you lets them go on".to_owned(),
    }
}

pub(super) fn short(sha256: &str) -> String {
    let chars: Vec<char> = sha256.chars().collect();
    let part =
        |range: std::ops::Range<usize>| chars.get(range).unwrap_or_default().iter().collect::<String>();
    format!(
        "{}…{}",
        part(0..8),
        part(chars.len().saturating_sub(4)..chars.len())
    )
}
