"""Samplers, a data set that says which item it gives, and a loader that puts them together. Ids travel inside the batches."""
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Iterator, List, Optional

from . import _values
from ._batches import Batches
from ._library import InvalidInput, InvalidState
from ._pruner import Pruner

if TYPE_CHECKING:
    import torch


class Indexed:
    """A data set whose items come with their number: (index, item). Holds nothing of a pruner, so workers may live as long as they like."""

    def __init__(self, dataset: Any) -> None:
        _check_numbered(dataset)
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


# A pruner chooses samples by number. Torch's classes have __getitem__ though a data set has none: it raises NotImplementedError without a word.
def _check_numbered(dataset: Any) -> None:
    torch = sys.modules.get("torch")
    found = getattr(type(dataset), "__getitem__", None)
    iterable = torch is not None and isinstance(dataset, torch.utils.data.IterableDataset)
    if iterable or found is None or (torch is not None and found is getattr(torch.utils.data.Dataset, "__getitem__", None)):
        raise InvalidInput(f"{type(dataset).__name__} {'is an iterable data set: it' if iterable else 'has no __getitem__: it'} can't be asked for a sample by its number, and a pruner "
                           "chooses samples by number; pass a data set with __getitem__ and __len__")
    if not hasattr(type(dataset), "__len__"):
        raise InvalidInput(f"{type(dataset).__name__} has no __len__, and a pruner has to know how many samples there are; pass a data set with __getitem__ and __len__")


class _Epochs:
    """What samplers share: each iteration is an epoch, planned when it begins and not when its first item is asked for.

    An iteration gives what is left of its epoch: the samples whose losses haven't come back, whatever was fetched and at whatever batch size.
    """

    def __init__(self, pruner: Pruner, batch_size: int) -> None:
        if not isinstance(pruner, Pruner):
            raise InvalidInput(f"{type(pruner).__name__} is no winnow.Pruner; make one with winnow.Pruner(len(data), …)")
        self.pruner = pruner
        self._size = batch_size
        self._epoch: Optional[int] = None     # what set_epoch() named, until its first sample is fetched
        self._now: Optional[Batches] = None   # what is being, or was last, iterated over

    def set_epoch(self, epoch: int) -> None:
        """Plans an epoch now, so that the length is right before the iteration; optional. Of one that was complete when it was restored nothing is left."""
        self._epoch = self.pruner.plan(epoch).epoch

    def __iter__(self) -> Iterator[Any]:
        if self._epoch is not None and self._epoch == self.pruner._finished:
            return self._nothing()
        plan = self.pruner.begin(self._epoch)
        batches = Batches(plan, self.pruner.left(plan, together=True), self._size)
        if batches.count == 0:
            raise InvalidState(f"every sample of epoch {plan.epoch} has its loss already: nothing is left to visit. Each iteration is an epoch: say set_epoch({plan.epoch + 1}), "
                               "or leave set_epoch out, and look at the samples again by a DataLoader of your own")
        self._now = batches
        if self.pruner._ranks.count > 1:
            self.pruner._steps = batches
        return self._walk(batches)

    def _walk(self, batches: Batches) -> Iterator[Any]:
        self.pruner.fetching(batches.plan)
        self._epoch = None
        yield from self._items(batches)

    def _nothing(self) -> Iterator[Any]:
        self._epoch = None
        return
        yield

    def _items(self, batches: Batches) -> Iterator[Any]:
        raise NotImplementedError("a sampler says what it gives")

    def __len__(self) -> int:
        if self._epoch is not None and self._epoch == self.pruner._finished:
            return 0
        if self._epoch is None and self._now is not None and self._now.plan is self.pruner.current:
            return self._now.count
        plan = self.pruner.coming()
        return Batches(plan, self.pruner.left(plan, together=False), self._size).count


class Sampler(_Epochs):
    """For DataLoader(…, sampler=…): the ids of the epoch, one by one. Epochs follow one another; set_epoch() names one.

    len(): visits of the iteration that is under way, or was last; before the first, and right after the pruner was restored, of the one that would begin now.
    """

    def __init__(self, pruner: Pruner) -> None:
        super().__init__(pruner, 1)
        if pruner._ranks.count > 1:
            raise InvalidInput("with several processes use winnow.BatchSampler or winnow.Loader, which share the batches among them")

    def _items(self, batches: Batches) -> Iterator[int]:
        return iter(batches.order.tolist())


class BatchSampler(_Epochs):
    """For DataLoader(…, batch_sampler=…): batches whose sizes differ by at most one; nothing is dropped.

    batch_size: the most samples in a batch of one process, at least 1. With several processes each takes its share of a global batch of
    batch_size * processes, all of the same length: where one is shorter it is filled with negative numbers, which Indexed and update() know.

    len(): batches of the iteration that is under way, or was last; before the first, and right after the pruner was restored, of the one that would begin now.
    """

    def __init__(self, pruner: Pruner, batch_size: int) -> None:
        super().__init__(pruner, _values.count(batch_size, "batch_size", 1, _values.INT32))
        self._size = self.batch_size = self._size * pruner._ranks.count

    def _items(self, batches: Batches) -> Iterator[List[int]]:
        ranks = self.pruner._ranks
        for step in range(batches.count):
            yield batches.batch(step).tolist() if ranks.count == 1 else batches.share(step, ranks.rank, ranks.count)


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
        _check_numbered(dataset)
        self.pruner, self.sampler = pruner, BatchSampler(pruner, batch_size)
        if len(dataset) != pruner.samples:
            raise InvalidInput(f"a data set of {len(dataset)} samples for a pruner of {pruner.samples}; make the pruner with len(dataset)")
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
    """What methods such as kakurenbo need beside losses: the probability of the model's own prediction, and whether it was right.

    logits: [samples, classes]. targets: the classes, [samples].
    """
    if not hasattr(logits, "detach") or not hasattr(targets, "detach") or logits.dim() != 2 or targets.shape != logits.shape[:1] or targets.is_floating_point():
        shown = [f"{tuple(tensor.shape)} of {tensor.dtype}" if hasattr(tensor, "dtype") else type(tensor).__name__ for tensor in (logits, targets)]
        raise InvalidInput(f"logits are {shown[0]} and targets {shown[1]}; they are tensors of [samples, classes] and, as whole numbers, [samples]")
    confidences, chosen = logits.detach().float().softmax(dim=-1).max(dim=-1)
    return confidences, chosen == targets
