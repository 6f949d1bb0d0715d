"""Prints the queries of bench/search.sh, after it has made sure that both pages find the same people for them.

The two rank differently (bm25 beside the published points), so of a query with twenty hits or fewer the same people must
be on the page, of others as many must be found; in the order of the day on which they were let through, which both can do,
the twenty must be the same and in the same order.
"""

import json
import random
import re
import sys
import urllib.parse
import urllib.request

SITE, PAGE = sys.argv[1:]
SKILLS = "Python JavaScript PostgreSQL TypeScript Node.js Go React Docker Rust Java Django FastAPI Redis C++ C# .NET Zig OCaml".split()
WORDS = "services pipelines dashboards forecasts reports banks insurers hospitals logistics energy museums ledgers overnight quickly".split()


def read(address):
    with urllib.request.urlopen(address) as answer:
        return answer.read().decode()


def ours(query):
    page = read(f"{SITE}/experts?{query}")
    total = re.search(r'aria-live="polite">(Nobody|[0-9]+)', page)[1]
    ids = re.findall(r'<h3><a href="/experts/(per_\w+)"', page)
    return 0 if total == "Nobody" else int(total), ids


def theirs(query):
    answer = json.loads(read(f"{PAGE}/experts.json?{query}"))
    return answer["total"], answer["ids"]


def some_query(chance):
    query = {}
    words = chance.choice([0, 1, 1, 2, 2, 3])
    if words:
        query["q"] = " ".join(chance.choice(SKILLS + WORDS).lower() for _ in range(words))
        # The beginning of a word; of a sign such as .NET the two take different beginnings.
        if chance.random() < 0.2 and query["q"].split()[-1].isalpha():
            query["q"] = query["q"][: max(3, len(query["q"]) - 2)].strip()
    if chance.random() < 0.3:
        query["skill"] = chance.choice(SKILLS)
    if chance.random() < 0.3:
        query["rate_max"] = str(chance.randrange(40, 200, 10))
    if chance.random() < 0.2:
        query["sort"] = "newest"
    return query


chance = random.Random(7)
queries = [some_query(chance) for _ in range(200)]
for query in queries[:60]:
    text = urllib.parse.urlencode(query)
    (total, ids), (their_total, their_ids) = ours(text), theirs(text)
    if total != their_total:
        sys.exit(f"{text}: {total} and {their_total} found")
    if total <= 20 and sorted(ids) != sorted(their_ids):
        sys.exit(f"{text}: not the same people")
    text = urllib.parse.urlencode({**query, "sort": "newest"})
    (total, ids), (_, their_ids) = ours(text), theirs(text)
    if not query.get("q") and ids != their_ids:
        sys.exit(f"{text}: not the same twenty")
for query in queries:
    print(urllib.parse.urlencode(query))
