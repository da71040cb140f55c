#!/usr/bin/env bash
# Training throughput on this machine: Winnow's trainer, a bare TorchSharp loop with the same tuning, Python PyTorch as it comes, the same with glibc's
# allocator tuned, and the same with the allocator that ./winnow gives the program where it is installed. Alternating rounds in one run, medians of the paired ratios.
#
# usage: bench/throughput.sh [ROUNDS] [SECONDS]        (default: 5 rounds of 4 seconds; about 12 minutes)
# THREADS sets the threads of all (default: all processors). On a machine with other work use THREADS=1 and read the ratio per second of processor time.
# WINNOW_ALLOCATOR=system leaves glibc's allocator to all. PYTHON chooses the interpreter (default: the system's, which has Debian's python3-torch). SETTINGS lists MODEL:PRECISION:BATCH.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-4} threads=${THREADS:-$(nproc)}
python=${PYTHON:-/usr/bin/python3}
settings=${SETTINGS:-resnet9:fp32:128 resnet9:fp32:16 resnet-small:fp32:128 resnet-small:fp32:16}
"$python" -c 'import torch' || { echo "no torch in $python: install python3-torch, or set PYTHON" >&2; exit 1; }
# shellcheck source=../scripts/allocator.sh
. scripts/allocator.sh
choose_allocator
peers=(loop python python+mallopt)
((${#allocator[@]} == 0)) || peers+=(python+tcmalloc)
dotnet build bench/Winnow.Throughput -c Release -v quiet --nologo >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
measure() {
  case $1 in
    python) "$python" bench/peers/train_throughput.py "${@:2}" ;;
    python+mallopt) "$python" bench/peers/train_throughput.py "${@:2}" mallopt ;;
    python+tcmalloc) env "${allocator[@]}" "$python" bench/peers/train_throughput.py "${@:2}" tcmalloc ;;
    *) env "${allocator[@]}" dotnet artifacts/bin/Winnow.Throughput/release/Winnow.Throughput.dll "$@" ;;
  esac
}
for ((round = 1; round <= rounds; round++)); do
  for setting in $settings; do
    IFS=: read -r model precision batch <<<"$setting"
    engines=(trainer "${peers[@]}")
    # Who goes first alternates, so that a drift of the machine favours nobody.
    ((round % 2)) || mapfile -t engines < <(printf '%s\n' "${engines[@]}" | tac)
    for engine in "${engines[@]}"; do measure "$engine" "$model" "$precision" "$batch" "$threads" "$seconds" | tee -a "$log" >&2; done
  done
done
"$python" - "$log" "${peers[@]}" <<'PY'
import json, statistics, sys
runs = {}
for line in open(sys.argv[1]):
    run = json.loads(line)
    key = run["model"], run["precision"], run["batch"], run["threads"]
    runs.setdefault(key, {}).setdefault(run["engine"], []).append((run["samples_per_second"], run["samples_per_cpu_second"]))
peers = sys.argv[2:]
for column, unit in enumerate(["samples per second", "samples per second of processor time"]):
    print(f"{unit}; ratios are the trainer's to each, medians of the rounds and their range")
    print(f"{'model':<14}{'precision':<10}{'batch':>6}{'threads':>8}{'trainer':>9}" + "".join(f"{peer:>17}{'ratio':>7} {'range':<10}" for peer in peers))
    for (model, precision, batch, threads), engines in runs.items():
        ours = [run[column] for run in engines["trainer"]]
        line = f"{model:<14}{precision:<10}{batch:>6}{threads:>8}{statistics.median(ours):>9.0f}"
        for peer in peers:
            theirs = [run[column] for run in engines[peer]]
            ratios = [a / b for a, b in zip(ours, theirs)]
            spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
            line += f"{statistics.median(theirs):>17.0f}{statistics.median(ratios):>7.2f} {spread:<10}"
        print(line)
    print()
PY
