#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a whole cluster on this machine, for trying things out: Redis, PostgreSQL, three instances and a
# proxy. Whatever ends, also by kill -9, is started again after a second, as a service manager would.
#
#   tools/cluster.sh BINARY [FLAGS for weft serve ...]
#
# PROXY_PORT (8080) is where to connect; the instances have the three ports after it, Redis and
# PostgreSQL the two after these. Data and logs are kept in DATA (./data/cluster).
set -euo pipefail
binary="$(realpath "$1")"
shift
cd "$(dirname "$0")/.."
proxy_port="${PROXY_PORT:-8080}"
redis_port=$((proxy_port + 4))
postgres_port=$((proxy_port + 5))
mkdir -p "${DATA:-data/cluster}"
data="$(cd "${DATA:-data/cluster}" && pwd)"
kPatience=30 # seconds for each part to come up

say() { printf '%s\n' "$*"; }
fail() {
  printf 'cluster: %s\n' "$*" >&2
  exit 1
}

for port in "$proxy_port" $((proxy_port + 1)) $((proxy_port + 2)) $((proxy_port + 3)) "$redis_port" "$postgres_port"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    fail "port $port is taken; choose others with PROXY_PORT."
  fi
done

keepers=()
# keep NAME LOG COMMAND...: runs the command, again and again, until the script ends.
keep() {
  local name="$1" log="$2"
  shift 2
  (
    child=
    trap '' INT
    trap 'trap - TERM; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null; wait; exit 0' TERM
    while :; do
      # A session of its own: Ctrl-C is for this script, which then ends the parts in order.
      setsid "$@" >>"$log" 2>&1 </dev/null &
      child=$!
      say "  $name: process $child"
      wait "$child" || true
      child=
      say "  $name has ended; it starts again in a second"
      sleep 1 &
      wait $!
    done
  ) &
  keepers+=($!)
}

# Newest first: the proxy, then the instances, which say goodbye, then what they rest on.
end() {
  local i
  trap - EXIT
  trap '' INT TERM
  for ((i = ${#keepers[@]} - 1; i >= 0; --i)); do
    kill -TERM "${keepers[i]}" 2>/dev/null || true
    # The three instances end together, and before Redis and PostgreSQL do.
    [ "$i" -gt 2 ] || wait "${keepers[@]:i}" 2>/dev/null || true
  done
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# await WHAT LOG COMMAND...: until the command succeeds.
await() {
  local what="$1" log="$2" until=$((SECONDS + kPatience))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || fail "$what did not come up within $kPatience s; see $log."
    sleep 0.1
  done
}

# PostgreSQL does not run as root.
as_owner=()
postgres_data="$data/postgres"
elsewhere="$data/postgres.path" # where its data is when it cannot be here
[ ! -e "$elsewhere" ] || postgres_data="$(cat "$elsewhere")"
if [ "$(id -u)" = 0 ]; then
  as_owner=(setpriv --reuid=postgres --regid=postgres --init-groups)
  mkdir -p "$postgres_data"
  chown postgres: "$postgres_data"
  if ! "${as_owner[@]}" test -w "$postgres_data"; then
    postgres_data="$(mktemp -d /var/tmp/weft-cluster.XXXXXX)"
    chown postgres: "$postgres_data"
    printf '%s\n' "$postgres_data" >"$elsewhere"
    say "PostgreSQL may not enter $data, so its data is in $postgres_data."
  fi
fi
postgres_bin="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
[ -x "$postgres_bin/postgres" ] || fail "there is no PostgreSQL in /usr/lib/postgresql."
if [ ! -e "$postgres_data/PG_VERSION" ]; then
  "${as_owner[@]}" "$postgres_bin/initdb" -D "$postgres_data" --username=weft --auth=trust --encoding=UTF8 \
    --locale=C >"$data/postgres.log" 2>&1 || fail "initdb failed; see $data/postgres.log."
fi

say "Starting; logs are in $data"
mkdir -p "$data/redis"
# An acknowledged edit must outlive Redis, hence appendfsync always; nothing may be thrown away.
keep redis "$data/redis.log" redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$data/redis" \
  --appendonly yes --appendfsync always --save "" --maxmemory-policy noeviction
keep postgres "$data/postgres.log" "${as_owner[@]}" "$postgres_bin/postgres" -D "$postgres_data" \
  -c listen_addresses=127.0.0.1 -c "port=$postgres_port" -c unix_socket_directories=
await Redis "$data/redis.log" redis-cli -p "$redis_port" ping
await PostgreSQL "$data/postgres.log" "$postgres_bin/pg_isready" -h 127.0.0.1 -p "$postgres_port" -U weft -d postgres

for i in 1 2 3; do
  export "WEFT_$i=127.0.0.1:$((proxy_port + i))"
  # WEFT_1 to WEFT_3 are for the proxy; the server would ask what they mean.
  keep "weft $i" "$data/weft$i.log" env -u WEFT_1 -u WEFT_2 -u WEFT_3 "$binary" serve \
    --listen "127.0.0.1:$((proxy_port + i))" --redis "redis://127.0.0.1:$redis_port" \
    --postgres "postgresql://weft@127.0.0.1:$postgres_port/postgres" "$@"
done
for i in 1 2 3; do
  await "weft $i" "$data/weft$i.log" curl -fsS "http://127.0.0.1:$((proxy_port + i))/readyz"
done
export WEFT_PROXY="127.0.0.1:$proxy_port"
keep proxy "$data/haproxy.log" haproxy -f deploy/haproxy.cfg
await "the proxy" "$data/haproxy.log" curl -fsS "http://127.0.0.1:$proxy_port/healthz"

say
say "Open http://localhost:$proxy_port/?canvas=try in two browsers: they land on different instances."
say "Kill what you like, e.g. kill -9 of a process above; Ctrl-C ends everything."
wait
