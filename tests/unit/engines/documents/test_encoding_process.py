import os
import signal
from collections.abc import Iterator

import pytest

from search_service.engines.documents.encoding_process import Block, Encode, EncodingProcess
from tests.support.processes import descendants, is_alive, wait_for

pytestmark = pytest.mark.slow


class Codec:
    """Encodes names; without one it raises, and one is the end of the process."""

    def encoder(self, entity: str) -> Encode:
        return lambda id_, document: f"{entity} {id_} {self._name(document['name'])}"

    def _name(self, name: str) -> str:
        if name == "the end":
            os._exit(1)
        return name


@pytest.fixture
def process() -> Iterator[EncodingProcess]:
    found = EncodingProcess(Codec(), 0)
    yield found
    found.end()


def block(*documents: dict[str, str]) -> Block:
    return Block.of("Dataset", list(enumerate(documents)))


def test_a_line_for_each_document(process: EncodingProcess) -> None:
    assert process.lines(block({"name": "a"}, {"name": "b"})) == ["Dataset 0 a", "Dataset 1 b"]
    assert process.lines(block({"name": "c"})) == ["Dataset 0 c"]


def test_what_encoding_raises_is_raised_with_its_place_and_the_process_goes_on(
    process: EncodingProcess,
) -> None:
    with pytest.raises(KeyError, match="name") as failure:
        process.lines(block({}))
    assert "in _encoded" in failure.value.__notes__[0]
    assert process.lines(block({"name": "a"})) == ["Dataset 0 a"]


def test_one_that_ends_or_has_ended_is_an_error_of_the_system(process: EncodingProcess) -> None:
    with pytest.raises(ChildProcessError, match="ended before it answered"):
        process.lines(block({"name": "the end"}))
    with pytest.raises((BrokenPipeError, ConnectionResetError, ChildProcessError)):
        process.lines(block({"name": "a"}))


def test_one_that_stands_still_can_be_ended() -> None:
    before = descendants(os.getpid())
    process = EncodingProcess(Codec(), 0)
    process.lines(block({"name": "a"}))
    pid = max(descendants(os.getpid()) - before)
    os.kill(pid, signal.SIGSTOP)
    process.end()
    wait_for(lambda: not is_alive(pid), "its end")
