"""Which limits are too low, and which one an error comes of."""

import errno
from pathlib import Path

import pytest

from search_service.system_limits import Needs, SystemLimits, of_this_process, reached, too_low

NEEDS = Needs(maps=40_000, files=600, address_space=5 << 30)


def system(root: Path, *, most: int, maps: int) -> Path:
    """A ``/proc`` that says so."""
    (root / "sys" / "vm").mkdir(parents=True)
    (root / "sys" / "vm" / "max_map_count").write_text(f"{most}\n")
    (root / "self").mkdir()
    (root / "self" / "maps").write_text("7f00-7f01 r--p\n" * maps)
    return root


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        pytest.param(SystemLimits(None, None, None), [], id="there-are-none"),
        pytest.param(SystemLimits(40_000, 600, 5 << 30), [], id="just-enough"),
        pytest.param(SystemLimits(39_999, 600, None), ["vm.max_map_count is 39,999"], id="maps"),
        pytest.param(
            SystemLimits(None, 599, None), ["RLIMIT_NOFILE allows 599 open files"], id="files"
        ),
        pytest.param(
            SystemLimits(None, None, 1 << 30), ["RLIMIT_AS allows 1,073,741,824"], id="space"
        ),
        pytest.param(
            SystemLimits(1, 2, 3),
            ["vm.max_map_count is 1", "RLIMIT_NOFILE allows 2", "RLIMIT_AS allows 3"],
            id="all",
        ),
    ],
)
def test_what_is_too_low_is_named(limits: SystemLimits, named: list[str]) -> None:
    sentences = too_low(NEEDS, limits)
    assert len(sentences) == len(named)
    for sentence, beginning in zip(sentences, named, strict=True):
        assert sentence.startswith(beginning)


def test_a_sentence_says_what_is_needed_and_what_to_do() -> None:
    (sentence,) = too_low(NEEDS, SystemLimits(30_000, None, None))
    assert "needs up to 40,000" in sentence
    assert "`sysctl -w vm.max_map_count=65536`" in sentence


def test_limits_are_read_from_the_system(tmp_path: Path) -> None:
    assert of_this_process(system(tmp_path, most=1234, maps=0)).maps == 1234


def test_a_system_without_that_limit_has_none(tmp_path: Path) -> None:
    assert of_this_process(tmp_path).maps is None


NO_MEMORY = ValueError("OpenReadError(IoError { io_error: Os { code: 12, kind: OutOfMemory } })")
NO_FILES = ValueError('Os { code: 24, kind: TooManyOpenFiles, message: "Too many open files" }')


@pytest.mark.parametrize(
    ("error", "maps", "named"),
    [
        pytest.param(NO_FILES, 0, "RLIMIT_NOFILE", id="files-says-the-engine"),
        pytest.param(OSError(errno.EMFILE, "x"), 0, "RLIMIT_NOFILE", id="files-says-the-system"),
        pytest.param(NO_MEMORY, 95, "vm.max_map_count, 100, is reached", id="maps"),
        pytest.param(OSError(errno.ENOMEM, "x"), 95, "vm.max_map_count", id="maps-by-number"),
        pytest.param(NO_MEMORY, 5, "memory", id="memory"),
        pytest.param(ValueError("code: 1234"), 95, None, id="another-number"),
        pytest.param(OSError(errno.ENOENT, "x"), 95, None, id="another-error"),
    ],
)
def test_the_limit_that_an_error_comes_of(
    tmp_path: Path, error: BaseException, maps: int, named: str | None
) -> None:
    found = reached(error, system(tmp_path, most=100, maps=maps))
    assert found is None if named is None else named in (found or "")
