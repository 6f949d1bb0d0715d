//! From a proposal to the end of a contract.

use earnest_hire::person::Role;

use super::{PAGES, SUM, run};
use crate::api::call::Call;
use crate::api::contracts::Amount;
use crate::api::operation::{Access, Answering, Operation};
use crate::api::view::{
    ContractLine, ContractView, DoneView, EventView, List, MessageView, MilestoneView, ProposalView,
};
use crate::api::{agree, contracts, holding, office, paying, requests};

const PROPOSAL: &str = r#"{"note": "I have built two of these.", "milestones": [{"title": "The service", "deliverable": "A deployed service with tests", "acceptance": ["A quote is answered within 200 ms"], "price": {"amount_minor": 450000, "currency": "USD"}, "due_on": "2027-01-15"}]}"#;

pub(super) fn of_proposals() -> Vec<Operation> {
    vec![
        Operation::post(
            "/requests/{id}/proposals",
            "propose",
            "Make a proposal, as an expert",
        )
        .takes::<requests::NewProposal>(PROPOSAL)
        .gives::<ProposalView>(201)
        .run(run!(requests::propose)),
        Operation::get(
            "/requests/{id}/proposals",
            "listProposals",
            "Proposals about a request that are yours to read",
        )
        .query(PAGES)
        .gives::<List<ProposalView>>(200)
        .run(run!(requests::proposals)),
        Operation::get("/proposals/{id}", "getProposal", "One proposal with all versions")
            .gives::<ProposalView>(200)
            .run(run!(requests::show_proposal)),
        Operation::post(
            "/proposals/{id}/counter",
            "counterProposal",
            "Make another version of it",
        )
        .takes::<requests::NewProposal>(PROPOSAL)
        .gives::<ProposalView>(201)
        .run(run!(requests::counter)),
        Operation::post(
            "/proposals/{id}/shortlist",
            "shortlistProposal",
            "Take it among the few",
        )
        .gives::<DoneView>(200)
        .run(run!(requests::shortlist)),
        Operation::post("/proposals/{id}/withdraw", "withdrawProposal", "Take it back")
            .gives::<DoneView>(200)
            .run(run!(requests::withdraw)),
        Operation::post("/proposals/{id}/decline", "declineProposal", "Say no")
            .gives::<DoneView>(200)
            .run(run!(requests::decline)),
        Operation::post(
            "/proposals/{id}/accept",
            "acceptProposal",
            "Accept the other side's last version: a contract waits for both signatures",
        )
        .takes::<requests::Accepting>(r#"{"version": 1}"#)
        .gives::<requests::Accepted>(201)
        .run(run!(requests::accept)),
    ]
}

pub(super) fn of_contracts() -> Vec<Operation> {
    let act = |path, name, summary| Operation::post(path, name, summary).gives::<ContractView>(200);
    vec![
        Operation::get("/contracts", "listContracts", "Your contracts, the newest first")
            .query(PAGES)
            .gives::<List<ContractLine>>(200)
            .run(run!(contracts::list)),
        Operation::get(
            "/contracts/{id}",
            "getContract",
            "A contract, and what you may do now",
        )
        .gives::<ContractView>(200)
        .run(run!(contracts::show)),
        Operation::get(
            "/contracts/{id}/history",
            "getContractHistory",
            "Everything that happened to it",
        )
        .query(PAGES)
        .gives::<List<EventView>>(200)
        .run(run!(contracts::history)),
        act("/contracts/{id}/sign", "signContract", "Sign it")
            .takes::<contracts::Signing>("{}")
            .run(run!(contracts::sign)),
        act(
            "/contracts/{id}/decline",
            "declineContract",
            "Say no to it, as the expert",
        )
        .run(run!(contracts::decline)),
        act(
            "/contracts/{id}/withdraw",
            "withdrawContract",
            "Take the offer back, as the client",
        )
        .run(run!(contracts::withdraw)),
        act(
            "/contracts/{id}/end",
            "endContract",
            "End it: what is paid for is still seen through",
        )
        .run(run!(contracts::end)),
        act(
            "/contracts/{id}/cancel",
            "cancelContract",
            "Take back all that can be taken back",
        )
        .moves_money()
        .run(run!(contracts::cancel)),
        act(
            "/contracts/{id}/pause",
            "pauseContract",
            "Propose that all clocks stop",
        )
        .run(run!(contracts::pause)),
        act("/contracts/{id}/resume", "resumeContract", "Let the clocks go on").run(run!(contracts::resume)),
        Operation::put(
            "/contracts/{id}/absence",
            "registerAbsence",
            "Days on which silence is no approval",
        )
        .takes::<contracts::AbsenceIn>(r#"{"from": "2026-12-24", "to": "2026-12-31"}"#)
        .gives::<ContractView>(200)
        .run(run!(contracts::absence)),
    ]
}

pub(super) fn of_holds() -> Vec<Operation> {
    vec![
        Operation::post(
            "/contracts/{id}/complain",
            "complainOfHold",
            "Say what is wrong about a hold on it, once for each",
        )
        .takes::<holding::ContractComplaint>(r#"{"reason": "The second name is my maiden name."}"#)
        .gives::<ContractView>(200)
        .run(run!(holding::complain)),
    ]
}

pub(super) fn of_amendments() -> Vec<Operation> {
    let act = |path, name, summary| Operation::post(path, name, summary).gives::<ContractView>(200);
    vec![
        act(
            "/contracts/{id}/amendments",
            "proposeAmendment",
            "Propose a change",
        )
        .takes::<agree::AmendmentIn>(r#"{"drop": {"milestone_id": "mst_00000000000000000000000000"}}"#)
        .run(run!(agree::amend)),
        act("/amendments/{id}/accept", "acceptAmendment", "Accept a change")
            .moves_money()
            .run(run!(agree::accept_amendment)),
        act("/amendments/{id}/reject", "rejectAmendment", "Turn a change down")
            .run(run!(agree::reject_amendment)),
    ]
}

const SPLIT: &str = r#"{"to_expert": {"amount_minor": 30000, "currency": "USD"}, "to_client": {"amount_minor": 20000, "currency": "USD"}}"#;

pub(super) fn of_milestones() -> Vec<Operation> {
    let act = |path, name, summary| Operation::post(path, name, summary).gives::<ContractView>(200);
    vec![
        Operation::get("/milestones/{id}", "getMilestone", "One milestone")
            .gives::<MilestoneView>(200)
            .run(run!(contracts::show_milestone)),
        Operation::post("/milestones/{id}/fund", "fund", "Begin to pay for it")
            .moves_money()
            .takes::<contracts::Funding>("{}")
            .gives::<contracts::Funded>(201)
            .run(run!(contracts::fund)),
        Operation::get("/payments/{id}", "getPayment", "A payment, and how it is made")
            .gives::<paying::PaymentView>(200)
            .run(run!(paying::payment)),
        act(
            "/milestones/{id}/place",
            "placeFunds",
            "Use the money that arrived",
        )
        .moves_money()
        .run(run!(paying::place)),
        act(
            "/milestones/{id}/refund-funds",
            "refundFunds",
            "Take back the money that arrived",
        )
        .moves_money()
        .run(run!(paying::refund)),
        act(
            "/milestones/{id}/drop",
            "dropMilestone",
            "Give up a milestone that was never funded",
        )
        .run(run!(contracts::drop_milestone)),
        act("/milestones/{id}/start", "start", "Start the work").run(run!(contracts::start)),
        act("/milestones/{id}/submit", "submit", "Submit a version")
            .takes::<contracts::Submission>(
                r#"{"note": "All of it.", "links": ["https://example.org/pull/1"]}"#,
            )
            .run(run!(contracts::submit)),
        act(
            "/milestones/{id}/request-changes",
            "requestChanges",
            "Say which acceptance items are not met",
        )
        .takes::<contracts::Changes>(r#"{"unmet": [0], "note": "It takes 900 ms."}"#)
        .run(run!(contracts::request_changes)),
        act(
            "/milestones/{id}/extend-inspection",
            "extendInspection",
            "Take more time to review",
        )
        .takes::<contracts::Extension>(r#"{"days": 3, "reason": "We test it on Monday."}"#)
        .run(run!(contracts::extend)),
    ]
}

pub(super) fn of_payments() -> Vec<Operation> {
    let act = |path, name, summary| Operation::post(path, name, summary).gives::<ContractView>(200);
    vec![
        act("/milestones/{id}/approve", "approve", "Approve and pay all of it")
            .moves_money()
            .run(run!(contracts::approve)),
        act("/milestones/{id}/release", "release", "Pay a part")
            .moves_money()
            .takes::<Amount>(SUM)
            .run(run!(contracts::release)),
        act(
            "/milestones/{id}/give-back",
            "giveBack",
            "Give money back, as the expert",
        )
        .moves_money()
        .takes::<Amount>(SUM)
        .run(run!(contracts::give_back)),
        act(
            "/milestones/{id}/cancel",
            "cancelMilestone",
            "Take the money back before the work has begun, or when it is overdue",
        )
        .moves_money()
        .run(run!(contracts::cancel_milestone)),
        act(
            "/milestones/{id}/settlements",
            "offerSettlement",
            "Offer to split what is held",
        )
        .moves_money()
        .takes::<agree::Split>(SPLIT)
        .run(run!(agree::settle)),
        act("/settlements/{id}/accept", "acceptSettlement", "Accept the split")
            .moves_money()
            .run(run!(agree::accept_settlement)),
        act("/settlements/{id}/reject", "rejectSettlement", "End the offer")
            .run(run!(agree::reject_settlement)),
    ]
}

const DISPUTE: &str = r#"{"unconditional": {"amount_minor": 10000, "currency": "USD"}, "offer": {"amount_minor": 30000, "currency": "USD"}, "reason": "Two of five items are not met."}"#;
const ANSWER: &str = r#"{"unconditional": {"amount_minor": 5000, "currency": "USD"}, "offer": {"amount_minor": 40000, "currency": "USD"}}"#;

pub(super) fn of_disputes() -> Vec<Operation> {
    let act = |path, name, summary| Operation::post(path, name, summary).gives::<ContractView>(200);
    vec![
        act("/milestones/{id}/disputes", "openDispute", "Open a dispute")
            .moves_money()
            .takes::<agree::NewDispute>(DISPUTE)
            .run(run!(agree::dispute)),
        act("/disputes/{id}/answer", "answerDispute", "Answer it with your own figures")
            .moves_money()
            .takes::<agree::DisputeAnswer>(ANSWER)
            .run(run!(agree::answer_dispute)),
        act("/disputes/{id}/appeal", "appealDispute", "Ask another operator to decide again, once")
            .takes::<agree::Reason>(r#"{"reason": "Item 3 was met: see version 2."}"#)
            .run(run!(agree::appeal)),
        Operation::get(
            "/disputes/statistics",
            "getDisputeStatistics",
            "How disputes have ended, naming nobody",
        )
        .by(Access::Anyone)
        .gives::<agree::StatisticsView>(200)
        .run(run!(agree::statistics)),
        Operation::get(
            "/disputes/{id}/messages",
            "listDisputeMessages",
            "What both parties wrote to each other; that you read it stands in their record",
        )
        .by(Access::Office(Role::Finance))
        .query(PAGES)
        .gives::<List<MessageView>>(200)
        .run(run!(office::dispute_messages)),
        Operation::post("/disputes/{id}/decide", "decideDispute", "Decide it")
            .by(Access::Office(Role::Finance))
            .moves_money()
            .takes::<office::DecisionIn>(
                r#"{"to_expert": {"amount_minor": 30000, "currency": "USD"}, "to_client": {"amount_minor": 5000, "currency": "USD"}, "reasons": "Two of three items are met; the third takes 900 ms and was agreed at 200. Both of you have shown the same measurements, so what is missing is known, and the sum for it follows from your own plan of the work, which has it at a seventh."}"#,
            )
            .gives::<office::Carried>(200)
            .run(run!(office::decide)),
    ]
}
