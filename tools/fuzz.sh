#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target of a build folder for a while, one after the other.
#
#   tools/fuzz.sh BUILD_FOLDER SECONDS
#
# A run starts from tests/fuzz/corpus/TARGET. What it learns is kept in build/fuzz/corpus/TARGET; an
# input that fails is kept in build/fuzz/failures/ and belongs into tests/fuzz/corpus/TARGET with the fix.
set -euo pipefail
programs="$1"
seconds="$2"
ran=0
failed=()
mkdir -p build/fuzz/failures
for program in "$programs"/*; do
  [ -f "$program" ] && [ -x "$program" ] || continue
  target="$(basename "$program")"
  learned="build/fuzz/corpus/$target"
  seeds="tests/fuzz/corpus/$target"
  [ -d "$seeds" ] || {
    echo "fuzz: $target has no seed inputs; put at least one into $seeds." >&2
    exit 1
  }
  mkdir -p "$learned"
  printf '\n-- %s: %s s\n' "$target" "$seconds"
  ran=$((ran + 1))
  "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="build/fuzz/failures/$target-" "$learned" "$seeds" ||
    failed+=("$target")
done
[ "$ran" -gt 0 ] || {
  echo "fuzz: there is no fuzz target in $programs." >&2
  exit 1
}
[ "${#failed[@]}" = 0 ] || {
  echo "fuzz: failed: ${failed[*]}; the inputs are in build/fuzz/failures/." >&2
  exit 1
}
printf '\nfuzz: %s targets ran without a failure\n' "$ran"
