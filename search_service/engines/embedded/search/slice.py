"""One slice, opened for reading: the engine's calls in the words of this package."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson
import tantivy

from search_service import system_limits
from search_service.catalogue.model import Entity
from search_service.engines.documents import engine_fields
from search_service.engines.documents.path_tokens import directory_token
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.samples import sample_term
from search_service.engines.embedded.index.sort_keys import LOWEST, encode
from search_service.engines.embedded.search.queries.combine import combined, excluding
from search_service.errors import BadRequest, EngineFailed, ShardDamaged
from search_service.files import is_read_only
from search_service.query.id_set import Ids, Mask

Address = tantivy.DocAddress

_MANY = 100_000  # hits that are asked for at once; a query that has more is carried out twice
_LONGEST = 1_000_000  # hits of a list, which then takes 170 MB; beyond, range by range of ids
_ROOM = 1.5  # for ranges that have more hits than others
_REMEMBERED = 20_000  # words whose number of documents is kept; a query asks for each a few times
_LONGEST_WORD = 200  # characters of such a word: a caller may ask for longer ones
_SOME_DOCUMENTS = 10
_FIRST_STEP = 1000
_FILE_NAME, _WHOLE_PATH = ".fileName", ".exact"
_TOO_MANY = "exceeded max expansions"
_TOO_MANY_COUNTS = "bucket limit was exceeded"
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def _count(result: tantivy.SearchResult) -> int:
    return cast(int, result.count)  # type: ignore[attr-defined]  # missing in the engine's stubs


def _value_of(explanation: dict[str, Any], what: str) -> float | None:
    """A value within an explanation of the engine, by what its description begins with."""
    if explanation["description"].startswith(what):
        return float(explanation["value"])
    found = (_value_of(detail, what) for detail in explanation.get("details") or ())
    return next((value for value in found if value is not None), None)


class TooManyCounts(Exception):
    """The engine was to count more different things at once than it does."""


class Slice:
    """The documents of one range of ids, as of the last ``reload``."""

    def __init__(self, path: str, entity: Entity) -> None:
        self.entity = entity
        self._path = Path(path)
        with self._opening():
            self._index = tantivy.Index.open(path)
        schema.register(self._index, reading=True)
        self._index.config_reader("manual")
        self.schema = self._index.schema
        self.reload()

    def reload(self) -> None:
        """See the slice as of its last commit. Raises ShardDamaged."""
        with self._opening():
            self._index.reload()
        self.searcher = self._index.searcher()
        self._bounds: tuple[int, int] | None = None
        self._present: dict[str, int] = {}
        self._has_words: dict[str, bool] = {}
        self._document_frequencies: dict[tuple[str, str], int] = {}
        self._weighed: float | None = None
        self._mean_lengths: dict[str, float] = {}

    @contextmanager
    def _opening(self) -> Iterator[None]:
        """Where no limit of the system is reached, and the disk not only read, it is damaged."""
        try:
            yield
        except ValueError as error:
            # To read, the engine makes a lock file.
            if system_limits.reached(error) or is_read_only(error):
                raise EngineFailed(f"{self.entity.name} could not be opened", error) from error
            raise ShardDamaged(self._path, f"it cannot be opened ({error})") from error

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return self.searcher.num_docs

    @property
    def segments(self) -> int:
        """How many segments hold them."""
        return self.searcher.num_segments

    def document_frequency(self, engine_field: str, word: str) -> int:
        """How many documents hold a word, with those that are deleted and not yet merged."""
        known = self._document_frequencies.get((engine_field, word))
        if known is None:
            if len(self._document_frequencies) >= _REMEMBERED:
                self._document_frequencies.clear()
            known = self.searcher.doc_freq(engine_field, word)
            if len(word) <= _LONGEST_WORD:
                self._document_frequencies[engine_field, word] = known
        return known

    def present(self, field: str) -> int:
        """How many documents have a word in this field."""
        known = self._present.get(field)
        if known is None:
            # Every path is kept as a whole.
            name = schema.present_term(field.removesuffix(".exact"))
            known = self._present[field] = self.document_frequency(engine_fields.TERMS, name)
        return known

    def has_words(self, engine_field: str) -> bool:
        """Whether there is any word in a field, or in one of words that mean the same."""
        known = self._has_words.get(engine_field)
        if known is None:
            if engine_field in self.entity.by_name:
                known = self.present(engine_field) > 0
            else:  # few different ones
                known = bool(self.searcher.terms_with_prefix(engine_field, "", limit=1))
            self._has_words[engine_field] = known
        return known

    @property
    def weighed(self) -> float:
        """How many documents the engine weighs words by: with those deleted and not yet merged."""
        if self._weighed is None:
            self._weighed = self._explained(engine_fields.TERMS, "N,")
        return self._weighed

    def mean_length(self, engine_field: str) -> float:
        """The mean number of words, as the engine weighs by it; 0 where there are none."""
        known = self._mean_lengths.get(engine_field)
        if known is None:
            known = self._mean_lengths[engine_field] = self._explained(engine_field, "avgdl")
        return known

    def _explained(self, engine_field: str, what: str) -> float:
        """A number that the engine tells only when it explains a score; 0 without words."""
        for word in self._some_words(engine_field):
            query = tantivy.Query.term_query(self.schema, engine_field, word)
            for _, address in self.best(query, 1):
                explained = orjson.loads(query.explain(self.searcher, address).to_json())
                return _value_of(explained, what) or 0.0
        return 0.0

    def _some_words(self, engine_field: str) -> Iterator[str]:
        """Words of a field that documents hold, at least one if there are any.

        The best document of a word is found the sooner the rarer the word is.
        """
        firsts = self._firsts(min(_SOME_DOCUMENTS, self.searcher.num_segments))
        if engine_field == engine_fields.TERMS:
            name = self.entity.id_field or "id"
            yield from (schema.key_term(found[name]) for found in self._documents(firsts))
            yield from (schema.present_term(field.name) for field in self.entity.fields)
            return
        yield from self._words_of(firsts, engine_field)
        present = tantivy.Query.term_query(
            self.schema,
            engine_fields.TERMS,
            schema.present_term(engine_field.removesuffix(_WHOLE_PATH)),
            "basic",
        )
        # Looks at all that have the field.
        holding = self.best(present, _SOME_DOCUMENTS)
        yield from self._words_of([address for _, address in holding], engine_field)
        # Takes a second for a million words, so it is the last resort.
        yield from (w for w, _ in self.searcher.terms_with_prefix(engine_field, "", limit=100))

    def _words_of(self, addresses: Sequence[Address], engine_field: str) -> Iterator[str]:
        """Words of a field of these documents, the rarest of each first."""
        name = engine_field.removesuffix(_FILE_NAME).removesuffix(_WHOLE_PATH)
        guessed = directories_above if engine_field.endswith(_WHOLE_PATH) else guesses
        for document in self._documents(addresses):
            frequencies = {
                word: self.document_frequency(engine_field, word)
                for word in guessed(str(document.get(name, "")))
            }
            yield from sorted(filter(frequencies.get, frequencies), key=frequencies.__getitem__)

    def _documents(self, addresses: Sequence[Address]) -> list[dict[str, Any]]:
        return list(map(orjson.loads, self.sources(addresses)))

    def ids(self, addresses: Sequence[Address]) -> list[int]:
        """The ids at these addresses, in their order."""
        return cast(list[int], self.numbers(engine_fields.KEY, addresses))

    def numbers(self, engine_field: str, addresses: Sequence[Address]) -> list[int | float | None]:
        """The values of a column at these addresses, in their order."""
        return self.searcher.fast_field_values(engine_field, list(addresses))

    def integers(self, engine_field: str, addresses: Sequence[Address]) -> tuple[Ids, Mask]:
        """The integers of a column at these addresses, and where there is one; 0 where not."""
        numbers = self.numbers(engine_field, addresses)
        try:
            return np.array(numbers, np.int64), np.ones(len(numbers), np.bool_)
        except TypeError:  # some are missing
            found = [0 if number is None else number for number in numbers]
            present = [number is not None for number in numbers]
            return np.array(found, np.int64), np.array(present, np.bool_)

    def sources(self, addresses: Sequence[Address]) -> list[bytes]:
        """The documents as JSON; starting with a blank where one has undeclared fields."""
        doc, source = self.searcher.doc, schema.SOURCE
        found = [doc(address).get_first(source) for address in addresses]
        return cast(list[bytes], found)

    def best(
        self, query: tantivy.Query, limit: int, offset: int = 0
    ) -> list[tuple[float, Address]]:
        """Hits by score, highest first; equal scores in no order that means something."""
        try:
            return self.searcher.search(
                query, limit=self._allotted(limit), offset=offset, count=False
            ).hits
        except ValueError as error:
            raise _refused(error) from error

    def first(
        self, query: tantivy.Query, limit: int, engine_field: str, *, descending: bool = False
    ) -> list[tuple[int | float | str | None, Address]]:
        """Hits by one column; documents without a value come last."""
        try:
            return self.searcher.search(
                query,
                limit=self._allotted(limit),
                count=False,
                order_by_field=engine_field,
                order=tantivy.Order.Desc if descending else tantivy.Order.Asc,
            ).hits
        except ValueError as error:
            raise _refused(error) from error

    def first_and_count(
        self, query: tantivy.Query, limit: int, engine_field: str, *, descending: bool
    ) -> tuple[list[tuple[int | float | str | None, Address]], int]:
        """As ``first``, and how many documents match."""
        order = tantivy.Order.Desc if descending else tantivy.Order.Asc
        try:
            found = self.searcher.search(
                query, self._allotted(limit), order_by_field=engine_field, order=order
            )
        except ValueError as error:
            raise _refused(error) from error
        return found.hits, _count(found)

    def _allotted(self, limit: int) -> int:
        """A limit that room can be made for at once: no more hits than there are documents."""
        return max(1, min(limit, self.documents))

    def sample(self, bits: int) -> tantivy.Query:
        """One document in 2^``bits``, see ``index.samples``."""
        return tantivy.Query.term_query(
            self.schema, engine_fields.TERMS, sample_term(bits), "basic"
        )

    def count(self, query: tantivy.Query) -> int:
        """How many documents match."""
        try:
            return _count(self.searcher.search(query, limit=1))
        except ValueError as error:
            raise _refused(error) from error

    def aggregate(self, query: tantivy.Query, request: dict[str, Any]) -> dict[str, Any]:
        """What the engine's aggregations tell of all hits, by their names.

        Raises TooManyCounts for more than 65,000 counts, of all of them together.
        """
        try:
            return self.searcher.aggregate(query, request)
        except ValueError as error:
            raise _refused(error) from error

    def counts_between(
        self, query: tantivy.Query, engine_field: str, bounds: Sequence[float]
    ) -> list[int]:
        """How many hits have a number below the first bound, from it to the next, …, from the last.

        ``bounds``: ascending, each once, at least one; each is a double.
        """
        ends = [None, *map(float, bounds), None]
        ranges = [
            {"key": str(place)}
            | ({} if low is None else {"from": low})
            | ({} if high is None else {"to": high})
            for place, (low, high) in enumerate(pairwise(ends))
        ]
        request = {"": {"range": {"field": engine_field, "ranges": ranges}}}
        buckets = self.aggregate(query, request)[""]["buckets"]
        counts = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
        return [counts.get(str(place), 0) for place in range(len(ranges))]

    def every(
        self, query: tantivy.Query, most: int = _LONGEST
    ) -> Iterator[list[tuple[float, Address]]]:
        """All hits with their scores, in no order that means something.

        In lists of at most ``most``: a hit takes 170 bytes, and there may be a billion.
        """
        try:
            found = self.searcher.search(query, limit=min(_MANY, most))
        except ValueError as error:
            raise _refused(error) from error
        count = _count(found)
        if count <= len(found.hits):
            yield found.hits
        elif count <= most:
            yield self.best(query, count)
        else:
            first, last = self.id_bounds()
            step = (last - first) // ceil(count / most * _ROOM) + 1
            for low in range(first, last + 1, step):
                yield from self._every_within(query, low, min(low + step - 1, last), most)

    def _every_within(
        self, query: tantivy.Query, first: int, last: int, most: int
    ) -> Iterator[list[tuple[float, Address]]]:
        hits = self.best(combined(query, self.ids_between(first, last)), most + 1)
        if len(hits) <= most or first >= last:
            yield hits
            return
        del hits
        middle = (first + last) // 2
        yield from self._every_within(query, first, middle, most)
        yield from self._every_within(query, middle + 1, last, most)

    def lacking(self, field: str) -> tantivy.Query | None:
        """Documents without a value in a field to sort by; None: surely all have one."""
        term = schema.absent_term(field)
        if not self.document_frequency(engine_fields.TERMS, term):
            return None
        return tantivy.Query.term_query(self.schema, engine_fields.TERMS, term, "basic")

    def existing(self, engine_field: str) -> tantivy.Query:
        """Documents with a value in this column."""
        return tantivy.Query.exists_query(engine_field)

    def within(
        self,
        engine_field: str,
        low: int | float | str | None,
        high: int | float | str | None,
        *,
        with_low: bool = True,
        with_high: bool = True,
    ) -> tantivy.Query:
        """Documents with a value from one to another; None is an open end, a string as sorted.

        One range is one look at each value, where two that are open would meet at half of them.
        """
        if low is None and high is None:
            return self.existing(engine_field)
        if isinstance(low, str) or isinstance(high, str):
            return self._text_within(
                engine_field,
                None if low is None else encode(str(low)),
                None if high is None else encode(str(high)),
                with_low,
                with_high,
            )
        kind = self._number_type(engine_field)
        number = int if kind is tantivy.FieldType.Integer else float
        return tantivy.Query.range_query(
            self.schema,
            engine_field,
            kind,
            None if low is None else number(low),
            None if high is None else number(high),
            include_lower=with_low or low is None,
            include_upper=with_high or high is None,
        )

    def _number_type(self, engine_field: str) -> tantivy.FieldType:
        if engine_field == engine_fields.KEY:
            return tantivy.FieldType.Integer
        return schema.number_type(self.entity.by_name[engine_field])

    def _text_within(
        self, engine_field: str, low: str | None, high: str | None, with_low: bool, with_high: bool
    ) -> tantivy.Query:
        # The empty string is the lowest of all, and cannot stand in a bound.
        if high == "":
            if not with_high or (low == "" and not with_low):
                return tantivy.Query.empty_query()
            return excluding(self.existing(engine_field), self._bound(engine_field, ">=", LOWEST))
        if low == "":
            low, with_low = (None, True) if with_low else (LOWEST, True)
        if low is None and high is None:
            return self.existing(engine_field)
        if high is None:
            return self._bound(engine_field, ">=" if with_low else ">", str(low))
        if low is None:
            return self._bound(engine_field, "<=" if with_high else "<", high)
        begin, end = "[" if with_low else "{", "]" if with_high else "}"
        return self._index.parse_query(f"{engine_field}:{begin}{low} TO {high}{end}")

    def _bound(self, engine_field: str, sign: str, key: str) -> tantivy.Query:
        return self._index.parse_query(f"{engine_field}:{sign}{key}")

    def text_between(self, engine_field: str, low: str, high: str) -> tantivy.Query:
        """Documents whose sort key lies between two, inclusive; one range is one look at each."""
        return self._index.parse_query(f"{engine_field}:[{low} TO {high}]")

    def id_bounds(self) -> tuple[int, int]:
        """The lowest and the highest id; (0, -1) without documents."""
        if self._bounds is None:
            firsts = self.ids(self._firsts(self.searcher.num_segments))
            low = self._outermost(min(firsts), descending=False) if firsts else None
            high = self._outermost(max(firsts), descending=True) if firsts else None
            self._bounds = (0, -1) if low is None or high is None else (low, high)
        return self._bounds

    def _outermost(self, start: int, *, descending: bool) -> int | None:
        """The lowest or the highest id, looked for from one that stands in the slice.

        To sort all documents takes 13 ns for each, and was the longest part of a search after a
        commit. A segment none of whose ids are within a range costs nothing.
        """
        reached, step = start, _FIRST_STEP
        while self.best(self._beyond(reached + (step if descending else -step), descending), 1):
            reached += step if descending else -step
            step *= 4
        hits = self.first(
            self._beyond(reached, descending), 1, engine_fields.KEY, descending=descending
        ) or self.first(tantivy.Query.all_query(), 1, engine_fields.KEY, descending=descending)
        return self.ids([address for _, address in hits])[0] if hits else None

    def _beyond(self, id_: int, upwards: bool) -> tantivy.Query:
        """Documents from an id on, in a direction."""
        if not _LOWEST <= id_ <= _HIGHEST:
            return tantivy.Query.empty_query()
        return self.ids_between(id_, _HIGHEST) if upwards else self.ids_between(_LOWEST, id_)

    def _firsts(self, segments: int) -> list[Address]:
        """The first document of so many segments; one that is deleted is there until a merge."""
        return [Address(segment, 0) for segment in range(segments)]

    def ids_between(self, first: int, last: int) -> tantivy.Query:
        """Documents with ``first`` <= id <= ``last``."""
        return tantivy.Query.range_query(
            self.schema, engine_fields.KEY, tantivy.FieldType.Integer, first, last
        )


def _refused(error: ValueError) -> Exception:
    """What a search is refused with: patterns that fit too many words show only then."""
    if _TOO_MANY in str(error):
        return BadRequest(
            "A pattern with wildcards fits too many words to be searched for: write more of it"
        )
    if _TOO_MANY_COUNTS in str(error):
        return TooManyCounts(str(error))
    return error


def guesses(text: str) -> Iterator[str]:
    """Words that a text may have been analysed to, without the analysis: short stems of a word."""
    text = text.lower()
    for word in re.split(r"[\s/\\]+", text):
        yield word
    for word in re.findall(r"[^\W_]+", text):
        yield from (word[:length] for length in range(len(word), max(2, len(word) - 4), -1))


def directories_above(path: str) -> Iterator[str]:
    """Words that may stand for the directories of a path, the lowest first."""
    for found in reversed(list(re.finditer(r"[^\w.]", path))[-_SOME_DOCUMENTS:]):
        yield directory_token(path[: found.start()])
