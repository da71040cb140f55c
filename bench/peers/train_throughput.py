"""Training throughput of Python PyTorch: the peer of bench/Winnow.Throughput, same networks, same settings, same output.

usage: train_throughput.py MODEL PRECISION BATCH THREADS SECONDS [contiguous] [mallopt|tcmalloc]
Prints one JSON line with samples per second of full steps: forward, cross entropy, backward, Nesterov SGD with weight decay.
Inputs are noise in channels-last order (unless "contiguous"), already on the device; three steps of warm-up are not counted.
"mallopt" sets the thresholds that keep glibc from giving memory back at every step, as Winnow.Torch does; "tcmalloc" only says that LD_PRELOAD has put it
in glibc's place.
Samples per second of processor time are what to compare, with one thread, when the machine has other work.
"""
import ctypes
import json
import sys
import time

import torch
import torch.nn.functional as functional
from torch import nn


def block(inputs, outputs, kernel=3, stride=1, relu=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))


class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = block(inputs, outputs, stride=stride)
        self.second = block(outputs, outputs, relu=False)
        self.shortcut = None if stride == 1 and inputs == outputs else block(inputs, outputs, 1, stride, relu=False)

    def forward(self, x):
        y = self.second(self.first(x))
        y += x if self.shortcut is None else self.shortcut(x)
        return functional.relu_(y)


def resnet9(w):
    return nn.Sequential(
        block(1, w), block(w, 2 * w), nn.MaxPool2d(2), Residual(nn.Sequential(block(2 * w, 2 * w), block(2 * w, 2 * w))),
        block(2 * w, 4 * w), nn.MaxPool2d(2), block(4 * w, 8 * w), nn.MaxPool2d(2),
        Residual(nn.Sequential(block(8 * w, 8 * w), block(8 * w, 8 * w))),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8 * w, 10, bias=False))


def resnet_small(w):
    return nn.Sequential(
        block(1, w, stride=2), BasicBlock(w, w, 1), BasicBlock(w, w, 1), BasicBlock(w, 2 * w, 2), BasicBlock(2 * w, 2 * w, 1),
        BasicBlock(2 * w, 4 * w, 2), BasicBlock(4 * w, 4 * w, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * w, 10))


def main():
    name, precision, batch, threads, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
    channels_last = "contiguous" not in sys.argv[6:]
    allocator = next((name for name in ("mallopt", "tcmalloc") if name in sys.argv[6:]), None)
    if allocator == "tcmalloc" and not hasattr(ctypes.CDLL(None), "tc_version"):
        sys.exit("train_throughput.py: tcmalloc isn't loaded; set LD_PRELOAD")
    if allocator == "mallopt":
        libc = ctypes.CDLL("libc.so.6")
        for parameter, value in ((-3, 1 << 30), (-1, 2**31 - 1), (-2, 64 << 20)):
            libc.mallopt(parameter, value)
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = {"resnet9": resnet9, "resnet-small": resnet_small}[name](16)
    images, labels = torch.randn(batch, 1, 28, 28), torch.randint(0, 10, (batch,))
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits = model(images)
        functional.cross_entropy(logits.float(), labels).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    for _ in range(3):
        step()
    start, cpu, steps = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < seconds:
        step()
        steps += 1
    rate = steps * batch / (time.perf_counter() - start)
    print(json.dumps({"engine": f"python+{allocator}" if allocator else "python", "torch": torch.__version__, "model": name, "precision": precision, "batch": batch,
                      "threads": threads, "layout": "channels_last" if channels_last else "contiguous",
                      "samples_per_second": round(rate, 1),
                      "samples_per_cpu_second": round(steps * batch / (time.process_time() - cpu), 1)}))


if __name__ == "__main__":
    main()
