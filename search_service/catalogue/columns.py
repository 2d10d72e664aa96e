"""From which column of a catalogue's database each field of a document comes. Data only.

A parent that may be missing is not ``required``: an outer join. A field with several columns takes
the first that holds a value. Tables and columns are named as the catalogue does; a database may
write them in lower case. Not here: statements, see ``sources.sql.statements``; values, see
``sources.sql.assemble``.
"""

from dataclasses import dataclass
from enum import Enum


class Holds(Enum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    DOUBLE = "double"
    DATE = "date"  # without zone


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the document and the columns that it comes from."""

    field: str
    names: tuple[str, ...]
    holds: Holds
    missing: int | None = None  # what is sent when there is no value
    one_of: str = ""  # of the fields with the same word here only the first with a value is sent


@dataclass(frozen=True, slots=True)
class Parent:
    """A row of another table that ``by`` refers to; its fields become fields of the document."""

    by: str
    table: str
    columns: tuple[Column, ...]
    required: bool = True
    parents: tuple["Parent", ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """An entity: its table, the fields from it, and its parents."""

    entity: str
    table: str
    columns: tuple[Column, ...]
    parents: tuple[Parent, ...] = ()
    constants: tuple[tuple[str, int], ...] = ()


def text(field: str, *names: str) -> Column:
    """A string."""
    return Column(field, names, Holds.TEXT)


def integer(field: str, *names: str, missing: int | None = None) -> Column:
    """An id, a size or a count."""
    return Column(field, names, Holds.INTEGER, missing)


def double(field: str, *names: str) -> Column:
    """A number."""
    return Column(field, names, Holds.DOUBLE)


def date(field: str, *names: str) -> Column:
    """A moment."""
    return Column(field, names, Holds.DATE)


ID = integer("id", "ID")
SIZES = (
    integer("fileSize", "FILESIZE", missing=0),
    integer("fileCount", "FILECOUNT", missing=0),
)
INVESTIGATION_START = date("investigation.startDate", "STARTDATE", "CREATE_TIME")

SAMPLE_TYPE = Parent(
    "SAMPLETYPE_ID",
    "SAMPLETYPE",
    (text("sample.type.name", "NAME"), integer("sample.type.id", "ID")),
    required=False,
)
SAMPLE_FIELDS = (text("sample.name", "NAME"), integer("sample.id", "ID"))
SAMPLE_FIELDS_6 = (*SAMPLE_FIELDS, integer("sample.investigation.id", "INVESTIGATION_ID"))
SAMPLE_6 = Parent("SAMPLE_ID", "SAMPLE", SAMPLE_FIELDS_6, required=False, parents=(SAMPLE_TYPE,))
SAMPLE_7 = Parent("SAMPLE_ID", "SAMPLE", SAMPLE_FIELDS, required=False, parents=(SAMPLE_TYPE,))

INVESTIGATION = Layout(
    "Investigation",
    "INVESTIGATION",
    (
        ID,
        text("name", "NAME"),
        text("visitId", "VISIT_ID"),
        text("title", "TITLE"),
        text("summary", "SUMMARY"),
        text("doi", "DOI"),
        date("startDate", "STARTDATE", "CREATE_TIME"),
        date("date", "STARTDATE", "CREATE_TIME"),
        date("endDate", "ENDDATE", "MOD_TIME"),
        *SIZES,
    ),
    (
        Parent(
            "FACILITY_ID",
            "FACILITY",
            (text("facility.name", "NAME"), integer("facility.id", "ID")),
        ),
        Parent(
            "TYPE_ID",
            "INVESTIGATIONTYPE",
            (text("type.name", "NAME"), integer("type.id", "ID")),
        ),
    ),
)

# No field of a document: kept beside them, as the catalogue's changes do not tell it.
RELEASE_DATE = date("releaseDate", "RELEASEDATE")
RELEASES = Layout("Investigation", "INVESTIGATION", (RELEASE_DATE,))


def dataset(sample: Parent) -> Layout:
    """A dataset, with its sample as the catalogue has it."""
    return Layout(
        "Dataset",
        "DATASET",
        (
            ID,
            text("name", "NAME"),
            text("description", "DESCRIPTION"),
            text("doi", "DOI"),
            date("startDate", "STARTDATE", "CREATE_TIME"),
            date("date", "STARTDATE", "CREATE_TIME"),
            # The catalogue writes ENDDATE in INVESTIGATION, END_DATE here.
            date("endDate", "END_DATE", "MOD_TIME"),
            *SIZES,
        ),
        (
            Parent(
                "INVESTIGATION_ID",
                "INVESTIGATION",
                (
                    integer("investigation.id", "ID"),
                    text("investigation.name", "NAME"),
                    text("investigation.title", "TITLE"),
                    text("visitId", "VISIT_ID"),
                    INVESTIGATION_START,
                ),
            ),
            sample,
            Parent(
                "TYPE_ID",
                "DATASETTYPE",
                (text("type.name", "NAME"), integer("type.id", "ID")),
            ),
        ),
    )


def datafile(sample: Parent) -> Layout:
    """A datafile, with its dataset's sample as the catalogue has it."""
    investigation = Parent(
        "INVESTIGATION_ID",
        "INVESTIGATION",
        (
            integer("investigation.id", "ID"),
            text("investigation.name", "NAME"),
            text("visitId", "VISIT_ID"),
            INVESTIGATION_START,
        ),
    )
    return Layout(
        "Datafile",
        "DATAFILE",
        (
            ID,
            text("name", "NAME"),
            text("description", "DESCRIPTION"),
            text("location", "LOCATION"),
            text("doi", "DOI"),
            integer("fileSize", "FILESIZE", missing=0),
            date("date", "DATAFILEMODTIME", "DATAFILECREATETIME", "MOD_TIME"),
        ),
        (
            Parent(
                "DATASET_ID",
                "DATASET",
                (integer("dataset.id", "ID"), text("dataset.name", "NAME")),
                parents=(investigation, sample),
            ),
            Parent(
                "DATAFILEFORMAT_ID",
                "DATAFILEFORMAT",
                (text("datafileFormat.name", "NAME"), integer("datafileFormat.id", "ID")),
                required=False,
            ),
        ),
        (("fileCount", 1),),
    )


VALUE = "value"
PARAMETER_TYPE = Parent(
    "PARAMETER_TYPE_ID",
    "PARAMETERTYPE",
    (text("type.name", "NAME"), text("type.units", "UNITS"), integer("type.id", "ID")),
)


def parameter(of: str) -> Layout:
    """A parameter of a datafile, dataset, investigation or sample."""
    return Layout(
        f"{of}Parameter",
        f"{of}Parameter".upper(),
        (
            ID,
            Column("stringValue", ("STRING_VALUE",), Holds.TEXT, one_of=VALUE),
            Column("numericValue", ("NUMERIC_VALUE",), Holds.DOUBLE, one_of=VALUE),
            Column("dateTimeValue", ("DATETIME_VALUE",), Holds.DATE, one_of=VALUE),
            double("rangeTop", "RANGETOP"),
            double("rangeBottom", "RANGEBOTTOM"),
            integer(f"{of.lower()}.id", f"{of.upper()}_ID"),
        ),
        (PARAMETER_TYPE,),
    )


USER = Parent(
    "USER_ID",
    "USER_",
    (
        integer("user.id", "ID"),
        text("user.name", "NAME"),
        text("user.fullName", "FULLNAME"),
    ),
)

OF_BOTH = (
    INVESTIGATION,
    *(parameter(of) for of in ("Datafile", "Dataset", "Investigation", "Sample")),
    Layout(
        "DatasetTechnique",
        "DATASETTECHNIQUE",
        (ID, integer("dataset.id", "DATASET_ID")),
        (
            Parent(
                "TECHNIQUE_ID",
                "TECHNIQUE",
                (
                    integer("technique.id", "ID"),
                    text("technique.name", "NAME"),
                    text("technique.description", "DESCRIPTION"),
                    text("technique.pid", "PID"),
                ),
            ),
        ),
    ),
    Layout(
        "InvestigationInstrument",
        "INVESTIGATIONINSTRUMENT",
        (ID, integer("investigation.id", "INVESTIGATION_ID")),
        (
            Parent(
                "INSTRUMENT_ID",
                "INSTRUMENT",
                (
                    integer("instrument.id", "ID"),
                    text("instrument.name", "NAME"),
                    text("instrument.fullName", "FULLNAME"),
                ),
            ),
        ),
    ),
    Layout(
        "InstrumentScientist",
        "INSTRUMENTSCIENTIST",
        (ID, integer("instrument.id", "INSTRUMENT_ID")),
        (USER,),
    ),
    Layout(
        "InvestigationUser",
        "INVESTIGATIONUSER",
        (ID, integer("investigation.id", "INVESTIGATION_ID")),
        (USER,),
    ),
    Layout(
        "InvestigationFacilityCycle",
        "INVESTIGATIONFACILITYCYCLE",
        (
            ID,
            integer("investigation.id", "INVESTIGATION_ID"),
            integer("facilityCycle.id", "FACILITYCYCLE_ID"),
        ),
    ),
)

CATALOGUE_6 = (
    # The document has no field `id`.
    Layout("Sample", "SAMPLE", SAMPLE_FIELDS_6, (SAMPLE_TYPE,)),
    dataset(SAMPLE_6),
    datafile(SAMPLE_6),
    *OF_BOTH,
)
# What is publicly known of catalogue 7: a sample belongs to investigations by a table between.
CATALOGUE_7 = (
    Layout(
        "InvestigationSample",
        "INVESTIGATIONSAMPLE",
        (ID, integer("investigation.id", "INVESTIGATION_ID")),
        (Parent("SAMPLE_ID", "SAMPLE", SAMPLE_FIELDS, parents=(SAMPLE_TYPE,)),),
    ),
    dataset(SAMPLE_7),
    datafile(SAMPLE_7),
    *OF_BOTH,
)
