"""What crosses into the library: every number and array that a caller gives comes through here, and nothing else converts one.

Nothing is cut, wrapped around or guessed: a value that the other side can't hold is refused with its place and the rule. What values mean (a confidence is
in [0, 1], a class counts from 0) is the library's to say.
"""
from __future__ import annotations

import math
import numbers
import operator
from typing import Any, Optional

import numpy as np

from ._library import InvalidInput

INT32, INT64 = 2 ** 31 - 1, 2 ** 63 - 1
MOST_SAMPLES = 2_147_483_591  # what an array of the library holds


def count(value: Any, name: str, least: int = 0, most: int = INT64) -> int:
    """A whole number in a range: sizes, places, epochs. Of any integer type; a float isn't one, though it be whole, and a boolean neither."""
    number = _whole(value)
    if number is None:
        raise InvalidInput(f"{name} is {value!r}; it is a whole number, in [{least}, {most}]")
    if not least <= number <= most:
        raise InvalidInput(f"{name} is {number}; it is in [{least}, {most}]")
    return number


def real(value: Any, name: str, rule: str, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number in a range whose ends belong to it; rule: what it is, for the message."""
    number = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    if not isinstance(number, numbers.Real) or isinstance(number, bool) or not (math.isfinite(number) and least <= number <= most):
        raise InvalidInput(f"{name} is {value!r}; it is {rule}")
    return float(number)


def flag(value: Any, name: str) -> bool:
    """True or False; 1 and 0 do as well, other values of their truth don't."""
    if isinstance(value, (bool, np.bool_)) or _whole(value) in (0, 1):
        return bool(value)
    raise InvalidInput(f"{name} is {value!r}; it is True or False")


def text(value: Any, name: str) -> bytes:
    """UTF-8."""
    if not isinstance(value, str) or "\0" in value:
        raise InvalidInput(f"{name} is {value!r}; it is a text without NULs")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{name} is {value!r}, which is no Unicode at character {error.start}") from None


def ids(values: Any) -> np.ndarray:
    """Sample numbers as int64."""
    array = _integers(_vector(values, "ids"), values, "ids", "ids are whole numbers, which floating point rounds: keep them in int64")
    if array.dtype == bool:
        raise InvalidInput(f"ids are booleans, a mask of {array.size}; ids are sample numbers: numpy.flatnonzero(mask), and losses[mask] where there is a loss for every sample")
    return _narrowed(array, np.int64, lambda at, value: f"there is no sample {value} (ids[{at}]); ids are 0-based")


def labels(values: Any) -> np.ndarray:
    """Classes as int32."""
    array = _integers(_vector(values, "labels"), values, "labels", "labels are whole numbers, classes from 0: y.astype('int64') where they are whole")
    if array.size == 0:
        raise InvalidInput("labels are empty; pass one a sample, or none at all")
    return _narrowed(array, np.int32, lambda at, value: f"label {value} of sample {at} is beyond 32 bits; classes count from 0")


def correct(values: Any, samples: int) -> np.ndarray:
    """Whether predictions were right, a byte each."""
    array = _vector(values, "correct", samples)
    array = _integers(array, values, "correct", "it is whether the prediction was right, booleans or 0 and 1: (predicted == y)")
    return _narrowed(array, np.uint8, lambda at, value: f"correct[{at}] is {value}; it is 0 or 1, whether the prediction was right: (predicted == y)")


def reals(values: Any, name: str, samples: int) -> np.ndarray:
    """Losses and the like as float32; what is too large for it becomes infinite, and is counted as such.

    An array of integers is refused: labels and ids taken for losses would be a mistake that no plan shows. A list of Python's numbers is only numbers.
    """
    array = _vector(values, name, samples)
    if array.dtype == object:
        array = _objects(array, numbers.Real, np.float64, name)
    listed = not hasattr(values, "dtype") and array.dtype.kind in "iu"
    if array.dtype.kind != "f" and not listed and array.size:
        raise InvalidInput(f"{name} are of type {_type(values, array)}; they are floating point, one a sample: {name}.astype('float32') where these are {name}")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, np.float32)


def _whole(value: Any) -> Optional[int]:
    if isinstance(value, (bool, np.bool_)) or str(getattr(value, "dtype", "")).endswith("bool"):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


# One dimension, as numpy has it, whatever it came as.
def _vector(values: Any, name: str, samples: Optional[int] = None) -> np.ndarray:
    if np.ma.isMaskedArray(values) and np.ma.is_masked(values):
        raise InvalidInput(f"{name} are masked at some places; pass what is there: {name}.compressed()")
    try:
        if hasattr(values, "detach"):
            values = values.detach()
            # numpy has no bfloat16; float32 holds every one of them.
            values = (values.float() if str(values.dtype) == "torch.bfloat16" else values).cpu().numpy()
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise InvalidInput(f"{name} are no array of numbers: {error}") from None
    if array.ndim != 1:
        raise InvalidInput(f"{name} have the shape {array.shape}; pass one number a sample")
    if samples is not None and array.size != samples:
        raise InvalidInput(f"{array.size} {name} for {samples} samples; pass one a sample")
    # numpy makes numbers of the booleans in a list of both.
    if isinstance(values, (list, tuple)) and array.dtype != bool and any(isinstance(value, (bool, np.bool_)) for value in values):
        raise InvalidInput(f"{name} are numbers and booleans mixed; pass numbers")
    return array


# Integers or booleans of any width.
def _integers(array: np.ndarray, values: Any, name: str, rule: str) -> np.ndarray:
    # numpy makes floats of whole numbers where no one type of its own holds all of them.
    if array.dtype.kind == "f" and isinstance(values, (list, tuple)) and values and all(isinstance(value, numbers.Integral) for value in values):
        array = np.array(values, object)
    if array.dtype == object:
        return _objects(array, numbers.Integral, object, name)
    if array.dtype.kind in "iub":
        return array
    # An empty list is of floats for numpy.
    if array.size == 0 and not hasattr(values, "dtype"):
        return array.astype(np.int64)
    at = 0
    if array.dtype.kind == "f":
        broken = np.flatnonzero(array != np.floor(array))
        at = int(broken[0]) if broken.size else 0
    shown = f"{name}[{at}] is {array[at]!s}, of" if array.size else f"{name} are of"
    raise InvalidInput(f"{shown} type {_type(values, array)}; {rule}")


# Python's own numbers, such as integers beyond 64 bits or what pandas keeps beside its missing values.
def _objects(array: np.ndarray, kind: type, made: type, name: str) -> np.ndarray:
    for at, value in enumerate(array):
        if not isinstance(value, kind) or isinstance(value, (bool, np.bool_)):
            raise InvalidInput(f"{name}[{at}] is {value!r}; pass an array of numbers")
    try:
        return array.astype(made)
    except OverflowError:
        raise InvalidInput(f"{name} hold a number beyond float64") from None


def _narrowed(array: np.ndarray, kind: type, refusal: Any) -> np.ndarray:
    if array.dtype != bool and array.size:
        bounds = np.iinfo(kind)
        # Compared as Python's integers, which have no width: an unsigned 64-bit number and a negative one meet nowhere else.
        for value in (array.min(), array.max()):
            if not bounds.min <= int(value) <= bounds.max:
                raise InvalidInput(refusal(int(np.flatnonzero(array == value)[0]), int(value)))
    return np.ascontiguousarray(array, kind)


def _type(values: Any, array: np.ndarray) -> str:
    return str(getattr(values, "dtype", array.dtype))
