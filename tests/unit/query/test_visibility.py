"""What a user may see follows from investigations and instruments."""

import pytest

from search_service.catalogue.entities import (
    DATAFILE,
    DATASET,
    INVESTIGATION,
    INVESTIGATION_SAMPLE,
    SAMPLE,
)
from search_service.catalogue.model import Entity
from search_service.query.tree import Bool, Exact, Join
from search_service.query.visibility import visible_to


@pytest.mark.parametrize(
    ("entity", "on"),
    [
        (INVESTIGATION, "id"),
        (DATASET, "investigation.id"),
        (DATAFILE, "investigation.id"),
        (INVESTIGATION_SAMPLE, "investigation.id"),
        (SAMPLE, "sample.investigation.id"),
    ],
)
def test_a_user_sees_own_investigations_and_those_of_own_instruments(
    entity: Entity, on: str
) -> None:
    user = Exact("user.name", ("db/zoe",))
    of_instruments = Join("InstrumentScientist", "instrument.id", "instrument.id", user)
    assert visible_to("db/zoe", entity) == Bool(
        should=(
            Join("InvestigationUser", "investigation.id", on, user),
            Join("InvestigationInstrument", "investigation.id", on, of_instruments),
        )
    )
