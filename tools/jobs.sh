#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints how many compilers to run at once: one per core, but no more than memory has room for.
kib_per_compiler=1500000 # A source file full of Asio templates peaks a little below this.
cores=$(nproc 2>/dev/null || echo 1)
free_kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null)
room=$((${free_kib:-$kib_per_compiler} / kib_per_compiler))
[ "$room" -ge 1 ] || room=1
[ "$room" -le "$cores" ] || room=$cores
echo "$room"
