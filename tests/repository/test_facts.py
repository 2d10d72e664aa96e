"""Facts about entities are columns of the catalogue's table: code loops over it, and names none."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.relations import PROPAGATIONS

ROOT = Path(__file__).parents[2] / "search_service"
# Where facts are written down: the tables, and a facility that is made up.
TABLES = ("catalogue", "demo")
MODULES = sorted(
    path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in TABLES
)
ENTITY_NAMES = {entity.name for entity in ENTITIES} | set(PROPAGATIONS)
FIELD_NAMES = {
    field.name
    for entity in ENTITIES
    for field in entity.fields
    if "." in field.name or not field.name.islower()
}
# A key of requests too, as the contract has it.
KEYS = {"stringValue"}
_SENTENCE = re.compile(r"\s\w+\s")


def texts(tree: ast.Module) -> Iterator[str]:
    """The strings of the code, without docstrings."""
    explained = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in explained:
                yield text


def named(text: str) -> set[str]:
    """Entities and fields that a string of the code names; a sentence for a person may."""
    if _SENTENCE.search(text):
        return set()
    parts = {text, text.partition(".")[0], text.partition(" ")[0]}
    return (parts & ENTITY_NAMES) | ({text} & FIELD_NAMES) - KEYS


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_names_no_entity_and_no_field(module: Path) -> None:
    tree = ast.parse(module.read_text())
    assert set().union(*map(named, texts(tree))) == set()


@pytest.mark.parametrize(
    "text", ["Investigation", "Datafile.id", "type.units", "InvestigationUser"]
)
def test_a_name_in_the_code_is_noticed(text: str) -> None:
    assert named(text)
