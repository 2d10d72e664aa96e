"""The command that records what a catalogue asks its search component."""

from pathlib import Path
from typing import Any

import click

from search_service.cli.exits import Command
from search_service.cli.options import address_option
from search_service.settings.values import network


def _networks(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> Any:
    try:
        return tuple(network(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    cls=Command,
    examples=r"""
    # Between a catalogue on this machine and its icat.lucene.
    icat-search record --peer http://127.0.0.1:8181 exchanges.jsonl
    # For a catalogue elsewhere, without what people typed.
    icat-search record --peer http://127.0.0.1:8181 --without-texts \
        --host 0.0.0.0 --allow 10.0.0.5/32 exchanges.jsonl
    """,
)
@address_option("--peer", "The service that answers, icat.lucene for instance.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen here."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8190,
    show_default=True,
    metavar="NUMBER",
    help="And on this port; 0 takes a free one.",
)
@click.option(
    "--allow",
    multiple=True,
    default=("127.0.0.1/32", "::1/128"),
    show_default=True,
    callback=_networks,
    metavar="NETWORK",
    help="Who may call; may be given several times. The peer sees calls of this machine only.",
)
@click.option(
    "--without-texts",
    is_flag=True,
    help="Write pseudonyms in place of texts, names and labels; their key is in FILE.key.",
)
@click.option(
    "--max-size",
    type=click.IntRange(1),
    default=1_000,
    show_default=True,
    metavar="MB",
    help="Size of all files together; then the oldest is removed.",
)
@click.option(
    "--files",
    type=click.IntRange(1, 1_000),
    default=4,
    show_default=True,
    metavar="N",
    help="How many files that are: FILE, FILE.1, …",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def record(
    peer: str,
    host: str,
    port: int,
    allow: Any,
    without_texts: bool,
    max_size: int,
    files: int,
    file: Path,
) -> None:
    """Pass a catalogue's requests on to its search component, and write them down in FILE.

    Runs until told to stop (SIGTERM or Ctrl-C). Searches and facets are written with their answers,
    of all else the path, the status and the time; no headers, so no tokens. Whatever happens
    to FILE, requests are passed on. `icat-search compare` replays them.
    """
    from search_service import logs
    from search_service.changeover.proxy import serve
    from search_service.changeover.pseudonyms import Pseudonyms
    from search_service.changeover.recorder import Files, Recorder
    from search_service.http.server import listen, url_of

    logs.configure(as_json=False)
    written = Files(file, max_size << 20, files)
    pseudonyms = Pseudonyms.beside(file) if without_texts else None
    with listen(host, port) as listening:
        click.echo(f"passing on to {peer}, listening at {url_of(listening)}", err=True)
        recorder = Recorder(written, pseudonyms)
        with recorder:
            serve(listening, peer, recorder, allow)
    click.echo(f"{recorder.recorded:,} requests recorded, {recorder.left_out:,} left out", err=True)
