#!/usr/bin/env python3
"""Times the planner of the published InfoBatch, from a clone that you made:

    git clone https://github.com/NUS-HPC-AI-Lab/InfoBatch
    python3 bench/peers/plan_infobatch.py InfoBatch [samples] [repeats]

Same losses' shape as ours (exponential, so 63 % lie below the mean); needs numpy and torch; prints nanoseconds a sample.
"""
import json
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import torch


class Samples:
    """A data set as far as the planner looks at it: its length."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count


def main():
    clone = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    sys.path.insert(0, clone)
    from infobatch import InfoBatch

    data = InfoBatch(Samples(count), num_epochs=10, prune_ratio=0.5)
    data.scores = torch.from_numpy(np.random.default_rng(7).exponential(1.0, count).astype(np.float32))
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        order = data.prune()
        seconds.append(time.perf_counter() - start)
    commit = subprocess.run(["git", "-C", clone, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(json.dumps({
        "program": "InfoBatch.prune", "commit": commit, "samples": count, "visited": len(order),
        "ns_per_sample_median": round(statistics.median(seconds) / count * 1e9, 1),
        "ns_per_sample_all": [round(s / count * 1e9, 1) for s in seconds],
        "numpy": np.__version__, "torch": torch.__version__, "python": platform.python_version(),
    }))


if __name__ == "__main__":
    main()
