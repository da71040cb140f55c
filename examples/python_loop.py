"""Logistic regression in numpy, in a loop of one's own. From the repository:

    scripts/library
    PYTHONPATH=bindings/python python3 examples/python_loop.py
"""
import numpy as np
import winnow

EPOCHS, BATCH, RATE = 20, 64, 0.5


def clouds(count, seed):
    """Points around two centres, with a column of ones for the bias; and which centre."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, count)
    return np.column_stack([random.normal(size=(count, 2)) + 3 * y[:, None], np.ones(count)]), y


x, y = clouds(4000, seed=1)
theta = np.zeros(3)

pruner = winnow.Pruner(len(x), "infobatch:keep=0.5", epochs=EPOCHS, seed=1)              # 1
for epoch in range(EPOCHS):
    plan = pruner.plan(epoch)
    for step in range(plan.steps(BATCH)):
        ids = plan.batch(step, BATCH)                                                   # 2: instead of your shuffled batches
        weights = plan.weights[ids]
        p = 1 / (1 + np.exp(-x[ids] @ theta))
        losses = -np.log(np.where(y[ids] == 1, p, 1 - p))
        gradient = (weights * (p - y[ids])) @ x[ids] / weights.sum()                    # each loss counts by its weight
        theta -= RATE * gradient
        pruner.observe(ids, losses)                                                     # 3: the raw losses

x, y = clouds(1000, seed=2)
print(f"accuracy {np.mean((x @ theta > 0) == (y == 1)):.1%}")
print(f"visited {pruner.statistics.planned} of {EPOCHS * pruner.samples} samples, {pruner.statistics.saved:.1%} saved")
