"""Every command line of the manual, and of what operators copy, is one that the command takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from search_service.cli.main import main
from tests.support.source_names import ROOT

COPIED = (
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("docs/deployment/**/*.service"),
    *ROOT.glob("docs/deployment/prometheus/*.yml"),
)
# Its blocks are made from the code.
PAGES = sorted(path for path in COPIED if path.name not in ("cli.md", "CHANGELOG.md"))
_IN_TEXT = re.compile(r"`([^`\n]*)`")
# The last one of a line: the account and the container have the same name.
_COMMAND = re.compile(r"^(?:.*[\s/])?icat-search\s+([a-z]+(?=\s|$).*)")
_COMMENT = re.compile(r"\s#\s.*")


def command_lines(text: str) -> Iterator[str]:
    """What follows ``icat-search`` in blocks of code, in backticks and in lines of units.

    A change of the source, as recipes have it, may name a command that there is not.
    """
    text = text.replace("\\\n", " ")
    blocks = text.split("```")
    code = [block for block in blocks[1::2] if not block.startswith("diff\n")]
    found = [line for block in code for line in block.splitlines()]
    found += [line for line in text.splitlines() if line.startswith("ExecStart=")]
    for block in blocks[::2]:
        found += _IN_TEXT.findall(block)
    for line in found:
        if match := _COMMAND.search(_COMMENT.sub("", line)):
            yield match[1]


def refusal(line: str) -> str | None:
    """Why the command does not take a line; None: it does."""
    words = [word for word in shlex.split(line) if word != "…"]
    command = main.commands.get(words[0])
    if command is None:
        return "there is no such command"
    try:
        _, left, _ = command.make_parser(click.Context(command)).parse_args(words[1:])
    except click.UsageError as error:
        return error.format_message()
    return f"what is {' '.join(left)}?" if left else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_line_is_one_that_the_command_takes(page: Path) -> None:
    lines = list(command_lines(page.read_text(encoding="utf-8")))
    refused = {line: why for line in lines if (why := refusal(line)) is not None}
    assert refused == {}


@pytest.mark.parametrize(
    "line", ["backups /b", "backup --keeps 3 /b", "restore a b c", "status --url"]
)
def test_a_wrong_line_is_noticed(line: str) -> None:
    assert refusal(line) is not None


def test_lines_are_found_wherever_they_stand() -> None:
    text = (
        "```sh\nsudo -u x icat-search check --json  # yes\n```\nBy `icat-search sync`.\n"
        "ExecStart=/opt/icat-search/bin/icat-search serve --port 1\n"
    )
    found = [line.strip() for line in command_lines(text)]
    assert sorted(found) == ["check --json", "serve --port 1", "sync"]
