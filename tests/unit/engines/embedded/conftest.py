from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.plain_shards import Opened


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(tmp_path / "data")
    yield opened
    opened.stop()


@pytest.fixture
def open_with(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    made: list[Opened] = []

    def make(**options: Any) -> Opened:
        made.append(Opened(tmp_path / f"data{len(made)}", **options))
        return made[-1]

    yield make
    for opened in made:
        opened.stop()
