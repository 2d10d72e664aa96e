"""The command that compares two services by what was recorded."""

import json
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import islice
from pathlib import Path
from typing import TypeVar

import click

from search_service.cli.exits import Comparison
from search_service.cli.options import address_option, json_option
from search_service.settings.values import TOKEN_VARIABLE

T = TypeVar("T")


@click.command(
    cls=Comparison,
    examples=r"""
    # What users asked icat.lucene, with a report to look at.
    icat-search compare --peer http://icat.example.org:8181 \
        --service http://search.example.org:8080 \
        --report report.html exchanges.jsonl
    """,
)
@address_option("--peer", "The service that answers now, icat.lucene for instance.")
@address_option("--service", "The service that is to take its place.")
@click.option(
    "--order",
    type=click.Choice(["exact", "ranked", "any"]),
    default="ranked",
    show_default=True,
    help="The order of hits by relevance: equal; nine in ten pairs of hits whose scores tell them "
    "apart; or whatever it is. What is sorted by fields is always compared exactly.",
)
@click.option(
    "--scores",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    metavar="SHARE",
    help="Hits of the peer whose scores differ by no more may change places.",
)
@click.option(
    "--hits",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    metavar="SHARE",
    help="How much of a full page by relevance has to be the same.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N requests.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=60.0,
    show_default=True,
    metavar="N",
    help="How long an answer may take.",
)
@click.option(
    "--report",
    "reports",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Write the report there, as Markdown (.md) or HTML (.html); may be given several times.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Holds the token that the service asks for.  [environment: {TOKEN_VARIABLE}]",
)
@json_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def compare(
    peer: str,
    service: str,
    order: str,
    scores: float,
    hits: float,
    limit: int | None,
    seconds: float,
    reports: tuple[Path, ...],
    token_file: Path | None,
    as_json: bool,
    file: Path,
) -> None:
    """Send the searches of FILE to two services, and compare hits, order, facets and times.

    FILE was written by `icat-search record`. Both services have to hold the same catalogue; nothing
    is changed in them. Exit status: 0 the same, 1 something differs, 2 it could not be compared.
    """
    import os

    from search_service.changeover.comparing import Compared, LeftOut
    from search_service.changeover.comparing import compare as compared_in
    from search_service.changeover.differences import Order, Tolerance
    from search_service.changeover.exchanges import NoRecording, exchanges_in
    from search_service.changeover.replaying import Replayer
    from search_service.changeover.report import Report, html, markdown
    from search_service.client.connection import Client
    from search_service.errors import EndsCommand
    from search_service.files import secret_in

    writers = {".md": markdown, ".html": html}
    for path in reports:
        if path.suffix not in writers:
            raise click.BadParameter(f"{path} should end in .md or .html", param_hint="--report")
    token = secret_in(token_file) if token_file else os.environ.get(TOKEN_VARIABLE, "")
    compared: list[Compared] = []
    left_out: list[LeftOut] = []
    with closing(Client.at(peer)) as one, closing(Client.at(service, token.strip())) as other:
        tolerance = Tolerance(Order(order), scores, hits)
        replayed = (Replayer(one, seconds), Replayer(other, seconds))
        versions = {
            client: replayer.check_version()
            for client, replayer in zip((one, other), replayed, strict=True)
        }
        ended: EndsCommand | None = None
        exchanges = islice(exchanges_in(file), limit)
        try:
            with _progress(compared_in(exchanges, *replayed, tolerance), file, limit) as results:
                for found in results:
                    if isinstance(found, Compared):
                        compared.append(found)
                    else:
                        left_out.append(found)
        except EndsCommand as error:
            ended = error  # what was compared before is told all the same
        names = [f"{client.name}, version {version}" for client, version in versions.items()]
        report = Report((names[0], names[1]), compared, left_out, str(ended or ""))
    if not compared:
        raise ended or NoRecording(f"{file} has no request that can be compared ({report.summary})")
    if all(found.is_refused for found in compared):
        said = compared[0].service.message or compared[0].peer.message
        raise NoRecording(f"both services refuse each request of {file}: {said}")
    for path in reports:
        path.write_text(writers[path.suffix](report), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(report.as_json()))
    else:
        for table in report.tables():
            click.echo(f"{table.heading}: {', '.join(table.columns)}")
            for row in table.rows:
                click.echo(f"  {', '.join(row)}")
        click.echo(report.summary)
    if ended:
        raise ended
    if report.different:
        sys.exit(1)


def _progress(
    results: Iterable[T], file: Path, limit: int | None
) -> AbstractContextManager[Iterable[T]]:
    """The results, and how far it is beside, for somebody who looks on."""
    if not sys.stderr.isatty():
        return nullcontext(results)
    with file.open("rb") as lines:
        count = sum(1 for _ in islice(lines, limit))
    return click.progressbar(results, count, "Compared", show_pos=True, file=sys.stderr)
