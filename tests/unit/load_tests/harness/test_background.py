from pathlib import Path

from load_tests.harness.background import BackgroundTasks, Place, command_of
from load_tests.harness.scenarios import Population, Reindex
from tests.support.stub import stub


def test_a_re_index_needs_a_data_directory_of_ours() -> None:
    elsewhere = Place("http://search.example", 600, None, None)
    assert command_of(Reindex(0.5), elsewhere) is None
    command = command_of(Reindex(0.5), Place("", 600, Path("/data"), Path("/source.jsonl")))
    assert command is not None
    assert {"reindex", "/data", "/source.jsonl"} <= set(command)


def test_a_population_is_done_at_its_time_beside_callers() -> None:
    with stub() as service:
        place = Place(service.url, 600, None, None)
        with BackgroundTasks([Population(0.0, "DatasetTechnique")], place, 1.0) as background:
            background.begin()
        assert service.paths() == [
            f"{operation}/DatasetTechnique" for operation in ("lock", "addNow", "unlock")
        ]
    (done,) = background.done
    assert (done.name, done.status) == ("population", 0)


def test_what_never_began_is_not_done() -> None:
    with BackgroundTasks([Population(0.0)], Place("", 600, None, None), 1.0) as background:
        pass
    assert background.done == []
