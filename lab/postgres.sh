#!/bin/sh
# Runs a PostgreSQL server with an empty database, in a folder that is gone afterwards.
#   postgres.sh PORT
set -eu
port=$1
bin=
if command -v initdb >/dev/null && command -v postgres >/dev/null; then
  bin=$(dirname "$(readlink -f "$(command -v postgres)")")
fi
for found in /usr/lib/postgresql/*/bin; do
  if [ -z "$bin" ] && [ -x "$found/initdb" ]; then bin=$found; fi
done
if [ -z "$bin" ]; then
  echo "no PostgreSQL server on this machine: install one (apt-get install postgresql), or name one with --postgres" >&2
  exit 1
fi
base=$(mktemp -d)
trap 'rm -rf "$base"' EXIT
# A server never runs as root: another user does it then.
as=
if [ "$(id -u)" -eq 0 ]; then
  user=nobody
  if id postgres >/dev/null 2>&1; then user=postgres; fi
  as="setpriv --reuid=$(id -u "$user") --regid=$(id -g "$user") --clear-groups"
  chown "$user" "$base"
fi
cd "$base"
$as "$bin/initdb" -D "$base/rows" -U lab -A trust -E UTF8 --locale=C --no-sync >"$base/log"
trap : TERM
$as "$bin/postgres" -D "$base/rows" -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories= \
  -c max_connections=1000 -c fsync=off &
server=$!
wait "$server" || true
kill -INT "$server" 2>/dev/null || true
wait "$server" || true
