#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test. Ends non-zero if anything fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
usage: scripts/test.sh [--extended]
  (no option)  setup, configure, build, and every test in the release preset
  --extended   also: formatting, clang-tidy, every test but the mutants under the address and undefined-behaviour
               sanitizers, and the long regressions (VERNIER_LONG=1)
A stage that fails does not keep those from running that do not need it. What each stage said is in build/test/.
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
logs=build/test
mkdir -p "$logs"
durations=""
failed=()

# stage NAME COMMAND...: runs the command, keeps what it says in build/test/NAME.log, remembers how long it took.
stage() {
  local name="$1" start="$SECONDS" status=0
  shift
  echo "== $name"
  "$@" </dev/null 2>&1 | tee "$logs/${name// /-}.log" || status=1
  durations+=" $name $((SECONDS - start)) s,"
  [ "$status" -eq 0 ] && return 0
  echo "test: $name failed; its output: $logs/${name// /-}.log"
  failed+=("$name")
  return 1
}

finish() {
  if [ "${#failed[@]}" -gt 0 ]; then
    local list
    printf -v list '%s, ' "${failed[@]}"
    echo "test: failed in ${list%, } (${durations:1:-1})" >&2
    exit 1
  fi
  echo "test: passed (${durations:1:-1})"
}

sanitized_tests() {
  # SystemC keeps its kernel objects until the process ends; that is no leak of ours.
  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 ctest --preset asan+ubsan --parallel "$jobs"
}

stage setup scripts/setup.sh || finish
stage configure cmake --preset release || finish
built=true
stage build cmake --build --preset release --parallel "$jobs" || built=false
! $built || stage tests ctest --preset release --parallel "$jobs" || true
if $extended; then
  stage format scripts/format.sh --check || true
  stage tidy scripts/tidy.sh || true
  if stage "sanitizers configure" cmake --preset asan+ubsan -DVERNIER_RTL=ON &&
     stage "sanitizers build" cmake --build --preset asan+ubsan --parallel "$jobs"; then
    stage "sanitizers tests" sanitized_tests || true
  fi
  ! $built || VERNIER_LONG=1 stage "long tests" ctest --preset release --parallel "$jobs" -L 'fidelity|new_pe|exact' || true
fi
finish
