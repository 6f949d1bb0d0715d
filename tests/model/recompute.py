"""Computes every hash of an exported journal again, and its trial balance: python3 recompute.py journal.jsonl

Written from docs/JOURNAL.md alone, without any code of Earnest. Exit status 0: every hash is right and debits equal
credits. 1: the first thing that is not is named.
"""
import hashlib, json, sys
from collections import defaultdict
from datetime import datetime, timezone

def text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

def micros(at):
    whole, _, part = at.rstrip("Z").partition(".")
    seconds = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp()
    return int(seconds) * 1_000_000 + int((part + "000000")[:6])

def sha256(*lines):
    return hashlib.sha256("\n".join(map(str, lines)).encode()).hexdigest()

def check(item, head, sums):
    at, facts = micros(item["at"]), {"now": item["at"], "seed": item["seed"], "facts": item["facts"]}
    event = sha256("earnest.event/1", item["chain"], item["no"], item["event"], at, item["kind"], text(item["actor"]),
                   text(item["command"]), text(facts), item["version"], text(item["moved"]), item["body_sha256"], item["prev"])
    assert (item["no"], item["prev"], item["hash"]) == (head[0] + 1, head[1], event), item["event"]
    head, entry = (item["no"], event), item["entry"]
    if entry:
        lines = [f'{l["side"]} {l["account"]} {l["currency"]} {l["amount_minor"]} {l["external_id"] or "-"}' for l in entry["lines"]]
        booked = sha256("earnest.entry/1", item["chain"], entry["no"], entry["id"], item["event"], entry["kind"], entry["idem"],
                        at, *lines, entry["prev"])
        assert (entry["no"], entry["prev"], entry["hash"]) == (head[0] + 1, head[1], booked), entry["id"]
        for line in entry["lines"]:
            sums[line["currency"], line["account"]][line["side"] == "credit"] += line["amount_minor"]
        head = (entry["no"], booked)
    return head

heads, sums = defaultdict(lambda: (0, "0" * 64)), defaultdict(lambda: [0, 0])
for row in open(sys.argv[1], encoding="utf-8"):
    item = json.loads(row)
    heads[item["chain"]] = check(item, heads[item["chain"]], sums)
for currency in sorted({currency for currency, _ in sums}):
    totals = [sum(both[side] for (code, _), both in sums.items() if code == currency) for side in (0, 1)]
    assert totals[0] == totals[1], f"{currency}: {totals}"
for (currency, account), (debit, credit) in sorted(sums.items()):
    print(currency, account, debit, credit)
print("heads", sha256(*[f"{chain} {no} {head}" for chain, (no, head) in sorted(heads.items())], ""))
