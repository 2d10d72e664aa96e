"""How the cluster wants the documents that it indexes.

A stored document is a string that is not indexed: it comes back as it was, byte by byte.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import orjson

from search_service.catalogue.model import Entity
from search_service.engines.documents.engine_fields import LONGEST_SORTED, STOP_WORD_PLACE
from search_service.engines.documents.format import Placed, Words
from search_service.engines.documents.tokens import as_text
from search_service.engines.opensearch.index import terms

STORED = "_document"
"""The field of the stored document."""


class ClusterFormat:
    """Documents without a field of terms: the cluster looks up numbers and knows what is absent."""

    surely_short = terms.SURELY_SHORT
    before_stored = f',"{STORED}":'.encode()
    behind_stored = b"}"

    term_of = staticmethod(terms.term_of)
    as_term = staticmethod(terms.as_term)

    @staticmethod
    def sort_key(value: str) -> str:
        """Its beginning."""
        return value[:LONGEST_SORTED]

    @staticmethod
    def number(value: float) -> float:
        """As it is; what is no number is none for ``orjson`` either."""
        return value

    @staticmethod
    def stored(document: bytes) -> bytes:
        """A string."""
        return orjson.dumps(document.decode())

    @staticmethod
    def stacked(placed: Placed) -> str:
        """Words on one position are joined, to be taken apart by the analyzer."""
        words = [""] * (placed[-1][1] + 1)
        for place, together in groupby(placed, itemgetter(1)):
            words[place] = terms.STACK.join(word for word, _ in together)
        return as_text(words)

    @staticmethod
    def counted_words(words: Words) -> list[str]:
        """The different ones, in order."""
        split = str(words).replace(terms.STACK, " ").split(" ")
        return [word for word in dict.fromkeys(split) if word != STOP_WORD_PLACE]

    @staticmethod
    def terms_of_id(id_: int) -> list[str]:
        """None: the cluster has the id."""
        return []

    def present(self, name: str) -> Sequence[str]:
        """None: the cluster asks for the field itself."""
        return ()

    def absent(self, name: str) -> Sequence[str]:
        """None: the cluster sorts them to an end."""
        return ()

    def lookup_prefix(self, entity: Entity, name: str) -> None:
        """None: by the number itself."""
        return
