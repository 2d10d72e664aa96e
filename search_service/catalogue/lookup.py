"""The tables of the catalogue, asked by name.

Entity names are matched without regard to case, field names with it.
"""

from functools import cache

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import (
    Completion,
    Entity,
    Field,
    FieldKind,
    Join,
    Propagation,
    Suggested,
)
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
def rights_entity() -> Entity:
    """The entity for each of whose documents it is decided who may see it."""
    return next(found for found in ENTITIES if found.decides_rights)


@cache
def rights_field(name: str) -> str | None:
    """The field of an entity with the id of the document that decides who may see it.

    None: there is none, see ``rights_join``.

    >>> rights_field("Investigation"), rights_field("Datafile"), rights_field("DatasetTechnique")
    ('id', 'investigation.id', None)
    """
    root = rights_entity()
    if name == root.name:
        return root.id_field
    found = join(name, root.name)
    return None if found is None else found.by


@cache
def rights_join(name: str) -> Join:
    """How an entity without a ``rights_field`` joins to one that has it, and whose rights it has.

    KeyError where there is no such join.
    """
    for found in entity(name).joins:
        if entity(found.to).searched and rights_field(found.to) is not None:
            return found
    raise KeyError(name)


@cache
def rights_givers() -> tuple[tuple[Entity, str], ...]:
    """The entities that let a user see what they join to, each with the field of the user's name.

    Those that join to ``rights_entity`` directly come first.
    """
    found = [(giver, giver.gives_rights_to) for giver in ENTITIES if giver.gives_rights_to]
    return tuple(sorted(found, key=lambda pair: join(pair[0].name, rights_entity().name) is None))


@cache
def sources_of_rights() -> tuple[str, ...]:
    """The names of all entities whose documents decide what a user may see."""
    givers = [giver for giver, _ in rights_givers()]
    between = [to.to for giver in givers for to in giver.joins if not entity(to.to).searched]
    return (rights_entity().name, *(giver.name for giver in givers), *dict.fromkeys(between))


@cache
def full_names() -> tuple[Entity, str]:
    """The entity and its field by which documents of people are found by their full names."""
    return next((found, found.full_name) for found in ENTITIES if found.full_name is not None)


@cache
def suggested_fields(name: str) -> tuple[tuple[Entity, Field, Suggested], ...]:
    """The fields that suggestions of a search of an entity come from, by kinds of completion.

    A field that documents repeat is read from the entity that it is repeated from: it has fewer.
    """
    found = (
        (source, field, field.suggested)
        for source in ENTITIES
        for field in source.fields
        if field.suggested is not None
        and (field.suggested.by.is_for_all or source.name == entity(name).name)
    )
    order = list(Completion)
    return tuple(sorted(found, key=lambda source: order.index(source[2].by)))


@cache
def repeats(name: str) -> frozenset[str]:
    """The fields of an entity that repeat what others say: the same few values over and over.

    Their ids are among them.

    >>> sorted(repeats("DatafileParameter"))
    ['type.id', 'type.name', 'type.units']
    """
    found = [p for all_ in PROPAGATIONS.values() for p in all_ if p.entity == entity(name).name]
    return frozenset(field for one in found for field in (one.by, *one.fields))


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
def sizes() -> frozenset[str]:
    """Names of fields that are numbers of bytes, in any entity."""
    return frozenset(field.name for found in ENTITIES for field in found.fields if field.is_size)


@cache
def fields_with_values() -> tuple[str, ...]:
    """Names of fields that can be filtered and counted by their values, in any entity."""
    found = (field for entity in ENTITIES for field in entity.fields if field.has_values)
    return tuple(sorted({field.name for field in found}))
