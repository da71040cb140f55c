"""MinHash-LSH near duplicates by datasketch's published rule over numpy: the peer of `winnow dedup`.

A shingle (words joined by a blank) is hashed by the first four bytes of its SHA-1, a permutation is (a*h + b), wrapped at 64 bits, modulo 2^61-1 and 2^32-1; bands are looked up in a dictionary, candidates
are verified by the Jaccard similarity of their sets, and one goes where one before it stays. `--check` compares the signature of "Hello" with the library's stored one.

    python3 minhash_numpy.py FILE.jsonl --documents 20000
"""
import argparse
import hashlib
import json
import re
import struct
import time

import numpy as np

MERSENNE, MASK = np.uint64((1 << 61) - 1), np.uint64((1 << 32) - 1)


def permutations(count, seed=1):
    generator = np.random.RandomState(seed)
    pairs = [(generator.randint(1, MERSENNE, dtype=np.uint64), generator.randint(0, MERSENNE, dtype=np.uint64)) for _ in range(count)]
    return np.array(pairs, dtype=np.uint64).T


def signature(hashes, a, b):
    # A row a shingle, a column a permutation; in pieces, so that long texts fit the cache.
    least = np.full(len(a), MASK, dtype=np.uint64)
    for start in range(0, len(hashes), 256):
        piece = np.array(hashes[start:start + 256], dtype=np.uint64)[:, None]
        least = np.minimum(least, (((piece * a + b) % MERSENNE) & MASK).min(axis=0))
    return least


def sha1_32(data):
    return struct.unpack("<I", hashlib.sha1(data).digest()[:4])[0]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("file", nargs="?")
    options.add_argument("--documents", type=int, default=20000)
    options.add_argument("--bands", type=int, default=18)
    options.add_argument("--rows", type=int, default=6)
    options.add_argument("--words", type=int, default=5)
    options.add_argument("--threshold", type=float, default=0.8)
    options.add_argument("--check", action="store_true")
    given = options.parse_args()
    if given.check:
        a, b = permutations(4)
        got = signature([sha1_32(b"Hello")], a, b).tolist()
        assert got == [734825475, 960773806, 359816889, 342714745], got
        print("the signature of Hello is the published one")
        return
    a, b = permutations(given.bands * given.rows)
    began, bytes_read, signing = time.perf_counter(), 0, 0.0
    tables = [{} for _ in range(given.bands)]
    sets, kept, removed, compared, exact = {}, 0, 0, 0, set()
    with open(given.file, "rb") as lines:
        for number, line in enumerate(lines):
            if number == given.documents:
                break
            bytes_read += len(line)
            text = json.loads(line)["text"]
            digest = hashlib.sha256(text.encode()).digest()
            if digest in exact:
                removed += 1
                continue
            exact.add(digest)
            words = re.findall(r"\w+", text.lower())
            shingles = {" ".join(words[i:i + given.words]) for i in range(len(words) - given.words + 1)}
            if not shingles:
                kept += 1
                continue
            start = time.perf_counter()
            found = signature([sha1_32(shingle.encode()) for shingle in shingles], a, b)
            signing += time.perf_counter() - start
            keys = [found[band * given.rows:(band + 1) * given.rows].tobytes() for band in range(given.bands)]
            candidates = sorted({other for table, key in zip(tables, keys) for other in table.get(key, ())})
            for other in candidates:
                compared += 1
                shared = len(shingles & sets[other])
                if shared / (len(shingles) + len(sets[other]) - shared) >= given.threshold:
                    removed += 1
                    break
            else:
                kept += 1
                sets[number] = shingles
                for table, key in zip(tables, keys):
                    table.setdefault(key, []).append(number)
    seconds = time.perf_counter() - began
    print(json.dumps({"documents": kept + removed, "kept": kept, "removed": removed, "compared": compared, "seconds": round(seconds, 2), "signing_seconds": round(signing, 2),
                      "mb": round(bytes_read / 1e6, 1), "mb_per_second": round(bytes_read / 1e6 / seconds, 2), "signing_mb_per_second": round(bytes_read / 1e6 / signing, 2)}))


if __name__ == "__main__":
    main()
