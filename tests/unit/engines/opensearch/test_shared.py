"""An index is made once, by whichever service comes first, and fits all that open it."""

from http import HTTPStatus
from pathlib import Path

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.fit import Fit
from search_service.errors import DirectoryRefused, DoesNotFit, IndexMissing
from tests.support.plain_cluster import PlainIndex
from tests.support.shared_index import Connection, OtherProcess

pytestmark = pytest.mark.slow


def opens(connection: Connection, options: ClusterOptions, data: Path) -> None:
    index = PlainIndex(options, data)
    connection.send("ready")
    connection.recv()
    connection.send(index.shared.open(create=True))


def test_two_services_that_start_at_once_make_one_index(
    options: ClusterOptions, tmp_path: Path
) -> None:
    index = PlainIndex(options, tmp_path)
    with pytest.raises(DirectoryRefused):
        index.shared.open(create=False)
    with (
        OtherProcess(opens, options, tmp_path / "one") as one,
        OtherProcess(opens, options, tmp_path / "other") as other,
    ):
        for process in (one, other):
            assert process.heard() == "ready"
        for process in (one, other):
            process.tell()
        assert sorted([one.heard(), other.heard()]) == [False, True]
    assert not index.shared.open(create=False)
    state = index.parts.state.read()
    assert index.indices == set(state.indices.values())
    index.parts.fit = Fit("another", {}, "test")
    with pytest.raises(DoesNotFit):
        index.shared.open(create=True)
    index.close()


def test_what_is_left_on_this_machine_of_generations_that_are_gone_is_removed(
    options: ClusterOptions, tmp_path: Path
) -> None:
    index = PlainIndex(options, tmp_path)
    index.shared.open(create=True)
    gone, stays = index.generations.place(7), index.generations.place(1)
    index.shared.open(create=False)
    assert (gone.exists(), stays.exists()) == (False, True)
    index.close()


def test_the_journal_has_a_size_on_the_disks_of_the_cluster(
    options: ClusterOptions, tmp_path: Path
) -> None:
    index = PlainIndex(options, tmp_path)
    index.shared.open(create=True)
    index.shared.append(b"a record")
    assert index.shared.journal_size() > 0
    index.close()


@pytest.mark.parametrize("name", ["journal", "states"])
def test_what_somebody_removed_is_made_by_the_next_service_that_starts(
    name: str, options: ClusterOptions, tmp_path: Path
) -> None:
    index = PlainIndex(options, tmp_path)
    index.shared.open(create=True)
    before = index.shared.append(b"before")
    with index.shared.turn() as turn:
        turn.end_commit(before)
    index.parts.cluster.request("DELETE", f"/{options.prefix}-{name}")
    index.shared.open(create=False)
    assert not getattr(index.parts, name).exists()
    assert not index.shared.open(create=True)
    assert index.shared.append(b"after") == before + 1
    assert list(index.shared.records(before, before + 1)) == [b"after"]
    index.close()


def test_a_service_whose_index_was_removed_answers_that_it_cannot_now(
    options: ClusterOptions, tmp_path: Path
) -> None:
    index = PlainIndex(options, tmp_path)
    index.shared.open(create=True)
    index.parts.cluster.request("DELETE", f"/{options.prefix}-control")
    with pytest.raises(IndexMissing, match="no index under the prefix") as failure:
        index.shared.state()
    assert failure.value.status == HTTPStatus.SERVICE_UNAVAILABLE
    index.close()
