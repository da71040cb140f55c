"""The pruner: plans epochs, takes losses back. Needs numpy; torch only where tensors are given."""
from __future__ import annotations

import ctypes as c
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

import numpy as np

from . import _ranks
from ._library import InvalidInput, InvalidState, NativeStatistics, Options, PlanFacts, Signals, check, check_process, library, usable

if TYPE_CHECKING:
    import torch

Array = Union[np.ndarray, Sequence[float], "torch.Tensor"]
Ids = Union[np.ndarray, Sequence[int], "torch.Tensor"]

LOSSES, PREDICTIONS, BATCH_LOSSES = 1, 2, 8


@dataclass(frozen=True)
class Statistics:
    """What has been planned and seen. Losses are of the current epoch unless said otherwise; NaN where there are none."""
    epochs: int                 #: planned
    samples: int                #: of the data set
    planned: int                #: visits, over all epochs
    observed: int               #: different samples, summed over the epochs
    unobserved: int             #: samples of the current plan without a loss
    repeated: int               #: losses of samples that had one in that epoch already
    refreshed: int              #: samples that sat out and were looked at all the same
    non_finite: int             #: losses that were NaN or infinite
    asked_save: float           #: the share of visits the method was asked to save; NaN if it wasn't
    saved: float                #: 1 - planned / (samples * epochs)
    mean_loss: float            #: plain mean over the visited
    weighted_loss: float        #: sum(weight * loss) / sum(weight): estimates the mean over all samples
    stored_loss: float          #: mean of the last losses of all samples, however old
    learning_rate_scale: float  #: what the method suggests to multiply this epoch's learning rate by; mostly 1


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
        check(library.winnow_plan_steps(self.handle, batch_size, c.byref(value)))
        return value.value

    def place(self, step: int, batch_size: int) -> "tuple[int, int]":
        """Where a batch lies in the order: start and size."""
        start, count = c.c_int64(), c.c_int64()
        check(library.winnow_plan_batch(self.handle, batch_size, step, c.byref(start), c.byref(count)))
        return start.value, count.value

    def batch(self, step: int, batch_size: int) -> np.ndarray:
        """A batch's ids, 0-based step; a part of `order`."""
        start, count = self.place(step, batch_size)
        return self.order[start:start + count]

    def share(self, step: int, batch_size: int, rank: int, ranks: int) -> "tuple[np.ndarray, np.ndarray]":
        """A rank's part of a global batch, equally long on all ranks: ids and weights. Weight 0: filling, to be computed with and not observed."""
        room = min(-(-batch_size // max(ranks, 1)), self.count)
        ids, weights = np.empty(room, np.int64), np.empty(room, np.float32)
        count, real = c.c_int64(), c.c_int64()
        check(library.winnow_plan_share(self.handle, rank, ranks, batch_size, step, ids.ctypes.data, weights.ctypes.data, room, c.byref(count), c.byref(real)))
        return ids[:count.value], weights[:count.value]

    def __repr__(self) -> str:
        return f"<winnow.Plan of epoch {self.epoch}: {self.count} of {self.total} samples>"


class Pruner:
    """Plans the epochs of a run and takes its losses back.

    samples: how many the data set has. method: such as "infobatch:keep=0.5" or "infobatch:save=0.3+max-age:epochs=5". epochs: how many the
    run has. seed: of draws and orders, any 64 bits. labels: the class of each sample, for methods that look at classes. threads: that
    planning may use (0: all cores; never changes a result). allow_unobserved: whether an epoch may be planned while losses of the one
    before are missing. distributed: whether torch.distributed's processes share the work; must be said where it runs more than one.
    """

    def __init__(self, samples: int, method: str = "infobatch", *, epochs: int, seed: int = 0, labels: Optional[Ids] = None, threads: int = 0,
                 allow_unobserved: bool = False, distributed: Optional[bool] = None) -> None:
        check_process()
        self.samples, self.method, self.epochs, self.seed = int(samples), method, int(epochs), int(seed) & (2 ** 64 - 1)
        self._ranks = _ranks.of(distributed)
        self._labels = None if labels is None else np.ascontiguousarray(_plain(labels), np.int32)
        self._options = Options(c.sizeof(Options), self.epochs, self.seed, int(threads), int(allow_unobserved),
                                None if self._labels is None else self._labels.ctypes.data, 0 if self._labels is None else self._labels.size)
        handle = c.c_uint64()
        check(library.winnow_pruner_create(_text(method), self.samples, c.byref(self._options), c.byref(handle)))
        self._handle = handle.value
        needs, refreshes = c.c_uint32(), c.c_int32()
        check(library.winnow_pruner_needs(self._handle, c.byref(needs), c.byref(refreshes)))
        self.needs: int = needs.value
        self.refreshes_dropped: bool = bool(refreshes.value)  #: whether samples that sit out are to be observed too, by observe_dropped
        if self.refreshes_dropped and self._ranks.count > 1:
            raise InvalidInput(f"{method} looks at the samples that sat out, which isn't shared over processes yet; use another method, or one process")
        self.current: Optional[Plan] = None  #: the current plan
        self._signals, self._sum = Signals(size=c.sizeof(Signals)), c.c_double()
        self._begun = self._resumed = False
        self._done = 0
        self._pending: "list[tuple[Any, Any, Any, Any]]" = []
        self._steps: Optional[_ranks.Steps] = None

    def __del__(self) -> None:
        if usable is not None and usable() and getattr(self, "_handle", 0):
            library.winnow_pruner_destroy(self._handle)
            self._handle = 0

    def __getstate__(self) -> None:
        raise TypeError("a pruner isn't sent to other processes: workers get winnow.Indexed(data), checkpoints get state_dict()")

    # ---- planning ----

    def plan(self, epoch: int) -> Plan:
        """The plan of an epoch, 0-based; asked again, the same. Epochs go forward. With several processes, all call it, and it is compared."""
        check_process()
        if self.current is not None and epoch == self.current.epoch:
            return self.current
        self.flush()
        handle = c.c_uint64()
        check(library.winnow_pruner_plan(self._handle, epoch, c.byref(handle)))
        plan = Plan(handle.value)
        self._ranks.compare(plan.epoch, plan.hash if self._ranks.count > 1 else 0)
        self.current, self._begun, self._resumed, self._done, self._steps = plan, False, False, 0, None
        return plan

    def begin(self, epoch: Optional[int] = None) -> Plan:
        """For samplers: the plan to walk through now. Without a number, what is left of a restored epoch, or the next one.

        A plan counts as used when its first sample is fetched (`fetching`): a DataLoader with workers asks for two iterators and reads one.
        """
        if epoch is not None:
            self.plan(epoch)
        elif self.current is None:
            self.plan(0)
        elif self._begun:
            if self._done == 0:
                raise InvalidState(f"a second iteration was begun though no loss of epoch {self.current.epoch} was given: each iteration is an epoch. Don't peek into the loader "
                                   "or count its batches, and give each batch's losses to update(); or say set_epoch(epoch) before each iteration")
            self.plan(self.current.epoch + 1)
        return self.current

    def fetching(self, plan: Plan) -> None:
        """For samplers: the first sample of a plan is being fetched."""
        if plan is not self.current:
            raise InvalidState(f"epoch {plan.epoch} is iterated over and epoch {self.current.epoch if self.current else None} has been planned meanwhile; begin a new iteration")
        self._begun = True

    @property
    def progress(self) -> float:
        """How far the run is, in [0, 1], by the visits of this epoch whose losses came back: what a learning rate should follow."""
        if self.current is None:
            return 0.0
        return (self.current.epoch + min(1.0, self._done / self.current.count)) / self.epochs

    # ---- losses ----

    def observe(self, ids: Ids, losses: Optional[Array] = None, *, scores: Optional[Array] = None, batch_losses: Optional[Array] = None,
                confidences: Optional[Array] = None, correct: Optional[Array] = None, epoch: Optional[int] = None) -> None:
        """Takes the raw losses of samples that this epoch visits, by id, in parts of any size and order. epoch: refuses losses that come too late."""
        check_process()
        plan = self._plan()
        ids = np.ascontiguousarray(_plain(ids), np.int64)
        signals, kept = _signals(ids.size, losses, scores, batch_losses, confidences, correct)
        check(library.winnow_pruner_observe(self._handle, plan.epoch if epoch is None else epoch, ids.ctypes.data, ids.size, c.byref(signals)))
        self._done += ids.size
        del kept

    def observe_all(self, losses: Optional[Array] = None, *, scores: Optional[Array] = None, batch_losses: Optional[Array] = None,
                    confidences: Optional[Array] = None, correct: Optional[Array] = None) -> None:
        """The same for the whole epoch in the order of the plan: the fastest way."""
        check_process()
        plan = self._plan()
        signals, kept = _signals(plan.count, losses, scores, batch_losses, confidences, correct)
        check(library.winnow_pruner_observe_places(self._handle, plan.epoch, 0, plan.count, c.byref(signals)))
        self._done = plan.count
        del kept

    def observe_dropped(self, losses: Optional[Array] = None, *, ids: Optional[Ids] = None, confidences: Optional[Array] = None, correct: Optional[Array] = None) -> None:
        """The same for samples that sit this epoch out (`dropped` unless ids are given), for methods where `refreshes_dropped` is true."""
        check_process()
        self.flush()
        ids = np.ascontiguousarray(self.dropped if ids is None else _plain(ids), np.int64)
        signals, kept = _signals(ids.size, losses, None, None, confidences, correct)
        check(library.winnow_pruner_observe_dropped(self._handle, self._plan().epoch, ids.ctypes.data, ids.size, c.byref(signals)))
        del kept

    @property
    def dropped(self) -> np.ndarray:
        """The ids that sit this epoch out, ascending."""
        return np.flatnonzero(self._plan().weights == 0)

    def preload(self, losses: Array, *, confidences: Optional[Array] = None, correct: Optional[Array] = None) -> None:
        """One loss a sample from elsewhere, before the first plan; NaN: never seen."""
        check_process()
        signals, kept = _signals(self.samples, losses, None, None, confidences, correct)
        check(library.winnow_pruner_preload(self._handle, self.samples, c.byref(signals)))
        del kept

    def weights_of(self, ids: Ids) -> np.ndarray:
        """The weights of given samples in this epoch."""
        ids = np.ascontiguousarray(_plain(ids), np.int64)
        weights = np.empty(ids.size, np.float32)
        check(library.winnow_plan_weights_of(self._plan().handle, ids.ctypes.data, ids.size, weights.ctypes.data, None))
        return weights

    def update(self, ids: "torch.Tensor", losses: "torch.Tensor", *, normalize: str = "weights", confidences: Optional[Array] = None,
               correct: Optional[Array] = None) -> "torch.Tensor":
        """Takes a batch's raw losses (a tensor of one a sample, reduction="none") and gives the loss to call backward() on.

        normalize: "weights" divides the sum of weighted losses by the sum of weights, "batch" by the number of samples as the InfoBatch
        package does (larger steps where samples stand for others), "none" gives the weighted losses one by one, for your own reduction
        over an accumulation window. With several processes the division is by the global batch's, so that gradients averaged over the processes are
        those of one process. The losses are left as they are. ids: from the loader, best left on the CPU.
        """
        check_process()
        plan = self._plan()
        raw = losses.detach()
        torch = _torch()
        if raw.dim() != 1 or ids.shape != raw.shape:
            raise InvalidInput(f"losses of shape {tuple(raw.shape)} for ids of shape {tuple(ids.shape)}; pass one raw loss a sample: reduction='none', and a mean over anything else, such as pixels")
        if normalize not in ("weights", "batch", "none"):
            raise InvalidInput(f"normalize={normalize!r}; it is 'weights', 'batch' or 'none'")
        if ids.dtype is not torch.int64 or ids.is_cuda or not ids.is_contiguous():
            ids = _whole(ids).to("cpu").contiguous()
        count = raw.numel()
        weights = torch.empty(count, dtype=torch.float32)
        shared = self._ranks.count > 1
        if shared or raw.device.type != "cpu":
            divisor = self._remember(plan, ids, raw, confidences, correct, weights, normalize)
        else:
            if raw.dtype is not torch.float32 or not raw.is_contiguous():
                raw = raw.to(torch.float32).contiguous()
            place = ids.data_ptr()
            check(library.winnow_plan_weights_of(plan.handle, place, count, weights.data_ptr(), c.byref(self._sum)))
            if self.needs == LOSSES:
                signals = self._signals
                signals.losses = raw.data_ptr()
                check(library.winnow_pruner_observe(self._handle, plan.epoch, place, count, c.byref(signals)))
                self._done += count
            else:
                self.observe(ids, raw, batch_losses=_means(raw.numpy()) if self.needs & BATCH_LOSSES else None, confidences=confidences, correct=correct)
            divisor = self._sum.value if normalize == "weights" else count
        weights = weights.to(losses.device)
        if losses.dtype is not torch.float32:
            losses = losses.to(torch.float32)
        return losses * weights if normalize == "none" else losses.dot(weights) / divisor

    # Losses of a device or of several processes wait until they are asked for: no step waits for them.
    def _remember(self, plan: Plan, ids: Any, raw: Any, confidences: Any, correct: Any, weights: Any, normalize: str) -> float:
        if self.needs & PREDICTIONS and (confidences is None or correct is None):
            raise InvalidInput(f"{self.method} needs confidences and correct beside the losses: confidences, correct = winnow.predictions(logits, targets)")
        numbers = ids.numpy()
        real = numbers >= 0
        known = np.where(real, numbers, ~numbers)
        found = weights.numpy()
        check(library.winnow_plan_weights_of(plan.handle, known.ctypes.data, known.size, found.ctypes.data, c.byref(self._sum)))
        if found.size and found.min() == 0:
            raise InvalidInput(f"sample {known[found == 0][0]} isn't in the plan of epoch {plan.epoch}; update with what the loader gave, of the same epoch")
        found[~real] = 0
        step = self._steps.of(known) if self._steps is not None else None
        self._pending.append((numbers[real].copy(), raw if real.all() else raw[_torch().from_numpy(real).to(raw.device)],
                              None if confidences is None else _plain(confidences)[real], None if correct is None else _plain(correct)[real]))
        if self._ranks.count == 1:
            self._done += known.size
            return float(found.sum(dtype=np.float64)) if normalize == "weights" else known.size
        if step is None:
            raise InvalidState("with several processes ids have to come from winnow.BatchSampler or winnow.Loader, which knows the global batches")
        self._done = self._steps.end(step)
        return (self._steps.weights[step] if normalize == "weights" else self._steps.sizes[step]) / self._ranks.count

    def flush(self) -> None:
        """Hands over the losses that wait (on a device, or with several processes, then all must call it). plan() and state_dict() do it by themselves."""
        pending, self._pending = self._pending, []
        if not pending and self._ranks.count == 1:
            return
        if self.current is None:
            return
        ids, losses, confidences, correct = _ranks.join(pending)
        ids, losses, confidences, correct = self._ranks.gather(ids, losses, confidences, correct)
        if ids.size == 0:
            return
        means = None
        if self.needs & BATCH_LOSSES:
            means = self._steps.means(ids, losses) if self._steps is not None else np.concatenate([_means(np.asarray(raw.float().cpu())) for _, raw, _, _ in pending])
        done = self._done
        self.observe(ids, losses, batch_losses=means, confidences=confidences if self.needs & PREDICTIONS else None, correct=correct if self.needs & PREDICTIONS else None)
        self._done = done

    # ---- what is known ----

    @property
    def statistics(self) -> Statistics:
        """Takes a pass over the samples: ask once an epoch, not once a batch. With several processes, all call it."""
        check_process()
        self.flush()
        found = NativeStatistics(size=c.sizeof(NativeStatistics))
        check(library.winnow_pruner_statistics(self._handle, c.byref(found)))
        return Statistics(**{name: getattr(found, name) for name, _ in NativeStatistics._fields_ if name != "size"})

    def column(self, name: str) -> np.ndarray:
        """What is remembered of each sample, such as "loss" (for samples that were seen: see `seen`)."""
        check_process()
        self.flush()
        values = np.empty(self.samples, np.float32)
        check(library.winnow_pruner_column(self._handle, _text(name), values.ctypes.data, values.size))
        return values

    @property
    def seen(self) -> np.ndarray:
        """Whether each sample was observed at least once."""
        check_process()
        self.flush()
        flags = np.empty(self.samples, np.uint8)
        check(library.winnow_pruner_flags(self._handle, flags.ctypes.data, flags.size))
        return (flags & 1).astype(bool)

    # ---- saving ----

    def state_dict(self) -> "dict[str, Any]":
        """Everything the pruner knows, in the middle of an epoch too; what was fetched and not updated is fetched again. With several processes, all call it."""
        check_process()
        self.flush()
        size = c.c_int64()
        check(library.winnow_pruner_save(self._handle, None, 0, c.byref(size)))
        state = np.empty(size.value, np.uint8)
        check(library.winnow_pruner_save(self._handle, state.ctypes.data, state.size, c.byref(size)))
        return {"winnow": 1, "epoch": None if self.current is None else self.current.epoch, "state": state.tobytes()}

    def load_state_dict(self, state: "dict[str, Any]") -> None:
        """Goes on where state_dict() was taken, bit for bit; made with the same samples, method, epochs, seed and labels. Nothing changes if it is refused."""
        check_process()
        if not isinstance(state, dict) or state.get("winnow") != 1 or not isinstance(state.get("state"), bytes):
            raise InvalidInput("that is no state of a winnow.Pruner; pass what state_dict() gave")
        handle, data = c.c_uint64(), np.frombuffer(state["state"] or b"\0", np.uint8)
        check(library.winnow_pruner_restore(_text(self.method), self.samples, c.byref(self._options), data.ctypes.data, len(state["state"]), c.byref(handle)))
        library.winnow_pruner_destroy(self._handle)
        self._handle, self.current, self._pending, self._steps, self._done = handle.value, None, [], None, 0
        if state["epoch"] is not None:
            plan = self.plan(state["epoch"])
            left = self.statistics.unobserved
            self._done = plan.count - left
            # A finished epoch is followed by the next one; of an unfinished one the rest comes first.
            self._resumed, self._begun = 0 < left < plan.count, left == 0

    def is_observed(self, start: int, count: int) -> bool:
        """Whether every sample at these places of the plan's order has been observed."""
        found = c.c_int32()
        check(library.winnow_pruner_is_observed(self._handle, self._plan().epoch, start, count, c.byref(found)))
        return bool(found.value)

    def _plan(self) -> Plan:
        if self.current is None:
            raise InvalidState("nothing has been planned yet; iterate over a winnow loader or sampler, or call plan(epoch)")
        return self.current


def _text(text: str) -> bytes:
    if not isinstance(text, str) or "\0" in text:
        raise InvalidInput(f"{text!r} is no text without NULs")
    return text.encode("utf-8")


def _torch() -> Any:
    import torch
    return torch


def _whole(ids: Any) -> Any:
    if ids.is_floating_point() or ids.is_complex():
        raise InvalidInput(f"ids of type {ids.dtype}; ids are whole numbers (int64), which floating point rounds")
    return ids.to(_torch().int64)


# Arrays as numpy has them, whatever they came as.
def _plain(values: Any) -> np.ndarray:
    if hasattr(values, "detach"):
        values = values.detach()
        if values.is_floating_point():
            values = values.float()
        values = values.cpu().numpy()
    values = np.asarray(values)
    if values.ndim != 1:
        raise InvalidInput(f"an array of shape {values.shape}; pass one number a sample")
    return values


def _signals(count: int, losses: Any, scores: Any, batch_losses: Any, confidences: Any, correct: Any) -> "tuple[Signals, list]":
    signals, kept = Signals(size=c.sizeof(Signals)), []
    for name, values, kind in (("losses", losses, np.float32), ("scores", scores, np.float32), ("batch_losses", batch_losses, np.float32),
                               ("confidences", confidences, np.float32), ("correct", correct, np.uint8)):
        if values is None:
            continue
        values = np.ascontiguousarray(_plain(values), kind)
        if values.size != count:
            raise InvalidInput(f"{values.size} {name} for {count} samples; pass one a sample")
        # An empty array may have no address, and nothing would be read there.
        setattr(signals, name, values.ctypes.data)
        kept.append(values)
    return signals, kept


# The mean of a batch's finite losses, for each of its samples.
def _means(losses: np.ndarray) -> np.ndarray:
    finite = losses[np.isfinite(losses)]
    return np.full(losses.size, finite.mean(dtype=np.float64) if finite.size else np.nan, np.float32)
