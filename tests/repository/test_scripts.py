"""``scripts/install`` says what is missing, and leaves nothing half made."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "cat", "cksum", "dirname", "id")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A new clone, as far as it is needed, on a system without Python and without packages."""
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/install", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def refusal(clone: Path, **environment: str) -> str:
    """What it says when it ends without success."""
    path = str(clone / "bin")
    done = subprocess.run(
        [shutil.which("bash") or "bash", str(clone / "scripts" / "install")],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert not (clone / ".venv").exists()
    return done.stderr


def give_python(clone: Path, name: str, without: str) -> None:
    """A Python that ends at once when it is asked for what it has not."""
    program = clone / "bin" / name
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *{without}*) exit 1;; esac\nexec {sys.executable} "$@"\n'
    )
    program.chmod(0o755)


def test_it_says_that_there_is_no_python(clone: Path) -> None:
    assert "Python 3.11 or newer is needed. On Debian" in refusal(clone)


def test_a_python_that_is_too_old_is_none(clone: Path) -> None:
    give_python(clone, "python3", without="version_info")
    assert "Python 3.11 or newer is needed. On Debian" in refusal(clone)


def test_it_says_which_package_makes_environments(clone: Path) -> None:
    give_python(clone, "python3", without="ensurepip")
    assert f"apt-get install python{VERSION}-venv" in refusal(clone)


@pytest.mark.parametrize("name", ["python3", "python3.14", "python3.11"])
def test_each_python_that_there_may_be_is_found(clone: Path, name: str) -> None:
    give_python(clone, name, without="ensurepip")
    assert f"{name} cannot make environments" in refusal(clone)
    assert f"{name} cannot make environments" in refusal(clone, PYTHON=name)


def test_another_python_is_not_taken_for_the_one_that_was_named(clone: Path) -> None:
    give_python(clone, "python3", without="nothing")
    assert "PYTHON=python2 is no Python 3.11 or newer" in refusal(clone, PYTHON="python2")


@pytest.mark.parametrize(
    ("extras", "installed"),
    [
        pytest.param((), "-e .", id="as-it-comes"),
        pytest.param(("dev",), "-e .[dev]", id="for-developers"),
        pytest.param(("opensearch,oracle",), "-e .[opensearch,oracle]", id="with-extras"),
    ],
)
def test_it_installs_tools_of_development_for_those_who_ask(
    clone: Path, extras: tuple[str, ...], installed: str
) -> None:
    log = clone / "log"
    python = clone / "bin" / "python3"
    # It notes what it is to install, and makes an environment of itself.
    python.write_text(
        f"""#!/bin/bash
case "$1 $2" in
  "-m pip") echo "$@" >>{log} ;;
  "-m venv") mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
  *) exec {sys.executable} "$@" ;;
esac
"""
    )
    python.chmod(0o755)
    subprocess.run(
        [shutil.which("bash") or "bash", str(clone / "scripts" / "install"), *extras],
        env={"PATH": f"{clone / 'bin'}:{Path('/bin')}"},
        check=True,
        timeout=60,
    )
    assert log.read_text().rstrip().endswith(installed)
