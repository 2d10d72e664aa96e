"""Toy handlers for search workers: importable, so that a worker process can make them."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Any

from search_service.errors import BadRequest
from search_service.request_context import CURRENT
from search_service.workers.answers import PUBLIC_UNTIL, Answer
from search_service.workers.frames import Head


@dataclass(frozen=True)
class ToyView:
    version: int
    text: str


class Toy:
    """Does what the question says."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.answered = 0
        self.grown: list[bytearray] = []

    def close(self) -> None: ...

    def see(self, view: ToyView) -> None:
        self.seen.append(view.text)

    def answer(self, question: Head, body: bytearray) -> Answer:
        match question:
            case ("echo", *_):
                return Answer(body=bytes(body), facts={"hits": len(body)})
            case ("sleep", seconds, *_):
                time.sleep(seconds)
            case ("spin", seconds):
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    pass
            case ("die",):
                os.kill(os.getpid(), signal.SIGKILL)
            case ("take", size):
                bytearray(size)
            case ("grow", size):
                self.grown.append(bytearray(size))
            case ("abort",):
                os.abort()  # as the engine does where there is no memory
            case ("refuse", sentence):
                raise BadRequest(sentence)
            case ("stumble",):
                raise ZeroDivisionError("a secret of the service")
            case ("public", until, _):
                self.answered += 1
                return Answer(body=b"%d" % self.answered, facts={PUBLIC_UNTIL: until})
            case ("whose",):
                context = CURRENT.get()
                return Answer(body=b"" if context is None else context.request_id.encode())
            case ("seen",):
                return Answer(body=",".join(self.seen).encode())
            case ("large", size):
                return Answer(body=b"x" * size)
        return Answer(body=str(os.getpid()).encode())


def make_toy() -> Toy:
    return Toy()


def make_nothing() -> Any:
    raise ValueError("the data directory is of another version")


def die_at_start() -> Any:
    os._exit(3)


@dataclass(frozen=True)
class MakeOnceBroken:
    """Cannot be made while the file is there."""

    path: str

    def __call__(self) -> Toy:
        if os.path.exists(self.path):
            raise ValueError("broken for now")
        return Toy()


@dataclass(frozen=True)
class MakeOnceStill:
    """Stands still while the file is there, which it removes before."""

    path: str

    def __call__(self) -> Toy:
        if os.path.exists(self.path):
            os.unlink(self.path)
            os.kill(os.getpid(), signal.SIGSTOP)
        return Toy()
