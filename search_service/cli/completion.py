"""The command that prints what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

from search_service.cli.exits import Command

_PROGRAM, _VARIABLE = "icat-search", "_ICAT_SEARCH_COMPLETE"


@click.command(
    cls=Command,
    examples="""
    # In this shell; of zsh and fish in the same way.
    eval "$(icat-search completion bash)"
    # For everybody on this machine.
    icat-search completion bash > /etc/bash_completion.d/icat-search
    """,
)
@click.pass_context
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(context: click.Context, shell: str) -> None:
    """Print what a shell reads to complete commands and options."""
    of_shell = get_completion_class(shell)
    assert of_shell is not None  # noqa: S101 (it is one of the choices)
    click.echo(of_shell(context.find_root().command, {}, _PROGRAM, _VARIABLE).source())
