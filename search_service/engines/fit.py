"""What an index was written with, and whether that still fits.

A reader with another schema or another analysis would not fail, it would answer wrongly: so an
index that does not fit ends the start, with a sentence that names the difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from search_service.errors import DoesNotFit

AT_THE_START = (
    "Run `icat-search reindex` for every entity (or `icat-search upgrade` while the release before "
    "goes on), go back to a generation that fits by `icat-search rollback` if one is kept, or "
    "start with what it was written with"
)


@dataclass(frozen=True)
class Fit:
    """All that decides what an index holds.

    ``fingerprint`` is that of schema and analysis, ``settings`` are those that matter, each as a
    text, so that the sentence can name the one that differs. ``engine`` names the engine and the
    version that decides the format of its files: "tantivy 0.27". ``format`` is that of the data
    directory.
    """

    fingerprint: str
    settings: Mapping[str, str] = field(default_factory=dict)
    engine: str = ""
    format: int = 1


def check_fit(place: Path, written: Fit, wanted: Fit, cure: str = AT_THE_START) -> None:
    """Raises DoesNotFit when the index was written with something else.

    ``place`` names the index; ``cure``: what the caller can do about it.
    """
    differences = list(_differences(written, wanted))
    if differences:
        raise DoesNotFit(f"What {place} holds was written with {'; '.join(differences)}. {cure}")


def _differences(written: Fit, wanted: Fit) -> list[str]:
    if written.format != wanted.format:
        return [f"format {written.format} of the data directory, this version has {wanted.format}"]
    if written.engine != wanted.engine:
        return [f"{written.engine}, installed is {wanted.engine}"]
    differences = [
        f"{name} = {_quoted(written.settings.get(name))}, "
        f"the settings say {_quoted(wanted.settings.get(name))}"
        for name in sorted({*written.settings, *wanted.settings})
        if written.settings.get(name) != wanted.settings.get(name)
    ]
    if not differences and written.fingerprint != wanted.fingerprint:
        differences = [
            f"another schema or text analysis ({written.fingerprint}, now {wanted.fingerprint})"
        ]
    return differences


def _quoted(value: str | None) -> str:
    return "nothing" if value is None else f"`{value}`"
