"""Random histories that the model writes itself: it must agree with them, and all that it checks beside must hold.

This cannot show that the rules were read rightly; it shows that the model's own books are sound on paths nobody
thought of.
"""

import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import pickle  # noqa: E402

from builder import CLIENT, EXPERT, OPERATOR, SECOND, Journal, money  # noqa: E402
from journal import Checker  # noqa: E402
from readings import Picks  # noqa: E402

PRICES = (10_000, 333, 7, 99_999)


class Writer:
    """Tries random commands; what the model allows becomes a line."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        pick = self.random.choice
        fee = lambda: {"basis_points": pick((0, 1, 333, 1000)), "fixed_minor": pick((0, 0, 1)),  # noqa: E731
                       "tax_basis_points": pick((0, 700, 1900))}
        self.journal = Journal([pick(PRICES) for _ in range(3)], client_fee=fee(), expert_fee=fee(),
                               liability=pick(("operator", "expert")), dispute_fee_minor=pick((0, 0, 50)))
        self.checker = Checker()
        for line in self.journal.lines:
            self.checker.take(line)
        self.kinds = set()
        self.ids = 0

    def state(self):
        return pickle.loads(self.checker.hypotheses["con_1"][0])

    def part(self, whole):
        return self.random.choice((0, 1, whole // 3, whole // 2, max(0, whole - 1), whole))

    def candidate(self):
        """Somebody, a command, and the milestones a timer would move."""
        state, pick = self.state(), self.random.choice
        milestone = pick(list(state.milestones.values()))
        held, m = milestone.held(), milestone.id
        part = self.part(held)
        split = {"to_expert": money(part), "to_client": money(held - part)}
        figures = {"unconditional": money(self.part(held)), "offer_to_expert": money(part), "reason": "x"}
        change = pick((
            {"change": "raise_price", "milestone": m, "amount": money(pick((1, 10, 2000)))},
            {"change": "lower_price", "milestone": m, "amount": money(part)},
            {"change": "move_money", "from": m, "to": pick(list(state.milestones)), "amount": money(part)},
        ))
        own = [
            (CLIENT, "fund", {"provider": "sandbox", "method": "card"}), (EXPERT, "start", {}), (CLIENT, "cancel", {}),
            (EXPERT, "submit", {"deliverables": 1, "ticked": [0, 1]}), (CLIENT, "approve", {}),
            (CLIENT, "request_changes", {"unmet": [0], "note": "x"}), (CLIENT, "release", {"amount": money(part)}),
            (EXPERT, "give_back", {"amount": money(part)}), (EXPERT, "offer_settlement", split),
            (CLIENT, "accept_settlement", {}), (pick((CLIENT, EXPERT)), "open_dispute", figures),
            (pick((CLIENT, EXPERT)), "answer_dispute", {**figures, "reason": None}),
            (OPERATOR, "decide_dispute", {**split, "reasons": "x" * 200, "second": SECOND}),
        ]
        if self.random.random() < 0.5:
            who, name, fields = pick(own)
            return who, {"command": name, "milestone": m, **fields}, []
        if self.random.random() < 0.4:
            kind = pick(("payment_expires", "lapses", "overdue", "returns", "inspection_ends", "dispute_phase"))
            return "clock", self.journal_timer(kind, milestone), [m]
        if self.random.random() < 0.4:
            return pick(((EXPERT, {"command": "propose_amendment", "change": change}, []),
                         (CLIENT, {"command": "accept_amendment"}, [])))
        return self.from_provider(state)

    def journal_timer(self, kind, milestone):
        due = self.journal.now.isoformat()
        return {"command": "timer", "kind": kind, "subject": milestone.id, "entry_no": 1, "due_at": due}

    def from_provider(self, state):
        pick = self.random.choice
        payment = pick([*state.payments.values(), None])
        refund = pick([*state.refunds.values(), None])
        chargeback = pick([*state.chargebacks.values(), None])
        found = []
        if payment is not None:
            key = payment.id or f"pay_{payment.key.split()[1]}"
            asked = max(1, payment.asked + pick((0, 0, 0, -1, 5)))
            found += [{"command": "captured", "payment": key, "amount": money(asked), "fee": money(pick((0, 3))),
                       "receipt": f"rcp_{len(self.journal.lines)}"}, {"command": "payment_failed", "payment": key}]
        if payment is not None and payment.captured_at:
            amount = max(1, self.part(payment.received))
            found += [{"command": "chargeback_opened", "payment": payment.id, "reference": f"cb_{self.ids}",
                       "amount": money(amount), "fee": money(15), "evidence_by": "2026-05-01T00:00:00Z"}]
            if payment.unspent:
                found += [{"command": "refund_funds", "payment": payment.id, "amount": money(payment.unspent)}]
        if refund is not None:
            name = pick(("refund_sent", "refund_succeeded", "refund_failed"))
            found += [{"command": name, "refund": refund.id, "receipt": f"rcp_{len(self.journal.lines)}"}]
        if chargeback is not None and chargeback.state == "open":
            name = pick(("chargeback_won", "chargeback_lost"))
            found += [{"command": name, "reference": chargeback.reference, "receipt": "rcp_c"}]
        if not found:
            return None
        command = pick(found)
        return CLIENT if command["command"] == "refund_funds" else "psp", command, []

    def turn(self):
        self.journal.later(hours=self.random.choice((0, 1, 30, 200)))
        candidate = self.candidate()
        if candidate is None:
            return
        who, command, moved = candidate
        before = self.journal.now
        line = self.journal.add(who, command)
        line["moved"] = [{"row": "?", "milestone": m} for m in moved]
        _, run = self.checker.run(self.checker.hypotheses["con_1"][0], line, Picks([]))
        if run.problems:
            self.journal.lines.pop()
            self.journal.numbers["con_1"] -= 1
            self.journal.now = before
            return
        self.fill(line, run)
        self.checker.take(line)
        self.checker.check_bounds(line)
        self.kinds.add(line["kind"])

    def fill(self, line, run):
        """The line as the model says it must be."""
        names = {}
        lines = []
        for (account, side, currency), amount in run.booked.items():
            if "(new" in account:
                self.ids += account not in names
                account = names.setdefault(account, f"{account.split('(')[0]}id_{self.ids}")
            external = next((reference for on, reference in run.externals if on == account), None)
            lines.append({"account": account, "side": side, "currency": currency, "amount_minor": amount,
                          "external_id": external})
        line["entry"] = {"id": f"ent_{line['no']}", "kind": line["kind"], "lines": lines} if lines else None
        line["moved"] = [
            {"row": min(ids), "milestone": m, "event": min(events), "from": before, "to": after}
            for ids, m, events, before, after, _ in run.rows
        ]


class Random(unittest.TestCase):
    def test_histories_are_sound(self):
        kinds, ends = set(), set()
        for seed in range(100):
            with self.subTest(seed=seed):
                writer = Writer(seed)
                for _ in range(300):
                    writer.turn()
                writer.checker.check_trial_balance()
                self.assertEqual(writer.checker.mismatches, [])
                kinds |= writer.kinds
                ends |= {milestone.state for milestone in writer.state().milestones.values()}
        self.assertTrue(kinds >= {
            "approve", "release", "give_back", "accept_settlement", "answer_dispute", "dispute_phase", "lapses",
            "returns", "inspection_ends", "accept_amendment", "chargeback_won", "chargeback_lost", "refund_funds", "refund_failed",
        }, kinds)
        self.assertTrue(ends >= {"released", "refunded", "split", "charged_back"}, ends)


if __name__ == "__main__":
    unittest.main()
