"""The command that shows what becomes of a text."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analyzers.__main__ import main


def lines(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """What was printed: step and value."""
    printed = capsys.readouterr().out.splitlines()
    return [(line[:16].strip(), line[16:]) for line in printed]


def test_every_step_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["The foil's Fe"]) == 0
    assert lines(capsys) == [
        ("text", "The foil's Fe"),
        ("words", "The | foil's | Fe"),
        ("lower case", "the | foil | fe"),
        ("no stop words", "– | foil | fe"),
        ("stems", "– | foil | fe"),
        ("synonyms", "fe = iron | fe"),
        ("parts", "the | foil | fe"),
        ("or", "the | foil | s | fe"),
        ("path", "the foil's fe"),
        ("file name", "the foil's fe"),
        ("ancestors", "The foil's Fe"),
    ]


def test_the_parts_of_a_name_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    main(["XB07_0042.edf"])
    shown = dict(lines(capsys))
    assert shown["parts"] == "xb | 7 | 42 | edf"
    assert shown["found as"] == ".edf"


def test_a_path_is_taken_apart(capsys: pytest.CaptureFixture[str]) -> None:
    main([r"C:\Data\scan.NXS"])
    shown = dict(lines(capsys))
    assert shown["path"] == "c: | data | scan.nxs"
    assert shown["file name"] == "scan | nxs"
    assert shown["ancestors"] == r"C: | C:\Data | C:\Data\scan.NXS"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12.4 keV", "12.4 keV = 1.98669902616e-15 Joule"),
        ("-196.15celsius", "-196.15 celsius = 77.0 Kelvin"),
        ("3 m/s", "3 m/s = no conversion"),
    ],
)
def test_a_quantity_is_converted(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--", text])
    assert dict(lines(capsys))["in SI"] == shown


def test_several_texts_with_own_synonyms_and_units(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.txt"
    own.write_text("glass, silica", encoding="utf-8")
    assert main(["--synonyms", str(own), "--units", "m: ell 0.5", "glass", "3 ell"]) == 0
    shown = lines(capsys)
    assert ("synonyms", "glass = glass | silica") in shown
    assert ("in SI", "3 ell = 1.5 Metre") in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--synonyms", "/no/such/file", "x"], "/no/such/file"),
        (["--units", "furlong: f", "x"], "'furlong' is no SI unit"),
    ],
)
def test_what_cannot_be_read_is_told(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_without_a_text_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([])
    assert exit_.value.code == 2
    assert "usage: python -m analyzers" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_ends_it_without_a_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "analyzers", "iron foil"]
    with open(writing, "wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
