"""A directory is kept by one process at a time, which signs."""

import os
from pathlib import Path

import pytest

from search_service.engines.hold import hold_directory
from search_service.errors import DirectoryInUse, DirectoryRefused


def test_who_comes_second_is_told_who_was_first(tmp_path: Path) -> None:
    with (
        hold_directory(tmp_path),
        pytest.raises(DirectoryInUse, match=f"process {os.getpid()}"),
    ):
        hold_directory(tmp_path)


def test_what_was_held_can_be_held_again(tmp_path: Path) -> None:
    hold_directory(tmp_path).close()
    hold_directory(tmp_path).close()
    assert (tmp_path / "service.lock").read_text() == f"process {os.getpid()}"


def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DirectoryRefused, match="cannot be written"):
        hold_directory(tmp_path / "missing")
