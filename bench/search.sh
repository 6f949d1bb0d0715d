#!/usr/bin/env bash
# How fast the search for experts answers, beside a FastAPI page over the same profiles in SQLite's FTS5, in one run.
#   bench/search.sh [EXPERTS] [ROUNDS]     100,000 and 3 unless told otherwise; the two take turns in every round
# Installs wrk with apt-get where it is missing, and FastAPI, uvicorn and Jinja below target/. Never fails because something
# is slow; fails where the two do not find the same people.
set -euo pipefail
cd "$(dirname "$0")/.."
experts=${1:-100000} rounds=${2:-3} seconds=10
command -v wrk >/dev/null || { echo "installing with apt-get: wrk"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk >/dev/null; }
cargo build --release --locked --quiet -p earnest
target=${CARGO_TARGET_DIR:-target}
venv=$target/bench-search
if [ ! -x "$venv/bin/uvicorn" ]; then
  echo "installing in $venv: fastapi, uvicorn, uvloop, httptools, jinja2"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q fastapi==0.121.0 uvicorn==0.38.0 uvloop==0.22.1 httptools==0.7.1 jinja2==3.1.6
fi
work=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"; }
trap finish EXIT

"$target/release/earnest" seed --experts "$experts" --requests 500 --contracts 300 --data "$work/data" | tail -1
"$venv/bin/python" bench/search_page.py make "$work/data/earnest.db" "$work/fts.db"
"$target/release/earnest" serve --listen 127.0.0.1:0 --data "$work/data" --log-level warn >"$work/site" 2>&1 &
pids+=($!)
port=$((20000 + RANDOM % 20000))
(cd bench && FTS_DB="$work/fts.db" exec "../$venv/bin/uvicorn" search_page:app --port "$port" --no-access-log --log-level warning) &
pids+=($!)
page=http://127.0.0.1:$port site=
for _ in $(seq 400); do
  site=$(grep -om1 'http://[0-9.:]*' "$work/site" || true)
  [ -n "$site" ] && curl -fsS "$page/experts.json?q=zig" -o /dev/null 2>/dev/null && break
  sleep 0.1
done
[ -n "$site" ] || { cat "$work/site" >&2; exit 1; }

"$venv/bin/python" bench/search_queries.py "$site" "$page" >"$work/queries"
load() { wrk -t1 -c"$2" -d"$3s" -s bench/search.lua "$1" -- "$work/queries" | sed -n 's/^figures //p'; }
for one in "$site" "$page"; do load "$one" 2 3 >/dev/null; done
for _ in $(seq "$rounds"); do
  for name in earnest fastapi; do
    url=$site; [ "$name" = fastapi ] && url=$page
    echo "$name 1 $(load "$url" 1 "$seconds")" >>"$work/figures"
    echo "$name 8 $(load "$url" 8 "$seconds")" >>"$work/figures"
  done
done
echo "$(date +%F), $(nproc) processors, $experts experts, $(wc -l <"$work/queries") queries, $rounds rounds of $seconds s"
"$venv/bin/python" - "$work/figures" <<'PY'
import statistics, sys
found = {}
for line in open(sys.argv[1]):
    name, at_once, *figures = line.split()
    found.setdefault((at_once, name), []).append([float(figure) for figure in figures])
for at_once in ["1", "8"]:
    for name in ["earnest", "fastapi"]:
        p50, p99, rate, failed = (statistics.median(column) for column in zip(*found[at_once, name]))
        print(f"{name:8} {at_once} at once: p50 {p50:8.2f} ms, p99 {p99:8.2f} ms, {rate:8.0f}/s, {failed:.0f} not answered")
    pairs = list(zip(found[at_once, "earnest"], found[at_once, "fastapi"]))
    faster = statistics.median(ours[2] / max(theirs[2], 1e-9) for ours, theirs in pairs)
    p99 = statistics.median(theirs[1] / ours[1] for ours, theirs in pairs)
    print(f"{at_once} at once: {faster:.1f} times the requests a second, p99 {p99:.1f} times shorter (goals: 9 times; p99 20 ms at most)")
PY
echo "resident: $(awk '/VmRSS/ { printf "%.0f MiB", $2 / 1024 }' "/proc/${pids[0]}/status")"
