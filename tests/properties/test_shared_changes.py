"""Random changes through several services of one index, which die at any step, against dicts.

A request that was not answered is sent again through another service, as a catalogue does.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.catalogue.documents import Operation
from search_service.engines.base import Document
from search_service.errors import AlreadyLocked, EntityLocked, NotLocked, RangeOccupied
from tests.support.dict_engine.shared import Died
from tests.support.disks import in_memory
from tests.support.shared_services import SharedService, SharedServices

from .test_changes import DOCUMENTS, STEPS, Model

SERVICES = 3
WHO = st.integers(0, SERVICES - 1)


class Catalogue:
    """Sends requests to whichever service, until one answers."""

    def __init__(self, services: SharedServices) -> None:
        self.services = services

    def send(self, who: int, steps: int | None, request: Callable[[SharedService], None]) -> None:
        """Ask one service, which dies after so many steps, then others until one answers."""
        if steps is not None:
            self.services.all[who].die_after(steps)
        while True:
            try:
                request(self.services.all[who])
            except Died:
                self.services.all[who] = self.services.start()
                who = (who + 1) % SERVICES
            else:
                return


@given(steps=STEPS, whos=st.lists(WHO, min_size=13, max_size=13))
@settings(deadline=None)
def test_several_services_change_an_index_as_one_does(
    steps: list[tuple[str, Any]], whos: list[int]
) -> None:
    with in_memory() as directory:
        services = SharedServices(directory, SERVICES)
        model = Model()
        for (kind, what), who in zip([*steps, ("commit", None)], whos, strict=False):
            service = services.all[who]
            match kind:
                case "modify":
                    refused = False
                    try:
                        service.changes.modify(what)
                    except EntityLocked:
                        refused = True
                    assert refused == model.is_refused(what)
                    for operation in what if not refused else ():
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
                case "unlock":
                    was_locked = what in model.populations
                    try:
                        service.changes.unlock(what)
                        model.unlock(what)
                    except NotLocked:
                        assert not was_locked
                case "commit":
                    service.changes.commit()
                    model.commit()
                    agree(services, model.now)
                case "crash":  # whatever it was, nothing of the index is with the service
                    service.index.die()
                    services.all[who] = services.start()
                case "clear":
                    service.changes.clear()
                    model.clear()
                    agree(services, {})


def agree(services: SharedServices, wanted: dict[str, dict[int, Document]]) -> None:
    assert {entity: found for entity in DOCUMENTS if (found := services.found(entity))} == {
        entity: documents for entity, documents in wanted.items() if documents
    }


IDS = st.integers(1, 4)
NAMES = st.text("ab", min_size=1, max_size=2)
PLAIN = st.sampled_from(["Datafile", "DatasetParameter"])
OPERATIONS = st.lists(st.tuples(PLAIN, IDS, st.one_of(st.none(), NAMES)), min_size=1, max_size=4)
DEATH = st.one_of(st.none(), st.integers(0, 25))
REQUESTS = st.lists(
    st.tuples(
        WHO,
        DEATH,
        st.one_of(
            st.tuples(st.just("modify"), OPERATIONS),
            st.tuples(st.just("modify"), OPERATIONS),
            st.tuples(st.just("add"), st.tuples(PLAIN, IDS, NAMES)),
            st.tuples(st.just("lock"), st.tuples(PLAIN, st.booleans())),
            st.tuples(st.just("unlock"), PLAIN),
            st.tuples(st.just("commit"), st.none()),
            st.tuples(st.just("clear"), st.none()),
        ),
    ),
    min_size=3,
    max_size=14,
)


@given(requests=REQUESTS)
@settings(deadline=None)
def test_nothing_is_lost_or_half_done_whenever_a_service_dies(
    requests: list[tuple[int, int | None, tuple[str, Any]]],
) -> None:
    with in_memory() as directory:
        services = SharedServices(directory, SERVICES)
        catalogue = Catalogue(services)
        now: dict[str, dict[int, Document]] = {"Datafile": {}, "DatasetParameter": {}}
        populations: dict[str, dict[int, Document]] = {}
        for who, death, (kind, what) in [*requests, (0, None, ("commit", None))]:
            match kind:
                case "modify":
                    operations = [as_operation(*each) for each in what]
                    if {operation.entity for operation in operations} & set(populations):
                        refused = refusing(EntityLocked, lambda s: s.changes.modify(operations))  # noqa: B023
                        catalogue.send(who, death, refused)
                        continue
                    catalogue.send(who, death, lambda s: s.changes.modify(operations))  # noqa: B023
                    for each in operations:
                        if each.document is None:
                            now[each.entity].pop(each.id, None)
                        else:
                            now[each.entity][each.id] = each.document
                case "add":
                    entity, id_, name = what
                    document = {"id": id_, "name": name}
                    catalogue.send(
                        who,
                        death,
                        lambda s: s.changes.add_now(entity, [document]),  # noqa: B023
                    )
                    populations.get(entity, now[entity])[id_] = document
                case "lock":
                    entity, delete = what
                    occupied = bool(now[entity]) and not delete
                    if entity in populations or occupied:
                        refused = refusing(
                            AlreadyLocked if entity in populations else RangeOccupied,
                            lambda s: s.changes.lock(entity, None, None, delete=delete),  # noqa: B023
                        )
                        catalogue.send(who, death, refused)
                        continue
                    catalogue.send(
                        who,
                        death,
                        # It may be locked by the one that did not answer.
                        ignoring(
                            AlreadyLocked,
                            lambda s: s.changes.lock(entity, None, None, delete=delete),  # noqa: B023
                        ),
                    )
                    populations[entity] = {}
                case "unlock":
                    unlock: Callable[[SharedService], None] = lambda s: s.changes.unlock(what)  # noqa: B023, E731
                    if what not in populations:
                        catalogue.send(who, death, refusing(NotLocked, unlock))
                        continue
                    catalogue.send(who, death, ignoring(NotLocked, unlock))
                    now[what] = populations.pop(what)
                case "commit":
                    catalogue.send(who, death, lambda s: s.changes.commit())
                    assert {entity: services.found(entity) for entity in now} == now
                case "clear":
                    catalogue.send(who, death, lambda s: s.changes.clear())
                    now = {"Datafile": {}, "DatasetParameter": {}}
                    populations = {}


def as_operation(entity: str, id_: int, name: str | None) -> Operation:
    if name is None:
        return Operation("delete", entity, id_)
    return Operation("update", entity, id_, {"id": id_, "name": name})


def refusing(
    error: type[Exception], request: Callable[[SharedService], None]
) -> Callable[[SharedService], None]:
    def refused(service: SharedService) -> None:
        try:
            request(service)
        except error:
            return
        raise AssertionError(f"{error.__name__} was not raised")

    return refused


def ignoring(
    error: type[Exception], request: Callable[[SharedService], None]
) -> Callable[[SharedService], None]:
    def ignored(service: SharedService) -> None:
        with suppress(error):
            request(service)

    return ignored


@given(deaths=st.lists(st.integers(5, 120), min_size=SERVICES, max_size=SERVICES))
@settings(deadline=None, max_examples=20)
def test_threads_of_several_services_lose_nothing_that_was_acknowledged(deaths: list[int]) -> None:
    with in_memory() as directory:
        services = SharedServices(directory, SERVICES)
        acknowledged: list[dict[int, int]] = [{} for _ in range(SERVICES)]

        def catalogue(who: int) -> None:
            """Documents of its own; every third change is followed by a commit."""
            services.all[who].die_after(deaths[who])
            for turn in range(30):
                id_ = 10 * who + turn % 7
                batch = [
                    Operation("update", entity, id_, {"id": id_, "name": str(turn)})
                    for entity in ("Datafile", "DatasetParameter")
                ]
                while True:
                    try:
                        services.all[who].changes.modify(batch)
                        acknowledged[who][id_] = turn
                        if turn % 3 == 0:
                            services.all[who].changes.commit()
                            assert services.found("Datafile")[id_]["name"] == str(turn)
                        break
                    except Died:
                        services.all[who] = services.start()

        threads = [Thread(target=catalogue, args=(who,)) for who in range(SERVICES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        services.all[0].changes.commit()
        wanted = {id_: str(turn) for each in acknowledged for id_, turn in each.items()}
        for entity in ("Datafile", "DatasetParameter"):
            names = {id_: found["name"] for id_, found in services.found(entity).items()}
            assert names == wanted
