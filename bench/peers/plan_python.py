#!/usr/bin/env python3
"""Planning and updating from Python beside the same planner in C#, and beside the published InfoBatch from a clone that you made.

    scripts/library && dotnet build -c Release bench/Winnow.Benchmarks
    /usr/bin/python3 bench/peers/plan_python.py [--infobatch FOLDER] [--samples 50000 1280000 10000000]

Each pair is measured in processes that take turns: the machine drifts by more over minutes than what is compared. Prints one JSON line a size.
"""
import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings/python"))
EPOCHS = 7


def losses(count):
    return np.random.default_rng(7).exponential(1.0, count).astype(np.float32)


def child(*arguments):
    # A process of its own for each measurement: what one leaves in memory isn't another's.
    return json.loads(subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True, capture_output=True, text=True).stdout)


def ours(count):
    import winnow
    pruner = winnow.Pruner(count, "infobatch:keep=0.5", epochs=EPOCHS + 2, seed=3, allow_unobserved=True)
    pruner.preload(losses(count))
    pruner.plan(0)
    return planned(lambda epoch: pruner.plan(epoch).count, count)


def theirs(count, clone):
    sys.path.insert(0, clone)
    import torch
    from infobatch import InfoBatch
    data = InfoBatch(range(count), num_epochs=EPOCHS + 2, prune_ratio=0.5)
    data.scores = torch.from_numpy(losses(count))
    return planned(lambda epoch: len(data.prune()), count)


def planned(plan, count):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for epoch in range(1, EPOCHS):
        start = time.perf_counter()
        plan(epoch)
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The first plan also meets memory that was never touched.
    print(json.dumps({"ms": statistics.median(seconds[1:]) * 1e3, "first_ms": seconds[0] * 1e3, "more_mib": (peak - before) / 1024, "peak_mib": peak / 1024}))


def update(clone):
    import torch
    torch.set_num_threads(1)
    count, size = 50_000, 128
    if clone:
        sys.path.insert(0, clone)
        from infobatch import InfoBatch
        data = InfoBatch(range(count), num_epochs=4, prune_ratio=0.5)
        ids = torch.from_numpy(np.asarray(data.prune(), np.int64))

        def step(part, loss):
            data.set_active_indices(part)
            return data.update(loss)
    else:
        import winnow
        pruner = winnow.Pruner(count, "infobatch:keep=0.5", epochs=4, seed=3)
        ids = torch.from_numpy(pruner.plan(0).order.astype(np.int64))
        step = pruner.update
    batches = [(ids[at:at + size].clone(), torch.rand(size)) for at in range(0, count - size, size)]
    for part, loss in batches:
        loss.requires_grad_(not clone)   # the reference multiplies in place, which a leaf doesn't allow
    seconds = []
    for part, loss in batches:
        start = time.perf_counter()
        step(part, loss)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"us": statistics.median(seconds) * 1e6}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--infobatch", default="")
    parser.add_argument("--samples", type=int, nargs="*", default=[50_000, 1_280_000, 10_000_000])
    parser.add_argument("--pairs", type=int, default=7)
    o = parser.parse_args()
    program = ROOT / "artifacts/bin/Winnow.Benchmarks/release/Winnow.Benchmarks.dll"
    for count in o.samples:
        found = {"python": [], "csharp": [], "reference": []}
        for _ in range(o.pairs):
            found["python"].append(child("plan", count))
            found["csharp"].append(json.loads(subprocess.run(["dotnet", str(program), "plan", str(count), str(EPOCHS)], check=True, capture_output=True, text=True).stdout))
        for _ in range(min(o.pairs, 3) if o.infobatch else 0):
            found["reference"].append(child("reference", count, o.infobatch))
        line = {"samples": count, "pairs": o.pairs}
        for name, runs in found.items():
            if runs:
                line[name] = {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
        line["python/csharp"] = round(statistics.median(a["ms"] / b["ms"] for a, b in zip(found["python"], found["csharp"])), 2)
        if found["reference"]:
            line["reference/python"] = round(line["reference"]["ms"] / line["python"]["ms"], 1)
        print(json.dumps(line), flush=True)
    line = {"update_us": round(statistics.median(child("update")["us"] for _ in range(o.pairs)), 1), "batch": 128}
    if o.infobatch:
        line["reference_us"] = round(statistics.median(child("update", o.infobatch)["us"] for _ in range(o.pairs)), 1)
    print(json.dumps(line))


if __name__ == "__main__":
    if sys.argv[1:2] == ["plan"]:
        ours(int(sys.argv[2]))
    elif sys.argv[1:2] == ["reference"]:
        theirs(int(sys.argv[2]), sys.argv[3])
    elif sys.argv[1:2] == ["update"]:
        update(sys.argv[2] if len(sys.argv) > 2 else "")
    else:
        main()
