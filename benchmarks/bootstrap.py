"""Time the paired bootstrap of macro-F1 against a loop over scikit-learn, in one run.

    python benchmarks/bootstrap.py

Both resample the same rows of two models: 113 classes x 6,430 rows, long-tailed. The loop is timed
on a part of the resamples and scaled, because all of them take minutes. One thread each.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import resource  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402

from pycode.evaluate import paired_bootstrap  # noqa: E402

ROWS, CLASSES, RESAMPLES = 6430, 113, 10_000
LOOP, TURNS = 50, 7


def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels with a power-law class frequency, and two models that agree on most rows."""
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, CLASSES + 1) ** 1.2
    share /= share.sum()
    labels = rng.choice(CLASSES, ROWS, p=share)
    first = np.where(rng.random(ROWS) < 0.55, labels, rng.choice(CLASSES, ROWS, p=share))
    redrawn = np.where(rng.random(ROWS) < 0.57, labels, rng.choice(CLASSES, ROWS, p=share))
    return labels, first, np.where(rng.random(ROWS) < 0.3, redrawn, first)


def loop(
    labels: np.ndarray, a: np.ndarray, b: np.ndarray, resamples: int, seed: int = 0
) -> np.ndarray:
    """The obvious way: index the rows and call `f1_score` twice per resample."""
    from sklearn.metrics import f1_score

    rng, values = np.random.default_rng(seed), np.empty(resamples)
    plan = {"labels": range(CLASSES), "average": "macro", "zero_division": 0}
    for i in range(resamples):
        drawn = rng.integers(0, ROWS, ROWS)
        y = labels[drawn]
        values[i] = f1_score(y, a[drawn], **plan) - f1_score(y, b[drawn], **plan)
    return values


def main() -> None:
    """Print both times, their ratio, and both intervals; the two take turns, the best time counts."""
    labels, a, b = rows()
    loop(labels, a, b, 2)  # imports and first calls are not the loop's fault
    ours = paired_bootstrap("macro_f1", labels, a, b, CLASSES, resamples=100)
    fast, slow, values = [], [], []
    for turn in range(TURNS):
        start = time.process_time()
        ours = paired_bootstrap("macro_f1", labels, a, b, CLASSES, resamples=RESAMPLES)
        fast.append(time.process_time() - start)
        start = time.process_time()
        values.append(loop(labels, a, b, LOOP, seed=turn))
        slow.append((time.process_time() - start) / LOOP * RESAMPLES)
    low, high = np.quantile(np.concatenate(values), [0.025, 0.975])
    print(
        f"rows {ROWS}, classes {CLASSES}, resamples {RESAMPLES}, processor time on one thread, best of {TURNS}"
    )
    print(f"pycode        {min(fast):8.2f} s   [{ours.low:+.4f}, {ours.high:+.4f}]")
    print(f"scikit-learn  {min(slow):8.1f} s   [{low:+.4f}, {high:+.4f}]  ({LOOP} timed, scaled)")
    print(f"ratio         {min(slow) / min(fast):8.0f} x")
    print(f"peak memory   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main()
