"""What belongs to a person: clearance of what was earned, and payouts."""

from dataclasses import dataclass, field
from datetime import datetime

from run import days, instant


@dataclass
class Earning:
    """What one entry earned an expert, until it is payable."""

    entry: str
    amount: int
    currency: str
    due: datetime


@dataclass
class Payout:
    amount: int
    currency: str
    state: str = "requested"
    asset: str | None = None


@dataclass
class Person:
    id: str
    payouts: dict = field(default_factory=dict)


def strings(value):
    """Every text anywhere in a command."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def sums(value):
    """Every sum of money anywhere in a command, with its currency."""
    if isinstance(value, dict):
        if "amount_minor" in value:
            yield value["amount_minor"], value.get("currency")
            return
        for inner in value.values():
            yield from sums(inner)


def lines_of(line, prefix):
    lines = (line.get("entry") or {}).get("lines") or []
    return [row for row in lines if row["account"].startswith(prefix)]


def step(run, person, books):
    """`books` knows what is pending, payable and owed; `run` collects what must be booked."""
    kind = run.line["kind"]
    known = {
        "clear": clear, "clearance": clear, "request_payout": request, "payout_paid": paid,
        "payout_reduced": reduced, "payout_failed": failed, "payout_returned": returned, "cancel_payout": canceled, "payout_canceled": canceled,
    }
    if kind in known:
        known[kind](run, person, books)
    else:
        run.need(not run.line.get("entry"), f"{kind} should book nothing on a person")


def clear(run, person, books):
    """Whole earnings become payable, each after its days; they are known by id or by their sum."""
    pending = books.pending.get(person.id, [])
    due = [earning for earning in pending if earning.due <= run.at]
    booked = lines_of(run.line, f"L:expert_pending:{person.id}")
    amount = sum(line["amount_minor"] for line in booked)
    texts = set(strings(run.command))
    named = [earning for earning in pending if earning.entry in texts]
    same = [earning for earning in due if earning.amount == amount][:1]
    late = [earning for earning in pending if earning.amount == amount][:1]
    if not named and not same and sum(earning.amount for earning in due) == amount:
        same = due
    chosen = named or same or late or due[:1]
    if not chosen:
        run.need(not booked, "cleared what was never earned")
        return
    for earning in chosen:
        run.need(earning.due <= run.at, f"cleared before {earning.due}")
        run.move(f"L:expert_pending:{person.id}", f"L:expert_payable:{person.id}", earning.amount, earning.currency)
    books.cleared = (person.id, chosen)


def request(run, person, books):
    """What the expert owes is netted first."""
    new = run.fresh_id("L:payout_transit:", -1, person.payouts)
    debits = lines_of(run.line, f"L:expert_payable:{person.id}")
    currency = next((found for _, found in sums(run.command) if found), None)
    currency = currency or (debits[0]["currency"] if debits else run.contract.currency)
    payable = books.owed_to(f"L:expert_payable:{person.id}", currency)
    asked = next((amount for amount, _ in sums(run.command)), payable)
    debt = -books.owed_to(f"A:receivable:{person.id}", currency)
    before = ("the sum is before what is owed", asked, min(debt, asked))
    after = ("the sum is after what is owed", asked + debt, debt)
    _, whole, netted = run.picks.pick("payout", [before, after] if debt > 0 else [before])
    whole = netted + fits(run, whole - netted)
    run.need(0 < whole <= payable, f"payout of {whole}, payable {payable}")
    run.debit(f"L:expert_payable:{person.id}", whole, currency)
    run.credit(f"A:receivable:{person.id}", netted, currency)
    run.credit(f"L:payout_transit:{new}", whole - netted, currency)
    if whole > netted:
        person.payouts[new] = Payout(whole - netted, currency)


def fits(run, amount):
    """What the provider can move of a sum, in its units; the rest stays payable."""
    movable = run.facts.get("movable_minor")
    amount = amount if movable is None else min(amount, movable)
    return amount - amount % run.facts.get("unit_minor", 1)


def reduced(run, person, books):
    """The provider can move a part only; the rest is payable again."""
    key, payout = of(run, person)
    run.need(payout.state == "requested", f"payout reduced, was {payout.state}")
    amount = run.command["amount"]["amount_minor"]
    run.need(0 < amount < payout.amount, f"payout of {payout.amount} reduced to {amount}")
    run.move(f"L:payout_transit:{key}", f"L:expert_payable:{person.id}", payout.amount - amount, payout.currency)
    payout.amount = amount


def of(run, person):
    """The payout a command is about: named by it, or by its entry, or the only one."""
    texts = set(strings(run.command))
    named = [key for key in person.payouts if key in texts]
    prefix = "L:payout_transit:"
    named = named or [line["account"][len(prefix):] for line in lines_of(run.line, prefix)]
    named = [key for key in named if key in person.payouts] or list(person.payouts)[-1:]
    if not named:
        run.stop("no payout was asked for")
    return named[0], person.payouts[named[0]]


def asset_of(run, payout):
    """The provider that pays is known from the entry alone."""
    if payout.asset is None:
        lines = lines_of(run.line, "A:psp:") + lines_of(run.line, "A:bank:")
        payout.asset = lines[0]["account"] if lines else "A:psp:(any)"
    return payout.asset


def paid(run, person, books):
    key, payout = of(run, person)
    run.need(payout.state == "requested", f"payout paid, was {payout.state}")
    payout.state = "paid"
    asset = asset_of(run, payout)
    run.move(f"L:payout_transit:{key}", asset, payout.amount, payout.currency)
    if run.command.get("receipt"):
        run.external(asset, run.command["receipt"])


def failed(run, person, books):
    """A failure after success is a return."""
    key, payout = of(run, person)
    if payout.state == "paid":
        returned(run, person, books)
        return
    if payout.state == "returned":
        return
    run.need(not run.command.get("receipt"), f"a payout came back, was {payout.state}")
    run.need(payout.state == "requested", f"payout failed, was {payout.state}")
    payout.state = "failed"
    run.move(f"L:payout_transit:{key}", f"L:expert_payable:{person.id}", payout.amount, payout.currency)


def canceled(run, person, books):
    key, payout = of(run, person)
    if payout.state == "failed":
        payout.state = "canceled"
        return
    run.need(payout.state == "requested", f"payout canceled, was {payout.state}")
    payout.state = "canceled"
    run.move(f"L:payout_transit:{key}", f"L:expert_payable:{person.id}", payout.amount, payout.currency)


def returned(run, person, books):
    """The money is payable again the same day."""
    _, payout = of(run, person)
    run.need(payout.state == "paid", f"payout returned, was {payout.state}")
    payout.state = "returned"
    asset = asset_of(run, payout)
    run.move(asset, f"L:expert_payable:{person.id}", payout.amount, payout.currency)
    if run.command.get("receipt"):
        run.external(asset, run.command["receipt"])


class Books:
    """What the model has booked over all chains, and what the journal has."""

    def __init__(self):
        self.model = {}
        self.journal = {}
        self.by_chain = {}
        self.pending = {}
        self.cleared = None

    def owed_to(self, account, currency):
        """Credit less debit."""
        return -self.model.get((account, currency), 0)

    def keep(self, booked, line, contract, clearance=None):
        """Takes what a step booked, and what the journal has for it."""
        for (account, side, currency), amount in booked.items():
            self._add(self.model, (account, currency), amount if side == "debit" else -amount)
        for row in (line.get("entry") or {}).get("lines") or []:
            signed = row["amount_minor"] if row["side"] == "debit" else -row["amount_minor"]
            self._add(self.journal, (row["account"], row["currency"]), signed)
            self._add(self.by_chain, (line["chain"], row["account"], row["currency"]), signed)
        if contract is not None:
            self._earn(booked, line, contract, clearance)
        if self.cleared:
            who, chosen = self.cleared
            gone = {id(earning) for earning in chosen}
            self.pending[who] = [earning for earning in self.pending[who] if id(earning) not in gone]
            self.cleared = None

    def _earn(self, booked, line, contract, clearance):
        wait = contract.terms["clearance_days"] if clearance is None else clearance
        for (account, side, currency), amount in booked.items():
            if side == "credit" and account.startswith("L:expert_pending:"):
                due = instant(line["at"]) + days(wait)
                earning = Earning((line.get("entry") or {}).get("id", ""), amount, currency, due)
                self.pending.setdefault(account.removeprefix("L:expert_pending:"), []).append(earning)

    @staticmethod
    def _add(balances, key, amount):
        balances[key] = balances.get(key, 0) + amount
