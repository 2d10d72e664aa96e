"""Tests are found by the name of what they test, and share with load tests by one place."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.source_names import Module, modules

UNIT = "tests.unit."
UNIT_TESTS = [one for one in modules() if one.name.startswith(UNIT) and ".test_" in one.name]
FROM_ABOVE = [
    one
    for one in modules()
    if one.name.startswith("tests.") and ".test_" in one.name and one not in UNIT_TESTS
]
MIRRORS_NO_MODULE = {
    "analyzers.test_main": "the command, `analyzers/__main__.py`",
    "demo.test_documents": "the documents that a re-index makes of the example catalogue",
    "load_tests.test_benches": "both benches over HTTP and what fills services for them",
}


def subject(test: Module) -> str:
    """The module that a unit test is named for, from its package on."""
    return test.name.removeprefix(UNIT).replace("test_", "", 1)


def imported(module: Module) -> Iterator[str]:
    """Every module that one imports from, anywhere in it."""
    for node in ast.walk(ast.parse(module.code)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(str(name), names):
                yield name
                yield from (f"{name}.{alias.name}" for alias in names)


def test_a_unit_test_is_named_for_the_module_that_it_tests() -> None:
    there = {one.name.removeprefix("search_service.") for one in modules()}
    strangers = {one.name.removeprefix(UNIT) for one in UNIT_TESTS if subject(one) not in there}
    assert strangers == set(MIRRORS_NO_MODULE)


@pytest.mark.parametrize("test", FROM_ABOVE, ids=lambda test: test.name)
def test_what_is_tested_from_above_says_so_at_its_head(test: Module) -> None:
    assert test.docstring


def test_load_tests_and_tests_share_by_one_place() -> None:
    both = [
        (one.name, name)
        for one in modules()
        for name in imported(one)
        if one.name.partition(".")[0] != name.partition(".")[0]
    ]
    load = [name for of, name in both if of.startswith("load_tests") and name.startswith("tests")]
    assert [name for name in load if not name.startswith("tests.support")] == []
    tests = [of for of, name in both if of.startswith("tests") and name.startswith("load_tests")]
    assert [of for of in tests if not of.startswith("tests.unit.load_tests")] == []
