import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from search_service.engines.embedded.storage.slices.own_directory import (
    NAME,
    OwnDirectory,
    remove_leftovers,
)

READER = """
import sys
from pathlib import Path
from search_service.engines.embedded.storage.slices.own_directory import OwnDirectory
own = OwnDirectory(Path(sys.argv[1]))
own.path_of_next().mkdir()
print("made", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def reader(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A process that has made a slice."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"made\n"
    return process


def there(root: Path) -> list[str]:
    return os.listdir(root / NAME)


def end(process: subprocess.Popen[bytes]) -> None:
    process.communicate()


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    OwnDirectory(tmp_path)
    assert not (tmp_path / NAME).exists()


def test_each_slice_has_a_place_of_its_own(tmp_path: Path) -> None:
    own = OwnDirectory(tmp_path)
    paths = {own.path_of_next() for _ in range(3)}
    assert len(paths) == 3
    assert len({path.parent for path in paths}) == 1
    assert OwnDirectory(tmp_path).path_of_next() not in paths


def test_it_goes_when_its_reader_goes(tmp_path: Path) -> None:
    own = OwnDirectory(tmp_path)
    own.path_of_next().mkdir()
    del own
    assert there(tmp_path) == []


def test_it_goes_when_its_process_ends(tmp_path: Path, reader: subprocess.Popen[bytes]) -> None:
    end(reader)
    assert there(tmp_path) == []


def test_what_a_killed_process_left_is_removed(
    tmp_path: Path, reader: subprocess.Popen[bytes]
) -> None:
    reader.kill()
    end(reader)
    assert len(there(tmp_path)) == 2
    remove_leftovers(tmp_path)
    assert there(tmp_path) == []


def test_what_a_reader_has_stays(tmp_path: Path, reader: subprocess.Popen[bytes]) -> None:
    own = OwnDirectory(tmp_path)
    own.path_of_next().mkdir()
    before = there(tmp_path)
    remove_leftovers(tmp_path)
    assert there(tmp_path) == before
    end(reader)


def test_a_directory_without_a_lock_is_a_leftover(tmp_path: Path) -> None:
    (tmp_path / NAME / "0123" / "0").mkdir(parents=True)
    remove_leftovers(tmp_path)
    assert there(tmp_path) == []


def test_where_there_is_none_there_are_no_leftovers(tmp_path: Path) -> None:
    remove_leftovers(tmp_path)
    assert not (tmp_path / NAME).exists()


def test_one_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    own = OwnDirectory(tmp_path)
    before = own.path_of_next().parent
    shutil.rmtree(tmp_path / NAME)
    after = own.path_of_next().parent
    assert after != before
    assert after.is_dir()
    assert not before.exists()


def test_it_is_for_the_account_of_the_service_alone(tmp_path: Path) -> None:
    own = OwnDirectory(tmp_path)
    path = own.path_of_next().parent
    for made in (path, path.parent):
        assert made.stat().st_mode & 0o777 == 0o700
