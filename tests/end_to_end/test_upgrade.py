"""A release, or settings, that need another index: it is built while the one before is served."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from tests.support.calling import Caller, Reply, create, delete, update
from tests.support.serving import DidNotStart, serving

pytestmark = pytest.mark.slow

DONE = Reply(204)
BEFORE = {"workers": 1, "writer_memory": 15, "path_separators": "/"}
NEXT = {**BEFORE, "path_separators": "/\\"}
Change = Callable[[dict[str, object]], None]


def run(settings: dict[str, object], *arguments: object, code: int = 0) -> Result:
    others = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    result = CliRunner().invoke(main, [*map(str, arguments), *others])
    assert result.exit_code == code, result.output
    return result


def indexed(data: Path) -> None:
    """Two documents, by a service that has ended."""
    with serving(data, BEFORE) as service:
        documents = {id_: {"id": id_, "name": f"file {id_}"} for id_ in (1, 2)}
        Caller(service.url).put({"Datafile": documents})
        assert service.stop() == 0


def rewrite(manifest: Path, change: Change) -> None:
    content = json.loads(manifest.read_bytes())
    change(content)
    manifest.write_text(json.dumps(content))


def test_the_release_before_serves_until_the_next_one_starts_with_all_changes(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    indexed(data)
    with serving(data, BEFORE) as service:
        caller = Caller(service.url)
        assert caller.modify(create("Datafile", 3, "waits for a commit")) == DONE
        built = run(NEXT, "upgrade", "--data", data, "--source", f"index:{data}", "--workers", "1")
        assert "generation 2 is ready" in built.output
        assert caller.modify(update("Datafile", 1, "changed"), delete("Datafile", 2)) == DONE
        caller.done("commit")
        assert caller.names("Datafile") == {1: "changed", 3: "waits for a commit"}
        assert caller.modify(create("Datafile", 4, "last")) == DONE
        assert service.stop() == 0
        assert not service.defects()
    expected = {1: "changed", 3: "waits for a commit", 4: "last"}
    with serving(data, NEXT) as service:
        caller = Caller(service.url)
        assert caller.names("Datafile") == expected
        assert caller.modify(create("Datafile", 5, "by the next release")) == DONE
        assert service.stop() == 0
        assert not service.defects()
    nothing = run(NEXT, "upgrade", "--data", data, "--source", f"index:{data}")
    assert "nothing to build" in nothing.output
    with pytest.raises(DidNotStart, match="icat-search rollback"), serving(data, BEFORE):
        pass
    assert "generation 1 is searched" in run(BEFORE, "rollback", "--yes", "--data", data).output
    with serving(data, BEFORE) as service:
        assert Caller(service.url).names("Datafile") == expected, "as it was when it was replaced"


def test_an_upgrade_is_given_up_and_the_release_before_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    indexed(data)
    with serving(data, BEFORE) as service:
        run(NEXT, "upgrade", "--data", data, "--source", f"index:{data}", "--workers", "1")
        again = run(NEXT, "upgrade", "--data", data, "--source", f"index:{data}", code=1)
        assert "has begun and not ended" in again.output
        assert "given up" in run(NEXT, "upgrade", "--cancel", "--data", data).output
        caller = Caller(service.url)
        caller.put({"Datafile": {3: {"id": 3, "name": "file 3"}}})
        assert sorted(caller.names("Datafile")) == [1, 2, 3]
        assert caller.status()["reindex"] is None
    with pytest.raises(DidNotStart, match="was written with"), serving(data, NEXT):
        pass


def test_an_index_of_another_schema_is_built_anew_without_a_service(tmp_path: Path) -> None:
    data = tmp_path / "data"
    indexed(data)
    manifest = data / "generations" / "000001" / "manifest.json"
    rewrite(manifest, lambda content: content.update(fingerprint="of the release before"))
    refused = pytest.raises(DidNotStart, match="another schema or text analysis")
    with refused, serving(data, BEFORE):
        pass
    run(BEFORE, "upgrade", "--data", data, "--source", f"index:{data}", "--workers", "1")
    with serving(data, BEFORE) as service:
        assert Caller(service.url).names("Datafile") == {1: "file 1", 2: "file 2"}
    assert "1 " in run(BEFORE, "generations", "--data", data).output


def test_an_index_of_a_later_format_is_refused_and_left_from_by_a_rollback(tmp_path: Path) -> None:
    data = tmp_path / "data"
    indexed(data)
    run(BEFORE, "reindex", "--data", data, "--source", f"index:{data}", "--workers", "1")

    def later(content: dict[str, object]) -> None:
        content.update(format=99, checksum="of other content", layout="unheard of")
        for name in ("settings", "shards", "ids in a shard"):
            del content[name]

    manifest = data / "generations" / "000002" / "manifest.json"
    rewrite(manifest, later)
    content = manifest.read_bytes()
    refused = pytest.raises(DidNotStart, match="format 99 of the data directory")
    with refused, serving(data, BEFORE):
        pass
    assert manifest.read_bytes() == content
    assert "generation 1 is searched" in run(BEFORE, "rollback", "--yes", "--data", data).output
    assert manifest.read_bytes() == content, "the later release can be gone back to"
    with serving(data, BEFORE) as service:
        assert Caller(service.url).names("Datafile") == {1: "file 1", 2: "file 2"}
