"""What has a name has its place in the manual, and pages made from the code are not stale."""

import re
from pathlib import Path

import pytest

from search_service import cli, errors, metrics
from search_service.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("name", sorted(cli.pages()))
def test_a_page_made_from_the_code_is_not_stale(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == cli.pages()[name], "run scripts/make-docs"


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
    assert shown == {name for name, command in cli.main.commands.items() if not command.hidden}


def test_every_metric_is_explained() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`icat_search_(\w+)`", page)) == {m.name for m in metrics.METRICS}


def test_every_error_is_explained() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    found = [e for e in vars(errors).values() if isinstance(e, type)]
    codes = {e.code for e in found if issubclass(e, errors.ServiceError)}
    assert codes == set(re.findall(r"\| `(\w+)` \|", page))
    assert not re.search(r"\| +\|", page), "an error has no explanation"


def test_what_icat_lucene_had_and_is_not_here_is_said() -> None:
    assert "`aggregateFiles`" in (DOCS / "configuration.md").read_text(encoding="utf-8")
