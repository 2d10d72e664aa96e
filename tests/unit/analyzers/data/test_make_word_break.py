"""The table of characters, from the Unicode database."""

from pathlib import Path

import pytest

from analyzers.data.make_word_break import classes, ranges

DATABASE = {
    "Scripts.txt": "6771 ; Han # CJK\n3072..3073 ; Hiragana\n",
    "LineBreak.txt": "0E01;SA\n0E31;SA\n0041;AL\n",
    "auxiliary/WordBreakProperty.txt": "0041..0043 ; ALetter\n2139 ; ALetter\n0E31 ; Extend\n"
    + "".join(
        f"{point:04X} ; {value}\n"
        for point, value in enumerate(
            "Hebrew_Letter Numeric Katakana ExtendNumLet Format ZWJ MidLetter MidNum MidNumLet "
            "Single_Quote Double_Quote Regional_Indicator".split(),
            start=0xF000,
        )
    ),
    "emoji/emoji-data.txt": "2139 ; Extended_Pictographic\n2603 ; Extended_Pictographic\n"
    "1F44D ; Emoji_Modifier_Base\n1F3FB ; Emoji_Modifier\n0023 ; Emoji\n",
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    for name, content in DATABASE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("character", "letter"),
    [
        ("A", "L"),
        ("ℹ", "l"),
        ("東", "I"),
        ("ひ", "i"),
        ("ก", "T"),
        ("\u0e31", "t"),
        ("☃", "P"),
        ("👍", "B"),
        ("🏻", "M"),
        ("#", "c"),
        ("\ufe0f", "V"),
    ],
)
def test_a_character_plays_its_part(database: Path, character: str, letter: str) -> None:
    assert classes(database)[ord(character)] == letter


def test_neighbours_of_one_part_are_one_row() -> None:
    rows = list(ranges({1: "L", 2: "L", 3: "N", 5: "N", 6: "N"}))
    assert rows == [(1, 2, "L"), (3, 3, "N"), (5, 6, "N")]
