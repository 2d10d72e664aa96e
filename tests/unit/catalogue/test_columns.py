import pytest

from search_service.catalogue import lookup
from search_service.catalogue.columns import CATALOGUE_6, CATALOGUE_7, Holds, Layout, Parent
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import FieldKind

MADE_HERE = {"type.unitsSI", "numericValueSI", "rangeTopSI", "rangeBottomSI"}
KINDS = {
    Holds.TEXT: {FieldKind.TEXT, FieldKind.PATH, FieldKind.EXACT},
    Holds.INTEGER: {FieldKind.INTEGER},
    Holds.DOUBLE: {FieldKind.DOUBLE},
    Holds.DATE: {FieldKind.INTEGER},
}


def fields(place: Layout | Parent) -> dict[str, Holds]:
    own = {column.field: column.holds for column in place.columns}
    for parent in place.parents:
        own |= fields(parent)
    if isinstance(place, Layout):
        own |= {name: Holds.INTEGER for name, _ in place.constants}
    return own


@pytest.mark.parametrize("layout", CATALOGUE_6, ids=lambda layout: layout.entity)
def test_every_field_of_catalogue_6_has_its_column(layout: Layout) -> None:
    entity = lookup.entity(layout.entity)
    declared = {
        name for name in entity.by_name if not name.endswith((".fileName", ".exact"))
    } - MADE_HERE
    assert set(fields(layout)) == declared


@pytest.mark.parametrize("layout", CATALOGUE_7, ids=lambda layout: layout.entity)
def test_fields_hold_what_their_kind_allows(layout: Layout) -> None:
    entity = lookup.entity(layout.entity)
    for name, holds in fields(layout).items():
        assert entity.by_name[name].kind in KINDS[holds]


def test_each_catalogue_has_the_entities_of_its_version() -> None:
    both = {layout.entity for layout in (*CATALOGUE_6, *CATALOGUE_7)}
    assert both == {entity.name for entity in ENTITIES}
    only_6 = {layout.entity for layout in CATALOGUE_6} - {layout.entity for layout in CATALOGUE_7}
    only_7 = {layout.entity for layout in CATALOGUE_7} - {layout.entity for layout in CATALOGUE_6}
    assert (only_6, only_7) == ({"Sample"}, {"InvestigationSample"})
