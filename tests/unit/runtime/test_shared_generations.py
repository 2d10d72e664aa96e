"""Commands change the generations of an index that services have open, from any machine."""

import pytest

from search_service.catalogue.documents import Operation
from search_service.catalogue.origin import Origin
from search_service.engines.fit import Fit
from search_service.errors import BeingReindexed, CannotReindex, EntityLocked, StorageFailed
from search_service.runtime.service import OpenedStore
from tests.support.dict_engine.shared import DictCluster
from tests.support.indexed import Indexed, datafiles
from tests.support.unconfirmed import BUILT, build


def opened(indexed: Indexed) -> OpenedStore:
    assert indexed.store is not None
    return indexed.store


def create(indexed: Indexed, entity: str, id_: int) -> None:
    opened(indexed).changes.modify([Operation("create", entity, id_, {"id": id_, "name": "later"})])


def test_what_one_service_built_another_hands_over_with_what_came_since(
    here: Indexed, there: Indexed
) -> None:
    create(here, "Dataset", 1)
    build(here, opened(here))
    create(there, "Datafile", 500)
    assert opened(there).generations.hand_over() == 2
    assert here.found("Datafile") == {**datafiles(BUILT), 500: {"id": 500, "name": "later"}}
    assert set(here.found("Dataset")) == {1}
    assert opened(here).state().generation == 2


def test_changes_of_many_records_are_caught_up_with_in_turns(here: Indexed, there: Indexed) -> None:
    build(here, opened(here))
    for id_ in range(500, 500 + 2_100):
        create(there, "Datafile", id_)
    opened(here).generations.hand_over()
    assert len(here.found("Datafile")) == len(BUILT) + 2_100


def test_one_re_index_at_a_time_is_begun_and_none_during_a_population(
    here: Indexed, there: Indexed
) -> None:
    opened(there).changes.lock("Datafile", None, None, delete=True)
    with pytest.raises(CannotReindex, match="Datafile is being populated"):
        build(here, opened(here))
    opened(here).changes.unlock("Datafile")
    build(here, opened(here))
    with pytest.raises(CannotReindex, match="has begun and not ended"):
        build(there, opened(there))


def test_a_re_index_that_is_given_up_leaves_nothing(here: Indexed, there: Indexed) -> None:
    build(here, opened(here))
    create(here, "Datafile", 1)
    opened(there).generations.cancel()
    opened(there).changes.commit()
    assert set(here.found("Datafile")) == {1}
    with pytest.raises(CannotReindex, match="No re-index has begun"):
        opened(here).generations.hand_over()
    opened(here).changes.lock("Dataset", None, None, delete=True)


def test_an_older_generation_is_searched_again_by_all(here: Indexed, there: Indexed) -> None:
    create(here, "Datafile", 1)
    build(here, opened(here))
    opened(here).generations.hand_over()
    assert opened(there).generations.roll_back() == 1
    assert set(here.found("Datafile")) == {1}
    assert opened(here).generations.drop_old() == [2]
    with pytest.raises(CannotReindex, match="no generation to go back to"):
        opened(there).generations.roll_back()


def test_what_is_built_or_populated_is_not_rolled_back(here: Indexed) -> None:
    build(here, opened(here))
    opened(here).generations.hand_over()
    opened(here).changes.lock("Datafile", None, None, delete=True)
    with pytest.raises(EntityLocked):
        opened(here).generations.roll_back()
    opened(here).changes.unlock("Datafile")
    build(here, opened(here))
    with pytest.raises(BeingReindexed):
        opened(here).generations.roll_back()


def test_the_origin_is_noted_once_for_all(here: Indexed, there: Indexed) -> None:
    assert opened(here).generations.origin() is None
    opened(here).generations.note_origin(Origin("mysql://one"))
    opened(there).generations.note_origin(Origin("mysql://two"))
    found = opened(there).generations.origin()
    assert found is not None
    assert found.address == "mysql://one"


def with_other_settings(cluster: DictCluster) -> None:
    """What is searched was written with other settings."""
    content = cluster.contents[cluster.state.generation]
    content.fit = Fit("others", {}, "dict")


def test_what_was_written_otherwise_is_built_anew_as_a_whole(
    here: Indexed, cluster: DictCluster
) -> None:
    with_other_settings(cluster)
    with pytest.raises(CannotReindex, match="re-index every entity"):
        build(here, opened(here))


def test_a_service_does_not_write_into_what_was_written_otherwise(
    here: Indexed, cluster: DictCluster
) -> None:
    with_other_settings(cluster)
    create(here, "Datafile", 1)
    with pytest.raises(StorageFailed, match="start this service again"):
        opened(here).changes.commit()
    assert here.found("Datafile") == {}
    with pytest.raises(StorageFailed, match="start this service again"):
        opened(here).check()
