"""Holds on a contract: until when, by whom, and what the parties say to them."""

from run import command, days, instant
from state import Hold


@command("hold_contract")
def hold_contract(run):
    run.by("operator")
    run.need(run.contract.paused_at is None, "put on hold while it is paused")
    run.pause()
    run.contract.paused_by = "operator"
    finding = run.command.get("finding")
    if finding is None:
        return
    given(run, run.command["reason"], finding["facts"], finding["rule"])
    run.contract.holds.append(Hold(run.line["actor"]["id"], run.at, instant(finding["review_by"])))
    hold_until(run, finding["review_by"], finding.get("second"))


def given(run, *texts):
    run.need(all(text.strip() for text in texts), "something about a hold is not said")


def hold_until(run, text, second):
    """A week at most; beyond 30 days in all two operators."""
    until = instant(text)
    run.need(run.at < until <= run.at + days(7), f"held until {until}, seen at {run.at}")
    run.need(second not in (run.line["actor"]["id"], run.contract.client, run.contract.expert), "seconded by one of them")
    begun = run.contract.holds[-1].begun
    for hold in reversed(run.contract.holds[:-1]):
        # Placed again within a week of the end, it is the same one.
        begun = min(begun, hold.begun) if hold.over + days(7) >= begun else begun
    run.need(second or until <= begun + days(30), "on hold for more than 30 days by one operator alone")
    run.contract.holds[-1].until = until


@command("extend_contract_hold")
def extend_contract_hold(run):
    run.by("operator")
    if run.contract.held() is None:
        run.stop("a hold kept that is not there")
    given(run, run.command["reason"])
    named = named_hold(run)
    run.need(named.over is None, "a hold kept that is over")
    hold_until(run, run.command["review_by"], run.command.get("second"))


@command("appeal_contract_hold")
def appeal_contract_hold(run):
    run.by("client", "expert")
    given(run, run.command["reason"])
    hold = named_hold(run)
    run.need(run.role() not in hold.complaints, "complained twice")
    hold.complaints[run.role()] = "waits"


@command("answer_contract_hold")
def answer_contract_hold(run):
    run.by("operator")
    given(run, run.command["reason"])
    hold = named_hold(run)
    run.need(run.line["actor"]["id"] != hold.by, "a complaint answered by who decided")
    party = {run.contract.client: "client", run.contract.expert: "expert"}.get(run.command["party"])
    run.need(hold.complaints.get(party) == "waits", "answered where nobody complained")
    hold.complaints[party] = "answered"


def named_hold(run):
    """The journal names a hold only where something is said to it: until then it has its place."""
    name = run.command["hold"]
    holds = run.contract.holds
    known = [place for place, hold in enumerate(holds) if hold.name == name]
    unnamed = [place for place, hold in enumerate(holds) if hold.name is None]
    if not known and not unnamed:
        run.stop(f"no hold {name}")
    found = holds[known[0] if known else run.picks.pick("the hold is", unnamed[::-1])]
    found.name = name
    return found
