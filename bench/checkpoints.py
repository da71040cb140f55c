"""What checkpoints cost: their share of a run at an interval of 30 seconds, their size, and how long it takes to go on from one.

usage: bench/checkpoints.py [RUNS] [SECONDS] [MODEL]      (default: 3 runs of 100 seconds of resnet9)
"""
import json
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
length = int(sys.argv[2]) if len(sys.argv) > 2 else 100
model = sys.argv[3] if len(sys.argv) > 3 else "resnet9"
samples = 60_000
folder = Path(tempfile.mkdtemp(prefix="winnow-checkpoints-"))
shares, each, resumed, sizes = [], [], [], []
for n in range(runs):
    place = folder / str(n)
    command = ["./winnow", "train", "fashion-mnist", "--model", model, "--epochs", "100", "--checkpoint-every", "30s", "--checkpoints", "9", "--run", str(place)]
    if n == 0:
        print(" ".join(command[:-2]), flush=True)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(length)
    process.send_signal(signal.SIGTERM)
    process.wait()
    seconds = json.loads((place / "result.json").read_text())["seconds"]
    files = sorted((place / "checkpoints").glob("*.safetensors"))
    # The last was written because the run was stopped.
    shares.append(seconds["checkpoint"] / seconds["total"] * (len(files) - 1) / len(files))
    each.append(seconds["checkpoint"] / len(files) * 1e3)
    sizes.append(files[-1].stat().st_size)
    header = json.loads(files[-1].open("rb").read(8 + struct.unpack("<Q", files[-1].open("rb").read(8))[0])[8:])
    state = sum(entry["data_offsets"][1] - entry["data_offsets"][0] for name, entry in header.items() if re.match(r"model\.|optimizer\.", name))

    # From the start of the program until the first step after the checkpoint has been taken: it is asked to stop at once and says how long it ran.
    begun = time.perf_counter()
    process = subprocess.Popen(["./winnow", "train", "--resume", str(place), "--checkpoint-every", "1steps"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(sorted((place / "checkpoints").glob("*.safetensors"))) and sorted((place / "checkpoints").glob("*.safetensors"))[-1].name == files[-1].name:
        time.sleep(0.002)
    resumed.append(time.perf_counter() - begun)
    process.send_signal(signal.SIGTERM)
    process.wait()
    print(f"run {n + 1}: {seconds['total']:.1f} s, {len(files)} checkpoints, {each[-1]:.1f} ms each; at 30 s {shares[-1]:.3%} of the run; {sizes[-1]:,} bytes, model and optimiser {state:,}, "
          f"{(sizes[-1] - state) / samples:.2f} bytes a sample besides; the first step's checkpoint {resumed[-1]:.2f} s after the program was started again", flush=True)
print(f"median of {runs} runs: {statistics.median(shares):.3%} of a run ({min(shares):.3%} to {max(shares):.3%}), {statistics.median(each):.1f} ms a checkpoint; "
      f"size / (model + optimiser + 8 bytes a sample): {sizes[-1] / (state + 8 * samples):.3f}; going on took {statistics.median(resumed):.2f} s ({min(resumed):.2f} to {max(resumed):.2f})")
shutil.rmtree(folder)
