import pytest

from search_service.engines.base import Change, Delete, Put
from search_service.engines.config import ClusterOptions
from search_service.engines.documents.encoders import WORTH_SENDING, Encoders
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.index.encode import ClusterCodec
from search_service.engines.opensearch.write.bulk import BulkRequests
from search_service.engines.opensearch.write.encoded_changes import EncodedChanges
from tests.support.opensearch.empty_indices import CONFIG, ids_in, indices_of, made

CODEC = ClusterCodec(CONFIG)


@pytest.fixture
def changes(cluster: Cluster) -> EncodedChanges:
    return EncodedChanges(BulkRequests(cluster, 20.0), CODEC)


def put(id_: int, name: str) -> Put:
    return Put(id_, {"id": id_, "name": name})


def test_of_the_changes_of_a_document_the_last_one_counts(
    changes: EncodedChanges, cluster: Cluster, cluster_options: ClusterOptions
) -> None:
    indices = indices_of(cluster, cluster_options)
    index = made(indices, "Dataset")
    written = indices.names.written(index)
    done: list[Change] = [put(1, "a"), put(2, "b"), Delete(1), put(3, "c"), Delete(3), put(3, "d")]
    assert changes("Dataset", written, done, 1)
    assert ids_in(indices, index) == [2, 3]
    found = cluster.search(index, {"query": {"term": {"name": "d"}}})
    assert [hit["_id"] for hit in found["hits"]["hits"]] == ["3"]


def test_changes_of_an_index_that_is_gone_are_told(
    changes: EncodedChanges, cluster_options: ClusterOptions
) -> None:
    assert not changes("Dataset", f"{cluster_options.prefix}-none", [put(1, "a")], 1)


def test_many_documents_are_encoded_elsewhere(
    cluster: Cluster, cluster_options: ClusterOptions
) -> None:
    indices = indices_of(cluster, cluster_options)
    index = made(indices, "Dataset")
    changes = EncodedChanges(BulkRequests(cluster, 20.0), CODEC, Encoders(CODEC, 1))
    many = [put(id_, f"name {id_}") for id_ in range(WORTH_SENDING)]
    assert changes("Dataset", indices.names.written(index), many, 1)
    changes.close()
    assert ids_in(indices, index) == list(range(WORTH_SENDING))
