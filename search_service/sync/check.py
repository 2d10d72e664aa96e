"""Compares the index with the source: counts by id range, and a sample of documents.

Both go on changing while they are compared, so whatever differs is looked at once more at the end.
Nothing is changed. Not here: how it is told, see ``check_report``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from analyzers import Units
from search_service.client.index_client import IndexClient
from search_service.sources.base import Source
from search_service.sync.cells import Cell, Side, counted, edges, narrowed
from search_service.sync.compare import FieldDiffers, differences, kept

SAMPLE = 1_000
MOST_TOLD = 1_000  # ids of an entity that are missing, and those that are too many
_PICKED = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one entity."""

    entity: str
    in_source: int
    in_index: int
    compared: int
    cells: Sequence[Cell] = ()  # whose counts differ
    missing: Sequence[int] = ()
    extra: Sequence[int] = ()
    more: bool = False  # there are more of these than are told
    different: Sequence[tuple[int, Sequence[FieldDiffers]]] = ()
    unfit: Sequence[tuple[int, str]] = field(default=())  # rows that no document can be made of

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not (self.missing or self.extra or self.different or self.more)


Rejected = Mapping[tuple[str, int | None], str]  # entity and id → why


def check(
    source: Source,
    index: IndexClient,
    entities: Sequence[str],
    units: Units,
    sample: int,
    *,
    shift: float,
    rejected: Rejected,
) -> Iterator[Checked]:
    """Entity after entity.

    ``shift``, 0 to 1, moves the sample, so that each time it is another; ``rejected`` is what the
    source has told so far of rows that no document can be made of.
    """
    for entity in entities:
        yield _Check(source, index, entity, units, rejected).run(sample, shift)


class _Check:
    def __init__(
        self, source: Source, index: IndexClient, entity: str, units: Units, rejected: Rejected
    ) -> None:
        self._source = source
        self._index = index
        self._entity = entity
        self._units = units
        self._rejected = rejected

    def run(self, sample: int, shift: float) -> Checked:
        cells = self._cells()
        differing = [cell for cell in cells if cell.differs]
        suspect, more = self._suspects(differing)
        places = [cell for cell in cells if cell.in_source]
        sampled = list(spread(places, sample, shift, self._next))
        missing, extra, different, unfit = self._compared([*suspect, *sampled])
        if missing or extra or different:
            # What was changed meanwhile was not a difference.
            self._index.refresh()
            again = [*missing, *extra, *(id_ for id_, _ in different)]
            missing, extra, different, _ = self._compared(again)
        return Checked(
            self._entity,
            sum(cell.in_source for cell in cells),
            sum(cell.in_index for cell in cells),
            len(set(sampled)),
            [
                cell
                for cell in differing
                if more or any(cell.low <= id_ < cell.high for id_ in (*missing, *extra))
            ],
            missing,
            extra,
            more,
            different,
            unfit,
        )

    def _cells(self) -> list[Cell]:
        bounds = self._source.bounds(self._entity)
        ends = None if bounds is None else (bounds.low, bounds.high)
        return counted(edges(ends), *self._sides())

    def _sides(self) -> tuple[Side, Side]:
        return sides(self._source, self._index, self._entity)

    def _suspects(self, cells: Sequence[Cell]) -> tuple[list[int], bool]:
        missing: list[int] = []
        extra: list[int] = []
        for cell in cells:
            for apart in narrowed(cell, *self._sides()):
                missing += apart.missing
                extra += apart.extra
                if max(len(missing), len(extra)) > MOST_TOLD:
                    return [*missing[:MOST_TOLD], *extra[:MOST_TOLD]], True
        return [*missing, *extra], False

    def _next(self, low: int, high: int) -> int | None:
        found = self._source.ids(self._entity, low, high, 1)
        return found[0] if found else None

    def _compared(
        self, ids: Sequence[int]
    ) -> tuple[
        list[int], list[int], list[tuple[int, Sequence[FieldDiffers]]], list[tuple[int, str]]
    ]:
        missing: list[int] = []
        extra: list[int] = []
        different: list[tuple[int, Sequence[FieldDiffers]]] = []
        unfit: list[tuple[int, str]] = []
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), _PICKED):
            some = wanted[start : start + _PICKED]
            held = self._index.documents(self._entity, some)
            rows = dict(self._source.pick(self._entity, some))
            for id_ in some:
                if id_ not in rows:
                    if not self._source.ids(self._entity, id_, id_ + 1, 1):
                        extra += [id_] if id_ in held else []
                    else:
                        unfit.append((id_, self._rejected.get((self._entity, id_), "")))
                    continue
                document = kept(self._entity, (id_, rows[id_]), self._units)
                if isinstance(document, str):
                    unfit.append((id_, document))
                elif id_ not in held:
                    missing.append(id_)
                elif found := differences(document, held[id_]):
                    different.append((id_, found))
        return missing, extra, different, unfit


def sides(source: Source, index: IndexClient, entity: str) -> tuple[Side, Side]:
    """Source and index of an entity, to be counted and listed."""
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


def spread(
    cells: Sequence[Cell], number: int, shift: float, next_id: Callable[[int, int], int | None]
) -> Iterator[int]:
    """Ids spread over the cells by how many each has; about so many, all if there are fewer."""
    total = sum(cell.in_source for cell in cells)
    due = 0.0
    for cell in cells:
        due += cell.in_source * min(1.0, number / total)
        take = min(round(due), cell.in_source)
        span = cell.high - cell.low
        place = cell.low
        for step in range(take):
            if take < cell.in_source:
                place = max(place, cell.low + int(span * (step + shift % 1) / take))
            found = next_id(place, cell.high)
            if found is None:
                break  # where ids lie at the beginning of a cell, the next one gives more
            yield found
            due -= 1
            place = found + 1


_ALL = 1_000_000_000
