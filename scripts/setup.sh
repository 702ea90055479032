#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what Vernier needs on Debian 12. Asks apt-get only for what is missing, and says nothing when
# nothing is. Works as root, otherwise through sudo.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [--build] [--list]
  (no option)  everything: build, run, test, lint, browser tests
  --build      only what building and running the program needs
  --list       print the packages and install nothing
TEXT
}

build_packages=(g++ cmake ninja-build ccache git pkg-config libsystemc-dev verilator libyaml-cpp-dev libcli11-dev
  libfmt-dev libspdlog-dev nlohmann-json3-dev libgtest-dev libbenchmark-dev gtkwave ca-certificates
  coinor-libcbc-dev libsqlite3-dev libonnx-dev libprotobuf-dev protobuf-compiler
  yosys opensta qflow-tech-osu018 make)  # for `vernier ppa`
test_packages=(clang-format clang-tidy slurmctld slurmd slurm-client munge)

fail() {
  echo "setup: $*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

node_is_new_enough() {
  has node && has npm && [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 18 ]
}

has_browser() { has chromium || has chromium-browser || has google-chrome; }

wanted=("${build_packages[@]}" "${test_packages[@]}")
only_build=false
only_list=false
for argument in "$@"; do
  case "$argument" in
    --build) only_build=true wanted=("${build_packages[@]}") ;;
    --list) only_list=true ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; echo "setup: unknown option '$argument'" >&2; exit 2 ;;
  esac
done

if ! has dpkg-query || ! has apt-get; then
  fail "needs apt-get (Debian 12); elsewhere install the equivalents of: ${wanted[*]} nodejs npm chromium"
fi

if $only_list; then
  $only_build && extra=(nodejs npm) || extra=(nodejs npm chromium)
  printf '%s\n' "${wanted[@]}" "${extra[@]}"
  exit 0
fi

missing=()
installed=" $(dpkg-query -W -f='${db:Status-Status}=${Package} ' "${wanted[@]}" 2>/dev/null || true)"
for package in "${wanted[@]}"; do
  [[ "$installed" == *" installed=$package "* ]] || missing+=("$package")
done
node_is_new_enough || missing+=(nodejs npm)
$only_build || has_browser || missing+=(chromium)
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=(env)
elif has sudo; then
  as_root=(sudo env)
else
  fail "missing packages: ${missing[*]}; run this script as root, or install sudo"
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
apt() {
  local options=(-qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  if ! "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" "$@" </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    fail "apt-get $1 failed (above)"
  fi
}

echo "setup: reading the package lists"
apt update
echo "setup: installing ${missing[*]}"
apt install -y --no-install-recommends "${missing[@]}"
node_is_new_enough || fail "node $(node --version 2>/dev/null || echo '(none)') is too old: 18 or newer is needed"
