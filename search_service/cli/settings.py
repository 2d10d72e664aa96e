"""The command that translates icat.lucene's configuration into a settings file."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from search_service.cli.exits import Command
from search_service.settings.load import SettingsRefused, load
from search_service.settings.model import Settings

if TYPE_CHECKING:
    from search_service.changeover.run_properties import Translated

_WIDTH = 98
_ADVICE = """\
Not in run.properties: icat.lucene was reached at the port of its application server, this service \
has one of its own (port). While both are compared, matching = "peer" has texts read as \
icat.lucene does; without it names are found by their parts too, and spelling is helped.\
"""


@click.command(
    cls=Command,
    examples="""
    # A settings file to begin with.
    icat-search settings --from run.properties --output search.toml
    """,
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file run.properties of icat.lucene.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write them there, where no file may be yet.  [default: standard output]",
)
def settings(source: Path, output: Path | None) -> None:
    """Translate the configuration of icat.lucene into a settings file.

    Each key that has no equal becomes a remark that says why. Exit status: 0 done, 1 the file is no
    configuration of icat.lucene, 2 a value is not allowed here.
    """
    from search_service.changeover.run_properties import translated

    found = list(translated(source))
    values = {one.setting: one.ours for one in found if one.setting is not None}
    try:
        in_force = load(None, {}, values).settings
    except SettingsRefused as error:
        # Nobody wrote them on the command line.
        told = [one.replace("(command line)", f"({source})", 1) for one in error.complaints]
        raise SettingsRefused(told) from None
    text = "\n".join(_file(source, found, in_force)) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    with output.open("x", encoding="utf-8") as file:
        file.write(text)


def _file(source: Path, found: "Sequence[Translated]", in_force: Settings) -> Iterator[str]:
    yield from _remark(f"Settings of icat-search, from {source} of icat.lucene.")
    for one in found:
        yield ""
        yield from _remark(f"{one.key}: {one.remark}" if one.remark else f"{one.key}")
        if one.setting is not None:
            yield f"{one.setting} = {in_force.as_text(one.setting)}"
    yield ""
    yield from _remark(_ADVICE)
    yield f"# port = {in_force.port}"
    yield '# matching = "peer"'


def _remark(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH, break_on_hyphens=False)]
