#!/usr/bin/env python3
"""DSIR's scores by its rule in plain Python, one SHA-256 for each word and pair: what Winnow.TextSignals's "dsir" is held against. usage: dsir_plain.py FILE [MB]; FILE as for Winnow.TextSignals."""
import hashlib
import re
import sys
import time

WORDS = re.compile(r"\w+|[^\w\s]+")
RATIOS = [bucket / 1000 for bucket in range(10000)]


def score(text):
    words = WORDS.findall(text.lower())
    grams = words + [f"{a} {b}" for a, b in zip(words, words[1:])]
    return sum(RATIOS[int(hashlib.sha256(gram.encode()).hexdigest(), 16) % 10000] for gram in grams)


most = float(sys.argv[2]) * 1e6 if len(sys.argv) > 2 else 5e6
texts, size = [], 0
with open(sys.argv[1], encoding="utf-8", errors="replace", newline="\n") as lines:
    for line in lines:
        texts.append(line.rstrip("\n").replace("\\n", "\n"))
        size += len(texts[-1].encode())
        if size >= most:
            break
start = time.perf_counter()
for text in texts:
    score(text)
seconds = time.perf_counter() - start
print(f'{{"what": "dsir-python", "documents": {len(texts)}, "mb": {size / 1e6:.1f}, "seconds": {seconds:.3f}, "documents_a_second": {len(texts) / seconds:.0f}, "mb_a_second": {size / 1e6 / seconds:.2f}}}')
