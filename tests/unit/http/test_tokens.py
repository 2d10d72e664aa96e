import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from search_service.files import Unreadable
from search_service.http.tokens import LONGEST, TokenKind, TokenRefused, Tokens

OLD, NEW = "o" * 20, "n" * 64


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)
    return path


def readers(*files: Path) -> Tokens:
    return Tokens({TokenKind.READ: files})


def good(tokens: Tokens, asked: Sequence[str] = (OLD, NEW)) -> list[str]:
    return [token for token in asked if tokens.kinds(token)]


def test_several_are_good_at_a_time(tmp_path: Path) -> None:
    file = written(tmp_path / "tokens", "# until March", OLD, "", f"  {NEW}  ")
    assert good(readers(file)) == [OLD, NEW]
    assert good(readers(file), [OLD[:-1], f"{OLD}o", "", "# until March"]) == []


def test_one_in_files_of_several_kinds_is_good_for_each(tmp_path: Path) -> None:
    both, one = written(tmp_path / "both", OLD), written(tmp_path / "one", NEW)
    tokens = Tokens({TokenKind.READ: [both, one], TokenKind.OPERATE: [both]})
    assert tokens.kinds(OLD) == {TokenKind.READ, TokenKind.OPERATE}
    assert tokens.kinds(NEW) == {TokenKind.READ}
    assert tokens.kinds("x" * 20) == frozenset()


def test_a_directory_is_all_its_files(tmp_path: Path) -> None:
    # As a cluster of containers lays secrets out.
    (tmp_path / "..2026").mkdir()
    written(tmp_path / "..2026" / "first", OLD)
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "first").symlink_to("..data/first")
    tokens = readers(tmp_path)
    assert good(tokens) == [OLD]

    before = tokens.stamp()
    (tmp_path / "..2027").mkdir()
    written(tmp_path / "..2027" / "first", NEW)
    (tmp_path / "..data").unlink()
    (tmp_path / "..data").symlink_to("..2027")
    assert tokens.stamp() != before
    tokens.renew()
    assert good(tokens) == [NEW]


def test_a_file_that_is_gone_has_no_tokens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = written(tmp_path / "tokens", OLD)
    tokens = readers(file)
    before = tokens.stamp()
    file.unlink()
    assert tokens.stamp() != before
    tokens.renew()
    assert good(tokens) == []
    assert "a file of tokens is gone" in caplog.messages


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("short", id="short"),
        pytest.param("password with blanks", id="blanks"),
        pytest.param("x" * (LONGEST + 1), id="long"),
        pytest.param("ü" * 30, id="other-letters"),
    ],
)
def test_what_is_no_token_is_refused_unseen_and_changes_nothing(tmp_path: Path, line: str) -> None:
    file = written(tmp_path / "tokens", OLD)
    tokens = readers(file)
    written(file, NEW, line)
    with pytest.raises(TokenRefused, match="line 2") as refused:
        tokens.renew()
    assert line not in str(refused.value)
    assert good(tokens) == [OLD]
    with pytest.raises(TokenRefused):
        readers(file)


def test_a_file_in_place_of_a_directory_has_another_stamp(tmp_path: Path) -> None:
    directory = tmp_path / "tokens"
    directory.mkdir()
    written(directory / "one", OLD)
    tokens = readers(directory)
    directory.rename(tmp_path / "away")
    written(directory, NEW)
    assert tokens.stamp() != tokens.last_stamp
    tokens.renew()
    assert tokens.stamp() == tokens.last_stamp


def test_a_file_that_is_missing_at_the_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="there is no such file"):
        readers(tmp_path / "mistyped")


@pytest.mark.parametrize("content", [None, b"\xff\xff", b"short\n"], ids=["gone", "bytes", "short"])
@pytest.mark.parametrize("kind", TokenKind)
def test_what_cannot_be_used_is_told_with_the_setting_that_names_it(
    tmp_path: Path, kind: TokenKind, content: bytes | None
) -> None:
    file = tmp_path / "tokens"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(
        (Unreadable, TokenRefused), match=rf"tokens \(the setting {kind[:4]}\w*_token_files\)"
    ):
        Tokens({kind: [file]})


def test_a_file_for_everybody_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = written(tmp_path / "tokens", OLD)
    readers(file)
    assert caplog.messages == []
    file.chmod(0o640)
    with caplog.at_level(logging.WARNING):
        readers(file)
    assert caplog.messages == ["a file of tokens can be read by other users"]


def test_no_token_is_kept(tmp_path: Path) -> None:
    tokens = readers(written(tmp_path / "tokens", OLD))
    assert OLD not in repr(vars(tokens))
