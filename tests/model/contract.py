"""What the parties do: signing, work, release, refund, settlement, amendment."""

import hold
import money
import provider
from run import command, days, end_of_day, instant
from state import (
    CANCELED, CHANGES, CLOSED, DISPUTED, FUNDED, FUNDING, HELD, HOLD, PLANNED, REFUNDED, RELEASED, SUBMITTED,
    UNDISPUTED, WORKING, Milestone,
)


@command("sign")
def sign(run):
    run.by("client", "expert")
    run.need(run.contract.state == "offered", f"signed while {run.contract.state}")
    run.need(not run.facts.get(f"{run.role()}_on_hold"), "signed by somebody who may begin nothing new")
    closed = run.role() == "client" and run.facts.get("client_limit_minor") == 0
    run.need(not closed, "signed by a client whose account is closed")
    run.contract.signed = sorted({*run.contract.signed, run.role()})
    if len(run.contract.signed) == 2:
        run.contract.state = "active"


@command("decline")
@command("withdraw")
def leave(run):
    run.need(run.contract.state == "offered", f"left while {run.contract.state}")
    run.contract.state = "ended"


@command("resume")
def resume(run):
    run.by("client", "expert", "operator")
    run.need(run.contract.paused_at is not None, "resumed without a pause")
    by_them = run.role() == "operator" or run.contract.paused_by != "operator"
    run.need(by_them, "a party ended what the operator had paused")
    if run.contract.held() is not None:
        hold.given(run, run.command.get("reason") or "")
    run.resume()


@command("end")
def end(run):
    if all(m.state in CLOSED for m in run.contract.milestones.values()):
        run.contract.state = "ended"
    else:
        run.contract.state = "ending"


@command("register_absence")
def register_absence(run):
    run.by("client")
    run.contract.absences.append((instant(run.command["from"]), instant(run.command["until"])))


@command("start")
def start(run):
    run.by("expert")
    milestone = run.milestone()
    run.need(milestone.state == FUNDED, f"start while {milestone.state}")
    run.need(run.facts.get("expert_onboarded", True), "start before the expert's identity check")
    run.row("T4", milestone, "start", WORKING)
    milestone.due = {"work": end_of_day(milestone.plan["due_on"])}


@command("cancel")
def cancel(run):
    """Before work began, or when nothing was delivered."""
    run.by("client")
    milestone = run.milestone()
    if milestone.state == FUNDED:
        give_all_back(run, milestone, "T5", "cancel")
        return
    run.need(milestone.state in (WORKING, CHANGES), f"cancel while {milestone.state}")
    run.after(milestone.due.get("work"), "cancel for non-delivery")
    give_all_back(run, milestone, "T15", "cancel")


def give_all_back(run, milestone, row, event):
    if milestone.released() > 0:
        to = run.picks.pick("end after non-delivery", [REFUNDED, "split"])
    else:
        to = REFUNDED
    money.refund(run, milestone, milestone.held())
    run.row(row, milestone, event, to)


@command("submit")
def submit(run):
    run.by("expert")
    milestone = run.milestone()
    run.need(milestone.state in (WORKING, CHANGES), f"submit while {milestone.state}")
    run.need(run.command["deliverables"] >= 1, "submitted without a deliverable")
    items = set(range(len(milestone.plan["acceptance"])))
    run.need(items <= set(run.command["ticked"]), "acceptance list not ticked")
    run.row("T6", milestone, "submit", SUBMITTED)
    milestone.due = {"inspection": run.at + days(milestone.plan["inspection_days"])}
    milestone.inspect_last = milestone.due["inspection"]
    milestone.extended = "no"
    milestone.bounced = "no"


@command("request_changes")
def request_changes(run):
    run.by("client")
    milestone = run.milestone()
    run.need(milestone.state == SUBMITTED, f"changes requested while {milestone.state}")
    run.need(run.at <= milestone.inspect_last, "changes requested after the inspection")
    milestone.rounds += 1
    run.need(milestone.rounds <= milestone.plan["rounds"], f"round {milestone.rounds} past those agreed")
    run.need(len(run.command["unmet"]) >= 1, "no unmet acceptance item named")
    run.row("T7", milestone, "request_changes", CHANGES)
    milestone.due = {"work": run.at + days(milestone.plan["revision_days"])}


@command("extend_inspection")
def extend_inspection(run):
    run.by("client")
    milestone = run.milestone()
    run.need(milestone.state == SUBMITTED, f"inspection extended while {milestone.state}")
    run.need(run.at <= milestone.inspect_last, "inspection extended after its end")
    run.need(milestone.extended == "no", "inspection extended twice")
    run.need(1 <= run.command["days"] <= 7, f"inspection extended by {run.command['days']} days")
    run.row("T8", milestone, "extend_inspection")
    milestone.extended = "yes"
    milestone.due["inspection"] += days(run.command["days"])
    milestone.inspect_last += days(run.command["days"])


@command("mail_bounced")
def mail_bounced(run):
    run.milestone().bounced = "yes"


@command("approve")
def approve(run):
    run.by("client")
    milestone = run.milestone()
    run.need(milestone.state == SUBMITTED, f"approve while {milestone.state}")
    run.need(run.contract.state != "paused", "approve while the contract is paused")
    money.release(run, milestone, milestone.held())
    run.row("T9", milestone, "approve", RELEASED)


@command("release")
def release_part(run):
    run.by("client")
    milestone, amount = run.milestone(), run.amount("amount")
    run.need(milestone.state in (WORKING, SUBMITTED, CHANGES), f"release while {milestone.state}")
    run.need(0 < amount < milestone.held(), f"release of {amount} of {milestone.held()}")
    money.release(run, milestone, amount)
    run.row("T11", milestone, "release")


@command("give_back")
def give_back(run):
    run.by("expert")
    milestone, amount = run.milestone(), run.amount("amount")
    run.need(milestone.state in UNDISPUTED, f"give back while {milestone.state}")
    run.need(0 < amount <= milestone.held(), f"give back of {amount} of {milestone.held()}")
    money.refund(run, milestone, amount)
    run.row("T13", milestone, "give_back", left_or(run, milestone, 0, amount))


def left_or(run, milestone, paid, returned):
    """The milestone goes on while it holds money."""
    return milestone.state if milestone.held() > 0 else money.ending(run, milestone, paid, returned)


@command("offer_settlement")
def offer_settlement(run):
    run.by("client", "expert")
    milestone = run.milestone()
    expert, client = run.amount("to_expert"), run.amount("to_client")
    run.need(milestone.state in HELD, f"settlement offered while {milestone.state}")
    run.need(expert + client == milestone.held(), f"{expert} and {client} are not the {milestone.held()} held")
    milestone.settlement = (run.role(), expert, client, run.clock() + days(5))


@command("reject_settlement")
def reject_settlement(run):
    run.milestone().settlement = None


@command("accept_settlement")
def accept_settlement(run):
    milestone = run.milestone()
    if milestone.settlement is None:
        run.stop("no settlement was offered")
    offered_by, expert, client, until = milestone.settlement
    other = "expert" if offered_by == "client" else "client"
    run.by(other)
    run.need(milestone.state in HELD, f"settlement accepted while {milestone.state}")
    run.need(expert + client == milestone.held(), f"{expert} and {client} are not the {milestone.held()} held")
    run.need(run.clock() <= until, "the offer to settle has expired")
    money.release(run, milestone, expert)
    money.refund(run, milestone, client)
    ids = "T12 T17" if milestone.state == DISPUTED else "T12"
    run.row(ids, milestone, "settle", money.ending(run, milestone, expert, client))
    milestone.settlement = None


@command("drop")
def drop(run):
    run.by("client", "expert", "operator")
    milestone = run.milestone()
    run.need(milestone.state == PLANNED, f"dropped while {milestone.state}")
    run.need(run.contract.state == "ending", "dropped by one side while the contract is not ending")
    run.row("T21", milestone, "drop", CANCELED)


# amendments


@command("propose_amendment")
def propose_amendment(run):
    run.by("client", "expert")
    run.contract.amendment = (run.role(), run.command["change"], run.clock() + days(5))


@command("reject_amendment")
def reject_amendment(run):
    run.contract.amendment = None


@command("accept_amendment")
def accept_amendment(run):
    if run.contract.amendment is None:
        run.stop("no amendment was proposed")
    proposed_by, change, until = run.contract.amendment
    run.need(run.clock() <= until, "the proposed change has expired")
    run.by("expert" if proposed_by == "client" else "client")
    run.contract.amendment = None
    what, body = spelled(change)
    for word, apply in CHANGES_OF.items():
        if word in what:
            apply(run, what, body)
            return
    run.need(not run.line.get("entry"), f"an amendment {what!r} that should move no money")


def spelled(change):
    """The word of a change and its fields, however the journal tags it."""
    if isinstance(change, str):
        return change, {}
    for tag in ("change", "kind", "type"):
        if isinstance(change.get(tag), str):
            return change[tag], {key: value for key, value in change.items() if key != tag}
    if len(change) == 1:
        ((what, body),) = change.items()
        return what, body if isinstance(body, dict) else {"value": body}
    return "", change


def figure(body):
    """The one sum in a change, with the name of its field."""
    for key, value in body.items():
        if isinstance(value, dict) and "amount_minor" in value:
            return key, value["amount_minor"]
        if isinstance(value, int) and key.endswith("_minor"):
            return key, value
    return "", None


def named(run, body, *keys):
    for key in keys:
        if body.get(key) in run.contract.milestones:
            return run.contract.milestones[body[key]]
    run.stop(f"the change names no milestone: {body}")
    return None


def difference(run, milestone, body, sign):
    """By how much the price changes: stated as the difference or as the new price."""
    key, amount = figure(body)
    if amount is None:
        run.stop(f"the change names no sum: {body}")
    as_price = (amount - milestone.price) * sign
    readings = [("new price", as_price), ("difference", amount)]
    if "price" not in key:
        readings.reverse()
    sound = [reading for reading in readings if reading[1] > 0]
    if not sound:
        run.stop(f"a change of price by nothing: {body}")
    return run.picks.pick("a change of price is stated as", sound)[1]


def raise_price(run, what, body):
    """The difference is paid like a price of its own."""
    milestone = named(run, body, "milestone")
    delta = difference(run, milestone, body, 1)
    if milestone.state in UNDISPUTED:
        milestone.raised += delta
        run.row("T18", milestone, "raise_price", optional=True)
    else:
        run.need(milestone.state == PLANNED, f"price raised while {milestone.state}")
        milestone.price += delta
        run.row("T18", milestone, "raise_price", optional=True)
    money.within_bounds(run, milestone)


def lower_price(run, what, body):
    milestone = named(run, body, "milestone")
    delta = difference(run, milestone, body, -1)
    if milestone.state == PLANNED:
        milestone.price -= delta
        run.need(milestone.price > 0, f"a price of {milestone.price}")
        run.row("T19", milestone, "lower_price", optional=True)
        return
    run.need(milestone.state in UNDISPUTED, f"price lowered while {milestone.state}")
    milestone.price -= delta
    money.refund(run, milestone, delta)
    run.row("T19", milestone, "lower_price", left_or(run, milestone, 0, delta))


def move_money(run, what, body):
    source = named(run, body, "from", "source", "milestone")
    target = named(run, body, "to", "into", "target")
    amount = figure(body)[1]
    run.need(source.state in UNDISPUTED, f"money moved while {source.state}")
    run.need(target.state in (*UNDISPUTED, PLANNED), f"money moved to one that is {target.state}")
    money.transfer(run, source, target, amount)
    source.price -= amount
    run.row("T20", source, "move_money", left_or(run, source, 0, 0))
    if target.state == PLANNED:
        target.price = amount
        run.row("T20", target, "move_money", FUNDED)
        target.due = {"lapse": run.at + days(14)}
    else:
        target.price += amount
        run.row("T20", target, "move_money", optional=True)
    money.within_bounds(run, target)


def drop_both(run, what, body):
    milestone = named(run, body, "milestone")
    run.need(milestone.state == PLANNED, f"dropped while {milestone.state}")
    run.row("T21", milestone, "drop", CANCELED)


def pause_both(run, what, body):
    run.pause()


def change_due(run, what, body):
    milestone = named(run, body, "milestone")
    date = body.get("due_on") or body.get("due") or body.get("to")
    milestone.plan["due_on"] = date
    if milestone.state == WORKING and "work" in milestone.due:
        milestone.due["work"] = end_of_day(date)


def add_milestone(run, what, body):
    """A new milestone is planned; its id is in the change."""
    plan = body.get("plan") or body
    run.contract.milestones[body["milestone"]] = Milestone(body["milestone"], dict(plan), plan["price_minor"])


def resume_both(run, what, body):
    run.resume()


CHANGES_OF = {
    "raise": raise_price, "lower": lower_price, "move": move_money, "drop": drop_both, "pause": pause_both,
    "resume": resume_both, "due": change_due, "add": add_milestone,
}


# timers


@command("timer")
def timer(run):
    """The rows tell whether it moved anything; whether it might is checked here."""
    kind = run.command["kind"]
    run.need(run.line["actor"]["actor"] == "clock", "a timer by somebody")
    run.after(instant(run.command["due_at"]), kind)
    QUIET.get(kind, lambda run: None)(run)
    if not run.line.get("moved"):
        return
    if kind not in TIMERS:
        run.stop(f"timer {kind} must not move anything")
    for name in dict.fromkeys(run.moved_milestones()):
        milestone = run.contract.milestones.get(name)
        if milestone is None:
            run.stop(f"no milestone {name}")
        TIMERS[kind](run, milestone)


def payment_expires(run, milestone):
    payment = provider.awaited(run, run.command["subject"])
    run.need(milestone.state == FUNDING, f"payment expired while {milestone.state}")
    run.need(payment.key == milestone.waiting, "not the payment the milestone waits for")
    run.after(payment.expires, "payment expires")
    payment.state = "expired"
    run.row("T2", milestone, "expired", PLANNED)


def lapses(run, milestone):
    clocks_run(run, milestone, FUNDED)
    run.after(milestone.due.get("lapse"), "lapse")
    give_all_back(run, milestone, "T5", "lapsed cancel")


def overdue(run, milestone):
    clocks_run(run, milestone, WORKING, CHANGES)
    run.after(milestone.due.get("work"), "overdue")
    run.row("T14", milestone, "overdue")


def returns(run, milestone):
    clocks_run(run, milestone, WORKING, CHANGES)
    due = milestone.due.get("work")
    run.after(due and due + days(7), "return for non-delivery")
    give_all_back(run, milestone, "T15", "undelivered cancel")


def inspection_ends(run, milestone):
    clocks_run(run, milestone, SUBMITTED)
    due = milestone.due.get("inspection")
    if due and milestone.bounced == "yes":
        due += days(3)
    run.after(due, "auto-approval")
    absent = any(start <= run.at < until for start, until in run.contract.absences)
    run.need(not absent, "auto-approval in the client's registered absence")
    money.release(run, milestone, milestone.held())
    run.row("T10", milestone, "auto_approved", RELEASED)


def clocks_run(run, milestone, *states):
    run.need(milestone.state in states, f"timer while {milestone.state}")
    run.need(run.contract.state != "paused", "timer while the contract is paused")


def holding_warning(run, milestone):
    run.need(milestone.state in (*HELD, HOLD), f"holding deadline while {milestone.state}")
    run.row("T24", milestone, "holding_deadline")
    for lot in milestone.lots:
        payment = run.contract.payments[lot.payment]
        if lot.held and payment.holding_days and payment.captured_at:
            deadline = payment.captured_at + days(payment.holding_days)
            run.after(deadline - days(21) - days(1), "holding warning")
            return


def dormant(run, milestone):
    run.need(milestone.state in (*HELD, HOLD), f"dormant while {milestone.state}")
    run.need(run.contract.paused_at is not None, "dormant without a pause")
    if run.contract.paused_at is not None:
        run.after(run.contract.paused_at + days(60), "dormant")
    run.row("T25", milestone, "dormant")


def pause_ends(run):
    if run.contract.held() is not None:
        run.after(run.contract.held().until, "a hold ends")
    run.resume()


def settlement_expires(run):
    """Whatever its subject is, only what is past its time ends."""
    for milestone in run.contract.milestones.values():
        # A chargeback stops its clock, as a pause does.
        if milestone.settlement and milestone.state != HOLD and run.clock() > milestone.settlement[3]:
            milestone.settlement = None


def amendment_expires(run):
    if run.contract.amendment and run.clock() > run.contract.amendment[2]:
        run.contract.amendment = None


def inspection_put_off(run):
    """A timer that approved nothing has put the end off: for downtime, for mails that came back, for an absence."""
    milestone = run.contract.milestones.get(run.command["subject"])
    if run.line.get("moved") or milestone is None or milestone.state != SUBMITTED:
        return
    back = [until for start, until in run.contract.absences if start <= run.at <= until]
    milestone.inspect_last = max([milestone.inspect_last, run.at + days(3), *(until + days(1) for until in back)])


def offer_expires(run):
    if run.contract.state == "offered":
        run.contract.state = "ended"


def payment_expires_quietly(run):
    """A payment for a raised price, or one the milestone no longer waits for."""
    if run.line.get("moved"):
        return
    payment = provider.awaited(run, run.command["subject"])
    if payment.state == "asked":
        payment.state = "expired"


QUIET = {
    "pause_ends": pause_ends, "settlement_expires": settlement_expires, "amendment_expires": amendment_expires,
    "offer_expires": offer_expires, "payment_expires": payment_expires_quietly, "inspection_ends": inspection_put_off,
}
TIMERS = {
    "payment_expires": payment_expires, "lapses": lapses, "overdue": overdue, "returns": returns,
    "inspection_ends": inspection_ends, "holding_warning": holding_warning, "dormant": dormant,
}
