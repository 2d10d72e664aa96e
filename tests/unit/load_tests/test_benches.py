import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from load_tests import bench_indexing, bench_search, filling
from load_tests.documents import Facility, blocks
from load_tests.service import Service, listening, processor_seconds
from tests.support.stub import Answer, no_hits, stub

ROOT = Path(__file__).parents[3]
SMALL = ["--datafiles", "2000"]
QUICK = [*SMALL, "--seconds", "0.1", "--class", "text", "--class", "facet 1000 ids"]


def no_facets(path: str, body: Any) -> Answer:
    return (400, {"message": "no"}) if "/facet" in path else no_hits(path, body)


def test_filling_locks_adds_and_unlocks_each_entity() -> None:
    facility = Facility(600)
    expected: list[str] = []
    for block in blocks(facility):
        expected += [f"{operation}/{block.entity}" for operation in ("lock", "addNow", "unlock")]
    with stub() as service:
        filled = filling.fill(service.url, facility)
        assert service.paths() == expected
    assert filled.documents == sum(block.count for block in blocks(facility))
    assert 0 < filled.adding < filled.total


def test_a_service_that_refuses_ends_the_filling() -> None:
    def refuse(path: str, _body: Any) -> Answer:
        return (406, {"message": "locked"}) if "addNow" in path else (204, None)

    with stub(refuse) as service, pytest.raises(Exception, match="status 406"):
        filling.fill(service.url, Facility(600))


def test_one_service_is_set_beside_the_given_figures(capsys: pytest.CaptureFixture[str]) -> None:
    with stub() as service:
        assert bench_search.main([*QUICK, "--url", service.url]) == 0
    printed = capsys.readouterr().out
    assert "2,000 datafiles" in printed
    assert "figures given for icat.lucene" in printed
    assert "A against B" not in printed
    assert [line.split()[:2] for line in printed.splitlines()].count(["facet", "1000"]) == 4


def test_two_services_are_compared_with_the_same_requests(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with stub() as first, stub() as second:
        arguments = [*QUICK, "--filled", "--clients", "2", "--url", first.url, "--url", second.url]
        assert bench_search.main(arguments) == 0
        sent = [{str(body) for _, body in service.calls} for service in (first, second)]
    assert len(sent[0] & sent[1]) > len(sent[0] | sent[1]) / 4
    printed = capsys.readouterr().out
    assert "A against B, both measured here" in printed
    assert "Geometric mean with 2:" in printed


def test_a_filled_service_is_left_as_it_is() -> None:
    with stub() as service:
        bench_search.main([*QUICK, "--filled", "--clients", "1", "--url", service.url])
        assert not [path for path in service.paths() if "addNow" in path or "lock" in path]


def test_failed_requests_are_named_and_make_it_fail(capsys: pytest.CaptureFixture[str]) -> None:
    with stub(no_facets) as service:
        assert bench_search.main([*QUICK, "--clients", "1", "--url", service.url]) == 1
    assert 'facet 1000 ids, 1 clients, A: status 400: {"message": "no"}' in capsys.readouterr().out


def test_indexing_is_measured_in_bulk_and_live(capsys: pytest.CaptureFixture[str]) -> None:
    with stub() as service:
        arguments = [*SMALL, "--live-seconds", "0.3", "--url", service.url]
        assert bench_indexing.main(arguments) == 0
        paths = service.paths()
        updates = next(body for path, body in service.calls if path.endswith("/modify"))
    assert paths[:3] == ["lock/Datafile", "addNow/Datafile", "unlock/Datafile"]
    assert paths.count("commit") == paths.count("modify") > 0
    assert len(updates) == 500
    assert {tuple(operation) for operation in updates} == {("update",)}
    assert all(one["update"]["_id"] == one["update"]["doc"]["id"] for one in updates)
    printed = capsys.readouterr().out
    assert "times 32,000/s given" in printed
    assert "times 1,880/s given" in printed


def test_live_is_left_out_when_told(capsys: pytest.CaptureFixture[str]) -> None:
    with stub() as service:
        assert bench_indexing.main([*SMALL, "--live-seconds", "0", "--url", service.url]) == 0
        assert "modify" not in service.paths()
    assert "updates/s" not in capsys.readouterr().out


def test_processor_time_includes_processes_below() -> None:
    busy = "sum(range(10**7))"
    before = processor_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert processor_seconds(os.getpid()) > before


def test_the_process_behind_an_address_of_this_machine_is_found() -> None:
    with stub() as service:
        assert listening(service.url) == os.getpid()


def test_no_process_is_known_elsewhere() -> None:
    assert listening("http://search.example:8080") is None


def test_the_data_directory_is_weighed(tmp_path: Path) -> None:
    (tmp_path / "shard").mkdir()
    (tmp_path / "shard" / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    assert Service("A", "http://127.0.0.1", data=tmp_path).bytes_on_disk() == 8
    assert Service("A", "http://127.0.0.1").bytes_on_disk() is None


@pytest.mark.slow
def test_locust_runs_the_profiles() -> None:
    with stub() as service:
        command = [sys.executable, "-m", "locust", "-f", "load_tests/locustfile.py", "--headless"]
        # The stub's answers are no right ones for most.
        command += ["--exit-code-on-error", "0"]
        command += ["-u", "8", "-r", "8", "-t", "8s", "-H", service.url]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert "modify" in service.paths()
        assert {"datafile", "commit", "modify"} & set(service.paths())
        assert "Traceback" not in done.stderr
