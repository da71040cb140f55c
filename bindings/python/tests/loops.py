"""What the tests of loops share: a data set, made-up losses, and real trainings as programs of their own."""
import os
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch

TRAINING = str(Path(__file__).resolve().parent / "training.py")


class Squares:
    """A data set that is no torch class: item i is its square."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        if not 0 <= i < self.count:
            raise IndexError(i)
        return torch.tensor(float(i * i))


def losses_of(ids, epoch):
    return 4.0 / (1 + (ids * 31 % 101).float() * 0.1 * (epoch + 1))


class Programs(unittest.TestCase):
    """Starts training.py in folders that go with the test."""

    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="winnow-python-")
        self.addCleanup(self.home.cleanup)

    def folder(self, name):
        path = Path(self.home.name, name)
        path.mkdir()
        return path

    def start(self, folder, *options):
        return subprocess.Popen([sys.executable, TRAINING, str(folder), *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, "OMP_NUM_THREADS": "1"})

    def end(self, *processes):
        for process in processes:
            _, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, errors)

    def several(self, folder, ranks, *options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        return [self.start(folder, "--ranks", ranks, "--rank", rank, "--port", port, *options) for rank in range(ranks)]

    def same(self, one, two, exactly=True):
        for name in one["net"]:
            if exactly:
                self.assertTrue(torch.equal(one["net"][name], two["net"][name]), name)
            else:
                torch.testing.assert_close(one["net"][name], two["net"][name], rtol=1e-3, atol=1e-4)
