"""Rows of a statement → documents: values checked, dates converted, missing fields left out.

What a row needs depends on the types of its values alone, so it is worked out once for each
combination that occurs (``Plan``). Not here: where rows come from, see ``reader``.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import assert_never

from search_service.catalogue.columns import Column, Holds
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER, Document
from search_service.sources.moments import Moments

Values = Sequence[object]
_Convert = Callable[[object], object]
_Types = tuple[type, ...]
_NOTHING = type(None)


class Unfit(ValueError):
    """A row that no document can be made of; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How documents are made of rows whose values have certain types."""

    names: tuple[str, ...]  # of the values that are sent
    sent: Callable[[Values], Values]  # these values of a row
    missing: Document
    converted: tuple[tuple[str, _Convert], ...]
    integers: tuple[str, ...]


class Assembler:
    """Makes documents of rows that begin with the values of ``columns``; the rest is ignored."""

    def __init__(
        self, columns: Sequence[Column], constants: Sequence[tuple[str, int]], moments: Moments
    ) -> None:
        self._columns = columns
        self.constants: Document = dict(constants)
        self._moments = moments
        self._plans: dict[_Types, Plan] = {}

    def document(self, row: Values, inherited: Document | None = None) -> Document:
        """The document of a row; ``inherited``: constants and fields of parents. Raises Unfit."""
        types = tuple(map(type, row))
        plan = self._plans.get(types)
        if plan is None:
            plan = self._plans[types] = self._plan(types)
        # The larger part first: that it is copied takes 0.1 µs, that it is added 0.5.
        document = (self.constants if inherited is None else inherited).copy()
        document.update(zip(plan.names, plan.sent(row)))  # noqa: B905
        if plan.missing:
            document.update(plan.missing)
        for name in plan.integers:
            if not LOWEST_INTEGER <= document[name] <= HIGHEST_INTEGER:
                raise Unfit(f"{name}: {document[name]} is no 64-bit integer")
        for name, convert in plan.converted:
            try:
                document[name] = convert(document[name])
            except (ValueError, OverflowError) as error:
                raise Unfit(f"{name}: {error}") from None
        return document

    def _plan(self, types: _Types) -> Plan:
        names: list[str] = []
        sent: list[int] = []
        integers: list[str] = []
        missing: Document = {}
        converted: list[tuple[str, _Convert]] = []
        taken: set[str] = set()
        for place, (column, given) in enumerate(zip(self._columns, types, strict=False)):
            if given is _NOTHING or column.one_of in taken:
                if column.missing is not None:
                    missing[column.field] = column.missing
                continue
            if column.one_of:
                taken.add(column.one_of)
            sent.append(place)
            names.append(column.field)
            if given is int:
                integers.append(column.field)
            if (convert := self._conversion(column, given)) is not None:
                converted.append((column.field, convert))
        return Plan(tuple(names), _picked(sent), missing, tuple(converted), tuple(integers))

    def _conversion(self, column: Column, given: type) -> _Convert | None:
        """None when the values are sent as they are. Raises Unfit for a type that is not right."""
        match column.holds:
            case Holds.TEXT if given is str:
                return None
            case Holds.INTEGER if given is int:
                return None
            case Holds.INTEGER if given in (float, Decimal):
                return _whole
            case Holds.DOUBLE if given in (float, int, Decimal):
                return _finite
            case Holds.DATE if given is str:
                return self._moments.of_text  # type: ignore[return-value]
            case Holds.DATE if given is datetime:
                return self._moments.of_datetime  # type: ignore[return-value]
            case Holds.DATE if given is date:
                return lambda value: self._moments.of_text(str(value))
            case Holds.DATE if given is int:  # SQLite may hold epoch milliseconds
                return None
            case Holds.TEXT | Holds.INTEGER | Holds.DOUBLE | Holds.DATE:
                raise Unfit(
                    f"{column.names[0]} should hold {_WANTED[column.holds]}, not {given.__name__}"
                )
            case _:
                assert_never(column.holds)


def _picked(places: Sequence[int]) -> Callable[[Values], Values]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: [row[place] for place in places]


_WANTED = {
    Holds.TEXT: "text",
    Holds.INTEGER: "integers",
    Holds.DOUBLE: "numbers",
    Holds.DATE: "dates",
}


def _whole(value: object) -> object:
    whole = int(value)  # type: ignore[call-overload]
    if whole != value:
        raise ValueError(f"{value} is not an integer")
    if not LOWEST_INTEGER <= whole <= HIGHEST_INTEGER:
        raise ValueError(f"{whole} is no 64-bit integer")
    return whole


def _finite(value: object) -> object:
    number = float(value)  # type: ignore[arg-type]
    if math.isfinite(number):
        return number
    raise ValueError(f"{value} is not a number that can be sent")
