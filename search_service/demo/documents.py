"""Reads the documents of an example catalogue, entity by entity, from SQLite.

One statement for each indexed entity, a row for each field. Made for the example's size: everything
is read by one connection, in the order of the table's key.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

Document = dict[str, str | int | float]

BLOCK = 5_000


@dataclass(frozen=True)
class Source:
    """Where an entity's documents come from: field and expression by line, then the tables.

    An expression after ``@`` is a date.
    """

    entity: str
    fields: str
    tables: str


SAMPLE = """
    sample.name             s.NAME
    sample.id               s.ID
    sample.investigation.id s.INVESTIGATION_ID
    sample.type.name        st.NAME
    sample.type.id          st.ID
"""
# A parameter has one value: the string if there is one, else the number, else the date.
PARAMETER = """
    stringValue   x.STRING_VALUE
    numericValue  IIF(x.STRING_VALUE IS NULL, x.NUMERIC_VALUE, NULL)
    dateTimeValue @IIF(COALESCE(x.STRING_VALUE, x.NUMERIC_VALUE) IS NULL, x.DATETIME_VALUE, NULL)
    rangeTop      x.RANGETOP
    rangeBottom   x.RANGEBOTTOM
    type.name     t.NAME
    type.units    t.UNITS
    type.id       t.ID
    id            x.ID
"""
PARAMETER_TABLES = "{} x JOIN PARAMETERTYPE t ON t.ID = x.PARAMETER_TYPE_ID"
SOURCES = (
    Source(
        "Investigation",
        """
        id            x.ID
        name          x.NAME
        visitId       x.VISIT_ID
        title         x.TITLE
        summary       x.SUMMARY
        doi           x.DOI
        startDate     @COALESCE(x.STARTDATE, x.CREATE_TIME)
        date          @COALESCE(x.STARTDATE, x.CREATE_TIME)
        endDate       @COALESCE(x.ENDDATE, x.MOD_TIME)
        fileSize      COALESCE(x.FILESIZE, 0)
        fileCount     COALESCE(x.FILECOUNT, 0)
        facility.name f.NAME
        facility.id   f.ID
        type.name     t.NAME
        type.id       t.ID
        """,
        "INVESTIGATION x JOIN FACILITY f ON f.ID = x.FACILITY_ID"
        " JOIN INVESTIGATIONTYPE t ON t.ID = x.TYPE_ID",
    ),
    Source(
        "Dataset",
        """
        id                      x.ID
        name                    x.NAME
        description             x.DESCRIPTION
        doi                     x.DOI
        startDate               @COALESCE(x.STARTDATE, x.CREATE_TIME)
        date                    @COALESCE(x.STARTDATE, x.CREATE_TIME)
        endDate                 @COALESCE(x.END_DATE, x.MOD_TIME)
        fileSize                COALESCE(x.FILESIZE, 0)
        fileCount               COALESCE(x.FILECOUNT, 0)
        investigation.id        i.ID
        investigation.name      i.NAME
        investigation.title     i.TITLE
        investigation.startDate @COALESCE(i.STARTDATE, i.CREATE_TIME)
        visitId                 i.VISIT_ID
        type.name               t.NAME
        type.id                 t.ID
        """
        + SAMPLE,
        "DATASET x JOIN INVESTIGATION i ON i.ID = x.INVESTIGATION_ID"
        " JOIN DATASETTYPE t ON t.ID = x.TYPE_ID"
        " LEFT JOIN SAMPLE s ON s.ID = x.SAMPLE_ID"
        " LEFT JOIN SAMPLETYPE st ON st.ID = s.SAMPLETYPE_ID",
    ),
    Source(
        "Datafile",
        """
        id                      x.ID
        name                    x.NAME
        description             x.DESCRIPTION
        location                x.LOCATION
        doi                     x.DOI
        fileSize                COALESCE(x.FILESIZE, 0)
        fileCount               1
        date                    @COALESCE(x.DATAFILEMODTIME, x.DATAFILECREATETIME, x.MOD_TIME)
        datafileFormat.name     f.NAME
        datafileFormat.id       f.ID
        dataset.id              d.ID
        dataset.name            d.NAME
        investigation.id        i.ID
        investigation.name      i.NAME
        investigation.startDate @COALESCE(i.STARTDATE, i.CREATE_TIME)
        visitId                 i.VISIT_ID
        """
        + SAMPLE,
        "DATAFILE x JOIN DATASET d ON d.ID = x.DATASET_ID"
        " JOIN INVESTIGATION i ON i.ID = d.INVESTIGATION_ID"
        " LEFT JOIN DATAFILEFORMAT f ON f.ID = x.DATAFILEFORMAT_ID"
        " LEFT JOIN SAMPLE s ON s.ID = d.SAMPLE_ID"
        " LEFT JOIN SAMPLETYPE st ON st.ID = s.SAMPLETYPE_ID",
    ),
    *(
        Source(
            f"{parent}Parameter",
            f"{PARAMETER}{parent.lower()}.id x.{parent.upper()}_ID",
            PARAMETER_TABLES.format(f"{parent.upper()}PARAMETER"),
        )
        for parent in ("Investigation", "Dataset", "Datafile", "Sample")
    ),
    # A sample's document has no field `id`.
    Source("Sample", SAMPLE, "SAMPLE s LEFT JOIN SAMPLETYPE st ON st.ID = s.SAMPLETYPE_ID"),
    Source(
        "DatasetTechnique",
        """
        id                    x.ID
        dataset.id            x.DATASET_ID
        technique.id          t.ID
        technique.name        t.NAME
        technique.description t.DESCRIPTION
        technique.pid         t.PID
        """,
        "DATASETTECHNIQUE x JOIN TECHNIQUE t ON t.ID = x.TECHNIQUE_ID",
    ),
    Source(
        "InvestigationInstrument",
        """
        id                  x.ID
        investigation.id    x.INVESTIGATION_ID
        instrument.id       n.ID
        instrument.name     n.NAME
        instrument.fullName n.FULLNAME
        """,
        "INVESTIGATIONINSTRUMENT x JOIN INSTRUMENT n ON n.ID = x.INSTRUMENT_ID",
    ),
    Source(
        "InstrumentScientist",
        """
        id            x.ID
        instrument.id x.INSTRUMENT_ID
        user.id       u.ID
        user.name     u.NAME
        user.fullName u.FULLNAME
        """,
        "INSTRUMENTSCIENTIST x JOIN USER_ u ON u.ID = x.USER_ID",
    ),
    Source(
        "InvestigationUser",
        """
        id               x.ID
        investigation.id x.INVESTIGATION_ID
        user.id          u.ID
        user.name        u.NAME
        user.fullName    u.FULLNAME
        """,
        "INVESTIGATIONUSER x JOIN USER_ u ON u.ID = x.USER_ID",
    ),
    Source(
        "InvestigationFacilityCycle",
        """
        id               x.ID
        investigation.id x.INVESTIGATION_ID
        facilityCycle.id x.FACILITYCYCLE_ID
        """,
        "INVESTIGATIONFACILITYCYCLE x",
    ),
)


def read(catalogue: Path, block: int = BLOCK) -> Iterator[tuple[str, list[Document]]]:
    """The documents of a catalogue as (entity, documents), at most ``block`` at a time."""
    with closing(sqlite3.connect(f"{catalogue.absolute().as_uri()}?mode=ro", uri=True)) as database:
        for source in SOURCES:
            rows = database.execute(_select(source))
            names = [column for column, *_ in rows.description]
            while values := list(islice(rows, block)):
                yield source.entity, [_document(names, row) for row in values]


def _select(source: Source) -> str:
    columns = []
    for line in filter(str.strip, source.fields.splitlines()):
        name, expression = line.split(maxsplit=1)
        if expression.startswith("@"):
            expression = f"CAST(strftime('%s', {expression[1:]}) AS INTEGER) * 1000"
        columns.append(f'{expression} AS "{name}"')
    _table, alias, *_ = source.tables.split()
    return f"SELECT {', '.join(columns)} FROM {source.tables} ORDER BY {alias}.ID"  # noqa: S608


def _document(names: list[str], row: tuple[str | int | float | None, ...]) -> Document:
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}
