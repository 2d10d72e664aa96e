"""Regular expressions mean the same to every Python that is promised.

CPython 3.11.0 to 3.11.4 matches possessive quantifiers and what is in atomic groups wrongly (its
issues 100061 and 106052), 3.12.7 and 3.13.0 still groups in them (101955). None is compiled here.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import analyzers
import search_service

ROOT = Path(__file__).parents[2]
FOLDERS = ("analyzers", "search_service", "load_tests")

# What is escaped, and what is between brackets, is no quantifier.
_CHARACTERS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.S)
_HELD = re.compile(r"(?:[*+?]|\{\d*(?:,\d*)?\})\+|\(\?>")

NO_EXPRESSIONS = {"#$%&*+,-./0123456789:;>?@ABCDEFGH"}
"""Strings that look like one."""


def holds_on(expression: str) -> bool:
    """Whether there is something in it that never gives back what it has matched."""
    return _HELD.search(_CHARACTERS.sub("x", expression)) is not None


@pytest.mark.parametrize(
    ("expression", "does"),
    [
        (r"a*+", True), (r"(?:ab)++c", True), (r"[ab]?+", True), (r"a{2,3}+", True),
        (r"a{2}+", True), (r"(?>ab)", True), (r"\\*+", True), (r"[]*]++", True),
        (r"a*", False), (r"a\*+", False), (r"a+?", False), (r"[*+]", False), (r"[]*+]", False),
        (r"[\]*+]", False), (r"(?:a|b)+", False), (r"a{2,3}", False), (r"(?P<a>b)", False),
    ],
)  # fmt: skip
def test_what_holds_on_is_recognised(expression: str, does: bool) -> None:
    assert holds_on(expression) is does
    re.compile(expression)


def test_no_string_of_the_code_is_such_an_expression() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, text in strings(ast.parse(path.read_text(encoding="utf-8")))
        if holds_on(text) and text not in NO_EXPRESSIONS
    ]
    assert found == []


def test_no_compiled_expression_is_such_a_one() -> None:
    found = {
        f"{module.__name__}.{name}": as_text(value.pattern)
        for package in (analyzers, search_service)
        for module in modules(package)
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }
    assert len(found) > 30
    assert [name for name, pattern in found.items() if holds_on(pattern)] == []


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines; docstrings, which are for people, left out.

    What an f-string formats stands as one character.
    """
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if id(node) in described | inside:
            continue
        match node:
            case ast.Constant(value=str(text) | bytes(text)):
                yield node.lineno, as_text(text)
            case ast.JoinedStr(values=parts):
                yield node.lineno, "".join(map(_text, parts))


def as_text(expression: str | bytes) -> str:
    return expression if isinstance(expression, str) else expression.decode("latin-1")


def _text(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "x"


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)
