import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers import Synonyms
from search_service.engines.documents import numbered_names
from search_service.engines.documents.format import Format
from search_service.engines.documents.numbered_names import NumberedNames
from search_service.engines.documents.texts import Text, analyse_with_parts
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.engines.opensearch.index.format import ClusterFormat

SYNONYMS = Synonyms.parse("Fe, iron\nC1234, fullerene\nmap 12, chart")
ANALYSE = analyse_with_parts(SYNONYMS, "A", TantivyFormat(), named=True)


class Counted:
    """Counts how often a name was analysed by itself."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, name: str) -> Text:
        self.times += 1
        return ANALYSE(name)


HEADS = st.lists(
    st.sampled_from(
        [
            *"aeEkVmXs019_-_ .,'%/",
            "10.",
            "0055",
            "9999",
            "Fe",
            "iron",
            "C",
            "mapé",
            "ing",
            "α",
            "map ",
        ]
    ),
    max_size=8,
).map("".join)
EXTENSIONS = st.sampled_from(["", ".nxs", ".h5", ".5", ".e5", ".tar.gz", ".", ".nxs ", "a", "é.x"])


@pytest.mark.parametrize("form", [TantivyFormat(), ClusterFormat()])
@given(
    HEADS,
    st.integers(1, 7).flatmap(
        lambda count: st.lists(
            st.text("0159", min_size=count, max_size=count), min_size=3, max_size=5
        )
    ),
    EXTENSIONS,
)
def test_a_name_becomes_what_it_becomes_by_itself(
    form: Format, head: str, numbers: list[str], extension: str
) -> None:
    analyse = analyse_with_parts(SYNONYMS, "A", form, named=True)
    found = NumberedNames(analyse, SYNONYMS.longest_number)
    for number in numbers:
        name = f"{head}{number}{extension}"
        assert found.text_of(name) == analyse(name)


@pytest.mark.parametrize(
    "head",
    [
        "XB07_004411_",
        "scan-",
        "Detector frame ",
        "iron_",
        "sample_56789_98765_",
        "x" * 100 + "_",
        "9_8_7_6_5_",
    ],
)
def test_the_files_of_a_dataset_are_analysed_with_the_first_two(head: str) -> None:
    analyse = Counted()
    found = NumberedNames(analyse, 2)
    for number in range(200):
        name = f"{head}{number:05d}.nxs"
        assert found.text_of(name) == ANALYSE(name)
    assert analyse.times == 3  # the first two, and the one that stands for all


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("C{:04d}.nxs", id="a-synonym-has-so-many-digits"),
        pytest.param("map {:02d}", id="few-digits"),
        pytest.param("2e{:05d}.nxs", id="a-power-of-ten"),
        pytest.param("1,{:05d}.nxs", id="a-comma-before"),
        pytest.param("v1.{:05d}.nxs", id="a-point-before"),
        pytest.param("{:05d}.001", id="a-number-behind"),
        pytest.param("10.5072/X_{:05d}", id="a-doi"),
        pytest.param("é_{:05d}", id="beyond-ascii"),
        pytest.param("a" * 200 + "_{:05d}", id="long"),
    ],
)
def test_other_names_are_analysed_by_themselves(name: str) -> None:
    analyse = Counted()
    found = NumberedNames(analyse, SYNONYMS.longest_number)
    for number in range(5):
        assert found.text_of(name.format(number)) == ANALYSE(name.format(number))
    assert analyse.times >= 5


def test_what_is_kept_has_bounds() -> None:
    found = NumberedNames(ANALYSE, SYNONYMS.longest_number)
    for number in range(numbered_names.MOST + 10):
        for file in ("00001", "00002"):
            found.text_of(f"{'abcdefghij'[number % 10]}{number}_{file}")
    assert len(found) <= 2 * numbered_names.MOST
