#!/usr/bin/env python3
"""Times Winnow's geometry beside faiss, scikit-learn and numba: alternating rounds in one run, the same points, iterations and initial centroids, and
how far the results agree. Build the driver first: dotnet build bench/Winnow.Geometry -c Release

usage: geometry.py [--parts kmeans neighbours kcenter facility duplicates] [--scale SHARE] [--rounds N] [--threads N] [--folder FOLDER]

kmeans      1,000,000 x 256, 1,000 clusters, 5 iterations: faiss (all points), scikit-learn (Lloyd, tol 0)
neighbours  5,000 queries among 200,000 x 256, 10 nearest: faiss IndexFlatL2
kcenter     50,000 x 512, 5,000 centres: the time that reading the matrix as many times takes
facility    20,000 x 256, 2,000 picks: a lazy greedy in numba over similarities by numpy, written for this comparison (not apricot)
duplicates  1,000,000 x 384, 1,000 clusters, 25 iterations, then the pairs; its k-means alone beside faiss'

--scale .01 makes the numbers of rows, clusters and picks smaller, to see that it works. Needs Debian's python3-faiss, python3-sklearn and python3-numba, and
libopenblas0-openmp: with the reference BLAS, which they take otherwise, they are many times slower, and the comparison means nothing (--any-blas allows it).
"""
import argparse
import heapq
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

PARTS = ("kmeans", "neighbours", "kcenter", "facility", "duplicates")
arguments = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
arguments.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
arguments.add_argument("--scale", type=float, default=1)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--threads", type=int, default=os.cpu_count())
arguments.add_argument("--folder", default=None)
arguments.add_argument("--any-blas", action="store_true")
options = arguments.parse_args()
# Before numpy is loaded: its threads are counted then.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = str(options.threads)

import faiss
import numpy as np
import sklearn
from sklearn.cluster import KMeans

DRIVER = pathlib.Path(__file__).resolve().parent.parent / "artifacts/bin/Winnow.Geometry/release/Winnow.Geometry.dll"
folder = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="winnow-geometry-"))
folder.mkdir(parents=True, exist_ok=True)


def scaled(number, least=1):
    return max(least, round(number * options.scale))


def points(count, width, seed, groups):
    """Groups of different spreads, as embeddings have them; float32."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((groups, width), dtype=np.float32)
    spreads = random.uniform(0.3, 1.2, groups).astype(np.float32)
    values = random.standard_normal((count, width), dtype=np.float32)
    belongs = random.integers(0, groups, count)
    for start in range(0, count, 65536):
        part = belongs[start:start + 65536]
        values[start:start + 65536] *= spreads[part, None]
        values[start:start + 65536] += centres[part]
    return values


def stored(name, values):
    path = folder / f"{name}.npy"
    np.save(path, values)
    return path


def winnow(*work):
    done = subprocess.run(["dotnet", DRIVER, *map(str, work)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def timed(work):
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def rounds(part, peers):
    """Everybody in turn, in an order that turns round each time; prints each one's seconds and the paired ratios."""
    seconds, last = {name: [] for name in peers}, {}
    for turn in range(options.rounds):
        for name in list(peers) if turn % 2 == 0 else list(reversed(peers)):
            took, last[name] = peers[name]()
            seconds[name].append(took)
    for name, took in seconds.items():
        ratio = "" if name == "winnow" else f"   winnow is {statistics.median(a / b for a, b in zip(took, seconds['winnow'])):.2f} times as fast (median of pairs)"
        print(f"{part:<11}{name:<14}median {statistics.median(took):9.3f} s   all {' '.join(f'{t:.3f}' for t in took)}{ratio}")
    return last


def objective(x, centroids, assignments):
    return sum(float(((x[i:i + 65536].astype(np.float64) - centroids[assignments[i:i + 65536]]) ** 2).sum()) for i in range(0, len(x), 65536))


def faiss_kmeans(x, centroids, iterations, spherical=False):
    def work():
        trained = faiss.Kmeans(x.shape[1], len(centroids), niter=iterations, spherical=spherical, max_points_per_centroid=len(x), min_points_per_centroid=1)
        trained.train(x, init_centroids=centroids)
        return trained.centroids, trained.index.search(x, 1)[1][:, 0]
    return timed(work)


def kmeans():
    x = points(scaled(1_000_000), 256, 1, scaled(1000))
    centroids = x[np.random.default_rng(2).choice(len(x), scaled(1000), replace=False)].copy()
    file, start, out, iterations = stored("kmeans", x), stored("centroids", centroids), folder / "assignments.npy", 5
    def ours():
        told = winnow("kmeans", file, start, iterations, out)
        return told["seconds"], told
    last = rounds("kmeans", {
        "winnow": ours,
        "faiss": lambda: faiss_kmeans(x, centroids, iterations),
        "scikit-learn": lambda: timed(lambda: KMeans(len(centroids), init=centroids, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(x))})
    own, (found, assigned), sk = last["winnow"]["objective"], last["faiss"], last["scikit-learn"]
    print(f"           objective: winnow {own:.6g}, faiss {objective(x, found, assigned) / own:.6f} times, scikit-learn {sk.inertia_ / own:.6f} times; "
          f"equal assignments with scikit-learn {np.mean(np.load(out) == sk.labels_):.4%}")


def neighbours():
    x, queries = points(scaled(200_000), 256, 3, 500), points(scaled(5000), 256, 4, 500)
    file, asked, out, k = stored("base", x), stored("queries", queries), folder / "ids.npy", 10
    def ours():
        told = winnow("neighbours", file, asked, k, out)
        return told["seconds"], told
    def flat():
        index = faiss.IndexFlatL2(x.shape[1])
        index.add(x)
        return timed(lambda: index.search(queries, k))
    last = rounds("neighbours", {"winnow": ours, "faiss": flat})
    print(f"           equal ids {np.mean(np.load(out) == last['faiss'][1]):.4%}")


def kcenter():
    for kind, groups in (("grouped", 100), ("no groups", 1)):
        x = points(scaled(50_000), 512, 5, groups)
        told = [winnow("kcenter", stored("kcenter", x), scaled(5000), folder / "centres.npy") for _ in range(options.rounds)]
        print(f"kcenter    {kind}: seconds {' '.join(format(t['select_seconds'], '.3f') for t in told)}, in times of streaming the matrix as often "
              f"{' '.join(format(t['times_streaming'], '.3f') for t in told)}, distances left out {told[-1]['skipped'] / len(x) / scaled(5000):.1%}")


def facility():
    import numba

    @numba.njit(parallel=True, fastmath=True)
    def gain(column, covered):
        total = 0.0
        for i in numba.prange(len(column)):
            total += max(column[i] - covered[i], 0)
        return total

    def lazy(x, count):
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        similarities = unit @ unit.T
        similarities *= 0.5
        similarities += 0.5
        covered, picks = np.zeros(len(x), np.float32), []
        heap = [(-total, i) for i, total in enumerate(similarities.sum(axis=1, dtype=np.float64))]
        heapq.heapify(heap)
        while len(picks) < count:
            # The top, looked at anew, is taken if it still comes before the next.
            _, item = heap[0]
            fresh = (-gain(similarities[item], covered), item)
            heapq.heapreplace(heap, fresh)
            if heap[0] == fresh:
                heapq.heappop(heap)
                np.maximum(covered, similarities[item], out=covered)
                picks.append(item)
        return picks

    x = points(scaled(20_000), 256, 6, 200)
    file, out, count = stored("facility", x), folder / "picks.npy", scaled(2000)
    lazy(x[:200], 5)
    def ours():
        told = winnow("facility", file, count, out)
        return told["seconds"], told
    last = rounds("facility", {"winnow": ours, "numba": lambda: timed(lambda: lazy(x, count))})
    own, other = np.load(out), np.array(last["numba"])
    same = len(own) if (own == other).all() else int(np.argmax(own != other))
    print(f"           the first {same} of {len(own)} picks are the same; {len(set(own) & set(other))} altogether")


def duplicates():
    x = points(scaled(1_000_000), 384, 7, scaled(1000))
    x[len(x) // 2:] = x[:len(x) - len(x) // 2] + 0.05 * np.random.default_rng(8).standard_normal((len(x) - len(x) // 2, 384), dtype=np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    centroids = x[np.random.default_rng(9).choice(len(x), scaled(1000), replace=False)].copy()
    file, start = stored("duplicates", x), stored("centroids", centroids)
    def ours():
        told = winnow("duplicates", file, start, 25)
        return told["seconds"], told
    last = rounds("duplicates", {"winnow": ours, "faiss k-means": lambda: faiss_kmeans(x, centroids, 25, spherical=True)})
    told, (found, assigned) = last["winnow"], last["faiss k-means"]
    other = float((1 - (x * found[assigned]).sum(axis=1, dtype=np.float64)).sum())
    print(f"           winnow's k-means {told['kmeans_seconds']:.3f} s, objective {told['objective']:.6g}, faiss {other / told['objective']:.6f} times; kept {told['kept'] / len(x):.2%}, "
          f"largest cluster {told['largest_cluster']}")


def main():
    if not DRIVER.exists():
        sys.exit("geometry.py: the driver isn't built; run dotnet build bench/Winnow.Geometry -c Release")
    blas = sorted(set(re.findall(r"\S*/lib[\w-]*blas[\w.-]*", pathlib.Path("/proc/self/maps").read_text(encoding="utf-8"))))
    blas = [pathlib.Path(path).name for path in blas]
    if not options.any_blas and not any("openblas" in name or "mkl" in name for name in blas):
        sys.exit(f"geometry.py: numpy and faiss take {' '.join(blas)}, the reference BLAS; install libopenblas0-openmp, or say --any-blas")
    print(f"faiss {faiss.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}, BLAS {' '.join(blas)}, {options.threads} threads, scale {options.scale}, {options.rounds} rounds")
    for part in options.parts:
        globals()[part]()


main()
