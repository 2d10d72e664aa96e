"""How many bytes a query takes, about: what a caller sent is in it, and may be of any length.

Not here: who keeps queries, see ``engines.joins`` and ``service.searching``.
"""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass

from search_service.query.id_set import IdSet

_EACH = 60  # bytes of an object, beside what it holds
_OF_AN_ID = 8


def weight(value: Hashable) -> int:
    """The bytes of a query, or of a part of one.

    >>> weight("silk") < weight("silk" * 1000), weight(7)
    (True, 60)
    """
    found = 0
    left: list[object] = [value]
    while left:  # a tree may be deeper than calls may be
        part = left.pop()
        found += _EACH
        match part:
            case str() | bytes():
                found += len(part)
            case tuple() | frozenset() | list():
                found += 8 * len(part)
                left.extend(part)
            case IdSet():
                found += _OF_AN_ID * len(part)
            case _:
                left.extend([getattr(part, name) for name in _names(type(part))])
    return found


def _names(kind: type[object]) -> tuple[str, ...]:
    """Of the parts of what is made of some: to ask for them takes longer than all else."""
    known = _known_names.get(kind)
    if known is None:
        known = tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()
        _known_names[kind] = known
    return known


_known_names: dict[type[object], tuple[str, ...]] = {}
