#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs clang-tidy, in parallel, on the tracked C++ sources below the given folders (default: all but tests).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  --help | -h) echo "usage: scripts/tidy.sh [FOLDER|FILE...]"; exit 0 ;;
  -*) echo "tidy: unknown option '$1'" >&2; exit 2 ;;
esac
paths=("$@")
[ "${#paths[@]}" -gt 0 ] || paths=(base models workloads sim benchmarks)
# A compile command for each source, where the build takes several together.
database=build/tidy
cmake --preset release -B "$database" -DVERNIER_TOGETHER=OFF >/dev/null

# Only sources that are part of the build have a compile command.
git -c safe.directory='*' ls-files "${paths[@]}" | { grep '\.cpp$' || true; } | while read -r source; do
  if grep -qF "\"$PWD/$source\"" "$database/compile_commands.json"; then printf '%s\0' "$source"; fi
done | xargs -0 -r -n 1 -P "$(nproc)" clang-tidy -p "$database" --quiet 2> >(grep -v 'warnings\? generated\.$' >&2)
