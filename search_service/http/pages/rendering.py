"""Pages from templates, and the files that they name: all of it comes with the package.

What is put into a template is text: markup in it is escaped. A file has its digest in its address,
so a browser may keep it for ever. Not here: what a page shows, see the other modules.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from search_service import __version__
from search_service.http.paths import ASSETS

_PACKAGE = "search_service.http.pages"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"

# Nothing but what the service itself has, and no script or style within a page.
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"same-origin"),
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the pages."""

    content: bytes
    media_type: str


def page(template: str, status: int = 200, /, **values: object) -> Response:
    """A page; what its template needs is among the values."""
    return written(text(template, **values), status)


def text(template: str, /, **values: object) -> str:
    """The text of a page."""
    return _environment().get_template(f"{template}.html").render(values)


def written(text: str, status: int = 200) -> Response:
    """A page of this text."""
    return Response(text, status, media_type="text/html; charset=utf-8")


def asset(name: str) -> Response | None:
    """The file with this name in its address; None when there is none."""
    found = _assets().get(name)
    if found is None:
        return None
    headers = {"cache-control": _FOR_EVER}
    return Response(found.content, media_type=found.media_type, headers=headers)


@cache
def _assets() -> Mapping[str, Asset]:
    """By the name in the address."""
    found: dict[str, Asset] = {}
    for file in files(_PACKAGE).joinpath("assets").iterdir():
        stem, dot, ending = file.name.rpartition(".")
        if dot + ending in _TYPES:
            content = file.read_bytes()
            digest = hashlib.blake2b(content, digest_size=6).hexdigest()
            found[f"{stem}.{digest}.{ending}"] = Asset(content, _TYPES[dot + ending])
    return found


def _address(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return ASSETS + next(
        known
        for known in _assets()
        if known.startswith(f"{stem}.") and known.endswith(f".{ending}")
    )


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals |= {"address": _address, "version": __version__}
    found.filters["grouped"] = lambda number: f"{number:,}"
    return found
