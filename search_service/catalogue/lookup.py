"""The tables of the catalogue, asked by name.

Entity names are matched without regard to case, field names with it.
"""

from functools import cache

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity, Field, FieldKind, Join, Propagation
from search_service.catalogue.relations import PROPAGATIONS

_BY_LOWER_NAME = {entity.name.lower(): entity for entity in ENTITIES}
_RELATED_BY_LOWER_NAME = {name.lower(): name for name in PROPAGATIONS}


def find_entity(name: str) -> Entity | None:
    """The indexed entity of this name, in any case; None when there is none."""
    return _BY_LOWER_NAME.get(name.lower())


def entity(name: str) -> Entity:
    """The indexed entity of this name. KeyError when there is none."""
    return _BY_LOWER_NAME[name.lower()]


def find_related(name: str) -> str | None:
    """The related entity's name as the table writes it; None when nothing repeats its fields."""
    return _RELATED_BY_LOWER_NAME.get(name.lower())


def propagations(related: str) -> tuple[Propagation, ...]:
    """Which documents repeat the fields of ``related``; empty when none do."""
    return PROPAGATIONS.get(related, ())


@cache
def join(source: str, to: str) -> Join | None:
    """How documents of ``source`` join to those of ``to``; None when they do not."""
    found = _BY_LOWER_NAME.get(source.lower())
    if found is None:
        return None
    return next((j for j in found.joins if j.to.lower() == to.lower()), None)


@cache
def searched_beside(name: str) -> tuple[tuple[Entity, Join], ...]:
    """Samples whose words find documents of an entity that does not repeat them, with the join."""
    to = entity(name)
    return tuple(
        (other, found)
        for other in ENTITIES
        if not other.searched
        and (found := join(other.name, to.name)) is not None
        and any(field not in to.by_name for field in other.default_fields)
    )


@cache
def searched_names() -> tuple[str, ...]:
    """The entities with a search operation of their own, as an address has them."""
    return tuple(found.name.lower() for found in ENTITIES if found.searched)


@cache
def own_fields_first(name: str) -> tuple[Field, ...]:
    """The fields of an entity; those that it repeats of what it belongs to come last.

    >>> [field.name for field in own_fields_first("Dataset") if field.name.endswith("type.name")]
    ['type.name', 'sample.type.name']
    """
    found = entity(name)
    return tuple(sorted(found.fields, key=lambda field: _is_of_a_parent(found, field.name)))


def _is_of_a_parent(found: Entity, field: str) -> bool:
    parent, dot, _ = field.partition(".")
    if dot and find_entity(parent) not in (None, found):
        return True
    return any(
        propagation.entity == found.name and field in propagation.fields
        for related, of_it in PROPAGATIONS.items()
        if find_entity(related) is not None
        for propagation in of_it
    )


@cache
def _kinds() -> dict[str, FieldKind]:
    """Kind by field name: a name means the same in every entity."""
    return {field.name: field.kind for found in ENTITIES for field in found.fields}


def kind_of(field: str) -> FieldKind | None:
    """The kind of a field of this name in whatever entity; None for an undeclared one."""
    return _kinds().get(field)


@cache
def sortable_fields() -> frozenset[str]:
    """Names that a search may be sorted by, in any entity."""
    return frozenset(field.name for found in ENTITIES for field in found.fields if field.sortable)


@cache
def fields_with_values() -> tuple[str, ...]:
    """Names of fields that can be filtered and counted by their values, in any entity."""
    found = (field for entity in ENTITIES for field in entity.fields if field.has_values)
    return tuple(sorted({field.name for field in found}))
