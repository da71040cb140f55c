"""What is left of an epoch, in batches."""
from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Optional

import numpy as np

from ._library import InvalidInput

if TYPE_CHECKING:
    from ._pruner import Plan


class Batches:
    """The samples of a plan that an iteration gives, in visiting order, in (global) batches whose sizes differ by at most one.

    left: those without a loss where some have one already; None: the whole epoch. Where they are whole batches of the plan, as after a break between two
    steps at the same batch size, they stay those batches, and the steps that follow are the ones that would have followed. Otherwise they are divided anew,
    so that nothing comes twice and no step rests on a handful of samples.
    """

    def __init__(self, plan: "Plan", left: Optional[np.ndarray], batch_size: int) -> None:
        self.plan = plan
        self.order: np.ndarray = plan.order if left is None else left
        sizes = None if left is None else _whole_batches(plan, left, batch_size)
        self._bounds = _balanced(self.order.size, batch_size) if sizes is None else np.concatenate([[0], np.cumsum(sizes)])

    @property
    def count(self) -> int:
        """How many batches."""
        return self._bounds.size - 1

    @cached_property
    def sizes(self) -> np.ndarray:
        """How many samples each batch has."""
        return np.diff(self._bounds)

    def batch(self, step: int) -> np.ndarray:
        """A batch's ids."""
        return self.order[self._bounds[step]:self._bounds[step + 1]]

    def share(self, step: int, rank: int, ranks: int) -> "list[int]":
        """A process's contiguous part of a batch, equally long on all: filled up with ~id of the batch's first sample, to be computed with and not observed."""
        batch = self.batch(step)
        start, end = rank * batch.size // ranks, (rank + 1) * batch.size // ranks
        filling = -(-batch.size // ranks) - (end - start)
        return batch[start:end].tolist() + [~int(batch[0])] * filling

    # ---- for several processes: which batch a sample is in, and what its losses are divided by ----

    @cached_property
    def weights(self) -> np.ndarray:
        """The sum of each batch's weights."""
        return np.add.reduceat(self.plan.weights[self.order], self._bounds[:-1], dtype=np.float64)

    def of(self, ids: np.ndarray) -> int:
        """The batch that the samples are in, all of them."""
        found = self._steps[ids]
        if found.size == 0 or (found != found[0]).any() or found[0] < 0:
            raise InvalidInput("the ids are of several batches; update with one batch that the loader gave, or with none of it twice")
        return int(found[0])

    def end(self, step: int) -> int:
        """How many visits of the plan are done after a batch."""
        return self.plan.count - self.order.size + int(self._bounds[step + 1])

    def means(self, ids: np.ndarray, losses: np.ndarray) -> np.ndarray:
        """The mean of the finite losses of each sample's batch."""
        steps, finite = self._steps[ids], np.isfinite(losses)
        sums = np.bincount(steps[finite], losses[finite].astype(np.float64), self.count)
        with np.errstate(invalid="ignore"):
            return (sums / np.bincount(steps[finite], minlength=self.count))[steps].astype(np.float32)

    @cached_property
    def _steps(self) -> np.ndarray:
        steps = np.full(self.plan.total, -1, np.int32)
        steps[self.order] = np.repeat(np.arange(self.count, dtype=np.int32), self.sizes)
        return steps


def _balanced(count: int, batch_size: int) -> np.ndarray:
    steps = -(-count // batch_size)
    return np.arange(steps + 1, dtype=np.int64) * count // max(steps, 1)


# The sizes of the plan's batches that are left, or None where a part of one is.
def _whole_batches(plan: "Plan", left: np.ndarray, batch_size: int) -> Optional[np.ndarray]:
    waiting = np.zeros(plan.total, bool)
    waiting[left] = True
    bounds = _balanced(plan.count, batch_size)
    sizes, found = np.diff(bounds), np.add.reduceat(waiting[plan.order], bounds[:-1], dtype=np.int64)
    return sizes[found > 0] if ((found == 0) | (found == sizes)).all() else None
