#!/usr/bin/env bash
# Measures durable operations on money: bench/money.sh [file | grown [ENTRIES] | server]
#   file     SQLite: 64 callers beside one caller, and beside a bare loop that commits the same rows (the default)
#   grown    SQLite with so many ledger entries (1,000,000 unless told) beside one with 10,000
#   server   PostgreSQL: 32 callers beside pgbench calling a function on the server that writes the same rows
# Prints ratios and never fails because something is slow.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-file}
cargo build --quiet --release --locked -p earnest-app --example money_bench
bench=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/examples/money_bench
# Not below /tmp, which may be memory: the flush is what is measured.
folder=$(mktemp -d "$PWD/bench-money-XXXXXX")
trap 'rm -rf "$folder"' EXIT
case "$what" in
  file) "$bench" file "$folder" ;;
  grown) "$bench" grown "$folder" "${2:-1000000}" ;;
  server) . bench/money_server.sh ;;
  *) sed -n '2,6p' "$0" | cut -c3-; exit 2 ;;
esac
