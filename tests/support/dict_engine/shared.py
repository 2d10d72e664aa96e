"""An index in memory that several services of this process change, with real threads.

A service can die before any step that it takes in the index: what it did before is done, and its
turn goes to the next one at once. It implements ``search_service.engines.shared`` whole.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace

from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import Change, Delete, Document, IndexStatus, Put, View
from search_service.engines.config import EngineOptions
from search_service.engines.fit import Fit, check_fit
from search_service.engines.id_ranges import Partition
from search_service.engines.index import OpenIndex
from search_service.engines.shared import Population, SharedState
from search_service.errors import EngineUnavailable, NotNow, TurnLost
from tests.support.dict_engine.engine import Content, DictEngine, DictGenerations
from tests.support.dict_engine.reader import DictReader, DictView
from tests.support.dict_engine.writer import Documents

TURN_SECONDS = 30.0


class Died(BaseException):
    """The service ended here, as by ``kill -9``."""


@dataclass
class _Loaded:
    since: float
    documents: dict[int, Document] | None = None
    phase: str = "begins"  # open, ends

    @property
    def seen(self) -> Population:
        return Population(self.since, self.phase == "open")


@dataclass
class DictCluster:
    """What all services share. ``refuses``: documents that it does not take."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    contents: dict[int, Content] = field(default_factory=dict)
    documents: dict[int, Documents] = field(default_factory=dict)
    records: dict[int, bytes] = field(default_factory=dict)
    last: int = 0
    state: SharedState = field(default_factory=lambda: SharedState(0, 0, 0))
    populations: dict[str, _Loaded] = field(default_factory=dict)
    states: dict[tuple[int, str], dict[int, Document]] = field(default_factory=dict)
    adopting: int | None = None
    taken_over: set[int] = field(default_factory=set)
    owner: "DictShared | None" = None  # of the turn
    token: int = 0
    version: int = 0  # of what is searched
    commits: int = 0
    is_there: bool = True
    refuses: Callable[[Document], bool] = lambda document: False

    def __reduce__(self) -> tuple[type["DictCluster"], tuple[()]]:
        return DictCluster, ()  # another process has nothing of it

    def found(self, entity: str) -> dict[int, Document]:
        """What a search finds."""
        return self.documents[self.state.generation].get(entity, {})

    def take_turn_away(self) -> None:
        """As from a holder that does not answer for too long."""
        with self.changed:
            self.owner, self.token = None, self.token + 1
            self.changed.notify_all()

    def set(self, state: SharedState) -> None:
        self.state = state
        self.version += 1

    def set_locks(self) -> None:
        populations = {name: each.seen for name, each in self.populations.items()}
        version = self.state.locks_version + 1
        self.set(replace(self.state, populations=populations, locks_version=version))

    def drop_records(self) -> None:
        kept = self.state.kept_after
        over = self.state.committed if kept is None else min(kept, self.state.committed)
        self.records = {n: each for n, each in self.records.items() if n > over}


@dataclass(frozen=True)
class MemoryGenerations(DictGenerations):
    """Their contents are in memory; only pieces that a re-index builds are files."""

    cluster: DictCluster

    def contents(self) -> dict[int, Content]:
        return dict(sorted(self.cluster.contents.items()))

    def write(self, number: int, content: Content) -> None:
        self.place(number).mkdir(parents=True, exist_ok=True)
        self.cluster.contents[number] = content

    def read_documents(self, number: int) -> Documents:
        documents = super().read_documents(number)
        for entity, found in self.cluster.documents.get(number, {}).items():
            documents.setdefault(entity, {}).update(found)
        return documents

    def write_documents(self, number: int, documents: Documents) -> None:
        self.cluster.documents[number] = documents
        for path in self.place(number).glob("*.piece"):
            path.unlink()

    def cancel(self, number: int) -> None:
        super().cancel(number)
        self.forget(number)

    def forget(self, number: int) -> None:
        self.cluster.contents.pop(number, None)
        self.cluster.documents.pop(number, None)


class DictShared:
    """The index as one service has it. ``before`` is called with the name of each step."""

    def __init__(
        self,
        cluster: DictCluster,
        generations: MemoryGenerations,
        fit: Fit | None = None,
        before: Callable[[str], None] = lambda step: None,
    ) -> None:
        self.cluster = cluster
        self.generations = generations
        self.fit = fit or Fit("dicts", {}, "dict")
        self.before = before
        self.is_alive = True

    def step(self, name: str) -> None:
        if not self.is_alive:
            raise Died
        if not self.cluster.is_there:
            raise EngineUnavailable("The cluster does not answer; try again in a moment")
        try:
            self.before(name)
        except Died:
            self.die()
            raise

    def die(self) -> None:
        self.is_alive = False
        with self.cluster.changed:
            if self.cluster.owner is self:
                self.cluster.owner = None
                self.cluster.token += 1
                self.cluster.changed.notify_all()

    def open(self, *, create: bool) -> bool:
        self.step("open")
        cluster = self.cluster
        with cluster.changed:
            if cluster.contents:
                check_fit(
                    self.generations.root,
                    self.generations.fit(self.generations.current()),
                    self.fit,
                )
                return False
            if not create:
                self.generations.current()
            content = Content(self.fit, Partition(50_000_000).width, {}, 1, "current")
            self.generations.write(1, content)
            cluster.documents[1] = {}
            cluster.set(replace(cluster.state, generation=1))
            return True

    def state(self) -> SharedState:
        self.step("state")
        with self.cluster.changed:
            return self.cluster.state

    def turn(self, wait_seconds: float | None = None) -> AbstractContextManager["DictTurn"]:
        return self._turn(TURN_SECONDS if wait_seconds is None else wait_seconds)

    @contextmanager
    def _turn(self, seconds: float) -> Iterator["DictTurn"]:
        self.step("turn")
        cluster = self.cluster
        with cluster.changed:
            if not cluster.changed.wait_for(lambda: cluster.owner is None, seconds):
                raise NotNow("another service has the turn")
            cluster.owner = self
            cluster.token += 1
            token = cluster.token
        turn = DictTurn(self, token)
        try:
            turn.end_what_was_left()
            yield turn
        finally:
            with cluster.changed:
                if cluster.token == token:
                    cluster.owner = None
                    cluster.changed.notify_all()

    def append(self, record: bytes) -> int:
        self.step("append")
        with self.cluster.changed:
            self.cluster.last += 1
            self.cluster.records[self.cluster.last] = record
            number = self.cluster.last
        self.step("appended")
        return number

    def last(self) -> int:
        self.step("last")
        with self.cluster.changed:
            return self.cluster.last

    def records(self, after: int, up_to: int) -> Iterator[bytes]:
        self.step("records")
        with self.cluster.changed:
            found = [self.cluster.records[number] for number in range(after + 1, up_to + 1)]
        return iter(found)

    def journal_size(self) -> int:
        with self.cluster.changed:
            return sum(map(len, self.cluster.records.values()))

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> bool:
        for place, (id_, document) in enumerate(documents):
            if place % 2 == 0:
                self.step("add")
            if self.cluster.refuses(document):
                raise ValueError("this document is not taken")
            with self.cluster.changed:
                population = self.cluster.populations.get(entity)
                if population is None or population.documents is None:
                    return False
                if population.phase != "open":
                    return False
                population.documents[id_] = deepcopy(document)
        return True

    def reader(self) -> "SharedDictReader":
        self.step("reader")
        reader = SharedDictReader(self)
        reader.renew()
        return reader

    def status(self) -> IndexStatus:
        self.step("status")
        counts = {entity.name: len(self.cluster.found(entity.name)) for entity in ENTITIES}
        return IndexStatus(self.cluster.state.generation, counts, {}, {}, {})

    def close(self) -> None: ...


class SharedDictReader(DictReader):
    """Sees what is committed when it is asked to."""

    def __init__(self, shared: DictShared) -> None:
        super().__init__()
        self._shared = shared
        self._seen: int | None = None

    def renew(self) -> View | None:  # type: ignore[override]
        self._shared.step("renew")
        cluster = self._shared.cluster
        with cluster.changed:
            if cluster.version == self._seen:
                return None
            self._seen = cluster.version
            generation = cluster.state.generation
            view = DictView(self._seen, generation, deepcopy(cluster.documents[generation]))
        self.see(view)
        return view


class DictTurn:
    """As in ``Turn``; each method is some steps."""

    def __init__(self, shared: DictShared, token: int) -> None:
        self._shared = shared
        self._cluster = shared.cluster
        self._token = token

    @contextmanager
    def step(self, name: str) -> Iterator[DictCluster]:
        """One step that nobody sees half of."""
        self._shared.step(name)
        with self._cluster.changed:
            if self._cluster.token != self._token:
                raise TurnLost
            yield self._cluster

    def end_what_was_left(self) -> None:
        for entity, population in list(self._cluster.populations.items()):
            if population.phase == "begins":
                self.abandon_population(entity)
            elif population.phase == "ends":
                self._end(entity)
        if self._cluster.adopting is not None:
            self._adopt(self._cluster.adopting)

    def state(self) -> SharedState:
        with self.step("turn: state") as cluster:
            return cluster.state

    def writer(self) -> "DictTurnWriter":
        return DictTurnWriter(self, self._cluster.state.generation)

    def propagated_states(self, generation: int) -> "DictStates":
        return DictStates(self, generation)

    # ── commits ──────────────────────────────────────────────────────────────────────────────────

    def begin_commit(self) -> None:
        with self.step("begin commit") as cluster:
            cluster.set(replace(cluster.state, in_doubt=True))

    def end_commit(self, committed: int) -> None:
        with self.step("end commit") as cluster:
            now = time.time()
            state = replace(cluster.state, committed=committed, in_doubt=False, last_commit=now)
            cluster.set(state)
            cluster.commits += 1
        with self.step("drop records"):
            cluster.drop_records()

    # ── populations ──────────────────────────────────────────────────────────────────────────────

    def lock(self, entity: str) -> None:
        with self.step("lock") as cluster:
            cluster.populations[entity] = _Loaded(time.time())
            cluster.set_locks()

    def begin_population(self, entity: str, *, delete: bool) -> None:
        with self.step("copy population") as cluster:
            if lookup.find_entity(entity) is not None:
                before = {} if delete else cluster.found(entity)
                cluster.populations[entity].documents = deepcopy(before)
        with self.step("open population") as cluster:
            cluster.populations[entity].phase = "open"
            cluster.set_locks()

    def end_population(self, entity: str) -> None:
        with self.step("end population") as cluster:
            cluster.populations[entity].phase = "ends"
            cluster.set_locks()
        self._end(entity)

    def _end(self, entity: str) -> None:
        with self.step("see population") as cluster:
            documents = cluster.populations[entity].documents
            if documents is not None:
                cluster.documents[cluster.state.generation][entity] = documents
        with self.step("unlock") as cluster:
            del cluster.populations[entity]
            cluster.set_locks()

    def abandon_population(self, entity: str) -> None:
        with self.step("abandon population") as cluster:
            del cluster.populations[entity]
            cluster.set_locks()

    def clear(self, committed: int) -> None:
        with self.step("clear") as cluster:
            number = max(cluster.contents) + 1
            before = cluster.state.generation
            self._shared.generations.write(number, replace(cluster.contents[before]))
            self._shared.generations.forget(before)
            cluster.documents[number] = {}
            cluster.populations = {}
            state = replace(cluster.state, generation=number, committed=committed, in_doubt=False)
            cluster.set(state)
            cluster.set_locks()
            cluster.drop_records()

    # ── generations ──────────────────────────────────────────────────────────────────────────────

    def begin_generation(self, entities: Sequence[str], fit: Fit) -> int:
        with self.step("begin generation") as cluster:
            number = self._shared.generations.begin(entities, fit)
            cluster.documents[number] = {}
            cluster.set(replace(cluster.state, kept_after=cluster.state.committed))
            return number

    def following(self, number: int) -> "DictTurnWriter":
        with self.step("take over") as cluster:
            if number not in cluster.taken_over:
                self._take_over(number)
                cluster.taken_over.add(number)
        return DictTurnWriter(self, number)

    def _take_over(self, number: int) -> None:
        generations, cluster = self._shared.generations, self._cluster
        ids = cluster.contents[number].ids or {}
        current = cluster.state.generation
        documents = generations.read_documents(number)
        for entity in ENTITIES:
            built = documents.setdefault(entity.name, {})
            taken = ids.get(entity.name)
            partition = generations.partition(current, entity.name)
            for id_, document in cluster.documents[current].get(entity.name, {}).items():
                low = partition.low_of(id_)
                if taken is None or not taken.overlaps(low, partition.high_of(low)):
                    built[id_] = document
        generations.write_documents(number, documents)

    def adopt(self, number: int) -> None:
        with self.step("adopt") as cluster:
            cluster.adopting = number
        self._adopt(number)

    def _adopt(self, number: int) -> None:
        with self.step("switch") as cluster:
            if cluster.contents[number].state != "current":
                self._shared.generations.switch(number)
        with self.step("adopted") as cluster:
            cluster.adopting = None
            cluster.set(replace(cluster.state, generation=number, kept_after=None))
            cluster.drop_records()

    def cancel_generation(self) -> None:
        with self.step("cancel generation") as cluster:
            building = self._shared.generations.building()
            if building is not None:
                self._shared.generations.cancel(building.number)
            cluster.set(replace(cluster.state, kept_after=None))
            cluster.drop_records()

    def drop(self, number: int) -> None:
        with self.step("drop"):
            self._shared.generations.cancel(number)


class DictTurnWriter:
    """As in ``ChangeWriter``; a commit is seen by halves of each entity, as a cluster has it."""

    damaged: Sequence[str] = ()

    def __init__(self, turn: DictTurn, generation: int) -> None:
        self._turn = turn
        self._generation = generation
        self._applied: dict[str, list[Change]] = {}

    def look_for_damage(self, goes_on: Callable[[], bool] = lambda: True) -> bool:
        return False

    def reader(self) -> DictReader:
        with self._turn.step("read") as cluster:
            return DictReader(deepcopy(cluster.documents[self._generation]))

    def apply(self, entity: str, changes: Iterable[Change]) -> None:
        with self._turn.step("apply") as cluster:
            for change in changes:
                if isinstance(change, Put) and cluster.refuses(change.document):
                    raise ValueError("this document is not taken")
                self._applied.setdefault(entity, []).append(change)

    def commit(self, entities: Iterable[str]) -> None:
        for entity in sorted(entities):
            changes = self._applied.pop(entity, [])
            middle = len(changes) // 2
            for half in (changes[:middle], changes[middle:]):
                self._carry_out(entity, half)

    def _carry_out(self, entity: str, changes: Sequence[Change]) -> None:
        with self._turn.step("commit") as cluster:
            documents = cluster.documents[self._generation].setdefault(entity, {})
            for change in changes:
                match change:
                    case Put(id_, document):
                        documents[id_] = deepcopy(document)
                    case Delete(id_):
                        documents.pop(id_, None)
            cluster.version += 1

    def undo(self) -> None:
        self._applied = {}


class DictStates:
    """As in ``PropagatedStates``."""

    def __init__(self, turn: DictTurn, generation: int) -> None:
        self._turn = turn
        self._generation = generation

    def _of(self, cluster: DictCluster, related: str) -> dict[int, Document]:
        return cluster.states.setdefault((self._generation, related), {})

    def of(self, related: str, ids: Iterable[int]) -> Mapping[int, Document]:
        with self._turn.step("states") as cluster:
            known = self._of(cluster, related)
            return {id_: known[id_] for id_ in ids if id_ in known}

    def remember(self, related: str, fields: Mapping[int, Document | None]) -> None:
        with self._turn.step("remember") as cluster:
            known = self._of(cluster, related)
            for id_, each in fields.items():
                if each is None:
                    known.pop(id_, None)
                else:
                    known[id_] = each

    def forget(self, related: Iterable[str]) -> None:
        with self._turn.step("forget") as cluster:
            for name in related:
                self._of(cluster, name).clear()


@dataclass(frozen=True)
class SharedDictEngine(DictEngine):
    """As in ``Engine``, for an index that is shared by services of this process."""

    options: EngineOptions
    cluster: DictCluster = field(default_factory=DictCluster)

    @property
    def generations(self) -> MemoryGenerations:
        return MemoryGenerations(self.root, self.cluster)

    @property
    def shared(self) -> DictShared:  # type: ignore[override]
        return DictShared(self.cluster, self.generations, self.fit)

    def reader(self) -> SharedDictReader:
        return SharedDictReader(self.shared)

    def status(self) -> IndexStatus:
        return self.shared.status()

    def view(self) -> View:
        cluster = self.cluster
        with cluster.changed:
            number = cluster.state.generation
            return DictView(cluster.version, number, deepcopy(cluster.documents[number]))

    def open(self, *, create: bool) -> OpenIndex:  # type: ignore[override]
        raise NotNow("several services change this index")

    def hold(self) -> OpenIndex:  # type: ignore[override]
        raise NotNow("several services change this index")
