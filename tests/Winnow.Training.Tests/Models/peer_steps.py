"""Trains the peer's network from given weights on given images and prints the loss of every step.

usage: peer_steps.py FOLDER_OF_PEER MODEL OPTIMIZER WEIGHTS IMAGES LABELS STEPS    (raw float32, float32 and int64 files)
"""
import sys

import numpy
import torch

folder, name, optimizer, weights, images, labels, steps = sys.argv[1:]
sys.path.insert(0, folder)
import train_throughput as peer  # noqa: E402

torch.set_num_threads(1)
model = {"resnet9": peer.resnet9, "resnet-small": peer.resnet_small}[name](16)
values = torch.from_numpy(numpy.fromfile(weights, dtype=numpy.float32))
start = 0
with torch.no_grad():
    for parameter in model.parameters():
        parameter.copy_(values[start:start + parameter.numel()].view_as(parameter))
        start += parameter.numel()
assert start == len(values), f"{len(values)} weights for {start}"
x = torch.from_numpy(numpy.fromfile(images, dtype=numpy.float32)).view(-1, 1, 28, 28)
y = torch.from_numpy(numpy.fromfile(labels, dtype=numpy.int64))
if optimizer == "sgd":
    update = torch.optim.SGD(model.parameters(), 0.002, momentum=0.9, nesterov=True, weight_decay=5e-4)
else:
    update = torch.optim.AdamW(model.parameters(), 1e-3)
for _ in range(int(steps)):
    loss = torch.nn.functional.cross_entropy(model(x), y, label_smoothing=0.1)
    loss.backward()
    update.step()
    update.zero_grad()
    print(repr(loss.item()))
model.eval()
print(repr(model(x).double().abs().sum().item()))
