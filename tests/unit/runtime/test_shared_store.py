from functools import partial
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.engines.config import EngineOptions
from search_service.engines.fit import Fit
from search_service.errors import DirectoryInUse, DoesNotFit, EngineUnavailable
from search_service.runtime.closed import DirectoryAnswers
from search_service.runtime.host import host_of
from search_service.runtime.opening import open_store
from search_service.runtime.shared_generations import SharedGenerations
from search_service.runtime.shared_store import SharedStore
from search_service.runtime.state import state_of_closed
from search_service.service.indexing.limits import CommitLimits
from tests.support.dict_engine.shared import DictCluster, SharedDictEngine
from tests.support.indexed import CONFIG, Indexed


def engine(root: Path, cluster: DictCluster) -> SharedDictEngine:
    return SharedDictEngine(EngineOptions(CONFIG, root), cluster)


def test_an_index_is_made_by_the_first_service_and_opened_by_the_others(
    tmp_path: Path, cluster: DictCluster
) -> None:
    first = open_store(engine(tmp_path / "one", cluster), limits=CommitLimits(), serves=True)
    second = open_store(engine(tmp_path / "two", cluster), limits=CommitLimits(), serves=True)
    first.changes.modify([Operation("create", "Dataset", 1, {"id": 1})])
    second.changes.commit()
    assert first.state().documents["Dataset"] == 1
    assert second.state().generation == 1
    assert first.state().last_commit == second.state().last_commit
    first.close()
    second.close()


def test_two_services_have_no_data_directory_in_common(
    tmp_path: Path, cluster: DictCluster
) -> None:
    opens = partial(open_store, engine(tmp_path, cluster), limits=CommitLimits())
    service = opens(serves=True)
    with pytest.raises(DirectoryInUse):
        opens(serves=True)
    opens().close()  # a command, which keeps nothing in it
    service.close()
    opens(serves=True).close()


def test_the_state_tells_what_services_agree_on(here: Indexed, there: Indexed) -> None:
    assert here.store is not None
    assert there.store is not None
    here.store.changes.lock("Dataset", None, None, delete=True)
    here.store.changes.modify([Operation("create", "InvestigationUser", 1, {"id": 1})])
    state = there.store.state()
    assert set(state.locked) == {"Dataset"}
    assert state.pending_operations == 1
    assert set(state_of_closed(there.engine()).locked) == {"Dataset"}
    assert there.store.limits() == []
    assert not there.store.look_for_damage(lambda: True)


def test_a_cluster_that_is_away_is_told(here: Indexed, cluster: DictCluster) -> None:
    assert isinstance(here.store, SharedStore)
    here.store.check()
    cluster.is_there = False
    with pytest.raises(EngineUnavailable):
        here.store.check()
    with pytest.raises(EngineUnavailable):
        here.store.state()
    cluster.is_there = True
    here.store.check()


def test_a_command_changes_generations_itself_whatever_services_run(here: Indexed) -> None:
    opens = here.engine()
    with host_of(opens, lambda: open_store(opens, limits=CommitLimits())) as host:
        assert isinstance(host, SharedGenerations)
        assert host.drop_old() == []


def test_what_does_not_fit_is_refused_by_services_and_can_be_built_anew(
    tmp_path: Path, cluster: DictCluster
) -> None:
    opens = engine(tmp_path, cluster)
    open_store(opens, limits=CommitLimits()).close()
    cluster.contents[1].fit = Fit("others", {}, "dict")
    with pytest.raises(DoesNotFit):
        open_store(opens, limits=CommitLimits())
    with host_of(opens, lambda: open_store(opens, limits=CommitLimits())) as host:
        assert isinstance(host, SharedGenerations)


def test_a_command_reads_the_index_beside_its_services(here: Indexed) -> None:
    assert here.store is not None
    here.store.changes.modify([Operation("create", "Dataset", 1, {"id": 1, "name": "run"})])
    here.store.changes.commit()
    answers = DirectoryAnswers(here.engine())
    body = b'{"ids": [1]}'
    assert b"run" in answers.ask("Dataset", "documents", "", body)
    assert state_of_closed(here.engine()).documents["Dataset"] == 1
