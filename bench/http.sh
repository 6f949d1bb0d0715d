#!/usr/bin/env bash
# How fast the site answers, as ratios to a bare hyper server that sends the same bytes, in one run.
#   bench/http.sh [ROUNDS]     5 rounds unless told otherwise; each variant takes its turn in every round
# Installs wrk and nginx with apt-get where they are missing, and says so. Never fails because something is slow.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
seconds=2
slug=python-vs-nodejs-for-backend-hiring

missing=()
command -v wrk >/dev/null || missing+=(wrk)
command -v nginx >/dev/null || missing+=(nginx-light)
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing with apt-get: ${missing[*]}"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
cargo build --release --locked --quiet -p earnest
cargo build --release --locked --quiet -p earnest-web --example bare
release="${CARGO_TARGET_DIR:-target}/release"

work=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"; }
trap finish EXIT

# starts a program in the background and waits for the address that it prints
address() {
  local out=$1 url=
  for _ in $(seq 200); do
    url=$(grep -om1 'http://[0-9.:]*' "$out" 2>/dev/null || true)
    [ -n "$url" ] && break
    sleep 0.05
  done
  [ -n "$url" ] || { echo "did not start: $(cat "$out")" >&2; exit 1; }
  echo "$url"
}
"$release/earnest" serve --listen 127.0.0.1:0 --data "$work/data" --log-level warn >"$work/site" 2>&1 &
pids+=($!)
site=$(address "$work/site")
mkdir -p "$work/www"
curl -fsS "$site/compare/$slug" -o "$work/www/page.html"
"$release/examples/bare" "$work/www/page.html" >"$work/bare" 2>&1 &
pids+=($!)
bare=$(address "$work/bare")
port=$((20000 + RANDOM % 20000))
cat >"$work/nginx.conf" <<CONF
worker_processes auto; pid $work/nginx.pid; error_log $work/nginx.log; daemon off;
events { worker_connections 512; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; types { text/html html; }
  client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  server { listen 127.0.0.1:$port; root $work/www; } }
CONF
nginx -c "$work/nginx.conf" >/dev/null 2>&1 &
pids+=($!)
chmod 755 "$work" "$work/www"
sleep 0.5

# every request another weight, so that nothing can be answered from a memory of pages
cat >"$work/weights.lua" <<'LUA'
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", wrk.path .. "?w.performance=" .. (n % 1000) .. "." .. (n % 97) .. "&w.talent=" .. (n % 13 + 1))
end
LUA
cat >"$work/rank.lua" <<'LUA'
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = [==[{"schema":"earnest.rank/1","alternatives":["a","b"],"criteria":[{"name":"1","direction":"benefit","scale":[0,10]},{"name":"2","direction":"benefit","scale":[0,10]},{"name":"3","direction":"benefit","scale":[0,10]},{"name":"4","direction":"benefit","scale":[0,10]},{"name":"5","direction":"benefit","scale":[0,10]},{"name":"6","direction":"benefit","scale":[0,10]}],"matrix":[[7,9,2,8,8,8],[8,3,9,9,7,9]],"methods":[{"method":"weighted_sum","normalization":"fixed"},"topsis",{"method":"vikor","v":0.5},"promethee2",{"method":"smaa","value":"fixed","engine":"exact"}]}]==]
LUA

names=(bare nginx memory memory-brotli not-modified weights rank health)
etag=$(curl -fsSI "$site/compare/$slug" | tr -d '\r' | sed -n 's/^etag: //ip')
load() {
  case $1 in
    bare) set -- "$bare/" ;;
    nginx) set -- "http://127.0.0.1:$port/page.html" ;;
    memory) set -- "$site/compare/$slug" ;;
    memory-brotli) set -- -H 'accept-encoding: br' "$site/compare/$slug" ;;
    not-modified) set -- -H "if-none-match: $etag" "$site/compare/$slug" ;;
    weights) set -- -s "$work/weights.lua" "$site/compare/$slug" ;;
    rank) set -- -s "$work/rank.lua" "$site/api/v1/rank" ;;
    health) set -- "$site/health" ;;
  esac
  local out
  out=$(wrk -t1 -c16 -d"${seconds}s" "$@")
  ! grep -q 'Non-2xx' <<<"$out" || [ "$name" = not-modified ] || { echo "$name: $(grep Non-2xx <<<"$out")" >&2; exit 1; }
  sed -n 's/^Requests\/sec: *//p' <<<"$out"
}

for name in "${names[@]}"; do seconds=1 load "$name" >/dev/null; done
for _ in $(seq "$rounds"); do
  for name in "${names[@]}"; do echo "$name $(load "$name")" >>"$work/figures"; done
done

echo "$(date +%F), $(nproc) processors, $(wc -c <"$work/www/page.html") bytes a page, $rounds rounds of $seconds s, 16 connections"
awk '
  { count[$1]++; value[$1, count[$1]] = $2; if (!($1 in seen)) { seen[$1] = 1; order[++kinds] = $1 } }
  function median(list, n,    i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j-1] > list[j]; j--) { t = list[j]; list[j] = list[j-1]; list[j-1] = t }
    return n % 2 ? list[(n+1)/2] : (list[n/2] + list[n/2+1]) / 2
  }
  function ratio(a, b,    i, r) { for (i = 1; i <= count[a]; i++) r[i] = value[a, i] / value[b, i]; return median(r, count[a]) }
  END {
    printf "%-16s %12s %9s %9s\n", "what", "requests/s", "of bare", "of memory"
    for (k = 1; k <= kinds; k++) {
      name = order[k]
      for (i = 1; i <= count[name]; i++) list[i] = value[name, i]
      printf "%-16s %12.0f %9.2f %9.2f\n", name, median(list, count[name]), ratio(name, "bare"), ratio(name, "memory")
    }
    print "goals: memory of bare 0.80 or more; weights of memory 0.50 or more"
  }' "$work/figures"
pid=${pids[0]}
echo "resident after this load: $(awk '/VmRSS/ { printf "%.1f MiB", $2 / 1024 }' "/proc/$pid/status") (goal: 40 or less)"
