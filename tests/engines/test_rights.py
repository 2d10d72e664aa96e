"""Nothing that is told depends on documents that are hidden, but scores and orders.

What somebody is told over all documents is compared with what an index without the hidden ones
tells: the hits, how many there are, the facets, what was meant, what is suggested.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search_service.service.searching import releases
from tests.support.front_ends import FrontEnd
from tests.support.generation_files import OneDirectory
from tests.support.over import Over, over
from tests.support.rights import FULL_NAMES, TYPED, TYPES, USERS, Facility
from tests.support.searching import Searching

ENTITIES = ("investigation", "dataset", "datafile")
RELEASED = {3, 4, 5, 9}
MANY, FEW = 100, 8
FACETS = {
    "investigation": [
        {"dimension": "type.name", "limit": 1000},
        {"dimension": "sample.type.name", "entity": "InvestigationSample", "limit": 1000},
    ],
    "dataset": [
        {"dimension": "type.name"},
        {"dimension": "technique.name", "entity": "DatasetTechnique"},
        {"dimension": "sample.type.name", "entity": "InvestigationSample", "limit": 1000},
    ],
    "datafile": [{"dimension": "type.name", "entity": "DatasetParameter"}],
}


class Compared:
    """The same facility twice: with what is hidden from a viewer, and without."""

    def __init__(
        self,
        directory: Path,
        facility: Facility,
        viewer: dict[str, Any],
        over: Over,
        *,
        people: bool,
    ) -> None:
        seen = facility.investigations_of(viewer.get("user"))
        seen |= RELEASED if viewer.get("public") else set()
        self.viewer = viewer
        self.facility = facility
        # Each question is some dozens of round trips.
        self.questions = FEW if callable(over) else MANY
        both = {"all": facility.documents, "seen": facility.without_hidden(seen)}
        self._front_ends = [
            FrontEnd.over(directory / name, documents, over, people=people)
            for name, documents in both.items()
        ]
        self._searching = [Searching(each.searcher) for each in self._front_ends]
        for name in both:
            rows = [(id_, 1_000) for id_ in sorted(RELEASED)]
            files = OneDirectory(directory / name)
            releases.write(files, 1, rows, before=1, low=None, high=None)

    def found(self, entity: str, **asked: Any) -> tuple[Any, Any]:
        """What ``/v1/search`` tells."""
        with_all, with_seen = (
            front_end.search(entity, **self.viewer, **asked, limit=1000, facets=FACETS[entity])
            for front_end in self._front_ends
        )
        return _told(with_all), _told(with_seen)

    def found_by_contract(self, entity: str, **query: Any) -> tuple[set[int], set[int]]:
        """What the catalogue's search tells of a user."""
        with_all, with_seen = (
            set(searching.search(entity, {**query, "user": self.viewer["user"]}).ids)
            for searching in self._searching
        )
        return with_all, with_seen

    def suggested(self, entity: str, prefix: str) -> tuple[set[tuple[str, str]], ...]:
        """What ``/v1/suggest`` tells."""
        who = {key: str(value).lower() for key, value in self.viewer.items()}
        return tuple(
            {(kind, text.lower()) for kind, text in each.suggest(entity, prefix, limit=50, **who)}
            for each in self._front_ends
        )


def _told(page: Any) -> Any:
    return {
        "hits": {hit["id"] for hit in page["hits"]},
        "highlights": {hit["id"]: hit.get("highlights") for hit in page["hits"]},
        "count": page["count"],
        "facets": [
            {bucket["label"]: bucket["count"] for bucket in facet["buckets"]}
            for facet in page["facets"]
        ],
        "did_you_mean": page["did_you_mean"],
    }


@pytest.fixture(
    scope="module",
    params=[(1, "ada"), (2, "zoe"), (3, None), (4, "mo and public")],
    ids=str,
)
def viewed(request: pytest.FixtureRequest) -> tuple[Facility, dict[str, Any]]:
    seed, who = request.param
    user = None if who is None else who.partition(" ")[0]
    public = {"public": True} if who is None or who.endswith("public") else {}
    return Facility(seed), {**({} if user is None else {"user": user}), **public}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((64, False), id="shards-peer"),
        pytest.param((64, True), id="shards-people"),
        pytest.param((None, True), id="dicts-people"),
        pytest.param(("cluster", True), id="cluster-people", marks=pytest.mark.opensearch),
    ],
)
def compared(
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
    viewed: tuple[Facility, dict[str, Any]],
) -> Compared:
    engine, people = request.param
    directory = tmp_path_factory.mktemp("rights")
    return Compared(directory, *viewed, over(request, engine), people=people)


def _conditions(chance: random.Random, facility: Facility, entity: str) -> dict[str, Any]:
    """A text, mostly, and sometimes what else can be asked for."""
    asked: dict[str, Any] = {}
    if chance.random() < 0.9:
        asked["text"] = facility.typed()
    if chance.random() < 0.1:
        asked["userFullName"] = chance.choice([*FULL_NAMES.values(), "ada", "byron lang"])
    if chance.random() < 0.2:
        asked["filter"] = chance.choice(list(_filters(chance, entity)))
    return asked


def _filters(chance: random.Random, entity: str) -> Iterator[dict[str, Any]]:
    number = chance.randint(1, 12)
    yield {"investigationsample.investigation.id": {"from": number, "to": number}}
    yield {"investigation.id" if entity == "investigation" else "investigation.type.name": "raw"}
    if entity != "investigation":
        yield {"investigation.type.name": ["experiment", "industry"]}
    if entity == "dataset":
        parameter = {"field": "type.name", "value": chance.choice(TYPES)}
        yield {"datasetparameter": [{"filter": [parameter]}]}
        yield {"datasettechnique.technique.name": "SAXS"}


def _questions(compared: Compared, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    chance = random.Random(seed)
    for _ in range(compared.questions):
        entity = chance.choice(ENTITIES)
        yield entity, _conditions(chance, compared.facility, entity)


def test_front_ends_are_told_of_what_is_seen_alone(compared: Compared) -> None:
    for entity, asked in _questions(compared, 100):
        with_all, with_seen = compared.found(entity, **asked)
        assert with_all == with_seen, (entity, asked, compared.viewer)


def test_the_catalogue_is_told_of_what_a_user_sees_alone(compared: Compared) -> None:
    if "user" not in compared.viewer or "public" in compared.viewer:
        return  # the contract knows users, and nothing that is public
    for entity, asked in _questions(compared, 101):
        with_all, with_seen = compared.found_by_contract(entity, **asked)
        assert with_all == with_seen, (entity, asked, compared.viewer)


def test_words_are_suggested_of_what_is_seen_alone(compared: Compared) -> None:
    chance = random.Random(7)
    for _ in range(compared.questions):
        typed = chance.choice([*TYPED, "INV", "set_", "vis1", "saxs", "tomo"])
        prefix = typed[: chance.randint(1, len(typed))]
        entity = chance.choice(ENTITIES)
        with_all, with_seen = compared.suggested(entity, prefix)
        assert with_all == with_seen, (entity, prefix, compared.viewer)


@pytest.mark.parametrize("typed", ["pegmatith", "pegmatita"])
def test_a_misspelled_word_tells_nothing_of_a_hidden_title(tmp_path: Path, typed: str) -> None:
    facility = Facility(1)
    for id_, document in facility.documents["Investigation"].items():
        document["title"] = "pegmatite" if id_ == 1 else "pegmatith"
        document["summary"] = "nothing"
    facility.documents["InvestigationUser"] = {
        1: {"id": 1, "investigation.id": 1, "user.name": "eve"}
    }
    compared = Compared(tmp_path, facility, {"user": "eve"}, 64, people=True)
    for found in compared.found("investigation", text=typed):
        assert found["hits"] == {1}
    for ids in compared.found_by_contract("investigation", text=typed):
        assert ids == {1}


def test_who_sees_much_gets_words_suggested_that_hidden_documents_push_aside(
    tmp_path: Path,
) -> None:
    facility = Facility(1, 700)
    mine = range(1, 700, 3)
    for id_, document in facility.documents["Investigation"].items():
        document["title"] = f"pre{'fghjk'[id_ % 5]}{chr(97 + id_ % 23)}o hidden"
    for id_ in mine:
        facility.documents["Investigation"][id_]["title"] = "seen"
    facility.documents["Investigation"][4]["title"] = "previsible"
    facility.documents["InvestigationUser"] = {
        id_: {"id": id_, "investigation.id": id_, "user.name": "eve"} for id_ in mine
    }
    compared = Compared(tmp_path, facility, {"user": "eve"}, 64, people=True)
    with_all, with_seen = compared.suggested("investigation", "pre")
    assert ("word", "previsible") in with_all
    assert with_all == with_seen


def test_every_user_is_somebody_here() -> None:
    facility = Facility(1)
    assert all(facility.investigations_of(user) for user in USERS)
