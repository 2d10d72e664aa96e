"""A reading: the interface of the ways in which a text is read.

There are two, ``peer`` (as icat.lucene reads it) and ``matching`` (as people mean it). The settings
say which one a service has, and ``app`` alone asks them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from search_service.catalogue.model import Entity
from search_service.query.limits import QueryLimits
from search_service.query.parsed import Parsed
from search_service.query.text.analyse import Analysis
from search_service.query.text.classify import TypedText
from search_service.query.tree import Query
from search_service.query.vocabulary import ANY_WORDS, Vocabulary


@dataclass(frozen=True, slots=True)
class FullName:
    """The documents that have a user's full name, by what was typed of it."""

    any_name: Query  # a word of it
    all_names: Query | None = None  # every word; these come first. None: not asked for
    weight: float = 0.0  # of ``all_names``


class Reading(Protocol):
    """How texts are read. It is made once, of the settings, and has no state.

    ``vocabulary`` is of all documents, ``visible`` of those that the viewer may see: see
    ``query.vocabulary``. Without ``visible``, the viewer may see all.
    """

    @property
    def analysis(self) -> Analysis:
        """How words are made."""
        ...

    @property
    def limits(self) -> QueryLimits:
        """What a request may ask for."""
        ...

    @property
    def rights_score(self) -> bool:
        """Whether documents that a user may see in two ways come before those in one."""
        ...

    def typed(self, text: str, entity: Entity) -> TypedText:
        """What a text is taken for. Raises BadRequest where it has no meaning."""
        ...

    def query(
        self,
        text: str,
        entity: Entity,
        vocabulary: Vocabulary = ANY_WORDS,
        visible: Vocabulary | None = None,
    ) -> Query:
        """The documents of an entity that a text finds. Raises BadRequest."""
        ...

    def respelled(
        self, text: str, entity: Entity, vocabulary: Vocabulary, visible: Vocabulary | None = None
    ) -> Query | None:
        """Those that it finds with its words spelled otherwise; None where they are as typed."""
        ...

    def full_name(
        self, typed: str, entity: Entity, field: str, vocabulary: Vocabulary = ANY_WORDS
    ) -> FullName:
        """The documents of an entity with a full name in a field. Raises UnreadableText."""
        ...

    def analysed(
        self,
        parsed: Parsed,
        entity: Entity,
        fields: Sequence[str] | None = None,
        vocabulary: Vocabulary = ANY_WORDS,
    ) -> Query:
        """What a parsed text finds in an entity's own fields; ``Nothing`` when no word is left.

        ``fields``: those that are searched where the text names none; the entity's, if None.
        """
        ...
