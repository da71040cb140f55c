#!/usr/bin/env python3
"""Writes reference.json: texts with signals of RedPajama-V2, Gopher's repeated lines and DSIR's buckets by their published rules, on the strings, regular expressions and
Unicode tables of Python, in which the published programs (togethercomputer/RedPajama-Data 6d2cee9, huggingface/datatrove a649de7, p-lambda/dsir 4802a1c) are written."""
import collections
import hashlib
import json
import math
import pathlib
import random
import re
import string
import unicodedata

WORDS = re.compile(r"\w+|[^\w\s]+")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
BULLETS = tuple("\u2022\u2023\u25b6\u25c0\u25e6\u25a0\u25a1\u25aa\u25ab\u2013")
BY_HAND = [
    "", " \n", "Alice went to the shop.", "Wait...what?! It's $3.88, e.g. here.\n\n• One\n– two…\n", "ΟΔΥΣΣΕΥΣ ΣΑΣ. İstanbul IŞIK STRASSE ẞ ǅ", "世界世界。三十年, ½ Ⅻ ٣\n한국어 조선말\n",
    "Ệ ệ e\u0323\u0302 e\u0302\u0323 Å\u212b", "Lorem ipsum, LOREM-ipsum lorem ipsum { } #tag\n" * 3, "one two three four five six seven " * 5, "a\x1cb\x85c\u2028d\u00a0e\u3000f",
    "javascript JavaScript java-script\njavascript\n\njavascript", "👩\u200d👩\u200d👧 😀😀 ok!", "\n\nx\n\n\nx\n\ny\nx\n",
]


def random_texts(count):
    rng = random.Random(5)
    known = [chr(c) for c in range(0x20, 0x20000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    marks = [c for c in known if unicodedata.combining(c)]
    for _ in range(count):
        yield "".join(rng.choice([" ", "a", "\n", ".", "É", "Σ", rng.choice(known), rng.choice(known), rng.choice(marks)]) for _ in range(80))


def normalized(text):
    return unicodedata.normalize("NFD", re.sub(r"\s+", " ", text.translate(NO_PUNCTUATION).lower().strip()))


def mean(values):
    return sum(values) / len(values) if values else None


def repeated(pieces):
    seen, count, length = set(), 0, 0
    for piece in pieces:
        if piece in seen:
            count += 1
            length += len(piece)
        seen.add(piece)
    return count, length


def covered(words, n):
    runs = [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]
    counts = collections.Counter(runs)
    places = {place for i, run in enumerate(runs) if counts[run] > 1 for place in range(i, i + n)}
    total = sum(map(len, words))
    return sum(len(words[place]) for place in places) / total if total else 0


def top(words, n):
    most = collections.Counter(tuple(words[i:i + n]) for i in range(len(words) - n + 1)).most_common(1)
    return sum(map(len, most[0][0])) * most[0][1] / sum(map(len, words)) if most and most[0][1] > 1 else 0


def signals(text):
    content, raw = normalized(text), WORDS.findall(text)
    words = content.split()
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text)
    plain = [normalized(line) for line in lines]
    paragraphs, pieces = re.split(r"\n{2,}", text.strip()), re.split(r"\n+", text)
    result = {
        "char_count": len(text),
        "duplicate_paragraph_fraction": repeated(paragraphs)[0] / len(paragraphs),
        "duplicate_paragraph_char_fraction": repeated(paragraphs)[1] / max(len(text), 1),
        "duplicate_line_fraction": repeated(pieces)[0] / len(pieces),
        "duplicate_line_char_fraction": repeated(pieces)[1] / max(len(text), 1),
        "rps_doc_word_count": len(words),
        "rps_doc_mean_word_length": mean([len(word) for word in words]),
        "rps_doc_frac_unique_words": len(set(words)) / len(words) if words else None,
        "rps_doc_unigram_entropy": sum(-n / len(words) * math.log(n / len(words)) for n in collections.Counter(words).values()) if words else None,
        "rps_doc_lorem_ipsum": content.count("lorem ipsum") / max(len(content), 1),
        "rps_doc_curly_bracket": (text.count("{") + text.count("}")) / max(len(text), 1),
        "rps_doc_num_sentences": len(re.findall(r"\b[^.!?]+[.!?]*", text)),
        "rps_doc_symbol_to_word_ratio": sum(map(text.count, ("#", "...", "…"))) / len(raw) if raw else None,
        "rps_doc_frac_no_alph_words": mean([not re.search("[a-zA-Z]", word) for word in raw]),
        "rps_doc_frac_all_caps_words": mean([word.isupper() for word in raw]),
        "rps_doc_frac_lines_end_with_ellipsis": mean([line.rstrip().endswith(("...", "…")) for line in lines]),
        "rps_lines_ending_with_terminal_punctution_mark": mean([line.rstrip().endswith((".", "!", "?", "”")) for line in lines]),
        "rps_lines_start_with_bulletpoint": mean([line.lstrip().startswith(BULLETS) for line in lines]),
        "rps_lines_uppercase_letter_fraction": mean([sum(map(str.isupper, line)) / len(line) for line in lines]),
        "rps_lines_numerical_chars_fraction": mean([sum(map(str.isnumeric, line)) / max(len(line), 1) for line in plain]),
        "rps_lines_num_words": mean([len(line.split()) for line in plain]),
        "rps_lines_javascript_counts": mean([line.split().count("javascript") for line in plain]),
    }
    result.update({f"rps_doc_frac_chars_top_{n}gram": top(words, n) for n in range(2, 5)})
    result.update({f"rps_doc_frac_chars_dupe_{n}grams": covered(words, n) for n in range(5, 11)})
    return result


def buckets(text):
    words = WORDS.findall(text.lower())
    return [int(hashlib.sha256(gram.encode()).hexdigest(), 16) % 10000 for gram in words + [f"{a} {b}" for a, b in zip(words, words[1:])]]


cases = [{"text": text, "signals": signals(text), "buckets": buckets(text)} for text in [*BY_HAND, *random_texts(40)]]
lines = ",\n".join(json.dumps(case) for case in cases)
pathlib.Path(__file__).with_name("reference.json").write_text(f'{{"unicode": "{unicodedata.unidata_version}", "cases": [\n{lines}\n]}}\n')
