"""Learning rates as functions of progress: pruned epochs differ in length, so a schedule counted in steps would end early or late."""
from __future__ import annotations

import math
from typing import Any, Callable

from ._library import InvalidInput
from ._pruner import Pruner


class ProgressLR:
    """Sets optimizer.param_groups' learning rates to their first values times schedule(progress). Call step() before each batch, or after."""

    def __init__(self, optimizer: Any, schedule: Callable[[float], float], pruner: Pruner) -> None:
        self.optimizer, self.schedule, self.pruner = optimizer, schedule, pruner
        self.base = [group["lr"] for group in optimizer.param_groups]
        self.step()

    def step(self) -> float:
        """Sets the rates for the progress that the pruner has made; gives the factor."""
        factor = self.schedule(self.pruner.progress)
        for group, base in zip(self.optimizer.param_groups, self.base):
            group["lr"] = base * factor
        return factor

    def state_dict(self) -> "dict[str, Any]":
        return {"base": list(self.base)}

    def load_state_dict(self, state: "dict[str, Any]") -> None:
        self.base = list(state["base"])
        self.step()


def one_cycle(warmup: float = 0.3, first: float = 1 / 25, last: float = 1 / 25e4) -> Callable[[float], float]:
    """A cosine from `first` to 1 over the first `warmup` of the run, and down to `last`: torch's OneCycleLR, whose rate is the highest one."""
    if not 0 < warmup < 1:
        raise InvalidInput(f"warmup={warmup}; it is a share of the run, in (0, 1)")

    def between(start: float, end: float, share: float) -> float:
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))

    return lambda progress: between(first, 1, progress / warmup) if progress < warmup else between(1, last, (progress - warmup) / (1 - warmup))


def cosine(last: float = 0.0) -> Callable[[float], float]:
    """A cosine from 1 down to `last`."""
    return lambda progress: last + (1 - last) / 2 * (1 + math.cos(math.pi * progress))
