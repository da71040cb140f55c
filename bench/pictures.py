#!/usr/bin/env python3
"""A folder of pictures by class: how fast Winnow decodes it, what the first epoch takes that decodes against those that find the pictures decoded, and how many samples a second a
PyTorch DataLoader gives that decodes them in each epoch. Alternating rounds in one run.

usage: bench/pictures.py FOLDER [ROUNDS] [SIDE]     (default: 3 rounds at 64 pixels; the program must have been built)
The DataLoader is torch's with a worker a processor; the data set beside it is torchvision's ImageFolder with Resize, CenterCrop and ToTensor where torchvision is installed, else the same
written out with PIL. The folder's sub-folders that hold pictures are the classes for both; what Winnow leaves out as damaged is left out of neither's time.
"""
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from PIL import Image

folder, rounds, side = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3, int(sys.argv[3]) if len(sys.argv) > 3 else 64
workers = os.cpu_count()
program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "artifacts", "bin", "Winnow.Cli", "release", "Winnow.Cli.dll")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


def to_tensor(path):
    with open(path, "rb") as file:
        image = Image.open(file).convert("RGB")
    scale = side / min(image.size)
    image = image.resize((max(side, round(image.width * scale)), max(side, round(image.height * scale))), Image.BILINEAR)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    return torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(side, side, 3).permute(2, 0, 1).float().div_(255)


class Folder(torch.utils.data.Dataset):
    def __init__(self):
        classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
        self.items = [(path, label) for label, name in enumerate(classes) for path in sorted(glob.glob(os.path.join(folder, name, "**"), recursive=True)) if path.lower().endswith(ENDINGS)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return to_tensor(self.items[index][0]), self.items[index][1]


try:
    from torchvision import datasets, transforms
    data = datasets.ImageFolder(folder, transforms.Compose([transforms.Resize(side), transforms.CenterCrop(side), transforms.ToTensor()]))
    peer = "torchvision's ImageFolder"
except ImportError:
    data, peer = Folder(), "a Dataset with PIL"


def loader():
    began, count = time.perf_counter(), 0
    for images, _ in torch.utils.data.DataLoader(data, batch_size=128, shuffle=True, num_workers=workers):
        count += len(images)
    return count / (time.perf_counter() - began)


def winnow(cache, epochs, model):
    run = tempfile.mkdtemp()
    began = time.perf_counter()
    done = subprocess.run(
        ["dotnet", program, "train", folder, "--image-size", str(side), "--model", model, "--epochs", str(epochs), "--method", "full", "--skip-corrupt", "--no-samples", "--json", "--run", os.path.join(run, "run")],
        env={**os.environ, "XDG_CACHE_HOME": cache, "WINNOW_PROBE": "0"}, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    took = time.perf_counter() - began
    shutil.rmtree(run)
    if done.returncode:
        sys.exit(done.stderr)
    decoded = [line for line in done.stderr.splitlines() if line.startswith("Decoded ")]
    return took, json.loads(done.stdout), decoded


rows = []
for number in range(rounds):
    cache = tempfile.mkdtemp()
    row = {"round": number}
    steps = [lambda: row.update(loader=loader()), lambda: row.update(zip(("first", "_", "decoded"), winnow(cache, 1, "resnet9"))), ]
    for step in steps if number % 2 else steps[::-1]:
        step()
    row["cached"], result, _ = winnow(cache, 1, "resnet9")
    del row["_"]
    seconds = result["seconds"]
    row.update(train=result["visited"] / (seconds["train"] + seconds["data"]), data=result["visited"] / seconds["data"], samples=result["visited"])
    shutil.rmtree(cache)
    print(json.dumps(row), flush=True)
    rows.append(row)

middle = lambda values: f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"
print(f"{len(data)} pictures at {side} pixels, {workers} processors, torch {torch.__version__}, {peer}; medians and ranges of {rounds} rounds")
print("first epoch, decoding included, to one that finds them decoded, whole program:", middle([row["first"] / row["cached"] for row in rows]))
print("samples/s of the DataLoader alone:", middle([row["loader"] for row in rows]))
print("samples/s of resnet9's training on decoded pictures:", middle([row["train"] for row in rows]))
print("samples/s of its data phase:", middle([row["data"] for row in rows]), "to the DataLoader's:", middle([row["data"] / row["loader"] for row in rows]))
