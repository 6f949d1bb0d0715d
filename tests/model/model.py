#!/usr/bin/env python3
"""Checks the journal of an installation against an independent model of contract money."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from journal import Checker  # noqa: E402

SCHEMA = "earnest.journal/1"


def read(source):
    """The lines of a journal; what is no journal is named with its line."""
    for number, text in enumerate(source, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            sys.exit(f"line {number}: not JSON: {error}")
        if not isinstance(line, dict) or line.get("schema") != SCHEMA:
            sys.exit(f"line {number}: not {SCHEMA}")
        yield line


def trial_balance(checker):
    """Each account as the model computed it, and what the journal has where that differs."""
    books = checker.books
    for key in sorted({*books.model, *books.journal}):
        computed, booked = books.model.get(key, 0), books.journal.get(key, 0)
        if computed or booked:
            account, currency = key
            side = "debit" if computed >= 0 else "credit"
            differs = "" if computed == booked else f"  (journal: {booked})"
            yield f"{account}\t{currency}\t{side}\t{abs(computed)}{differs}"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("journal", nargs="?", help="a file of JSON Lines; standard input without it")
    parser.add_argument("--trial-balance", action="store_true", help="print the trial balance the model computed")
    parser.add_argument("--readings", action="store_true", help="print which second readings of the rules were needed")
    options = parser.parse_args(arguments)
    checker = Checker()
    if options.journal:
        with open(options.journal, encoding="utf-8") as source:
            checker.read(list(read(source)))
    else:
        checker.read(list(read(sys.stdin)))
    for mismatch in checker.mismatches:
        print(mismatch)
    if options.readings:
        for reading, count in sorted(checker.readings.items()):
            print(f"reading {reading!r} was needed {count} times")
    if options.trial_balance:
        for row in trial_balance(checker):
            print(row)
    print(f"{checker.lines} lines, {checker.entries} entries checked, {len(checker.mismatches)} mismatches")
    return 3 if checker.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
