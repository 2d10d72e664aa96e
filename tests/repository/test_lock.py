"""The packages that an install by checksums takes are those that the project asks for."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "scripts" / "locks" / "runtime.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = ("opensearch", "oracle", "otel", "postgresql")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_CHECKSUM = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries() -> Iterator[tuple[Requirement, list[str]]]:
    """Each package, and the checksums of its files."""
    text = re.sub(r"^\s*#.*$", "", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for entry in text.replace("\\\n", " ").splitlines():
        if entry.strip():
            requirement, *rest = re.split(r"\s+(?=--hash)", entry.strip())
            yield Requirement(requirement), rest


def asked_for() -> list[str]:
    project = PROJECT["project"]
    extras = [one for extra in EXTRAS for one in project["optional-dependencies"][extra]]
    return [*project["dependencies"], *extras, *PROJECT["build-system"]["requires"]]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_each_package_has_checksums() -> None:
    found = list(entries())
    assert len(found) > 40
    assert [one.name for one, sums in found if not sums] == []
    assert [part for _, sums in found for part in sums if not _CHECKSUM.fullmatch(part)] == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("asked", asked_for())
def test_what_is_asked_for_is_locked_once_for_each_python(asked: str, python: str) -> None:
    wanted = Requirement(asked)
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "sys_platform": "linux",
    }
    versions = [
        next(iter(one.specifier)).version
        for one, _ in entries()
        if normal(one.name) == normal(wanted.name)
        and (one.marker is None or one.marker.evaluate(environment))
    ]
    assert len(versions) == 1, "run scripts/lock"
    assert wanted.specifier.contains(versions[0]), "run scripts/lock"
