"""The manual explains everything that has a name, and names nothing that is not there."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from search_service import cli, errors, metrics
from search_service.cli.main import main
from search_service.cli.manual import pages
from search_service.query.limits import QueryLimits
from search_service.query.request.front_ends import SEARCH_KEYS, SUGGEST_KEYS
from search_service.settings.model import Settings
from tests.support.source_names import ROOT, Module, is_defined, marked, modules

DOCS = ROOT / "docs"
TEXTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "tests/**/*.md", "load_tests/*.md", "analyzers/**/*.md")
    for path in ROOT.glob(pattern)
)
FOLDERS = ("analyzers", "docs", "load_tests", "scripts", "search_service", "tests")

# Names in texts that are no names of ours.
FOREIGN = {
    "run.properties": "a file of the catalogue server",
    "search.engine": "a property in it",
    "search.urls": "another",
    "search.toml": "how operators may call their file of settings",
    "pebble.ProcessPool": "a library that a decision compares",
    "ICAT_SEARCH_PORT": "a variable of the environment, made from the name of a setting",
    "hdl.handle.net": "a host",
    "ReadMe.txt": "a file of the Unicode consortium",
}
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_PLAIN = re.compile(r"[A-Za-z_][\w.]*")
_NOT_HERE = re.compile(r"Not here: .*", re.DOTALL)
_IN_BRACKETS = re.compile(r"\(``(\w+)``\)")
_SEE = re.compile(r"\bsee\s+``([\w.]+)``")
_SCRIPT = re.compile(r"(?<![\w/])(scripts/[a-z-]+)(…?)")
_PATH = re.compile(
    rf"(?:(?:{'|'.join(FOLDERS)})/[\w./-]*|[\w./-]+/[\w.-]+\.(?:py|md|toml|jsonl\.gz))"
)


@pytest.mark.parametrize("name", sorted(pages(main)))
def test_a_page_made_from_the_code_is_not_stale(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == pages(main)[name], "run scripts/make-docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_explained_with_its_default_and_variable(name: str) -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    section = page.partition(f"### `{name}`")[2].partition("\n### ")[0]
    assert "* default: `" in section
    assert f"`ICAT_SEARCH_{name.upper()}`" in section
    assert re.match(r"\n\n[A-Z`]", section), "it has no explanation"


def test_every_command_is_shown() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^## `icat-search (\w+)`$", page, re.MULTILINE))
    assert shown == {name for name, command in main.commands.items() if not command.hidden}


def test_every_metric_is_explained() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`icat_search_(\w+)`", page)) == {m.name for m in metrics.METRICS}


def test_every_error_is_explained() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    found = [e for e in vars(errors).values() if isinstance(e, type)]
    codes = {e.code for e in found if issubclass(e, errors.ServiceError)}
    assert codes == set(re.findall(r"\| `(\w+)` \|", page))
    assert not re.search(r"\| +\|", page), "an error has no explanation"


def test_every_error_has_its_cure() -> None:
    page = (DOCS / "operating.md").read_text(encoding="utf-8")
    codes = {error.code for error in errors.wire_errors()}
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == [], (
        "say what an operator does about it, in the table of codes of docs/operating.md"
    )


def test_every_limit_of_a_request_stands_in_the_manual() -> None:
    names = [field.name for field in fields(QueryLimits)]
    for page in ("searching.md", "security.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        assert [name for name in names if f"`{name}`" not in text] == [], page


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        pytest.param("## `POST /v1/search`", SEARCH_KEYS, id="search"),
        pytest.param("## `GET /v1/suggest`", SUGGEST_KEYS, id="suggest"),
    ],
)
def test_every_key_of_a_front_end_is_explained(heading: str, keys: tuple[str, ...]) -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    section = page.partition(heading)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    told = {name for row in rows for name in marked(row)}
    assert [key for key in keys if key not in told] == [], "docs/api.md has no row for it"


def test_every_decision_is_in_the_table() -> None:
    table = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    pages_ = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
    assert re.findall(r"^\| \[\d+\]\((.*?)\)", table, re.MULTILINE) == pages_


def test_every_command_stands_where_it_is_needed() -> None:
    """In a page beside the list of commands, which says what each does and not when."""
    pages_ = [path for path in DOCS.glob("*.md") if path.name != "cli.md"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages_)
    shown = [name for name, command in main.commands.items() if not command.hidden]
    assert [name for name in shown if f"icat-search {name}" not in text] == [], (
        "say when it is needed in a page of docs/ beside cli.md"
    )
    on_map = set(re.findall(r"\w+", str(cli.__doc__)))
    assert [name for name in shown if name not in on_map] == [], "search_service/cli/__init__.py"


def test_every_option_and_command_says_what_it_is_for() -> None:
    silent = [
        f"{name} {option.name}"
        for name, command in main.commands.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent + [name for name, command in main.commands.items() if not command.help] == []


def test_what_icat_lucene_had_and_is_not_here_is_said() -> None:
    assert "`aggregateFiles`" in (DOCS / "configuration.md").read_text(encoding="utf-8")


def names(text: str) -> list[str]:
    """What a text has in backticks, without the brackets of a call."""
    return [name.removesuffix("()") for name in marked(text)]


def is_file(path: str, beside: Path) -> bool:
    """Whether there is such a file or folder, seen from the text, the top or the service."""
    return any((start / path).exists() for start in (beside.parent, ROOT, ROOT / "search_service"))


def is_written(name: str, code: str) -> bool:
    """Whether a name stands in code as a whole: a key, the name of a file, a parameter."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", code) is not None


@pytest.fixture(scope="module")
def code() -> str:
    tables = [path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/data/*.toml")]
    return "\n".join([*(module.code for module in modules()), *tables])


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_what_there_is(page: Path, code: str) -> None:
    text = page.read_text(encoding="utf-8")
    dotted = [name for name in names(text) if _DOTTED.fullmatch(name) and name not in FOREIGN]
    unknown = [
        name
        for name in dotted
        if not (is_defined(name) or is_file(name, page) or is_written(name, code))
    ]
    paths = [name for name in names(text) if _PATH.fullmatch(name)]
    scripts = [name for name, more in _SCRIPT.findall(text) if not more]
    assert unknown + [path for path in [*paths, *scripts] if not is_file(path, page)] == []


def test_the_map_of_the_whole_names_what_there_is() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    operations = {"/v1", "addNow"}
    unknown = [
        name
        for name in names(text)
        if not (is_defined(name) or is_file(name, DOCS / "x") or name in operations)
    ]
    assert unknown == []


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_a_head_names_what_there_is(module: Module) -> None:
    """A module, a name that one defines, a file, or else a word of the module's own code."""
    marked_names = [name for name in names(module.docstring) if name not in FOREIGN]
    certain = [name for name in marked_names if _DOTTED.fullmatch(name) or "_" in name.strip("_")]
    unknown = [
        name
        for name in certain
        if _PLAIN.fullmatch(name)
        and not is_defined(name)
        and not is_file(name, module.path)
        and not is_written(name, module.code)
    ]
    paths = [name for name in marked_names if _PATH.fullmatch(name)]
    assert unknown + [path for path in paths if not is_file(path, module.path)] == []


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_a_head_points_to_a_neighbour_or_says_where_else(module: Module) -> None:
    """``see x``: in the same folder, or at the top; anything else is named with its package."""
    pointers = _SEE.findall(module.docstring)
    pointers += _IN_BRACKETS.findall("".join(_NOT_HERE.findall(module.docstring)))
    strangers = [
        name
        for name in pointers
        if _IDENTIFIER.fullmatch(name)
        and name not in module.names
        and not {module.beside(name), f"search_service.{name}"} & {one.name for one in modules()}
    ]
    assert strangers == []


@pytest.mark.parametrize(
    "package",
    [one for one in modules() if one.is_package and one.name.startswith("search_service.")],
    ids=lambda package: package.name,
)
def test_a_package_has_a_true_map(package: Module) -> None:
    """Its docstring names all of its modules, and nothing that is not there."""
    inside = {
        path.stem
        for path in package.path.parent.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    on_map = {name for name in names(package.docstring) if _IDENTIFIER.fullmatch(name)}
    assert [name for name in on_map - inside if not is_defined(name)] == []
    assert inside - on_map == set()
