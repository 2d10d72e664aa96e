"""``python -m analyzers TEXT``: what becomes of a text, step by step."""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from analyzers.chain import lower, text_words, without_possessive
from analyzers.parts import DOI, EXTENSION, indexed, readings
from analyzers.paths import ancestors, components, file_name_parts
from analyzers.stop_words import STOP_WORDS
from analyzers.synonyms import Synonyms
from analyzers.units import DEFAULT_ALIASES, Units
from analyzers.words import words

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*?)\s*")


def main(arguments: list[str] | None = None) -> int:
    """Print the steps. 0 done, 1 nobody reads them any more, 2 wrong arguments or files."""
    parser = argparse.ArgumentParser(
        prog="python -m analyzers",
        description="Show what a text is found by: as words, as a path, as a value with its unit.",
    )
    parser.add_argument("text", nargs="+", help="one or more texts; quote what has spaces")
    parser.add_argument(
        "--synonyms",
        metavar="FILE",
        type=Path,
        action="append",
        help="a synonym file instead of the built-in ones; may be given again",
    )
    parser.add_argument(
        "--units",
        metavar="ALIASES",
        default=DEFAULT_ALIASES,
        help="aliases of units (default: %(default)s)",
    )
    asked = parser.parse_args(arguments)
    try:
        synonyms = Synonyms.read(asked.synonyms) if asked.synonyms else Synonyms.builtin()
        units = Units(asked.units)
    except (OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    try:
        for text in asked.text:
            for name, value in steps(text, synonyms, units):
                print(f"{name:<16}{value}")
        sys.stdout.flush()
    except BrokenPipeError:
        # Or Python complains of it again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def steps(text: str, synonyms: Synonyms, units: Units) -> Iterator[tuple[str, str]]:
    """Names of the steps, and what each makes of the text."""
    found = words(text)
    plain = [lower(without_possessive(word)) for word in found]
    stems = text_words(text)
    yield "text", text
    yield "words", _listed(found)
    yield "lower case", _listed(plain)
    yield "no stop words", _listed("–" if word in STOP_WORDS else word for word in plain)
    yield "stems", _listed(word or "–" for word in stems)
    for match in synonyms.matches(stems):
        written = " ".join(word for word in stems[match.start : match.end] if word)
        yield "synonyms", f"{written} = {_listed(map(' '.join, match.alternatives))}"
    for place, reading in enumerate(readings(text)):
        yield "or" if place else "parts", _listed(reading)
    if marks := [mark for mark in indexed(text, whole=True) if mark[:1] in (EXTENSION, DOI)]:
        yield "found as", _listed(marks)
    yield "path", _listed(components(text))
    yield "file name", _listed(file_name_parts(text))
    yield "ancestors", _listed(ancestors(text))
    if quantity := _QUANTITY.fullmatch(text):
        number, unit = quantity.groups()
        converted = units.to_si(float(number), unit)
        si = "no conversion" if converted is None else "{} {}".format(*converted)
        yield "in SI", f"{number} {unit} = {si}"


def _listed(values: Iterable[str]) -> str:
    return " | ".join(values)


if __name__ == "__main__":
    sys.exit(main())
