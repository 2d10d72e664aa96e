"""The answer of a search as the search page shows it.

Texts stay texts: a highlight is a list of pieces, and the template escapes each. Not here: what was
asked, see ``search_form``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from search_service.catalogue import lookup
from search_service.catalogue.model import Completion, Entity
from search_service.http.pages.search_form import Facet, Narrowing, SearchForm, in_words, is_date

# A document may hold a megabyte in each of a thousand fields, and a page has ten of them.
_LONGEST = 1_000  # characters of a value, and of a label: each is in an address
_MOST_FIELDS = 100
_SIZES = ("bytes", "kB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a value; ``match``: what was found."""

    text: str
    match: bool = False


Pieces = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit. ``facts``: short values in one line; ``snippets``: where words were found."""

    id: int
    title: Pieces
    subtitle: Pieces
    facts: Sequence[tuple[str, str]]
    snippets: Sequence[tuple[str, Pieces]]
    fields: Sequence[tuple[str, str]]
    score: float | None
    why: str


@dataclass(frozen=True, slots=True)
class ShownLabel:
    """A label of a facet, and the address that narrows the hits to it."""

    label: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class ShownFacet:
    """A facet; ``labels``: None where there are too many hits to count what joins to them."""

    title: str
    labels: Sequence[ShownLabel] | None


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits."""

    count: str
    hits: Sequence[ShownHit]
    first: int
    facets: Sequence[ShownFacet]
    next: str | None
    did_you_mean: tuple[str, str] | None  # with its address


def results(form: SearchForm, facets: Sequence[Facet], answer: Mapping[str, Any]) -> Results:
    """Of the answer to ``SearchForm.request``."""
    hits = [_hit(form, hit) for hit in answer["hits"]]
    cursor, meant = answer["cursor"], answer["did_you_mean"]
    behind = form.before + len(hits)
    following = None if cursor is None else form.address(cursor=cursor, before=behind)
    counted = answer.get("facets", [])
    of_all = [_facet(form, facet, one) for facet, one in zip(facets, counted, strict=False)]
    return Results(
        _count(answer["count"]),
        hits,
        form.before + 1,
        [shown for shown in of_all if shown.labels is None or shown.labels],
        following,
        None if meant is None else (meant, form.address(text=meant)),
    )


def value_shown(name: str, value: object) -> str:
    """A value for people.

    >>> value_shown("startDate", 0), value_shown("fileSize", 1_500_000), value_shown("name", "a")
    ('1970-01-01 00:00', '1.5 MB', 'a')
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if is_date(name):
            return date_shown(value)
        if name in lookup.sizes():
            return size_shown(value)
    return _cut(str(value))


def date_shown(milliseconds: int) -> str:
    """A moment, in UTC; the number where no calendar has it."""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
    return moment.strftime("%Y-%m-%d %H:%M")


def size_shown(size: float) -> str:
    """Bytes.

    >>> size_shown(999), size_shown(1_500_000), size_shown(2e20)
    ('999 bytes', '1.5 MB', '200,000 PB')
    """
    at = 0
    while size >= 1000 and at < len(_SIZES) - 1:
        size, at = size / 1000, at + 1
    digits = 0 if at == 0 or size >= 100 else 1
    return f"{size:,.{digits}f} {_SIZES[at]}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _count(count: Mapping[str, Any]) -> str:
    return f"{count['value']:,}" + ("" if count["exact"] else " or more")


def _hit(form: SearchForm, hit: Mapping[str, Any]) -> ShownHit:
    document, entity = hit["document"], form.entity
    highlights = {
        name: [Piece(piece["text"], piece.get("match", False)) for piece in pieces]
        for name, pieces in hit.get("highlights", {}).items()
    }

    def pieces(name: str) -> Pieces:
        return highlights.get(name) or [Piece(_cut(str(document.get(name, ""))))]

    title, *others = _titles(entity, document)
    shown = {title, *others}
    facts = [
        (in_words(name), value_shown(name, document[name]))
        for name in _fact_names(entity)
        if name in document and name not in shown
    ]
    return ShownHit(
        hit["id"],
        pieces(title) if title in document else [Piece(f"{entity.name} {hit['id']}")],
        [piece for at, name in enumerate(others) for piece in _separated(at, pieces(name))],
        facts,
        [(in_words(name), found) for name, found in highlights.items() if name not in shown],
        fields_shown(document),
        hit.get("score"),
        form.address(why=hit["id"], cursor=form.cursor, before=form.before) + "#why",
    )


def fields_shown(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A document, by the names that the catalogue has."""
    shown = [*document.items()][:_MOST_FIELDS]
    left_out = len(document) - len(shown)
    more = [("…", f"{left_out:,} more")] if left_out else []
    return [*((name, value_shown(name, value)) for name, value in shown), *more]


def _titles(entity: Entity, document: Mapping[str, Any]) -> list[str]:
    """The fields that name it, the one that people read first."""
    named = [field for field in entity.fields if field.named and document.get(field.name)]
    prose = [f for f in named if f.suggested is not None and f.suggested.by is Completion.WORD]
    ordered = dict.fromkeys(field.name for field in (*prose, *named))
    return [*ordered] or [entity.fields[0].name]


def _fact_names(entity: Entity) -> list[str]:
    facetable = [field.name for field in entity.fields if field.facetable]
    whole = [field.name for field in entity.fields if field.is_size]
    return [*entity.dates, *facetable, *whole]


def _separated(at: int, pieces: Pieces) -> list[Piece]:
    return [Piece(" · "), *pieces] if at else [*pieces]


def _facet(form: SearchForm, facet: Facet, answer: Mapping[str, Any]) -> ShownFacet:
    buckets = answer["buckets"]
    if buckets is None:
        return ShownFacet(in_words(facet.field), None)
    chosen = {one.label for one in form.narrowings if one.facet == facet}
    labels = [
        ShownLabel(
            bucket["label"],
            bucket["count"],
            form.with_narrowing(Narrowing(facet, bucket["label"])),
        )
        for bucket in buckets
        if bucket["label"] not in chosen and len(bucket["label"]) <= _LONGEST
    ]
    return ShownFacet(in_words(facet.field), labels)
