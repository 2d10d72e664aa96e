"""Words the results of a check and of an update as lines for a person."""

from collections.abc import Iterator, Sequence

from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER
from search_service.sync.check import CheckResult
from search_service.sync.id_ranges import IdRange
from search_service.sync.update import UpdateResult

_IDS, _DOCUMENTS, _RANGES = 20, 20, 20  # listed of each


def check_lines(checked: CheckResult) -> Iterator[str]:
    """A line with the counts of an entity; then a line for each difference, up to a limit."""
    verdict = "equal" if checked.agrees else "different"
    yield (
        f"{checked.entity}: {checked.in_source:,} in the source, {checked.in_index:,} in the "
        f"index, {checked.compared:,} compared: {verdict}"
    )
    for each in checked.ranges[:_RANGES]:
        yield f"  {_range(each)}: {each.in_source:,} in the source, {each.in_index:,} in the index"
    yield from _more(len(checked.ranges) - _RANGES, "ranges")
    yield from _ids("missing in the index", checked.missing, more=checked.more)
    yield from _ids("in the index, but not in the source", checked.extra, more=checked.more)
    for id_, fields in checked.different[:_DOCUMENTS]:
        for field in fields:
            yield (
                f"  {id_}: {field.name} is {_value(field.in_source)} in the source, "
                f"{_value(field.in_index)} in the index"
            )
    yield from _more(len(checked.different) - _DOCUMENTS, "documents that differ")
    for id_, why in checked.unfit[:_DOCUMENTS]:
        yield f"  {id_}: no document can be made of this row: {why}"
    yield from _more(len(checked.unfit) - _DOCUMENTS, "rows that no document can be made of")


def update_line(updated: UpdateResult) -> str:
    """One line for an entity."""
    if updated.left:
        return f"{updated.entity}: left for the next time, because {updated.left}"
    unfit = f", {updated.unfit:,} left out" if updated.unfit else ""
    return f"{updated.entity}: {updated.updated:,} updated, {updated.deleted:,} deleted{unfit}"


def _range(ids: IdRange) -> str:
    if ids.low == LOWEST_INTEGER:
        return "all ids" if ids.high == HIGHEST_INTEGER else f"ids below {ids.high}"
    if ids.high == HIGHEST_INTEGER:
        return f"ids from {ids.low}"
    return f"ids {ids.low} to {ids.high - 1}"


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
