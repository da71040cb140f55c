#!/usr/bin/env bash
# What a run keeps of its speed on a machine that it shares, by how its threads wait for each other: alone, beside a busy loop, and beside a computing process, with each
# waiting policy, in alternating rounds of one run.
#
# usage: bench/shared.sh [ROUNDS] [SECONDS]        (default: 5 rounds of 4 seconds; about 20 minutes)
# THREADS sets the threads (default: all processors). SETTINGS lists MODEL:PRECISION:BATCH. The computing process is bench/peers/train_throughput.py, with
# as many threads, by PYTHON (default: the system's, which has Debian's python3-torch).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-4} threads=${THREADS:-$(nproc)}
python=${PYTHON:-/usr/bin/python3}
settings=${SETTINGS:-resnet9:fp32:128 resnet-small:fp32:16}
# shellcheck source=../scripts/allocator.sh
. scripts/allocator.sh
choose_allocator
dotnet build bench/Winnow.Throughput -c Release -v quiet --nologo >&2
log=$(mktemp)
beside=""
trap 'kill $beside 2>/dev/null || true; rm -f "$log"' EXIT

# Winnow's own; GNU OpenMP's own, which spins for long; threads that sleep at once.
policies=(winnow spinning passive)
with_policy() {
  case $1 in
    winnow) shift; env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT "$@" ;;
    spinning) shift; env -u OMP_WAIT_POLICY GOMP_SPINCOUNT=300000 "$@" ;;
    passive) shift; env -u GOMP_SPINCOUNT OMP_WAIT_POLICY=passive "$@" ;;
  esac
}

beside() {
  case $1 in
    nothing) beside="" ;;
    loop) "$python" -c 'while True: pass' & beside=$! ;;
    computing) "$python" bench/peers/train_throughput.py resnet-small fp32 128 "$threads" 3600 >/dev/null & beside=$! ; sleep 3 ;;
  esac
}

for ((round = 1; round <= rounds; round++)); do
  for setting in $settings; do
    IFS=: read -r model precision batch <<<"$setting"
    for company in nothing loop computing; do
      beside "$company"
      order=("${policies[@]}")
      ((round % 2)) || order=(passive spinning winnow)
      for policy in "${order[@]}"; do
        line=$(with_policy "$policy" "${allocator[@]}" dotnet artifacts/bin/Winnow.Throughput/release/Winnow.Throughput.dll trainer "$model" "$precision" "$batch" "$threads" "$seconds" warm-up=8)
        echo "{\"round\": $round, \"policy\": \"$policy\", \"beside\": \"$company\", ${line#\{}" | tee -a "$log" >&2
      done
      [[ -z $beside ]] || { kill "$beside"; wait "$beside" 2>/dev/null || true; }
      beside=""
    done
  done
done
"$python" - "$log" <<'PY'
import json, statistics, sys
rates = {}
for line in open(sys.argv[1]):
    run = json.loads(line)
    rates.setdefault((run["model"], run["batch"]), {}).setdefault((run["policy"], run["beside"]), []).append(run["samples_per_second"])
for (model, batch), found in rates.items():
    print(f"{model}, batch {batch}: samples per second; in brackets the share of the policy's own speed alone; the last columns compare with the fastest policy alone")
    best = [max(each) for each in zip(*(found[policy, "nothing"] for policy in ("winnow", "spinning", "passive")))]
    print(f"{'policy':<10}{'alone':>8}{'beside a loop':>30}{'beside computing':>30}{'alone to best':>16}{'range':>12}")
    for policy in ("winnow", "spinning", "passive"):
        alone = found[policy, "nothing"]
        line = f"{policy:<10}{statistics.median(alone):>8.0f}"
        for company in ("loop", "computing"):
            shares = [a / b for a, b in zip(found[policy, company], alone)]
            line += f"{statistics.median(found[policy, company]):>10.0f} ({statistics.median(shares):.2f}, {min(shares):.2f}-{max(shares):.2f})".rjust(30)
        ratios = [a / b for a, b in zip(alone, best)]
        print(line + f"{statistics.median(ratios):>16.2f}{min(ratios):>7.2f}-{max(ratios):.2f}")
    print()
PY
