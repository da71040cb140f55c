"""Which samples to visit in each epoch of a training, decided while it runs: see README.md.

    import winnow
    pruner = winnow.Pruner(len(data), "infobatch:keep=0.5", epochs=200, seed=1)             # 1
    loader = winnow.Loader(data, pruner, batch_size=128, num_workers=4)                     # 2: instead of DataLoader(…, shuffle=True)
    for epoch in range(200):
        for x, y in loader:
            loss = loader.update(cross_entropy(model(x), y, reduction="none"))              # 3: raw losses in, one weighted loss out
"""
from ._library import BadCheckpoint, InvalidInput, InvalidState, WinnowError
from ._pruner import Plan, Pruner, Statistics
from ._loading import BatchSampler, Indexed, Loader, Sampler, predictions
from ._schedule import ProgressLR, cosine, one_cycle

__version__ = "0.1.0"

__all__ = [
    "BadCheckpoint", "BatchSampler", "Indexed", "InvalidInput", "InvalidState", "Loader", "Plan", "ProgressLR", "Pruner", "Sampler",
    "Statistics", "WinnowError", "cosine", "one_cycle", "predictions",
]
