"""A bank account of the operator: what came in or left that nobody knew, until somebody says what it was."""

from collections import Counter
from dataclasses import dataclass, field

UNMATCHED = "L:unmatched_receipts"
COST = "E:goodwill"


@dataclass
class Receipt:
    id: str
    amount: int
    currency: str
    external_id: str
    state: str = "open"
    payment: str | None = None


@dataclass
class Bank:
    """`chain` is `bank:` and its name."""

    chain: str
    currency: str = ""
    receipts: dict = field(default_factory=dict)

    @property
    def account(self):
        return f"A:{self.chain}"


def step(run, bank):
    kind = run.line["kind"]
    known = {
        "receive_unmatched": receive, "assign_unmatched": assign, "ask_return": ask_return,
        "return_unmatched": returned, "explain_left": explain_left,
    }
    if kind not in known:
        run.stop(f"{kind} is no command of a bank account")
    known[kind](run, bank)


def receive(run, bank):
    value = run.command["amount"]
    receipt = Receipt(run.line["event"], value["amount_minor"], value["currency"], run.command["external_id"])
    run.need(receipt.id not in bank.receipts, "received twice")
    bank.receipts[receipt.id] = receipt
    run.move(bank.account, UNMATCHED, receipt.amount, receipt.currency)
    run.external(bank.account, run.command["external_id"])


def leave(run, bank, before, after):
    receipt = bank.receipts.get(run.command["receipt"])
    if receipt is None:
        run.stop(f"no receipt {run.command['receipt']}")
    run.need(receipt.state == before, f"{run.line['kind']} of a receipt that is {receipt.state}")
    receipt.state = after
    return receipt


def assign(run, bank):
    """It is booked where it goes to: in the contract."""
    leave(run, bank, "open", "assigned").payment = run.command["payment"]


def ask_return(run, bank):
    leave(run, bank, "open", "returning")
    run.need(run.command.get("second") != run.line["actor"].get("id"), "a second operator must agree")


def explain_left(run, bank):
    """What left for nothing of the contracts is a cost of the operator's, and two operators say so."""
    value = run.command["amount"]
    run.by("operator")
    run.need(run.command.get("second") not in (None, run.line["actor"].get("id")), "a second operator must agree")
    run.need(run.command["why"].strip(), "nobody says what it was")
    known = {receipt.external_id for receipt in bank.receipts.values()}
    run.need(run.command["external_id"] not in known, "explained twice")
    event = run.line["event"]
    bank.receipts[event] = Receipt(event, value["amount_minor"], value["currency"], run.command["external_id"], "explained")
    run.move(COST, bank.account, value["amount_minor"], value["currency"])
    run.external(bank.account, run.command["external_id"])


def returned(run, bank):
    receipt = leave(run, bank, "returning", "returned")
    run.move(UNMATCHED, bank.account, receipt.amount, receipt.currency)
    run.external(bank.account, run.command["external_id"])


def used_otherwise(banks, uses):
    """Receipts that contracts have used and banks have not, or of another sum; each once, for the payment it is of.

    `uses` are the bank's chain, the receipt or the bank's own name of it, the payment and the sum of each."""
    used = Counter()
    for chain, name, payment, amount in uses:
        receipts = banks[chain].receipts.values() if chain in banks else ()
        receipt = next((one for one in receipts if name in (one.id, one.external_id)), None)
        receipt_id = receipt.id if receipt else name
        used[receipt_id] += 1
        if receipt is None:
            yield f"{payment}: no receipt {receipt_id} came into {chain}"
        elif (receipt.state, receipt.payment, receipt.amount) != ("assigned", payment, amount):
            yield (
                f"{payment}: {amount} of receipt {receipt_id}, which brought {receipt.amount} and is {receipt.state}"
                f" to {receipt.payment}"
            )
    for receipt_id, times in used.items():
        if times > 1:
            yield f"receipt {receipt_id} was used {times} times"
