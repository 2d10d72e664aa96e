"""Toy handlers for search workers: importable, so that a worker process can make them."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Any

from search_service.errors import BadRequest
from search_service.workers.answers import Answer
from search_service.workers.frames import Head


@dataclass(frozen=True)
class ToyView:
    version: int
    text: str


class Toy:
    """Does what the question says."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def close(self) -> None: ...

    def see(self, view: ToyView) -> None:
        self.seen.append(view.text)

    def answer(self, question: Head, body: bytearray) -> Answer:
        match question:
            case ("echo",):
                return Answer(body=bytes(body), facts={"hits": len(body)})
            case ("sleep", seconds):
                time.sleep(seconds)
            case ("spin", seconds):
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    pass
            case ("die",):
                os.kill(os.getpid(), signal.SIGKILL)
            case ("refuse", sentence):
                raise BadRequest(sentence)
            case ("stumble",):
                raise ZeroDivisionError("a secret of the service")
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
