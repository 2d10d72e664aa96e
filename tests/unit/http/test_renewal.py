"""Files that are read again: when they change, at SIGHUP, and never by what is wrong with them."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from search_service.errors import EndsCommand
from search_service.http.renewal import renewing, stamp_of
from tests.support.processes import wait_for

OFTEN, NEVER = 0.01, 3_600.0


class Content:
    """Holds what is in a file, which must not be `wrong`."""

    what = "content"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = 0
        self.last_stamp = self.stamp()
        self.now = path.read_text()

    def stamp(self) -> object:
        return stamp_of([self.path])

    def renew(self) -> None:
        self.read += 1
        self.last_stamp = self.stamp()
        content = self.path.read_text()
        if content == "wrong":
            raise EndsCommand("it is wrong")
        self.now = content


@pytest.fixture
def content(tmp_path: Path) -> Content:
    path = tmp_path / "content"
    path.write_text("old")
    return Content(path)


def test_a_changed_file_is_read_again(content: Content) -> None:
    async def work() -> None:
        async with renewing([content], OFTEN):
            content.path.write_text("newer")
            await asyncio.to_thread(wait_for, lambda: content.now == "newer", "a renewal")

    asyncio.run(work())
    assert content.read == 1


def test_what_changes_between_its_reading_and_the_first_look_is_not_missed(
    content: Content,
) -> None:
    content.path.write_text("newer")

    async def work() -> None:
        async with renewing([content], OFTEN):
            await asyncio.to_thread(wait_for, lambda: content.now == "newer", "a renewal")

    asyncio.run(work())


def test_at_sighup_it_is_read_though_it_has_not_changed(content: Content) -> None:
    async def work() -> None:
        async with renewing([content], NEVER):
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.to_thread(wait_for, lambda: content.read == 1, "a renewal")

    asyncio.run(work())
    assert content.now == "old"


@pytest.mark.parametrize("change", ["wrong", None], ids=["wrong", "gone"])
def test_what_is_wrong_is_told_once_and_the_old_one_stays_until_it_is_right(
    content: Content, change: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with renewing([content], OFTEN):
            if change is None:
                content.path.unlink()
            else:
                content.path.write_text(change)
            await asyncio.to_thread(wait_for, lambda: content.read == 1, "a renewal")
            assert content.now == "old"
            content.path.write_text("right again")
            await asyncio.to_thread(wait_for, lambda: content.now == "right again", "a renewal")

    with caplog.at_level("INFO"):
        asyncio.run(work())
    assert caplog.messages == ["not renewed, what there was stays", "renewed"]


def test_one_that_is_wrong_keeps_no_other_from_being_renewed(
    content: Content, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("old")
    other = Content(tmp_path / "other")
    content.path.write_text("wrong")

    async def work() -> None:
        async with renewing([content, other], NEVER):
            other.path.write_text("newer")
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.to_thread(wait_for, lambda: other.now == "newer", "a renewal")

    asyncio.run(work())
    assert content.now == "old"


class Failing(Content):
    """One that the system gives no thread for, once."""

    def stamp(self) -> object:
        if self.read == 0 and hasattr(self, "now"):
            self.read += 1
            raise RuntimeError("can't start new thread")
        return super().stamp()


def test_whatever_fails_it_is_looked_at_again(
    content: Content, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing(content.path)

    async def work() -> None:
        async with renewing([failing], OFTEN):
            await asyncio.to_thread(wait_for, lambda: failing.read == 1, "a failure")
            content.path.write_text("newer")
            await asyncio.to_thread(wait_for, lambda: failing.now == "newer", "a renewal")

    asyncio.run(work())
    assert caplog.messages == ["not renewed, it is tried again"]


def test_sighup_is_as_before_without_items_and_afterwards(content: Content) -> None:
    before = signal.getsignal(signal.SIGHUP)

    async def work() -> None:
        async with renewing([]):
            assert signal.getsignal(signal.SIGHUP) is before
        async with renewing([content]):
            assert signal.getsignal(signal.SIGHUP) is not before

    asyncio.run(work())
    assert signal.getsignal(signal.SIGHUP) == before


def test_a_stamp_is_another_one_for_other_content_another_file_or_none(tmp_path: Path) -> None:
    file, other = tmp_path / "file", tmp_path / "other"
    stamps = [stamp_of([file])]
    file.write_text("content")
    stamps.append(stamp_of([file]))
    assert stamp_of([file]) == stamps[-1]
    file.write_text("more content")
    stamps.append(stamp_of([file]))
    other.write_text("more content")
    other.replace(file)
    stamps.append(stamp_of([file]))
    assert all(stamps.count(stamp) == 1 for stamp in stamps)
