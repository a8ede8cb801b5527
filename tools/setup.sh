#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that a step needs and this machine lacks.
#
#   tools/setup.sh GROUP...     GROUP is a list in tools/packages/ (without .txt), or "node"
#
# When nothing is missing it does nothing and needs neither root nor network. At a terminal it asks
# once before it installs; with CI set, or without a terminal, it installs without asking.
# WEFT_SKIP_SETUP=1 leaves the machine alone, for systems that get these things by other means.
set -euo pipefail

lists="$(dirname "$0")/packages"
kNodeMajorMin=18 # what Debian 12 has; the SDK and the demo are built and tested with it

say() { printf '%s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

[ "${WEFT_SKIP_SETUP:-}" != 1 ] || exit 0

# The lines of a group's list without comments and blanks: "package" or "package | package".
entries_of() {
  [ -f "$lists/$1.txt" ] || fail "there is no package list tools/packages/$1.txt."
  sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$lists/$1.txt"
}

is_installed() {
  case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" in
    ii*) return 0 ;;
    *) return 1 ;;
  esac
}

# Node may come from elsewhere than Debian, so the commands count and not the packages.
node_entries() {
  if ! command -v node >/dev/null; then
    say nodejs
  else
    local major
    major="$(node -p 'process.versions.node.split(".")[0]')"
    [ "$major" -ge "$kNodeMajorMin" ] ||
      fail "node is version $major here, but Weft needs $kNodeMajorMin or newer; upgrade it, or remove it and let this script install Debian's."
  fi
  command -v npm >/dev/null || say npm
}

missing_entries() {
  local group entry package found
  for group in "$@"; do
    if [ "$group" = node ]; then
      node_entries || return 1
      continue
    fi
    while read -r entry; do
      found=
      for package in ${entry//|/ }; do
        if is_installed "$package"; then found=yes; fi
      done
      [ -n "$found" ] || printf '%s\n' "$entry"
    done < <(entries_of "$group")
  done
}

for group in "$@"; do
  [ "$group" = node ] || entries_of "$group" >/dev/null
done
if ! command -v dpkg-query >/dev/null; then
  fail "this is not a Debian system, so nothing was installed; get what tools/packages/*.txt lists by your own means and set WEFT_SKIP_SETUP=1."
fi

missing="$(missing_entries "$@")"
[ -n "$missing" ] || exit 0
mapfile -t missing <<<"$missing"

# For showing and for the apt-get line: the first name of each entry.
names=()
for entry in "${missing[@]}"; do names+=("${entry%% *}"); done
by_hand="apt-get install --no-install-recommends ${names[*]}"

interactive=
if [ -z "${CI:-}" ] && [ -t 0 ] && [ -t 1 ]; then interactive=yes; fi

if [ "$(id -u)" = 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && { [ -n "$interactive" ] || sudo -n true 2>/dev/null; }; then
  as_root=(sudo)
else
  fail "some Debian packages are missing, and this user is neither root nor has sudo. Run as root: $by_hand"
fi

if [ -n "$interactive" ]; then
  say "Weft needs ${#names[@]} Debian packages that are not here yet:"
  printf '%s\n' "${names[*]}" | fold -s -w 96 | sed 's/^/  /'
  read -r -p "Install them now with apt-get? [Y/n] " answer || answer=n
  case "$answer" in
    "" | y | Y | yes | Yes) ;;
    *) fail "nothing was installed. When you are ready, run as root: $by_hand" ;;
  esac
fi

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
log="$scratch/apt.log"
: >"$log"

# Runs apt-get with its words in the log, and prints a line at every fifth of the way.
apt_get() {
  local line verb percent step shown=0
  # apt keeps its status descriptor from its children, so it must not be their standard output too.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
    'log=$1; shift; exec apt-get "$@" 3>&1 >>"$log" 2>&1 </dev/null' sh "$log" \
    -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=3 "$@" |
    while IFS= read -r line; do
      case "$line" in
        dlstatus:*) verb=downloading step=0 ;;
        pmstatus:*) verb=installing step=100 ;;
        *) continue ;;
      esac
      line="${line#*:*:}"
      percent="${line%%[.:]*}"
      [[ $percent =~ ^[0-9]+$ ]] || continue
      percent=$((percent / 20 * 20))
      step=$((step + percent)) # Downloading counts from 0 to 100, installing from 100 to 200.
      if [ "$percent" -gt 0 ] && [ "$step" -gt "$shown" ]; then
        shown=$step
        say "  $verb: $percent %"
      fi
    done
}

give_up() {
  tail -n 15 "$log" | sed 's/^/  | /' >&2
  fail "$*"
}

say "setup: reading Debian's package lists"
apt_get update >/dev/null || give_up "the package lists could not be read (see above); check the network and /etc/apt/sources.list."

# Choose the first name of each entry that this release has.
chosen=()
unknown=()
for entry in "${missing[@]}"; do
  found=
  for package in ${entry//|/ }; do
    if [ -z "$found" ] && apt-cache show --no-all-versions "$package" >/dev/null 2>&1; then
      found="$package"
    fi
  done
  if [ -n "$found" ]; then chosen+=("$found"); else unknown+=("$entry"); fi
done
[ "${#unknown[@]}" = 0 ] ||
  fail "Debian's package lists here do not have: ${unknown[*]}. Weft is built on Debian 12 or newer with the section \"main\"; add it to /etc/apt/sources.list, or install these by other means and set WEFT_SKIP_SETUP=1."

say "setup: installing ${#chosen[@]} packages: ${chosen[*]}"
apt_get install --no-install-recommends "${chosen[@]}" ||
  give_up "apt-get could not install the packages (see above). Mend that, then run as root: $by_hand"

still="$(missing_entries "$@")"
[ -z "$still" ] || fail "apt-get reported success, but these are still missing: ${still//$'\n'/, }."
say "setup: done"
