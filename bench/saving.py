"""Reads a comparison's result.json and prints, for each method, the wall-clock saved over the samples saved, seed by seed.

usage: saving.py result.json
"""
import json
import statistics
import sys

result = json.load(open(sys.argv[1], encoding="utf-8"))
arms = {arm["name"]: arm for arm in result["arms"]}
full = arms["full"]
for name, arm in arms.items():
    if name == "full":
        continue
    saved = arm["saved"]["samples"]
    walls = [1 - own / reference for own, reference in zip(arm["wall_seconds"], full["wall_seconds"])]
    bare = [
        1 - (own - own_evaluation) / (reference - reference_evaluation)
        for own, own_evaluation, reference, reference_evaluation in zip(
            arm["wall_seconds"], arm["evaluate_seconds"], full["wall_seconds"], full["evaluate_seconds"])
    ]
    print(f"{name}: {len(walls)} pairs of runs, {saved:.1%} of the samples saved, planning + observing {arm['overhead_share']:.2%} of the time")
    for what, shares in (("everything included", walls), ("without evaluation", bare)):
        quotients = sorted(share / saved for share in shares)
        low, middle, high = statistics.quantiles(quotients, n=4)
        print(f"  wall-clock saved / samples saved, {what}: median {middle:.3f}, quartiles {low:.3f} to {high:.3f}; all "
              + " ".join(f"{quotient:.2f}" for quotient in quotients))
