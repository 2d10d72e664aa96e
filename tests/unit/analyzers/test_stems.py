"""Stems of English words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.stems import stem

# Most examples are those of Porter's paper.
STEMS = {
    "plural": "caresses caress, ponies poni, caress caress, cats cat, gas ga, nxs nx",
    "past and gerund": """
        feed feed, agreed agre, plastered plaster, bled bled, motoring motor, sing sing,
        conflated conflat, troubled troubl, sized size, hopping hop, tanned tan, falling fall,
        hissing hiss, fizzed fizz, failing fail, filing file, trekking trek
    """,
    "y": "happy happi, sky sky, study studi, play plai, x-ray x-rai",
    "double suffixes": """
        relational relat, conditional condit, rational ration, valency valenc, digitizer digit,
        conformably conform, radically radic, differently differ, vilely vile, analogously analog,
        vietnamization vietnam, predication predic, operator oper, feudalism feudal,
        decisiveness decis, hopefulness hope, callousness callous, formality formal,
        sensitivity sensit, sensibility sensibl, topology topolog, geology geologi
    """,
    "-ic-, -full, -ness": """
        triplicate triplic, formative form, formalize formal, electricity electr,
        electrical electr, hopeful hope, goodness good
    """,
    "-ant, -ence": """
        revival reviv, allowance allow, inference infer, airliner airlin, gyroscopic gyroscop,
        adjustable adjust, defensible defens, irritant irrit, replacement replac,
        adjustment adjust, dependent depend, adoption adopt, communism commun, activate activ,
        angularity angular, homologous homolog, effective effect, bowdlerize bowdler
    """,
    "tidying up": "probate probat, rate rate, cease ceas, controlling control, rolling roll",
    "of a catalogue": """
        scattering scatter, scattered scatter, neutrons neutron, measurements measur,
        crystallography crystallographi, spectroscopies spectroscopi, ionisation ionis,
        ionize ioniz, iron iron, analyses analys, x x, fe fe, as as
    """,
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param(*pair.split(), id=f"{rule}: {pair.split()[0]}")
        for rule, pairs in STEMS.items()
        for pair in pairs.split(",")
    ],
)
def test_the_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize(
    "word", ["", "a", "is", "as", "88317", "scan_0001", "röntgenstrahlung", "東"]
)
def test_is_its_own_stem(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(
    ("word", "expected"),
    [("xb07_absorption", "xb07_absorpt"), ("naïvely", "naïv"), ("überprüfungen", "überprüfungen")],
)
def test_what_is_no_vowel_of_english_counts_as_a_consonant(word: str, expected: str) -> None:
    assert stem(word) == expected


@given(st.text(st.sampled_from("aeiouybcdlmnrstz1é"), max_size=14))
def test_a_stem_is_never_longer_and_never_empty(word: str) -> None:
    assert len(stem(word)) <= len(word)
    assert bool(stem(word)) == bool(word)


@given(st.text(st.sampled_from("aeiouylnst"), min_size=1, max_size=10))
def test_a_plural_has_the_stem_of_its_singular(word: str) -> None:
    singular = word + "k"
    assert stem(singular + "s") == stem(singular)
