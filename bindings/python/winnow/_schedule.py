"""Learning rates as functions of progress: pruned epochs differ in length, so a schedule counted in steps would end early or late."""
from __future__ import annotations

import math
from typing import Any, Callable

from . import _values
from ._library import InvalidInput
from ._pruner import Pruner


class ProgressLR:
    """Sets optimizer.param_groups' learning rates to their first values times schedule(progress). Call step() before each batch, or after."""

    def __init__(self, optimizer: Any, schedule: Callable[[float], float], pruner: Pruner) -> None:
        if not isinstance(pruner, Pruner):
            raise InvalidInput(f"{type(pruner).__name__} is no winnow.Pruner, whose progress the rates follow")
        if not callable(schedule):
            raise InvalidInput(f"{type(schedule).__name__} is no schedule; it is a function of progress in [0, 1] that gives a factor, such as winnow.one_cycle()")
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
        """The rates that the factor multiplies; progress is the pruner's to save."""
        return {"base": list(self.base)}

    def load_state_dict(self, state: "dict[str, Any]") -> None:
        """Goes on with the rates of state_dict(); made with an optimizer of as many groups."""
        if not isinstance(state, dict) or not isinstance(state.get("base"), (list, tuple)):
            raise InvalidInput("that is no state of a winnow.ProgressLR; pass what state_dict() gave")
        base = [_values.real(rate, f"base[{at}]", "a learning rate, at least 0", 0) for at, rate in enumerate(state["base"])]
        if len(base) != len(self.base):
            raise InvalidInput(f"the state has {len(base)} learning rates and the optimizer {len(self.base)} groups of parameters; go on with an optimizer like the one that was saved")
        self.base = base
        self.step()


def one_cycle(warmup: float = 0.3, first: float = 1 / 25, last: float = 1 / 25e4) -> Callable[[float], float]:
    """A cosine from `first` to 1 over the first `warmup` of the run, in (0, 1), and down to `last`: torch's OneCycleLR, whose rate is the highest one.

    first, last: factors of the highest rate, at least 0.
    """
    rule = "a share of the run, in (0, 1)"
    warmup = _values.real(warmup, "warmup", rule, 0, 1)
    if not 0 < warmup < 1:
        raise InvalidInput(f"warmup is {warmup}; it is {rule}")
    first, last = (_values.real(factor, name, "a factor of the highest rate, at least 0", 0) for name, factor in (("first", first), ("last", last)))

    def between(start: float, end: float, share: float) -> float:
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))

    return lambda progress: between(first, 1, progress / warmup) if progress < warmup else between(1, last, (progress - warmup) / (1 - warmup))


def cosine(last: float = 0.0) -> Callable[[float], float]:
    """A cosine from 1 down to `last`, a factor of at least 0."""
    last = _values.real(last, "last", "a factor of the highest rate, at least 0", 0)
    return lambda progress: last + (1 - last) / 2 * (1 + math.cos(math.pi * progress))
