"""The table of entities: what shards hold of it, and what follows from its columns."""

from hashlib import sha256

import pytest

from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity


def test_an_index_is_written_with_this_table() -> None:
    """The fingerprint of an index holds this text, without columns that shards do not depend on."""
    digest = sha256(repr(ENTITIES).encode()).hexdigest()[:16]
    assert digest == "2dc45225cdcd6898", (
        f"no index that there is can be searched with this table: if that was meant, record "
        f'{digest} here and write "Re-index needed: yes", of every entity, into CHANGELOG.md'
    )


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_a_suggested_field_has_an_investigation_or_joins_to_what_has_one(entity: Entity) -> None:
    if any(field.suggested for field in entity.fields) and not lookup.rights_field(entity.name):
        assert lookup.rights_field(lookup.rights_join(entity.name).to)


def test_who_is_on_an_investigation_or_an_instrument_may_see_it() -> None:
    givers = [(giver.name, field) for giver, field in lookup.rights_givers()]
    assert givers == [("InvestigationUser", "user.name"), ("InstrumentScientist", "user.name")]
    assert lookup.sources_of_rights() == (
        "Investigation",
        "InvestigationUser",
        "InstrumentScientist",
        "InvestigationInstrument",
    )


def test_suggestions_come_from_own_words_and_names_first() -> None:
    found = lookup.suggested_fields("Dataset")
    assert [(entity.name, field.name, suggested.kind) for entity, field, suggested in found] == [
        ("Dataset", "description", "word"),
        ("Dataset", "sample.type.name", "word"),
        ("Dataset", "name", "name"),
        ("Investigation", "visitId", "visitId"),
        ("Sample", "sample.name", "sample"),
        ("InvestigationSample", "sample.name", "sample"),
        ("DatasetTechnique", "technique.name", "technique"),
    ]
