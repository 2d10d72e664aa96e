from pathlib import Path

from search_service.engines.base import Delete, Put
from search_service.engines.embedded.storage.counting import counted
from search_service.engines.embedded.storage.shard_files import META
from tests.support.plain_shards import Opened


def commit(opened: Opened, *changes: Put | Delete) -> None:
    opened.writer.apply("Datafile", changes)
    opened.writer.commit(["Datafile"])


def test_documents_segments_and_deletes_of_all_shards_are_counted(opened: Opened) -> None:
    commit(opened, *(Put(id_, {"id": id_}) for id_ in (1, 2, 3, 101)))
    commit(opened, Delete(1), Put(2, {"id": 2}))
    edition = Path(opened.writer.view.of("Datafile")[0].path).parent
    found = counted({"Datafile": edition, "Dataset": edition.with_name("none")})
    assert found.documents == {"Datafile": 3, "Dataset": 0}
    assert found.segments == {"Datafile": 3, "Dataset": 0}
    assert found.deleted == {"Datafile": 2, "Dataset": 0}
    status = opened.writer.status()
    assert (status.segments["Datafile"], status.deleted["Datafile"]) == (3, 2)


def test_a_damaged_shard_is_not_counted(opened: Opened) -> None:
    commit(opened, Put(1, {"id": 1}), Put(101, {"id": 101}))
    shard = Path(opened.writer.view.of("Datafile")[0].path)
    (shard / META).write_text("{")
    assert counted({"Datafile": shard.parent}).documents == {"Datafile": 1}
