"""Random changes, populations, commits, crashes and clears against an obvious model.

The model applies every operation at once, to dicts, by the words of the contract. It knows no
journal, no pending table and no engine.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import Operation, with_si
from search_service.catalogue.relations import PROPAGATIONS
from search_service.engines.base import Document
from search_service.errors import AlreadyLocked, EntityLocked, NotLocked, RangeOccupied
from tests.support.disks import in_memory
from tests.support.embedded_service import EmbeddedService
from tests.support.service import AnyService, Service

Documents = dict[str, dict[int, Document]]


class Model:
    def __init__(self) -> None:
        self.now: Documents = {}  # as it will be seen after a commit
        self.populations: Documents = {}
        self.known: dict[tuple[str, int], Document] = {}  # of entities without an index
        self.pending: set[tuple[str, int]] = set()  # documents written since the last commit
        self.touched: set[str] = set()  # entities that the next commit may change

    def is_refused(self, operations: list[Operation]) -> bool:
        names = {o.entity for o in operations}
        names |= {c.entity for o in operations for c in PROPAGATIONS.get(o.entity, ())}
        return bool(names & set(self.populations))

    def modify(self, operation: Operation) -> None:
        entity, id_, document = operation.entity, operation.id, operation.document
        before = self.known.get((entity, id_))
        self.touched |= {propagation.entity for propagation in PROPAGATIONS.get(entity, ())}
        if lookup.find_entity(entity):
            self.touched.add(entity)
            self.pending.add((entity, id_))
            documents = self.now.setdefault(entity, {})
            before = documents.pop(id_, None)
            if document is not None:
                documents[id_] = with_si(lookup.entity(entity), document, Units())
        elif document is None:
            self.known.pop((entity, id_), None)
        elif entity in PROPAGATIONS:
            self.known[entity, id_] = document
        self.propagate(entity, id_, before, document)

    def propagate(
        self, entity: str, id_: int, before: Document | None, after: Document | None
    ) -> None:
        for propagation in PROPAGATIONS.get(entity, ()):
            old = {own: (before or {}).get(name) for own, name in propagation.fields.items()}
            new = {own: (after or {}).get(name) for own, name in propagation.fields.items()}
            is_news = before is None or after is None or old != new
            documents = self.now.get(propagation.entity, {})
            for key, document in list(documents.items()):
                if document.get(propagation.by) != id_:
                    continue
                if not is_news and (propagation.entity, key) not in self.pending:
                    continue
                if after is None and propagation.whole:
                    del documents[key]
                else:
                    kept = {**document, **new}
                    kept = {name: value for name, value in kept.items() if value is not None}
                    of = lookup.entity(propagation.entity)
                    documents[key] = with_si(of, kept, Units())

    def add(self, entity: str, added: dict[int, Document]) -> None:
        into = self.populations if entity in self.populations else self.now
        if into is self.now:
            self.touched |= {
                entity,
                *(propagation.entity for propagation in PROPAGATIONS.get(entity, ())),
            }
            self.pending |= {(entity, id_) for id_ in added}
        into.setdefault(entity, {}).update(
            (id_, with_si(lookup.entity(entity), document, Units()))
            for id_, document in added.items()
        )

    def commit(self) -> None:
        self.pending.clear()
        self.touched.clear()

    def settle(self, entity: str) -> None:
        """What is pending of an entity is committed before it is locked."""
        if entity not in self.populations and entity in self.touched:
            self.commit()

    def lock(self, entity: str, delete: bool) -> None:
        self.populations[entity] = {} if delete else deepcopy(self.now.get(entity, {}))
        for related, propagations in PROPAGATIONS.items():
            if any(propagation.entity == entity for propagation in propagations):
                self.known = {key: f for key, f in self.known.items() if key[0] != related}

    def unlock(self, entity: str) -> None:
        self.now[entity] = self.populations.pop(entity)

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    def crash(self) -> None:
        self.populations.clear()
        self.commit()


IDS = st.integers(1, 3)
WORDS = st.sampled_from(["a", "b"])
UNITS = st.sampled_from(["K", "mK", "furlong"])


def fields(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries({}, optional=optional)


OF_A_SAMPLE: dict[str, st.SearchStrategy[Any]] = {
    "sample.id": IDS,
    "sample.name": WORDS,
    "sample.type.id": IDS,
    "sample.type.name": WORDS,
}
DOCUMENTS: dict[str, st.SearchStrategy[Document]] = {
    "Investigation": fields(name=WORDS, visitId=WORDS, title=WORDS, startDate=IDS),
    "Dataset": fields(
        **{"name": WORDS, "doi": WORDS, "investigation.id": IDS, "visitId": WORDS},
        **OF_A_SAMPLE,
    ),
    "Datafile": fields(
        **{"dataset.id": IDS, "dataset.name": WORDS, "investigation.id": IDS, "visitId": WORDS},
        **{"datafileFormat.id": IDS, "datafileFormat.name": WORDS},
        **OF_A_SAMPLE,
    ),
    "Sample": fields(**OF_A_SAMPLE),
    "DatasetParameter": fields(
        **{"type.id": IDS, "type.name": WORDS, "type.units": UNITS, "numericValue": IDS},
    ),
    "InvestigationUser": fields(**{"user.id": IDS, "user.name": WORDS, "user.fullName": WORDS}),
}
RELATED: dict[str, st.SearchStrategy[Document]] = {
    "SampleType": fields(**{"sample.type.name": WORDS}),
    "DatafileFormat": fields(**{"datafileFormat.name": WORDS}),
    "ParameterType": fields(**{"type.name": WORDS, "type.units": UNITS}),
    "User": fields(**{"user.name": WORDS, "user.fullName": WORDS}),
    "Job": fields(name=WORDS),
}
ENTITIES = st.sampled_from(sorted(DOCUMENTS))


def with_id(entity: str, id_: int, document: Document) -> Document:
    return {**document, lookup.entity(entity).id_field or "id": id_}


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    entity = draw(st.sampled_from(sorted({**DOCUMENTS, **RELATED})))
    id_ = draw(IDS)
    kind = draw(st.sampled_from(["create", "update", "update", "delete"]))
    if kind == "delete":
        return Operation("delete", entity, id_)
    document = draw({**DOCUMENTS, **RELATED}[entity])
    if entity in DOCUMENTS:
        document = with_id(entity, id_, document)
    return Operation("update" if kind == "update" else "create", entity, id_, document)


@st.composite
def additions(draw: st.DrawFn) -> tuple[str, dict[int, Document]]:
    entity = draw(ENTITIES)
    added = draw(st.dictionaries(IDS, DOCUMENTS[entity], min_size=1))
    return entity, {id_: with_id(entity, id_, document) for id_, document in added.items()}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("modify"), st.lists(operations(), min_size=1, max_size=5)),
        st.tuples(st.just("modify"), st.lists(operations(), min_size=1, max_size=5)),
        st.tuples(st.just("add"), additions()),
        st.tuples(st.just("lock"), st.tuples(ENTITIES, st.booleans())),
        st.tuples(st.just("unlock"), ENTITIES),
        st.sampled_from([("commit", None), ("commit", None), ("crash", None), ("clear", None)]),
    ),
    min_size=3,
    max_size=12,
)


def play(service: AnyService, steps: list[tuple[str, Any]]) -> None:
    model = Model()
    seen: Documents = {}
    for kind, what in [*steps, ("commit", None)]:
        match kind:
            case "modify" if model.is_refused(what):
                with pytest.raises(EntityLocked):
                    service.changes.modify(what)
            case "modify":
                service.changes.modify(what)
                for operation in what:
                    model.modify(operation)
            case "add":
                entity, added = what
                service.changes.add_now(entity, list(added.values()))
                model.add(entity, added)
            case "lock":
                entity, delete = what
                model.settle(entity)
                try:
                    service.changes.lock(entity, None, None, delete=delete)
                    assert delete or not model.now.get(entity)
                    model.lock(entity, delete)
                except AlreadyLocked:
                    assert entity in model.populations
                except RangeOccupied:
                    assert model.now[entity]
            case "unlock" if what in model.populations:
                service.changes.unlock(what)
                model.unlock(what)
            case "unlock":
                with pytest.raises(NotLocked):
                    service.changes.unlock(what)
            case "commit":
                service.changes.commit()
                model.commit()
                seen = deepcopy(model.now)
            case "crash":
                service.crash()
                model.crash()
                seen = deepcopy(model.now)
            case "clear":
                service.changes.clear()
                model.clear()
                seen = {}
        if kind in ("commit", "crash", "clear"):
            assert {e: f for e in DOCUMENTS if (f := service.found(e))} == {
                entity: documents for entity, documents in seen.items() if documents
            }


Made = TypeVar("Made", Service, EmbeddedService)


@contextmanager
def running(make: Callable[[Path], Made]) -> Iterator[Made]:
    """A new service, ended and removed afterwards."""
    with in_memory() as directory:
        service = make(directory)
        try:
            yield service
        finally:
            service.end()


@settings(max_examples=150)
@given(STEPS)
def test_the_service_does_what_the_model_does(steps: list[tuple[str, Any]]) -> None:
    with running(Service) as service:
        play(service, steps)


@pytest.mark.slow
@settings(max_examples=30)
@given(STEPS)
def test_so_it_does_over_real_shards(steps: list[tuple[str, Any]]) -> None:
    with running(EmbeddedService) as service:
        play(service, steps)


BATCHES = st.lists(operations(), min_size=1, max_size=4)


@settings(max_examples=150)
@given(st.lists(BATCHES, max_size=3), BATCHES, st.sampled_from(["nothing", "commit", "crash"]))
def test_a_batch_that_is_sent_again_leaves_what_it_left_the_first_time(
    before: list[list[Operation]], batch: list[Operation], between: str
) -> None:
    with running(Service) as once, running(Service) as twice:
        for service in (once, twice):
            for earlier in before:
                service.commit(*earlier)
            service.modify(*batch)
        match between:
            case "commit":
                twice.changes.commit()
            case "crash":
                twice.crash()
        twice.commit(*batch)
        once.changes.commit()
        assert {e: twice.found(e) for e in DOCUMENTS} == {e: once.found(e) for e in DOCUMENTS}
