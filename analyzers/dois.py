"""Digital object identifiers, however they are wrapped.

A DOI is compared as a whole and without case. Not looked up: whether it is registered.
"""

import re
from urllib.parse import unquote

# Bounded before the stroke, or a long row of numbers and dots were read on from each of them.
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]{1,9}){0,5}/[^\s\"<>“”]+", re.I)
_WRAPPING = re.compile(r"https?://|(?:dx\.|www\.)?doi\.org/?|info:doi/|\bdoi\b|[\s\W_]+", re.I)
_OPENED = {")": "(", "]": "[", "}": "{"}


def dois(text: str) -> list[str]:
    """The DOIs in a text, lower case, in order.

    >>> dois("see https://doi.org/10.5072/ABC.E.17, (doi:10.5072/x(1)y).")
    ['10.5072/abc.e.17', '10.5072/x(1)y']
    """
    if "10." not in text:
        return []
    return [_bare(found.group()) for found in _DOI.finditer(_decoded(text))]


def as_doi(text: str) -> str | None:
    """The DOI that a text is nothing but.

    >>> as_doi("(DOI: 10.5072/ABC.E.17)"), as_doi("HTTPS://DOI.ORG/10.5072%2FABC.E.17")
    ('10.5072/abc.e.17', '10.5072/abc.e.17')
    >>> as_doi("data of 10.5072/ABC.E.17") is None
    True
    """
    if "10." not in text:
        return None
    decoded = _decoded(text)
    found = _DOI.search(decoded)
    if found is None or _DOI.search(decoded, found.end()):
        return None
    around = decoded[: found.start()] + " " + decoded[found.end() :]
    return None if _WRAPPING.sub("", around) else _bare(found.group())


def _decoded(text: str) -> str:
    return unquote(text) if "%2" in text else text


def _bare(found: str) -> str:
    """Without the punctuation of the sentence around it."""
    end = len(found)
    left = {sign: found.count(sign) for pair in _OPENED.items() for sign in pair}
    while end and not found[end - 1].isalnum():
        last = found[end - 1]
        opening = _OPENED.get(last)
        if opening is not None and left[opening] >= left[last]:
            break
        if last in left:
            left[last] -= 1
        end -= 1
    return found[:end].lower()
