//! A contract with everything in it.

use std::collections::BTreeMap;

use earnest_app::contract::{Seat, Sight};
use earnest_app::hold::Lifted;
use earnest_hire::contract::{
    Amendment, Change, Complaint, Contract, Dispute, Figures, Hold, Milestone, Payment, Settlement, Tried,
};
use earnest_hire::ids::PersonId;
use earnest_hire::money::Minor;
use earnest_store::{DeedRow, FileOf};
use schemars::JsonSchema;
use serde::Serialize;

use super::{FileView, MoneyView, PartyView, PlanView, file as file_view, money, party, plan};

/// An open offer to split what is held.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Settlement")]
pub(crate) struct SettlementView {
    pub(crate) id: String,
    pub(crate) by: PartyView,
    pub(crate) to_expert: MoneyView,
    pub(crate) to_client: MoneyView,
    pub(crate) until: String,
}

/// What one side says in a dispute.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Figures")]
pub(crate) struct FiguresView {
    /// What the other may have at once.
    pub(crate) unconditional: MoneyView,
    /// What the expert is to have in the end, offered without prejudice.
    pub(crate) offer_to_expert: MoneyView,
}

/// A decision of the office.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Ruling")]
pub(crate) struct RulingView {
    pub(crate) to_expert: MoneyView,
    pub(crate) to_client: MoneyView,
    pub(crate) reasons: String,
}

/// A dispute, also after its end.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Dispute")]
pub(crate) struct DisputeView {
    pub(crate) id: String,
    pub(crate) opened_by: Option<PartyView>,
    pub(crate) reason: String,
    pub(crate) phase: String,
    /// When the phase ends or is overdue.
    pub(crate) due_at: String,
    /// When the decision was due that has not come.
    pub(crate) missed_at: Option<String>,
    pub(crate) held_at_opening: MoneyView,
    pub(crate) client: Option<FiguresView>,
    pub(crate) expert: Option<FiguresView>,
    pub(crate) rulings: Vec<RulingView>,
    pub(crate) appeal: Option<String>,
}

/// What a party says to a hold.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Complaint")]
pub(crate) struct ComplaintView {
    pub(crate) by: PartyView,
    pub(crate) at: String,
    pub(crate) reason: String,
    /// By another operator than the one who decided.
    pub(crate) answer: Option<String>,
}

/// A hold on a contract: all clocks stand still until it ends.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ContractHold")]
pub(crate) struct ContractHoldView {
    pub(crate) id: String,
    pub(crate) reason: String,
    pub(crate) facts: String,
    pub(crate) rule: String,
    /// The operator who decided.
    pub(crate) by: PartyView,
    pub(crate) placed_at: String,
    /// When it ends by itself.
    pub(crate) review_by: String,
    pub(crate) stands: bool,
    pub(crate) ended_at: Option<String>,
    /// Who ended it before its day; null where nobody did.
    pub(crate) lifted_by: Option<PartyView>,
    /// Why.
    pub(crate) lifted_because: Option<String>,
    pub(crate) complaints: Vec<ComplaintView>,
}

pub(crate) fn contract_hold(
    (one, lifted): (&Hold, Option<&Lifted>),
    names: &BTreeMap<PersonId, String>,
) -> ContractHoldView {
    let complaint = |said: &Complaint| ComplaintView {
        by: party(names, said.by),
        at: said.at.to_string(),
        reason: said.reason.clone(),
        answer: said.answer.clone(),
    };
    ContractHoldView {
        id: one.id.to_string(),
        reason: one.reason.clone(),
        facts: one.facts.clone(),
        rule: one.rule.clone(),
        by: party(names, one.by),
        placed_at: one.placed_at.to_string(),
        review_by: one.review_by.to_string(),
        stands: one.stands(),
        ended_at: one.ended_at.map(|at| at.to_string()),
        lifted_by: lifted.map(|one| party(names, one.by)),
        lifted_because: lifted.map(|one| one.reason.clone()),
        complaints: one.complaints.iter().map(complaint).collect(),
    }
}

/// A submitted version of the work.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "SubmittedVersion")]
pub(crate) struct SubmittedView {
    pub(crate) number: u16,
    pub(crate) at: String,
    pub(crate) note: String,
    pub(crate) links: Vec<String>,
    pub(crate) files: Vec<FileView>,
}

/// A milestone with its money.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Milestone")]
pub(crate) struct MilestoneView {
    pub(crate) id: String,
    pub(crate) contract_id: String,
    pub(crate) plan: PlanView,
    pub(crate) state: String,
    /// When something happens by itself.
    pub(crate) deadline: Option<String>,
    pub(crate) held: MoneyView,
    /// To the expert, before the expert's fee.
    pub(crate) released: MoneyView,
    pub(crate) refunded: MoneyView,
    pub(crate) rounds_used: u16,
    pub(crate) versions: Vec<SubmittedView>,
    pub(crate) settlement: Option<SettlementView>,
    pub(crate) dispute: Option<DisputeView>,
}

/// What you may do, or why not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Possible")]
pub(crate) struct PossibleView {
    pub(crate) milestone_id: Option<String>,
    pub(crate) event: String,
    pub(crate) allowed: bool,
    /// Why not, for programs.
    pub(crate) code: Option<String>,
    /// Why not, for people.
    pub(crate) reason: Option<String>,
}

/// A payment of the client.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Payment")]
pub(crate) struct PaymentView {
    pub(crate) id: String,
    pub(crate) milestone_id: String,
    pub(crate) provider: String,
    pub(crate) method: String,
    pub(crate) state: String,
    pub(crate) asked: MoneyView,
    pub(crate) received: MoneyView,
    /// Arrived and not used: fund the milestone with it, or take it back.
    pub(crate) waiting: MoneyView,
    /// Until when it can be paid.
    pub(crate) until: String,
    /// Where the client pays; null until the provider has answered, and afterwards.
    pub(crate) checkout_url: Option<String>,
}

/// A change that one party has proposed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Amendment")]
pub(crate) struct AmendmentView {
    pub(crate) id: String,
    pub(crate) by: PartyView,
    /// `raise_price`, `lower_price`, `move_money`, `drop` or `pause`.
    pub(crate) change: String,
    pub(crate) milestone_id: Option<String>,
    pub(crate) to_milestone_id: Option<String>,
    pub(crate) amount: Option<MoneyView>,
    pub(crate) until: String,
}

/// A contract as its parties see it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Contract")]
pub(crate) struct ContractView {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) standing: String,
    /// The process that it was signed with: `GET /process/{process}.json`.
    pub(crate) process: u16,
    /// `client`, `expert` or `office`.
    pub(crate) you_are: String,
    pub(crate) client: PartyView,
    pub(crate) expert: PartyView,
    /// Where the two talk, for them: `GET /conversations/{id}/messages`.
    pub(crate) conversation_id: Option<String>,
    pub(crate) currency: String,
    /// What both sign.
    pub(crate) sha256: String,
    pub(crate) offered_until: String,
    pub(crate) client_signed_at: Option<String>,
    pub(crate) expert_signed_at: Option<String>,
    /// Fees, periods and liability, as signed.
    pub(crate) terms: serde_json::Value,
    pub(crate) milestones: Vec<MilestoneView>,
    pub(crate) payments: Vec<PaymentView>,
    pub(crate) amendment: Option<AmendmentView>,
    /// Those that operators have put on it, the last last.
    pub(crate) holds: Vec<ContractHoldView>,
    pub(crate) possible: Vec<PossibleView>,
}

/// Reads of a sight what everybody in it is called and in which currency.
struct Shown<'a> {
    sight: &'a Sight,
}

impl Shown<'_> {
    fn money(&self, amount: Minor) -> MoneyView {
        money(amount, self.sight.contract.currency)
    }

    fn party(&self, id: PersonId) -> PartyView {
        party(&self.sight.names, id)
    }

    fn settlement(&self, one: &Settlement) -> SettlementView {
        SettlementView {
            id: one.id.to_string(),
            by: self.party(one.by),
            to_expert: self.money(one.to_expert_minor),
            to_client: self.money(one.to_client_minor),
            until: one.until.to_string(),
        }
    }

    fn figures(&self, one: Figures) -> FiguresView {
        FiguresView {
            unconditional: self.money(one.unconditional_minor),
            offer_to_expert: self.money(one.offer_to_expert_minor),
        }
    }

    fn dispute(&self, one: &Dispute) -> DisputeView {
        DisputeView {
            id: one.id.to_string(),
            opened_by: one.opened_by.map(|id| self.party(id)),
            reason: one.reason.clone(),
            phase: one.phase.to_string(),
            due_at: one.due_at.to_string(),
            missed_at: one.missed_at.map(|at| at.to_string()),
            held_at_opening: self.money(one.held_minor),
            client: one.client.map(|figures| self.figures(figures)),
            expert: one.expert.map(|figures| self.figures(figures)),
            rulings: one
                .rulings
                .iter()
                .map(|ruling| RulingView {
                    to_expert: self.money(ruling.to_expert_minor),
                    to_client: self.money(ruling.to_client_minor),
                    reasons: ruling.reasons.clone(),
                })
                .collect(),
            appeal: one.appeal.clone(),
        }
    }

    fn milestone(&self, one: &Milestone) -> Result<MilestoneView, earnest_hire::refusal::Refusal> {
        let sight = self.sight;
        let versions = sight.deliverables.iter().filter(|row| row.milestone == one.id);
        Ok(MilestoneView {
            id: one.id.to_string(),
            contract_id: sight.contract.id.to_string(),
            plan: plan(&one.plan, sight.contract.currency),
            state: one.state.kind().to_string(),
            deadline: one.state.ends_at().map(|at| at.to_string()),
            held: self.money(one.held()?),
            released: self.money(one.released()?),
            refunded: self.money(one.refunded()?),
            rounds_used: one.rounds_used,
            versions: versions
                .map(|row| SubmittedView {
                    number: row.number,
                    at: row.at.to_string(),
                    note: row.deliverable.note.clone(),
                    links: row.deliverable.links.clone(),
                    files: sight
                        .files
                        .iter()
                        .filter(|file| file.of == FileOf::Version(one.id, row.number))
                        .map(file_view)
                        .collect(),
                })
                .collect(),
            settlement: one.settlement.as_ref().map(|offer| self.settlement(offer)),
            dispute: one.dispute.as_ref().map(|dispute| self.dispute(dispute)),
        })
    }

    fn payment(&self, one: &Payment) -> PaymentView {
        let checkout = self.sight.checkouts.get(&one.id);
        PaymentView {
            id: one.id.to_string(),
            milestone_id: one.milestone.to_string(),
            provider: one.provider.to_string(),
            method: one.method.name().to_owned(),
            state: one.state.to_string(),
            asked: self.money(one.asked_minor),
            received: self.money(one.received_minor),
            waiting: self.money(one.in_funds_minor),
            until: one.until.to_string(),
            checkout_url: checkout
                .map(|row| row.checkout_url.clone())
                .filter(|url| !url.is_empty()),
        }
    }

    fn amendment(&self, one: &Amendment) -> AmendmentView {
        let (change, milestone, to, amount) = match &one.change {
            Change::RaisePrice { milestone, amount } => ("raise_price", Some(milestone), None, Some(amount)),
            Change::LowerPrice { milestone, amount } => ("lower_price", Some(milestone), None, Some(amount)),
            Change::MoveMoney {
                milestone,
                to,
                amount,
            } => ("move_money", Some(milestone), Some(to), Some(amount)),
            Change::Drop { milestone } => ("drop", Some(milestone), None, None),
            Change::Pause => ("pause", None, None, None),
        };
        AmendmentView {
            id: one.id.to_string(),
            by: self.party(one.by),
            change: change.to_owned(),
            milestone_id: milestone.map(ToString::to_string),
            to_milestone_id: to.map(ToString::to_string),
            amount: amount.map(|sum| self.money(Minor(sum.amount_minor))),
            until: one.until.to_string(),
        }
    }
}

fn possible(tried: &Tried) -> PossibleView {
    let refusal = tried.answer.as_ref().err();
    PossibleView {
        milestone_id: tried.milestone.map(|id| id.to_string()),
        event: tried.command.name().to_owned(),
        allowed: refusal.is_none(),
        code: refusal.map(|one| one.code().to_owned()),
        reason: refusal.map(|one| one.sentence()),
    }
}

/// A contract; sums that cannot be added up are refused, not shown as nothing.
pub(crate) fn contract(sight: &Sight) -> Result<ContractView, crate::problem::Problem> {
    let shown = Shown { sight };
    let one: &Contract = &sight.contract;
    let milestones: Result<Vec<MilestoneView>, _> = one
        .milestones
        .iter()
        .map(|milestone| shown.milestone(milestone))
        .collect();
    let seat = match sight.seat {
        Seat::Client => "client",
        Seat::Expert => "expert",
        Seat::Office => "office",
    };
    Ok(ContractView {
        id: one.id.to_string(),
        version: one.version,
        standing: one.standing.to_string(),
        process: one.process,
        you_are: seat.to_owned(),
        client: shown.party(one.client),
        expert: shown.party(one.expert),
        conversation_id: sight.conversation.map(|id| id.to_string()),
        currency: one.currency.to_string(),
        sha256: one.sha256.clone(),
        offered_until: one.offered_until.to_string(),
        client_signed_at: one.client_signed_at.map(|at| at.to_string()),
        expert_signed_at: one.expert_signed_at.map(|at| at.to_string()),
        terms: serde_json::to_value(&one.terms).map_err(crate::problem::Problem::broken)?,
        milestones: milestones.map_err(crate::problem::Problem::broken)?,
        payments: one.payments.iter().map(|paid| shown.payment(paid)).collect(),
        amendment: one.amendment.as_ref().map(|change| shown.amendment(change)),
        holds: one
            .holds
            .iter()
            .map(|hold| contract_hold((hold, sight.lifted.get(&hold.id)), &sight.names))
            .collect(),
        possible: sight.possible.iter().map(possible).collect(),
    })
}

/// A contract in a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ContractLine")]
pub(crate) struct ContractLine {
    pub(crate) id: String,
    pub(crate) standing: String,
    pub(crate) client: PartyView,
    pub(crate) expert: PartyView,
    pub(crate) milestone_ids: Vec<String>,
}

pub(crate) fn contract_line(one: &Contract, names: &BTreeMap<PersonId, String>) -> ContractLine {
    ContractLine {
        id: one.id.to_string(),
        standing: one.standing.to_string(),
        client: party(names, one.client),
        expert: party(names, one.expert),
        milestone_ids: one.milestones.iter().map(|one| one.id.to_string()).collect(),
    }
}

/// One event of a history.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub(crate) struct EventView {
    pub(crate) id: String,
    /// Its place in the history.
    pub(crate) no: i64,
    pub(crate) at: String,
    pub(crate) event: String,
    /// Who: a person, an operator, the clock or a provider.
    pub(crate) actor: serde_json::Value,
    /// All that was asked.
    pub(crate) command: serde_json::Value,
    /// By which the next event names it: the chain can be followed outside.
    pub(crate) sha256: String,
}

pub(crate) fn event(row: &DeedRow) -> EventView {
    let value = |text: &str| serde_json::from_str(text).unwrap_or(serde_json::Value::Null);
    EventView {
        id: row.event.clone(),
        no: row.no,
        at: row.at.to_string(),
        event: row.kind.clone(),
        actor: value(&row.actor),
        command: value(&row.command),
        sha256: earnest_hire::hex(&row.hash),
    }
}
