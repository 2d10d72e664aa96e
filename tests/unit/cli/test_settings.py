"""The command that translates icat.lucene's configuration."""

from pathlib import Path

from click.testing import CliRunner, Result

from search_service.cli.main import main
from search_service.settings.load import load

EXAMPLE = """\
directory      = ${HOME}/data/search
commitSeconds  = 60
maxShardSize   = 2147483519
ip             = 127.0.0.1/32
maxSearchTimeSeconds = 7
!units          = J: eV 1.602176634e-19; \\u2103: celsius, degC; K: kelvin
facetFields    = datafileFormat.name instrument.name sample.type.name stringValue type.name
aggregateFiles = false
"""


def settings(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["settings", *map(str, arguments)])


def test_what_is_written_is_a_settings_file_with_the_same_values(tmp_path: Path) -> None:
    file, ours = tmp_path / "run.properties", tmp_path / "search.toml"
    file.write_text(EXAMPLE)
    assert settings("--from", file, "--output", ours).exit_code == 0
    found = load(ours, {}, {}).settings
    assert (found.commit_seconds, found.search_seconds) == (60, 7)
    assert "instrument.name" in found.facet_fields
    assert settings("--from", file).output == ours.read_text()


def test_every_key_is_named_in_it(tmp_path: Path) -> None:
    file = tmp_path / "run.properties"
    file.write_text(EXAMPLE)
    text = settings("--from", file).output
    for name in ("directory", "maxShardSize", "aggregateFiles", "matching"):
        assert f"# {name}" in text


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "run.properties"
    file.write_text(EXAMPLE)
    result = settings("--from", file, "--output", file)
    assert result.exit_code == 1
    assert file.read_text() == EXAMPLE


def test_what_cannot_be_translated_ends_it_with_a_sentence(tmp_path: Path) -> None:
    assert settings("--from", tmp_path / "none").exit_code == 1
    assert settings("--from", tmp_path).exit_code == 1
    file = tmp_path / "run.properties"
    file.write_text("units = ; : x")
    refused = settings("--from", file)
    assert (refused.exit_code, f"({file})" in refused.stderr) == (2, True)
