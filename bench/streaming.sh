#!/usr/bin/env bash
# Training on data ten times as large as the memory that the process may use, beside the same training on data in memory: alternating rounds in one run, medians of the paired ratios.
# The memory is capped by a control group (cgroup v1, with the rights of root), the page cache of the files included. The files are put out of the page cache before the first run, which then looks
# at all samples once for fingerprint and statistics: from there on the group is full of pages of files, of which a tenth can be of use.
#
# usage: bench/streaming.sh [ROUNDS] [VISITS]        (default: 3 rounds of 8,000 sample visits; some minutes, and 7 GB of disk)
# MODELS lists what is trained (default: resnet-small mlp), THREADS the threads (default: all processors), CAP the bytes (default: 600 MiB), FOLDER where the data lie (default: made and removed),
# PYTHON the interpreter that has numpy (default: the system's), BATCH the samples of a step (default: 64; the cap holds the network's own memory, too, and evaluation takes four times as many). Both runs visit as many samples, each drawn from all of its data.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} visits=${2:-8000} threads=${THREADS:-$(nproc)} cap=${CAP:-629145600}
python=${PYTHON:-/usr/bin/python3}
dotnet build src/Winnow.Cli -c Release -v quiet --nologo >&2
program=$PWD/artifacts/bin/Winnow.Cli/release/Winnow.Cli.dll
folder=${FOLDER:-$(mktemp -d)}
log=$(mktemp)
group=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)/winnow-bench-$$
mkdir "$group"
echo "$cap" >"$group/memory.limit_in_bytes"
trap 'cat "$log.err" >&2; rm -f "$log" "$log.err"; [[ -n ${FOLDER:-} ]] || rm -rf "$folder"; echo 0 >"$group/memory.force_empty" || true; rmdir "$group"' EXIT
export WINNOW_PROBE=0 XDG_CACHE_HOME=$folder/cache

# Pieces of 8,200 images of 3 x 64 x 64 bytes, 100 MB: 10 and ten times the cap.
"$python" - "$folder" "$((cap * 10 / (8200 * 12288) + 1))" <<'PY'
import os, sys
import numpy as np
random = np.random.default_rng(0)
base = random.integers(0, 256, (8200, 3, 64, 64), dtype=np.uint8)
for name, pieces in ("memory", 10), ("files", int(sys.argv[2])):
    folder = os.path.join(sys.argv[1], name)
    if os.path.exists(folder):
        continue
    os.makedirs(folder)
    for k in range(pieces):
        labels = random.integers(0, 10, 8200)
        images = base ^ np.uint8(k)
        images[:, :, :8] = (labels * 25).astype(np.uint8)[:, None, None, None]
        np.save(f"{folder}/x-{k:05}.npy", images)
        np.save(f"{folder}/y-{k:05}.npy", labels)
    np.save(f"{folder}/x_test-00000.npy", images[:500])
    np.save(f"{folder}/y_test-00000.npy", labels[:500])
PY

forget() {
  "$python" - "$folder/files" <<'PY'
import glob, os, sys
for path in glob.glob(sys.argv[1] + "/*.npy"):
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)
PY
}

train() {
  local where=$1 model=$2 seed=$3 pieces run
  pieces=$(find "$folder/$where" -name 'x-*' | wc -l)
  run=$(mktemp -d -u)
  set -- train "$folder/$where" --model "$model" --epochs 1 --learning-rate 0.01 --seed "$seed" --batch-size "${BATCH:-64}" --threads "$threads" --run "$run" --json --quiet --no-samples \
    --method "random:keep=$("$python" -c "print($visits / ($pieces * 8200))")"
  if [[ $where == files ]]; then
    (echo "$BASHPID" >"$group/cgroup.procs"; exec dotnet "$program" "$@") >/dev/null 2>>"$log.err"
  else
    dotnet "$program" "$@" --stream off >/dev/null 2>>"$log.err"
  fi
  "$python" - "$run/result.json" "$where" "$model" "$seed" <<'PY' | tee -a "$log" >&2
import json, sys
result = json.load(open(sys.argv[1]))
seconds = result["seconds"]
print(json.dumps({"where": sys.argv[2], "model": sys.argv[3], "seed": int(sys.argv[4]), "visits": result["visited"], "train": seconds["train"], "data": seconds["data"],
                  "samples_per_second": result["visited"] / (seconds["train"] + seconds["data"]), "accuracy": result["accuracy"]}))
PY
  rm -rf "$run"
}

rm -rf "$XDG_CACHE_HOME"
forget
for where in memory files; do train "$where" mlp 0; done
: >"$log"
for ((round = 1; round <= rounds; round++)); do
  order=(memory files)
  ((round % 2)) || order=(files memory)
  for model in ${MODELS:-resnet-small mlp}; do
    for where in "${order[@]}"; do train "$where" "$model" "$round"; done
  done
done
"$python" - "$log" "$(cat "$group/memory.max_usage_in_bytes")" "$cap" "$(du -sb "$folder/files" | cut -f1)" <<'PY'
import json, statistics, sys
rates = {}
for line in open(sys.argv[1]):
    run = json.loads(line)
    rates.setdefault(run["model"], {}).setdefault(run["where"], []).append(run["samples_per_second"])
peak, cap, data = map(int, sys.argv[2:])
print(f"data {data / 1e9:.2f} GB, memory at most {cap / 1e9:.3f} GB, used at most {peak / 1e9:.3f} GB")
for model, found in rates.items():
    ratios = sorted(files / memory for files, memory in zip(found["files"], found["memory"]))
    print(f"{model:<14}samples/s in memory {statistics.median(found['memory']):>7.0f}, from files {statistics.median(found['files']):>7.0f}, "
          f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}, n={len(ratios)})")
PY
cat "$log"
