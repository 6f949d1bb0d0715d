"""Reads a journal, runs the model beside it, and says where they differ."""

import pickle
from collections import Counter

import bank as bank_steps
import contract as contract_steps
import dispute as dispute_steps
import person as person_steps
import provider as provider_steps
from readings import every
from run import COMMANDS, Run, Stop, end_of_day, instant
from state import CLOSED, Contract, contract_of

MOST_HYPOTHESES = 16
STEPS = (contract_steps, dispute_steps, provider_steps)  # they register their commands


class Checker:
    """All chains of one installation."""

    def __init__(self):
        self.books = person_steps.Books()
        self.hypotheses = {}
        self.heads = {}
        self.mismatches = []
        self.lines = 0
        self.entries = 0
        self.readings = Counter()
        self.said = set()
        self.uses = []
        self.touched = set()

    def read(self, lines):
        """Chains meet in time: lines are taken by their instants, each chain in its own order."""
        ordered = sorted(lines, key=lambda line: instant(line["at"]))
        last = None
        for line in ordered:
            if last is not None and line["at"] != last["at"]:
                self.check_bounds(last)
            self.take(line)
            last = line
        if last is not None:
            self.check_bounds(last)
        self.check_trial_balance()
        self.check_receipts()

    def say(self, line, text):
        self.mismatches.append(f"{line['chain']} no {line['no']} {line['kind']}: {text}")

    def say_once(self, line, text):
        if (line["chain"], text) not in self.said:
            self.said.add((line["chain"], text))
            self.say(line, text)

    def take(self, line):
        self.lines += 1
        self.entries += bool(line.get("entry"))
        self.check_chain(line)
        self.check_entry(line)
        if line["kind"] == "offer":
            self.begin(line)
        elif line["chain"] in self.hypotheses:
            self.follow(line)
        elif line["chain"].startswith("per_"):
            self.hypotheses[line["chain"]] = [pickle.dumps(person_steps.Person(line["chain"]))]
            self.follow(line)
        elif line["chain"].startswith("bank:"):
            self.hypotheses[line["chain"]] = [pickle.dumps(bank_steps.Bank(line["chain"]))]
            self.follow(line)
        else:
            self.say(line, "the chain does not begin with an offer")
            self.books.keep(Counter(), line, None)

    def begin(self, line):
        contract = contract_of(line["chain"], line["command"]["offer"])
        self.hypotheses[line["chain"]] = [pickle.dumps(contract)]
        if line.get("entry") or line.get("moved"):
            self.say(line, "an offer moves nothing")
        for milestone in contract.milestones.values():
            if end_of_day(milestone.plan["due_on"]) <= instant(line["at"]):
                self.say(line, f"{milestone.id} was due before the contract began")
        self.books.keep(Counter(), line, None)

    def follow(self, line):
        """Keeps every reading that agrees with the line; of those that do not, the nearest."""
        agreeing, nearest = {}, None
        for before in self.hypotheses[line["chain"]]:
            for (after, run), picks in every(lambda picks, before=before: self.run(before, line, picks)):
                found = differences(run, line)
                if not found:
                    agreeing.setdefault(after, (run, picks))
                if nearest is None or len(found) < len(nearest[0]):
                    nearest = (found, after, run, picks)
        if agreeing:
            run, picks = next(iter(agreeing.values()))
            self.readings.update(picks.unusual())
            self.hypotheses[line["chain"]] = list(agreeing)[:MOST_HYPOTHESES]
        else:
            found, after, run, _ = nearest
            self.hypotheses[line["chain"]] = [after]
            for text in found:
                self.say(line, text)
        state = run.contract
        self.uses += run.uses
        self.books.cleared = run.cleared
        self.books.keep(run.booked, line, state if isinstance(state, Contract) else None, run.clearance)
        if isinstance(state, Contract):
            self.check_contract(line, state)

    def run(self, before, line, picks):
        state = pickle.loads(before)
        run = Run(state, line, picks)
        run.cleared = None
        try:
            if isinstance(state, Contract):
                step = COMMANDS.get(line["command"]["command"])
                if step is None:
                    run.stop(f"unknown command {line['command']['command']}")
                step(run)
            elif isinstance(state, bank_steps.Bank):
                bank_steps.step(run, state)
            else:
                self.books.cleared = None
                person_steps.step(run, state, self.books)
                run.cleared = self.books.cleared
                self.books.cleared = None
        except Stop:
            pass  # why is among the problems of the run
        except (KeyError, TypeError, ValueError) as error:
            run.problems.append(f"cannot be read: {error!r}")
        return pickle.dumps(state), run

    # what must be so of every line

    def check_chain(self, line):
        """Numbers follow each other and each item names the hash before it. An entry comes right after its event."""
        self.check_item(line, line)
        if line.get("entry") and "no" in line["entry"]:
            self.check_item(line, line["entry"])

    def check_item(self, line, item):
        head = self.heads.get(line["chain"])
        if head is not None:
            number, hash_ = head
            if item["no"] != number + 1:
                self.say(line, f"no {item['no']} follows no {number}")
            if hash_ and item.get("prev") and item["prev"] != hash_:
                self.say(line, "prev is not the hash of the item before")
        self.heads[line["chain"]] = (item["no"], item.get("hash"))

    def check_entry(self, line):
        entry = line.get("entry")
        if not entry:
            return
        sums = Counter()
        for row in entry["lines"]:
            signed = row["amount_minor"] if row["side"] == "debit" else -row["amount_minor"]
            sums[row["currency"]] += signed
            self.touched.add((row["account"], row["currency"]))
            if row["amount_minor"] <= 0:
                self.say(line, f"a line of {row['amount_minor']} on {row['account']}")
        for currency, amount in sums.items():
            if amount:
                self.say(line, f"unbalanced: debits less credits are {amount} {currency}")
        if entry["kind"] != line["kind"]:
            self.say(line, f"the entry is of kind {entry['kind']}")

    def check_bounds(self, line):
        """No liability is ever owed to us."""
        for account, currency in sorted(self.touched):
            amount = self.books.journal.get((account, currency), 0)
            if account.startswith("L:") and amount > 0:
                self.say_once(line, f"{account} is {-amount} {currency}, below zero")
        self.touched.clear()

    def check_trial_balance(self):
        sums = Counter()
        for (_, currency), amount in self.books.journal.items():
            sums[currency] += amount
        for currency, amount in sums.items():
            if amount:
                self.mismatches.append(f"trial balance: {amount} {currency} instead of 0")

    def check_receipts(self):
        """What contracts have used of a bank account was there, and is used in its chain, too."""
        states = {chain: pickle.loads(kept[0]) for chain, kept in self.hypotheses.items()}
        banks = {chain: state for chain, state in states.items() if isinstance(state, bank_steps.Bank)}
        self.mismatches += bank_steps.used_otherwise(banks, self.uses)

    # what must be so of a contract after every line

    def check_contract(self, line, contract):
        for milestone in contract.milestones.values():
            self.check_milestone(line, contract, milestone)
        unspent = sum(payment.unspent for payment in contract.payments.values())
        self.same(line, f"L:client_funds:{contract.client}", contract.currency, unspent)
        for refund in contract.refunds.values():
            left = refund.amount if refund.state in ("requested", "stopped", "sent") else 0
            self.same(line, f"L:refund_transit:{refund.id}", refund.currency, left)

    def check_milestone(self, line, contract, milestone):
        """In price: funded = released + refunded + withheld + held; so for fees; and the accounts agree."""
        for lot in milestone.lots:
            if lot.price != lot.released + lot.refunded + lot.withheld + lot.held:
                self.say_once(line, f"{milestone.id}: funded {lot.price} is not released, refunded, withheld and held")
            for fee in lot.lines():
                if fee.agreed != fee.earned + fee.returned + fee.rest + fee.withheld + fee.held:
                    self.say_once(line, f"{milestone.id}: fee {fee.agreed} is not earned, returned, withheld and held")
        held = milestone.held()
        disputed = held if milestone.in_dispute == "yes" else 0
        self.same(line, f"L:escrow:{milestone.id}", contract.currency, held - disputed)
        self.same(line, f"L:dispute_hold:{milestone.id}", contract.currency, disputed)
        self.same(line, f"L:fee_hold:{milestone.id}", contract.currency, milestone.fee_held())
        if milestone.state in CLOSED and held + milestone.fee_held():
            self.say_once(line, f"{milestone.id} is {milestone.state} and still holds money")

    def same(self, line, account, currency, expected):
        """The account has what the lots say, as far as this chain booked it."""
        found = -self.books.by_chain.get((line["chain"], account, currency), 0)
        if found != expected:
            self.say_once(line, f"{account} has {found} {currency}, the lots say {expected}")


def differences(run, line):
    """Where a line is not what the model says it must be."""
    found = list(run.problems)
    found += booked_differently(run, line)
    found += moved_differently(run, line)
    lines = (line.get("entry") or {}).get("lines") or []
    for account, reference in run.externals:
        if not any(row["account"] == account and row.get("external_id") == reference for row in lines):
            found.append(f"no line on {account} with external id {reference}")
    return found


def booked_differently(run, line):
    booked = Counter()
    for row in (line.get("entry") or {}).get("lines") or []:
        booked[row["account"], row["side"], row["currency"]] += row["amount_minor"]
    for key in sorted({*booked, *run.booked}):
        expected, actual = run.booked.get(key, 0), booked.get(key, 0)
        if expected != actual:
            account, side, currency = key
            yield f"{side} {account}: expected {expected}, found {actual} {currency}"


def moved_differently(run, line):
    """Every row that fired must be one that had to or could fire, and those that had to did."""
    open_rows = list(run.rows)
    for row in line.get("moved") or []:
        match = next((expected for expected in open_rows if fits(expected, row)), None)
        if match is None:
            yield (
                f"{row['row']} {row['event']} moved {row['milestone']} from {row['from']} to {row['to']}"
                f", expected {[spell(expected) for expected in open_rows]}"
            )
        else:
            open_rows.remove(match)
    for expected in open_rows:
        if not expected[5]:
            yield f"expected {spell(expected)}, nothing moved"


def fits(expected, row):
    ids, milestone, events, before, after, _ = expected
    return (
        row["row"] in ids
        and row["milestone"] == milestone
        and row["event"] in events
        and row["from"] == before
        and row["to"] == after
    )


def spell(expected):
    ids, milestone, events, before, after, _ = expected
    return f"{'/'.join(sorted(ids))} {'/'.join(sorted(events))} of {milestone} from {before} to {after}"
