"""How an engine is made of the settings; what a service does is tested where it is run."""

from pathlib import Path

import pytest

from search_service.app import cluster_by
from search_service.files import Unreadable
from search_service.settings.load import load
from search_service.settings.model import Settings
from search_service.settings.values import CLUSTER_PASSWORD_VARIABLE

CLUSTER = {"engine": "opensearch", "opensearch_addresses": "https://a:9200", "index_prefix": "x"}


def settings(**given: object) -> Settings:
    return load(None, {}, {**CLUSTER, **given}).settings


def test_an_engine_in_the_data_directory_has_no_cluster() -> None:
    assert cluster_by(Settings()) is None


def test_shards_and_replicas_are_by_entity() -> None:
    options = cluster_by(settings(opensearch_shards_of="Datafile=28", opensearch_replicas=0))
    assert options is not None
    assert options.prefix == "x"
    assert options.shards == {"": 1, "Datafile": 28}
    assert options.replicas == {"": 0}


def test_the_password_is_read_from_its_file_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s e:cr@t\n")
    options = cluster_by(settings(opensearch_password_file=str(file)))
    assert options is not None
    assert options.password == "s e:cr@t"
    assert "cr@t" not in repr(options)


def test_the_password_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CLUSTER_PASSWORD_VARIABLE, "from outside")
    options = cluster_by(settings())
    assert options is not None
    assert options.password == "from outside"


def test_a_password_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        Unreadable, match=r"nothing \(the setting opensearch_password_file\) cannot be read"
    ):
        cluster_by(settings(opensearch_password_file=str(tmp_path / "nothing")))
