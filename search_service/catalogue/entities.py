"""The indexed entities of the catalogue: their fields, kinds and joins. Data only.

Which entity joins to which is written here once; code asks ``lookup``.
"""

from search_service.catalogue.model import (
    Completion,
    Entity,
    Field,
    FieldKind,
    Join,
    ParameterFields,
    Suggested,
)

SORTABLE_NAMES = frozenset(
    {
        "id",
        "date",
        "startDate",
        "endDate",
        "investigation.startDate",
        "name",
        "stringValue",
        "dateTimeValue",
        "numericValue",
        "numericValueSI",
        "fileSize",
        "fileCount",
    }
)


def _is_sortable(name: str) -> bool:
    return name in SORTABLE_NAMES or name.endswith(".id")


def text(
    name: str,
    *,
    default: bool = False,
    parts: bool | None = None,
    named: bool = False,
    facetable: bool = False,
    suggested: Suggested | None = None,
    is_doi: bool = False,
) -> Field:
    """A field of analysed words; one that is searched by default or a name has parts too."""
    return Field(
        name,
        FieldKind.TEXT,
        sortable=_is_sortable(name),
        default=default,
        parts=(default or named) if parts is None else parts,
        named=named,
        facetable=facetable,
        suggested=suggested,
        is_doi=is_doi,
    )


def path(name: str) -> tuple[Field, Field, Field]:
    """A location is searched in three ways, each a field of its own in a query."""
    return (
        Field(name, FieldKind.PATH, default=True),
        Field(f"{name}.fileName", FieldKind.PATH, default=True),
        Field(f"{name}.exact", FieldKind.PATH),
    )


def exact(name: str, *, facetable: bool = False) -> Field:
    """A field found by its whole value only."""
    return Field(name, FieldKind.EXACT, sortable=_is_sortable(name), facetable=facetable)


def integer(name: str, *, is_size: bool = False) -> Field:
    """A field of 64-bit integers; dates are epoch milliseconds, sizes bytes."""
    return Field(name, FieldKind.INTEGER, sortable=_is_sortable(name), is_size=is_size)


def double(name: str) -> Field:
    """A field of floating-point numbers."""
    return Field(name, FieldKind.DOUBLE, sortable=_is_sortable(name))


WORD = Suggested("word", Completion.WORD)
NAME = Suggested("name", Completion.NAME)
VISIT_ID = Suggested("visitId", Completion.WHOLE)
SAMPLE_NAME = Suggested("sample", Completion.WHOLE)
TECHNIQUE = Suggested("technique", Completion.LABEL)


def sample_of_a_child(*, suggested: Suggested | None = None) -> tuple[Field, ...]:
    """The fields of a sample that documents repeat. ``suggested``: from the type's name."""
    return (
        integer("sample.id"),
        text("sample.name", default=True),
        integer("sample.investigation.id"),
        text("sample.type.name", default=True, facetable=True, suggested=suggested),
        integer("sample.type.id"),
    )


PARAMETER_VALUE = (
    exact("stringValue", facetable=True),
    double("numericValue"),
    integer("dateTimeValue"),
    double("rangeTop"),
    double("rangeBottom"),
    text("type.name", facetable=True),
    exact("type.units"),
    integer("type.id"),
    exact("type.unitsSI"),
    double("numericValueSI"),
    double("rangeTopSI"),
    double("rangeBottomSI"),
)

PARAMETER_FIELDS = ParameterFields(
    name="type.name",
    units="type.units",
    string="stringValue",
    number="numericValue",
    date="dateTimeValue",
    bottom="rangeBottom",
    top="rangeTop",
    units_si="type.unitsSI",
    in_si={
        "numericValue": "numericValueSI",
        "rangeTop": "rangeTopSI",
        "rangeBottom": "rangeBottomSI",
    },
)

INVESTIGATION = Entity(
    "Investigation",
    fields=(
        integer("id"),
        text("name", default=True, named=True, suggested=NAME),
        text("visitId", default=True, named=True, suggested=VISIT_ID),
        text("title", default=True, named=True, suggested=WORD),
        text("summary", default=True, suggested=WORD),
        text("facility.name", default=True),
        text("type.name", default=True, facetable=True),
        text("doi", default=True, is_doi=True),
        integer("startDate"),
        integer("endDate"),
        integer("date"),
        integer("fileSize", is_size=True),
        integer("fileCount"),
        integer("facility.id"),
        integer("type.id"),
    ),
    searched=True,
    dates=("startDate", "endDate"),
    parameters="InvestigationParameter",
    decides_rights=True,
)

DATASET = Entity(
    "Dataset",
    fields=(
        integer("id"),
        text("name", default=True, named=True, suggested=NAME),
        text("description", default=True, suggested=WORD),
        text("doi", default=True, is_doi=True),
        integer("startDate"),
        integer("endDate"),
        integer("date"),
        integer("fileSize", is_size=True),
        integer("fileCount"),
        integer("investigation.id"),
        text("investigation.name", parts=True),
        exact("investigation.title"),
        integer("investigation.startDate"),
        text("visitId", default=True),
        *sample_of_a_child(suggested=WORD),
        text("type.name", default=True, facetable=True),
        integer("type.id"),
    ),
    joins=(Join("Investigation", by="investigation.id"),),
    searched=True,
    dates=("startDate", "endDate"),
    parameters="DatasetParameter",
)

DATAFILE = Entity(
    "Datafile",
    fields=(
        integer("id"),
        text("name", default=True, named=True, suggested=NAME),
        text("description", default=True, suggested=WORD),
        *path("location"),
        text("doi", default=True, is_doi=True),
        integer("fileSize", is_size=True),
        integer("fileCount"),
        integer("date"),
        text("datafileFormat.name", default=True, facetable=True),
        integer("datafileFormat.id"),
        integer("dataset.id"),
        text("dataset.name"),
        integer("investigation.id"),
        text("investigation.name"),
        integer("investigation.startDate"),
        text("visitId", default=True),
        *sample_of_a_child(),
    ),
    joins=(
        Join("Dataset", by="dataset.id"),
        Join("Investigation", by="investigation.id"),
    ),
    searched=True,
    dates=("date",),
    parameters="DatafileParameter",
)

DATAFILE_PARAMETER = Entity(
    "DatafileParameter",
    fields=(integer("id"), *PARAMETER_VALUE, integer("datafile.id")),
    joins=(Join("Datafile", by="datafile.id"),),
    values=PARAMETER_FIELDS,
)

DATASET_PARAMETER = Entity(
    "DatasetParameter",
    fields=(integer("id"), *PARAMETER_VALUE, integer("dataset.id")),
    joins=(Join("Dataset", by="dataset.id"),),
    values=PARAMETER_FIELDS,
)

INVESTIGATION_PARAMETER = Entity(
    "InvestigationParameter",
    fields=(integer("id"), *PARAMETER_VALUE, integer("investigation.id")),
    joins=(
        Join("Investigation", by="investigation.id"),
        Join("Dataset", by="investigation.id", on="investigation.id"),
        Join("Datafile", by="investigation.id", on="investigation.id"),
    ),
    values=PARAMETER_FIELDS,
)

SAMPLE_PARAMETER = Entity(
    "SampleParameter",
    fields=(integer("id"), *PARAMETER_VALUE, integer("sample.id")),
    joins=(
        Join("Dataset", by="sample.id", on="sample.id"),
        Join("Datafile", by="sample.id", on="sample.id"),
        Join("Sample", by="sample.id", on="sample.id"),
        Join("InvestigationSample", by="sample.id", on="sample.id"),
    ),
    values=PARAMETER_FIELDS,
)

DATASET_TECHNIQUE = Entity(
    "DatasetTechnique",
    fields=(
        integer("id"),
        integer("dataset.id"),
        integer("technique.id"),
        text("technique.name", named=True, facetable=True, suggested=TECHNIQUE),
        text("technique.description", parts=True),
        text("technique.pid", parts=True),
    ),
    joins=(
        Join("Dataset", by="dataset.id"),
        Join("Datafile", by="dataset.id", on="dataset.id"),
    ),
)

INVESTIGATION_INSTRUMENT = Entity(
    "InvestigationInstrument",
    fields=(
        integer("id"),
        integer("investigation.id"),
        integer("instrument.id"),
        text("instrument.name", named=True, facetable=True),
        text("instrument.fullName", named=True),
    ),
    joins=(
        Join("Investigation", by="investigation.id"),
        Join("Dataset", by="investigation.id", on="investigation.id"),
        Join("Datafile", by="investigation.id", on="investigation.id"),
    ),
)

INSTRUMENT_SCIENTIST = Entity(
    "InstrumentScientist",
    fields=(
        integer("id"),
        integer("instrument.id"),
        integer("user.id"),
        exact("user.name"),
        text("user.fullName", named=True),
    ),
    joins=(Join("InvestigationInstrument", by="instrument.id", on="instrument.id"),),
    gives_rights_to="user.name",
)

INVESTIGATION_USER = Entity(
    "InvestigationUser",
    fields=(
        integer("id"),
        integer("investigation.id"),
        integer("user.id"),
        exact("user.name"),
        text("user.fullName", named=True),
    ),
    joins=(
        Join("Investigation", by="investigation.id"),
        Join("Dataset", by="investigation.id", on="investigation.id"),
        Join("Datafile", by="investigation.id", on="investigation.id"),
    ),
    gives_rights_to="user.name",
    full_name="user.fullName",
)

INVESTIGATION_FACILITY_CYCLE = Entity(
    "InvestigationFacilityCycle",
    fields=(integer("id"), integer("investigation.id"), integer("facilityCycle.id")),
    joins=(
        Join("Investigation", by="investigation.id"),
        Join("Dataset", by="investigation.id", on="investigation.id"),
        Join("Datafile", by="investigation.id", on="investigation.id"),
    ),
)

# Catalogue 6: a document carries no `id`, its operation's `_id` is the sample's.
SAMPLE = Entity(
    "Sample",
    fields=(
        integer("sample.id"),
        text("sample.name", default=True, named=True, suggested=SAMPLE_NAME),
        integer("sample.investigation.id"),
        text("sample.type.name", default=True, facetable=True),
        integer("sample.type.id"),
    ),
    joins=(
        Join("Investigation", by="sample.investigation.id"),
        Join("Dataset", by="sample.id", on="sample.id"),
        Join("Datafile", by="sample.id", on="sample.id"),
    ),
    id_field="sample.id",
)

# Catalogue 7: the same sample may belong to several investigations.
INVESTIGATION_SAMPLE = Entity(
    "InvestigationSample",
    fields=(
        integer("id"),
        integer("investigation.id"),
        integer("sample.id"),
        text("sample.name", default=True, named=True, suggested=SAMPLE_NAME),
        text("sample.type.name", default=True, facetable=True),
        integer("sample.type.id"),
    ),
    joins=(
        Join("Investigation", by="investigation.id"),
        Join("Dataset", by="sample.id", on="sample.id"),
        Join("Datafile", by="sample.id", on="sample.id"),
    ),
)

ENTITIES = (
    INVESTIGATION,
    DATASET,
    DATAFILE,
    DATAFILE_PARAMETER,
    DATASET_PARAMETER,
    INVESTIGATION_PARAMETER,
    SAMPLE_PARAMETER,
    DATASET_TECHNIQUE,
    INVESTIGATION_INSTRUMENT,
    INSTRUMENT_SCIENTIST,
    INVESTIGATION_USER,
    INVESTIGATION_FACILITY_CYCLE,
    SAMPLE,
    INVESTIGATION_SAMPLE,
)

FACETABLE_BY_DEFAULT = tuple(
    sorted({field.name for entity in ENTITIES for field in entity.fields if field.facetable})
)
