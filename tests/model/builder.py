"""Writes journals by hand, for the tests: every figure in them was computed on paper."""

import copy
from datetime import UTC, datetime, timedelta

CLIENT, EXPERT, OPERATOR, SECOND = "per_client", "per_expert", "per_office", "per_second"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday

FEES = {
    "client_fee": {"basis_points": 333, "fixed_minor": 0, "tax_basis_points": 1900},
    "expert_fee": {"basis_points": 1000, "fixed_minor": 0, "tax_basis_points": 1900},
}


def money(amount, currency="USD"):
    return {"amount_minor": amount, "currency": currency}


def actor(who):
    if who == "clock":
        return {"actor": "clock"}
    if who in ("psp", "bank"):
        return {"actor": "provider", "name": {"psp": "sandbox"}.get(who, who)}
    kind = "operator" if who in (OPERATOR, SECOND) else "person"
    return {"actor": kind, "id": who}


def parse_line(text):
    """`Dr L:escrow:m1 500` or `Cr A:psp:sandbox 500 receipt`."""
    side, account, amount, *external = text.split()
    return {
        "account": account,
        "currency": "USD",
        "side": {"Dr": "debit", "Cr": "credit"}[side],
        "amount_minor": int(amount),
        "external_id": external[0] if external else None,
    }


def parse_move(text):
    """`T9 approve m1 submitted released`."""
    row, event, milestone, before, after = text.split()
    return {"row": row, "event": event, "milestone": milestone, "from": before, "to": after}


class Journal:
    """Lines in the order they were accepted."""

    def __init__(self, prices, chain="con_1", **terms):
        self.chain = chain
        self.lines = []
        self.numbers = {}
        self.now = START
        plan = {
            "title": "t", "deliverable": "d", "acceptance": ["a", "b"], "due_on": "2026-04-30",
            "inspection_days": 7, "rounds": 2, "revision_days": 14,
        }
        full = {
            **copy.deepcopy(FEES), "tax_jurisdiction": "de", "clearance_days": 5, "liability": "operator",
            "dispute_fee_minor": 0, "second_operator_above_minor": 100_000, **terms,
        }
        milestones = [[f"m{n}", {**plan, "price_minor": price}] for n, price in enumerate(prices, 1)]
        offer = {"process": 1, "client": CLIENT, "expert": EXPERT, "currency": "USD", "terms": full,
                 "milestones": milestones}
        self.add(CLIENT, {"command": "offer", "offer": offer})
        self.add(CLIENT, {"command": "sign", "sha256": "00"})
        self.add(EXPERT, {"command": "sign", "sha256": "00"})

    def later(self, **span):
        self.now += timedelta(**span)
        return self

    def add(self, who, command, entry=(), moved=(), chain=None, kind=None, facts=None):
        chain = chain or self.chain
        number = self.numbers[chain] = self.numbers.get(chain, 0) + 1
        self.now += timedelta(minutes=1)
        kind = kind or (command["kind"] if command["command"] == "timer" else command["command"])
        lines = [parse_line(text) for text in entry]
        self.lines.append({
            "schema": "earnest.journal/1", "chain": chain, "no": number, "event": f"evt_{len(self.lines)}",
            "at": self.now.isoformat().replace("+00:00", "Z"), "kind": kind, "actor": actor(who),
            "command": command,
            "facts": {"expert_onboarded": True, "client_open_minor": 0, "client_limit_minor": 10**12,
                      "holding_days": None, "expert_payable_minor": 0, **(facts or {})},
            "version": number,
            "moved": [parse_move(text) for text in moved],
            "entry": {"id": f"ent_{len(self.lines)}", "kind": kind, "lines": lines} if lines else None,
            "prev": f"{chain}-{number - 1}", "hash": f"{chain}-{number}",
        })
        return self.lines[-1]

    def on(self, who, name, milestone, entry=(), moved=(), **fields):
        return self.add(who, {"command": name, "milestone": milestone, **fields}, entry, moved)

    def timer(self, kind, subject, entry=(), moved=()):
        due = (self.now + timedelta(seconds=30)).isoformat()
        command = {"command": "timer", "kind": kind, "subject": subject, "entry_no": 1, "due_at": due}
        return self.add("clock", command, entry, moved)

    def to_bank(self, came, held, receipt="evt_r", payment="pay_1"):
        """The provider's transfer comes into the bank, and is said to be what is held of the payment."""
        line = self.add("bank", {"command": "receive_unmatched", "bank": "bank", "external_id": "b1",
                                 "amount": money(came)},
                        [f"Dr A:bank:bank {came} b1", f"Cr L:unmatched_receipts {came}"], chain="bank:bank")
        line["event"] = receipt
        command = {"command": "move_to_bank", "payment": payment, "bank": "bank", "receipt": receipt,
                   "transfer": "txn_9", "second": SECOND}
        self.add(OPERATOR, command, [f"Dr L:unmatched_receipts {held}", f"Cr A:psp:sandbox {held} txn_9"],
                 facts={"receipt_minor": came})
        self.add(OPERATOR, {"command": "assign_unmatched", "receipt": receipt, "payment": payment},
                 chain="bank:bank")
        return self

    # the usual way to the work, with the fees of 10000: 333 and a tax of 63

    def funded(self, milestone="m1", price=10_000, fees=396, payment="pay_1", psp_fee=30):
        asked = price + fees
        self.on(CLIENT, "fund", milestone, moved=[f"T1 fund {milestone} planned funding"],
                provider="sandbox", method="card")
        self.captured(payment, asked, psp_fee, [
            f"Dr A:psp:sandbox {asked} rcp_{payment}", f"Cr L:client_funds:{CLIENT} {asked}",
            f"Dr L:client_funds:{CLIENT} {asked}", f"Cr L:escrow:{milestone} {price}",
            f"Cr L:fee_hold:{milestone} {fees}",
            f"Dr E:psp_fees {psp_fee}", f"Cr A:psp:sandbox {psp_fee}",
        ], [f"T3 captured {milestone} funding funded"])
        return self

    def captured(self, payment, amount, fee, entry, moved=()):
        command = {"command": "captured", "payment": payment, "amount": money(amount), "fee": money(fee),
                   "receipt": f"rcp_{payment}"}
        return self.add("psp", command, entry, moved)

    def working(self, milestone="m1", **how):
        self.funded(milestone, **how)
        self.on(EXPERT, "start", milestone, moved=[f"T4 start {milestone} funded working"])
        return self

    def submitted(self, milestone="m1", **how):
        self.working(milestone, **how)
        self.submit(milestone)
        return self

    def submit(self, milestone="m1"):
        return self.on(EXPERT, "submit", milestone, moved=[f"T6 submit {milestone} working submitted"],
                       deliverables=1, ticked=[0, 1])


# what the approval of a milestone of 10000 books: a tenth and a tax of 190 from the expert, 333 and 63 are earned
APPROVED = [
    "Dr L:escrow:m1 10000", "Cr I:fee_expert 1000", "Cr L:tax_payable:de 190", f"Cr L:expert_pending:{EXPERT} 8810",
    "Dr L:fee_hold:m1 396", "Cr I:fee_client 333", "Cr L:tax_payable:de 63",
]


def back(amount, refund, price, fees, place="escrow", milestone="m1"):
    """What a refund books: to the client's funds, and on the way to the source."""
    return [
        f"Dr L:{place}:{milestone} {price}", f"Dr L:fee_hold:{milestone} {fees}",
        f"Cr L:client_funds:{CLIENT} {amount}", f"Dr L:client_funds:{CLIENT} {amount}",
        f"Cr L:refund_transit:{refund} {amount}",
    ]


def paid(price, expert_fee, expert_tax, fee, tax, place="escrow", milestone="m1"):
    """What a release books."""
    return [
        f"Dr L:{place}:{milestone} {price}", f"Cr I:fee_expert {expert_fee}", f"Cr L:tax_payable:de {expert_tax}",
        f"Cr L:expert_pending:{EXPERT} {price - expert_fee - expert_tax}",
        f"Dr L:fee_hold:{milestone} {fee + tax}", f"Cr I:fee_client {fee}", f"Cr L:tax_payable:de {tax}",
    ]
