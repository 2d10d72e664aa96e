"""Markup that text is pasted with."""

import pytest

from search_service.query.text.classify import PlainWords, read
from search_service.query.text.markup import without_markup


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Fe<sub>3</sub>O<sub>4</sub>", "Fe3O4"),
        ("<i>In situ</i> growth<br/>of ice", "In situ growth of ice"),
        ("<jats:p>R&amp;D of <jats:sub>2</jats:sub></jats:p>", " R&D of 2 "),
        (r"La$_{2-x}$Sr$_x$CuO$_4$", "La2-xSrxCuO4"),
        (r"$\mathrm{Fe}_3\mathrm{O}_4$ films", "Fe3O4 films"),
        (r"$\gamma$-Al$_2$O$_3$", "γ-Al2O3"),
        ("1.5 x 10^13 n/cm2", "1.5e13 n/cm2"),
        (r"$1.5 \times 10^{-3}$ Pa", "1.5e-3 Pa"),
        (r"\ce{H2O} \textit{in operando}", "H2O in operando"),
    ],
)
def test_text_is_read_as_it_was_shown(text: str, shown: str) -> None:
    assert without_markup(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        r"\\server\share$\run_4\data$\a.raw",
        r"C:\textit{a}\b.raw",
        "<https://doi.org/10.5072/A.1>",
        "name:{a TO b} AND size<5 AND size>2",
        "a < b and c > d",
        "5 $ and 6 $",
        "R&D; Q&A",
        "a && b; c",
        "strain^10 stress",
    ],
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert without_markup(text) == text


def test_a_formula_in_markup_is_one_word() -> None:
    assert read("ice on Fe<sub>2</sub>O<sub>3</sub>", lambda name: False) == PlainWords(
        ("ice", "on", "Fe2O3")
    )
