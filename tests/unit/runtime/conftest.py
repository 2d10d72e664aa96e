from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from search_service.engines.config import EngineOptions
from search_service.engines.index import Engine
from tests.support.dict_engine.shared import DictCluster, SharedDictEngine
from tests.support.indexed import Indexed


def shared(options: EngineOptions, cluster: DictCluster) -> Engine:
    return SharedDictEngine(options, cluster)


@pytest.fixture
def cluster() -> DictCluster:
    return DictCluster()


@pytest.fixture
def here(tmp_path: Path, cluster: DictCluster) -> Iterator[Indexed]:
    """One service of an index in the cluster."""
    indexed = Indexed(tmp_path, partial(shared, cluster=cluster))
    indexed.open()
    yield indexed
    indexed.close()


@pytest.fixture
def there(tmp_path: Path, cluster: DictCluster) -> Iterator[Indexed]:
    """Another one."""
    indexed = Indexed(tmp_path, partial(shared, cluster=cluster))
    indexed.open()
    yield indexed
    indexed.close()
