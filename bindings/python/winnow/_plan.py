"""What one epoch visits, in the library's memory."""
from __future__ import annotations

import ctypes as c

import numpy as np

from . import _values
from ._library import PlanFacts, check, library, usable
from ._values import INT32


class _Handle:
    """A plan of the library's, freed when nothing looks at it any more."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def __del__(self) -> None:
        # Not in a forked child (the plan is the parent's), and not when the interpreter has taken the names away.
        if usable is not None and usable():
            library.winnow_plan_free(self.handle)


class _View:
    """Memory of a plan, for numpy: the array keeps this, and this keeps the plan."""

    def __init__(self, owner: _Handle, address: int, count: int, kind: str) -> None:
        self._owner = owner
        self.__array_interface__ = {"version": 3, "data": (address, True), "shape": (count,), "typestr": kind}


class Plan:
    """What one epoch visits: which samples, in which order, with which weights. It doesn't change; reading it advances nothing."""

    def __init__(self, handle: int) -> None:
        self._owner = owner = _Handle(handle)
        self.handle = handle
        facts = PlanFacts(size=c.sizeof(PlanFacts))
        check(library.winnow_plan_describe(handle, c.byref(facts)))
        self.epoch: int = facts.epoch              #: 0-based
        self.epochs: int = facts.epochs            #: of the run
        self.total: int = facts.samples            #: samples of the data set
        self.count: int = facts.visits             #: samples that this epoch visits
        self.weight_sum: float = facts.weight_sum  #: of all weights
        address, count = c.c_void_p(), c.c_int64()
        check(library.winnow_plan_order(handle, c.byref(address), c.byref(count)))
        self.order: np.ndarray = np.asarray(_View(owner, address.value, count.value, "<i4"))      #: ids in visiting order; the library's memory
        check(library.winnow_plan_weights(handle, c.byref(address), c.byref(count)))
        self.weights: np.ndarray = np.asarray(_View(owner, address.value, count.value, "<f4"))    #: one a sample, 0: sits out; the library's memory

    @property
    def hash(self) -> int:
        """The first 8 bytes of SHA-256 over the plan; computed when asked for."""
        value = c.c_uint64()
        check(library.winnow_plan_hash(self.handle, c.byref(value)))
        return value.value

    def steps(self, batch_size: int) -> int:
        """How many batches of at most so many samples: ceil(count / batch_size). Their sizes differ by at most one."""
        value = c.c_int64()
        check(library.winnow_plan_steps(self.handle, _values.count(batch_size, "batch_size", 1), c.byref(value)))
        return value.value

    def place(self, step: int, batch_size: int) -> "tuple[int, int]":
        """Where a batch lies in the order: start and size."""
        batch_size = _values.count(batch_size, "batch_size", 1)
        step, start, count = _values.count(step, "step"), c.c_int64(), c.c_int64()
        check(library.winnow_plan_batch(self.handle, batch_size, step, c.byref(start), c.byref(count)))
        return start.value, count.value

    def batch(self, step: int, batch_size: int) -> np.ndarray:
        """A batch's ids, 0-based step; a part of `order`."""
        start, count = self.place(step, batch_size)
        return self.order[start:start + count]

    def share(self, step: int, batch_size: int, rank: int, ranks: int) -> "tuple[np.ndarray, np.ndarray]":
        """A rank's part of a global batch, equally long on all ranks: ids and weights. Weight 0: filling, to be computed with and not observed."""
        batch_size, step = _values.count(batch_size, "batch_size", 1), _values.count(step, "step")
        ranks = _values.count(ranks, "ranks", 1, INT32)
        rank = _values.count(rank, "rank", 0, ranks - 1)
        room = min(-(-batch_size // ranks), self.count)
        ids, weights = np.empty(room, np.int64), np.empty(room, np.float32)
        count, real = c.c_int64(), c.c_int64()
        check(library.winnow_plan_share(self.handle, rank, ranks, batch_size, step, ids.ctypes.data, weights.ctypes.data, room, c.byref(count), c.byref(real)))
        return ids[:count.value], weights[:count.value]

    def __repr__(self) -> str:
        return f"<winnow.Plan of epoch {self.epoch}: {self.count} of {self.total} samples>"


def planned(handle: int, epoch: int) -> Plan:
    """The plan of an epoch, made by a pruner of the library's."""
    plan = c.c_uint64()
    check(library.winnow_pruner_plan(handle, epoch, c.byref(plan)))
    return Plan(plan.value)


def unobserved_of(handle: int, epoch: int) -> np.ndarray:
    """The samples of its current plan that have no loss yet, in visiting order."""
    count = c.c_int64()
    check(library.winnow_pruner_unobserved(handle, epoch, None, 0, c.byref(count)))
    ids = np.empty(count.value, np.int64)
    check(library.winnow_pruner_unobserved(handle, epoch, ids.ctypes.data, ids.size, c.byref(count)))
    return ids
