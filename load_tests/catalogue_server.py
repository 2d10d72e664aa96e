"""A MariaDB of our own with the synthetic facility as a catalogue, for a re-index to read.

The server is that of the tests, from the system's packages, on a private port and directory. Rows
are made and loaded a piece at a time, whatever their number.
"""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from load_tests.catalogue_rows import SPREAD, Row, Rows, tables
from load_tests.documents import Facility
from load_tests.service import processor_seconds
from tests.support.catalogues import tables_of
from tests.support.databases import Server, mariadb

AT_ONCE = 200_000
FILLED = "filled"
Show = Callable[[str], None]


@dataclass(frozen=True)
class Catalogue:
    """A database to read; ``server`` when it is ours."""

    url: str
    server: Server | None = None

    def processor_seconds(self) -> float:
        """Processor time of the server so far; none is known of another's."""
        return processor_seconds(self.server.process.pid) if self.server else float("nan")


@contextmanager
def catalogue(datafiles: int, keep: Path | None, show: Show) -> Iterator[Catalogue]:
    """The catalogue; one that is kept in a directory is made once."""
    directory = keep or Path(tempfile.mkdtemp(prefix="icat-search-bench-"))
    place = directory / "mariadb"
    made = place / FILLED
    if made.exists() and made.read_text() != str(datafiles):
        raise ValueError(f"{place} holds {made.read_text()} datafiles; name another directory")
    if not made.exists() and place.exists():
        shutil.rmtree(place)  # was not filled to the end
    place.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o755)  # the server may run as another user
    server = mariadb(place, True)
    try:
        server.ready()
        if not made.exists():
            fill(server.url, Facility(datafiles, spread=SPREAD), show)
            made.write_text(str(datafiles))
        yield Catalogue(server.url, server)
    finally:
        # Not killed, as in tests: what is kept should be whole.
        server.process.terminate()
        server.process.wait()
        if keep is None:
            shutil.rmtree(directory)


def fill(url: str, facility: Facility, show: Show) -> None:
    """Makes the tables and loads the rows of a facility into an empty MariaDB."""
    engine = sa.create_engine(
        url,
        poolclass=sa.NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"local_infile": True},
    )
    metadata = sa.MetaData()
    tables_of(metadata)
    metadata.create_all(engine)
    with engine.connect() as connection, tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        for rows in tables(facility):
            loaded = 0
            while some := list(itertools.islice(rows.rows, AT_ONCE)):
                _load(connection, rows, some, file.name)
                loaded += len(some)
                if loaded >= AT_ONCE:
                    show(f"{rows.table}: {loaded:,} rows")
        connection.exec_driver_sql(f"ANALYZE TABLE {', '.join(metadata.tables)}")


def _load(connection: sa.Connection, rows: Rows, some: list[Row], path: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(map(_line, some))
    connection.exec_driver_sql(
        f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE {rows.table} CHARACTER SET utf8mb4"
        f" ({', '.join(rows.columns)})"
    )


def _line(row: Row) -> str:
    values = ("\\N" if v is None else v.replace("\\", "\\\\") if type(v) is str else v for v in row)
    return "\t".join(map(str, values)) + "\n"
