"""Which documents repeat the fields of which entity. Data only."""

from collections.abc import Mapping

from search_service.catalogue.model import Carrier


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

CARRIERS: Mapping[str, tuple[Carrier, ...]] = {
    "Instrument": (
        Carrier(
            "InvestigationInstrument",
            by="instrument.id",
            fields=_same("instrument.name", "instrument.fullName"),
            whole=True,
        ),
    ),
    "User": (
        Carrier("InvestigationUser", by="user.id", fields=_USER_FIELDS, whole=True),
        Carrier("InstrumentScientist", by="user.id", fields=_USER_FIELDS, whole=True),
    ),
    "Sample": (
        Carrier("InvestigationSample", by="sample.id", fields=_same("sample.name")),
        Carrier("Dataset", by="sample.id", fields=_SAMPLE_FIELDS),
        Carrier("Datafile", by="sample.id", fields=_SAMPLE_FIELDS),
    ),
    "SampleType": (
        Carrier("Sample", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS, whole=True),
        Carrier("InvestigationSample", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS, whole=True),
        Carrier("Dataset", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS),
        Carrier("Datafile", by="sample.type.id", fields=_SAMPLE_TYPE_FIELDS),
    ),
    "InvestigationType": (
        Carrier("Investigation", by="type.id", fields=_same("type.name"), whole=True),
    ),
    "DatasetType": (Carrier("Dataset", by="type.id", fields=_same("type.name"), whole=True),),
    "DatafileFormat": (
        Carrier("Datafile", by="datafileFormat.id", fields=_same("datafileFormat.name")),
    ),
    "Facility": (
        Carrier("Investigation", by="facility.id", fields=_same("facility.name"), whole=True),
    ),
    "ParameterType": tuple(
        Carrier(entity, by="type.id", fields=_PARAMETER_TYPE_FIELDS, whole=True)
        for entity in (
            "DatafileParameter",
            "DatasetParameter",
            "InvestigationParameter",
            "SampleParameter",
        )
    ),
    "Technique": (
        Carrier(
            "DatasetTechnique",
            by="technique.id",
            fields=_same("technique.name", "technique.description", "technique.pid"),
            whole=True,
        ),
    ),
    "Investigation": (
        Carrier(
            "Dataset",
            by="investigation.id",
            fields={**_OF_AN_INVESTIGATION, "investigation.title": "title"},
            whole=True,
        ),
        Carrier("Datafile", by="investigation.id", fields=_OF_AN_INVESTIGATION, whole=True),
    ),
    "Dataset": (Carrier("Datafile", by="dataset.id", fields={"dataset.name": "name"}, whole=True),),
}
