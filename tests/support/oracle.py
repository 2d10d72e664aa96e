"""The slow, obvious engine over dicts: what any engine has to answer.

Every word of every document is kept with its positions, every query is answered by looking at
them. Scores are Lucene's BM25 with exact lengths, so that orders by relevance can be compared with
recorded ones; an engine rounds lengths, so its scores need not equal these.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from itertools import product
from typing import Any, assert_never

import orjson

from analyzers.chain import text_words
from analyzers.paths import ancestors, components, file_name_parts
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.base import (
    Buckets,
    Change,
    Delete,
    Dimension,
    Document,
    Hit,
    Put,
    Range,
    Ranges,
    Terms,
)
from search_service.query.order import Cursor, Order, Value
from search_service.query.text.analyse import Analysis
from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Join,
    Mark,
    Nothing,
    NumberRange,
    Numbers,
    PartFuzzy,
    PartPatterns,
    Parts,
    PartWildcard,
    Pattern,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
)

Scores = dict[int, float]
"""Of the documents that match, by id."""

Postings = Mapping[int, list[int]]
"""Documents that hold a word, with its positions."""

SATURATION, LENGTH = 1.2, 0.75  # BM25's k1 and b


@dataclass
class Index:
    """The words of one entity's documents, by field."""

    entity: Entity
    analysis: Analysis
    documents: dict[int, Document]
    words: dict[str, dict[str, dict[int, list[int]]]] = field(init=False)
    lengths: dict[str, dict[int, int]] = field(init=False)
    sizes: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.words = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        self.lengths = defaultdict(dict)
        self.sizes = defaultdict(int)
        for id_, document in self.documents.items():
            for name, value in document.items():
                if isinstance(value, str):
                    self._add(id_, name, value)

    def _add(self, id_: int, name: str, value: str) -> None:
        declared = self.entity.by_name.get(name)
        match None if declared is None else declared.kind:
            case FieldKind.TEXT:
                words = text_words(value)
                synonyms = self.analysis.synonyms
                loose = self.analysis.loose_synonyms
                placed = synonyms.spread(words) if loose else synonyms.stacked(words)
                self._place(id_, name, placed or [(w, at) for at, w in enumerate(words) if w])
            case FieldKind.PATH:
                separators = self.analysis.separators
                self._place_all(id_, name, components(value, separators))
                self._place_all(id_, f"{name}.fileName", file_name_parts(value, separators))
                self._place_all(id_, f"{name}.exact", ancestors(value, separators))
            case _:
                self._place_all(id_, name, [value])

    def _place_all(self, id_: int, name: str, words: Sequence[str]) -> None:
        self._place(id_, name, [(word, at) for at, word in enumerate(words)])

    def _place(self, id_: int, name: str, words: Sequence[tuple[str, int]]) -> None:
        for word, at in words:
            self.words[name][word][id_].append(at)
        if words:
            # Words in the same place make a text no longer, but the average of all.
            self.lengths[name][id_] = len({at for _, at in words})
            self.sizes[name] += len(words)

    def postings(self, name: str, word: str) -> Postings:
        return self.words[name].get(word, {}) if name in self.words else {}

    def holding_any(self, name: str, fits: Callable[[str], bool]) -> set[int]:
        words = self.words.get(name, {})
        return {id_ for word, postings in words.items() if fits(word) for id_ in postings}

    def with_number(self, name: str, fits: Callable[[float], bool]) -> set[int]:
        declared = self.entity.by_name.get(name)
        if declared is None or not declared.kind.is_number:
            return set()
        return {id_ for id_, found in self.documents.items() if name in found and fits(found[name])}

    def weight(self, name: str, word: str) -> float:
        every, holding = len(self.lengths[name]), len(self.postings(name, word))
        return math.log(1 + (every - holding + 0.5) / (holding + 0.5)) if holding else 0.0

    def score(self, name: str, id_: int, weight: float, frequency: float) -> float:
        lengths = self.lengths[name]
        relative = lengths[id_] * len(lengths) / self.sizes[name]
        return weight * frequency / (frequency + SATURATION * (1 - LENGTH + LENGTH * relative))


class Oracle:
    """Reader and writer in one. A change is seen at once."""

    def __init__(self, analysis: Analysis | None = None) -> None:
        self.analysis = analysis or Analysis()
        self._documents: dict[str, dict[int, Document]] = defaultdict(dict)
        self._indexes: dict[str, Index] = {}

    # ── changes ───────────────────────────────────────────────────────────────────────────────────

    def put(self, entity: str, id_: int, document: Document) -> None:
        self.apply(entity, [Put(id_, document)])

    def apply(self, entity: str, changes: Iterable[Change]) -> None:
        name = lookup.entity(entity).name
        for change in changes:
            match change:
                case Put(id_, document):
                    self._documents[name][id_] = document
                case Delete(id_):
                    self._documents[name].pop(id_, None)
                case _:
                    assert_never(change)
        self._indexes.pop(name, None)

    def clear(self) -> None:
        self._documents.clear()
        self._indexes.clear()

    # ── what a reader promises ────────────────────────────────────────────────────────────────────

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        hits = [
            Hit(id_, score if order.by_relevance else None, self._values(entity, order, id_), id_)
            for id_, score in self.matching(entity, query).items()
        ]
        compare = _comparison(order)
        hits.sort(key=cmp_to_key(compare))
        if after is not None:
            score = after.values[0] if order.by_relevance else None
            last = Hit(
                after.id,
                score if isinstance(score, float) else None,
                () if order.by_relevance else after.values,
                None,
            )
            hits = [hit for hit in hits if compare(hit, last) > 0]
        return hits[:limit]

    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sequence[bytes]:
        return [orjson.dumps(self._all(entity)[hit.id]) for hit in hits]

    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        return [self._all(entity)[hit.id].get(field) for hit in hits]

    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        return {id_: found for id_, found in self._all(entity).items() if id_ in ids}

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        in_order = sorted(self._all(entity).items())
        return {
            key: [found for _, found in in_order if found.get(by) == key][:limit] for key in keys
        }

    def values(self, entity: str, query: Query, field: str) -> set[int]:
        found = (self._all(entity)[id_].get(field) for id_ in self.matching(entity, query))
        return {value for value in found if value is not None}

    def counts(
        self, entity: str, query: Query, dimensions: Sequence[Dimension]
    ) -> Mapping[str, Buckets]:
        found = [self._all(entity)[id_] for id_ in self.matching(entity, query)]
        return {each.field: _buckets(found, each) for each in dimensions}

    def documents(
        self, entity: str, query: Query, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        ids = sorted(self.matching(entity, query))
        later = [id_ for id_ in ids if after_id is None or id_ > after_id]
        return [(id_, self._all(entity)[id_]) for id_ in later[:limit]]

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        between = (
            id_
            for id_ in self._all(entity)
            if (low is None or id_ > low) and (high is None or id_ <= high)
        )
        return max(between, default=None)

    def count(self, entity: str) -> int:
        return len(self._all(entity))

    def tally(self, entity: str, query: Query, up_to: int | None = None) -> int:
        found = len(self.matching(entity, query))
        return found if up_to is None else min(found, up_to)

    def words(
        self, entity: str, field: str, beginning: str, query: Query | None, limit: int
    ) -> Sequence[tuple[str, int]]:
        index = self._index(entity)
        matching = set(self.matching(entity, query or Everything()))
        counted = [
            (word, len(matching & set(index.postings(field, word))))
            for word in index.words.get(field, ())
            if word.startswith(beginning)
        ]
        found = [(word, count) for word, count in counted if count]
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def some(self, entity: str, query: Query, limit: int) -> Sequence[Hit]:
        ids = list(self.matching(entity, query))[:limit]
        return [Hit(id_, None, (), id_) for id_ in ids]

    def named(
        self, entity: str, field: str, beginning: str, query: Query, limit: int
    ) -> Sequence[Hit]:
        documents = self._all(entity)
        return [
            hit
            for hit in self.some(entity, query, len(documents))
            if str(documents[hit.id].get(field, "")).startswith(beginning)
        ][:limit]

    def stamp(self, entity: str) -> Hashable:
        return id(self._documents[lookup.entity(entity).name])

    # ── what matches ──────────────────────────────────────────────────────────────────────────────

    def matching(self, entity: str, query: Query) -> Scores:
        """The documents that match, with their scores."""
        index = self._index(entity)
        match query:
            case Everything():
                return _constant(index.documents)
            case Nothing():
                return {}
            case Term(name, word):
                return _scored(index, name, [word], _times(index.postings(name, word)))
            case SynonymGroup(name, words):
                each = tuple(Term(name, word) for word in words)
                return self.matching(entity, Bool(should=each))
            case Phrase(name, words, slop):
                frequencies = _phrase_frequencies(index, name, words, slop)
                return _scored(index, name, [word for _, word in words], frequencies)
            case Wildcard(name, pattern) | ExactWildcard(name, pattern):
                if isinstance(query, ExactWildcard) and not self._has_whole_values(index, name):
                    return {}
                form = _expression(pattern)
                if isinstance(query, Wildcard):
                    return _constant(index.holding_any(name, lambda word: bool(form(word))))
                return _constant(_with_value(index, name, lambda value: bool(form(value))))
            case Fuzzy(name, word, edits):
                return _constant(
                    index.holding_any(name, lambda other: distance(word, other) <= edits)
                )
            case WordRange(name):
                return _constant(index.holding_any(name, lambda word: _is_between(word, query)))
            case Exact(name, values):
                if not self._has_whole_values(index, name):
                    return {}
                return _constant(_with_value(index, name, lambda value: value in values))
            case NumberRange(name, low, high):
                return _constant(
                    index.with_number(
                        name,
                        lambda n: (low is None or low <= n) and (high is None or n <= high),
                    )
                )
            case Numbers(name, numbers):
                return _constant(index.with_number(name, lambda n: n in numbers))
            case Exists(name):
                declared = index.entity.by_name.get(name)
                if declared is not None and declared.kind.is_number:
                    return _constant(index.with_number(name, lambda _: True))
                return _constant(index.lengths[name])
            case SynonymTerm() | Parts() | PartWildcard() | PartPatterns() | PartFuzzy():
                raise AssertionError("this engine knows words alone, as the peer does")
            case Constant(inner, score):
                return dict.fromkeys(self.matching(entity, inner), score)
            case Boost(inner, factor):
                return {id_: score * factor for id_, score in self.matching(entity, inner).items()}
            case Join():
                return self._joining(index, query)
            case Bool():
                return self._combined(entity, query)
            case _:
                assert_never(query)

    def _has_whole_values(self, index: Index, name: str) -> bool:
        declared = index.entity.by_name.get(name)
        return (
            declared is None or declared.kind is FieldKind.EXACT or name in self.analysis.facetable
        )

    def _joining(self, index: Index, join: Join) -> Scores:
        others = self._all(join.entity)
        by_key: dict[int, list[float]] = defaultdict(list)
        for id_, score in self.matching(join.entity, join.query).items():
            if join.by in others[id_]:
                by_key[others[id_][join.by]].append(score)
        found = {
            id_: by_key[document[join.on]]
            for id_, document in index.documents.items()
            if join.on in document and document[join.on] in by_key
        }
        return {id_: sum(s) / len(s) if join.scored else 1.0 for id_, s in found.items()}

    def _combined(self, entity: str, query: Bool) -> Scores:
        must, should, must_not, filters = (
            [self.matching(entity, part) for part in parts]
            for parts in (query.must, query.should, query.must_not, query.filter)
        )
        required = [set(found) for found in [*must, *filters]]
        ids = set.intersection(*required) if required else set[int]().union(*should)
        ids = ids.difference(*must_not)
        return {id_: sum(found.get(id_, 0.0) for found in [*must, *should]) for id_ in ids}

    def _all(self, entity: str) -> dict[int, Document]:
        found = lookup.find_entity(entity)
        return {} if found is None else self._documents[found.name]

    def _index(self, entity: str) -> Index:
        declared = lookup.entity(entity)
        if declared.name not in self._indexes:
            self._indexes[declared.name] = Index(
                declared, self.analysis, self._documents[declared.name]
            )
        return self._indexes[declared.name]

    def _values(self, entity: str, order: Order, id_: int) -> tuple[Value, ...]:
        document = self._all(entity)[id_]
        return tuple(document.get(key.field) for key in order.keys)


# ── order ─────────────────────────────────────────────────────────────────────────────────────────


def _comparison(order: Order) -> Callable[[Hit, Hit], int]:
    def compare(one: Hit, other: Hit) -> int:
        if order.by_relevance:
            difference = _compared(other.score or 0.0, one.score or 0.0)
            return difference or _compared(one.id, other.id)
        for key, a, b in zip(order.keys, one.values, other.values, strict=True):
            difference = _compared(_comparable(a), _comparable(b))
            if difference:
                return -difference if key.descending else difference
        return _compared(one.id, other.id)

    return compare


def _comparable(value: Value) -> Any:
    """What is missing comes first, strings by their bytes."""
    if value is None:
        return (0,)
    return (1, value.encode() if isinstance(value, str) else value)


def _compared(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


# ── words ─────────────────────────────────────────────────────────────────────────────────────────


def _constant(ids: Iterable[int]) -> Scores:
    return dict.fromkeys(ids, 1.0)


def _times(postings: Postings) -> dict[int, float]:
    return {id_: float(len(positions)) for id_, positions in postings.items()}


def _scored(
    index: Index, name: str, words: Sequence[str], frequencies: Mapping[int, float]
) -> Scores:
    if not frequencies:
        return {}
    weight = sum(index.weight(name, word) for word in words)
    return {id_: index.score(name, id_, weight, n) for id_, n in frequencies.items()}


def _phrase_frequencies(
    index: Index, name: str, words: Sequence[tuple[int, str]], slop: int
) -> dict[int, float]:
    """How often the words stand so; farther apart, as far as ``slop`` allows, counts for less."""
    postings = [(at, index.postings(name, word)) for at, word in words]
    found = {}
    for id_ in set.intersection(*(set(holding) for _, holding in postings)):
        # Where the phrase would begin by each of its words.
        starts = [[position - at for position in holding[id_]] for at, holding in postings]
        if slop == 0:
            frequency = float(len(set.intersection(*map(set, starts))))
        else:
            frequency = sum(1 / (1 + spread) for spread in _spreads(postings, starts, slop))
        if frequency:
            found[id_] = frequency
    return found


def _spreads(
    postings: Sequence[tuple[int, Postings]], starts: Sequence[Sequence[int]], slop: int
) -> Iterator[int]:
    for chosen in product(*starts):
        spread = max(chosen) - min(chosen)
        places = {start + at for start, (at, _) in zip(chosen, postings, strict=True)}
        if spread <= slop and len(places) == len(chosen):
            yield spread


def _expression(pattern: Pattern) -> Callable[[str], object]:
    parts = (
        re.escape(part) if not isinstance(part, Mark) else {"*": ".*", "?": "."}[part.sign]
        for part in pattern
    )
    return re.compile("".join(parts), re.DOTALL).fullmatch


def _is_between(word: str, between: WordRange) -> bool:
    bytes_ = word.encode()
    if between.low is not None:
        low = between.low.encode()
        if bytes_ < low or (bytes_ == low and not between.include_low):
            return False
    if between.high is not None:
        high = between.high.encode()
        if bytes_ > high or (bytes_ == high and not between.include_high):
            return False
    return True


def distance(one: str, other: str) -> int:
    """Characters to insert, delete, replace or swap with their neighbour."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            steps = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                steps = min(steps, before[j - 2] + 1)
            row.append(steps)
        before, last = last, row
    return last[-1]


# ── values ────────────────────────────────────────────────────────────────────────────────────────


def _with_value(index: Index, name: str, fits: Callable[[str], bool]) -> set[int]:
    return {
        id_
        for id_, document in index.documents.items()
        if isinstance(value := document.get(name), str) and fits(value)
    }


def _buckets(found: Sequence[Document], dimension: Dimension) -> Buckets:
    values = [document[dimension.field] for document in found if dimension.field in document]
    match dimension:
        case Terms():
            labels = [value for value in values if isinstance(value, str) and value]
            counted = [(label, labels.count(label)) for label in sorted(set(labels))]
            return sorted(counted, key=lambda bucket: -bucket[1])
        case Ranges(_, ranges):
            return [(each.key, sum(_is_in(value, each) for value in values)) for each in ranges]
        case _:
            assert_never(dimension)


def _is_in(value: float, range_: Range) -> bool:
    return (range_.low is None or value >= range_.low) and (
        range_.high is None or value < range_.high
    )
