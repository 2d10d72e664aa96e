"""Every recipe of ``docs/changing.md`` does what it says, carried out on a copy of the source.

A recipe is a section of the page. Its blocks are taken in order: ``diff`` changes the copy,
``python`` shows the effect, ``mypy`` names the files that it complains of at that point. A part of
a diff has to fit one place of its file exactly, and without the diffs no effect may be there.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.source_names import ROOT

PAGE = ROOT / "docs" / "changing.md"
COPIED = ("search_service", "analyzers", "tests", "pyproject.toml")
_SECTION = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!^## ).*\n?)*)", re.MULTILINE)
_BLOCK = re.compile(
    r"^```(?P<language>diff|python|mypy)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """What is between fences."""

    language: str
    text: str


@dataclass(frozen=True)
class Recipe:
    """A section of the page and its blocks in order."""

    title: str
    blocks: tuple[Block, ...]


def recipes() -> list[Recipe]:
    """All sections of the page that have blocks."""
    sections = _SECTION.finditer(PAGE.read_text(encoding="utf-8"))
    found = [Recipe(one["title"], blocks_of(one["text"])) for one in sections]
    return [recipe for recipe in found if recipe.blocks]


def blocks_of(section: str) -> tuple[Block, ...]:
    """The blocks of a section that mean something to a machine."""
    return tuple(Block(one["language"], one["text"]) for one in _BLOCK.finditer(section))


def apply(diff: str, copy: Path) -> None:
    """Changes the files that a diff names; each of its parts must fit one place."""
    for of_file in re.split(r"^(?=--- )", diff, flags=re.MULTILINE)[1:]:
        head, *parts = re.split(r"^@@.*\n", of_file, flags=re.MULTILINE)
        path = copy / re.findall(r"^\+\+\+ b/(\S+)$", head, re.MULTILINE)[0]
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for part in parts:
            lines = part.splitlines(keepends=True)
            before = "".join(line[1:] or "\n" for line in lines if line[0] != "+")
            after = "".join(line[1:] or "\n" for line in lines if line[0] != "-")
            assert not path.exists() or text.count(before) == 1, (
                f"{path.name} has not once:\n{before}"
            )
            text = text.replace(before, after) if before else after
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def python(text: str) -> list[str]:
    """The command that runs a block; warnings are errors, as in all tests."""
    return [sys.executable, "-W", "error", "-c", text]


def run(command: list[str], copy: Path) -> bool:
    """Runs a command in the copy, shows what it prints, and tells whether it succeeded."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.returncode == 0


def complaints(copy: Path) -> set[str]:
    """The files of the service that the type checker complains of."""
    command = [sys.executable, "-m", "mypy", "search_service/query", "search_service/service"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return set(re.findall(r"^(\S+\.py):\d+: error", done.stdout, re.MULTILINE))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The source, to be changed."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.gz")
            )
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.title)
def test_a_recipe_does_what_it_says(recipe: Recipe, copy: Path) -> None:
    shown = [block.text for block in recipe.blocks if block.language == "python"]
    assert not any(run(python(text), copy) for text in shown), "it is there without the recipe"
    for block in recipe.blocks:
        match block.language:
            case "diff":
                apply(block.text, copy)
            case "python":
                assert run(python(block.text), copy)
            case "mypy":
                assert complaints(copy) == set(block.text.split())


def test_every_change_that_is_common_has_a_recipe() -> None:
    assert [recipe.title for recipe in recipes()] == [
        "Make a field facetable",
        "Add an entity",
        "Add an operator to the query language",
        "Change how one kind of text is found",
        "Add a unit",
        "Add a setting",
        "Add a metric",
        "Add an engine",
    ]
