#!/usr/bin/env python3
"""Planning and updating from Python beside the same planner in C#, and beside the published InfoBatch from a clone that you made.

    scripts/library && dotnet build -c Release bench/Winnow.Benchmarks
    git clone https://github.com/NUS-HPC-AI-Lab/InfoBatch
    /usr/bin/python3 bench/peers/plan_python.py [--infobatch InfoBatch] [--samples 50000 1280000 10000000 100000000] [--log raw.jsonl]

Each pair is measured in processes that take turns: the machine drifts by more over minutes than what is compared. Prints one JSON line a size: medians over
the processes of each process's median over epochs, and [least, most] beside them. --log takes one line for each process.
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
EPOCHS = 7      # plans a process; the first isn't counted, nor is the next, which meets memory that was never touched
FEWER = {100_000_000: 4}
REFERENCE = {10_000_000: 4, 100_000_000: 3}   # the reference takes seconds to minutes a plan


def losses(count):
    return np.random.default_rng(7).exponential(1.0, count).astype(np.float32)


def child(*arguments):
    # A process of its own for each measurement: what one leaves in memory isn't another's.
    return json.loads(subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True, capture_output=True, text=True).stdout)


def epochs(count, fewer):
    return min([plans for least, plans in fewer.items() if count >= least], default=EPOCHS)


def ours(count):
    import winnow
    pruner = winnow.Pruner(count, "infobatch:keep=0.5", epochs=EPOCHS + 2, seed=3, allow_unobserved=True)
    pruner.preload(losses(count))
    pruner.plan(0)
    return planned(lambda epoch: pruner.plan(epoch).count, epochs(count, FEWER))


def theirs(count, clone):
    sys.path.insert(0, clone)
    import torch
    from infobatch import InfoBatch
    data = InfoBatch(range(count), num_epochs=EPOCHS + 2, prune_ratio=0.5)
    data.scores = torch.from_numpy(losses(count))
    return planned(lambda epoch: len(data.prune()), epochs(count, REFERENCE))


def planned(plan, plans):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for epoch in range(1, plans):
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
    parser.add_argument("--references", type=int, default=3)
    parser.add_argument("--log")
    o = parser.parse_args()
    program = ROOT / "artifacts/bin/Winnow.Benchmarks/release/Winnow.Benchmarks.dll"
    log = open(o.log, "a") if o.log else None

    def keep(found, name, run):
        found[name].append(run)
        if log:
            print(json.dumps({"samples": count, "what": name, **run}), file=log, flush=True)

    for count in o.samples:
        found = {"python": [], "csharp": [], "reference": []}
        for _ in range(o.pairs):
            keep(found, "python", child("plan", count))
            keep(found, "csharp", json.loads(subprocess.run(["dotnet", str(program), "plan", str(count), str(epochs(count, FEWER))], check=True, capture_output=True, text=True).stdout))
        for _ in range(o.references if o.infobatch else 0):
            keep(found, "reference", child("reference", count, o.infobatch))
        line = {"samples": count}
        for name, runs in found.items():
            if runs:
                line[name] = {"processes": len(runs), **{key: spread([run[key] for run in runs]) for key in runs[0]}}
        if o.pairs:
            line["python/csharp"] = spread([a["ms"] / b["ms"] for a, b in zip(found["python"], found["csharp"])])
        if found["reference"] and o.pairs:
            line["reference/python"] = round(line["reference"]["ms"][0] / line["python"]["ms"][0], 1)
        print(json.dumps(line), flush=True)
    count, line = 50_000, {"batch": 128}
    found = {"update_us": [], "reference_us": []}
    for _ in range(o.pairs):
        keep(found, "update_us", child("update"))
        if o.infobatch:
            keep(found, "reference_us", child("update", o.infobatch))
    line.update({name: spread([run["us"] for run in runs]) for name, runs in found.items() if runs})
    print(json.dumps(line))


def spread(values):
    return [round(statistics.median(values), 3), [round(min(values), 3), round(max(values), 3)]]


if __name__ == "__main__":
    if sys.argv[1:2] == ["plan"]:
        ours(int(sys.argv[2]))
    elif sys.argv[1:2] == ["reference"]:
        theirs(int(sys.argv[2]), sys.argv[3])
    elif sys.argv[1:2] == ["update"]:
        update(sys.argv[2] if len(sys.argv) > 2 else "")
    else:
        main()
