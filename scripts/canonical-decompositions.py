#!/usr/bin/env python3
"""Writes the canonical decompositions and combining classes of Unicode, as Python's unicodedata has them, into Winnow.Curation as packed text."""
import base64
import pathlib
import textwrap
import unicodedata

TARGET = pathlib.Path(__file__).resolve().parent.parent / "src/Winnow.Curation/Signals/CanonicalDecompositionData.cs"
HANGUL = range(0xAC00, 0xD7A4)


def number(value):
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    packed = bytearray()
    while True:
        packed.append((value & 0x7F) | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return packed


def pairs():
    packed, before, first_before = bytearray(), 0, 0
    for scalar in range(0x110000):
        parts = unicodedata.decomposition(chr(scalar))
        if scalar in HANGUL or not parts or parts.startswith("<"):
            continue
        first, second = ([int(part, 16) for part in parts.split()] + [0])[:2]
        step = first - first_before
        packed += number(scalar - before) + number(step << 1 if step >= 0 else (-step << 1) - 1) + number(second)
        before, first_before = scalar, first
    return packed


def classes():
    packed, before, scalar = bytearray(), 0, 0
    while scalar < 0x110000:
        combining = unicodedata.combining(chr(scalar))
        end = scalar + 1
        while end < 0x110000 and unicodedata.combining(chr(end)) == combining:
            end += 1
        if combining:
            packed += number(scalar - before) + number(end - scalar) + number(combining)
            before = end
        scalar = end
    return packed


def literal(name, summary, packed):
    lines = textwrap.wrap(base64.b64encode(bytes(packed)).decode(), 130)
    text = "\n".join(f"        {line}" for line in lines)
    return f'    /// <summary>{summary}</summary>\n    public const string {name} = """\n{text}\n        """;\n'


TARGET.write_text(
    "namespace Winnow.Curation.Signals;\n\n"
    f"/// <summary>Unicode {unicodedata.unidata_version}, packed; written by scripts/canonical-decompositions.py.</summary>\n"
    "internal static class CanonicalDecompositionData\n{\n"
    + literal("Pairs", "For each character that decomposes: its distance to the one before, the first part's, and the second part or 0.", pairs())
    + "\n"
    + literal("Classes", "For each run of characters of one combining class other than 0: its distance to the run before, its length, the class.", classes())
    + "}\n"
)
