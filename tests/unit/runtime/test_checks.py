"""What must hold before generations change, and the sentences where it does not."""

import sqlite3
from pathlib import Path

import pytest

from search_service.catalogue.entities import ENTITIES
from search_service.engines.fit import Fit
from search_service.errors import CannotReindex, DoesNotFit, StorageFailed
from search_service.files import NotDurable
from search_service.runtime.checks import (
    building_of,
    check_fit_of,
    failures_named,
    kept_number,
    refuse_second,
    refuse_to_take_over,
)
from tests.support.indexed import Indexed


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(OSError("no room"), "what is searched is as it was", id="disk"),
        pytest.param(sqlite3.OperationalError("no room"), "is as it was", id="sqlite"),
        pytest.param(
            NotDurable(Path("current"), OSError("no answer")),
            "switched to the other generation",
            id="not-confirmed",
        ),
    ],
)
def test_what_could_not_be_written_says_what_is_searched(error: Exception, sentence: str) -> None:
    with pytest.raises(StorageFailed, match=sentence), failures_named(Path("data")):
        raise error


def test_nothing_is_built_at_first_and_nothing_is_kept(here: Indexed) -> None:
    refuse_second(here.engine().generations)
    with pytest.raises(CannotReindex, match="No re-index has begun"):
        building_of(here.engine())
    with pytest.raises(CannotReindex, match="no generation to go back to"):
        kept_number(here.engine(), None)


def test_a_second_re_index_is_refused(here: Indexed) -> None:
    assert here.store is not None
    here.store.generations.begin(("Dataset",), here.engine().fit)
    assert building_of(here.engine()).number == 2
    with pytest.raises(CannotReindex, match=r"of Dataset has begun.*--resume.*--cancel"):
        refuse_second(here.engine().generations)


def test_a_generation_that_was_written_with_something_else_is_refused_with_its_cure(
    here: Indexed,
) -> None:
    generations = here.engine().generations
    check_fit_of(generations, 1, here.engine().fit, "the cure")
    with pytest.raises(DoesNotFit, match="the cure"):
        check_fit_of(generations, 1, Fit("another", {}, "test"), "the cure")


def test_only_a_whole_re_index_needs_nothing_of_what_does_not_fit() -> None:
    names = [entity.name for entity in ENTITIES]
    refuse_to_take_over(Path("data"), names)
    with pytest.raises(CannotReindex, match=f"so {names[0]} cannot be taken over"):
        refuse_to_take_over(Path("data"), names[1:])
