"""Each example that a command's help shows can be typed as it is."""

import re
import shlex
from collections.abc import Iterator, Sequence

import pytest
from click.testing import CliRunner

from search_service.cli.examples import WithExamples
from search_service.cli.main import main

LONGEST = 80 - len("  ")
COMMANDS = {name: command for name, command in main.commands.items() if not command.hidden}


def examples_of(name: str) -> Iterator[tuple[str, Sequence[str]]]:
    """What stands before each line for a shell, and the words that are after ``icat-search``."""
    command = main.commands[name]
    assert isinstance(command, WithExamples)
    remark = ""
    for line in command.examples.replace("\\\n", "").splitlines():
        if line.startswith("# "):
            remark = line.removeprefix("# ")
            continue
        typed = re.sub(r'^eval "\$\((.*)\)"$', r"\1", line)
        words = re.split(r" [|>] ", typed)[0]
        yield remark, shlex.split(words)
        remark = ""


@pytest.mark.parametrize("name", COMMANDS)
def test_each_example_is_understood(name: str) -> None:
    command = main.commands[name]
    for remark, (program, called, *words) in examples_of(name):
        assert (program, called) == ("icat-search", name)
        assert remark.endswith("."), (words, "a sentence says what it is for")
        with command.make_context(name, words) as context:
            assert context.args == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_few_that_fit_a_terminal(name: str) -> None:
    assert 1 <= len(list(examples_of(name))) <= 3
    command = COMMANDS[name]
    assert isinstance(command, WithExamples)
    assert [line for line in command.examples.splitlines() if len(line) > LONGEST] == []
    shown = CliRunner().invoke(main, [name, "--help"]).output
    assert f"\nExamples:\n  {command.examples.splitlines()[0]}\n" in shown
