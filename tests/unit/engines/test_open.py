import subprocess
import sys
from pathlib import Path

import pytest

from analyzers import SEPARATORS
from search_service.engines.config import EngineOptions, IndexConfig
from search_service.engines.open import open_engine

WITHOUT = """
import sys
from pathlib import Path
sys.modules["{package}"] = None  # as if it were not installed
from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.open import open_engine
from search_service.errors import EngineRefused
options = ClusterOptions(("http://127.0.0.1:9200",))
config = IndexConfig(frozenset(), "", "/")
try:
    open_engine(EngineOptions(config, Path("/nowhere"), cluster=options))
except EngineRefused as error:
    print(error)
"""


def test_an_index_without_a_cluster_is_in_the_data_directory(tmp_path: Path) -> None:
    options = EngineOptions(IndexConfig(frozenset(), "", SEPARATORS), tmp_path / "data")
    assert open_engine(options).identity() == ""


@pytest.mark.parametrize("package", ["opensearchpy", "pyroaring"])
def test_a_package_that_is_not_installed_is_named(package: str) -> None:
    code = WITHOUT.format(package=package)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"needs the package {package}, which is not installed: pip install" in done.stdout
