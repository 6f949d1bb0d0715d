"""The page of experts as somebody would write it with FastAPI over SQLite's FTS5: every hit is ranked by bm25 in the
database, twenty are shown, and the skills of all hits are counted, as on the page of Earnest.

  search_page.py make EARNEST.db FTS.db    fills the search table with what Earnest holds
  uvicorn search_page:app                  with FTS_DB set, serves /experts and /experts.json
"""

import json
import os
import re
import sqlite3
import sys

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

WORD = re.compile(r"[\w+#.]+")


def spelt(text):
    """As Earnest reads a text: `node.js` also as `nodejs`, `node` and `js`."""
    words = []
    for word in WORD.findall(text.lower().replace("_", " ")):
        word = word.rstrip(".")
        if not any(c.isalnum() for c in word):
            continue
        words.append(word)
        if "." in word:
            words.append(word.replace(".", ""))
            words.extend(part for part in word.split(".") if part)
    return " ".join(words)


def make(source, target):
    into = sqlite3.connect(target)
    into.executescript(
        """
        CREATE TABLE expert (no INTEGER PRIMARY KEY, id TEXT, name TEXT, rate INTEGER, available TEXT, vetted INTEGER,
                             body TEXT);
        CREATE TABLE skill (no INTEGER, name TEXT, PRIMARY KEY (name, no)) WITHOUT ROWID;
        CREATE INDEX skill_no ON skill (no, name);
        CREATE INDEX expert_rate ON expert (rate);
        CREATE INDEX expert_vetted ON expert (vetted DESC, id);
        CREATE VIRTUAL TABLE fts USING fts5 (skills, headline, about, content='', prefix='2 3',
                                             tokenize="unicode61 remove_diacritics 0 tokenchars '+#.'");
        """
    )
    rows = sqlite3.connect(f"file:{source}?mode=ro", uri=True).execute(
        "SELECT person, name, vetted_at, body FROM expert JOIN person ON person.id = person WHERE standing = 'visible'"
    )
    for no, (person, name, vetted, body) in enumerate(rows):
        profile = json.loads(body)
        rate = profile["rate"]["hour_minor"] if profile["rate"] else None
        into.execute(
            "INSERT INTO expert VALUES (?, ?, ?, ?, ?, ?, ?)",
            (no, person, name, rate, profile["available_from"], vetted, body),
        )
        into.executemany("INSERT INTO skill VALUES (?, ?)", [(no, skill["name"]) for skill in profile["skills"]])
        into.execute(
            "INSERT INTO fts (rowid, skills, headline, about) VALUES (?, ?, ?, ?)",
            (
                no,
                " ".join(spelt(skill["name"]) for skill in profile["skills"]),
                spelt(profile["headline"]),
                spelt(profile["about"]),
            ),
        )
    into.execute("INSERT INTO fts (fts) VALUES ('optimize')")
    into.execute("ANALYZE")
    into.commit()


def find(db, asked):
    """How many fit, the twenty of the page, and the skills of all who fit but for the skill asked for."""
    words = spelt(asked.get("q", "")).split()
    tables, where, args = "expert", ["1"], []
    if words:
        tables = "fts JOIN expert ON expert.no = fts.rowid"
        terms = ['"%s"' % word for word in words]
        terms[-1] += " *"
        where, args = ["fts MATCH ?"], [" AND ".join(terms)]
    if asked.get("rate_max"):
        where.append("expert.rate <= ?")
        args.append(round(float(asked["rate_max"]) * 100))
    if asked.get("available_by"):
        where.append("(expert.available IS NULL OR expert.available <= ?)")
        args.append(asked["available_by"])
    fits = f"FROM {tables} WHERE {' AND '.join(where)}"
    skills = db.execute(
        f"SELECT skill.name, COUNT(*) FROM skill WHERE no IN (SELECT expert.no {fits}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 40",
        args,
    ).fetchall()
    if asked.get("skill"):
        fits += " AND expert.no IN (SELECT no FROM skill WHERE name = ?)"
        args.append(asked["skill"])
    total = db.execute(f"SELECT COUNT(*) {fits}", args).fetchone()[0]
    order = "expert.vetted DESC, expert.id" if asked.get("sort") == "newest" or not words else "bm25(fts, 4, 2, 1), expert.id"
    page = max(1, int(asked.get("page") or 1))
    rows = db.execute(
        f"SELECT expert.id, expert.name, expert.body {fits} ORDER BY {order} LIMIT 20 OFFSET ?", [*args, 20 * (page - 1)]
    ).fetchall()
    return total, rows, skills


PAGE = Environment(autoescape=True).from_string(
    """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Experts</title></head><body><h1>Experts</h1>
<form action="/experts"><input name="q" value="{{ q }}"><select name="skill">{% for name, count in skills %}
<option value="{{ name }}">{{ name }} ({{ count }})</option>{% endfor %}</select></form><h2>{{ total }} experts</h2><ul>
{% for id, name, one in rows %}<li><h3><a href="/experts/{{ id }}">{{ name }}</a></h3><p>{{ one.headline }}</p>
<p>{% for skill in one.skills[:6] %}{{ skill.name }} {% endfor %}</p><p>{{ one.rate.hour_minor / 100 if one.rate else "by agreement" }}</p>
<p>{{ one.available_from or "now" }}</p><p>{{ one.time_zone }}</p><p>{{ one.languages | join(", ") }}</p></li>{% endfor %}</ul></body></html>"""
)


def opened():
    db = sqlite3.connect(f"file:{os.environ['FTS_DB']}?mode=ro", uri=True, check_same_thread=False)
    db.execute("PRAGMA cache_size = -65536")
    db.execute("PRAGMA mmap_size = 1073741824")
    return db


app = FastAPI()
DB = opened() if "FTS_DB" in os.environ else None


@app.get("/experts")
async def experts(request: Request):
    total, rows, skills = find(DB, request.query_params)
    rows = [(id, name, json.loads(body)) for id, name, body in rows]
    return HTMLResponse(PAGE.render(total=total, rows=rows, skills=skills, q=request.query_params.get("q", "")))


@app.get("/experts.json")
async def as_json(request: Request):
    total, rows, _ = find(DB, request.query_params)
    return {"total": total, "ids": [row[0] for row in rows]}


if __name__ == "__main__":
    make(sys.argv[2], sys.argv[3])
