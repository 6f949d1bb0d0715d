# Sourced by bench/money.sh: a PostgreSQL server of its own, durable as installed, and both loads on it in turn.
# TMPDIR says where it is kept: on a disk, and where the user postgres may go.
bin=$(dirname "$(readlink -f "$(command -v pg_ctl || ls -d /usr/lib/postgresql/*/bin/pg_ctl | tail -1)")")
[ -x "$bin/pg_ctl" ] || { echo "please install: postgresql (with pgbench)" >&2; exit 1; }
base=$(mktemp -d -t earnest-bench-XXXXXX)
as=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$base"
  as=(runuser -u postgres --)
fi
in_base() { (cd "$base" && "${as[@]}" "$@"); }
trap 'in_base "$bin/pg_ctl" -D "$base/data" -m immediate stop >/dev/null 2>&1; rm -rf "$base" "$folder"' EXIT
in_base "$bin/initdb" -D "$base/data" -A trust -U earnest --encoding UTF8 --locale C >/dev/null
port=$((20000 + RANDOM % 20000))
in_base "$bin/pg_ctl" -D "$base/data" -w -l "$base/log" \
  -o "-p $port -k $base -c listen_addresses=127.0.0.1 -c max_connections=100 -c shared_buffers=256MB -c max_wal_size=4GB" \
  start >/dev/null
url() { echo "postgres://earnest@127.0.0.1:$port/$1?connections=32"; }
sql() { "$bin/psql" -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U earnest -d "$1" "${@:2}"; }
sql postgres -c "CREATE DATABASE prepared TEMPLATE template0"
"$bench" prepare "$(url prepared)"
best_ours=0 best_theirs=0
for round in 1 2 3; do
  for name in ours theirs; do sql postgres -c "CREATE DATABASE ${name}_$round TEMPLATE prepared"; done
  read -r ours p50 p99 < <("$bench" server "$(url "ours_$round")")
  sql "ours_$round" -f bench/money_staged.sql
  "$bin/pg_dump" -h 127.0.0.1 -p "$port" -U earnest -t 'staged_*' "ours_$round" | sql "theirs_$round" -o /dev/null
  sql "theirs_$round" -f bench/money_function.sql
  echo "SELECT carry_out(nextval('operation_no'))" >"$folder/pgbench.sql"
  count=$(sql "theirs_$round" -c "SELECT count(*) FROM staged_operation")
  theirs=$("$bin/pgbench" -n -M prepared -h 127.0.0.1 -p "$port" -U earnest -c 32 -j 2 -t $((count / 32)) -f "$folder/pgbench.sql" \
    "theirs_$round" 2>/dev/null | sed -n 's/^tps = \([0-9.]*\).*/\1/p')
  kept=$(sql "theirs_$round" -c "SELECT count(*) FROM idempotency WHERE key LIKE 'operation-%'")
  [ "$kept" = "$count" ] || { echo "the function wrote $kept of $count operations" >&2; exit 1; }
  echo "$count operations, 32 clients: $ours/s, p50 $p50 ms, p99 $p99 ms; the same rows by one function under pgbench: $theirs/s"
  best_ours=$(printf '%s\n' "$best_ours" "$ours" | sort -g | tail -1)
  best_theirs=$(printf '%s\n' "$best_theirs" "$theirs" | sort -g | tail -1)
  for name in ours theirs; do sql postgres -c "DROP DATABASE ${name}_$round WITH (FORCE)"; done
done
awk -v a="$best_ours" -v b="$best_theirs" 'BEGIN { printf "32 clients to the function: %.2f (goal 0.6)\n", a / b }'
