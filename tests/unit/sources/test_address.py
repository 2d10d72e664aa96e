from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import SourceRefused
from search_service.masking import masked, masked_sentence
from search_service.sources.address import parse, scrubbed, shown
from search_service.sources.open import SourceAt, open_source

SECRET = "s3cr@t/word"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://icat:secret@db/icat", "mysql://icat:***@db/icat"),
        ("mysql://icat@db:3306/icat", "mysql://icat@db:3306/icat"),
        ("mysql://icat:se:c@ret@db/icat", "mysql://icat:***@db/icat"),
        ("mysql://icat:se/c?r#et@db/icat", "mysql://icat:***@db/icat"),
        ("mysql://search:p@ss:w/rd@db/icat", "mysql://search:***@db/icat"),
        ("mysql://search:p@ss:w/rd@[::1]:3306/icat", "mysql://search:***@[::1]:3306/icat"),
        ("mysql://search:p?x=1@db/icat?y=2", "mysql://search:***@db/icat?y=2"),
        ("mysql://search:p@s?s@db/icat", "mysql://search:***@db/icat"),
        ("mysql://search:p://s@db/icat", "mysql://search:***@db/icat"),
        ("mysql://search:p s\nq@db/icat", "mysql://search:***@db/icat"),
        ("mysql://sea/rch:pass@db/icat", "mysql://***@db/icat"),
        ("mysql://search;p@ss@db/icat", "mysql://***@db/icat"),
        ("mysql://search:s3cret", "mysql://search:***"),
        ("mysql://search:s3cret/icat", "mysql://search:***"),
        ("mysql://db:3306/icat", "mysql://db:3306/icat"),
        ("mysql://[::1]:3306/icat", "mysql://[::1]:3306/icat"),
        ("mysql:/search:s3cret@db/icat", "***@db/icat"),
        ("search:s3@cret@db/icat", "***@db/icat"),
        ("oracle://db/?user=icat&password=s3@cr#et", "oracle://db/?user=icat&password=***"),
        ("postgresql://icat@db/icat?sslpassword=a&b", "postgresql://icat@db/icat?sslpassword=***"),
        ("sqlite:////data/a@b.sqlite", "sqlite:////data/a@b.sqlite"),
        ("https://me:s3cret@search.example.org", "https://me:***@search.example.org"),
        ("oracle://db/?user=icat&password=secret", "oracle://db/?user=icat&password=***"),
        ("sqlite:////data/catalogue.sqlite", "sqlite:////data/catalogue.sqlite"),
        ("/data/documents.jsonl.gz", "/data/documents.jsonl.gz"),
        ("nonsense", "nonsense"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, expected: str) -> None:
    assert masked(url) == expected


PASSWORDS = st.text(st.sampled_from("ab1@:/?#%&=+ []"), min_size=1, max_size=12)


@given(PASSWORDS)
def test_a_password_of_any_signs_is_read_or_refused_and_not_shown(signs: str) -> None:
    password = f"S3{signs}CR"
    url = f"mysql://search:{password}@db.example.org:3306/icat"
    before, question, _ = signs.partition("?")
    if question and "@" in before:
        with pytest.raises(SourceRefused) as refused:
            parse(url)
        assert "S3" not in str(refused.value)
        assert "CR" not in str(refused.value)
        return
    parsed = parse(url)
    assert (parsed.username, parsed.host, parsed.port) == ("search", "db.example.org", 3306)
    assert parsed.password == unquote(password)
    assert shown(parsed) == "mysql+pymysql://search:***@db.example.org:3306/icat"
    assert masked(url) == "mysql://search:***@db.example.org:3306/icat"
    assert " " in signs or "S3" not in masked_sentence(f"see {url}")
    said = f"denied: {parsed.password} {quote(parsed.password or '', safe='')}"
    assert "S3" not in scrubbed(said, parsed)


def test_options_may_hold_the_sign_that_ends_a_password() -> None:
    parsed = parse("oracle://db/?user=icat&password=s3@cret")
    assert parsed.query["password"] == "s3@cret"
    assert "s3" not in shown(parsed)
    with pytest.raises(SourceRefused, match="write those within the password or the options"):
        parse("mysql://icat:s3cret@db/icat?ssl_ca=/etc/a@b.pem")


def test_an_address_is_not_told_by_those_who_hold_it() -> None:
    assert "s3cret" not in repr(SourceAt("mysql://icat:s3cret@db/icat"))


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
    with pytest.raises(
        SourceRefused,
        match=r"password file .*missing cannot be read: No such.*source_password_file",
    ):
        open_source("mysql://icat@db/icat", password_file=tmp_path / "missing")


def test_opening_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused):
        open_source(f"sqlite:///{tmp_path}/catalogue.sqlite")
    assert list(tmp_path.iterdir()) == []
