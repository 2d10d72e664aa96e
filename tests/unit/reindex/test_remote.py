"""Filling a service elsewhere, over connections that end and with answers that are lost."""

import http.server
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

import pytest

from search_service.errors import CannotReindex, CannotSync
from search_service.reindex import remote
from search_service.reindex.run import ReindexOptions
from tests.support.indexed import datafiles
from tests.support.json_source import OpenJson

WANTED = ReindexOptions(("Datafile",), workers=2, least=50, pauses=(0.0, 0.0))
ROWS = 300


@dataclass
class Elsewhere:
    """A service as far as filling it goes; it ends each connection after an answer, untold."""

    url: str = ""
    status: int = 200  # of /status
    page: str = ""  # in place of each answer: another program
    abandons: bool = True
    locked: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    documents: int = 0
    waiting: int = 0  # additions that came, of a silent one
    losing: Callable[[str], bool] = lambda operation: False  # does it, and answers nothing
    refusing: Callable[[str], bool] = lambda operation: False
    busy: bool = False  # for additions
    silent: Event | None = None  # additions are not answered before it is set

    def answer(self, path: str, body: bytes) -> tuple[int, object]:
        if self.page:
            return self.status, self.page
        if path == "/status":
            return self.status, {"locked": dict.fromkeys(self.locked, "now"), "documents": {}}
        operation, entity = path.removeprefix("/icat.lucene/").partition("?")[0].split("/")
        if self.refusing(operation):
            return 400, {"message": f"{operation} is refused"}
        if operation == "addNow" and self.busy:
            return 503, {"message": "too much to do"}
        if operation == "addNow" and self.silent is not None:
            self.waiting += 1
            self.silent.wait()
        if operation == "abandon" and not self.abandons:
            return 501, {"message": "what is that?"}
        if operation == "lock" and entity in self.locked:
            return 406, {"message": f"Lucene already locked for {entity}"}
        if operation in ("unlock", "abandon") and entity not in self.locked:
            return 406, {"message": f"Lucene is not currently locked for {entity}"}
        match operation:
            case "lock":
                self.locked.add(entity)
            case "unlock" | "abandon":
                self.locked.discard(entity)
            case "addNow":
                self.documents += len(json.loads(body))
        self.done.append(operation)
        return 204, None


@contextmanager
def serving(elsewhere: Elsewhere) -> Iterator[Elsewhere]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content = elsewhere.answer(self.path, body)
            if elsewhere.losing(self.path.split("/")[2] if self.path.count("/") > 1 else ""):
                return
            answer = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        elsewhere.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield elsewhere
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def source(tmp_path: Path) -> OpenJson:
    source = OpenJson(tmp_path)
    source.write({"Datafile": datafiles(range(100, 100 + ROWS))})
    return source


def fill(elsewhere: Elsewhere, source: OpenJson, wanted: ReindexOptions = WANTED) -> dict[str, int]:
    return remote.fill(elsewhere.url, "", source, wanted, lambda lines: None)[0]


def once(wanted: str) -> Callable[[str], bool]:
    """True the first time that it is asked for an operation."""
    left = [wanted]

    def is_it(operation: str) -> bool:
        if operation in left:
            left.remove(operation)
            return True
        return False

    return is_it


def test_connections_that_end_between_operations_do_not_matter(source: OpenJson) -> None:
    with serving(Elsewhere()) as elsewhere:
        assert fill(elsewhere, source) == {"Datafile": ROWS}
    assert elsewhere.documents == ROWS
    assert elsewhere.locked == set()


@pytest.mark.parametrize("operation", ["addNow", "unlock"])
def test_what_is_safe_to_repeat_is_repeated_when_its_answer_is_lost(
    operation: str, source: OpenJson
) -> None:
    with serving(Elsewhere(losing=once(operation))) as elsewhere:
        assert fill(elsewhere, source) == {"Datafile": ROWS}
    assert elsewhere.locked == set()


def test_a_lock_whose_answer_is_lost_is_not_repeated_and_says_how_to_undo_it(
    source: OpenJson,
) -> None:
    with (
        serving(Elsewhere(losing=once("lock"))) as elsewhere,
        pytest.raises(CannotReindex, match=r"Datafile may be locked now: .* --cancel"),
    ):
        fill(elsewhere, source)
    assert elsewhere.done == ["lock"]


def test_a_population_that_fails_is_given_up(source: OpenJson) -> None:
    with (
        serving(Elsewhere(refusing=lambda operation: operation == "addNow")) as elsewhere,
        pytest.raises(CannotReindex, match="addNow is refused"),
    ):
        fill(elsewhere, source)
    assert elsewhere.done == ["lock", "abandon"]
    assert elsewhere.locked == set()


def test_where_it_cannot_be_given_up_the_log_says_what_to_do(
    source: OpenJson, caplog: pytest.LogCaptureFixture
) -> None:
    icat_lucene = Elsewhere(
        status=404, abandons=False, refusing=lambda operation: operation == "addNow"
    )
    with serving(icat_lucene) as elsewhere, pytest.raises(CannotReindex, match="addNow is refused"):
        fill(elsewhere, source)
    assert elsewhere.locked == {"Datafile"}
    assert "entity left locked" in caplog.text


def test_an_entity_that_is_locked_already_is_not_filled_and_can_be_freed(source: OpenJson) -> None:
    with serving(Elsewhere(locked={"Datafile", "Dataset"})) as elsewhere:
        with pytest.raises(
            CannotReindex, match=r"already locked for Datafile.*--cancel --entities"
        ):
            fill(elsewhere, source)
        assert elsewhere.done == []
        assert remote.cancel(elsewhere.url, ["Datafile", "Sample"]) == ["Datafile"]
        assert elsewhere.locked == {"Dataset"}
        assert fill(elsewhere, source) == {"Datafile": ROWS}


def test_giving_up_is_repeated_when_its_answer_is_lost() -> None:
    with serving(Elsewhere(losing=once("abandon"), locked={"Datafile"})) as elsewhere:
        assert remote.cancel(elsewhere.url, ["Datafile"]) == ["Datafile"]
    assert elsewhere.locked == set()


def test_icat_lucene_is_filled_too(source: OpenJson) -> None:
    with serving(Elsewhere(status=404)) as elsewhere:
        assert fill(elsewhere, source) == {"Datafile": ROWS}
        with pytest.raises(CannotReindex, match="does not say what is locked"):
            remote.cancel(elsewhere.url, ["Datafile"])


def test_another_program_is_not_filled(source: OpenJson) -> None:
    with serving(Elsewhere(page="It works!")) as elsewhere:
        with pytest.raises(CannotSync, match="not as this service does"):
            fill(elsewhere, source)
        with pytest.raises(CannotSync, match="not as this service does"):
            remote.cancel(elsewhere.url, ["Datafile"])


def test_a_service_that_refuses_its_status_is_not_taken_for_another(source: OpenJson) -> None:
    with (
        serving(Elsewhere(status=401, page="a token is needed")) as elsewhere,
        pytest.raises(CannotReindex, match="a token is needed"),
    ):
        remote.cancel(elsewhere.url, ["Datafile"])


def test_ctrl_c_does_not_wait_for_the_next_attempt(
    source: OpenJson, caplog: pytest.LogCaptureFixture
) -> None:
    def press_ctrl_c(lines: object) -> None:
        if "it is tried again" in caplog.text:
            raise KeyboardInterrupt

    wanted = replace(WANTED, pauses=(3_600.0,))
    with serving(Elsewhere(busy=True)) as elsewhere, pytest.raises(KeyboardInterrupt):
        remote.fill(elsewhere.url, "", source, wanted, press_ctrl_c)
    assert elsewhere.done == ["lock", "abandon"]


def test_ctrl_c_does_not_wait_for_a_service_that_says_nothing(source: OpenJson) -> None:
    def press_ctrl_c(lines: object) -> None:
        if elsewhere.waiting:
            raise KeyboardInterrupt

    silent = Event()
    with serving(Elsewhere(silent=silent)) as elsewhere:
        try:
            with pytest.raises(KeyboardInterrupt):
                remote.fill(elsewhere.url, "", source, WANTED, press_ctrl_c)
            assert elsewhere.done == ["lock", "abandon"]
        finally:
            silent.set()
