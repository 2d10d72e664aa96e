"""Compares the index with the source: counts by id range, and a sample of documents.

Both go on changing while they are compared, so the documents that differ are compared once more at
the end. Nothing is changed. Not here: how the result is worded, see ``report``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from analyzers import Units
from search_service.catalogue.document_limits import DocumentLimits
from search_service.client.index_client import IndexClient
from search_service.sources.base import Source
from search_service.sync.compare import FieldDiffers, differences, indexed_document
from search_service.sync.id_ranges import IdRange, Side, count_ranges, edges, narrow

SAMPLE = 1_000  # documents of an entity
MOST_REPORTED = 1_000  # ids of an entity that are missing, and as many that are too many
_COMPARED_AT_ONCE = 500  # documents


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result for one entity: counts, and everything that differs."""

    entity: str
    in_source: int
    in_index: int
    compared: int  # documents of the sample
    ranges: Sequence[IdRange] = ()  # whose counts differ
    missing: Sequence[int] = ()  # in the source, not in the index
    extra: Sequence[int] = ()  # in the index, not in the source
    more: bool = False  # there are more missing or extra ids than are listed
    different: Sequence[tuple[int, Sequence[FieldDiffers]]] = ()
    # Rows that no document can be made of, each with the reason.
    unfit: Sequence[tuple[int, str]] = field(default=())

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not (self.missing or self.extra or self.different or self.more)


Rejections = Mapping[tuple[str, int | None], str]  # entity and id → the reason


def check(
    source: Source,
    index: IndexClient,
    entities: Sequence[str],
    units: Units,
    limits: DocumentLimits,
    sample: int,
    *,
    shift: float,
    rejections: Rejections,
) -> Iterator[CheckResult]:
    """Compare entity after entity, in this order. Raises SourceFailed, SearchTimedOut, CannotSync.

    ``sample``: how many documents of each are compared. ``shift``, 0 to 1, moves the sample, so
    that each run takes another. ``rejections`` fills while the source is read: it holds the rows
    that no document can be made of.
    """
    for entity in entities:
        yield _Check(source, index, entity, units, limits, rejections).run(sample, shift)


class _Check:
    def __init__(
        self,
        source: Source,
        index: IndexClient,
        entity: str,
        units: Units,
        limits: DocumentLimits,
        rejections: Rejections,
    ) -> None:
        self._source = source
        self._index = index
        self._entity = entity
        self._units = units
        self._limits = limits
        self._rejections = rejections

    def run(self, sample: int, shift: float) -> CheckResult:
        ranges = self._ranges()
        differing = [each for each in ranges if each.differs]
        suspect, more = self._suspects(differing)
        occupied = [each for each in ranges if each.in_source]
        sampled = list(sample_ids(occupied, sample, shift, self._next))
        missing, extra, different, unfit = self._compare([*suspect, *sampled])
        if missing or extra or different:
            # A document that was changed meanwhile is not a difference.
            self._index.refresh()
            again = [*missing, *extra, *(id_ for id_, _ in different)]
            missing, extra, different, _ = self._compare(again)
        return CheckResult(
            self._entity,
            sum(each.in_source for each in ranges),
            sum(each.in_index for each in ranges),
            len(set(sampled)),
            [
                each
                for each in differing
                if more or any(each.low <= id_ < each.high for id_ in (*missing, *extra))
            ],
            missing,
            extra,
            more,
            different,
            unfit,
        )

    def _ranges(self) -> list[IdRange]:
        bounds = self._source.bounds(self._entity)
        ends = None if bounds is None else (bounds.low, bounds.high)
        return count_ranges(edges(ends), *self._sides())

    def _sides(self) -> tuple[Side, Side]:
        return sides(self._source, self._index, self._entity)

    def _suspects(self, differing: Sequence[IdRange]) -> tuple[list[int], bool]:
        """Ids that only one side has by their counts; whether there are more than are returned."""
        missing: list[int] = []
        extra: list[int] = []
        for each in differing:
            for difference in narrow(each, *self._sides()):
                missing += difference.missing
                extra += difference.extra
                if max(len(missing), len(extra)) > MOST_REPORTED:
                    return [*missing[:MOST_REPORTED], *extra[:MOST_REPORTED]], True
        return [*missing, *extra], False

    def _next(self, low: int, high: int) -> int | None:
        found = self._source.ids(self._entity, low, high, 1)
        return found[0] if found else None

    def _compare(
        self, ids: Sequence[int]
    ) -> tuple[
        list[int], list[int], list[tuple[int, Sequence[FieldDiffers]]], list[tuple[int, str]]
    ]:
        """Of these ids: the missing, the extra, those whose fields differ, the unfit rows."""
        missing: list[int] = []
        extra: list[int] = []
        different: list[tuple[int, Sequence[FieldDiffers]]] = []
        unfit: list[tuple[int, str]] = []
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), _COMPARED_AT_ONCE):
            some = wanted[start : start + _COMPARED_AT_ONCE]
            indexed = self._index.documents(self._entity, some)
            rows = dict(self._source.pick(self._entity, some))
            for id_ in some:
                if id_ not in rows:
                    if not self._source.ids(self._entity, id_, id_ + 1, 1):
                        extra += [id_] if id_ in indexed else []
                    else:
                        unfit.append((id_, self._rejections.get((self._entity, id_), "")))
                    continue
                document = indexed_document(
                    self._entity, (id_, rows[id_]), self._units, self._limits
                )
                if isinstance(document, str):
                    unfit.append((id_, document))
                elif id_ not in indexed:
                    missing.append(id_)
                elif found := differences(document, indexed[id_]):
                    different.append((id_, found))
        return missing, extra, different, unfit


def sides(source: Source, index: IndexClient, entity: str) -> tuple[Side, Side]:
    """The ids of an entity in the source and in the index, in this order."""
    return (
        Side(
            lambda at: [source.count(entity, low, high) for low, high in pairwise(at)],
            lambda low, high: source.ids(entity, low, high, _ALL),
        ),
        Side(
            lambda at: index.counts(entity, at),
            lambda low, high: index.ids(entity, low, high),
        ),
    )


def sample_ids(
    ranges: Sequence[IdRange], number: int, shift: float, next_id: Callable[[int, int], int | None]
) -> Iterator[int]:
    """About ``number`` ids of the source, spread over ranges by their counts; all if there are few.

    ``shift``, 0 to 1, moves the sample within each range. ``next_id`` takes low and high, and
    returns the first id with low <= id < high, or None.
    """
    total = sum(each.in_source for each in ranges)
    due = 0.0
    for each in ranges:
        due += each.in_source * min(1.0, number / total)
        take = min(round(due), each.in_source)
        span = each.high - each.low
        place = each.low
        for step in range(take):
            if take < each.in_source:
                place = max(place, each.low + int(span * (step + shift % 1) / take))
            found = next_id(place, each.high)
            if found is None:
                break  # where ids lie at the beginning of a range, the next one gives more
            yield found
            due -= 1
            place = found + 1


_ALL = 1_000_000_000
