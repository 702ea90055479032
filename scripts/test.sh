#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test. Ends non-zero if anything fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
usage: scripts/test.sh [--extended]
  (no option)  setup, configure, build, and every test in the release preset
  --extended   also: long regressions (VERNIER_LONG=1), formatting, clang-tidy, and the tests that need no RTL
               under the address and undefined-behaviour sanitizers
TEXT
}

extended=false
for argument in "$@"; do
  case "$argument" in
    --extended) extended=true ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; echo "test: unknown option '$argument'" >&2; exit 2 ;;
  esac
done
jobs="$(nproc)"
durations=""

# stage NAME COMMAND...: runs the command, remembers how long it took, stops the script if it fails.
stage() {
  local name="$1" start="$SECONDS" status=0
  shift
  echo "== $name"
  "$@" </dev/null || status=$?
  durations+=" $name $((SECONDS - start)) s,"
  if [ "$status" -ne 0 ]; then
    echo "test: failed in $name (${durations:1:-1})" >&2
    exit 1
  fi
}

sanitized_tests() {
  # SystemC keeps its kernel objects until the process ends; that is no leak of ours.
  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 ctest --preset asan+ubsan --parallel "$jobs"
}

$extended && export VERNIER_LONG=1
stage setup scripts/setup.sh
stage configure cmake --preset release
stage build cmake --build --preset release --parallel "$jobs"
if $extended; then
  stage format scripts/format.sh --check
  stage tidy scripts/tidy.sh
  stage "configure (sanitizers)" cmake --preset asan+ubsan -DVERNIER_RTL=OFF
  stage "build (sanitizers)" cmake --build --preset asan+ubsan --parallel "$jobs"
  stage "tests (sanitizers)" sanitized_tests
fi
stage tests ctest --preset release --parallel "$jobs" --output-on-failure
echo "test: passed (${durations:1:-1})"
