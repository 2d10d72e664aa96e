from pathlib import Path

import pytest

from search_service.errors import SourceRefused
from search_service.reindex.address import parse, shown
from search_service.reindex.open_source import open_source

SECRET = "s3cr@t/word"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://icat:secret@db/icat", "mysql://icat:***@db/icat"),
        ("mysql://icat@db:3306/icat", "mysql://icat@db:3306/icat"),
        ("mysql://icat:se:c@ret@db/icat", "mysql://icat:***@db/icat"),
        ("mysql://icat:se/c?r#et@db/icat", "mysql://icat:***@db/icat"),
        ("oracle://db/?user=icat&password=secret", "oracle://db/?user=icat&password=***"),
        ("sqlite:////data/catalogue.sqlite", "sqlite:////data/catalogue.sqlite"),
        ("/data/documents.jsonl.gz", "/data/documents.jsonl.gz"),
        ("nonsense", "nonsense"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, expected: str) -> None:
    assert shown(url) == expected


def test_the_password_of_the_address_goes_before_those_of_file_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICAT_SEARCH_SOURCE_PASSWORD", "from the environment")
    file = tmp_path / "password"
    file.write_text("from the file\n")
    assert parse("mysql://icat:own@db/icat", file).password == "own"
    assert parse("mysql://icat@db/icat", file).password == "from the file"
    assert parse("mysql://icat@db/icat").password == "from the environment"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("nonsense", "no address of a database", id="nothing-known"),
        pytest.param("mysql://icat:s3cret@db:port/x", "no address of a database", id="port"),
        pytest.param("mssql://icat:s3cret@db/icat", "not by mssql", id="database"),
        pytest.param("mysql+mysqldb://icat:s3cret@db/icat", "not by mysql", id="driver"),
        pytest.param("sqlite:////no/such/file", "unable to open", id="no-file"),
        pytest.param("/no/such/documents.jsonl", "No such file", id="no-lines"),
        pytest.param("mysql://icat:s3cret@127.0.0.1/icat?speed=9", "speed", id="option"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_a_sentence(url: str, words: str) -> None:
    with pytest.raises(SourceRefused, match=words) as raised:
        open_source(url)
    assert "s3cret" not in str(raised.value)


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"password file .*missing cannot be read: No such"):
        open_source("mysql://icat@db/icat", password_file=tmp_path / "missing")


def test_opening_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused):
        open_source(f"sqlite:///{tmp_path}/catalogue.sqlite")
    assert list(tmp_path.iterdir()) == []
