"""Which documents repeat (denormalise) the fields of which related entity. Data only."""

from collections.abc import Mapping

from search_service.catalogue.model import Propagation


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_SAMPLE_FIELDS = _same("sample.name", "sample.investigation.id")
_SAMPLE_TYPE_FIELDS = _same("sample.type.name")
_PARAMETER_TYPE_FIELDS = _same("type.name", "type.units")
_USER_FIELDS = _same("user.name", "user.fullName")
_OF_AN_INVESTIGATION = {
    "visitId": "visitId",
    "investigation.name": "name",
    "investigation.startDate": "startDate",
}

PROPAGATIONS: Mapping[str, tuple[Propagation, ...]] = {
    "Instrument": (
        Propagation(
            "InvestigationInstrument",
            by="instrument.id",
            fields=_same("instrument.name", "instrument.fullName"),
            whole=True,
        ),
    ),
    "User": (
        Propagation("InvestigationUser", by="user.id", fields=_USER_FIELDS, whole=True),
        Propagation("InstrumentScientist", by="user.id", fields=_USER_FIELDS, whole=True),
    ),
    "Sample": (
        Propagation("InvestigationSample", by="sample.id", fields=_same("sample.name")),
        Propagation("Dataset", by="sample.id", fields=_SAMPLE_FIELDS),
        Propagation("Datafile", by="sample.id", fields=_SAMPLE_FIELDS),
    ),
    "SampleType": (
        Propagation("Sample", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS, whole=True),
        Propagation(
            "InvestigationSample", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS, whole=True
        ),
        Propagation("Dataset", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS),
        Propagation("Datafile", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS),
    ),
    "InvestigationType": (
        Propagation("Investigation", by="type.id", fields=_same("type.name"), whole=True),
    ),
    "DatasetType": (Propagation("Dataset", by="type.id", fields=_same("type.name"), whole=True),),
    "DatafileFormat": (
        Propagation("Datafile", by="datafileFormat.id", fields=_same("datafileFormat.name")),
    ),
    "Facility": (
        Propagation("Investigation", by="facility.id", fields=_same("facility.name"), whole=True),
    ),
    "ParameterType": tuple(
        Propagation(entity, by="type.id", fields=_PARAMETER_TYPE_FIELDS, whole=True)
        for entity in (
            "DatafileParameter",
            "DatasetParameter",
            "InvestigationParameter",
            "SampleParameter",
        )
    ),
    "Technique": (
        Propagation(
            "DatasetTechnique",
            by="technique.id",
            fields=_same("technique.name", "technique.description", "technique.pid"),
            whole=True,
        ),
    ),
    "Investigation": (
        Propagation(
            "Dataset",
            by="investigation.id",
            fields={**_OF_AN_INVESTIGATION, "investigation.title": "title"},
            whole=True,
        ),
        Propagation("Datafile", by="investigation.id", fields=_OF_AN_INVESTIGATION, whole=True),
    ),
    "Dataset": (
        Propagation("Datafile", by="dataset.id", fields={"dataset.name": "name"}, whole=True),
    ),
}
