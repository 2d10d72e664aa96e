"""An index that is built from another one, without the database: the same documents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.catalogue.origin import Facility, Origin
from search_service.engines.open import open_engine
from search_service.errors import AnotherCatalogue
from search_service.reindex.run import ReindexOptions, Report, reindex
from search_service.sources import origin_file
from search_service.sources.open import SourceAt
from tests.support.dict_engine import DictEngine
from tests.support.indexed import Indexed, OpenEngine, datafiles
from tests.support.json_source import RELEASES, Rows

pytestmark = pytest.mark.slow  # starts processes

ROWS: Rows = {
    "Investigation": {i: {"id": i, "name": f"visit {i}"} for i in (1, 2, 3)},
    "Datafile": datafiles(range(100, 700)),
    "DatasetParameter": {
        4: {"id": 4, "dataset.id": 1, "type.units": "K", "numericValue": 300.0, "type.name": "T"}
    },
}
ENTITIES = tuple(ROWS)
ORIGIN = Origin("mysql://host/icat", (Facility(1, "LILS"),), "Europe/Berlin")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexed]:
    """A data directory that a service has open, filled from a catalogue."""
    indexed = Indexed(tmp_path_factory.mktemp("old"))
    indexed.source.write({**ROWS, RELEASES: {2: {"at": 100}}})
    indexed.run(wanted(origin=ORIGIN))
    yield indexed
    indexed.close()


@pytest.fixture(params=[pytest.param(open_engine, id="embedded"), pytest.param(DictEngine)])
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Indexed]:
    opens: OpenEngine = request.param
    indexed = Indexed(tmp_path, opens)
    yield indexed
    indexed.close()


def wanted(**others: object) -> ReindexOptions:
    given = {"workers": 2, "width": 1000, "memory": 15_000_000, "least": 50, "pauses": ()}
    return ReindexOptions(ENTITIES, **{**given, **others})  # type: ignore[arg-type]


def move(old: Indexed, new: Indexed, **others: object) -> Report:
    store = new.store or new.open()
    source = SourceAt(f"index:{old.root}")
    return reindex(store.generations, new.engine(), source, wanted(**others), lambda lines: None)


def everything(indexed: Indexed) -> dict[str, object]:
    return {entity: indexed.found(entity) for entity in ENTITIES}


def test_another_index_gets_the_same_documents_whatever_its_shards(
    old: Indexed, new: Indexed
) -> None:
    report = move(old, new, width=70)
    assert everything(new) == everything(old)
    assert new.found("Datafile") == dict(ROWS["Datafile"])
    assert (report.documents["Datafile"], report.rejected) == (600, 0)
    assert new.public == old.public == {2}


def test_it_comes_from_the_catalogue_of_the_first(old: Indexed, new: Indexed) -> None:
    report = move(old, new)
    assert origin_file.read(new.engine().generations, report.generation) == ORIGIN
    new.source.write(ROWS)
    with pytest.raises(AnotherCatalogue, match="Europe/Berlin"):
        new.run(
            ReindexOptions(
                ("Datafile",), named=True, origin=Origin("mysql://host/icat", zone="UTC")
            )
        )


def test_an_index_is_built_anew_from_itself_with_what_waits_for_a_commit(tmp_path: Path) -> None:
    indexed = Indexed(tmp_path)
    indexed.source.write(ROWS)
    indexed.run(wanted())
    assert indexed.store is not None
    changes = indexed.store.changes
    changes.modify([Operation("update", "Datafile", 100, {"id": 100, "name": "changed"})])
    changes.modify([Operation("delete", "Datafile", 101)])
    move(indexed, indexed, width=70)
    found = indexed.found("Datafile")
    assert found[100] == {"id": 100, "name": "changed"}
    assert (len(found), 101 in found) == (599, False)
    indexed.close()
