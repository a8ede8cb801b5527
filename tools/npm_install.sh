#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the npm packages of one folder and leaves the stamp that the Makefile compares.
#
#   tools/npm_install.sh FOLDER
set -euo pipefail
cd "$1"
[ -f package.json ] || {
  echo "npm: $1 has no package.json, so there is nothing to install; is the checkout complete?" >&2
  exit 1
}

echo "npm: installing the packages of $1"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# Not `npm ci`: it refuses a lockfile without an entry for every optional package of every platform, and
# npm leaves out those it could not look at. This installs the locked versions, checks their hashes and
# leaves the lockfile alone. Tests use Debian's Chromium, so no package may fetch a browser of its own.
if ! PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --no-save --no-audit --no-fund --no-update-notifier \
  --loglevel=error >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" | sed 's/^/  | /' >&2
  echo "npm: the packages of $1 could not be installed (see above); check the network and run it again." >&2
  exit 1
fi
mkdir -p node_modules
touch node_modules/.weft-installed
