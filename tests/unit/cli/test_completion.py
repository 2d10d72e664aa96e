"""What shells complete."""

import pytest
from click.testing import CliRunner

from search_service.cli.main import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_what_it_reads(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_ICAT_SEARCH_COMPLETE" in result.output


def test_commands_are_completed() -> None:
    environment = {
        "_ICAT_SEARCH_COMPLETE": "bash_complete",
        "COMP_WORDS": "icat-search gen",
        "COMP_CWORD": "1",
    }
    result = CliRunner().invoke(main, [], env=environment, prog_name="icat-search")
    assert "generations" in result.output


def test_the_version_is_an_option_too() -> None:
    versions = {CliRunner().invoke(main, [word]).output for word in ("version", "--version")}
    assert len(versions) == 1
