#!/usr/bin/env bash
# Ten minutes of mixed load on a made-up installation: searches, experts, dashboards, contracts, profiles that change. Prints
# what was resident after one minute and at the end, and how long dashboards and contracts took by the server's own log.
#   bench/mixed.sh [MINUTES] [EXPERTS]     10 and 10,000 unless told otherwise
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-10} experts=${2:-10000}
cargo build --release --locked --quiet -p earnest
earnest=${CARGO_TARGET_DIR:-target}/release/earnest
work=$(mktemp -d)
pid=
finish() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT
"$earnest" seed --experts "$experts" --requests 1000 --contracts 500 --data "$work/data" | tail -1
"$earnest" serve --listen 127.0.0.1:0 --trusted-proxies 127.0.0.1 --data "$work/data" --log-format json >"$work/site" 2>&1 &
pid=$!
site=
for _ in $(seq 200); do
  site=$(grep -om1 'http://[0-9.:]*' "$work/site" || true)
  [ -n "$site" ] && break
  sleep 0.1
done
python3 bench/mixed.py "$site" "$work" "$pid" "$minutes"
