"""How long a request will take in a worker, by how long others took.

The same request counts most, then those of the same shape by the same caller, then those of the
same shape by anybody. Not here: what a shape is, see ``shapes``.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from search_service.workers.queueing.callers import Caller

UNKNOWN = 0.01  # seconds that are expected where nothing is known
_NEWEST = 0.3  # the part that the last time has in a mean
_REMEMBERED = 20_000  # means: a few MB


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what a request is compared with others. ``identity``: None for one that is too large."""

    caller: Caller
    shape: Hashable
    identity: int | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """Seconds that a request will take.

    ``is_proven``: by this very request, or by what its caller asked before; others' say less.
    """

    seconds: float
    is_proven: bool


class Costs:
    """Means of the seconds that requests took, the latest counting most. Bounded."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._means: OrderedDict[Hashable, float] = OrderedDict()
        self._remembered = remembered

    def expected(self, fingerprint: Fingerprint) -> Expected:
        """How long it will take."""
        *own, shape = self._keys(fingerprint)
        for key in own:
            if (mean := self._means.get(key)) is not None:
                return Expected(mean, is_proven=True)
        return Expected(self._means.get(shape, UNKNOWN), is_proven=False)

    def note(self, fingerprint: Fingerprint, seconds: float) -> None:
        """It has taken so long, or was ended after it."""
        for key in self._keys(fingerprint):
            before = self._means.get(key, seconds)
            self._means[key] = before + _NEWEST * (seconds - before)
            self._means.move_to_end(key)
        while len(self._means) > self._remembered:
            self._means.popitem(last=False)

    def _keys(self, fingerprint: Fingerprint) -> list[Hashable]:
        """The most telling first; the last one is everybody's."""
        shape = fingerprint.shape
        keys: list[Hashable] = [(fingerprint.caller, shape), shape]
        return keys if fingerprint.identity is None else [fingerprint.identity, *keys]
