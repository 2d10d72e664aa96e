"""Words and phrases that mean the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.chain import text_words
from analyzers.synonyms import BUILTIN, Match, SynonymError, Synonyms

SMALL = Synonyms.parse(
    """
    # metals
    iron, Fe
    NPD, neutron powder diffraction
    small angle scattering, SAS
    small angle x-ray scattering, SAXS
    aluminium => aluminium, Al
    typo => type
    """
)


def found(text: str, synonyms: Synonyms = SMALL) -> list[tuple[str, set[str]]]:
    """What was matched, and its alternatives."""
    words = text_words(text)
    return [
        (
            " ".join(filter(None, words[match.start : match.end])),
            set(map(" ".join, match.alternatives)),
        )
        for match in synonyms.matches(words)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("glass", [], id="none"),
        pytest.param("", [], id="nothing"),
        pytest.param("Irons", [("iron", {"iron", "fe"})], id="by-the-stem"),
        pytest.param("Fe iron", [("fe", {"iron", "fe"}), ("iron", {"iron", "fe"})], id="each"),
        pytest.param(
            "a neutron powder diffractions study",
            [("neutron powder diffract", {"npd", "neutron powder diffract"})],
            id="several-words",
        ),
        pytest.param("neutron powder", [], id="not-the-beginning-alone"),
        pytest.param("powder diffraction", [], id="not-the-end-alone"),
        pytest.param(
            "small angle x-ray scattering",
            [("small angl x rai scatter", {"sax", "small angl x rai scatter"})],
            id="the-longest",
        ),
        pytest.param(
            "small angle of small angle scattering",
            [("small angl scatter", {"sa", "small angl scatter"})],
            id="begun-again",
        ),
        pytest.param(
            "neutron and powder the diffraction",
            [("neutron powder diffract", {"npd", "neutron powder diffract"})],
            id="over-stop-words",
        ),
        pytest.param("aluminium", [("aluminium", {"aluminium", "al"})], id="one-way"),
        pytest.param("Al", [], id="and-not-the-other"),
        pytest.param("typos", [("typo", {"type"})], id="replaced"),
    ],
)
def test_matches(text: str, expected: list[tuple[str, set[str]]]) -> None:
    assert found(text) == expected


def test_a_match_says_where_it_is_stop_words_included() -> None:
    matches = SMALL.matches(text_words("the neutron and powder diffraction by Fe"))
    assert [(match.start, match.end) for match in matches] == [(1, 5), (6, 7)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("pure glass", None, id="nothing-to-add"),
        pytest.param("the iron oxide", [("iron", 1), ("fe", 1), ("oxid", 2)], id="one-for-one"),
        pytest.param(
            "NPD of glass",
            [("npd", 0), ("neutron", 0), ("of", 1), ("powder", 1), ("glass", 2), ("diffract", 2)],
            id="the-text-stays-where-it-is",
        ),
        pytest.param(
            "neutron powder diffraction data",
            [("neutron", 0), ("npd", 0), ("powder", 1), ("diffract", 2), ("data", 3)],
            id="the-short-form-at-the-start",
        ),
        pytest.param(
            "typo here", [("typo", 0), ("type", 0), ("here", 1)], id="what-was-written-is-kept"
        ),
    ],
)
def test_words_are_stacked(text: str, tokens: list[tuple[str, int]] | None) -> None:
    assert SMALL.stacked(text_words(text)) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("pure glass", None, id="nothing-to-add"),
        pytest.param(
            "NPD of glass",
            [("npd", 0), ("neutron", 0), ("powder", 1), ("diffract", 2), ("of", 3), ("glass", 4)],
            id="the-text-makes-room",
        ),
        pytest.param(
            "the glass the Fe the glass",
            [("glass", 1), ("iron", 2), ("fe", 2), ("glass", 4)],
            id="the-gap-before-a-match-closes",
        ),
        pytest.param("typo here", [("type", 0), ("here", 1)], id="what-was-replaced-goes"),
    ],
)
def test_words_are_spread(text: str, tokens: list[tuple[str, int]] | None) -> None:
    assert SMALL.spread(text_words(text)) == tokens


def test_each_alternative_is_spread_to_places_of_its_own() -> None:
    synonyms = Synonyms.parse("GISAS, grazing SAS, grazing small scattering")
    assert synonyms.spread(["gisa", "data"]) == [
        ("gisa", 0),
        ("graze", 0),
        ("graze", 0),
        ("sa", 1),
        ("small", 2),
        ("scatter", 3),
        ("data", 4),
    ]


def test_a_phrase_in_several_lines_stands_for_all_that_they_say() -> None:
    synonyms = Synonyms.parse("cadmium, Cd\nCD, circular dichroism")
    assert found("cd", synonyms) == [("cd", {"cadmium", "cd", "circular dichroism"})]
    assert found("cadmium", synonyms) == [("cadmium", {"cadmium", "cd"})]


def test_a_backslash_keeps_a_comma() -> None:
    synonyms = Synonyms.parse(r"1\,2-ethanediol, glycol")
    assert synonyms.matches(text_words("1,2 ethanediol"))


def test_both_directions_of_an_arrow() -> None:
    synonyms = Synonyms.parse("a1, b1 => c1, d1")
    assert found("b1", synonyms) == [("b1", {"c1", "d1"})]
    assert found("c1", synonyms) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\niron", "own.txt, line 2: 'iron' has nothing that it is a synonym of"),
        ("iron,", "own.txt, line 1: an empty phrase"),
        ("iron, , Fe", "own.txt, line 1: an empty phrase"),
        ("=> Fe", "own.txt, line 1: an empty phrase"),
        ("a1 => b1 => c1", "own.txt, line 1: more than one '=>'"),
        ("iron, the", "own.txt, line 1: 'the' has no word to search for"),
        ("iron, +-", "own.txt, line 1: '+-' has no word to search for"),
    ],
)
def test_an_error_names_the_file_the_line_and_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(SynonymError) as raised:
        Synonyms.parse(text, name="own.txt")
    assert str(raised.value) == message


def test_files_are_read_together(tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("\ufeffiron, Fe\r\n# copper, Cu\r\n", encoding="utf-8")
    other.write_text("Prüfung, test\n", encoding="utf-8")
    synonyms = Synonyms.read([one, other])
    assert len(synonyms) == 4
    assert found("prüfung", synonyms) == [("prüfung", {"prüfung", "test"})]


def test_an_error_in_a_file_names_its_path(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("iron", encoding="utf-8")
    with pytest.raises(SynonymError, match=r"wrong\.txt, line 1"):
        Synonyms.read([wrong])


def test_no_rules_at_all_are_fine() -> None:
    assert Synonyms.parse("").stacked(["iron"]) is None


def test_the_digest_tells_rules_apart() -> None:
    digest = Synonyms.parse("iron, Fe").digest
    assert digest == Synonyms.parse("# again\niron ,  fe").digest
    assert digest != Synonyms.parse("iron, Fe\ncopper, Cu").digest
    assert digest != Synonyms.parse("iron => iron, Fe").digest
    assert len(digest) == 32


# The files that come with the package.

ELEMENTS = """
    H hydrogen He helium Li lithium Be beryllium B boron C carbon N nitrogen O oxygen F fluorine
    Ne neon Na sodium Al aluminium Al aluminum S sulphur S sulfur K potassium Fe iron As arsenic
    Ag silver In indium Sn tin Sb antimony I iodine Cs caesium Cs cesium W tungsten W wolfram
    Au gold Hg mercury Pb lead At astatine U uranium No nobelium Og oganesson
""".split()


@pytest.mark.parametrize(("symbol", "name"), list(zip(ELEMENTS[::2], ELEMENTS[1::2], strict=True)))
def test_elements_are_found_by_their_symbols(symbol: str, name: str) -> None:
    assert finds(symbol, name)
    assert finds(name, symbol)


def test_there_are_118_elements() -> None:
    data = Path(__file__).parents[3] / "analyzers" / "data" / BUILTIN[0]
    lines = [
        line
        for line in data.read_text(encoding="utf-8").splitlines()
        if "," in line and "#" not in line and "=>" not in line
    ]
    assert len(lines) == 118
    assert len({line.split(",")[-1].strip() for line in lines}) == 118


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ionise", "ionized"),
        ("colour", "coloring"),
        ("fibres", "fiber"),
        ("haemoglobin", "hemoglobin"),
        ("sulphates", "sulfate"),
        ("crystallised", "crystallized"),
        ("nanometre", "nanometers"),
        ("analysed", "analyzing"),
        ("ARPES", "angle-resolved photoemission spectroscopy"),
        ("NPD", "neutron powder diffraction"),
        ("WAXS", "wide angle X-ray scattering"),
        ("XANES", "NEXAFS"),
        ("reflectometry", "reflectivity"),
        ("protein crystallography", "MX"),
        ("µSR", "MuSR"),
        ("TEM", "electron microscopy"),
    ],
)
def test_finds_each_other(one: str, other: str) -> None:
    assert finds(one, other)
    assert finds(other, one)


def test_another_spelling_does_not_draw_in_the_bare_word() -> None:
    assert not finds("crystal", "crystallographer")
    assert found("crystals", Synonyms.builtin()) == []


def test_reading_the_built_in_files_happens_once() -> None:
    assert Synonyms.builtin() is Synonyms.builtin()


def finds(query: str, document: str) -> bool:
    """Whether one of the query's alternatives stands in the document as a phrase."""
    synonyms = Synonyms.builtin()
    words = text_words(document)
    placed = synonyms.stacked(words) or [(word, at) for at, word in enumerate(words)]
    asked = text_words(query)
    [match] = synonyms.matches(asked) or [Match(0, len(asked), (tuple(asked),))]
    return any(
        all((word, start + n) in placed for n, word in enumerate(phrase))
        for phrase in match.alternatives
        for start in range(len(words))
    )


vocabulary = [
    "iron",
    "fe",
    "neutron",
    "powder",
    "diffract",
    "npd",
    "small",
    "angl",
    "x",
    "rai",
    "scatter",
]
texts = st.lists(st.sampled_from([*vocabulary, "typo", "", "glass"]), max_size=12)


@given(texts)
def test_matches_lie_side_by_side_and_begin_and_end_with_words(words: list[str]) -> None:
    end = 0
    for match in SMALL.matches(words):
        assert end <= match.start < match.end <= len(words)
        assert words[match.start]
        assert words[match.end - 1]
        end = match.end


@given(texts)
def test_stacking_keeps_every_word_in_its_place(words: list[str]) -> None:
    tokens = SMALL.stacked(words)
    assert (tokens is None) == (not SMALL.matches(words))
    if tokens is not None:
        assert {(word, at) for at, word in enumerate(words) if word} <= set(tokens)
        assert len(set(tokens)) == len(tokens)
        assert [at for _, at in tokens] == sorted(at for _, at in tokens)


@given(texts)
def test_spreading_places_the_same_words(words: list[str]) -> None:
    stacked, spread = SMALL.stacked(words), SMALL.spread(words)
    if stacked is None or spread is None:
        assert stacked is spread
    else:
        assert {word for word, _ in spread} == {word for word, _ in stacked} - {"typo"}


@given(texts)
def test_matching_again_what_was_added_finds_nothing_new(words: list[str]) -> None:
    for match in SMALL.matches(words):
        for phrase in match.alternatives:
            for again in SMALL.matches(phrase):
                assert set(again.alternatives) == set(match.alternatives)
