"""native/winnow/winnow.h through ctypes: structures, signatures, errors."""
from __future__ import annotations

import ctypes as c
import os
import platform
from pathlib import Path

ABI = 1


class WinnowError(Exception):
    """Something went wrong; the message states the value, the rule and the remedy. Nothing was changed."""


class InvalidInput(WinnowError, ValueError):
    """A value that isn't possible."""


class InvalidState(WinnowError, RuntimeError):
    """Possible, but not now; or another thread is using the pruner."""


class BadCheckpoint(WinnowError, ValueError):
    """A saved state that is torn, altered, or of another run."""


_ERRORS = {-1: InvalidInput, -2: InvalidState, -3: InvalidState, -4: InvalidState, -5: MemoryError, -7: BadCheckpoint}


class Options(c.Structure):
    _fields_ = [("size", c.c_uint32), ("epochs", c.c_int32), ("seed", c.c_uint64), ("threads", c.c_int32), ("allow_unobserved", c.c_int32),
                ("labels", c.c_void_p), ("label_count", c.c_int64)]


class Signals(c.Structure):
    _fields_ = [("size", c.c_uint32), ("reserved", c.c_uint32), ("losses", c.c_void_p), ("scores", c.c_void_p), ("batch_losses", c.c_void_p),
                ("confidences", c.c_void_p), ("correct", c.c_void_p)]


class PlanFacts(c.Structure):
    _fields_ = [("size", c.c_uint32), ("epoch", c.c_int32), ("epochs", c.c_int32), ("reserved", c.c_int32), ("samples", c.c_int64),
                ("visits", c.c_int64), ("weight_sum", c.c_double)]


class NativeStatistics(c.Structure):
    _fields_ = [("size", c.c_uint32), ("epochs", c.c_int32)] + \
        [(name, c.c_int64) for name in ("samples", "planned", "observed", "unobserved", "repeated", "refreshed", "non_finite")] + \
        [(name, c.c_double) for name in ("asked_save", "saved", "mean_loss", "weighted_loss", "stored_loss", "learning_rate_scale")]


_HANDLE, _POINTER, _I32, _I64 = c.c_uint64, c.c_void_p, c.c_int32, c.c_int64

_FUNCTIONS = {
    "winnow_pruner_create": [c.c_char_p, _I64, _POINTER, _POINTER],
    "winnow_pruner_restore": [c.c_char_p, _I64, _POINTER, _POINTER, _I64, _POINTER],
    "winnow_pruner_save": [_HANDLE, _POINTER, _I64, _POINTER],
    "winnow_pruner_destroy": [_HANDLE],
    "winnow_pruner_needs": [_HANDLE, _POINTER, _POINTER],
    "winnow_pruner_preload": [_HANDLE, _I64, _POINTER],
    "winnow_pruner_plan": [_HANDLE, _I32, _POINTER],
    "winnow_pruner_observe": [_HANDLE, _I32, _POINTER, _I64, _POINTER],
    "winnow_pruner_observe_places": [_HANDLE, _I32, _I64, _I64, _POINTER],
    "winnow_pruner_observe_dropped": [_HANDLE, _I32, _POINTER, _I64, _POINTER],
    "winnow_pruner_is_observed": [_HANDLE, _I32, _I64, _I64, _POINTER],
    "winnow_pruner_unobserved": [_HANDLE, _I32, _POINTER, _I64, _POINTER],
    "winnow_signals_check": [_I64, _POINTER],
    "winnow_pruner_statistics": [_HANDLE, _POINTER],
    "winnow_pruner_column": [_HANDLE, c.c_char_p, _POINTER, _I64],
    "winnow_pruner_flags": [_HANDLE, _POINTER, _I64],
    "winnow_plan_free": [_HANDLE],
    "winnow_plan_describe": [_HANDLE, _POINTER],
    "winnow_plan_hash": [_HANDLE, _POINTER],
    "winnow_plan_order": [_HANDLE, _POINTER, _POINTER],
    "winnow_plan_weights": [_HANDLE, _POINTER, _POINTER],
    "winnow_plan_weights_of": [_HANDLE, _POINTER, _I64, _POINTER, _POINTER],
    "winnow_plan_steps": [_HANDLE, _I64, _POINTER],
    "winnow_plan_batch": [_HANDLE, _I64, _I64, _POINTER, _POINTER],
    "winnow_plan_share": [_HANDLE, _I32, _I32, _I64, _I64, _POINTER, _POINTER, _I64, _POINTER, _POINTER],
}


def _load() -> c.CDLL:
    here = Path(__file__).resolve().parent
    named = os.environ.get("WINNOW_LIBRARY")
    # Named, in the package, or built in the repository that this package lies in.
    places = [Path(named)] if named else [here / "libwinnow.so", here.parents[2] / "artifacts" / "native" / "libwinnow.so"]
    for place in places:
        if place.is_file():
            break
    else:
        raise ImportError(f"winnow: there is no {' or '.join(map(str, places))}; run scripts/library in Winnow's repository, or name the file in WINNOW_LIBRARY")
    # The library's own check would end the process.
    if platform.machine() == "x86_64" and os.path.exists("/proc/cpuinfo"):
        flags = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), "avx2 fma").split()
        if not {"avx2", "fma"} <= set(flags):
            raise ImportError("winnow: this processor has no AVX2, which the library is compiled for; compile it without IlcInstructionSet in src/Winnow.Native")
    library = c.CDLL(str(place))
    version = library.winnow_pruner_abi_version
    version.restype = c.c_int32
    if version() != ABI:
        raise ImportError(f"winnow: {place} has version {version()} of the interface and this package needs {ABI}; install both of one version")
    library.winnow_pruner_last_error.argtypes, library.winnow_pruner_last_error.restype = [c.c_void_p, c.c_int64], c.c_int64
    for name, arguments in _FUNCTIONS.items():
        function = getattr(library, name, None)
        if function is None:
            raise ImportError(f"winnow: {place} has no {name}, which this package needs; install both of one version")
        function.argtypes, function.restype = arguments, c.c_int32
    return library


library = _load()

_forked = False


def _after_fork() -> None:
    global _forked
    _forked = True


os.register_at_fork(after_in_child=_after_fork)


def usable() -> bool:
    """False in a process that was forked from one that had loaded the library: its threads didn't come along."""
    return not _forked


def check_process() -> None:
    if _forked:
        raise InvalidState("a forked process can't use its parent's pruner, and a DataLoader's workers need not: give them winnow.Indexed(data) and keep the pruner "
                           "in the training process; or start the process by multiprocessing's 'spawn'")


def check(status: int) -> None:
    if status:
        fail(status)


def fail(status: int) -> None:
    text = c.create_string_buffer(library.winnow_pruner_last_error(None, 0))
    library.winnow_pruner_last_error(text, len(text))
    raise _ERRORS.get(status, WinnowError)(text.value.decode("utf-8"))
