"""Every recipe of ``docs/changing.md`` does what it says, carried out on a copy of the source.

A recipe is a section of the page. Its blocks are taken in order: ``diff`` changes the copy,
``python`` shows the effect, ``mypy`` names the files that it complains of at that point, ``pytest``
what is run (its first line) and the tests that fail then. A part of a diff has to fit one place of
its file exactly, and without the diffs no effect may be there. What is said of a re-index holds for
the index that was there before.
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
CHECKED = ("search_service/query", "search_service/service", "search_service/sources")
COPIED = ("search_service", "analyzers", "tests", "load_tests", "pyproject.toml")
FIT = """
from search_service.engines.config import IndexConfig
from search_service.engines.embedded.index.config import fit_of
from search_service.settings.model import Settings

of = Settings()
print(fit_of(IndexConfig(frozenset(of.facet_fields), of.units, of.path_separators)))
"""
_SECTION = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!^## ).*\n?)*)", re.MULTILINE)
_BLOCK = re.compile(
    r"^```(?P<language>diff|python|mypy|pytest)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)

_REINDEX = re.compile(r"^Re-index needed: (yes|no)\b", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """What is between fences."""

    language: str
    text: str


@dataclass(frozen=True)
class Recipe:
    """A section of the page and its blocks in order; ``reindex``: what it says of a re-index."""

    title: str
    blocks: tuple[Block, ...]
    reindex: tuple[str, ...]


def recipes() -> list[Recipe]:
    """All sections of the page that have blocks."""
    sections = _SECTION.finditer(PAGE.read_text(encoding="utf-8"))
    found = [
        Recipe(one["title"], blocks_of(one["text"]), tuple(_REINDEX.findall(one["text"])))
        for one in sections
    ]
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
    command = [sys.executable, "-m", "mypy", *CHECKED]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return set(re.findall(r"^(\S+\.py):\d+: error", done.stdout, re.MULTILINE))


def failures(paths: list[str], copy: Path) -> set[str]:
    """The tests of the copy that fail."""
    options = ["-q", "-p", "no:cacheprovider", "-m", "not databases and not opensearch"]
    command = [sys.executable, "-m", "pytest", *options, *paths]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    assert done.returncode in (0, 1), "the tests could not be run"
    return set(re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE))


def fit(copy: Path) -> str:
    """What an index that the copy makes is written with."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    command = python(FIT)
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


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
    before = fit(copy)
    for block in recipe.blocks:
        match block.language:
            case "diff":
                apply(block.text, copy)
            case "python":
                assert run(python(block.text), copy)
            case "mypy":
                assert complaints(copy) == set(block.text.split())
            case "pytest":
                paths, *failing = block.text.splitlines()
                assert failures(paths.split(), copy) == set(failing)
    assert recipe.reindex == (("no",) if fit(copy) == before else ("yes",))


def test_every_change_that_is_common_has_a_recipe() -> None:
    assert [recipe.title for recipe in recipes()] == [
        "Add a field",
        "Make a field facetable",
        "Add an entity",
        "Add an operator to the query language",
        "Change how one kind of text is found",
        "Add a step to the analysis",
        "Add a unit",
        "Add a setting",
        "Bound what a request may ask for",
        "Add a condition to searches",
        "Add a metric, its alert and its plot",
        "Add a plot to the operators' page",
        "Add a command",
        "Add callers and a scenario of load",
        "Add a source",
        "Add an engine",
    ]


def test_every_recipe_is_found_by_what_is_to_change() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    anchors = [re.sub(r"[^a-z0-9 -]", "", one.title.lower()).replace(" ", "-") for one in recipes()]
    assert sorted(re.findall(r"\(#([a-z0-9-]+)\)", table)) == sorted(anchors)
