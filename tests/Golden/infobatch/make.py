#!/usr/bin/env python3
"""Writes golden vectors for infobatch:rule=reference by running the published program.

    python3 make.py PATH-TO-A-CLONE-OF-NUS-HPC-AI-Lab/InfoBatch > reference.json

Needs numpy and torch. Of each case it keeps what doesn't depend on the random draw: the threshold, the sizes of the groups, the
weight of the kept, and how many samples each epoch visits while the scores stay as they are.
"""
import json
import subprocess
import sys

import numpy as np
import torch


def score_sets(n):
    rng = np.random.default_rng(n)
    exponential = rng.exponential(1.0, n).astype(np.float32)
    sets = {
        "exponential": exponential,
        "uniform": rng.uniform(0, 4, n).astype(np.float32),
        "signed": rng.normal(0, 1, n).astype(np.float32),
        "unseen-half": np.where(np.arange(n) % 2 == 0, exponential, np.float32(3)),
        "equal-three": np.full(n, 3, np.float32),
        "equal-one": np.full(n, 1, np.float32),
    }
    if n > 2:
        for name, value in (("one-nan", np.nan), ("one-infinity", np.inf), ("one-minus-infinity", -np.inf)):
            sets[name] = exponential.copy()
            sets[name][n // 2] = value
    return sets


def case(module, n, name, scores, epochs, keep, until):
    data = module.InfoBatch(list(range(n)), epochs, 1 - keep, until)
    sampler = data.sampler
    data.scores = torch.from_numpy(scores.copy())
    easy = (data.scores < data.scores.mean()).numpy()
    kept = data.prune()
    weights = data.weights.numpy().copy()
    drawn = [i for i in kept if easy[i]]
    visited = []
    for _ in range(epochs):
        iter(sampler)
        visited.append(len(sampler))
    return {
        "n": n, "scores": name, "bits": [int(b) for b in scores.view(np.uint32)],
        "epochs": epochs, "keep": data.keep_ratio, "until": until,
        "threshold": repr(float(data.scores.mean())),
        "easy": int(easy.sum()), "kept": len(drawn),
        "weight": float(weights[drawn[0]]) if drawn else None,
        "visited": visited,
        "stale_weights_at_the_end": bool((data.weights != 1).any()),
    }


def main():
    clone = sys.argv[1]
    sys.path.insert(0, clone)
    import infobatch.infobatch as module
    commit = subprocess.run(["git", "-C", clone, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    cases = []
    for n in (1, 2, 3, 7, 50, 201):
        for name, scores in score_sets(n).items():
            for epochs, keep, until in ((8, 0.5, 0.875), (10, 0.7, 0.875), (3, 0.25, 0.5)):
                cases.append(case(module, n, name, scores, epochs, keep, until))
    head = {
        "repository": "https://github.com/NUS-HPC-AI-Lab/InfoBatch", "commit": commit, "script": "tests/Golden/infobatch/make.py",
        "numpy": np.__version__, "torch": torch.__version__,
    }
    print("{\n" + f'  "source": {json.dumps(head)},\n  "cases": [')
    print(",\n".join("    " + json.dumps(c) for c in cases))
    print("  ]\n}")


if __name__ == "__main__":
    main()
