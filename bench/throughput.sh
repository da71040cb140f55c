#!/usr/bin/env bash
# Winnow's training throughput against Python PyTorch's on this machine: alternating pairs, median of the paired ratios.
#
# usage: bench/throughput.sh [ROUNDS] [SECONDS]        (default: 5 rounds of 4 seconds; about 5 minutes)
# THREADS sets the threads of both (default: all processors). Two threads that share processors with other work mostly wait for each
# other: on a machine with other work use THREADS=1 and read the ratio per second of processor time.
# PYTHON chooses the interpreter (default: the system's, which has Debian's python3-torch). SETTINGS lists MODEL:PRECISION:BATCH.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-4} threads=${THREADS:-$(nproc)}
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
    key = run["model"], run["precision"], run["batch"], run["threads"]
    runs.setdefault(key, {}).setdefault(run["engine"], []).append((run["samples_per_second"], run["samples_per_cpu_second"]))
print(f"{'':<39}{'samples per second':>30}{'':>14}{'per second of processor time':>32}")
print(f"{'model':<14}{'precision':<11}{'batch':>6}{'threads':>8}" + f"{'winnow':>10}{'python':>10}{'ratio':>10}  {'range':<12}" * 2)
for (model, precision, batch, threads), engines in runs.items():
    line = f"{model:<14}{precision:<11}{batch:>6}{threads:>8}"
    for column in 0, 1:
        winnow, python = ([run[column] for run in engines[name]] for name in ("winnow", "python"))
        ratios = [w / p for w, p in zip(winnow, python)]
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        line += f"{statistics.median(winnow):>10.0f}{statistics.median(python):>10.0f}{statistics.median(ratios):>10.2f}  {spread:<12}"
    print(line)
PY
