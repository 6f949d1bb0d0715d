#!/usr/bin/env python3
"""Chooses the examples of the OpenAPI document among what the tests of the API were answered.

    rm -rf target/examples
    API_EXAMPLES=$PWD/target/examples cargo nextest run --workspace --locked -E 'package(earnest-web) & test(api::)'
    python3 tests/api/examples.py target/examples

Of each operation the answer that says most is taken, of lists and histories the first two items.
"""

import json
import pathlib
import sys

KEPT = pathlib.Path(__file__).parents[2] / "crates/web/src/api/examples.json"
SHORT = 2
# An answer that is longer says no more.
LONG = 6_000


def short(value):
    if isinstance(value, list):
        return [short(one) for one in value[:SHORT]]
    if isinstance(value, dict):
        return {name: short(one) for name, one in value.items()}
    return value


def told(value):
    """How many things a value says."""
    if isinstance(value, list):
        return sum(map(told, value))
    if isinstance(value, dict):
        return sum(map(told, value.values()))
    return 0 if value in (None, "", False) else 1


def best(folder):
    answers = [short(json.loads(path.read_text())) for path in folder.iterdir()]
    texts = {json.dumps(one): one for one in answers}
    fitting = {text: one for text, one in texts.items() if len(text) <= LONG} or {min(texts, key=len): texts[min(texts, key=len)]}
    return max(sorted(fitting.items()), key=lambda pair: told(pair[1]))[1]


def main():
    folders = sorted(path for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_dir())
    examples = {folder.name: best(folder) for folder in folders}
    KEPT.write_text(json.dumps(examples, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(examples)} operations, {KEPT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
