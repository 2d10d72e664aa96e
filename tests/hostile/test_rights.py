"""Every operation tells of what its viewer may see and of nothing else, as an oracle works it out.

The same checks fail when a right is left out on purpose: when the service believes that somebody
asks who sees everything, when its clock is ahead, when it knows of no instrument's scientists.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analyzers import Units
from search_service.errors import CursorRefused
from search_service.service.searching import releases
from search_service.service.searching.releases import Releases
from search_service.workers.searching.searcher import Searcher
from tests.hostile.amounts import times
from tests.hostile.rights_oracle import (
    DAY,
    NOW,
    TEXT_OF,
    Document,
    Documents,
    Oracle,
    Viewer,
    counted,
    in_order,
)
from tests.support.front_ends import FrontEnd
from tests.support.generation_files import OneDirectory
from tests.support.rights import FULL_NAMES, TYPES, Facility
from tests.support.searching import PEER, PEOPLE, Searching, reading
from tests.support.shards import reader_over

SEES_ALL = "overseer"
USERS = ("ada", "zoe", "mo", "stranger")
INVESTIGATIONS = 12
FACILITIES = 2
EXAMPLES = 30
SORTED_BY = {"Investigation": "startDate", "Dataset": "name", "Datafile": "name"}


# ── a facility, its oracle, and services over it ─────────────────────────────────────────────────


def oracle_of(seed: int) -> Oracle:
    """Documents by chance, of which one user sees all."""
    documents = Facility(seed, INVESTIGATIONS).documents
    users = documents["InvestigationUser"]
    for investigation in documents["Investigation"]:
        id_ = len(users) + 1
        users[id_] = {"id": id_, "investigation.id": investigation, "user.name": SEES_ALL}
    return Oracle(documents, seed)


@dataclass(frozen=True)
class Told:
    """What is answered; nothing of it has a word of what is hidden from the viewer.

    ``viewer``: who should be asked for; ``asks_as``: who is, where a right is left out.
    """

    oracle: Oracle
    front_end: FrontEnd
    viewer: Viewer
    asks_as: Viewer | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """Whose rights hold."""
        return (self.asks_as or self.viewer).asked

    def search(self, entity: str, **asked: Any) -> Any:
        """What `/v1/search` answers."""
        return self._clean(self.front_end.search(entity, **self.asked, **asked), asked)

    def pages(self, entity: str, **asked: Any) -> Iterator[Any]:
        """Page after page of it."""
        page = self.search(entity, **asked)
        yield page
        while page["cursor"] is not None:
            page = self.search(entity, **asked, cursor=page["cursor"])
            yield page

    def suggest(self, entity: str, prefix: str) -> list[tuple[str, str]]:
        """What `/v1/suggest` answers."""
        who = {key: str(value).lower() for key, value in self.asked.items()}
        found = self.front_end.suggest(entity, prefix, limit=50, **who)
        return [*map(tuple, self._clean(found, prefix))]

    def contract(self, entity: str, query: Mapping[str, Any], **how: Any) -> list[dict[str, Any]]:
        """What the catalogue's search answers."""
        searching = Searching(self.front_end.searcher)
        asked = {**query, "user": self.asked["user"]}
        return [*map(dict, self._clean(searching.search(entity, asked, **how).hits, query))]

    def _clean(self, answer: Any, asked: object) -> Any:
        text, typed = json.dumps(answer), json.dumps(asked)
        told = [word for word in self.oracle.secrets(self.viewer) if word in text]
        assert [word for word in told if word not in typed] == []
        return answer


def front_end_over(
    directory: Path, documents: Documents, oracle: Oracle, matching: str = PEOPLE, now: int = NOW
) -> FrontEnd:
    """Real shards, and a clock that stands still."""
    reader = reader_over(directory / "shards", documents, width=16)
    files = OneDirectory(directory)
    releases.write(files, 1, oracle.released.items(), before=1, low=None, high=None)
    table = Releases(files, lambda: now)
    return FrontEnd(Searcher(reader, reading(matching), Units(), table))


# ── questions ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Question:
    """Documents that have a word, and how they are asked for."""

    entity: str
    word: int  # of all that there are
    limit: int
    descending: bool
    number: int


def questions() -> st.SearchStrategy[Question]:
    return st.builds(
        Question,
        entity=st.sampled_from(sorted(TEXT_OF)),
        word=st.integers(0, 1_000),
        limit=st.integers(1, 9),
        descending=st.booleans(),
        number=st.integers(0, 1_000),
    )


def viewers() -> st.SearchStrategy[Viewer]:
    somebody = st.builds(Viewer, st.sampled_from(USERS), st.booleans())
    return st.one_of(somebody, st.just(Viewer(None, public=True)))


def word_of(told: Told, question: Question) -> str:
    words = [*told.oracle.own_word.values(), *told.oracle.shared_words]
    return words[question.word % len(words)]


def found(told: Told, question: Question) -> dict[int, Document]:
    return told.oracle.found(question.entity, word_of(told, question), told.viewer)


# ── checks ───────────────────────────────────────────────────────────────────────────────────────


def hits_and_pages(told: Told, question: Question) -> None:
    pages = told.pages(question.entity, text=word_of(told, question), limit=question.limit)
    ids = [hit["id"] for page in pages for hit in page["hits"]]
    assert sorted(ids) == sorted(found(told, question))


def everything_in_order(told: Told, question: Question) -> None:
    field = SORTED_BY[question.entity]
    sort = {field: "desc" if question.descending else "asc"}
    pages = told.pages(question.entity, sort=sort, limit=question.limit)
    ids = [hit["id"] for page in pages for hit in page["hits"]]
    seen = told.oracle.seen(question.entity, told.viewer)
    assert ids == in_order(seen, field, descending=question.descending)


def the_count(told: Told, question: Question) -> None:
    for counting in ("exact", "bounded"):
        page = told.search(question.entity, text=word_of(told, question), limit=1, count=counting)
        assert page["count"] == {"value": len(found(told, question)), "exact": True}


JOINED = {
    "Investigation": [("InvestigationSample", "sample.type.name", "id", "investigation.id")],
    "Dataset": [
        ("DatasetTechnique", "technique.name", "id", "dataset.id"),
        ("DatasetParameter", "type.name", "id", "dataset.id"),
        ("InvestigationSample", "sample.type.name", "sample.id", "sample.id"),
    ],
    "Datafile": [("DatasetTechnique", "technique.name", "dataset.id", "dataset.id")],
}
"""Entity, field to count by, and the fields of a hit and of what joins to it that are equal."""


def facets(told: Told, question: Question) -> None:
    entity = question.entity
    own = {"dimension": "sample.type.name" if entity == "Datafile" else "type.name", "limit": 1000}
    others = [
        {"entity": other, "dimension": field, "limit": 1000}
        for other, field, _, _ in JOINED[entity]
    ]
    page = told.search(entity, text=word_of(told, question), facets=[own, *others])
    hits = found(told, question)
    expected = [counted(hits.values(), str(own["dimension"]))]
    for other, field, of_hit, of_other in JOINED[entity]:
        keys = {hit[of_hit] for hit in hits.values()}
        seen = told.oracle.seen(other, told.viewer).values()
        expected.append(counted((each for each in seen if each[of_other] in keys), field))
    told_ = [
        {each["label"]: each["count"] for each in facet["buckets"]} for facet in page["facets"]
    ]
    assert told_ == expected


def joined_fields(told: Told, question: Question) -> None:
    fields = ["InvestigationUser user.name", "InvestigationSample investigation.id"]
    page = told.search(
        question.entity, text=word_of(told, question), limit=1000, fields=["id", *fields]
    )
    hits = found(told, question)
    assert {hit["id"] for hit in page["hits"]} == set(hits)
    for hit in page["hits"]:
        document = hits[hit["id"]]
        of = document["id" if question.entity == "Investigation" else "investigation.id"]
        users = told.oracle.documents["InvestigationUser"].values()
        names = sorted(user["user.name"] for user in users if user["investigation.id"] == of)
        joined = hit["joined"]
        assert sorted(each["user.name"] for each in joined["investigationuser"]) == names
        assert {each["investigation.id"] for each in joined["investigationsample"]} == {of}


def highlights(told: Told, question: Question) -> None:
    word = word_of(told, question)
    page = told.search(question.entity, text=word, limit=1000)
    hits = found(told, question)
    assert {hit["id"] for hit in page["hits"]} == set(hits)
    for hit in page["hits"]:
        for field, pieces in hit["highlights"].items():
            text = "".join(piece["text"] for piece in pieces).strip("…")
            assert text in hits[hit["id"]][field]
            assert {piece["text"] for piece in pieces if piece.get("match")} <= {word}


def suggestions(told: Told, question: Question) -> None:
    word = word_of(told, question)
    prefix = word[: 4 + question.number % 5]
    suggested = {text for kind, text in told.suggest(question.entity, prefix) if kind == "word"}
    words = [*told.oracle.own_word.values(), *told.oracle.shared_words]
    sources = told.oracle.found
    assert suggested & {*words} == {
        each
        for each in words
        if each.startswith(prefix) and sources(question.entity, each, told.viewer)
    }


def spelling(told: Told, question: Question) -> None:
    word = word_of(told, question)
    place = 2 + question.number % (len(word) - 3)
    typed = word[:place] + ("h" if word[place] != "h" else "j") + word[place + 1 :]
    page = told.search(question.entity, text=typed, limit=1000)
    hits = found(told, question)
    if not hits:
        assert page["hits"] == []
        assert page["did_you_mean"] is None
    else:
        assert {hit["id"] for hit in page["hits"]} == set(hits) or page["did_you_mean"] == word


def cursors_of_others(told: Told, question: Question) -> None:
    """Whoever has seen all gives away a cursor, or somebody changes what is written in one."""
    entity, how = question.entity, {"text": word_of(told, question), "limit": question.limit}
    of_all = told.front_end.search(entity, user=SEES_ALL, **how)["cursor"]
    own = told.search(entity, **how)["cursor"]
    allowed = set(found(told, question))
    told_ids: set[int] = set()
    for cursor in (of_all, own, *forged(own or of_all, question)):
        if cursor is None:
            continue
        with suppress(CursorRefused):
            page = told.search(entity, **how, cursor=cursor)
            told_ids |= {hit["id"] for hit in page["hits"]}
    assert told_ids <= allowed


def forged(cursor: str | None, question: Question) -> Iterator[str]:
    """At another moment, from the very beginning."""
    if cursor is None:
        return
    search, moment, place = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for at in (moment, moment + 1_000 * DAY, 2**62, question.number):
        first = {**place, "fields": [1e30, 0], "score": 1e30}
        for where in (place, first):
            content = json.dumps([search, at, where]).encode()
            yield urlsafe_b64encode(content).rstrip(b"=").decode()


def full_names(told: Told, question: Question) -> None:
    user, name = sorted(FULL_NAMES.items())[question.number % len(FULL_NAMES)]
    page = told.search(question.entity, userFullName=f'"{name}"', limit=1000)
    users = told.oracle.documents["InvestigationUser"].values()
    of = {each["investigation.id"] for each in users if each["user.name"] == user}
    seen = told.oracle.seen(question.entity, told.viewer)
    key = "id" if question.entity == "Investigation" else "investigation.id"
    expected = {id_ for id_, document in seen.items() if document[key] in of}
    assert {hit["id"] for hit in page["hits"]} == expected


def conditions_on_what_joins(told: Told, question: Question) -> None:
    """Of a shared sample an investigation may be hidden: then it meets no condition."""
    number = 1 + question.number % INVESTIGATIONS
    condition = {"investigationsample.investigation.id": {"from": number, "to": number}}
    page = told.search("Dataset", filter=condition, limit=1000)
    samples = {
        each["sample.id"]
        for each in told.oracle.seen("InvestigationSample", told.viewer).values()
        if each["investigation.id"] == number
    }
    seen = told.oracle.seen("Dataset", told.viewer)
    expected = {id_ for id_, each in seen.items() if each["sample.id"] in samples}
    assert {hit["id"] for hit in page["hits"]} == expected


def parameters(told: Told, question: Question) -> None:
    kind = TYPES[question.number % len(TYPES)]
    page = told.search("Dataset", parameters=[{"name": kind}], limit=1000)
    seen = told.oracle.seen("DatasetParameter", told.viewer).values()
    expected = {each["dataset.id"] for each in seen if each["type.name"] == kind}
    assert {hit["id"] for hit in page["hits"]} == expected


def the_catalogues_search(told: Told, question: Question) -> None:
    if told.viewer.user is None or told.viewer.public:
        return  # the contract knows users, and nothing that is public
    fields = ["id", "InvestigationUser user.name"]
    query = {"text": word_of(told, question)}
    hits = told.contract(question.entity, query, fields=fields)
    assert {hit["_source"]["id"] for hit in hits} == set(found(told, question))
    of_all = told.contract(question.entity, {}, sort={"id": "asc"})
    seen = sorted(told.oracle.seen(question.entity, told.viewer))
    assert [hit["_source"]["id"] for hit in of_all] == seen


Check = Callable[[Told, Question], None]
CHECKS: list[Check] = [
    hits_and_pages, everything_in_order, the_count, facets, joined_fields, highlights, suggestions,
    spelling, cursors_of_others, full_names, conditions_on_what_joins, parameters,
    the_catalogues_search,
]  # fmt: skip


def holds(
    check: Check,
    oracle: Oracle,
    front_end: FrontEnd,
    asks_as: Viewer | None = None,
    examples: int = times(EXAMPLES),
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink),
) -> None:
    """Raises AssertionError when it does not, for some viewer and some question."""

    @settings(
        max_examples=examples,
        phases=phases,
        database=None,
        report_multiple_bugs=False,
    )
    @given(viewers(), questions())
    def told_of_what_is_seen(viewer: Viewer, question: Question) -> None:
        check(Told(oracle, front_end, viewer, asks_as), question)

    told_of_what_is_seen()


def is_noticed(
    check: Check, oracle: Oracle, front_end: FrontEnd, asks_as: Viewer | None = None
) -> None:
    """The property fails, soon."""
    with pytest.raises(AssertionError):
        holds(check, oracle, front_end, asks_as, UNTIL_IT_FAILS, (Phase.generate,))


UNTIL_IT_FAILS = 1_000


def name_of(check: Check) -> str:
    return check.__name__


# ── with all rights, and with one left out ───────────────────────────────────────────────────────


@pytest.fixture(scope="module", params=range(1, times(FACILITIES) + 1))
def oracle(request: pytest.FixtureRequest) -> Oracle:
    return oracle_of(request.param)


@pytest.fixture(scope="module")
def front_ends(oracle: Oracle, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrontEnd]:
    return {
        matching: front_end_over(
            tmp_path_factory.mktemp(matching), oracle.documents, oracle, matching
        )
        for matching in (PEER, PEOPLE)
    }


NOT_OF_THE_PEER = (spelling,)
OF_EITHER = [
    pytest.param(matching, check, id=f"{matching}-{check.__name__}")
    for matching in (PEER, PEOPLE)
    for check in CHECKS
    if matching == PEOPLE or check not in NOT_OF_THE_PEER
]


@pytest.mark.parametrize(("matching", "check"), OF_EITHER)
def test_a_viewer_is_told_of_what_may_be_seen(
    matching: str, check: Check, oracle: Oracle, front_ends: Mapping[str, FrontEnd]
) -> None:
    holds(check, oracle, front_ends[matching])


ONE = 1
"""The facility in which rights are left out."""


@pytest.fixture(scope="module")
def of_one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Oracle, FrontEnd]:
    oracle = oracle_of(ONE)
    return oracle, front_end_over(tmp_path_factory.mktemp("one"), oracle.documents, oracle)


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_it_is_noticed_when_somebody_asks_as_one_who_sees_all(
    check: Check, of_one: tuple[Oracle, FrontEnd]
) -> None:
    is_noticed(check, *of_one, Viewer(SEES_ALL, public=False))


@pytest.fixture(scope="module")
def ahead(
    of_one: tuple[Oracle, FrontEnd], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Oracle, FrontEnd]:
    oracle, _ = of_one
    directory = tmp_path_factory.mktemp("ahead")
    return oracle, front_end_over(directory, oracle.documents, oracle, now=NOW + 2_000 * DAY)


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if check is not the_catalogues_search], ids=name_of
)
def test_it_is_noticed_when_what_is_not_yet_released_is_public(
    check: Check, ahead: tuple[Oracle, FrontEnd]
) -> None:
    is_noticed(check, *ahead)


@pytest.fixture(scope="module")
def without_scientists(
    of_one: tuple[Oracle, FrontEnd], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Oracle, FrontEnd]:
    oracle, _ = of_one
    documents = {**oracle.documents, "InstrumentScientist": {}}
    return oracle, front_end_over(tmp_path_factory.mktemp("without"), documents, oracle)


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if check is not cursors_of_others], ids=name_of
)
def test_it_is_noticed_when_the_scientists_of_an_instrument_see_nothing(
    check: Check, without_scientists: tuple[Oracle, FrontEnd]
) -> None:
    is_noticed(check, *without_scientists)
