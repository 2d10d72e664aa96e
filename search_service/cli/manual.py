"""The pages of the manual that are made from the code."""

from collections.abc import Mapping
from pathlib import Path

import click

from search_service.cli.exits import Command

_ABOUT = """\
# Commands

<!-- made by `scripts/make-docs` from the help of each command -->

**Exit status.** 0 done; 1 not done, and of a command that compares (`check`, `compare`, `verify`) a
difference; 2 used wrongly or a wrong setting, and of those that they could not compare; 130 stopped
by Ctrl-C (of `reindex` 1, and what is built is kept; of `serve` and `record` 0). Why is a sentence
on standard error; a traceback is a defect.

**Output.** What is asked for goes to standard output, all else to standard error. `--json` of
commands that report prints one JSON object, with the same exit status: nothing where a command
fails, but of `check` and `sync` what was done until then, with `complete` false
([keys](re-indexing.md#as-json)).

**Environment.** Each setting as `ICAT_SEARCH_NAME` ([settings](configuration.md)), and
`ICAT_SEARCH_CONFIG` (the settings file), `ICAT_SEARCH_SOURCE_PASSWORD` (of the catalogue's
database), `ICAT_SEARCH_OPENSEARCH_PASSWORD` (of the cluster), `ICAT_SEARCH_TOKEN` (that commands
send to a service).

**Files.** The settings file, and the [data directory](operating.md#data-directory): commands find
its service by `control.sock` in it.

**Completion.** `icat-search completion bash` (or `zsh`, `fish`) prints what the shell reads:
`eval "$(icat-search completion bash)"`.
"""


@click.command(
    cls=Command,
    hidden=True,
    examples="""
    # In a checkout.
    icat-search manual docs
    """,
)
@click.pass_context
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
def manual(context: click.Context, directory: Path) -> None:
    """Write the pages of the manual that are made from the code."""
    for name, text in pages(_group_of(context)).items():
        (directory / name).write_text(text, encoding="utf-8")


def pages(main: click.Group) -> Mapping[str, str]:
    """The pages of the manual that are made from the code, by file name."""
    from search_service import errors, metrics
    from search_service.settings import manual as settings

    return {
        "cli.md": _commands(main),
        "configuration.md": settings.manual(),
        "errors.md": errors.manual(),
        "metrics.md": metrics.manual(),
    }


def _commands(main: click.Group) -> str:
    """Each command with its help."""
    text = _ABOUT
    for name, command in [("", main), *sorted(main.commands.items())]:
        if not command.hidden:
            path = f"icat-search {name}".strip()
            context = click.Context(
                command, info_name=path, terminal_width=80, help_option_names=["-h", "--help"]
            )
            text += f"\n## `{path}`\n\n```text\n{command.get_help(context)}\n```\n"
    return text


def _group_of(context: click.Context) -> click.Group:
    group = context.find_root().command
    assert isinstance(group, click.Group)  # noqa: S101 (it is the command of a group)
    return group
