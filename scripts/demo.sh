#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job on real input: Llama-2-7B on the BitMoD accelerator against the FP16 baseline, decode and
# prefill, as tables on the terminal and as one HTML page.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  "") ;;
  --help | -h) echo "usage: scripts/demo.sh    (writes report.html into the repository)"; exit 0 ;;
  *) echo "demo: takes no arguments, got '$1'" >&2; exit 2 ;;
esac

scripts/setup.sh --build
echo "== build"
cmake --preset release </dev/null >/dev/null  # errors come on standard error
cmake --build --preset release --parallel "$(nproc)" --target vernier </dev/null

vernier=build/release/bin/vernier
workload=workloads/llm/llama-2-7b.yaml
results=build/demo
configs=(configs/accelerators/fp16_mac.yaml configs/accelerators/bitmod.yaml)
rm -rf "$results"
for phase in decode prefill; do
  echo "== $phase"
  "$vernier" compare "${configs[@]}" --workload "$workload" --phase "$phase" --out "$results/$phase" </dev/null
done
"$vernier" report "$results/decode" "$results/prefill" --out report.html </dev/null
echo "report: $PWD/report.html"
