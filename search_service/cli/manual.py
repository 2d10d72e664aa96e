"""The pages of the manual that are made from the code."""

from collections.abc import Mapping
from pathlib import Path

import click

from search_service.cli.exits import Command


@click.command(cls=Command, hidden=True)
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
    text = "# Commands\n\n<!-- made by `scripts/make-docs` from the help of each command -->\n"
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
