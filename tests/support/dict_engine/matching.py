"""What a tree finds and how it scores, by looking at every document.

Words and phrases score as Lucene's BM25 with exact lengths, so that orders by relevance can be
compared with recorded ones; an engine rounds lengths, so its scores need not equal these.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import assert_never

from search_service.catalogue.model import FieldKind
from search_service.query.tree import (
    Bool,
    Boost,
    Characters,
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
from tests.support.dict_engine.index import (
    Index,
    Postings,
    Words,
    inverse_document_frequency,
)

Scores = dict[int, float]
"""Of the documents that match, by id."""

_CHARACTERS = {
    Characters.ANYTHING: ".",
    Characters.ASCII: "[ -~]",
    Characters.LATIN: "[a-z]",
    Characters.LETTERS: "[^0-9.$/]",
    Characters.DIGITS: "[0-9]",
}


_NEAREST = 50  # words of those that are spelled nearly so, as in Lucene


class Matching:
    """Evaluates trees over the indexes of all entities."""

    def __init__(self, index_of: Callable[[str], Index], facetable: frozenset[str]) -> None:
        self._index_of = index_of
        self._facetable = facetable

    def scores(self, entity: str, query: Query) -> Scores:
        """The documents of an entity that match, with their scores."""
        index = self._index_of(entity)
        match query:
            case Everything():
                return _constant(index.documents)
            case Nothing():
                return {}
            case Term(name, word):
                return _scored(index.words(name), [word], _times(index.words(name).of(word)))
            case SynonymGroup(name, words):
                return _as_one_word(index.words(name), words)
            case SynonymTerm(name, word):
                return self._by_rarity(index, index.synonyms_of(name), [word])
            case Phrase(name, placed, slop):
                frequencies = _phrase_frequencies(index.words(name), placed, slop)
                return _scored(index.words(name), [word for _, word in placed], frequencies)
            case Parts(name, parts):
                return self._by_rarity(index, index.parts(name), parts)
            case PartWildcard(names, pattern, characters):
                form = _expression(pattern, characters)
                return _constant(set().union(*(index.parts(name).any_of(form) for name in names)))
            case PartPatterns(name, patterns):
                return _constant(_in_row(index.parts(name), patterns))
            case PartFuzzy(name, part, edits):
                return _constant(index.parts(name).any_of(_nearly(part, edits)))
            case Wildcard(name, pattern, characters):
                return self._with_word(index, name, _expression(pattern, characters))
            case Fuzzy(name, word, edits):
                found = self._with_word(index, name, _nearly(word, edits))
                declared = index.entity.by_name.get(name)
                if declared is None or name.endswith(".exact"):
                    return found
                if declared.kind not in (FieldKind.TEXT, FieldKind.PATH):
                    return found
                near = _near(index.words(name), word)
                return {id_: score + near.get(id_, 0.0) for id_, score in found.items()}
            case WordRange(name):
                return self._with_word(index, name, lambda word: _is_between(word, query))
            case Exact(name, values):
                return self._with_value(index, name, values.__contains__)
            case ExactWildcard(name, pattern):
                return self._with_value(index, name, _expression(pattern))
            case NumberRange(name, low, high):
                return _constant(
                    index.with_number(
                        name,
                        lambda n: (low is None or low <= n) and (high is None or n <= high),
                    )
                )
            case Numbers(name, numbers):
                return _constant(index.with_number(name, set(numbers).__contains__))
            case Exists(name):
                declared = index.entity.by_name.get(name)
                if declared is not None and declared.kind.is_number:
                    return _constant(index.with_number(name, lambda _: True))
                return _constant(index.words(name).lengths)
            case Constant(inner, score):
                return dict.fromkeys(self.scores(entity, inner), score)
            case Boost(inner, factor):
                return {id_: score * factor for id_, score in self.scores(entity, inner).items()}
            case Join():
                return self._joining(index, query)
            case Bool():
                return self._combined(entity, query)
            case _:
                assert_never(query)

    def _with_word(self, index: Index, name: str, fits: Callable[[str], object]) -> Scores:
        return _constant(index.words(name).any_of(fits) | index.synonyms_of(name).any_of(fits))

    def _with_value(self, index: Index, name: str, fits: Callable[[str], object]) -> Scores:
        declared = index.entity.by_name.get(name)
        if declared is None or declared.kind is FieldKind.EXACT or name in self._facetable:
            return _constant(index.with_text(name, fits))
        return {}

    def _by_rarity(self, index: Index, words: Words, row: Sequence[str]) -> Scores:
        """Documents with these one after the other, which score as the rarest of them."""
        found = _phrase_frequencies(words, [*enumerate(row)], 0)
        fewest = min(len(words.of(word)) for word in row)
        return dict.fromkeys(found, inverse_document_frequency(len(index.documents), fewest))

    def _joining(self, index: Index, join: Join) -> Scores:
        others = self._index_of(join.entity).documents
        by_key: dict[int, list[float]] = defaultdict(list)
        for id_, score in self.scores(join.entity, join.query).items():
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
            [self.scores(entity, part) for part in parts]
            for parts in (query.must, query.should, query.must_not, query.filter)
        )
        required = [set(found) for found in [*must, *filters]]
        ids = set.intersection(*required) if required else set[int]().union(*should)
        ids = ids.difference(*must_not)
        return {id_: sum(found.get(id_, 0.0) for found in [*must, *should]) for id_ in ids}


# ── words ─────────────────────────────────────────────────────────────────────────────────────────


def _constant(ids: Iterable[int]) -> Scores:
    return dict.fromkeys(ids, 1.0)


def _times(postings: Postings) -> dict[int, float]:
    return {id_: float(len(positions)) for id_, positions in postings.items()}


def _scored(words: Words, terms: Sequence[str], frequencies: Mapping[int, float]) -> Scores:
    weight = sum(words.idf(len(words.of(term))) for term in terms)
    return {id_: words.score(id_, weight, n) for id_, n in frequencies.items()}


def _as_one_word(words: Words, terms: Sequence[str]) -> Scores:
    """As a word that is where any of these are, once for each of them."""
    frequencies: dict[int, float] = defaultdict(float)
    for term in terms:
        for id_, positions in words.of(term).items():
            frequencies[id_] += len(positions)
    weight = len(terms) * words.idf(len(frequencies))
    return {id_: words.score(id_, weight, n) for id_, n in frequencies.items()}


def _near(words: Words, word: str) -> Scores:
    """By words one edit away, as rare as the commonest, and one letter of theirs less than it."""
    similarity = {
        near: 1 - distance(word, near) / min(len(word), len(near))
        for near in filter(_nearly(word, 1), words.postings)
    }
    nearest = sorted(similarity, key=lambda near: (-similarity[near], near))[:_NEAREST]
    rarity = words.idf(max((len(words.of(near)) for near in nearest), default=0))
    scores: Scores = defaultdict(float)
    for near in nearest:
        for id_, times in _times(words.of(near)).items():
            scores[id_] += words.score(id_, rarity * max(similarity[near], 0.0), times)
    return scores


def _phrase_frequencies(
    words: Words, placed: Sequence[tuple[int, str]], slop: int
) -> dict[int, float]:
    """How often the words stand so; farther apart, as far as ``slop`` allows, counts for less."""
    postings = [(at, words.of(word)) for at, word in placed]
    found = {}
    for id_ in set.intersection(*(set(holders) for _, holders in postings)):
        # Where the phrase would begin by each of its words.
        starts = [[position - at for position in holders[id_]] for at, holders in postings]
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


def _in_row(words: Words, patterns: Sequence[tuple[Pattern, Characters]]) -> set[int]:
    """Documents with words one after the other that fit these patterns."""
    starts = [
        {
            (id_, position - at)
            for word, postings in words.postings.items()
            if form(word)
            for id_, positions in postings.items()
            for position in positions
        }
        for at, form in enumerate(_expression(*pattern) for pattern in patterns)
    ]
    return {id_ for id_, _ in set.intersection(*starts)}


def _expression(
    pattern: Pattern, characters: Characters = Characters.ANYTHING
) -> Callable[[str], object]:
    one = _CHARACTERS[characters]
    parts = (
        re.escape(part) if not isinstance(part, Mark) else {"*": f"{one}*", "?": one}[part.sign]
        for part in pattern
    )
    return re.compile("".join(parts), re.DOTALL).fullmatch


def _nearly(word: str, edits: int) -> Callable[[str], bool]:
    return lambda other: abs(len(word) - len(other)) <= edits and distance(word, other) <= edits


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


@lru_cache(100_000)
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
