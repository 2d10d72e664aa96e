"""What becomes of the keys of icat.lucene's configuration."""

import re
from pathlib import Path

import pytest

from search_service.changeover.run_properties import NotTranslatable, Translated, translated


def keys_of(tmp_path: Path, text: str, **environment: str) -> dict[str, Translated]:
    file = tmp_path / "run.properties"
    file.write_text(text, encoding="latin-1")
    return {one.key: one for one in translated(file, environment)}


@pytest.mark.parametrize(
    ("line", "setting", "value"),
    [
        pytest.param("commitSeconds = 30", "commit_seconds", 30, id="seconds"),
        pytest.param("maxSearchTimeSeconds:7", "search_seconds", 7, id="a-colon"),
        pytest.param("ip 10.1.2.3/16", "allowed_addresses", ["10.1.0.0/16"], id="bits-beyond"),
        pytest.param(
            "ip = 127.0.0.1/32 \\\n  0:0:0:0:0:0:0:1/128",
            "allowed_addresses",
            ["127.0.0.1/32", "::1/128"],
            id="a-line-that-goes-on",
        ),
        pytest.param("ip = 10.0.0.1", "allowed_addresses", ["10.0.0.1/32"], id="no-mask"),
        pytest.param("units=\\u2103: degC", "units", "℃: degC", id="a-sign-by-its-number"),
        pytest.param("units=J\\: eV 2", "units", "J: eV 2", id="an-escaped-colon"),
        pytest.param(
            "facetFields = type.name no.field", "facet_fields", ["type.name"], id="unknown-field"
        ),
    ],
)
def test_a_key_becomes_a_setting(line: str, setting: str, value: object, tmp_path: Path) -> None:
    found = keys_of(tmp_path, line)[re.split("[ =:]", line)[0]]
    assert (found.setting, found.ours) == (setting, value)


@pytest.mark.parametrize("line", ["aggregateFiles = true", "maxShardSize = 9", "other\\ key = 1"])
def test_what_has_no_equal_says_why(line: str, tmp_path: Path) -> None:
    for found in keys_of(tmp_path, f"commitSeconds = 0\n{line}").values():
        assert found.remark or found.setting == "commit_seconds"


def test_a_directory_is_not_taken_over_and_its_variables_are_read(tmp_path: Path) -> None:
    found = keys_of(tmp_path, "directory = ${HOME}/data/$NOT", HOME="/home/icat")["directory"]
    assert found.setting is None
    assert found.remark.startswith("/home/icat/data/ holds files of Lucene")


def test_a_remark_and_a_line_that_is_switched_off_are_no_keys(tmp_path: Path) -> None:
    found = keys_of(tmp_path, "# a\n!commitSeconds = x\nunits = K: kelvin\nfacetFields = type.name")
    assert list(found) == ["units", "facetFields"]


def test_what_is_not_in_the_file_is_as_icat_lucene_takes_it(tmp_path: Path) -> None:
    found = keys_of(tmp_path, "commitSeconds = 0")
    assert (found["units"].ours, found["facetFields"].ours) == ("", ())
    assert "not in the file" in found["units"].remark


def test_a_name_of_a_host_becomes_its_addresses(tmp_path: Path) -> None:
    found = keys_of(tmp_path, "ip = localhost 10.0.0.0/8")["ip"]
    assert isinstance(found.ours, list)
    assert {"10.0.0.0/8"} < set(found.ours) <= {"10.0.0.0/8", "127.0.0.1/32", "::1/128"}
    assert found.remark.startswith("localhost: names are not allowed here")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("a = 1", "no configuration of icat.lucene", id="others"),
        pytest.param("", "no configuration of icat.lucene", id="empty"),
        pytest.param("lucene.url = http://h", "run.properties of icat.server", id="server"),
        pytest.param("ip = \0", "no file of properties", id="binary"),
        pytest.param("ip = \\u12", "no file of properties", id="half-a-number"),
        pytest.param("commitSeconds = soon", "commitSeconds = 'soon'", id="no-number"),
        pytest.param("ip = localhost/8", "a name of a host has no mask", id="name-and-mask"),
        pytest.param("ip = no..host", "no address of no..host is known", id="no-host"),
        pytest.param("ip = 10.0.0.1/99", "ip = '10.0.0.1/99'", id="no-network"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NotTranslatable, match=why):
        keys_of(tmp_path, text)
