#!/usr/bin/env python3
"""Times the planners of published programs, from clones that you made:

    git clone https://github.com/NUS-HPC-AI-Lab/InfoBatch
    git clone https://github.com/mrazhou/SeTa
    git clone https://github.com/shengze-xu/OrderDP
    python3 bench/peers/plan_reference.py infobatch=InfoBatch seta=SeTa orderdp=OrderDP [--samples N] [--repeats N]

Same losses' shape as ours (exponential, so 63 % lie below the mean); needs numpy and torch, seta also scikit-learn; prints a JSON line
a program with nanoseconds a sample. Each runs in a process of its own, because they change PyTorch's loader when they are imported.
"""
import argparse
import contextlib
import importlib
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import torch

# Where in the clone the planner is, its class, and the settings of our method of that name.
PLANNERS = {
    "infobatch": (".", "infobatch", "InfoBatch", {"prune_ratio": 0.5}),
    "seta": (".", "seta", "SeTa", {"prune_ratio": 0.1, "num_group": 5, "window_scale": 0.9}),
    "orderdp": ("cifar/orderDP", "orderDP", "OrderDP", {"random_len_ratio": 0.75, "top_q_ratio": 0.85}),
}


class Samples:
    """A data set as far as a planner looks at it: its length."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count


def measure(method, clone, count, repeats):
    folder, module, name, settings = PLANNERS[method]
    sys.path.insert(0, os.path.join(clone, folder))
    planner = getattr(importlib.import_module(module), name)(Samples(count), num_epochs=10, **settings)
    planner.scores = torch.from_numpy(np.random.default_rng(7).exponential(1.0, count).astype(np.float32))
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            order = planner.prune()
        seconds.append(time.perf_counter() - start)
    commit = subprocess.run(["git", "-C", clone, "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    print(json.dumps({
        "program": f"{name}.prune", "commit": commit, "samples": count, "visited": len(order),
        "ns_per_sample_median": round(statistics.median(seconds) / count * 1e9, 1),
        "ns_per_sample_all": [round(s / count * 1e9, 1) for s in seconds],
        "numpy": np.__version__, "torch": torch.__version__, "python": platform.python_version(),
    }), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="+", metavar="method=clone", help=f"one of {', '.join(PLANNERS)} and the folder of its clone")
    parser.add_argument("--samples", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    for program in given.programs:
        method, _, clone = program.partition("=")
        if method not in PLANNERS or not os.path.isdir(clone):
            parser.error(f"{program} is no method=clone: methods are {', '.join(PLANNERS)}, the clone is a folder")
    if len(given.programs) == 1:
        method, _, clone = given.programs[0].partition("=")
        measure(method, clone, given.samples, given.repeats)
        return
    for program in given.programs:
        subprocess.run([sys.executable, __file__, program, "--samples", str(given.samples), "--repeats", str(given.repeats)], check=True)


if __name__ == "__main__":
    main()
