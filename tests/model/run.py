"""One step of a contract: what it must book, which rows of the process must fire, what forbids it."""

from collections import Counter
from datetime import UTC, datetime, timedelta

COMMANDS = {}


class Stop(Exception):
    """Nothing more can be said about this step."""


def command(name):
    """Registers what a command must do."""

    def keep(function):
        COMMANDS[name] = function
        return function

    return keep


def instant(text):
    """An instant as the journal writes it."""
    return datetime.fromisoformat(text).astimezone(UTC)


def days(number):
    return timedelta(days=number)


class Run:
    """Collects what one line of the journal must have done."""

    def __init__(self, contract, line, picks):
        self.contract = contract
        self.line = line
        self.picks = picks
        self.command = line["command"]
        self.facts = line.get("facts") or {}
        self.at = instant(line["at"])
        self.booked = Counter()
        self.rows = []
        self.problems = []
        self.externals = []
        self.uses = []
        self.given = []
        self.clearance = None  # days from a release of this step until it may be paid out

    # what must be so

    def need(self, holds, otherwise):
        if not holds:
            self.problems.append(otherwise)

    def stop(self, why):
        self.problems.append(why)
        raise Stop

    def by(self, *roles):
        self.need(self.role() in roles, f"not allowed to {self.role()}")

    def role(self):
        actor = self.line["actor"]
        if actor["actor"] != "person":
            return actor["actor"]
        if actor["id"] == self.contract.client:
            return "client"
        return "expert" if actor["id"] == self.contract.expert else "stranger"

    def milestone(self):
        found = self.contract.milestones.get(self.command["milestone"])
        if found is None:
            self.stop(f"no milestone {self.command['milestone']}")
        return found

    def amount(self, field):
        """A sum of the command in the contract's currency."""
        value = self.command[field]
        self.need(value["currency"] == self.contract.currency, f"{field} is in {value['currency']}")
        return value["amount_minor"]

    # what is booked

    def debit(self, account, amount, currency=None):
        self._post(account, "debit", amount, currency)

    def credit(self, account, amount, currency=None):
        self._post(account, "credit", amount, currency)

    def move(self, source, target, amount, currency=None):
        """Debits `source` and credits `target`."""
        self.debit(source, amount, currency)
        self.credit(target, amount, currency)

    def _post(self, account, side, amount, currency):
        if amount < 0:
            self.problems.append(f"{account} {side} would be {amount}")
        if amount > 0:
            self.booked[account, side, currency or self.contract.currency] += amount

    def external(self, account, reference):
        """The entry must have a line on `account` with this external id."""
        self.externals.append((account, reference))

    def client_funds(self):
        return f"L:client_funds:{self.contract.client}"

    def tax_account(self):
        return f"L:tax_payable:{self.contract.terms['tax_jurisdiction']}"

    def fresh_id(self, prefix, amount, known):
        """The id of something new, which only the entry names: by its amount if one fits."""
        lines = (self.line.get("entry") or {}).get("lines") or []
        fresh = [line for line in lines if line["account"].startswith(prefix)]
        ids = [(line["account"][len(prefix):], line["amount_minor"]) for line in fresh]
        ids = [pair for pair in ids if pair[0] not in known and pair[0] not in self.given]
        fits = [found for found, sum_ in ids if sum_ == amount] or [found for found, _ in ids]
        new = fits[0] if fits else f"(new {len(self.given) + 1})"
        self.given.append(new)
        return new

    # how the state moves

    def row(self, ids, milestone, events, to=None, optional=False):
        """A row of the process that fires; the milestone is in `to` afterwards."""
        words = lambda text: frozenset(text.split())  # noqa: E731
        self.rows.append((words(ids), milestone.id, words(events), milestone.state, to or milestone.state, optional))
        milestone.state = to or milestone.state

    def fired(self):
        """Ids of the rows that the journal says have fired."""
        return {row["row"] for row in self.line.get("moved") or []}

    def moved_milestones(self):
        return [row["milestone"] for row in self.line.get("moved") or []]

    # time

    def clock(self):
        """What the contract's clocks show: they stand still in a pause, and its end adds all of it."""
        return self.contract.paused_at or self.at

    def pause(self):
        if self.contract.paused_at is not None:
            return
        self.contract.state = "paused"
        self.contract.paused_at = self.at

    def resume(self):
        """All clocks go on with what they had left."""
        if self.contract.paused_at is None:
            return
        late = self.at - self.contract.paused_at
        if self.contract.amendment:
            proposed_by, change, until = self.contract.amendment
            self.contract.amendment = (proposed_by, change, self.later(until, late, days(1)))
        for milestone in self.contract.milestones.values():
            if milestone.hold_since is not None:
                # A chargeback has stopped its clocks, too, and they go on when that is over.
                milestone.hold_since = min(milestone.hold_since, self.contract.paused_at)
                continue
            milestone.due = {what: due + late for what, due in milestone.due.items()}
            if milestone.inspect_last:
                milestone.inspect_last = self.later(milestone.inspect_last, late, days(1))
            if milestone.settlement:
                *offer, until = milestone.settlement
                milestone.settlement = (*offer, self.later(until, late, days(1)))
            dispute = milestone.dispute
            if dispute and dispute.answer_due:
                dispute.answer_due = self.later(dispute.answer_due, late, days(1))
            if dispute and dispute.decided_at:
                dispute.decided_at += late
                dispute.appeal_due = self.later(dispute.appeal_due, late, days(1))
        self.contract.state = "active"
        self.end_pause()

    def end_pause(self):
        if self.contract.held() is not None:
            self.contract.held().over = self.at
        self.contract.paused_at = self.contract.paused_by = None

    def later(self, due, late, least):
        """A deadline after its clock stood still: whoever must act has at least so much left."""
        return max(due + late, self.at + least)

    def after(self, due, what):
        """A timer fires after its instant, never at it."""
        self.need(due is None or self.at > due, f"{what} only after {due}")


def end_of_day(date):
    """A day ends when the next begins, in UTC."""
    return datetime.fromisoformat(date).replace(tzinfo=UTC) + days(1)


def business_days(start, number):
    """The latest instant that can be meant by so many business days after `start`."""
    by_step, left = start, number
    while left:
        by_step += days(1)
        left -= by_step.weekday() < 5
    if start.weekday() < 5:
        return by_step
    monday = start.replace(hour=0, minute=0, second=0, microsecond=0) + days(7 - start.weekday())
    return max(by_step, monday + days(number) + days(2))
