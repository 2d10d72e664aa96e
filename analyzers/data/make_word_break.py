"""Writes ``word_break.txt`` from the Unicode Character Database.

    python -m analyzers.data.make_word_break DIRECTORY

DIRECTORY holds the database as it is published (https://www.unicode.org/Public/15.0.0/ucd/):
``ReadMe.txt``, ``Scripts.txt``, ``LineBreak.txt``, ``auxiliary/WordBreakProperty.txt`` and
``emoji/emoji-data.txt``. Debian's package ``unicode-data`` has it in ``/usr/share/unicode``. Needed
again only when a newer Unicode is wanted; words then change, and with them every index.
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

LAST = 0x10FFFF

_LINE = re.compile(r"^([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*([\w-]+)")

WORD_BREAK = {
    "ALetter": "L",
    "Hebrew_Letter": "H",
    "Numeric": "N",
    "Katakana": "K",
    "ExtendNumLet": "E",
    "Extend": "X",
    "Format": "X",
    "ZWJ": "Z",
    "MidLetter": "m",
    "MidNum": "n",
    "MidNumLet": "b",
    "Single_Quote": "q",
    "Double_Quote": "d",
    "Regional_Indicator": "R",
}
"""Classes of ``analyzers.words``, by value of the property Word_Break."""


def read(path: Path) -> dict[str, set[int]]:
    """Code points by property value, from one file of the database."""
    values: dict[str, set[int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := _LINE.match(line):
            first, last, value = found.groups()
            points = range(int(first, 16), int(last or first, 16) + 1)
            values.setdefault(value, set()).update(points)
    return values


def classes(database: Path) -> dict[int, str]:
    """One letter for each code point that can be part of a word."""
    word_break = read(database / "auxiliary" / "WordBreakProperty.txt")
    scripts = read(database / "Scripts.txt")
    emoji = read(database / "emoji" / "emoji-data.txt")
    south_east_asian = read(database / "LineBreak.txt")["SA"]

    of: dict[int, str] = {}
    for value, letter in WORD_BREAK.items():
        of.update(dict.fromkeys(word_break[value], letter))
    of.update({c: "I" for c in scripts["Han"] if c not in of})
    of.update({c: "i" for c in scripts["Hiragana"] if c not in of})
    # A mark of a South East Asian script extends any word, and can begin one of its own script.
    of.update({c: "t" if of.get(c) == "X" else "T" for c in south_east_asian})

    keycap_bases = {ord(c) for c in "0123456789#*"}
    modifiers = emoji["Emoji_Modifier"]
    pictures = (emoji["Extended_Pictographic"] | emoji["Emoji"]) - keycap_bases - modifiers
    pictures -= word_break["Regional_Indicator"]
    of.update({c: "l" if of.get(c) == "L" else "P" for c in pictures})
    of.update(dict.fromkeys(emoji["Emoji_Modifier_Base"], "B"))
    of.update(dict.fromkeys(modifiers, "M"))
    of.update({ord("#"): "c", ord("*"): "c", 0x20E3: "k", 0xFE0E: "v", 0xFE0F: "V"})
    return of


def ranges(of: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    """Runs of neighbouring code points of one class: first, last, class."""
    for (letter, _), run in groupby(enumerate(sorted(of)), lambda ic: (of[ic[1]], ic[1] - ic[0])):
        points = [c for _, c in run]
        yield points[0], points[-1], letter


def main() -> None:
    """Write the table beside this file."""
    parser = argparse.ArgumentParser(description="Write word_break.txt from the Unicode database.")
    parser.add_argument("directory", type=Path, help="the database, as published")
    database: Path = parser.parse_args().directory
    about = (database / "ReadMe.txt").read_text(encoding="utf-8")
    version = re.search(r"Version (\d+\.\d+)", about)
    head = [
        f"# Which part a character plays in a word. Unicode {version[1] if version else '?'}.",
        "# Written by make_word_break.py; the letters are explained in words.py.",
    ]
    rows = [f"{first:X} {last:X} {letter}" for first, last, letter in ranges(classes(database))]
    table = Path(__file__).with_name("word_break.txt")
    table.write_text("\n".join([*head, *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
