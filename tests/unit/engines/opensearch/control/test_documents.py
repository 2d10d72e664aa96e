"""Documents that are read by id, in an index that nobody makes by writing."""

from collections.abc import Callable

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster, Stored
from search_service.engines.opensearch.control.documents import Documents
from search_service.errors import ServiceError


@pytest.fixture
def documents(options: ClusterOptions, cluster: Cluster) -> Documents:
    return Documents(cluster, f"{options.prefix}-control")


def test_documents_are_written_and_read_as_they_were_written_last(
    documents: Documents, options: ClusterOptions
) -> None:
    documents.make_index(options)
    first = documents.create("one", {"n": 1})
    assert first is not None
    assert documents.create("one", {"n": 2}) is None
    assert documents.replace("one", {"n": 3}, first) is not None
    assert documents.replace("one", {"n": 4}, first) is None
    documents.put_many([("two", {"n": 5})])
    assert documents.read_many(["one", "two", "three"], ["n"]) == [{"n": 3}, {"n": 5}, None]
    documents.remove_many(["one", "three"])
    assert documents.existing(["one", "two"]) == [False, True]


STORED = Stored({}, 0, 1)

WRITES = [
    pytest.param(lambda documents: documents.create("one", {}), id="create"),
    pytest.param(lambda documents: documents.replace("one", {}, STORED), id="replace"),
    pytest.param(lambda documents: documents.put("one", {}), id="put"),
    pytest.param(lambda documents: documents.put_many([("one", {})]), id="put-many"),
]


@pytest.mark.parametrize("write", WRITES)
def test_where_somebody_removed_the_index_no_write_makes_one(
    write: Callable[[Documents], object],
    documents: Documents,
    options: ClusterOptions,
    cluster: Cluster,
) -> None:
    documents.make_index(options)
    cluster.request("DELETE", f"/{documents.index}")
    with pytest.raises(ServiceError):
        write(documents)
    assert not documents.exists()
    documents.make_index(options)
    assert documents.create("one", {}) is not None
