"""Files of a generation are the same on every machine, as they were published last."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.nodes import Nodes
from search_service.engines.opensearch.control.documents import Documents
from search_service.engines.opensearch.control.files import GenerationFiles
from search_service.errors import EngineUnavailable

SMALL = 1000  # bytes of a chunk


@pytest.fixture
def documents(options: ClusterOptions, cluster: Cluster) -> Documents:
    documents = Documents(cluster, f"{options.prefix}-control")
    documents.make_index(options)
    return documents


@pytest.fixture
def here(documents: Documents, tmp_path: Path) -> GenerationFiles:
    return GenerationFiles(documents, tmp_path / "here", SMALL)


@pytest.fixture
def there(documents: Documents, tmp_path: Path) -> GenerationFiles:
    return GenerationFiles(documents, tmp_path / "there", SMALL)


def made(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "made"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [0, 1, SMALL, 5 * SMALL + 1])
def test_a_published_file_is_there_on_another_machine(
    here: GenerationFiles, there: GenerationFiles, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    here.publish(3, "origin.json", made(tmp_path, content))
    assert there.file(3, "origin.json").read_bytes() == content
    assert not there.file(4, "origin.json").exists()


def test_a_copy_follows_what_is_published_anew(
    here: GenerationFiles, there: GenerationFiles, tmp_path: Path
) -> None:
    here.publish(3, "releases", made(tmp_path, b"old" * SMALL))
    there.file(3, "releases")
    here.publish(3, "releases", made(tmp_path, b"new"))
    assert there.file(3, "releases").read_bytes() == b"new"


def test_a_copy_that_was_changed_or_removed_is_made_again(
    here: GenerationFiles, there: GenerationFiles, tmp_path: Path
) -> None:
    here.publish(3, "releases", made(tmp_path, b"content"))
    there.file(3, "releases").write_bytes(b"c")
    assert there.file(3, "releases").read_bytes() == b"content"
    there.file(3, "releases").unlink()
    assert there.file(3, "releases").read_bytes() == b"content"


def test_nothing_stays_of_files_that_are_removed(
    here: GenerationFiles, there: GenerationFiles, tmp_path: Path, cluster: Cluster
) -> None:
    here.publish(3, "releases", made(tmp_path, b"first" * SMALL))
    here.publish(3, "releases", made(tmp_path, b"second" * SMALL))
    there.file(3, "releases")
    here.remove_published(3, ["releases"])
    index = here.documents.index
    cluster.request("POST", f"/{index}/_refresh")
    assert cluster.request("GET", f"/{index}/_count")["count"] == 0
    assert not there.file(3, "releases").exists()


def test_a_cluster_that_does_not_answer_is_told_as_such(
    options: ClusterOptions, tmp_path: Path
) -> None:
    away = replace(options, addresses=("http://127.0.0.1:1",))
    cluster = Cluster(away, Nodes(away, pauses=()))
    files = GenerationFiles(Documents(cluster, "control"), tmp_path / "here")
    with pytest.raises(EngineUnavailable, match="does not answer"):
        files.file(3, "origin.json")
    with pytest.raises(EngineUnavailable, match="does not answer"):
        files.publish(3, "origin.json", made(tmp_path, b"some"))
