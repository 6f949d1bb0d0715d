"""Looks at a stopped database from outside the program: are the books sound, and what do they say?

It shares no code with the program. Hashes are computed as docs/JOURNAL.md says.
"""

import hashlib
import json
import re
import sqlite3
import subprocess
from collections import Counter, defaultdict

ID = re.compile(r"^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$")
SHA256 = re.compile(r"^[0-9a-f]{64}$")


def digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).digest()


def faults(database):
    """All that is wrong with the books, as sentences; none where they are sound."""
    db = sqlite3.connect(database)
    found = [f"integrity: {text}" for (text,) in db.execute("PRAGMA integrity_check") if text != "ok"]
    found += [f"a row of {row[0]} points at nothing" for row in db.execute("PRAGMA foreign_key_check")]
    lines = defaultdict(list)
    for entry, account, side, amount, external in db.execute(
        "SELECT entry_id, account_id, side, amount, external_id FROM line ORDER BY entry_id, no"
    ):
        lines[entry].append((account, side, amount, external))
    found += unbalanced(lines)
    found += wrong_balances(db, lines)
    found += broken_chains(db, lines)
    found += unanswered(db)
    db.close()
    return found


def unbalanced(lines):
    for entry, legs in lines.items():
        sums = Counter()
        for account, side, amount, _ in legs:
            sums[account.split(" ", 1)[0]] += amount if side == "debit" else -amount
        if any(sums.values()):
            yield f"{entry} does not balance: {dict(sums)}"


def wrong_balances(db, lines):
    computed = defaultdict(lambda: [0, 0])
    for legs in lines.values():
        for account, side, amount, _ in legs:
            computed[account][side == "credit"] += amount
    kept = {account: [debit, credit] for account, debit, credit in db.execute("SELECT * FROM balance")}
    for account, kind, bound in db.execute("SELECT id, kind, bound FROM account"):
        debit, credit = computed[account]
        if bound == "running" and kept.get(account, [0, 0]) != [debit, credit]:
            yield f"{account}: the balance says {kept.get(account)}, the lines {[debit, credit]}"
        if kind == "liability" and credit < debit:
            yield f"{account} is below nothing: {debit} debit, {credit} credit"


def broken_chains(db, lines):
    chains = defaultdict(list)
    for row in db.execute(
        "SELECT chain, no, prev, hash, id, at, kind, actor, command, input, version, moved, body_sha256 FROM event"
    ):
        chain, no, prev, kept, name, at, kind, actor, command, given, version, moved, body = row
        text = ["earnest.event/1", chain, str(no), name, str(at), kind, actor, command, given, str(version), moved]
        chains[chain].append((no, prev, kept, digest([*text, body.hex(), prev.hex()])))
    for row in db.execute("SELECT chain, no, prev, hash, id, transition_id, kind, idem, at FROM entry"):
        chain, no, prev, kept, name, transition, kind, idem, at = row
        legs = [
            f"{side} {account.split(' ', 1)[1]} {account.split(' ', 1)[0]} {amount} {external or '-'}"
            for account, side, amount, external in lines[name]
        ]
        text = ["earnest.entry/1", chain, str(no), name, transition, kind, idem, str(at), *legs, prev.hex()]
        chains[chain].append((no, prev, kept, digest(text)))
    for chain, length, head in db.execute("SELECT id, length, head FROM chain"):
        before = bytes(32)
        items = sorted(chains.pop(chain, []))
        if [item[0] for item in items] != list(range(1, length + 1)):
            yield f"the history of {chain} has gaps"
        for no, prev, kept, computed in items:
            if prev != before or kept != computed:
                yield f"item {no} of {chain} is not what it was"
            before = kept
        if before != head:
            yield f"the history of {chain} does not end at its head"
    yield from (f"{chain} has items and no head" for chain in chains)


def unanswered(db):
    for table, column in (("contract", "id"), ("party", "id")):
        for name, body, version in db.execute(
            f"SELECT {table}.{column}, body, (SELECT body_sha256 FROM event WHERE chain = {table}.{column} "
            f"ORDER BY no DESC LIMIT 1) FROM {table} WHERE body IS NOT NULL"
        ):
            if version is not None and hashlib.sha256(body.encode()).digest() != version:
                yield f"the body of {name} is not the one its last event left"
    for (event,) in db.execute(
        "SELECT id FROM event WHERE 1 <> (SELECT COUNT(*) FROM job WHERE event_id = event.id AND kind = 'notice')"
    ):
        yield f"{event} has not exactly one notice"
    for scope, key in db.execute("SELECT scope, key FROM idempotency WHERE event_id NOT IN (SELECT id FROM event)"):
        yield f"the key {key} of {scope} was answered with an event that is not there"


def answered(database):
    """Which event every key was answered with."""
    db = sqlite3.connect(database)
    kept = dict(db.execute("SELECT key, event_id FROM idempotency"))
    db.close()
    return kept


class Names:
    """Ids that the program draws, by the order in which they appear: two runs draw other ones."""

    def __init__(self, fixed):
        self.known = {name: name for name in fixed}

    def __call__(self, value):
        if isinstance(value, dict):
            return {key: self(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self(inner) for inner in value]
        if isinstance(value, str) and ID.match(value):
            return self.known.setdefault(value, f"{value[:4]}{len(self.known)}")
        if isinstance(value, str) and SHA256.match(value):
            return "sha256"
        return value


def picture(database, fixed):
    """What the books say, comparable between runs that drew other ids. `fixed` are the ids the script brings."""
    db = sqlite3.connect(database)
    parsed = [json.loads(body) for (body,) in db.execute("SELECT body FROM contract")]
    parsed.sort(key=lambda body: min(one["id"] for one in body["milestones"]))
    contracts = {body["id"]: number for number, body in enumerate(parsed)}
    of = lambda chain: contracts.get(chain, chain)
    kind = lambda code: ":".join(code.split(":")[:2])
    balances = defaultdict(list)
    for code, currency, debit, credit in db.execute(
        "SELECT code, currency, SUM(CASE side WHEN 'debit' THEN amount ELSE 0 END), "
        "SUM(CASE side WHEN 'credit' THEN amount ELSE 0 END) FROM line JOIN account ON account.id = account_id "
        "GROUP BY account.id"
    ):
        balances[f"{currency} {kind(code)}"].append((debit, credit))
    seen = {
        "contracts": [Names(fixed)(body) for body in parsed],
        "people": [
            (name, limit, Names(fixed)(json.loads(body or "null")))
            for name, limit, body in db.execute("SELECT id, client_limit, body FROM party ORDER BY id")
        ],
        "balances": {name: sorted(pairs) for name, pairs in sorted(balances.items())},
        "events": sorted(
            Counter((str(of(chain)), name, actor) for chain, name, actor in db.execute(
                "SELECT chain, kind, actor FROM event")).items()
        ),
        "jobs": sorted(Counter((str(of(chain)), name) for chain, name in db.execute(
            "SELECT chain, kind FROM job")).items()),
        "timers": sorted((str(of(chain)), name, due) for chain, name, due in db.execute(
            "SELECT chain, kind, due_at FROM timer")),
        "keys": sorted(key for (key,) in db.execute("SELECT key FROM idempotency")),
    }
    db.close()
    return seen


def differences(expected, found):
    """In which parts two pictures differ, with the first differing value of each."""
    for part, value in expected.items():
        if found[part] != value:
            yield f"{part} differ: expected {short(value, found[part])}"


def short(expected, found):
    one, other = json.dumps(expected), json.dumps(found)
    place = next((at for at, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))
    begin = max(0, place - 60)
    return f"…{one[begin : place + 60]}…, found …{other[begin : place + 60]}…"


def verified(binary, folder):
    """What the program's own verification finds, where this version has one; nothing where it is content."""
    asked = [binary, "ledger", "verify", "--data", folder]
    if subprocess.run([binary, "ledger", "--help"], capture_output=True).returncode != 0:
        return []
    ran = subprocess.run(asked, capture_output=True, text=True)
    return [] if ran.returncode == 0 else [f"ledger verify: {(ran.stdout + ran.stderr).strip()[-400:]}"]
