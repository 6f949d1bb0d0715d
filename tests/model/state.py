"""What the model knows of one contract."""

from dataclasses import dataclass, field
from datetime import datetime

PLANNED, FUNDING, FUNDED, WORKING = "planned", "funding", "funded", "working"
SUBMITTED, CHANGES, DISPUTED, HOLD = "submitted", "changes_requested", "disputed", "chargeback_hold"
RELEASED, REFUNDED, SPLIT, CANCELED, CHARGED_BACK = "released", "refunded", "split", "canceled", "charged_back"

UNDISPUTED = (FUNDED, WORKING, SUBMITTED, CHANGES)
HELD = (*UNDISPUTED, DISPUTED)
CLOSED = (RELEASED, REFUNDED, SPLIT, CANCELED, CHARGED_BACK)


@dataclass
class FeeLine:
    """A fee or a tax on it, of one lot, paid by the client and kept in fee_hold until earned."""

    agreed: int
    held: int
    earned: int = 0
    returned: int = 0
    rest: int = 0  # what rounding left when the lot was emptied; it went to the client
    withheld: int = 0


@dataclass
class Lot:
    """Money of one payment in one milestone."""

    payment: str
    born: int
    price: int
    held: int
    fee: FeeLine
    tax: FeeLine
    expert_fee: int
    expert_tax: int
    released: int = 0
    refunded: int = 0
    withheld: int = 0
    expert_fee_taken: int = 0
    expert_tax_taken: int = 0

    def lines(self):
        return (self.fee, self.tax)


@dataclass
class Payment:
    key: str
    milestone: str | None
    asset: str | None  # None until the provider is known
    price: int
    asked: int
    expires: datetime | None
    raises: str = "no"  # "yes" when it pays for a raised price
    id: str | None = None
    state: str = "asked"  # asked, expired, failed, used
    received: int = 0
    unspent: int = 0
    parts: int = 0  # how often something of it came
    foreign: dict = field(default_factory=dict)
    holding_days: int | None = None
    by_transfer: bool = False
    captured_at: datetime | None = None  # when the first of it came
    moved_to: str | None = None
    lost_released: int = 0  # of what was released, already lost to earlier chargebacks
    dispute_fees: int = 0
    twice: int = 0  # gone back to the client and lost to a chargeback as well; the client owes it


@dataclass
class Refund:
    id: str
    payment: str
    amount: int
    currency: str
    state: str = "requested"  # requested, stopped, sent, succeeded, failed, dropped, twice


@dataclass
class Chargeback:
    id: str
    reference: str
    payment: str
    amount: int
    state: str = "open"


@dataclass
class Dispute:
    opener: str
    held: int  # at the opening
    answer_due: datetime | None
    to_expert: int = 0  # since the opening
    answered: str = "no"
    offers: dict = field(default_factory=dict)
    decision: tuple | None = None
    decided_at: datetime | None = None
    appeal_due: datetime | None = None  # the last instant at which an appeal is in time
    decided_by: str | None = None
    appealed: str = "no"


@dataclass
class Milestone:
    id: str
    plan: dict
    price: int
    state: str = PLANNED
    lots: list = field(default_factory=list)
    in_dispute: str = "no"  # "yes" while its money is in dispute_hold
    former: str | None = None
    hold_since: datetime | None = None
    waiting: str | None = None
    raised: int = 0  # agreed, not yet paid
    due: dict = field(default_factory=dict)  # "work", "inspection", "lapse"
    rounds: int = 0
    extended: str = "no"
    inspect_last: datetime | None = None  # the last instant that may be meant by the end of the inspection
    bounced: str = "no"
    settlement: tuple | None = None  # by whom, to the expert, to the client, until when
    dispute: Dispute | None = None

    def held(self):
        return sum(lot.held for lot in self.lots)

    def fee_held(self):
        return sum(line.held for lot in self.lots for line in lot.lines())

    def released(self):
        return sum(lot.released for lot in self.lots)

    def refunded(self):
        return sum(lot.refunded for lot in self.lots)


@dataclass
class Hold:
    """What an operator has put on a contract."""

    by: str
    begun: datetime
    until: datetime
    over: datetime | None = None
    name: str | None = None
    complaints: dict = field(default_factory=dict)  # by role: "waits" or "answered"


@dataclass
class Contract:
    id: str
    client: str
    expert: str
    currency: str
    terms: dict
    milestones: dict
    state: str = "offered"
    signed: list = field(default_factory=list)
    paused_at: datetime | None = None
    paused_by: str | None = None  # "operator", where it was not by consent
    holds: list = field(default_factory=list)
    absences: list = field(default_factory=list)
    amendment: tuple | None = None  # by whom, what, until when
    payments: dict = field(default_factory=dict)
    payment_ids: dict = field(default_factory=dict)
    refunds: dict = field(default_factory=dict)
    chargebacks: dict = field(default_factory=dict)
    lots_born: int = 0

    def held(self):
        """The hold that stands."""
        return self.holds[-1] if self.holds and self.holds[-1].over is None else None

    def runs(self):
        """Whether money has come into it."""
        return any(m.state not in (PLANNED, FUNDING, CANCELED) for m in self.milestones.values())

    def lots_of(self, payment):
        """The lots of a payment with their milestones, oldest first."""
        found = [(m, lot) for m in self.milestones.values() for lot in m.lots if lot.payment == payment]
        return sorted(found, key=lambda pair: pair[1].born)

    def open_chargebacks(self, payment):
        return [c for c in self.chargebacks.values() if c.payment == payment and c.state == "open"]


def contract_of(chain, offer):
    """The contract as its offer says it."""
    milestones = {}
    for milestone, plan in offer["milestones"]:
        milestones[milestone] = Milestone(milestone, dict(plan), plan["price_minor"])
    return Contract(chain, offer["client"], offer["expert"], offer["currency"], offer["terms"], milestones)
