"""The commands that end a population whose caller is gone, and what reports for machines."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from tests.support.calling import Caller, create
from tests.support.serving import serving


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.slow
def test_a_population_is_kept_or_given_up(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    with serving(tmp_path / "data", {"workers": 1}) as service:
        caller = Caller(service.url)
        caller.modify(create("Dataset", 1, "run 1"))
        caller.done("commit")
        for command, names in (("abandon", {1: "run 1"}), ("unlock", {})):
            caller.done("lock/Dataset?delete=true")
            done = run(command, "dataset", *data)
            assert done.exit_code == 0, done.output
            assert caller.names("Dataset") == names
        refused = run("unlock", "Dataset", "--service", service.url)
        assert (refused.exit_code, "not currently locked" in refused.stderr) == (1, True)
        for report in ("status", "generations", "verify"):
            assert isinstance(json.loads(run(report, "--json", *data).stdout), dict)
    assert isinstance(json.loads(run("status", "--json", *data).stdout), dict)


@pytest.mark.parametrize("entity", ["Dataset,Datafile", "Nothing"])
def test_an_entity_that_is_none_is_a_wrong_use(entity: str, tmp_path: Path) -> None:
    result = run("unlock", entity, "--data", str(tmp_path))
    assert (result.exit_code, "no indexed entity" in result.stderr) == (2, True)
