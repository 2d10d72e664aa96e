"""What people type finds what they mean: a catalogue of near twins, over any engine."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from search_service.errors import UnreadableText
from tests.support.facility import Documents
from tests.support.over import CLUSTER, THREE_SHARDS, over
from tests.support.searching import PEER, PEOPLE, Searching, walk

ENGINES = [
    pytest.param(1000, id="one-shard"),
    pytest.param(5, id="many"),
    pytest.param(None, id="dicts"),
    CLUSTER,
    THREE_SHARDS,
]

FILES = [
    "/data/xb/XB07_004411_absorption.nxs",
    "/data/xb/XB07_004412_absorption.nxs",
    "/data/xb/XB07_004411_dark.nxs",
    "/data/gem/GEM00088317.raw",
    "/data/gem/GEM00088318.raw",
    "/data/gem/GEM00883170.raw",
    "/data/dat/notes.txt",
    "/data/x/fit.dat",
    "/data/x/myScanFile_003.h5",
    "/data/x/EXP_run17_det.nxs",
    "/data/x/EXP_run71_det.nxs",
    "/data/x/slit_0.25mm.txt",
    "/data/x/slit_0.025mm.txt",
    "/data/x/slit_25mm.txt",
    "/data/x/Sample A (1).edf",
    "/data/x/20190704_night.nxs",
    r"\\server\share$\Run 4\a.raw",
    r"\\server\share$\Run 40\a.raw",
    r"C:\Data\vis1\b.raw",
    "/data/visit/cm12345-1/processing/fit/out.nxs",
    "/data/visit/cm12345-2/processing/fit/out.nxs",
    "/data/y/run [2].dat",
    "/data/y/run [3].dat",
    "/data/y/run 2 more.dat",
    "/data/y/file(1).cbf",
    "/data/y/file(2).cbf",
    "/data/y/std::vector.log",
    "/data/y/std::map.log",
    "/data/y/vector.log",
]
TITLES = {
    "HC-1234-1": "Spin order of CuSO4",
    "HC-1234-2": "Spin order of CuSO4, again",
    "HC-12345-1": "Thin films with TiO₂ nano-particles",
    "HC1235-1": "Micro structure of steel",
    "RB0012-1": "Microstructural change in α-Fe2O3",
    "MA-77-1": "Micro-structure of brass at 77 K",
    "MA-78-1": "Glass after Åström",
    "MA-79-1": "The sample as is",
    "AS IS": "A bare name",
    "MA-81-1": "A super-cell of tin",
    "MA-82-1": "Flow at 0.25 m/s",
    "MA-83-1": "Flow at 25 m/s",
    "MA-84-1": "Effect of strain: part 1 on spin order",
    "MA-85-1": "Neutron imaging of wet clay",
    "MA-86-1": "Neutron guides",
    "MA-87-1": "Letters to O’Brien",
}
DOI = "10.5072/ABC.E.17"


def documents() -> Documents:
    files = {
        n: {"id": n, "name": path.replace("\\", "/").rpartition("/")[2], "location": path}
        for n, path in enumerate(FILES, 1)
    }
    investigations = {
        n: {"id": n, "name": visit.rpartition("-")[0] or visit, "visitId": visit, "title": title}
        for n, (visit, title) in enumerate(TITLES.items(), 1)
    }
    investigations[1]["doi"] = DOI
    investigations[2]["doi"] = f"{DOI}1"
    return {"Datafile": files, "Investigation": investigations}


@pytest.fixture(scope="module", params=ENGINES)
def people(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Searching:
    directory = tmp_path_factory.mktemp("people")
    return Searching.over(directory, documents(), over(request, request.param), PEOPLE)


def files(searching: Searching, text: str) -> list[str]:
    return [FILES[id_ - 1] for id_ in searching.search("Datafile", {"text": text}).ids]


def visits(searching: Searching, text: str) -> list[str]:
    names = [*TITLES]
    return [names[id_ - 1] for id_ in searching.search("Investigation", {"text": text}).ids]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("absorption", FILES[0:2]),
        ("004411", [FILES[0], FILES[2]]),
        ("4411", [FILES[0], FILES[2]]),
        ("XB07_004411_absorption.nxs", [FILES[0]]),
        ("xb07 4412", [FILES[1]]),
        ("88317", [FILES[3]]),
        ("gem 88317", [FILES[3]]),
        ("scanfile", [FILES[8]]),
        ("my scan", [FILES[8]]),
        (".dat", [FILES[7]]),
        ("*.DAT", [FILES[7]]),
        ("*.edf", [FILES[14]]),
        ("edf", [FILES[14]]),
        ("*absorp*", FILES[0:2]),
        ("*_004411_*", [FILES[0], FILES[2]]),
        ("run?7*", [FILES[9]]),
        ("name:XB07_00441?_abs*", FILES[0:2]),
        ("0.25", [FILES[11]]),
        ("0.25mm", [FILES[11]]),
        ("20190704", [FILES[15]]),
        ("2019-07-04", [FILES[15]]),
        ("/data/x/fit.dat", [FILES[7]]),
        ("//data/x//fit.dat", [FILES[7]]),
        ("file:///data/x/fit.dat", [FILES[7]]),
        ("'/data/x/Sample A (1).edf'", [FILES[14]]),
        (r"/data/x/Sample\ A\ (1).edf", [FILES[14]]),
        (r"\\SERVER\share$\run 4\a.raw", [FILES[16]]),
        ("//server/share$/run 4/a.raw", [FILES[16]]),
        (r'"\\server\share$\run 40' + '\\"', [FILES[17]]),
        (r"c:\data\VIS1\b.raw", [FILES[18]]),
        (r"Z:\vis1\b.raw", [FILES[18]]),
        ("/data/visit/cm12345-2/processing/fit/", [FILES[20]]),
        ("absorptoin", FILES[0:2]),
        ("run [2].dat", [FILES[21]]),
        ("file(1", [FILES[24]]),
        ("file 2)", [FILES[25]]),
        ("std::vector", [FILES[26]]),
        ("vector!!", [FILES[28]]),
        ('"vector', [FILES[28]]),
    ],
)
def test_a_file_comes_first(people: Searching, text: str, found: Sequence[str]) -> None:
    assert files(people, text)[: len(found)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HC-1234", ["HC-1234-1", "HC-1234-2"]),
        ("hc1234", ["HC-1234-1", "HC-1234-2"]),
        ("hc 1234", ["HC-1234-1", "HC-1234-2"]),
        ("HC 1234-2", ["HC-1234-2"]),
        ("hc12342", ["HC-1234-2"]),
        ("rb12", ["RB0012-1"]),
        (f"https://doi.org/{DOI}", ["HC-1234-1"]),
        (f"see (doi:{DOI.lower()}).", ["HC-1234-1"]),
        ("tio2", ["HC-12345-1"]),
        ("TiO₂", ["HC-12345-1"]),
        ("nanoparticles", ["HC-12345-1"]),
        ("alpha", ["RB0012-1"]),
        ("α", ["RB0012-1"]),
        ("Astrom", ["MA-78-1"]),
        ("Aastroem", ["MA-78-1"]),
        ("ÅSTRÖM", ["MA-78-1"]),
        ("as is", ["AS IS"]),
        ("supercell", ["MA-81-1"]),
        ("super*cell", ["MA-81-1"]),
        ("0.25", ["MA-82-1"]),
        ("77K", ["MA-77-1"]),
        ("Effect of strain (part 1 on spin order", ["MA-84-1"]),
        ("who looked at clay?", ["MA-85-1"]),
        ("the wet clay and neutrons", ["MA-85-1"]),
        ("obrien", ["MA-87-1"]),
        ("O'Brien", ["MA-87-1"]),
        ("nuetron clay", ["MA-85-1"]),
    ],
)
def test_an_investigation_comes_first(people: Searching, text: str, found: Sequence[str]) -> None:
    assert visits(people, text)[: len(found)] == found


@pytest.mark.parametrize("text", ["microstructure", "micro-structure", '"micro structure"'])
def test_compounds_find_each_other(people: Searching, text: str) -> None:
    assert {*visits(people, text)[:3]} == {"HC1235-1", "RB0012-1", "MA-77-1"}


def test_a_number_is_no_other_number(people: Searching) -> None:
    assert files(people, "88319") == []
    assert files(people, "GEM88319") == []
    assert FILES[12] not in files(people, "0.25")
    assert FILES[13] not in files(people, "0.25")


def test_stop_words_find_a_whole_name_or_nothing(people: Searching) -> None:
    assert visits(people, "AS IS") == ["AS IS"]
    assert visits(people, "the") == []
    assert visits(people, "with the") == []


@pytest.mark.parametrize("text", ["", " ", "(", '"', "::", "+ -"])
def test_a_text_without_a_word_is_told(people: Searching, text: str) -> None:
    with pytest.raises(UnreadableText):
        visits(people, text)


@pytest.mark.parametrize("text", ["a::b", "c!!", "run [2].dat", "file(1"])
def test_the_peer_is_told_of_any_text_that_follows_no_syntax(tmp_path: Path, text: str) -> None:
    peer = Searching.over_shards(tmp_path, documents(), 1000, PEER)
    for key in ("text", "userFullName"):
        with pytest.raises(UnreadableText):
            peer.search("Investigation", {key: text})


def test_syntax_gets_no_help(people: Searching) -> None:
    assert visits(people, "+nuetron") == []
    assert visits(people, "title:nuetron") == []
    assert visits(people, '"nuetron"') == []
    assert {*visits(people, "nuetron")} == {"MA-85-1", "MA-86-1"}


def test_a_filter_does_not_change_what_a_text_means(people: Searching) -> None:
    nowhere = {"lower": 1, "upper": 2}
    assert people.search("Investigation", {"text": "nuetron", **nowhere}).ids == []


@pytest.mark.parametrize("text", ["nuetron", "neutron", "micro structure", "hc 1234"])
@pytest.mark.parametrize("built", [True, False], ids=["built", "as-given"])
def test_pages_go_on_with_the_same_reading(people: Searching, text: str, built: bool) -> None:
    question = {"text": text}
    whole = people.search("Investigation", question).ids
    pages = walk(people, "Investigation", question, {}, 1, built=built)
    assert [id_ for page in pages for id_ in page.ids] == whole


def test_a_very_long_text_is_found_by_its_rare_words(people: Searching) -> None:
    text = "the data of the beam and the sample are in the neutron archive with wet clay. " * 400
    assert visits(people, text)[0] == "MA-85-1"


def test_the_peer_finds_none_of_these_parts(tmp_path: Path) -> None:
    peer = Searching.over_shards(tmp_path, documents(), 1000, PEER)
    assert files(peer, "88317") == []
    assert visits(peer, "nuetron") == []
