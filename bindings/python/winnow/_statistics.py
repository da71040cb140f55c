"""What a pruner has planned and seen."""
from __future__ import annotations

import ctypes as c
from dataclasses import dataclass

from ._library import NativeStatistics, check, library


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


def statistics_of(handle: int) -> Statistics:
    """Those of a pruner of the library's."""
    found = NativeStatistics(size=c.sizeof(NativeStatistics))
    check(library.winnow_pruner_statistics(handle, c.byref(found)))
    return Statistics(**{name: getattr(found, name) for name, _ in NativeStatistics._fields_ if name != "size"})
