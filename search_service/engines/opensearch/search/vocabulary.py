"""How many documents have a word: asked for many at once, and kept until the entity changes.

Not here: what a word weighs, see ``queries.weights``.
"""

from collections.abc import Callable, Collection, Hashable, Mapping

from search_service.engines.opensearch.search.requests import Requests

FieldTerm = tuple[str, str]
"""A field of the index and a term in it."""


class KnownFrequencies:
    """Document frequencies, by entity."""

    def __init__(self, requests: Requests, stamp: Callable[[str], Hashable]) -> None:
        """``stamp``: as in ``Reader``."""
        self._requests = requests
        self._stamp = stamp

    def of(self, entity: str, terms: Collection[FieldTerm]) -> Mapping[FieldTerm, int]:
        """In how many documents each of these is; those that are not known in one round trip."""
        raise NotImplementedError

    def present(self, entity: str, fields: Collection[str]) -> Mapping[str, int]:
        """How many documents have something in each of these fields of the index."""
        raise NotImplementedError

    def of_word(self, entity: str, field: str, word: str) -> int:
        """In how many documents a word of a field of the catalogue is."""
        raise NotImplementedError

    def of_part(self, entity: str, field: str, part: str) -> int:
        """As ``of_word``, a part."""
        raise NotImplementedError

    def of_synonym(self, entity: str, field: str, word: str) -> int:
        """As ``of_word``, a synonym that stands beside the text."""
        raise NotImplementedError

    def count(self, entity: str) -> int:
        """How many documents there are."""
        raise NotImplementedError
