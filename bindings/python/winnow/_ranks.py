"""Several processes: who visits what, and how their losses come together. One process is a group of one."""
from __future__ import annotations

import sys
from typing import Any, Optional

import numpy as np

from . import _values
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


def of(distributed: Optional[bool]) -> Any:
    """The processes that share the work: torch.distributed's, or this one alone."""
    distributed = None if distributed is None else _values.flag(distributed, "distributed")
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
