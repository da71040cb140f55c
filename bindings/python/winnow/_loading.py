"""Samplers, a data set that says which item it gives, and a loader that puts them together. Ids travel inside the batches."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, List, Optional

from . import _ranks
from ._library import InvalidInput, InvalidState
from ._pruner import Plan, Pruner

if TYPE_CHECKING:
    import torch


class Indexed:
    """A data set whose items come with their number: (index, item). Holds nothing of a pruner, so workers may live as long as they like."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> "tuple[int, Any]":
        # A negative number is filling for a process whose share of the batch is shorter than others': the same item as ~index, not to be observed.
        return index, self.dataset[~index if index < 0 else index]

    def __getitems__(self, indices: List[int]) -> "list[tuple[int, Any]]":
        if hasattr(self.dataset, "__getitems__"):
            return list(zip(indices, self.dataset.__getitems__([~i if i < 0 else i for i in indices])))
        return [self[i] for i in indices]


class _Epochs:
    """What samplers share: each iteration is an epoch, planned when it begins and not when its first item is asked for."""

    def __init__(self, pruner: Pruner) -> None:
        self.pruner = pruner
        self._epoch: Optional[int] = None

    def set_epoch(self, epoch: int) -> None:
        """Plans an epoch now, so that the length is right before the iteration; optional."""
        self.pruner.plan(epoch)
        self._epoch = epoch

    def _begin(self) -> Plan:
        epoch, self._epoch = self._epoch, None
        return self.pruner.begin(epoch)

    def _current(self) -> Plan:
        return self.pruner.current if self.pruner.current is not None else self.pruner.plan(0)


class Sampler(_Epochs):
    """For DataLoader(…, sampler=…): the ids of the epoch, one by one. Epochs follow one another; set_epoch() names one."""

    def __init__(self, pruner: Pruner) -> None:
        super().__init__(pruner)
        if pruner._ranks.count > 1:
            raise InvalidInput("with several processes use winnow.BatchSampler or winnow.Loader, which share the batches among them")

    def __iter__(self) -> Iterator[int]:
        return self._ids(self._begin())

    def _ids(self, plan: Plan) -> Iterator[int]:
        self.pruner.fetching(plan)
        order = plan.order.tolist()
        if self.pruner._resumed:
            order = [id for place, id in enumerate(order) if not self.pruner.is_observed(place, 1)]
        yield from order

    def __len__(self) -> int:
        """Visits of the current epoch: the one that is being or was last iterated over, or that set_epoch() planned."""
        return self._current().count


class BatchSampler(_Epochs):
    """For DataLoader(…, batch_sampler=…): batches whose sizes differ by at most one; nothing is dropped.

    batch_size: the most samples in a batch of one process. With several processes each takes its share of a global batch of batch_size * processes,
    all of the same length: where one is shorter it is filled with negative numbers, which Indexed and update() know.
    """

    def __init__(self, pruner: Pruner, batch_size: int) -> None:
        super().__init__(pruner)
        if batch_size < 1:
            raise InvalidInput(f"a batch size of {batch_size}; it is at least 1")
        self.batch_size = batch_size * pruner._ranks.count

    def __iter__(self) -> Iterator[List[int]]:
        plan = self._begin()
        if self.pruner._ranks.count > 1:
            self.pruner._steps = _ranks.Steps(plan, self.batch_size)
        return self._batches(plan)

    def _batches(self, plan: Plan) -> Iterator[List[int]]:
        self.pruner.fetching(plan)
        ranks, resumed = self.pruner._ranks, self.pruner._resumed
        # What is left is decided before the first batch: losses come back while later batches are fetched.
        steps = [step for step in range(plan.steps(self.batch_size)) if not (resumed and self.pruner.is_observed(*plan.place(step, self.batch_size)))]
        for step in steps:
            if ranks.count == 1:
                yield plan.batch(step, self.batch_size).tolist()
            else:
                ids, weights = plan.share(step, self.batch_size, ranks.rank, ranks.count)
                yield [id if weight != 0 else ~id for id, weight in zip(ids.tolist(), weights.tolist())]

    def __len__(self) -> int:
        """Batches of the current epoch: the one that is being or was last iterated over, or that set_epoch() planned."""
        return self._current().steps(self.batch_size)


class _Collate:
    """Ids apart from the items, whatever the items' own collate function makes of them."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __call__(self, batch: "list[tuple[int, Any]]") -> "tuple[torch.Tensor, Any]":
        import torch
        return torch.tensor([index for index, _ in batch], dtype=torch.int64), self._items([item for _, item in batch])


class Loader:
    """A DataLoader that visits what a pruner plans; its batches look as they did before, and `update(losses)` gives the loss to go back from.

    dataset: yours, as it is. batch_size: of one process. options: DataLoader's (num_workers, collate_fn, pin_memory, persistent_workers, …).
    An iteration is an epoch. The losses belong to the batch that was given out last; where more than one was given out since the last update
    (a wrapper that fetches ahead), that is refused: then use Indexed and BatchSampler, whose batches carry their ids, with Pruner.update(ids, losses).
    """

    def __init__(self, dataset: Any, pruner: Pruner, batch_size: int, **options: Any) -> None:
        from torch.utils.data import DataLoader, default_collate
        for name in ("shuffle", "sampler", "batch_sampler", "drop_last"):
            if name in options:
                raise InvalidInput(f"{name} is the pruner's to decide; leave it out")
        if len(dataset) != pruner.samples:
            raise InvalidInput(f"a data set of {len(dataset)} samples for a pruner of {pruner.samples}; make the pruner with len(dataset)")
        self.pruner, self.sampler = pruner, BatchSampler(pruner, batch_size)
        collate = _Collate(options.pop("collate_fn", None) or default_collate)
        self.loader = DataLoader(Indexed(dataset), batch_sampler=self.sampler, collate_fn=collate, **options)
        self._ids: "list[torch.Tensor]" = []

    def set_epoch(self, epoch: int) -> None:
        """Plans an epoch now, so that len() is right before the iteration; optional."""
        self.sampler.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Any]:
        # Begun here and not in the generator: what goes wrong is said where it is caused, and len() is right from here on.
        return self._batches(iter(self.loader))

    def _batches(self, batches: Iterator[Any]) -> Iterator[Any]:
        self._ids.clear()
        for ids, batch in batches:
            self._ids.append(ids)
            yield batch

    def update(self, losses: "torch.Tensor", **options: Any) -> "torch.Tensor":
        """Takes the raw losses of the batch given out last (reduction="none") and gives the loss to call backward() on; options as for Pruner.update."""
        if len(self._ids) != 1:
            raise InvalidState(f"{len(self._ids)} batches were given out since the last update, and the losses are of one: call update once for each batch, or skip() one. "
                               "Where something fetches ahead, use winnow.Indexed and winnow.BatchSampler with Pruner.update(ids, losses)")
        loss = self.pruner.update(self._ids[0], losses, **options)
        self._ids.clear()
        return loss

    def skip(self) -> None:
        """Forgets the batches given out since the last update; their samples keep the losses that they had (the pruner needs allow_unobserved=True)."""
        self._ids.clear()


def predictions(logits: "torch.Tensor", targets: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """What methods such as kakurenbo need beside losses: the probability of the model's own prediction, and whether it was right."""
    confidences, chosen = logits.detach().float().softmax(dim=-1).max(dim=-1)
    return confidences, chosen == targets
