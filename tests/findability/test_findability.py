"""People find what they look for: kind by kind, and on the second page too."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from search_service.settings.values import Matching
from tests.findability.catalogue import catalogue
from tests.findability.needs import LIMIT, Found, Need, is_met, needs
from tests.findability.rows import expanded
from tests.findability.score import Score, asked, fill, score
from tests.support.calling import Caller
from tests.support.searching import built_after
from tests.support.serving import serving

ENOUGH, ENOUGH_OF_A_KIND = 95, 85
KINDS = sorted({one.kind for one in needs()})
MANY = 4


def need(
    *,
    wanted: Iterable[int] = (),
    never: Iterable[int] = (),
    least: int | None = None,
    within: int | None = None,
    nothing: bool = False,
    refused: bool = False,
    no_matter: bool = False,
) -> Need:
    """Somebody's."""
    ids = frozenset(wanted)
    enough = len(ids) if least is None else least
    return Need(
        kind="any",
        entity="Dataset",
        query={},
        wanted=ids,
        least=enough,
        within=enough if within is None else within,
        never=frozenset(never),
        nothing=nothing,
        refused=refused,
        no_matter=no_matter,
    )


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A service that holds the catalogue."""
    data = tmp_path_factory.mktemp("findability") / "data"
    with serving(data, {"matching": Matching.PEOPLE.value}) as service:
        caller = Caller(service.url)
        fill(caller)
        yield caller
        assert service.stop() == 0


@pytest.fixture(scope="module")
def scored(caller: Caller) -> Score:
    """All needs, asked once."""
    return score(caller, needs())


def test_there_are_ten_needs_of_each_of_twenty_kinds() -> None:
    counts = Counter(one.kind for one in needs())
    assert len(counts) == 20
    assert min(counts.values()) >= 10


def test_the_catalogue_is_made_the_same_way_each_time() -> None:
    first = catalogue().documents
    catalogue.cache_clear()
    assert catalogue().documents == first


def test_a_row_stands_for_every_choice_of_its_values() -> None:
    row = {"each": {"n": "1..2", "end": ["a", "b"]}, "name": "{row}: {n:02}.{end}"}
    assert [one["name"] for one, _ in expanded(row, {})] == [
        "1: 01.a",
        "2: 01.b",
        "3: 02.a",
        "4: 02.b",
    ]


@pytest.mark.parametrize(
    ("need", "found", "met"),
    [
        (need(wanted={1, 2}), Found(200, (2, 1, 3)), True),
        (need(wanted={1, 2}), Found(200, (2, 3, 1)), False),
        (need(wanted={1, 2}, within=3), Found(200, (2, 3, 1)), True),
        (need(wanted={1, 2}, least=1), Found(200, (2, 3, 1)), True),
        (need(wanted={1}, never={3}), Found(200, (1, 2, 3)), False),
        (need(wanted={1}), Found(500, message="broken"), False),
        (need(nothing=True), Found(200), True),
        (need(nothing=True), Found(200, (1,)), False),
        (need(nothing=True), Found(400, message="wrong"), False),
        (need(refused=True), Found(400, message="wrong"), True),
        (need(refused=True), Found(200), False),
        (need(no_matter=True), Found(400, message="wrong"), True),
        (need(no_matter=True), Found(400), False),
        (need(no_matter=True), Found(500, message="broken"), False),
    ],
)
def test_a_need_is_met_when_the_wanted_come_first(need: Need, found: Found, met: bool) -> None:
    assert is_met(need, found) is met


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_needs_of_a_kind_are_met(scored: Score, kind: str) -> None:
    assert scored.percent(kind) >= ENOUGH_OF_A_KIND, f"\n{scored.missed_needs()}\n{scored}"


@pytest.mark.slow
def test_nearly_all_needs_are_met(scored: Score) -> None:
    assert scored.percent() >= ENOUGH, f"\n{scored.missed_needs()}\n{scored}"


@pytest.mark.slow
def test_a_second_page_goes_on_with_the_same_reading(caller: Caller) -> None:
    paged = set()
    for one in needs():
        status, answer = asked(caller, one, LIMIT)
        if status != 200 or len(answer["results"]) < MANY:
            continue
        hits = answer["results"]
        for place in (0, MANY - 2):
            after = built_after(hits[place], {})
            status, second = asked(caller, one, LIMIT, after)
            assert status == 200, one
            found = [hit["_source"]["id"] for hit in second["results"]]
            rest = [hit["_source"]["id"] for hit in hits[place + 1 :]]
            assert found[: len(rest)] == rest, one
        paged.add(one.kind)
    assert {"typing error", "part of a file name", "pasted text, no valid syntax"} <= paged
