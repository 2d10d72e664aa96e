"""Where it is noted until when an index is synced: for the next run, on whatever machine."""

from pathlib import Path

import pytest

from search_service.engines.config import EngineOptions
from search_service.engines.open import open_engine
from search_service.runtime.sync_file import NAME, sync_file, take_over
from tests.support.dict_engine.shared import MemoryGenerations, SharedDictEngine
from tests.support.generation_files import Machine
from tests.support.indexed import CONFIG


class MachineGenerations(MemoryGenerations):
    """Those of one machine: of the others' files it has what they published."""

    def place(self, number: int) -> Path:
        return self._machine.place(number)

    def file(self, number: int, name: str) -> Path:
        return self._machine.file(number, name)

    def publish(self, number: int, name: str) -> None:
        self._machine.publish(number, name)

    @property
    def _machine(self) -> Machine:
        return Machine(self.root, self.root.parent / "shared")


class MachineEngine(SharedDictEngine):
    @property
    def generations(self) -> MachineGenerations:
        return MachineGenerations(self.root, self.cluster)


@pytest.fixture
def machines(tmp_path: Path) -> tuple[MachineEngine, MachineEngine]:
    here = MachineEngine(EngineOptions(CONFIG, tmp_path / "here"))
    here.shared.open(create=True)
    return here, MachineEngine(EngineOptions(CONFIG, tmp_path / "there"), here.cluster)


def noted(engine: MachineEngine) -> str | None:
    path = sync_file(engine).path
    return path.read_text() if path.exists() else None


def note(engine: MachineEngine, text: str) -> None:
    file = sync_file(engine)
    file.path.write_text(text)
    file.publish()


def test_the_next_sync_may_run_on_another_machine(
    machines: tuple[MachineEngine, MachineEngine],
) -> None:
    here, there = machines
    assert noted(there) is None
    note(here, "first")
    assert noted(there) == "first"
    note(there, "second")
    assert noted(here) == "second"


def test_a_generation_that_was_built_goes_on_from_the_same_time_and_an_older_one_keeps_its_own(
    machines: tuple[MachineEngine, MachineEngine],
) -> None:
    here, there = machines
    note(here, "first")
    with here.shared.turn() as turn:
        number = turn.begin_generation(["Datafile"], here.fit)
    take_over(here, number)
    with here.shared.turn() as turn:
        turn.adopt(number)
    assert noted(there) == "first"
    note(there, "second")
    with here.shared.turn() as turn:
        turn.adopt(1)
    assert noted(here) == "first"


def test_an_index_that_was_never_synced_hands_nothing_on(
    machines: tuple[MachineEngine, MachineEngine],
) -> None:
    here, _ = machines
    with here.shared.turn() as turn:
        number = turn.begin_generation(["Datafile"], here.fit)
    take_over(here, number)
    assert not here.generations.file(number, NAME).exists()


def test_of_an_index_of_one_process_it_is_in_the_data_directory(tmp_path: Path) -> None:
    engine = open_engine(EngineOptions(CONFIG, tmp_path))
    assert sync_file(engine).path == tmp_path / "sync.json"
    take_over(engine, 2)
    assert list(tmp_path.iterdir()) == []
