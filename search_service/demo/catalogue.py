"""Writes the example facility as an ICAT 6.2 catalogue in SQLite: same tables, same columns.

Only the tables that documents are made of. Dates are text, ``YYYY-MM-DD HH:MM:SS``, in UTC.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from search_service.demo import facility
from search_service.demo.rows import Row, Value, stamp

WRITTEN_BY = "db/demo"
COMMON = "CREATE_ID! CREATE_TIME! MOD_ID! MOD_TIME!"
INTEGERS = frozenset(
    "ID COMPLETE DAYSUNTILRELEASE FILECOUNT FILESIZE VALUETYPE ENFORCED VERIFIED"
    " APPLICABLETODATACOLLECTION APPLICABLETODATAFILE APPLICABLETODATASET"
    " APPLICABLETOINVESTIGATION APPLICABLETOSAMPLE".split()
)
REALS = frozenset(
    "ERROR NUMERIC_VALUE RANGEBOTTOM RANGETOP MINIMUMNUMERICVALUE MAXIMUMNUMERICVALUE".split()
)
DATES = frozenset(
    "CREATE_TIME MOD_TIME STARTDATE ENDDATE END_DATE RELEASEDATE DATETIME_VALUE"
    " DATAFILECREATETIME DATAFILEMODTIME".split()
)
PARAMETER = (
    "DATETIME_VALUE ERROR NUMERIC_VALUE RANGEBOTTOM RANGETOP STRING_VALUE"
    " PARAMETER_TYPE_ID>PARAMETERTYPE!"
)


@dataclass(frozen=True)
class Table:
    """A table: ``!`` marks what may not be missing, ``>`` what a column refers to."""

    name: str
    columns: str
    unique: str


TABLES = (
    Table("FACILITY", "NAME! FULLNAME DESCRIPTION URL DAYSUNTILRELEASE", "NAME"),
    Table("USER_", "NAME! FULLNAME GIVENNAME FAMILYNAME EMAIL AFFILIATION ORCIDID", "NAME"),
    Table(
        "INSTRUMENT",
        "NAME! FULLNAME DESCRIPTION TYPE PID URL STARTDATE ENDDATE FACILITY_ID>FACILITY!",
        "FACILITY_ID NAME",
    ),
    Table(
        "INSTRUMENTSCIENTIST",
        "INSTRUMENT_ID>INSTRUMENT! USER_ID>USER_!",
        "USER_ID INSTRUMENT_ID",
    ),
    Table(
        "FACILITYCYCLE",
        "NAME! DESCRIPTION STARTDATE ENDDATE FACILITY_ID>FACILITY!",
        "FACILITY_ID NAME",
    ),
    Table("INVESTIGATIONTYPE", "NAME! DESCRIPTION FACILITY_ID>FACILITY!", "NAME FACILITY_ID"),
    Table("DATASETTYPE", "NAME! DESCRIPTION FACILITY_ID>FACILITY!", "FACILITY_ID NAME"),
    Table(
        "DATAFILEFORMAT",
        "NAME! VERSION! DESCRIPTION TYPE FACILITY_ID>FACILITY!",
        "FACILITY_ID NAME VERSION",
    ),
    Table(
        "SAMPLETYPE",
        "NAME! MOLECULARFORMULA! SAFETYINFORMATION FACILITY_ID>FACILITY!",
        "FACILITY_ID NAME MOLECULARFORMULA",
    ),
    Table("TECHNIQUE", "NAME! DESCRIPTION PID", "NAME"),
    Table(
        "PARAMETERTYPE",
        "NAME! UNITS! UNITSFULLNAME DESCRIPTION PID VALUETYPE! ENFORCED VERIFIED"
        " MINIMUMNUMERICVALUE MAXIMUMNUMERICVALUE APPLICABLETODATACOLLECTION"
        " APPLICABLETODATAFILE APPLICABLETODATASET APPLICABLETOINVESTIGATION APPLICABLETOSAMPLE"
        " FACILITY_ID>FACILITY!",
        "FACILITY_ID NAME UNITS",
    ),
    Table(
        "INVESTIGATION",
        "NAME! VISIT_ID! TITLE! SUMMARY DOI STARTDATE ENDDATE RELEASEDATE FILESIZE FILECOUNT"
        " FACILITY_ID>FACILITY! TYPE_ID>INVESTIGATIONTYPE!",
        "FACILITY_ID NAME VISIT_ID",
    ),
    Table(
        "INVESTIGATIONUSER",
        "ROLE! INVESTIGATION_ID>INVESTIGATION! USER_ID>USER_!",
        "USER_ID INVESTIGATION_ID ROLE",
    ),
    Table(
        "INVESTIGATIONINSTRUMENT",
        "INVESTIGATION_ID>INVESTIGATION! INSTRUMENT_ID>INSTRUMENT!",
        "INVESTIGATION_ID INSTRUMENT_ID",
    ),
    Table(
        "INVESTIGATIONFACILITYCYCLE",
        "FACILITYCYCLE_ID>FACILITYCYCLE! INVESTIGATION_ID>INVESTIGATION!",
        "FACILITYCYCLE_ID INVESTIGATION_ID",
    ),
    Table(
        "INVESTIGATIONPARAMETER",
        f"{PARAMETER} INVESTIGATION_ID>INVESTIGATION!",
        "INVESTIGATION_ID PARAMETER_TYPE_ID",
    ),
    Table(
        "SAMPLE",
        "NAME! PID INVESTIGATION_ID>INVESTIGATION! SAMPLETYPE_ID>SAMPLETYPE",
        "INVESTIGATION_ID NAME",
    ),
    Table("SAMPLEPARAMETER", f"{PARAMETER} SAMPLE_ID>SAMPLE!", "SAMPLE_ID PARAMETER_TYPE_ID"),
    Table(
        "DATASET",
        "NAME! DESCRIPTION DOI LOCATION COMPLETE! STARTDATE END_DATE FILESIZE FILECOUNT"
        " INVESTIGATION_ID>INVESTIGATION! SAMPLE_ID>SAMPLE TYPE_ID>DATASETTYPE!",
        "INVESTIGATION_ID NAME",
    ),
    Table(
        "DATASETTECHNIQUE",
        "DATASET_ID>DATASET! TECHNIQUE_ID>TECHNIQUE!",
        "DATASET_ID TECHNIQUE_ID",
    ),
    Table("DATASETPARAMETER", f"{PARAMETER} DATASET_ID>DATASET!", "DATASET_ID PARAMETER_TYPE_ID"),
    Table(
        "DATAFILE",
        "NAME! DESCRIPTION LOCATION DOI CHECKSUM FILESIZE DATAFILECREATETIME DATAFILEMODTIME"
        " DATASET_ID>DATASET! DATAFILEFORMAT_ID>DATAFILEFORMAT",
        "DATASET_ID NAME",
    ),
    Table(
        "DATAFILEPARAMETER",
        f"{PARAMETER} DATAFILE_ID>DATAFILE!",
        "DATAFILE_ID PARAMETER_TYPE_ID",
    ),
)


def create(path: Path, seed: int = facility.SEED, scale: float = 1.0) -> None:
    """Writes the catalogue of a made-up facility; scale 1 has 50,000 datafiles."""
    insert = {table.name: _insert(table) for table in TABLES}
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # Whoever calls moves the finished file into its place: a half-written one is thrown away.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for table in TABLES:
            database.execute(_create(table))
        for name, rows in facility.blocks(seed, scale):
            statement, columns = insert[name]
            database.executemany(statement, (_values(row, columns) for row in rows))
        database.execute("COMMIT")


def _create(table: Table) -> str:
    columns = ["ID INTEGER PRIMARY KEY", *_declarations(f"{table.columns} {COMMON}")]
    columns.append(f"UNIQUE ({', '.join(table.unique.split())})")
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(columns) + "\n)"


def _declarations(columns: str) -> Iterator[str]:
    for column in columns.split():
        name, _, target = column.rstrip("!").partition(">")
        integer, real = name in INTEGERS or bool(target), name in REALS
        kind = "BIGINT" if integer else "DOUBLE" if real else "VARCHAR"
        kind = "DATETIME" if name in DATES else kind
        needed = " NOT NULL" if column.endswith("!") else ""
        yield f"{name} {kind}{needed}" + (f" REFERENCES {target} (ID)" if target else "")


def _insert(table: Table) -> tuple[str, tuple[str, ...]]:
    named = f"{table.columns} {COMMON}".split()
    columns = ["ID", *(column.rstrip("!").partition(">")[0] for column in named)]
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    return statement, tuple(columns)


def _values(row: Row, columns: tuple[str, ...]) -> list[Value]:
    get = (_DEFAULTS | row).get
    return [get(column) for column in columns]


_OPENED = stamp(1_514_764_800)  # the first day of 2018, when the facility opened
_DEFAULTS: Row = {
    "CREATE_ID": WRITTEN_BY,
    "CREATE_TIME": _OPENED,
    "MOD_ID": WRITTEN_BY,
    "MOD_TIME": _OPENED,
}
