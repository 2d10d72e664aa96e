"""How many documents have a word: asked for many at once, and kept until the entity changes.

A reading announces its words (see ``query.expected``), which are then looked up in one round trip;
any other word takes one of its own, for all fields that it may be asked of. Not here: what a word
weighs, see ``queries.weights``; how terms are counted, see ``term_statistics``.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache

from search_service.bounded_cache import BoundedCache
from search_service.catalogue import lookup
from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.near_words import NearWords, nearest, one_edit_away
from search_service.engines.opensearch.search import counting
from search_service.engines.opensearch.search.requests import Requests
from search_service.engines.opensearch.search.term_statistics import FieldTerm, TermStatistics
from search_service.query.expected import Among, Expected, Recordings, expected
from search_service.query.vocabulary import Ask
from search_service.query.weight import weight

_REMEMBERED = 8 << 20  # bytes of the terms of an entity whose frequency is kept: some 50,000
_EACH = 150  # bytes of a term beside its characters
_NEAR = 500  # words of an entity whose near words are kept, each with 50 of them at most
_ANNOUNCED = 8 << 20  # bytes of readings whose words are kept


@dataclass(slots=True)
class _Known:
    """What is known of an entity's documents as they are now."""

    stamp: Hashable
    frequencies: dict[FieldTerm, int] = field(default_factory=dict)
    size: int = 0  # bytes of these
    present: dict[str, int] = field(default_factory=dict)
    near: dict[FieldTerm, NearWords] = field(default_factory=dict)
    count: int | None = None


class KnownFrequencies:
    """Document frequencies, by entity. Documents that are gone may be counted too."""

    def __init__(self, requests: Requests, stamp: Callable[[str], Hashable]) -> None:
        """``stamp``: as in ``Reader``."""
        self._requests = requests
        self._statistics = TermStatistics(requests)
        self._stamp = stamp
        self._known: dict[str, _Known] = {}
        self._recordings = Recordings()
        self._announced: BoundedCache[Hashable, frozenset[Expected]] = BoundedCache(_ANNOUNCED)

    def expect(self, reading: Hashable, ask: Ask) -> None:
        """As in ``Vocabulary``: what is not known of its words is looked up now."""
        words = self._announced.get(reading)
        if words is None:
            words = expected(ask, self._recordings)
            self._announced.add(reading, words, weight(reading) + weight(words))
        wanted: dict[str, set[FieldTerm]] = {}
        for entity, among, word in words:
            wanted.setdefault(entity, set()).update(_terms(entity, among, word))
        self._look_up(wanted)

    def of(self, entity: str, terms: Collection[FieldTerm]) -> Mapping[FieldTerm, int]:
        """In how many documents each of these is; those that are not known in one round trip."""
        self._look_up({entity: terms})
        frequencies = self._of_entity(entity).frequencies
        return {term: frequencies[term] for term in terms}

    def present(self, entity: str, fields: Collection[str]) -> Mapping[str, int]:
        """How many documents have something in each of these fields of the index."""
        known = self._of_entity(entity).present
        if unknown := [name for name in fields if name not in known]:
            known.update(self._statistics.documents_with(entity, unknown))
        return {name: known[name] for name in fields}

    def near_words(
        self, entity: str, words: Collection[FieldTerm]
    ) -> Mapping[FieldTerm, NearWords]:
        """Each of these and the words of its field one edit away, all in one round trip."""
        present = self.present(entity, {name for name, _ in words})
        known = self._of_entity(entity).near
        unknown = [place for place in words if place not in known]
        candidates = {
            (name, word): one_edit_away(word) if present[name] else () for name, word in unknown
        }
        # Not kept as others are: of some hundred words few are there.
        terms = {(name, near) for (name, _), found in candidates.items() for near in found}
        frequencies = self._statistics.frequencies({entity: terms})[entity] if terms else {}
        found = {
            (name, word): nearest(word, {near: frequencies[name, near] for near in nears})
            for (name, word), nears in candidates.items()
        }
        found |= {place: known[place] for place in words if place in known}
        if len(known) > _NEAR:
            known.clear()
        known.update(found)
        return found

    def of_word(self, entity: str, field: str, word: str) -> int:
        """In how many documents a word of a field of the catalogue is."""
        return self._frequency(entity, Among.WORDS, word, (field, word))

    def of_part(self, entity: str, field: str, part: str) -> int:
        """As ``of_word``, a part."""
        found = lookup.entity(entity)
        if field not in found.parted_fields:
            return 0
        term = engine_fields.part_code(found, field) + part
        return self._frequency(entity, Among.PARTS, part, (engine_fields.PARTS, term))

    def of_synonym(self, entity: str, field: str, word: str) -> int:
        """As ``of_word``, a synonym that stands beside the text."""
        term = engine_fields.synonyms_field(field), word
        return self._frequency(entity, Among.SYNONYMS, word, term)

    def count(self, entity: str) -> int:
        """How many documents there are."""
        known = self._of_entity(entity)
        if known.count is None:
            known.count = counting.tally(self._requests, entity, {"match_all": {}}, None)
        return known.count

    def _frequency(self, entity: str, among: Among, word: str, term: FieldTerm) -> int:
        known = self._of_entity(entity).frequencies.get(term)
        if known is not None:
            return known
        # Whoever asks of one field asks of the others next.
        return self.of(entity, {term, *_terms(entity, among, word)})[term]

    def _of_entity(self, entity: str) -> _Known:
        stamp, known = self._stamp(entity), self._known.get(entity)
        if known is None or known.stamp != stamp:
            known = self._known[entity] = _Known(stamp)
        return known

    def _look_up(self, wanted: Mapping[str, Collection[FieldTerm]]) -> None:
        unknown: dict[str, list[FieldTerm]] = {}
        for entity, terms in wanted.items():
            known = self._of_entity(entity)
            if missing := [term for term in terms if term not in known.frequencies]:
                unknown[entity] = missing
                known.size += _size(missing)
                if known.size > _REMEMBERED:
                    known.frequencies.clear()
                    unknown[entity] = [*terms]
                    known.size = _size(terms)
        if unknown:
            for entity, found in self._statistics.frequencies(unknown).items():
                self._of_entity(entity).frequencies.update(found)


def _size(terms: Collection[FieldTerm]) -> int:
    return sum(_EACH + len(word) for _, word in terms)


def _terms(entity: str, among: Among, word: str) -> list[FieldTerm]:
    """A word in each field of an entity that it may be asked of."""
    words, parts, synonyms = _fields(entity)
    match among:
        case Among.WORDS:
            return [(name, word) for name in words]
        case Among.PARTS:
            return [(engine_fields.PARTS, code + word) for code in parts]
        case Among.SYNONYMS:
            return [(name, word) for name in synonyms]


@cache
def _fields(entity: str) -> tuple[list[str], list[str], list[str]]:
    """Of words, codes of parts, of synonyms."""
    found = lookup.entity(entity)
    texts = [each.name for each in found.fields if each.kind is FieldKind.TEXT]
    paths = [
        name
        for name in found.default_fields
        if (path := found.by_name[name]).kind is FieldKind.PATH and not path.is_whole_path
    ]
    codes = [engine_fields.part_code(found, name) for name in found.parted_fields]
    return [*texts, *paths], codes, [engine_fields.synonyms_field(name) for name in texts]
