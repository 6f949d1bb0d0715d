"""Payments, refunds and chargebacks."""

import money
from run import command, days, end_of_day
from state import (
    CHARGED_BACK, DISPUTED, FUNDED, FUNDING, HELD, HOLD, PLANNED, UNDISPUTED, Chargeback, Payment,
)


@command("fund")
def fund(run):
    run.by("client")
    milestone, contract = run.milestone(), run.contract
    raises = "yes" if milestone.state in UNDISPUTED else "no"
    price = milestone.raised if raises == "yes" else milestone.price
    bank = str(run.command["method"]).startswith("bank")
    key = f"payment {len(contract.payments) + 1}"
    contract.payments[key] = Payment(
        key=key,
        milestone=milestone.id,
        asset=f"A:{'bank' if bank else 'psp'}:{run.command['provider']}",
        price=price,
        asked=money.asked(contract, price),
        expires=run.at + (days(7) if bank else days(1) / 96),
        raises=raises,
        holding_days=run.facts.get("holding_days"),
        by_transfer=bank,
    )
    if raises == "yes":
        run.need(milestone.raised > 0, "nothing is to be paid")
        run.row("T1 T18", milestone, "fund raise_price", optional=True)
        return
    run.need(milestone.state == PLANNED, f"fund while {milestone.state}")
    for problem in unfit(run, milestone, price):
        run.problems.append(problem)
    milestone.waiting = key
    run.row("T1", milestone, "fund", FUNDING)


def unfit(run, milestone, price, slack=1, since=None):
    """Why a milestone may not be funded now; the provider has held the money since its arrival, or will from now on."""
    if run.contract.state != "active":
        yield f"fund while the contract is {run.contract.state}"
    if run.facts.get("client_on_hold") and not run.contract.runs():
        yield "the client may begin nothing new"
    others = [m for m in run.contract.milestones.values() if m.id != milestone.id]
    open_here = sum(m.held() for m in run.contract.milestones.values() if m.state in (*HELD, HOLD))
    open_here += sum(m.price for m in others if m.state == FUNDING)
    open_here += sum(p.price for p in run.contract.payments.values() if p.raises == "yes" and p.state == "asked")
    most = run.facts.get("client_limit_minor")
    if most is not None and run.facts.get("client_open_minor", 0) + open_here + price > most:
        yield "above the client's limit"
    holding = run.facts.get("holding_days")
    if holding is not None:
        end = end_of_day(milestone.plan["due_on"]) + days(milestone.plan["inspection_days"] + 47)
        if end > (since or run.at) + days(holding) + days(slack):
            yield "the provider cannot hold the money so long"


def bind(run, payment_id):
    """The payment with this id; the first time it is named, one of those begun without an id."""
    contract = run.contract
    if payment_id in contract.payment_ids:
        return contract.payments[contract.payment_ids[payment_id]]
    free = [p for p in contract.payments.values() if p.id is None]
    moved = run.moved_milestones()
    named = [p for p in free if p.milestone in moved] or free
    if not named:
        run.stop(f"payment {payment_id} was never begun")
    latest = [p.key for p in named[::-1]]
    chosen = contract.payments[run.picks.pick("the payment is", latest)]
    chosen.id = payment_id
    contract.payment_ids[payment_id] = chosen.key
    return chosen


def awaited(run, subject):
    """The payment of a timer, whose subject is the payment or its milestone."""
    milestone = run.contract.milestones.get(subject)
    if milestone is None:
        return bind(run, subject)
    if milestone.waiting is None:
        run.stop(f"{subject} waits for no payment")
    return run.contract.payments[milestone.waiting]


@command("captured")
def captured(run):
    run.by("provider", "operator")
    payment = bind(run, run.command["payment"])
    value, fee = run.command["amount"], run.command["fee"]
    amount, currency = value["amount_minor"], value["currency"]
    run.move(payment.asset, run.client_funds(), amount, currency)
    run.move("E:psp_fees", payment.asset, fee["amount_minor"], fee["currency"])
    run.external(payment.asset, run.command["receipt"])
    if currency != run.contract.currency:
        payment.captured_at = payment.captured_at or run.at
        payment.foreign[currency] = payment.foreign.get(currency, 0) + amount
        return
    arrived(run, payment, amount)


@command("assign_receipt")
def assign_receipt(run):
    """A transfer that nobody knew is in the bank already; the operator says of which payment it is."""
    run.by("operator")
    payment = bind(run, run.command["payment"])
    value, bank = run.command["amount"], run.command["bank"]
    second, alone = run.command.get("second"), run.facts.get("alone_up_to_minor")
    run.need(second not in (run.line["actor"].get("id"), run.contract.client, run.contract.expert),
             "a second operator must agree")
    exact = value["amount_minor"] == payment.asked - payment.received
    run.need(second or alone is None or (exact and value["amount_minor"] <= alone), "one operator alone")
    run.need(payment.asset == f"A:bank:{bank}", f"{payment.key} is asked for at {payment.asset}, not in {bank}")
    run.move("L:unmatched_receipts", run.client_funds(), value["amount_minor"], value["currency"])
    run.uses.append((f"bank:{bank}", run.command["receipt"], run.command["payment"], value["amount_minor"]))
    arrived(run, payment, value["amount_minor"])


def arrived(run, payment, amount):
    """It is the client's; it funds what it was asked for where everything has come."""
    payment.captured_at = payment.captured_at or run.at
    payment.received += amount
    payment.unspent += amount
    payment.parts += 1
    fired = len(run.rows)
    # What the payer's bank has taken and nobody has decided about is not there to be held for anybody.
    contested = run.contract.open_chargebacks(payment.key)
    covered = payment.received >= payment.asked and payment.unspent >= payment.asked
    if covered and payment.state != "used" and not contested:
        use(run, payment)
    if len(run.rows) == fired:
        # It came and is not enough, or comes too late: the row may be noted, and leads back to where it began.
        run.row("T3 T18", run.contract.milestones[payment.milestone], "captured", optional=True)


def use(run, payment):
    """All has come: it funds what it was asked for, if that still waits for it."""
    milestone = run.contract.milestones[payment.milestone]
    if payment.raises == "yes":
        if milestone.state in UNDISPUTED and milestone.raised == payment.price:
            readings = ["funds", "stays"] if payment.state in ("expired", "failed") or payment.parts > 1 else ["funds"]
            if run.picks.pick("a late payment", readings) == "funds":
                pay_raise(run, milestone, payment)
        return
    if payment.price != milestone.price:
        return
    if milestone.state == FUNDING and milestone.waiting == payment.key:
        become_funded(run, milestone, payment, "captured")
    elif milestone.state == PLANNED and payment.state in ("expired", "failed"):
        late(run, milestone, payment)


def late(run, milestone, payment):
    """After its intent had expired or failed it still funds, if T1 would allow it."""
    since = payment.captured_at
    surely = not list(unfit(run, milestone, payment.price, slack=-1, since=since))
    perhaps = not list(unfit(run, milestone, payment.price, slack=1, since=since))
    readings = ["funds"] if surely else ["funds", "stays"] if perhaps else ["stays"]
    if milestone.waiting != payment.key:
        readings = ["stays", "funds"]
    if run.picks.pick("a late payment", readings) == "funds":
        become_funded(run, milestone, payment, "captured")


def become_funded(run, milestone, payment, events):
    holds_now(run, payment)
    money.new_lot(run, milestone, payment, milestone.price)
    run.row("T3", milestone, events, FUNDED)
    milestone.waiting = None
    milestone.due = {"lapse": run.clock() + days(14)}


def holds_now(run, payment):
    """For how long the provider holds money counts as of the moment at which it is held."""
    payment.holding_days = run.facts.get("holding_days")


def pay_raise(run, milestone, payment):
    holds_now(run, payment)
    money.new_lot(run, milestone, payment, milestone.raised)
    milestone.price += milestone.raised
    milestone.raised = 0
    run.row("T18 T3", milestone, "raise_price captured place", optional=True)


@command("place")
def place(run):
    """The client uses money that arrived late or too little."""
    run.by("client")
    milestone = run.milestone()
    payment = bind(run, run.command["payment"])
    if milestone.state in UNDISPUTED:
        run.need(milestone.raised > 0, "nothing is to be paid")
        run.need(payment.unspent >= money.asked(run.contract, milestone.raised), "too little is left of the payment")
        pay_raise(run, milestone, payment)
        return
    run.need(milestone.state in (PLANNED, FUNDING), f"placed while {milestone.state}")
    run.need(payment.unspent >= money.asked(run.contract, milestone.price), "too little is left of the payment")
    for problem in unfit(run, milestone, milestone.price):
        run.problems.append(problem)
    become_funded(run, milestone, payment, "place captured")


@command("payment_failed")
def payment_failed(run):
    payment_over(run, "failed")


@command("payment_expired")
def payment_expired(run):
    payment_over(run, "expired")


def payment_over(run, how):
    run.by("provider", "operator")
    payment = bind(run, run.command["payment"])
    milestone = run.contract.milestones[payment.milestone]
    if payment.state == "asked":
        payment.state = how
    if milestone.state == FUNDING and milestone.waiting == payment.key:
        run.row("T2", milestone, how, PLANNED)


@command("refund_funds")
def refund_funds(run):
    run.by("client", "operator")
    payment = bind(run, run.command["payment"])
    value = run.command["amount"]
    amount, currency = value["amount_minor"], value["currency"]
    if currency == run.contract.currency:
        run.need(amount <= payment.unspent, f"refund of {amount}, {payment.unspent} is left of the payment")
        payment.unspent -= amount
    else:
        run.need(amount <= payment.foreign.get(currency, 0), "refund of more than has come")
        payment.foreign[currency] = payment.foreign.get(currency, 0) - amount
    money.new_refund(run, payment.key, amount, currency)


@command("move_to_bank")
def move_to_bank(run):
    run.by("operator")
    run.need(run.command["second"] != run.line["actor"]["id"], "a second operator must agree")
    payment = bind(run, run.command["payment"])
    lots = [lot for _, lot in run.contract.lots_of(payment.key)]
    held = sum(lot.held + lot.fee.held + lot.tax.held for lot in lots)
    released = sum(lot.released + lot.fee.earned + lot.tax.earned for lot in lots)
    what = run.picks.pick("to the bank goes", [("what lots hold", held), ("with funds left", held + payment.unspent)])
    came = run.facts.get("receipt_minor")
    # What was released while the transfer was under way came with it.
    run.need(came is not None and what[1] <= came <= what[1] + released,
             f"the receipt brought {came}, {what[1]} is held and {released} was released")
    payment.moved_to = f"A:bank:{run.command['bank']}"
    # It came into the bank before, where nobody knew what it was.
    run.debit("L:unmatched_receipts", came)
    run.credit(payment.asset, came)
    run.external(payment.asset, run.command["transfer"])
    run.uses.append((f"bank:{run.command['bank']}", run.command["receipt"], run.command["payment"], came))
    for name in dict.fromkeys(run.moved_milestones()):
        run.row("T24", run.contract.milestones[name], "holding_deadline")


# refunds


def known_refund(run):
    found = run.contract.refunds.get(run.command["refund"])
    if found is None:
        run.stop(f"no refund {run.command['refund']}")
    return found


@command("refund_sent")
def refund_sent(run):
    refund = known_refund(run)
    # Nobody sends it while a chargeback is open; but what had left before may be told of only now, and is waited for.
    if refund.state in ("requested", "stopped"):
        refund.state = "sent"


@command("refund_succeeded")
def refund_succeeded(run):
    run.by("provider", "operator")
    refund = known_refund(run)
    payment = run.contract.payments[refund.payment]
    places = [payment.moved_to, payment.asset] if payment.moved_to else [payment.asset]
    if refund.state == "dropped":
        # Taken for a loss already, so it went back twice.
        refund.state = "twice"
        run.move(f"A:receivable:{run.contract.client}", payment.asset, refund.amount, refund.currency)
        run.external(payment.asset, run.command["receipt"])
        return
    if refund.state == "failed":
        if run.picks.pick("success after failure", ["changes nothing", "takes it again"]) == "changes nothing":
            return
        source = run.client_funds()
        payment.unspent -= refund.amount
    else:
        run.need(refund.state in ("requested", "sent", "stopped"), f"refund succeeded, was {refund.state}")
        source = f"L:refund_transit:{refund.id}"
    asset = run.picks.pick("a refund is paid from", places)
    refund.state = "succeeded"
    run.move(source, asset, refund.amount, refund.currency)
    run.external(asset, run.command["receipt"])


@command("refund_failed")
def refund_failed(run):
    run.by("provider", "operator")
    refund = known_refund(run)
    payment = run.contract.payments[refund.payment]
    left = refund.state in ("succeeded", "twice", "failed")
    run.need(left or not run.command.get("receipt"), f"a refund came back, was {refund.state}")
    if refund.state in ("failed", "dropped"):
        return
    source, repaid = f"L:refund_transit:{refund.id}", 0
    if refund.state == "twice":
        refund.state = "failed"
        run.move(payment.asset, f"A:receivable:{run.contract.client}", refund.amount, refund.currency)
        if run.command.get("receipt"):
            run.external(payment.asset, run.command["receipt"])
        return
    if refund.state == "succeeded":
        repaid = min(payment.twice, refund.amount)
        payment.twice -= repaid
        places = [payment.moved_to, payment.asset] if payment.moved_to else [payment.asset]
        source = run.picks.pick("a refund comes back to", places)
        if run.command.get("receipt"):
            run.external(source, run.command["receipt"])
    refund.state = "failed"
    run.move(source, f"A:receivable:{run.contract.client}", repaid, refund.currency)
    run.move(source, run.client_funds(), refund.amount - repaid, refund.currency)
    if refund.currency == run.contract.currency:
        payment.unspent += refund.amount - repaid
    else:
        payment.foreign[refund.currency] += refund.amount


# chargebacks


@command("chargeback_opened")
def chargeback_opened(run):
    run.by("provider", "operator")
    payment = bind(run, run.command["payment"])
    amount, fee = run.amount("amount"), run.amount("fee")
    reference = run.command["reference"]
    old = run.contract.chargebacks.get(reference)
    run.need(old is None or old.state != "open", "chargeback opened twice")
    taken = sum(c.amount for c in run.contract.chargebacks.values() if c.payment == payment.key and c.state != "won")
    run.need(taken + amount <= payment.received, "a bank takes back no more than came in")
    new = run.fresh_id("A:chargeback:", amount, set())
    run.contract.chargebacks[reference] = Chargeback(new, reference, payment.key, amount)
    run.move(f"A:chargeback:{new}", payment.asset, amount)
    run.move("E:chargeback_fees", payment.asset, fee)
    for refund in run.contract.refunds.values():
        if refund.payment == payment.key and refund.state == "requested":
            refund.state = "stopped"
    for milestone in frozen_by(run, payment):
        if milestone.state in HELD:
            milestone.former = milestone.state
            milestone.hold_since = run.at
            run.row("T22", milestone, "chargeback_opened", HOLD)
        elif milestone.state == HOLD:
            run.row("T22", milestone, "chargeback_opened", HOLD)  # another payment of it


def frozen_by(run, payment):
    """Milestones that hold money of it."""
    lots = run.contract.lots_of(payment.key)
    holding = {m.id for m, lot in lots if lot.held + lot.fee.held + lot.tax.held > 0}
    return [m for m in run.contract.milestones.values() if m.id in holding]


def known_chargeback(run):
    found = run.contract.chargebacks.get(run.command["reference"])
    if found is None:
        run.stop(f"no chargeback {run.command['reference']}")
    return found, run.contract.payments[found.payment]


@command("chargeback_won")
def chargeback_won(run):
    run.by("provider", "operator")
    chargeback, payment = known_chargeback(run)
    run.need(chargeback.state == "open", f"chargeback won, was {chargeback.state}")
    chargeback.state = "won"
    run.move(payment.asset, f"A:chargeback:{chargeback.id}", chargeback.amount)
    run.external(payment.asset, run.command["receipt"])
    if not run.contract.open_chargebacks(payment.key):
        for refund in run.contract.refunds.values():
            if refund.payment == payment.key and refund.state == "stopped":
                refund.state = "requested"
    for milestone in frozen_by(run, payment):
        thaw(run, milestone, "chargeback_won", milestone.former)


def thaw(run, milestone, event, to):
    """Back to work, unless another chargeback holds it; clocks have at least 72 hours left."""
    if milestone.state != HOLD:
        return
    keys = {lot.payment for lot in milestone.lots if lot.held + lot.fee.held + lot.tax.held > 0}
    if any(run.contract.open_chargebacks(key) for key in keys):
        milestone.former = to
        run.row("T23", milestone, event, HOLD)
        return
    # In a pause they still stand, and the end of the pause adds all of it.
    since = run.contract.paused_at or run.at
    for what, due in milestone.due.items():
        if due > milestone.hold_since:  # What had run out before has run out.
            milestone.due[what] = since + max(due - milestone.hold_since, days(3))
    if milestone.inspect_last:
        milestone.inspect_last = since + max(milestone.inspect_last - milestone.hold_since, days(3))
    if milestone.settlement:
        *offer, until = milestone.settlement
        milestone.settlement = (*offer, since + max(until - milestone.hold_since, days(3)))
    dispute = milestone.dispute
    if dispute and dispute.answer_due:
        dispute.answer_due = since + max(dispute.answer_due - milestone.hold_since, days(3))
    if dispute and dispute.appeal_due:
        dispute.appeal_due = since + max(dispute.appeal_due - milestone.hold_since, days(3))
    run.row("T23", milestone, event, to)
    milestone.former = milestone.hold_since = None


@command("chargeback_lost")
def chargeback_lost(run):
    run.by("provider", "operator")
    chargeback, payment = known_chargeback(run)
    source = f"A:chargeback:{chargeback.id}"
    if chargeback.state == "won":
        again = ["withdrawn again first", "withdrawn now"]
        if run.picks.pick("lost after won", again) == again[0]:
            run.move(source, payment.asset, chargeback.amount)
        else:
            source = payment.asset
    else:
        run.need(chargeback.state == "open", f"chargeback lost, was {chargeback.state}")
    chargeback.state = "lost"
    frozen = frozen_by(run, payment)
    before = {m.id: (m.held(), m.fee_held()) for m in frozen}
    stopped = stop_refunds(run, payment)
    run.credit(source, chargeback.amount)
    left = chargeback.amount
    from_funds = min(payment.unspent, left)
    payment.unspent -= from_funds
    run.debit(run.client_funds(), from_funds)
    send_rest(run, payment, min(stopped, payment.unspent))
    left = from_lots(run, payment, left - from_funds)
    from_released(run, payment, left)
    for milestone in frozen:
        after_loss(run, milestone, before[milestone.id])


def stop_refunds(run, payment):
    """What was never sent is the client's again, before the loss is met; returns how much that is."""
    stopped = 0
    for refund in run.contract.refunds.values():
        if refund.payment == payment.key and refund.state == "stopped":
            refund.state = "dropped"
            payment.unspent += refund.amount
            stopped += refund.amount
            run.move(f"L:refund_transit:{refund.id}", run.client_funds(), refund.amount)
    return stopped


def send_rest(run, payment, amount):
    """What the loss has left of the refunds goes back as a new one."""
    if amount > 0:
        payment.unspent -= amount
        money.new_refund(run, payment.key, amount, run.contract.currency)


def from_lots(run, payment, left):
    """Fees not earned, then prices outside disputes, then prices in dispute."""
    lots = run.contract.lots_of(payment.key)
    orders = ["newest lots first", "oldest lots first"]
    if run.picks.pick("a loss takes", orders if len(lots) > 1 else orders[:1]).startswith("newest"):
        lots.reverse()
    for milestone, lot in lots:
        for line in lot.lines():
            part = min(line.held, left)
            line.held -= part
            line.withheld += part
            left -= part
            run.debit(f"L:fee_hold:{milestone.id}", part)
    for disputed in ("no", "yes"):
        for milestone, lot in lots:
            if milestone.in_dispute == disputed:
                part = min(lot.held, left)
                lot.held -= part
                lot.withheld += part
                left -= part
                run.debit(money.hold_of(milestone), part)
    return left


def from_released(run, payment, left):
    """What was released already, by the rule of the contract; beyond it money went back twice."""
    lots = [lot for _, lot in run.contract.lots_of(payment.key)]
    gross = sum(lot.released + lot.fee.earned + lot.tax.earned for lot in lots) - payment.lost_released
    part = min(left, max(0, gross))
    payment.lost_released += part
    if run.contract.terms["liability"] == "operator":
        run.debit("E:chargeback_loss", part)
    elif part > 0:
        by_expert(run, lots, part)
    left -= part
    kept = min(left, payment.dispute_fees)
    payment.dispute_fees -= kept
    run.debit(run.picks.pick("a dispute fee lost", ["E:chargeback_loss", "I:dispute_fee"]) if kept else "", kept)
    run.debit(f"A:receivable:{run.contract.client}", left - kept)
    payment.twice += left - kept


def by_expert(run, lots, part):
    """The expert bears the net received; the platform gives its fees back; taxes are a loss."""
    sums = {
        "I:fee_expert": sum(lot.expert_fee_taken for lot in lots),
        "I:fee_client": sum(lot.fee.earned for lot in lots),
        "E:chargeback_loss": sum(lot.expert_tax_taken + lot.tax.earned for lot in lots),
    }
    whole = sum(lot.released + lot.fee.earned + lot.tax.earned for lot in lots)
    shares = {account: amount * part // whole for account, amount in sums.items()}
    net = part - sum(shares.values())
    if part < whole:
        received = whole - sum(sums.values())
        shares, net = nearly(run, shares, (net, received * part // whole), len(lots))
    for account, amount in shares.items():
        run.debit(account, amount)
    payable = min(net, max(0, run.facts.get("expert_payable_minor", 0)))
    run.debit(f"L:expert_payable:{run.contract.expert}", payable)
    run.debit(f"A:receivable:{run.contract.expert}", net - payable)


def nearly(run, shares, nets, lots):
    """A part of the loss is shared in proportion; which share has the rounding is nowhere fixed. Where it would be more
    than the expert has received of it, it can only be the operator's."""
    net, received = nets
    reading = run.picks.pick("rounding of a shared loss", ["the expert's", "as booked", "the operator's"])
    if reading == "the expert's":
        return shares, net
    if reading == "the operator's":
        return {**shares, "E:chargeback_loss": shares["E:chargeback_loss"] + net - received}, received
    lines = (run.line.get("entry") or {}).get("lines") or []
    booked = {}
    for line in lines:
        if line["side"] == "debit" and line["account"] in shares:
            booked[line["account"]] = booked.get(line["account"], 0) + line["amount_minor"]
    close = all(abs(booked.get(account, 0) - amount) <= 2 * lots for account, amount in shares.items())
    if not close:
        return shares, net
    return booked, sum(shares.values()) + net - sum(booked.values())


def after_loss(run, milestone, before):
    """Nothing left: charged back. A part lost: the rest is in dispute. Nothing lost: as it was."""
    now = milestone.held()
    if now == 0:
        milestone.due = {}
        run.row("T23", milestone, "chargeback_lost", CHARGED_BACK)
        return
    former = milestone.former or milestone.state
    if (now, milestone.fee_held()) == before:
        to = run.picks.pick("a milestone the loss did not touch", [former, DISPUTED])
    elif now == before[0]:
        # Fees alone are a part, too. A dispute goes on as it was.
        to = DISPUTED
    else:
        to = DISPUTED
    if to == DISPUTED and milestone.in_dispute == "no":
        where = ["goes to dispute_hold", "stays in escrow"]
        if run.picks.pick("the rest after a part was lost", where) == where[0]:
            money.into_dispute(run, milestone)
    if milestone.settlement and milestone.settlement[1] + milestone.settlement[2] != now:
        milestone.settlement = None
    if milestone.state != HOLD and to != milestone.state:
        run.row("T23", milestone, "chargeback_lost", to)
    thaw(run, milestone, "chargeback_lost", to)
