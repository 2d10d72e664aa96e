"""The service as operators install it: a wheel has all that it needs, wherever it is started."""

import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.calling import Caller, create
from tests.support.serving import serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = ("analyzers", "search_service")


def run(*command: str | Path) -> str:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=150, cwd=ROOT.anchor
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", directory, ROOT)
    (found,) = directory.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that has the wheel, and beside it the packages of this one, without our own."""
    directory = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", directory)
    run(directory / "bin" / "pip", "install", "--quiet", "--no-deps", wheel)
    (packages,) = directory.glob("lib/python*/site-packages")
    # A line of such a file adds a directory; that of an editable install in it is not read.
    (packages / "others.pth").write_text("\n".join(site.getsitepackages()))
    return directory


def test_a_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    files = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        assert files <= set(archive.namelist())


def test_what_a_wheel_installs_serves_from_anywhere(environment: Path, tmp_path: Path) -> None:
    python, command = environment / "bin" / "python", environment / "bin" / "icat-search"
    place = run(python, "-c", "import search_service; print(search_service.__file__)")
    assert Path(place.strip()).is_relative_to(environment)
    with serving(
        tmp_path / "data", {"workers": 1}, python=str(python), program=(str(command),)
    ) as service:
        caller = Caller(service.url)
        # By a list of synonyms, which is a file of the package.
        caller.modify(create("Dataset", 1, "iron foil"), create("Dataset", 2, "gold foil"))
        caller.done("commit")
        found = caller.search("Dataset", {"text": "Fe"}).content["results"]
        assert [hit["_source"]["id"] for hit in found] == [1]
        assert service.stop() == 0
        assert service.defects() == []
