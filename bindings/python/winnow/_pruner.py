"""The pruner: plans epochs, takes losses back. Needs numpy; torch only where tensors are given."""
from __future__ import annotations

import ctypes as c
from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

import numpy as np

from . import _ranks, _values
from ._batches import Batches
from ._library import BadCheckpoint, InvalidInput, InvalidState, Options, Signals, check, check_process, library, usable
from ._plan import Plan, planned, unobserved_of
from ._statistics import Statistics, statistics_of
from ._values import INT32

if TYPE_CHECKING:
    import torch

Array = Union[np.ndarray, Sequence[float], "torch.Tensor"]
Ids = Union[np.ndarray, Sequence[int], "torch.Tensor"]

LOSSES, PREDICTIONS, BATCH_LOSSES = 1, 2, 8


class Pruner:
    """Plans the epochs of a run and takes its losses back.

    samples: how many the data set has, at least 1. method: such as "infobatch:keep=0.5" or "infobatch:save=0.3+max-age:epochs=5". epochs: how many the
    run has, at least 1. seed: of draws and orders, any 64 bits with a sign or without (-1 is 2**64 - 1). labels: the class of each sample, whole numbers
    from 0 without large gaps, for methods that look at classes. threads: that planning may use (0: all cores; never changes a result).
    allow_unobserved: whether an epoch may be planned while losses of the one before are missing. distributed: whether torch.distributed's processes
    share the work; must be said where it runs more than one.

    Numbers are taken as they are or refused (InvalidInput), here and everywhere: floats aren't cut and nothing is wrapped around. Ids are integers of any
    type; a boolean mask isn't ids (numpy.flatnonzero(mask) is). Losses, scores and batch losses are floating point; NaN, infinities and what float32
    can't hold are counted and their samples kept. Confidences are in [0, 1], or NaN where there is none; correct is booleans or 0 and 1.
    """

    def __init__(self, samples: int, method: str = "infobatch", *, epochs: int, seed: int = 0, labels: Optional[Ids] = None, threads: int = 0,
                 allow_unobserved: bool = False, distributed: Optional[bool] = None) -> None:
        check_process()
        self.samples, self.method, self.epochs = _values.count(samples, "samples", 1, _values.MOST_SAMPLES), method, _values.count(epochs, "epochs", 1, INT32)
        self.seed = _values.count(seed, "seed", -2 ** 63, 2 ** 64 - 1) & (2 ** 64 - 1)
        self._ranks = _ranks.of(distributed)
        self._labels = None if labels is None else _values.labels(labels)
        self._options = Options(c.sizeof(Options), self.epochs, self.seed, _values.count(threads, "threads", 0, INT32), _values.flag(allow_unobserved, "allow_unobserved"),
                                None if self._labels is None else self._labels.ctypes.data, 0 if self._labels is None else self._labels.size)
        handle = c.c_uint64()
        check(library.winnow_pruner_create(_values.text(method, "method"), self.samples, c.byref(self._options), c.byref(handle)))
        self._handle = handle.value
        needs, refreshes = c.c_uint32(), c.c_int32()
        check(library.winnow_pruner_needs(self._handle, c.byref(needs), c.byref(refreshes)))
        self.needs: int = needs.value
        self.refreshes_dropped: bool = bool(refreshes.value)  #: whether samples that sit out are to be observed too, by observe_dropped
        if self.refreshes_dropped and self._ranks.count > 1:
            raise InvalidInput(f"{method} looks at the samples that sat out, which isn't shared over processes yet; use another method, or one process")
        self.current: Optional[Plan] = None  #: the current plan
        self._signals, self._sum = Signals(size=c.sizeof(Signals)), c.c_double()
        self._begun = False
        self._done = 0                           # visits of the current epoch whose losses came back
        self._finished: Optional[int] = None     # the epoch that was complete when it was restored
        self._pending: "list[tuple[Any, Any, Any, Any]]" = []
        self._steps: Optional[Batches] = None    # the global batches of an iteration that several processes share

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
        epoch = _values.count(epoch, "epoch", 0, self.epochs - 1)
        if self.current is not None and epoch == self.current.epoch:
            return self.current
        self.flush()
        plan = planned(self._handle, epoch)
        self._compare(plan)
        self.current, self._begun, self._done, self._steps = plan, False, 0, None
        return plan

    def _compare(self, plan: Optional[Plan]) -> None:
        if self._ranks.count > 1:
            self._ranks.compare(*(-1, 0) if plan is None else (plan.epoch, plan.hash))

    def coming(self) -> Plan:
        """For samplers: the plan of an iteration that would begin now, for its length. Nothing changes, so that several processes needn't ask together."""
        check_process()
        if self.current is not None and (self.current.epoch != self._finished or self._finished + 1 == self.epochs):
            return self.current
        copy = self._restore(self._save())
        try:
            return planned(copy, 0 if self.current is None else self.current.epoch + 1)
        finally:
            library.winnow_pruner_destroy(copy)

    def left(self, plan: Plan, together: bool) -> Optional[np.ndarray]:
        """For samplers: what is left of a plan, in visiting order; None: all of it. together: all processes call it now."""
        if plan is not self.current or self._done == 0:
            return None
        if together or self._ranks.count == 1:
            self.flush()
        return unobserved_of(self._handle, plan.epoch)

    def begin(self, epoch: Optional[int] = None) -> Plan:
        """For samplers: the plan to walk through now. Without a number, the one of which something is left since it was restored, or the next one.

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
        epoch = plan.epoch if epoch is None else _values.count(epoch, "epoch", 0, INT32)
        ids = _values.ids(ids)
        signals, kept = _signals(ids.size, losses, scores, batch_losses, confidences, correct)
        check(library.winnow_pruner_observe(self._handle, epoch, ids.ctypes.data, ids.size, c.byref(signals)))
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
        ids = _values.ids(self.dropped if ids is None else ids)
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
        ids = _values.ids(ids)
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
        torch = _torch()
        if not isinstance(losses, torch.Tensor) or not losses.is_floating_point():
            kind = losses.dtype if hasattr(losses, "dtype") else type(losses).__name__
            raise InvalidInput(f"losses of type {kind}; they are a floating-point tensor, as the criterion gives them with reduction='none' (observe takes arrays)")
        raw = losses.detach()
        if not isinstance(ids, torch.Tensor):
            ids = torch.from_numpy(_values.ids(ids))
        if raw.dim() != 1 or ids.shape != raw.shape:
            raise InvalidInput(f"losses of shape {tuple(raw.shape)} for ids of shape {tuple(ids.shape)}; pass one raw loss a sample: reduction='none', and a mean over anything else, such as pixels")
        if not isinstance(normalize, str) or normalize not in ("weights", "batch", "none"):
            raise InvalidInput(f"normalize={normalize!r}; it is 'weights', 'batch' or 'none'")
        if ids.dtype is not torch.int64 or ids.device.type != "cpu" or not ids.is_contiguous():
            ids = torch.from_numpy(_values.ids(ids))
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
            if self.needs == LOSSES and confidences is None and correct is None:
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
        if self._ranks.count > 1 and self._steps is None:
            raise InvalidState("with several processes ids have to come from winnow.BatchSampler or winnow.Loader, which knows the global batches")
        numbers = ids.numpy()
        # Now, though they are handed over later: then it would be too late to say which batch was wrong.
        signals, kept = _signals(numbers.size, None, None, None, confidences, correct)
        check(library.winnow_signals_check(numbers.size, c.byref(signals)))
        real = numbers >= 0
        # Only where several processes fill up their shares is a negative number a sample.
        known = numbers if self._ranks.count == 1 else np.where(real, numbers, ~numbers)
        found = weights.numpy()
        check(library.winnow_plan_weights_of(plan.handle, known.ctypes.data, known.size, found.ctypes.data, c.byref(self._sum)))
        if found.size and found.min() == 0:
            raise InvalidInput(f"sample {known[found == 0][0]} isn't in the plan of epoch {plan.epoch}; update with what the loader gave, of the same epoch")
        found[~real] = 0
        step = None if self._steps is None else self._steps.of(known)
        predicted = (kept["confidences"][real], kept["correct"][real]) if self.needs & PREDICTIONS else (None, None)
        self._pending.append((numbers[real].copy(), raw if real.all() else raw[_torch().from_numpy(real).to(raw.device)], *predicted))
        if self._ranks.count == 1:
            self._done += known.size
            return float(found.sum(dtype=np.float64)) if normalize == "weights" else known.size
        self._done = self._steps.end(step)
        return (self._steps.weights[step] if normalize == "weights" else self._steps.sizes[step]) / self._ranks.count

    def flush(self) -> None:
        """Hands over the losses that wait (on a device, or with several processes, then all must call it). plan() and state_dict() do it by themselves."""
        pending = self._pending
        if not pending and self._ranks.count == 1:
            return
        if self.current is None:
            return
        ids, losses, confidences, correct = self._ranks.gather(*_ranks.join(pending))
        if ids.size == 0:
            self._pending = []
            return
        means = None
        if self.needs & BATCH_LOSSES:
            means = self._steps.means(ids, losses) if self._steps is not None else np.concatenate([_means(np.asarray(raw.float().cpu())) for _, raw, _, _ in pending])
        done = self._done
        self.observe(ids, losses, batch_losses=means, confidences=confidences, correct=None if correct is None else correct != 0)
        self._pending, self._done = [], done

    # ---- what is known ----

    @property
    def statistics(self) -> Statistics:
        """Takes a pass over the samples: ask once an epoch, not once a batch. With several processes, all call it."""
        check_process()
        self.flush()
        return statistics_of(self._handle)

    def column(self, name: str) -> np.ndarray:
        """What is remembered of each sample, such as "loss" (for samples that were seen: see `seen`)."""
        check_process()
        self.flush()
        values = np.empty(self.samples, np.float32)
        check(library.winnow_pruner_column(self._handle, _values.text(name, "name"), values.ctypes.data, values.size))
        return values

    @property
    def seen(self) -> np.ndarray:
        """Whether each sample was observed at least once."""
        check_process()
        self.flush()
        flags = np.empty(self.samples, np.uint8)
        check(library.winnow_pruner_flags(self._handle, flags.ctypes.data, flags.size))
        return (flags & 1).astype(bool)

    def unobserved(self) -> np.ndarray:
        """The samples of the current plan that have no loss yet, in visiting order: what is left to visit. With several processes, all call it."""
        check_process()
        self.flush()
        return unobserved_of(self._handle, self._plan().epoch)

    # ---- saving ----

    def state_dict(self) -> "dict[str, Any]":
        """Everything the pruner knows, in the middle of an epoch too; what was fetched and not updated is fetched again. With several processes, all call it."""
        check_process()
        self.flush()
        return {"winnow": 1, "epoch": None if self.current is None else self.current.epoch, "state": self._save().tobytes()}

    def load_state_dict(self, state: "dict[str, Any]") -> None:
        """Goes on where state_dict() was taken, bit for bit; made with the same samples, method, epochs, seed and labels. Nothing changes if it is refused."""
        check_process()
        if not isinstance(state, dict) or state.get("winnow") != 1 or not isinstance(state.get("state"), bytes) or "epoch" not in state:
            raise InvalidInput("that is no state of a winnow.Pruner; pass what state_dict() gave")
        epoch = None if state["epoch"] is None else _values.count(state["epoch"], "the state's epoch", 0, self.epochs - 1)
        handle = self._restore(np.frombuffer(state["state"], np.uint8))
        try:
            plan, left = _restored(handle, epoch)
            self._compare(plan)
        except BaseException:
            library.winnow_pruner_destroy(handle)
            raise
        library.winnow_pruner_destroy(self._handle)
        self._handle, self.current, self._pending, self._steps = handle, plan, [], None
        self._done = 0 if plan is None else plan.count - left
        # A finished epoch is followed by the next one; of an unfinished one the rest comes first.
        self._begun, self._finished = left == 0, epoch if left == 0 else None

    def _save(self) -> np.ndarray:
        size = c.c_int64()
        check(library.winnow_pruner_save(self._handle, None, 0, c.byref(size)))
        state = np.empty(size.value, np.uint8)
        check(library.winnow_pruner_save(self._handle, state.ctypes.data, state.size, c.byref(size)))
        return state

    # The handle of a pruner like this one that goes on from a state.
    def _restore(self, state: np.ndarray) -> int:
        handle, memory = c.c_uint64(), state if state.size else np.zeros(1, np.uint8)
        check(library.winnow_pruner_restore(_values.text(self.method, "method"), self.samples, c.byref(self._options), memory.ctypes.data, state.size, c.byref(handle)))
        return handle.value

    def is_observed(self, start: int, count: int) -> bool:
        """Whether every sample at these places of the plan's order has been observed."""
        found = c.c_int32()
        start, count = _values.count(start, "start"), _values.count(count, "count")
        check(library.winnow_pruner_is_observed(self._handle, self._plan().epoch, start, count, c.byref(found)))
        return bool(found.value)

    def _plan(self) -> Plan:
        if self.current is None:
            raise InvalidState("nothing has been planned yet; iterate over a winnow loader or sampler, or call plan(epoch)")
        return self.current


def _torch() -> Any:
    import torch
    return torch


# The plan that a restored pruner is at, and how many of its samples have no loss.
def _restored(handle: int, epoch: Optional[int]) -> "tuple[Optional[Plan], Optional[int]]":
    if epoch is None:
        if (epochs := statistics_of(handle).epochs) > 0:
            raise BadCheckpoint(f"the state says that no epoch was planned and holds {epochs} planned epochs; pass what state_dict() gave, as it is")
        return None, None
    try:
        left = unobserved_of(handle, epoch).size
    except InvalidState as error:
        raise BadCheckpoint(f"the state says epoch {epoch} and holds another: {error}; pass what state_dict() gave, as it is") from None
    return planned(handle, epoch), left


# Arrays that are given, as the library reads them; the second keeps their memory, by name.
def _signals(count: int, losses: Any, scores: Any, batch_losses: Any, confidences: Any, correct: Any) -> "tuple[Signals, dict[str, np.ndarray]]":
    signals, kept = Signals(size=c.sizeof(Signals)), {}
    for name, values in (("losses", losses), ("scores", scores), ("batch_losses", batch_losses), ("confidences", confidences), ("correct", correct)):
        if values is not None:
            kept[name] = array = _values.correct(values, count) if name == "correct" else _values.reals(values, name, count)
            # An empty array may have no address, and nothing would be read there.
            setattr(signals, name, array.ctypes.data)
    return signals, kept


# The mean of a batch's finite losses, for each of its samples.
def _means(losses: np.ndarray) -> np.ndarray:
    finite = losses[np.isfinite(losses)]
    return np.full(losses.size, finite.mean(dtype=np.float64) if finite.size else np.nan, np.float32)
