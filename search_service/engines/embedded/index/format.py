"""How tantivy wants the documents that it indexes."""

from base64 import b64encode
from collections.abc import Sequence

from search_service.catalogue.model import Entity
from search_service.engines.documents.format import Placed
from search_service.engines.embedded.index import schema, terms
from search_service.engines.embedded.index.doubles import readable
from search_service.engines.embedded.index.samples import BELOW, MASK, MIXED, sample_terms
from search_service.engines.embedded.index.sort_keys import encode as sort_key


class TantivyFormat:
    """Documents with a field of terms, and stacked words in the engine's pre-tokenized form."""

    surely_short = terms.SURELY_SHORT
    counted_words = None  # the engine reads them in its dictionary
    before_stored = f',"{schema.SOURCE}":"'.encode()
    behind_stored = b'"}'

    term_of = staticmethod(terms.term_of)
    as_term = staticmethod(terms.as_term)
    sort_key = staticmethod(sort_key)
    number = staticmethod(readable)
    stored = staticmethod(b64encode)

    @staticmethod
    def stacked(placed: Placed) -> dict[str, object]:
        """Words with positions in the pre-tokenized form."""
        return {
            "text": "",
            "tokens": [
                {
                    "text": word,
                    "position": position,
                    "position_length": 1,
                    "offset_from": 0,
                    "offset_to": 0,
                }
                for word, position in placed
            ],
        }

    @staticmethod
    def terms_of_id(id_: int) -> list[str]:
        """The id, and the samples that it is in."""
        if id_ * MIXED & MASK < BELOW:
            return [schema.key_term(id_), *sample_terms(id_)]
        return [schema.key_term(id_)]

    def present(self, name: str) -> Sequence[str]:
        """The name of the field."""
        return (schema.present_term(name),)

    def absent(self, name: str) -> Sequence[str]:
        """The name of the field with a mark."""
        return (schema.absent_term(name),)

    def lookup_prefix(self, entity: Entity, name: str) -> str:
        """The name of the field; see ``schema``."""
        return schema.lookup_prefix(entity, name)
