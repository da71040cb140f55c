#!/usr/bin/env bash
# Winnow's training throughput against Python PyTorch's on this machine: alternating pairs, median of the paired ratios.
#
# usage: bench/throughput.sh [ROUNDS] [SECONDS]        (default: 5 rounds of 4 seconds; about 5 minutes)
# PYTHON chooses the interpreter (default: the system's, which has Debian's python3-torch). SETTINGS lists MODEL:PRECISION:BATCH.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-4} threads=$(nproc)
python=${PYTHON:-/usr/bin/python3}
settings=${SETTINGS:-resnet9:fp32:128 resnet9:bf16:128 resnet-small:fp32:128 resnet-small:bf16:128}
"$python" -c 'import torch' || { echo "no torch in $python: install python3-torch, or set PYTHON" >&2; exit 1; }
dotnet build bench/Winnow.Throughput -c Release -v quiet --nologo >&2
program=artifacts/bin/Winnow.Throughput/release/Winnow.Throughput
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for ((round = 1; round <= rounds; round++)); do
  for setting in $settings; do
    IFS=: read -r model precision batch <<<"$setting"
    ours=("$program" "$model" "$precision" "$batch" "$threads" "$seconds")
    theirs=("$python" bench/peers/train_throughput.py "$model" "$precision" "$batch" "$threads" "$seconds")
    # Who goes first alternates, so that a drift of the machine favours nobody.
    if ((round % 2)); then "${ours[@]}" && "${theirs[@]}"; else "${theirs[@]}" && "${ours[@]}"; fi | tee -a "$log" >&2
  done
done
"$python" - "$log" <<'PY'
import json, statistics, sys
runs = {}
for line in open(sys.argv[1]):
    run = json.loads(line)
    runs.setdefault((run["model"], run["precision"], run["batch"], run["threads"]), {}).setdefault(run["engine"], []).append(run["samples_per_second"])
print(f"{'model':<14}{'precision':<11}{'batch':>6}{'threads':>8}{'winnow/s':>10}{'python/s':>10}{'ratio':>7}  range")
for (model, precision, batch, threads), engines in runs.items():
    ratios = [w / p for w, p in zip(engines["winnow"], engines["python"])]
    print(f"{model:<14}{precision:<11}{batch:>6}{threads:>8}{statistics.median(engines['winnow']):>10.0f}{statistics.median(engines['python']):>10.0f}"
          f"{statistics.median(ratios):>7.2f}  {min(ratios):.2f}-{max(ratios):.2f}")
PY
