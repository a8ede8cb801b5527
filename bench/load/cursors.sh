#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Server CPU for each cursor update that reaches another person: starts build/weft with one shard on a free port of
# this machine and loads it with `weft bench cursors`, once with a large room and once with many small ones.
#
#   bench/load/cursors.sh [more arguments of weft bench, e.g. --seconds 20]
set -euo pipefail

weft="${WEFT_BINARY:-build/weft}"
# The server takes WEFT_ variables for settings.
for name in "${!WEFT_@}"; do unset "$name"; done

folder="$(mktemp -d)"
server=
end_server() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" || true
  rm -rf "$folder"
}
trap end_server EXIT

# It ends with this script, however that ends.
setpriv --pdeathsig TERM "$weft" serve --listen 127.0.0.1:0 --data "$folder/data" --shards 1 --drain-seconds 0 \
  2>"$folder/log" &
server=$!

url=
for _ in $(seq 100); do
  url="$(sed -n 's|.*listening on http://\(127\.0\.0\.1:[0-9]*\).*|ws://\1|p' "$folder/log")"
  [ -z "$url" ] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$url" ]; then
  echo "The server did not say where it listens within 10 s:" >&2
  cat "$folder/log" >&2
  exit 1
fi

"$weft" bench cursors --rooms 1 --people 100 --url "$url" --pid "$server" "$@"
"$weft" bench cursors --rooms 100 --people 10 --url "$url" --pid "$server" "$@"
