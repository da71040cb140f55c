"""Several processes: who visits what, and how their losses come together. One process is a group of one."""
from __future__ import annotations

import sys
from typing import Any, Optional

import numpy as np

from ._library import InvalidInput, InvalidState


class One:
    """A process by itself."""
    rank, count = 0, 1

    def compare(self, epoch: int, plan_hash: int) -> None:
        pass

    def gather(self, ids: np.ndarray, *columns: Optional[np.ndarray]) -> "tuple[Any, ...]":
        return (ids, *columns)


class Several:
    """The processes of torch.distributed's default group."""

    def __init__(self) -> None:
        import torch
        import torch.distributed as group
        self._torch, self._group = torch, group
        self.rank, self.count = group.get_rank(), group.get_world_size()
        # NCCL sends from a device only; ids and losses are small.
        self._device = torch.device("cuda", torch.cuda.current_device()) if group.get_backend() == "nccl" else torch.device("cpu")

    def compare(self, epoch: int, plan_hash: int) -> None:
        found = self._all(np.array([epoch, np.uint64(plan_hash).astype(np.int64)], np.int64))
        if any((row != found[0]).any() for row in found[1:]):
            plans = ", ".join(f"rank {rank}: epoch {row[0]} plan {row[1].astype(np.uint64):016x}" for rank, row in enumerate(found))
            raise InvalidState(f"the processes planned different epochs ({plans}); give all of them the same samples, method, epochs, seed, labels and checkpoint")

    def gather(self, ids: np.ndarray, *columns: Optional[np.ndarray]) -> "tuple[Any, ...]":
        """Everybody's ids and numbers, in the order of the ranks. Ids travel as int64 by themselves: floating point would round them."""
        sizes = [int(row[0]) for row in self._all(np.array([ids.size], np.int64))]
        longest = max(sizes)
        if longest == 0:
            return (ids, *columns)
        everyones = np.concatenate([row[:size] for row, size in zip(self._all(np.resize(ids, longest) if ids.size else np.zeros(longest, np.int64)), sizes)])
        joined = []
        for column in columns:
            # Whether there is one depends on the method, which is the same everywhere; a process whose shares were all filling has none all the same.
            have = self._all(np.array([column is not None and column.size > 0], np.int64))
            if not any(int(row[0]) for row in have):
                joined.append(None)
                continue
            mine = np.zeros(longest, np.float32)
            mine[:ids.size] = [] if column is None else column
            joined.append(np.concatenate([row[:size] for row, size in zip(self._all(mine), sizes)]))
        return (everyones, *joined)

    def _all(self, mine: np.ndarray) -> "list[np.ndarray]":
        tensor = self._torch.from_numpy(np.ascontiguousarray(mine)).to(self._device)
        rows = [self._torch.empty_like(tensor) for _ in range(self.count)]
        self._group.all_gather(rows, tensor)
        return [row.cpu().numpy() for row in rows]


class Steps:
    """The global batches of a plan: which one a sample is in, and what its losses are divided by."""

    def __init__(self, plan: Any, batch_size: int) -> None:
        count = plan.steps(batch_size)
        self._bounds = np.arange(count + 1, dtype=np.int64) * plan.count // count
        self.sizes = np.diff(self._bounds)
        self.weights = np.add.reduceat(plan.weights[plan.order], self._bounds[:-1], dtype=np.float64)
        self._step = np.full(plan.total, -1, np.int32)
        self._step[plan.order] = np.repeat(np.arange(count, dtype=np.int32), self.sizes)

    def of(self, ids: np.ndarray) -> int:
        found = self._step[ids]
        if found.size == 0 or (found != found[0]).any():
            raise InvalidInput("the ids are of several batches; update with one batch that the loader gave, or with none of it twice")
        return int(found[0])

    def end(self, step: int) -> int:
        return int(self._bounds[step + 1])

    def means(self, ids: np.ndarray, losses: np.ndarray) -> np.ndarray:
        steps, finite = self._step[ids], np.isfinite(losses)
        sums = np.bincount(steps[finite], losses[finite].astype(np.float64), self.sizes.size)
        with np.errstate(invalid="ignore"):
            return (sums / np.bincount(steps[finite], minlength=self.sizes.size))[steps].astype(np.float32)


def of(distributed: Optional[bool]) -> Any:
    torch = sys.modules.get("torch")
    running = torch is not None and torch.distributed.is_available() and torch.distributed.is_initialized()
    several = running and torch.distributed.get_world_size() > 1
    if distributed is None and several:
        raise InvalidInput(f"torch.distributed runs {torch.distributed.get_world_size()} processes; say distributed=True to share each batch among them, or distributed=False")
    if distributed and not running:
        raise InvalidState("distributed=True, and torch.distributed isn't initialised; call torch.distributed.init_process_group first")
    return Several() if distributed else One()


def join(pending: "list[tuple[Any, Any, Any, Any]]") -> "tuple[Any, Any, Any, Any]":
    """The batches that wait as one."""
    if not pending:
        return np.empty(0, np.int64), np.empty(0, np.float32), None, None
    ids, losses, confidences, correct = zip(*pending)
    torch = sys.modules["torch"]
    return (np.concatenate(ids), torch.cat([loss.to(torch.float32) for loss in losses]).cpu().numpy(),
            None if confidences[0] is None else np.concatenate(confidences), None if correct[0] is None else np.concatenate(correct))
