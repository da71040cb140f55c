"""Two processes against one at the same total threads, as alternating pairs of short runs of the same recipe and seed.

usage: bench/processes.py [PAIRS] [-- OPTIONS OF winnow train]      (default: 7 pairs of 3 epochs of 20,000 images)
"""
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

own = sys.argv[1:sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
options = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else ["--model", "resnet-small", "--limit", "20000", "--epochs", "3"]
pairs = int(own[0]) if own else 7
folder = Path(tempfile.mkdtemp(prefix="winnow-processes-"))


def run(pair, processes):
    place = folder / f"{pair}-{processes}"
    subprocess.run(["./winnow", "train", "fashion-mnist", *options, "--processes", str(processes), "--checkpoint-every", "never", "--run", place, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    result = json.loads((place / "result.json").read_text())
    events = [json.loads(line) for line in (place / "events.jsonl").open()]
    hashes = [event["plan_hash"] for event in events if event["event"] == "epoch_planned"]
    return result["seconds"]["data"] + result["seconds"]["train"], result["seconds"]["total"], result["accuracy"], hashes


print("winnow train fashion-mnist", *options, flush=True)
ratios, totals = [], []
for pair in range(pairs):
    # Who is first alternates, because a shared machine drifts.
    order = (1, 2) if pair % 2 == 0 else (2, 1)
    got = {processes: run(pair, processes) for processes in order}
    ratios.append(got[2][0] / got[1][0])
    totals.append(got[2][1] / got[1][1])
    print(f"pair {pair + 1}: training {got[1][0]:6.2f} s in one process, {got[2][0]:6.2f} s in two ({ratios[-1]:.2f}x); the run {got[1][1]:6.2f} and {got[2][1]:6.2f} s ({totals[-1]:.2f}x); "
          f"accuracy {got[1][2]:.4f} and {got[2][2]:.4f}; first plan {'the same' if got[1][3][0] == got[2][3][0] else 'differs'}", flush=True)
print(f"median of {pairs} pairs: training in two processes takes {statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f}) the time of one, "
      f"the whole run {statistics.median(totals):.2f}x ({min(totals):.2f} to {max(totals):.2f})")
shutil.rmtree(folder)
