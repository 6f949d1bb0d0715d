#!/usr/bin/env bash
# From the start of the process to the first page (200) on a database that exists: median of 20 starts. Goal: 30 ms.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet -p earnest
binary="${CARGO_TARGET_DIR:-target}/release/earnest"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
port=$((20000 + RANDOM % 20000))
figures=()
for turn in $(seq 21); do
  began=$(date +%s%N)
  "$binary" serve --listen "127.0.0.1:$port" --data "$work/data" --log-level warn >/dev/null 2>&1 &
  pid=$!
  until exec 3<>"/dev/tcp/127.0.0.1/$port"; do :; done 2>/dev/null
  printf 'GET /compare/python-vs-nodejs-for-backend-hiring HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n' >&3
  read -r _ status _ <&3
  ended=$(date +%s%N)
  exec 3<&- 3>&-
  [ "$status" = 200 ] || { echo "answered $status" >&2; kill "$pid"; exit 1; }
  kill "$pid"
  wait "$pid" || true
  # the first start makes the database and is not counted
  [ "$turn" = 1 ] || figures+=($(((ended - began) / 10000)))
done
printf '%s\n' "${figures[@]}" | sort -n | awk '{ v[NR] = $1 / 100 } END { printf "first page after %.1f ms (median of %d starts; %.1f to %.1f)\n", (v[NR/2] + v[NR/2+1]) / 2, NR, v[1], v[NR] }'
