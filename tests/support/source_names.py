"""Names that the repository's Python has, read from its source without importing it.

For tests of texts: is there such a module, class, function, field or file?
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("search_service", "analyzers", "load_tests", "tests")
# Between one pair of backticks, or two as in docstrings; not the fences of blocks.
_MARKED = re.compile(r"(?<!`)(``?)(?!`)([^`]+)\1(?!`)")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """A module: its dotted name, the names it defines, its docstring and its whole text."""

    name: str
    path: Path
    names: frozenset[str]
    docstring: str
    code: str

    @property
    def is_package(self) -> bool:
        """Whether it is the ``__init__`` of a package."""
        return self.path.name == "__init__.py"

    def beside(self, name: str) -> str:
        """The dotted name of a module in the same folder; of a package's, inside it."""
        return f"{self.name if self.is_package else self.name.rpartition('.')[0]}.{name}"


@cache
def modules() -> tuple[Module, ...]:
    """All modules of the repository's packages."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return tuple(map(_module, paths))


def _module(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    docstring = ast.get_docstring(tree, clean=False) or ""
    return Module(name, path, frozenset(_defined(tree)), docstring, text.replace(docstring, "", 1))


def _defined(tree: ast.Module) -> Iterator[str]:
    """Functions, classes, ``Class.member`` and the constants of a module."""
    yield from _assigned(tree.body)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                yield name
            case ast.ClassDef(name, body=body):
                yield name
                yield from (f"{name}.{member}" for member in _assigned(body))
                yield from (
                    f"{name}.{member.name}"
                    for member in body
                    if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
                )


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.Assign(targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(ast.Name(name)):
                yield name


@cache
def is_defined(name: str) -> bool:
    """Whether a dotted name ends the name of a module, of a class or of a member.

    >>> is_defined("query.tree"), is_defined("engines.base.Reader"), is_defined("query.trees")
    (True, True, False)
    """
    return any(_has(module, name) for module in modules())


def _has(module: Module, name: str) -> bool:
    if name in module.names or _ends(module.name, name):
        return True
    parts = name.split(".")
    # `module.name`, or `module.Class.member`
    return any(
        _ends(module.name, ".".join(parts[:-own])) and ".".join(parts[-own:]) in module.names
        for own in (1, 2)
        if len(parts) > own
    )


def _ends(whole: str, end: str) -> bool:
    return whole == end or whole.endswith(f".{end}")


def marked(text: str) -> list[str]:
    """What a text of Markdown or a docstring has in backticks, without its blocks.

    >>> marked("See ``query.tree`` and `docs/`.")
    ['query.tree', 'docs/']
    """
    return [" ".join(content.split()) for _, content in _MARKED.findall(_FENCED.sub("", text))]
