"""Kills a service at random moments amid something, starts it again, and compares.

What was acknowledged must be there, whole, once and in order; a request that was not answered was
done or was not. One data directory goes through all of it.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic

from search_service.engines.embedded.storage import generations
from tests.support.calling import Reply
from tests.support.disks import Disk
from tests.support.faults.catalogue import DATASETS, SETTINGS, Catalogue, Gone, Refused
from tests.support.faults.expected import ENTITIES, Expected
from tests.support.faults.kinds import Kind
from tests.support.faults.members import ENCODER, FORK_SERVER, WORKER, members
from tests.support.json_source import OpenJson
from tests.support.processes import is_alive, wait_for
from tests.support.serving import Served, serving

PATIENCE = 30.0
_FIRST_GUESS = 0.02  # seconds that something takes which was not measured yet
_MOST = 200  # moments until one is amid it


class Moments:
    """A service over a directory, and its catalogue."""

    def __init__(
        self, directory: Path, seed: int, settings: Mapping[str, object] | None = None
    ) -> None:
        """``settings``: beside those of the catalogue."""
        self.dice = random.Random(seed)
        source = directory / "source"
        source.mkdir()
        self.data = directory / "data"
        self._source = OpenJson(source)
        self.catalogue = Catalogue(self.data, self._source, self.dice)
        self._settings = {**SETTINGS, **(settings or {})}
        self._running = ExitStack()
        self.service: Served | None = None

    def start(self) -> Served:
        """The service, and what it must hold."""
        began = monotonic()
        self.service = self._running.enter_context(serving(self.data, self._settings))
        self._start_seconds = monotonic() - began
        self.catalogue.calls(self.service.url)
        return self.service

    def end(self, *allowed: str) -> None:
        """Of the service, as by an operator. Errors that it may have logged have these texts."""
        if self.service is not None:
            self.service.stop()
        self._closed(allowed)

    def ready(self) -> None:
        """With another directory, where a test before has failed."""
        if self.service is None:
            self._running.close()
            self.data = self.data.with_name(f"{self.data.name}-anew")
            self.catalogue = Catalogue(self.data, self._source, self.dice)
            self.start()
            self.catalogue.fill()

    def give_up(self) -> None:
        """The service, after a test that failed, and the directory."""
        self._running.close()

    def _closed(self, allowed: Sequence[str] = ()) -> None:
        self._running.close()
        service, self.service = self.service, None
        if service is None:
            return
        # Python's resource tracker, which outlives a killed service, says that it tidies up; one in
        # the place of another that was killed does not know what that one knew.
        defects = [
            line
            for line, after in zip(service.log, [*service.log[1:], ""], strict=True)
            if ("Traceback" in line and "resource_tracker" not in after)
            or (" error " in line and not any(text in line for text in allowed))
        ]
        assert not defects, "".join(service.log)

    def kill(self) -> None:
        """The service, as by the system."""
        assert self.service is not None
        self.service.process.kill()
        self.service.process.wait()

    # ── in flight ──────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def acting(self, kind: Kind) -> Iterator[Iterator[None]]:
        """Random moments amid things of the kind, which go on in the context, or until the end."""
        catalogue = self.catalogue
        ended = Event()
        with ThreadPoolExecutor(1) as thread:
            catalogue.awaited = kind.awaited
            catalogue.begun.clear()
            acting = thread.submit(_act, catalogue, kind, ended)
            try:
                yield self._moments(kind, acting)
            finally:
                catalogue.awaited = None
                ended.set()
                acting.result(PATIENCE)

    def _moments(self, kind: Kind, acting: "Future[None]") -> Iterator[None]:
        catalogue = self.catalogue
        for _ in range(_MOST):
            for _ in range(self.dice.randint(0, kind.passing) + 1):
                _wait_for(catalogue.begun, acting, kind)
                catalogue.begun.clear()
            usual = catalogue.seconds.get(kind.awaited, _FIRST_GUESS)
            Event().wait(self.dice.uniform(0, usual))
            yield
        raise AssertionError(f"it was over each time: {kind.awaited}")

    def is_in_flight(self, kind: Kind) -> bool:
        """Whether it is, while the service does nothing."""
        unanswered = self.catalogue.unanswered
        if kind.on_disk is not None:
            is_commit = unanswered is not None and unanswered.kind == "commit"
            return not is_commit and kind.on_disk(self.data)
        return unanswered is not None and unanswered.kind == kind.awaited

    def killed_in(self, kind: Kind) -> bool:
        """Kill the service amid it, start again and compare. Whether it was in flight."""
        assert self.service is not None
        pid = self.service.process.pid
        with self.acting(kind) as moments:
            for _ in moments:
                # Where it is just over, a kill would show nothing: the next one, then.
                os.kill(pid, signal.SIGSTOP)
                if self.is_in_flight(kind):
                    self.kill()
                    break
                os.kill(pid, signal.SIGCONT)
        was_in_flight = self.is_in_flight(kind)
        self._closed()  # of what it said, too
        self.start()
        self.compare()
        return was_in_flight

    def killed_in_start(self, kind: Kind) -> bool:
        """Kill the service amid it, and the next one amid its start. Whether it had not served."""
        with self.acting(kind) as moments:
            next(moments)
            self.kill()
        self._closed()
        said = self.data.with_name("start.log")
        options = [part for name, value in self._settings.items() for part in _set(name, value)]
        command = [sys.executable, "-m", "search_service", "serve", "--port=0"]
        with said.open("w") as log:
            process = subprocess.Popen([*command, f"--data={self.data}", *options], stderr=log)
            Event().wait(self.dice.uniform(0.3, 1.0) * self._start_seconds)
            had_served = " serving url=" in said.read_text()
            process.kill()
            process.wait()
        self.start()
        self.compare()
        return not had_served

    def without_room(self, kind: Kind, disk: Disk) -> str:
        """Leave no room on the disk amid it. The kind of request that is refused then.

        Afterwards there is room again, the service is killed, and compared when it has started.
        """
        catalogue = self.catalogue
        catalogue.is_on_full_disk = True
        with self.acting(kind) as moments:
            next(moments)
            disk.fill(but=self.dice.choice((0, 0, 4_096, 40_960)))
            wait_for(lambda: catalogue.refusal is not None, f"a refusal amid {kind.awaited}")
        disk.empty()
        refusal = catalogue.take_refusal()
        catalogue.is_on_full_disk = False
        assert refusal is not None
        assert refusal[1].content["code"] == "STORAGE_FAILED", refusal
        assert "Traceback" not in "".join(self.service.log if self.service else [])
        self.kill()
        self._closed(("error=STORAGE_FAILED", "no room", "cannot be written"))
        self.start()
        self.compare()
        return refusal[0]

    def killed_member(self, member: str, kind: Kind) -> Sequence[Reply]:
        """Kill a process of the service amid it. How requests of the kind were refused by that.

        They are sent again, and the service has to be as before.
        """
        assert self.service is not None
        pid, catalogue = self.service.process.pid, self.catalogue
        if not members(pid, member) and member != ENCODER:
            self._start_again(pid)
        catalogue.sent_again = kind.awaited
        with self.acting(kind) as moments:
            for _ in moments:
                os.kill(pid, signal.SIGSTOP)
                there = members(pid, member)
                if there and self.is_in_flight(kind):
                    # Workers end with the process that they were forked from.
                    victim = self.dice.choice(there)
                    ends = members(pid, WORKER) if member == FORK_SERVER else []
                    os.kill(victim, signal.SIGKILL)
                    os.kill(pid, signal.SIGCONT)
                    break
                os.kill(pid, signal.SIGCONT)
        refused, catalogue.refused, catalogue.sent_again = catalogue.refused, [], None
        self._wait_without({victim, *ends})
        catalogue.commit()
        self.compare()
        return refused

    def _start_again(self, service: int) -> None:
        """What starts workers, which is missed when one is to be started."""
        worker = members(service, WORKER)[0]
        os.kill(worker, signal.SIGKILL)
        self._wait_without({worker})

    def _wait_without(self, gone: set[int]) -> None:
        """For workers in place of those that were killed."""
        wait_for(lambda: not any(map(is_alive, gone)), "the end of what was killed")
        searches = self.catalogue.status()["searches"]
        wait_for(
            lambda: self.catalogue.status()["searches"]["idle"] == searches["size"],
            "workers in their place",
        )

    # ── afterwards ─────────────────────────────────────────────────────────────────────────────

    def compare(self) -> None:
        """Compare what the service holds with what it acknowledged, and make it orderly again."""
        catalogue = self.catalogue
        expected = self._one_of(catalogue)
        catalogue.unanswered = None
        catalogue.expected = expected
        self._compare_words()
        status = catalogue.status()
        assert (status["damaged"], status["waiting"], status["set_aside"]) == ({}, [], {}), status
        assert status["pending_operations"] == 0
        for entity in ENTITIES:
            assert status["documents"].get(entity, 0) == len(expected.documents[entity])
        if expected.building is not None:
            catalogue.give_up()
        if len(expected.kept) > 1:
            catalogue.drop_old()
        if not expected.documents["Dataset"]:
            catalogue.fill()
        assert catalogue.refused == []

    def _one_of(self, catalogue: Catalogue) -> Expected:
        """What the service holds: what was acknowledged, or with what was not answered."""
        found = {entity: catalogue.found(entity) for entity in ENTITIES}
        status = catalogue.status()
        states = [catalogue.expected]
        if catalogue.unanswered is not None:
            states.append(catalogue.unanswered.after)
        kept = set(generations.kept(self.data))
        possible = [
            state
            for state in states
            if state.documents == found
            and state.generation in (0, status["generation"])
            and (state.building is None) == (status["reindex"] is None)
        ]
        assert possible, _difference(states, found, status)
        expected = possible[0]
        assert kept <= set(expected.kept) | {number for each in states for number in each.kept}
        if catalogue.unanswered is None or catalogue.unanswered.kind != "drop-old":
            assert kept >= set(expected.kept)
        numbered = {n: documents for n, documents in expected.kept.items() if n in kept}
        return replace(expected, generation=status["generation"], kept=numbered)

    def _compare_words(self) -> None:
        """What datafiles repeat of their datasets is in the index, too."""
        documents = self.catalogue.expected.documents
        if not documents["Dataset"]:
            return
        dataset = self.dice.choice(DATASETS)
        name = documents["Dataset"][dataset]["name"]
        of_it = {i for i, each in documents["Datafile"].items() if each["dataset.id"] == dataset}
        assert self.catalogue.found_by_name_of_dataset(name) == of_it


def _act(catalogue: Catalogue, kind: Kind, ended: Event) -> None:
    with suppress(Gone):
        while not ended.is_set() and catalogue.refusal is None:
            try:
                kind.act(catalogue)
            except Refused:
                if not catalogue.is_on_full_disk:
                    raise


def _wait_for(begun: Event, acting: "Future[None]", kind: Kind) -> None:
    acting.add_done_callback(lambda _: begun.set())
    assert begun.wait(PATIENCE), f"it never came: {kind.awaited}"
    if acting.done():
        acting.result()
        raise AssertionError(f"the service has gone before {kind.awaited}")


def _difference(states: list[Expected], found: object, status: object) -> str:
    lines = [f"none of {len(states)} states; status: {status}"]
    for state in states:
        lines.append(f"generation {state.generation}, building: {state.building is not None}")
        assert isinstance(found, dict)
        for entity, documents in state.documents.items():
            there = found[entity]
            lost = sorted(set(documents) - set(there))
            more = sorted(set(there) - set(documents))
            both = set(documents) & set(there)
            other = {i: (documents[i], there[i]) for i in both if documents[i] != there[i]}
            some = dict(list(other.items())[:3])
            lines.append(f"{entity}: lost {lost}, more {more}, other {len(other)} as {some}")
    return "\n".join(lines)


def _set(name: str, value: object) -> tuple[str, str]:
    return "--set", f"{name}={value}"
