#!/usr/bin/env python3
"""unicode_tables.py - makes src/text/clean/unicode_tables.h.

	python3 tools/unicode_tables.py >src/text/clean/unicode_tables.h

From the Unicode data of Python's unicodedata and the classes in
src/text/clean/unicode.c.  A code point that is part of words is given

    - its canonical decomposition, in full;
    - its compatibility decomposition, where that is letters, digits and marks
      of the same class: full-width forms, ligatures, letters of mathematics;
      not signs that part words (TM) nor fractions;
    - what simple case folding makes of it, where it is a small letter already:
      final sigma.

Pairs that compose are those of NFC.  Hangul syllables are by rule, not here.
"""
import os
import re
import unicodedata as u

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "src", "text", "clean", "unicode.c")
LIMIT = 0x110000
HANGUL = range(0xAC00, 0xD7A4)


def ranges(text, name):
    body = re.search(r"struct range %s\[\] = \{(.*?)\n\};" % name, text, re.S)
    pairs = re.findall(r"\{ (0x[0-9A-F]+), (0x[0-9A-F]+) \}", body.group(1))
    return [(int(a, 16), int(b, 16)) for a, b in pairs]


def classes():
    """Of each code point: 'w' word, 'i' ideograph, or '-'."""
    text = open(SOURCE, encoding="utf-8").read()
    out = ["w"] * LIMIT
    for name, mark in (("ideographs", "i"), ("parting", "-"), ("emoji", "-"),
                       ("invisible", "-"), ("joining", "-")):
        for first, last in ranges(text, name):
            out[first:last + 1] = [mark] * (last + 1 - first)
    for c in range(0x80):
        out[c] = "w" if chr(c).isalnum() else "-"
    return out


CLASS = classes()


def is_part(c, kind):
    return CLASS[c] == kind and (kind == "i" or u.category(chr(c))[0] in "LMN")


def decompose(c):
    parts = u.decomposition(chr(c)).split()
    compat = bool(parts) and parts[0][0] == "<"
    to = [int(p, 16) for p in parts[compat:]]
    if not to or c in HANGUL:
        return [fold(c)]
    to = [d for t in to for d in decompose(t)]
    if compat and not all(is_part(t, CLASS[c]) for t in to):
        return [fold(c)]
    return to


def fold(c):
    small = chr(c).casefold()
    if u.combining(chr(c)) or chr(c).lower() != chr(c) or len(small) != 1:
        return c
    return ord(small) if small.lower() == small else c


def mappings():
    out = {}
    for c in range(0x80, LIMIT):
        if CLASS[c] == "-" or 0xD800 <= c < 0xE000:
            continue
        to = decompose(c)
        if to != [c]:
            assert all(CLASS[t] == CLASS[c] for t in to), hex(c)
            out[c] = to
    return out


def runs_of(single):
    """{c: target} to (first, last, target of the first)."""
    out = []
    for c in sorted(single):
        if out and out[-1][1] == c - 1 and c - out[-1][0] < 2048 and \
           single[c] - c == out[-1][2] - out[-1][0]:
            out[-1][1] = c
        else:
            out.append([c, c, single[c]])
    return out


def compositions():
    out = []
    for c in range(0x80, LIMIT):
        parts = u.decomposition(chr(c)).split()
        if len(parts) == 2 and parts[0][0] != "<" and CLASS[c] != "-" and \
           u.normalize("NFC", chr(c)) == chr(c):
            out.append((int(parts[0], 16), int(parts[1], 16), c))
    return sorted(out)


def mark_classes():
    out = []
    for c in range(LIMIT):
        k = u.combining(chr(c))
        if k and out and out[-1][1] == c - 1 and out[-1][2] == k:
            out[-1][1] = c
        elif k:
            out.append([c, c, k])
    return out


def put(head, items):
    print(head)
    line = "\t"
    for item in items:
        if len(line) + len(item) + 1 > 73:
            print(line.rstrip())
            line = "\t"
        line += item + " "
    print(line.rstrip() + "\n};\n")


def main():
    several = {c: t for c, t in mappings().items() if len(t) > 1}
    single = {c: t[0] for c, t in mappings().items() if len(t) == 1}
    pool, entries = [], []
    for c in sorted(several, key=lambda c: (-len(several[c]), c)):
        t = several[c]
        at = next((i for i in range(len(pool) - len(t) + 1)
                   if pool[i:i + len(t)] == t), None)
        if at is None:
            at = len(pool)
            pool += t
        entries.append((c, at, len(t)))
    print("/*\n * unicode_tables.h - decompositions, compositions and classes of"
          " marks;\n * made by tools/unicode_tables.py from the Unicode "
          "Character Database,\n * version %s.  For unicode_normal.c alone.\n"
          " */\n#ifndef UNICODE_TABLES_H\n#define UNICODE_TABLES_H\n\n"
          "#include <stdint.h>\n" % ".".join(u.unidata_version.split(".")[:2]))
    print("enum { NORMAL_LONGEST = %d };\t/* code points that one gives */\n" %
          max(len(t) for t in several.values()))
    put("/* first | (how many - 1) << 21, what the first becomes; the others "
        "follow */\nstatic const uint32_t normal_single[][2] = {",
        ["{%#x,%#x}," % (f | (l - f) << 21, t)
         for f, l, t in runs_of(single)])
    put("/* a code point | how many it gives << 24 */\n"
        "static const uint32_t normal_several[] = {",
        ["%#x," % (c | n << 24) for c, at, n in sorted(entries)])
    put("/* where those begin in normal_pool */\n"
        "static const uint16_t normal_at[] = {",
        ["%d," % at for c, at, n in sorted(entries)])
    put("static const uint32_t normal_pool[] = {", ["%#x," % c for c in pool])
    put("/* two that compose, and what of them, ascending */\n"
        "static const uint32_t normal_pairs[][3] = {",
        ["{%#x,%#x,%#x}," % p for p in compositions()])
    put("/* first | class << 21, last */\n"
        "static const uint32_t normal_marks[][2] = {",
        ["{%#x,%#x}," % (f | k << 21, l) for f, l, k in mark_classes()])
    print("#endif")


main()
