"""Lots: how a release, a refund and a move take money out of them, and what that books."""

from state import FeeLine, Lot, Refund


# Currencies of ISO 4217 whose unit has not a hundred parts, by the digits after the point.
DIGITS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3) | dict.fromkeys("CLF UYW".split(), 4)


def within_bounds(run, milestone):
    """A milestone costs at most a million, with what it is raised by and nobody has paid yet."""
    agreed = milestone.price + milestone.raised
    most = 1_000_000 * 10 ** DIGITS.get(run.contract.currency, 2)
    run.need(agreed <= most, f"a milestone of {agreed}, at most {most}")


def fee(rule, price):
    """The fee on a price and the tax on that fee."""
    total = price * rule["basis_points"] // 10_000 + rule["fixed_minor"]
    return total, total * rule["tax_basis_points"] // 10_000


def asked(contract, price):
    """What the client pays for a price."""
    return price + sum(fee(contract.terms["client_fee"], price))


def hold_of(milestone):
    """The account that has the milestone's price."""
    place = "dispute_hold" if milestone.in_dispute == "yes" else "escrow"
    return f"L:{place}:{milestone.id}"


def new_lot(run, milestone, payment, price):
    """Client funds become a lot."""
    client_fee, client_tax = fee(run.contract.terms["client_fee"], price)
    expert_fee, expert_tax = fee(run.contract.terms["expert_fee"], price)
    run.contract.lots_born += 1
    lot = Lot(
        payment=payment.key,
        born=run.contract.lots_born,
        price=price,
        held=price,
        fee=FeeLine(client_fee, client_fee),
        tax=FeeLine(client_tax, client_tax),
        expert_fee=expert_fee,
        expert_tax=expert_tax,
    )
    milestone.lots.append(lot)
    payment.unspent -= price + client_fee + client_tax
    payment.state = "used"
    run.debit(run.client_funds(), price + client_fee + client_tax)
    run.credit(f"L:escrow:{milestone.id}", price)
    run.credit(f"L:fee_hold:{milestone.id}", client_fee + client_tax)


def parts(lots, amount):
    """So much out of these lots, in this order."""
    for lot in lots:
        part = min(amount, lot.held)
        if part > 0:
            amount -= part
            yield lot, part


def release(run, milestone, amount):
    """Oldest lots first: to the expert what is left after the expert's fee, and the client's fee is earned."""
    run.need(amount <= milestone.held(), f"release of {amount}, held {milestone.held()}")
    for lot, part in list(parts(milestone.lots, amount)):
        lot.held -= part
        lot.released += part
        run.clearance = max(run.clearance or 0, clearance_days(run.contract, lot))
        earn_client_fee(run, milestone, lot)
        pay_expert(run, milestone, lot, part)
        rest = empty(lot)
        run.move(f"L:fee_hold:{milestone.id}", run.client_funds(), rest)
        run.contract.payments[lot.payment].unspent += rest
    if milestone.dispute:
        milestone.dispute.to_expert += amount


def clearance_days(contract, lot):
    """By what the money came: no bank takes a transfer back."""
    by_transfer = contract.payments[lot.payment].by_transfer
    agreed = contract.terms.get("bank_clearance_days")
    return agreed if by_transfer and agreed is not None else contract.terms["clearance_days"]


def earn_client_fee(run, milestone, lot):
    for line, income in ((lot.fee, "I:fee_client"), (lot.tax, run.tax_account())):
        due = line.agreed * lot.released // lot.price - line.earned
        due = max(0, min(due, line.held))
        line.earned += due
        line.held -= due
        run.move(f"L:fee_hold:{milestone.id}", income, due)


def pay_expert(run, milestone, lot, part):
    taken = lot.expert_fee * lot.released // lot.price - lot.expert_fee_taken
    taken = max(0, min(taken, part))
    tax = lot.expert_tax * lot.released // lot.price - lot.expert_tax_taken
    tax = max(0, min(tax, part - taken))
    lot.expert_fee_taken += taken
    lot.expert_tax_taken += tax
    run.debit(hold_of(milestone), part)
    run.credit("I:fee_expert", taken)
    run.credit(run.tax_account(), tax)
    run.credit(f"L:expert_pending:{run.contract.expert}", part - taken - tax)


def empty(lot):
    """What rounding left in the fee lines of an emptied lot."""
    if lot.held > 0:
        return 0
    rest = 0
    for line in lot.lines():
        rest += line.held
        line.rest += line.held
        line.held = 0
    return rest


def refund(run, milestone, amount):
    """Newest lots first, each with its share of the fee lines, then on the way to where it came from."""
    run.need(amount <= milestone.held(), f"refund of {amount}, held {milestone.held()}")
    pieces = []
    for lot, part in list(parts(milestone.lots[::-1], amount)):
        lot.held -= part
        lot.refunded += part
        share = 0
        for line in lot.lines():
            due = line.agreed * lot.refunded // lot.price - line.returned
            due = max(0, min(due, line.held))
            line.returned += due
            line.held -= due
            share += due
        share += empty(lot)
        run.move(hold_of(milestone), run.client_funds(), part)
        run.move(f"L:fee_hold:{milestone.id}", run.client_funds(), share)
        pieces.append((lot.payment, part + share))
    send_back(run, pieces)


def send_back(run, pieces):
    """One refund for each payment."""
    sums = {}
    for payment, amount in pieces:
        sums[payment] = sums.get(payment, 0) + amount
    if len(sums) < len(pieces) and run.picks.pick("refunds", ["one a payment", "one a lot"]) == "one a lot":
        chosen = pieces
    else:
        chosen = list(sums.items())
    for payment, amount in chosen:
        new_refund(run, payment, amount, run.contract.currency)


def new_refund(run, payment, amount, currency):
    new = run.fresh_id("L:refund_transit:", amount, run.contract.refunds)
    stopped = bool(run.contract.open_chargebacks(payment))
    state = "stopped" if stopped else "requested"
    run.contract.refunds[new] = Refund(new, payment, amount, currency, state)
    run.move(run.client_funds(), f"L:refund_transit:{new}", amount, currency)


def transfer(run, source, target, amount):
    """Moves money and its share of each fee line to another milestone of the contract; lots are split."""
    run.need(amount <= source.held(), f"move of {amount}, held {source.held()}")
    order = run.picks.pick("a move takes", ["newest lots first", "oldest lots first"])
    lots = source.lots if order.startswith("oldest") else source.lots[::-1]
    fresh = []
    for lot, part in list(parts(lots, amount)):
        fresh.append(split_off(run, source, target, lot, part))
    source.lots = [lot for lot in source.lots if lot.price > 0]
    fresh.sort(key=lambda lot: lot.born)
    ages = ["last in its new milestone", "by the age of its payment"]
    younger = any(lot.born > fresh[0].born for lot in target.lots) if fresh else False
    age = run.picks.pick("a moved lot is", ages if younger else ages[:1])
    for lot in fresh:
        if age == ages[0]:
            run.contract.lots_born += 1
            lot.born = run.contract.lots_born
        target.lots.append(lot)
    target.lots.sort(key=lambda lot: lot.born)


def split_off(run, source, target, lot, part):
    """A new lot of `part` of the old one's price with floor(F·z/P) of each line."""
    shares = [min(line.agreed * part // lot.price, line.held) for line in lot.lines()]
    rest = sum(line.held for line in lot.lines()) - sum(shares) if part == lot.held else 0
    whose = run.picks.pick("rest of a lot emptied by a move", ["to the client", "moves along"] if rest else ["none"])
    if whose == "moves along":
        shares = [line.held for line in lot.lines()]
    expert = [lot.expert_fee * part // lot.price, lot.expert_tax * part // lot.price]
    lot.price -= part
    lot.held -= part
    lot.expert_fee -= expert[0]
    lot.expert_tax -= expert[1]
    for line, share in zip(lot.lines(), shares, strict=True):
        line.agreed -= share
        line.held -= share
    run.move(f"L:escrow:{source.id}", f"L:escrow:{target.id}", part)
    run.move(f"L:fee_hold:{source.id}", f"L:fee_hold:{target.id}", sum(shares))
    left = empty(lot)
    run.move(f"L:fee_hold:{source.id}", run.client_funds(), left)
    run.contract.payments[lot.payment].unspent += left
    fee_line, tax_line = (FeeLine(share, share) for share in shares)
    return Lot(lot.payment, lot.born, part, part, fee_line, tax_line, *expert)


def into_dispute(run, milestone):
    """What is held now is what the dispute is about."""
    run.move(f"L:escrow:{milestone.id}", f"L:dispute_hold:{milestone.id}", milestone.held())
    milestone.in_dispute = "yes"


def ending(run, milestone, paid, returned):
    """How a milestone without money ends: by all that went each way, or by what goes now."""
    word = {(True, True): "split", (True, False): "released", (False, True): "refunded", (False, False): "canceled"}
    whole = word[milestone.released() > 0, milestone.refunded() > 0]
    now = word[paid > 0, returned > 0]
    if milestone.in_dispute == "yes" and whole == now == "canceled":
        return "split"  # A fee took what the dispute was about; a decision has no other name for that.
    return run.picks.pick("end of a milestone", [whole, now] if paid or returned else [whole])
