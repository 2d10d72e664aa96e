"""The command that serves an example facility."""

import asyncio
from pathlib import Path

import click

from search_service.cli.exits import Command
from search_service.cli.options import origin_of_source
from search_service.cli.reindex import build, wanted_by
from search_service.cli.serve import run_service
from search_service.settings.load import load


@click.command(
    cls=Command,
    examples="""
    # In the directory demo-data, at http://127.0.0.1:8180.
    icat-search demo
    # Elsewhere, and at another port.
    icat-search demo --data /tmp/demo --port 9000
    """,
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    metavar="DIR",
    help="Where the example catalogue and its index are kept.",
)
@click.option("--port", default=8180, show_default=True, metavar="NUMBER", help="Port to serve on.")
def demo(data: Path, port: int) -> None:
    """Serve an example facility, with five requests to try.

    It is made and indexed when it is not there yet; a second run starts at once.
    """
    from search_service import logs
    from search_service.app import engine_by
    from search_service.demo import run
    from search_service.http.server import listen
    from search_service.sources.open import SourceAt

    logs.configure(as_json=False, quiet=True)
    settings = load(None, {}, {"data": str(data / "index"), "port": port}).settings
    listen(settings.host, port).close()  # else it would be told after minutes of indexing
    source = SourceAt(run.prepare(data))
    engine = engine_by(settings)
    if not run.is_indexed(engine):
        click.echo("indexing the example catalogue ...")
        resume = engine.generations.building() is not None
        origin = origin_of_source(settings, source)
        build(settings, source, wanted_by(settings, resume=resume, origin=origin))

    async def show(url: str) -> None:
        shown = await asyncio.to_thread(run.show, url)
        click.echo(f"\nserving at {url}\n\n{shown}\n\nsearch page: {url}/\n\nCtrl-C ends it.")

    run_service(settings, show, quiet=True)
