#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs clang-tidy on C++ sources with the rules of .clang-tidy.
#
#   tools/tidy.sh BUILD_FOLDER changed|all
#
# "changed" means against the main branch of origin where there is one, and what is not committed.
# Findings are reminders; one that is wrong gets a // NOLINT(check-name) with the reason.
set -euo pipefail
build="$1"
which="$2"

if [ "$which" = all ]; then
  files="$(find src tests bench -name node_modules -prune -o -name '*.cc' -print)"
else
  base="$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)"
  files="$({
    git diff --name-only --diff-filter=d "$base"
    git ls-files --others --exclude-standard
  } | grep '\.cc$' || true)"
fi

# Only what this tree compiles has a compile command; fuzz targets, for one, may not.
known="$(python3 -c '
import json, os, sys
for entry in json.load(open(sys.argv[1])): print(os.path.relpath(entry["file"]))
' "$build/compile_commands.json" | sort -u)"
files="$(comm -12 <(sort -u <<<"$files") <(printf '%s\n' "$known"))"
[ -n "$files" ] || {
  echo "tidy: no changed C++ source; use ALL=1 for all of them"
  exit 0
}

echo "tidy: $(wc -l <<<"$files") files"
# The compile commands are written for g++; the last two lines teach clang about Asio 1.74's coroutines.
xargs -P "${JOBS:-1}" -n 1 clang-tidy-19 -p "$build" --quiet \
  --extra-arg=-Wno-unknown-warning-option \
  --extra-arg=-DBOOST_ASIO_HAS_CO_AWAIT \
  --extra-arg=-DBOOST_ASIO_HAS_STD_COROUTINE <<<"$files" || {
  echo "tidy: clang could not compile a file (see above)" >&2
  exit 1
}
