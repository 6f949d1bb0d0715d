"""Disputes: each side's figure moves, only the difference is held, a decision needs reasons and time."""

import contract
import money
from run import business_days, command, days
from state import CHANGES, DISPUTED, SUBMITTED, WORKING, Dispute


@command("open_dispute")
def open_dispute(run):
    run.by("client", "expert", "operator")
    milestone, role = run.milestone(), run.role()
    figure, offer = run.amount("unconditional"), run.amount("offer_to_expert")
    run.need(milestone.state in (WORKING, SUBMITTED, CHANGES), f"dispute opened while {milestone.state}")
    held = milestone.held()
    run.need(0 <= figure <= held and 0 <= offer <= held, f"figures {figure}, {offer} of {held}")
    dispute = Dispute(role, held, business_days(run.clock(), 5))
    dispute.offers[role] = offer
    milestone.dispute = dispute
    give(run, milestone, role, figure)
    if milestone.held() == 0:
        run.row("T16", milestone, "open_dispute", end_by(run, milestone, role, figure))
        return
    into_hold(run, milestone)
    run.row("T16", milestone, "open_dispute", DISPUTED)
    milestone.due = {}


def into_hold(run, milestone):
    money.into_dispute(run, milestone)


def give(run, milestone, role, figure):
    """The client's figure goes to the expert, the expert's to the client; the operator has none."""
    if role == "client":
        money.release(run, milestone, figure)
    elif role == "expert":
        money.refund(run, milestone, figure)
    else:
        run.need(figure == 0, "the operator gives away what is not theirs")


def end_by(run, milestone, role, figure):
    paid, returned = (figure, 0) if role == "client" else (0, figure)
    return money.ending(run, milestone, paid, returned)


@command("answer_dispute")
def answer_dispute(run):
    milestone, role = run.milestone(), run.role()
    dispute = milestone.dispute
    run.need(milestone.state == DISPUTED, f"answer while {milestone.state}")
    if dispute is None:
        run.stop("nobody opened a dispute")
    run.by("client", "expert")
    run.need(role != dispute.opener, "answered by who opened it")
    run.need(dispute.answered == "no" or dispute.opener == "operator", "answered twice")
    run.need(role not in dispute.offers, "answered twice")
    if dispute.answer_due:
        run.need(run.clock() <= dispute.answer_due, f"answered after {dispute.answer_due}")
    figure, offer = run.amount("unconditional"), run.amount("offer_to_expert")
    run.need(0 <= figure <= dispute.held and 0 <= offer <= dispute.held, f"figures {figure}, {offer}")
    dispute.answered = "yes"
    dispute.offers[role] = offer
    moved = min(figure, milestone.held())
    give(run, milestone, role, moved)
    if milestone.held() == 0:
        run.row("T16a", milestone, "answer_dispute", end_by(run, milestone, role, moved))
    else:
        run.row("T16a", milestone, "answer_dispute", optional=moved == 0)


@command("decide_dispute")
def decide_dispute(run):
    run.by("operator")
    milestone = run.milestone()
    run.need(milestone.state == DISPUTED, f"decided while {milestone.state}")
    dispute = milestone.dispute or Dispute("nobody", milestone.held(), None)
    milestone.dispute = dispute
    expert, client = run.amount("to_expert"), run.amount("to_client")
    check_decision(run, milestone, expert, client)
    first = dispute.decided_by
    if dispute.decision is not None:
        run.need(dispute.appealed == "yes", "decided twice without an appeal")
        run.need(run.line["actor"]["id"] != first, "the appeal was decided by the same operator")
    dispute.decision = (expert, client)
    dispute.decided_at = run.clock()
    dispute.appeal_due = dispute.decided_at + days(7)
    dispute.decided_by = run.line["actor"]["id"]
    if run.line.get("moved") or run.line.get("entry"):
        run.need(dispute.appealed == "yes", "a first decision was final at once")
        carry_out(run, milestone)


def check_decision(run, milestone, expert, client):
    dispute, fee = milestone.dispute, run.contract.terms["dispute_fee_minor"]
    whole = milestone.held()
    run.need(expert + client in (whole, whole - min(fee, whole)), f"{expert} and {client} are not the {whole} disputed")
    limit = run.contract.terms["second_operator_above_minor"]
    second = run.command.get("second")
    if whole > limit:
        run.need(second and second != run.line["actor"]["id"], "a second operator must agree")
    offered = {max(0, min(offer - dispute.to_expert, whole)) for offer in dispute.offers.values()}
    run.need(expert in offered or len(run.command["reasons"]) >= 200, "reasons of less than 200 characters")


@command("appeal_dispute")
def appeal_dispute(run):
    run.by("client", "expert")
    milestone = run.milestone()
    dispute = milestone.dispute
    if dispute is None or dispute.decision is None:
        run.stop("appeal without a decision")
    run.need(milestone.state == DISPUTED, f"appeal while {milestone.state}")
    run.need(dispute.appealed == "no", "appealed twice")
    run.need(run.clock() <= dispute.appeal_due, "appealed too late")
    dispute.appealed = "yes"


def phase(run, milestone):
    """A dispute moves money by itself only when a decision has become final."""
    run.need(milestone.state == DISPUTED, f"decision final while {milestone.state}")
    dispute = milestone.dispute
    if dispute is None or dispute.decision is None:
        run.stop("a dispute moved money without a decision")
    run.after(dispute.decided_at + days(7), "decision final")
    carry_out(run, milestone)


def late_phase(run):
    """Nobody is held to a phase whose timer came late: whoever was silent has another day, told anew."""
    for milestone in run.contract.milestones.values():
        dispute = milestone.dispute
        if dispute and dispute.answer_due and run.at > dispute.answer_due:
            dispute.answer_due = run.at + days(1)
        if dispute and dispute.appeal_due and run.at > dispute.appeal_due:
            dispute.appeal_due = run.at + days(1)


def carry_out(run, milestone):
    """The fee first, then the release, then the refund."""
    expert, client = milestone.dispute.decision
    fee = min(run.contract.terms["dispute_fee_minor"], milestone.held())
    over = expert + client + fee - milestone.held()
    expert, client = less(run, expert, client, over)
    take_fee(run, milestone, fee)
    money.release(run, milestone, expert)
    money.refund(run, milestone, client)
    run.row("T17", milestone, "decided", money.ending(run, milestone, expert, client))


def less(run, expert, client, fee):
    """A decision over the whole bears the fee off the top."""
    if fee <= 0:
        return expert, client
    whole = expert + client
    share = expert * (whole - fee) // whole
    readings = [
        ("in proportion", share, whole - fee - share),
        ("of what the client gets first", expert - max(0, fee - client), max(0, client - fee)),
        ("of what the expert gets first", max(0, expert - fee), client - max(0, fee - expert)),
    ]
    _, expert, client = run.picks.pick("the dispute fee is", readings)
    return expert, client


def take_fee(run, milestone, fee):
    if fee == 0:
        return
    orders = ["newest lots first", "oldest lots first"]
    order = run.picks.pick("the dispute fee takes", orders if len(milestone.lots) > 1 else orders[:1])
    lots = milestone.lots if order.startswith("oldest") else milestone.lots[::-1]
    for lot, part in list(money.parts(lots, fee)):
        lot.held -= part
        lot.withheld += part
        run.contract.payments[lot.payment].dispute_fees += part
        run.move(money.hold_of(milestone), "I:dispute_fee", part)
        rest = money.empty(lot)
        run.move(f"L:fee_hold:{milestone.id}", run.client_funds(), rest)
        run.contract.payments[lot.payment].unspent += rest


contract.TIMERS["dispute_phase"] = phase
contract.QUIET["dispute_phase"] = late_phase
