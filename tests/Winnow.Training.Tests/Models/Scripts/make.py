"""Writes the TorchScript files that tests train, and files that aren't quite such: python3 make.py FOLDER [NAME ...]

Images are 1 x 16 x 16, classes are 4. The files in this folder were written by it, with PyTorch 1.13; the others are written when tests run, where there is
a PyTorch.
"""
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    """Convolutions, batch normalisation, dropout."""

    def __init__(self, classes=4, dropout=0.25):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(dropout)
        self.fc = nn.Linear(8 * 4, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.fc(self.drop(F.adaptive_avg_pool2d(x, 2).flatten(1)))


class Moving(nn.Module):
    """Code that puts other tensors in the place of its buffers, as batch normalisation did with its counter before PyTorch 2."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)
        self.register_buffer("centre", torch.zeros(64))
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, x):
        x = F.avg_pool2d(x, 2).flatten(1)
        if self.training:
            self.centre = self.centre * 0.9 + x.mean(0).detach() * 0.1
            self.seen = self.seen + 1
        return self.fc(x - self.centre)


class Views(nn.Module):
    """Code that only takes images in their usual order."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, stride=2, padding=1)
        self.fc = nn.Linear(2 * 8 * 8, 4)

    def forward(self, x):
        return self.fc(F.relu(self.conv(x)).view(x.size(0), -1))


class Point(nn.Module):
    """A filter of one pixel whose channels are no multiple of 16, and a weight under two names."""

    def __init__(self):
        super().__init__()
        self.point = nn.Conv2d(1, 6, 1, stride=2)
        self.a = nn.Linear(6, 6)
        self.b = nn.Linear(6, 6)
        self.b.weight = self.a.weight
        self.fc = nn.Linear(6, 4)
        self.unused = nn.Linear(3, 3)

    def forward(self, x):
        x = self.point(x).mean((2, 3))
        return self.fc(F.relu(self.b(F.relu(self.a(x)))))


class Counting(Moving):
    """State that is no tensor."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def forward(self, x):
        if self.training:
            self.steps += 1
        return self.fc(F.avg_pool2d(x, 2).flatten(1) + 0.001 * self.steps)


class Vectors(nn.Module):
    def __init__(self, features=4, classes=3):
        super().__init__()
        self.fc = nn.Linear(features, 16)
        self.out = nn.Linear(16, classes)

    def forward(self, x):
        return self.out(F.relu(self.fc(x)))


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 4)

    def forward(self, x, y):
        return self.fc(x.mean((1, 2, 3)).unsqueeze(1)) + y


class Pair(Two):
    def forward(self, x):
        x = self.fc(x.mean((1, 2, 3)).unsqueeze(1))
        return x, x


class Flat(Two):
    def forward(self, x):
        return self.fc(x.mean((1, 2, 3)).unsqueeze(1)).flatten()


class Fixed(Two):
    def forward(self, x):
        return self.fc(x.reshape(3, -1).mean(1).unsqueeze(1))


class Detached(Two):
    def forward(self, x):
        return self.fc(x.mean((1, 2, 3)).unsqueeze(1)).detach() + x.mean() * self.fc.bias.sum().detach().requires_grad_()


class NoForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    @torch.jit.export
    def other(self, x):
        return self.fc(x)


def traced(module, training):
    return torch.jit.trace(module.train(training), torch.randn(3, 1, 16, 16), check_trace=False)


FILES = {
    "scripted.pt": lambda path: torch.jit.script(Net()).save(path),
    "moving.pt": lambda path: torch.jit.script(Moving()).save(path),
    "views.pt": lambda path: torch.jit.script(Views()).save(path),
    "vectors.pt": lambda path: torch.jit.script(Vectors()).save(path),
    "two.pt": lambda path: torch.jit.script(Two()).save(path),
    "pair.pt": lambda path: torch.jit.script(Pair()).save(path),
    "state.pt": lambda path: torch.save(Two().state_dict(), path),
    "old.pt": lambda path: torch.save(Two().state_dict(), path, _use_new_zipfile_serialization=False),
    "point.pt": lambda path: torch.jit.script(Point()).save(path),
    "flat.pt": lambda path: torch.jit.script(Flat()).save(path),
    "fixed.pt": lambda path: traced(Fixed(), True).save(path),
    "detached.pt": lambda path: torch.jit.script(Detached()).save(path),
    "noforward.pt": lambda path: torch.jit.script(NoForward()).save(path),
    "double.pt": lambda path: torch.jit.script(Net().double()).save(path),
    "frozen.pt": lambda path: torch.jit.freeze(torch.jit.script(Net().eval())).save(path),
    "traced-evaluating.pt": lambda path: traced(Net(), False).save(path),
    "traced-training.pt": lambda path: traced(Net(dropout=0.0), True).save(path),
    "traced-dropout.pt": lambda path: traced(Net(), True).save(path),
    "counting.pt": lambda path: torch.jit.script(Counting()).save(path),
    "channels-last.pt": lambda path: torch.jit.script(Net().to(memory_format=torch.channels_last)).save(path),
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in sys.argv[2:] or FILES:
        torch.manual_seed(3)
        FILES[name](sys.argv[1] + "/" + name)
