"""A text as people type or paste it."""

from contextlib import nullcontext, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import LimitExceeded, UnreadableText
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.parsed import Match, MatchWildcard, ParsedBool
from search_service.query.text.classify import (
    Doi,
    Extension,
    PastedPath,
    PlainWords,
    TypedText,
    read,
    split,
)
from search_service.query.text.pasted import Path, extension_in, path_in


def typed(text: str, limits: QueryLimits = DEFAULTS) -> TypedText:
    return read(text, lambda name: name in ("title", "name"), limits)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/dls/i22/a.nxs", "/dls/i22/a.nxs"),
        ('"/dls/i22/a.nxs"', "/dls/i22/a.nxs"),
        ("'/dls/my run/a.nxs'", "/dls/my run/a.nxs"),
        (r"/dls/my\ run/a.nxs", "/dls/my run/a.nxs"),
        ("//dls//i22//", "//dls//i22"),
        ("/dls/my run/a.nxs,", "/dls/my run/a.nxs"),
        ("/dls/i22/a.nxs.", "/dls/i22/a.nxs"),
        ("/dls/i22/a.nxs'", "/dls/i22/a.nxs"),
        ("/data/[x]/a.nxs", "/data/[x]/a.nxs"),
        ("file:///dls/my%20run/a.nxs", "/dls/my run/a.nxs"),
        ("file:///C:/data/a.raw", "C:/data/a.raw"),
        ("file:/dls/a.nxs", "/dls/a.nxs"),
        (r"run 4\a.raw", r"run 4\a.raw"),
        ("file://server/share/a.raw", "//server/share/a.raw"),
        ("me@host:/dls/i22/a.nxs", "/dls/i22/a.nxs"),
        (r"C:\data\run 1\a.raw", r"C:\data\run 1\a.raw"),
        (r"Desktop\XRD (new)", r"Desktop\XRD (new)"),
        ("Sample Prep/batch (3)/scan 1.dat", "Sample Prep/batch (3)/scan 1.dat"),
        (r"\\server\share$\run 4" + "\\", r"\\server\share$\run 4"),
    ],
)
def test_a_pasted_path_is_unwrapped(text: str, path: str) -> None:
    found = path_in(text)
    assert found is not None
    assert found.text == path


@pytest.mark.parametrize(
    "text", ["location:/dls", "/dls/*.nxs", "/", "10", "a b", "+/dls -x/y", "a/b AND c"]
)
def test_what_is_no_path(text: str) -> None:
    assert path_in(text) is None


def test_a_path_with_words_after_it_may_be_both() -> None:
    found = typed("/dls/i22 absorption")
    assert isinstance(found, PastedPath)
    assert found.path == Path("/dls/i22 absorption", is_sure=False)
    assert found.other == PlainWords(("/dls/i22", "absorption"))


def test_words_with_a_slash_are_words() -> None:
    assert typed("neutron and/or muon") == PlainWords(("neutron", "and/or", "muon"))


def test_an_extension_is_asked_for_in_three_ways() -> None:
    assert extension_in(".EDF") == extension_in("*.edf") == "edf"
    assert extension_in("edf") is None
    assert typed(".edf") == Extension("edf")


def test_a_doi_is_one_thing() -> None:
    assert typed("(doi: 10.5072/ABC.E.17)") == Doi("10.5072/abc.e.17")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("neutron powder", ("neutron", "powder")),
        ("Effect of strain (part 1 on spin", ("Effect", "of", "strain", "part", "1", "on", "spin")),
        ('Oxides: "new phases', ("Oxides", "new", "phases")),
        ("Spin order - new phases", ("Spin", "order", "new", "phases")),
        ("Strain: a study", ("Strain", "a", "study")),
        ("who looked at zeolites?", ("who", "looked", "at", "zeolites")),
        ("con\ufb01ned spin\u2010waves", ("confined", "spin-waves")),
        ("NOT", ("NOT",)),
        (".25 mm", ("0.25", "mm")),
        ("a::b", ("a::b",)),
        ("c!!", ("c",)),
        ("run [2].dat", ("run", "2].dat")),
        ("file(1", ("file(1",)),
        ("a (b", ("a", "b")),
        ("new: )", ("new",)),
        ("[x", ("x",)),
        ('"open', ("open",)),
        ("--x", ("-x",)),
        ("scan~1.5", ("scan~1.5",)),
        pytest.param("(" * 51 + "x", ("x",), id="deep-groups"),
    ],
)
def test_a_text_is_plain_words(text: str, words: tuple[str, ...]) -> None:
    assert typed(text) == PlainWords(words)


@pytest.mark.parametrize("text", ["", " ", "(", '"', "+", "-", "::", "(!)"])
def test_a_text_without_a_word_is_told(text: str) -> None:
    with pytest.raises(UnreadableText):
        typed(text)


def test_syntax_means_what_it_says() -> None:
    assert typed("title:spin") == Match("title", "spin")
    assert isinstance(typed("zeolite?"), MatchWildcard)
    assert isinstance(typed("+spin -order"), ParsedBool)
    assert typed("title: spin") == Match("title", "spin")


def test_a_pasted_page_is_plain_words() -> None:
    found = typed("spin! (order) " * 60)
    assert isinstance(found, PlainWords)
    assert found.is_long


def test_long_syntax_stays_syntax() -> None:
    text = " OR ".join(f"title:word{n}" for n in range(60))
    assert isinstance(typed(text), ParsedBool)


@given(st.text(st.sampled_from('ab1 /\\:.*?"()[]+-!~^&|é'), max_size=30))
def test_any_text_with_a_word_is_something(text: str) -> None:
    with nullcontext() if split(text) else suppress(UnreadableText):
        typed(text)


def test_an_article_is_plain_words_whatever_its_headings_are() -> None:
    article = "the oxide was measured " * 100 + "MATERIALS AND METHODS " + "again and again " * 100
    assert isinstance(found := typed(article), PlainWords)
    assert found.is_long
    broken = typed(" OR ".join(f"w{n}" for n in range(50)) + ' "')
    assert isinstance(broken, PlainWords)
    assert broken.is_long


LIMITS = QueryLimits(
    max_fuzzy_words=2, max_fuzzy_length=8, max_wildcard_words=2, max_text_words=100
)


@pytest.mark.parametrize(
    "text",
    [
        "see https://host.example.org/~user",
        "https://host.example.org/~user and ~ 5 mm, ~6 mm; a ~b c ~d e ~f",
        "a~b c~d e~f g~h",
    ],
)
def test_signs_of_a_pasted_text_are_never_too_many(text: str) -> None:
    assert isinstance(typed(text, LIMITS), PlainWords)


@pytest.mark.parametrize(
    "text",
    [
        "neutrons~1 neutron~ powder~2",
        "neutron~1 AND (powder~1 OR x~1)",
        "neutronscattering~2",
        "*tron *onic *ering",
        " OR ".join(["scan"] * 101),
    ],
)
def test_syntax_that_asks_for_too_much_is_refused(text: str) -> None:
    with pytest.raises(LimitExceeded):
        typed(text, LIMITS)
