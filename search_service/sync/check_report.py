"""What a check found, as lines for a person."""

from collections.abc import Iterator, Sequence

from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER
from search_service.sync.cells import Cell
from search_service.sync.check import Checked

_IDS, _DOCUMENTS, _CELLS = 20, 20, 20  # told of each


def lines(checked: Checked) -> Iterator[str]:
    """A line with the counts; lines for what differs."""
    verdict = "equal" if checked.agrees else "different"
    yield (
        f"{checked.entity}: {checked.in_source:,} in the source, {checked.in_index:,} in the "
        f"index, {checked.compared:,} compared: {verdict}"
    )
    for cell in checked.cells[:_CELLS]:
        yield f"  {_range(cell)}: {cell.in_source:,} in the source, {cell.in_index:,} in the index"
    yield from _more(len(checked.cells) - _CELLS, "ranges")
    yield from _ids("missing in the index", checked.missing, more=checked.more)
    yield from _ids("in the index, but not in the source", checked.extra, more=checked.more)
    for id_, fields in checked.different[:_DOCUMENTS]:
        for one in fields:
            yield (
                f"  {id_}: {one.name} is {_value(one.in_source)} in the source, "
                f"{_value(one.in_index)} in the index"
            )
    yield from _more(len(checked.different) - _DOCUMENTS, "documents that differ")
    for id_, why in checked.unfit[:_DOCUMENTS]:
        yield f"  {id_}: no document can be made of this row: {why}"
    yield from _more(len(checked.unfit) - _DOCUMENTS, "rows that no document can be made of")


def _range(cell: Cell) -> str:
    if cell.low == LOWEST_INTEGER:
        return "all ids" if cell.high == HIGHEST_INTEGER else f"ids below {cell.high}"
    if cell.high == HIGHEST_INTEGER:
        return f"ids from {cell.low}"
    return f"ids {cell.low} to {cell.high - 1}"


def _ids(what: str, ids: Sequence[int], *, more: bool) -> Iterator[str]:
    if ids:
        shown = ", ".join(map(str, ids[:_IDS]))
        rest = " …" if more or len(ids) > _IDS else ""
        least = "at least " if more else ""
        yield f"  {what}: {least}{len(ids):,}: {shown}{rest}"


def _more(number: int, what: str) -> Iterator[str]:
    if number > 0:
        yield f"  and {number:,} more {what}"


def _value(value: object) -> str:
    return "missing" if value is None else repr(value)
