"""Asks a running site everything that its OpenAPI document allows and forbids, with schemathesis. See `./schemathesis --help`."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from people import Site

# Who asks, with so many drawn cases an operation at most, and with which phases. The phase "coverage" makes every kind of
# wrong request by rule; what it finds is much the same whoever asks, so that one of them is enough.
ROLES = {
    "nobody": (3, "examples,fuzzing"),
    "client": (6, "examples,coverage,fuzzing"),
    "expert": (4, "examples,fuzzing"),
    "operator": (6, "examples,fuzzing"),
}
# Which of the addresses: the client's are asked in two halves, because of the phase "coverage".
HALF = r"^/api/v1/(office|me|tokens|payouts|proposals|webhook-\w+)(/|$)"
ALL, FIRST, SECOND = "", "the first half", "the second half"
# Each is asked as by itself, on a site of its own: schemathesis waits for every answer, so that three keep two cores busy.
LANES = [
    [("client", FIRST)],
    [("client", SECOND)],
    [("nobody", ALL), ("expert", ALL), ("operator", ALL)],
]
# Who has a second factor that was just given, so that money moves.
SURE = {"expert", "operator"}

# Their answers would end the token of everything that comes after them: asked last, with tokens of their own.
ENDS = r"/tokens/end$|/me/sessions/[^/]+/end$|/me/second-factor/remove$"

# It stays open for as long as somebody listens, so that whoever waits for its end waits in vain.
STREAM = "/api/v1/conversations/{id}/events"

# It answers 401 to every password that is drawn: that is no token which is good no more.
ASKS = "POST /api/v1/tokens"

# What is expected otherwise than schemathesis does unless told, and why. No check is left out.
EXPECTED = {
    # What fits the schema may still be refused: an hour must be ahead, sums must fit together, a password must be right,
    # a rule must allow it now (409, 422), and too many guesses are stopped (429). None of that can be said in a schema.
    "positive_data_acceptance": ["2xx", 401, 404, 409, 422, 429],
}

# Where ids of things stand in lists, so that cases meet things that are there.
LISTS = [
    "/contracts?limit=100",
    "/requests?limit=100",
    "/requests?open=true&limit=100",
    "/conversations",
    "/experts",
    "/payouts",
    "/me/sessions",
    "/office/disputes",
    "/office/motions",
    "/office/ledger/entries?limit=20",
]
DEEPER = {
    "con_": ["/contracts/{}", "/contracts/{}/history"],
    "cnv_": ["/conversations/{}/messages", "/conversations/{}/calls"],
    "req_": ["/requests/{}/proposals", "/requests/{}/files"],
}
ID = re.compile(r"\b[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}\b")
# So many of a kind: enough to meet things in several states.
OF_A_KIND = 6


def there(site, token):
    """Ids of what somebody sees, by their kind."""
    found = {}

    def look(path):
        try:
            text = json.dumps(site.ask(f"/api/v1{path}", token))
        except OSError:
            return
        for one in ID.findall(text):
            kind = found.setdefault(one[:4], [])
            if one not in kind:
                kind.append(one)

    for path in LISTS:
        look(path)
    for prefix, paths in DEEPER.items():
        for one in list(found.get(prefix, []))[:OF_A_KIND]:
            for path in paths:
                look(path.format(one))
    return found


def with_ids(document, found):
    """The document of the site, with ids of things that are there wherever an id of their kind may stand."""
    document = json.loads(json.dumps(document))
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                prefix = re.match(r"\^([a-z]{3}_)", parameter["schema"].get("pattern", ""))
                known = found.get(prefix.group(1), [])[:OF_A_KIND] if prefix else []
                if known:
                    # Twice in three a thing that is there.
                    some = {"enum": known}
                    parameter["schema"] = {"type": "string", "anyOf": [some, some, parameter["schema"]]}
    return document


def configuration(token, is_last):
    """The settings of schemathesis: all checks, and a failure where a token that was good is none any more."""
    lines = ["continue-on-failure = true", "request-timeout = 30"]
    if token and not is_last:
        lines += ['warnings.fail-on = ["missing_auth"]']
    lines += ["[checks]"]
    lines += [f"{name}.expected-statuses = {json.dumps(statuses)}" for name, statuses in EXPECTED.items()]
    if token:
        lines += ["[auth.openapi.token]", f"bearer = {json.dumps(token)}"]
    lines += ["[[operations]]", f"include-path = {json.dumps(STREAM)}", "request-timeout = 2"]
    lines += ["[[operations]]", f"include-name = {json.dumps(ASKS)}", "warnings = false"]
    return "\n".join(lines) + "\n"


def narrowed(part, is_last):
    """The options for one part of the addresses: without those that end a token, or those alone."""
    if is_last:
        return ["--include-path-regex", ENDS]
    if part == SECOND:
        return ["--exclude-path-regex", f"{HALF}|{ENDS}"]
    half = ["--include-path-regex", HALF] if part == FIRST else []
    return [*half, "--exclude-path-regex", ENDS]


def schemathesis(site, folder, role, part, asked):
    """One run as one role, and one of what ends it; whether all held."""
    drawn, phases = ROLES[role]
    is_nobody = role == "nobody"
    if role in SURE:
        site.set_password(role)
    first, last = ("", "") if is_nobody else (site.token(role), site.token(role))
    if role in SURE:
        site.set_up_second_factor(first)
    document = with_ids(site.ask("/api/openapi.json"), there(site, first))
    (folder / "openapi.json").write_text(json.dumps(document))
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(folder / "schemathesis.toml")]
    command += ["run", str(folder / "openapi.json"), "--url", site.url, "--seed", str(asked.seed)]
    command += ["--max-examples", str(asked.examples or drawn), "--generation-deterministic", "--no-color"]
    command += ["--phases", phases, *asked.rest]
    held = True
    for token, is_last in ((first, False), (last, True)):
        if is_last and (role, part) != ("client", FIRST):
            continue  # it is the same whoever asks
        (folder / "schemathesis.toml").write_text(configuration(token, is_last))
        began = time.monotonic()
        ended = subprocess.run([*command, *narrowed(part, is_last)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        title = ", ".join(filter(None, [f"as {role}", part, "what ends a token" if is_last else ""]))
        # in one piece, since several run at once
        print(f"\n== {title}\n{ended.stdout}== {title}: {time.monotonic() - began:.0f} s", flush=True)
        held = held and ended.returncode == 0
    return held


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=os.path.abspath, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, help="drawn cases an operation, for every role")
    parser.add_argument("--as", dest="roles", action="append", choices=list(ROLES), help="only this role")
    asked, asked.rest = parser.parse_known_args()
    lanes = [[one for one in lane if one[0] in (asked.roles or ROLES)] for lane in LANES]
    with ThreadPoolExecutor(len(LANES)) as pool:
        wrong = [fault for lane in pool.map(lambda lane: walk(lane, asked), lanes) for fault in lane]
    if wrong:
        sys.exit("schemathesis: " + "\n".join(wrong))


def walk(roles, asked):
    """Asks as some roles, one after the other, a site of their own; what does not hold."""
    if not roles:
        return []
    with tempfile.TemporaryDirectory(prefix="earnest-schemathesis-") as folder, Site(asked.binary) as site:
        site.wait_for_the_past()
        held = [(role, schemathesis(site, Path(folder), role, part, asked)) for role, part in roles]
        failed = [role for role, is_held in held if not is_held]
        errors = site.errors()
    wrong = [f"not all holds as {', '.join(failed)}"] if failed else []
    return wrong + (["the site logged errors:", *errors] if errors else [])


main()
