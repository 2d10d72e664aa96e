"""Words of paths."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.paths import ancestors, components, file_name_parts

paths = st.text(st.sampled_from("aB1 .-_:/\\é"), max_size=20)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("/dls/i22/Data/a.NXS", ["dls", "i22", "data", "a.nxs"], id="posix"),
        pytest.param("dls/i22", ["dls", "i22"], id="relative"),
        pytest.param("//dls///i22/", ["dls", "i22"], id="doubled-and-closing"),
        pytest.param(r"C:\Data\run 1", ["c:", "data", "run 1"], id="drive"),
        pytest.param(r"\\ISIS\inst$\x.s01", ["isis", "inst$", "x.s01"], id="share"),
        pytest.param(r"C:\data/run1\a.b", ["c:", "data", "run1", "a.b"], id="both"),
        pytest.param("RAW DATA/my-scan_1.h5", ["raw data", "my-scan_1.h5"], id="what-belongs"),
        pytest.param("/daten/Prüfung/Übersicht", ["daten", "prüfung", "übersicht"], id="accents"),
        pytest.param("a.dat", ["a.dat"], id="bare"),
        pytest.param("", [], id="nothing"),
        pytest.param("/\\/", [], id="separators-alone"),
    ],
)
def test_components(path: str, found: list[str]) -> None:
    assert components(path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/data/Detector_1.scan.NXS", ["detector_1", "scan", "nxs"]),
        (r"C:\data.old\scan.dat", ["scan", "dat"]),
        (r"/data\a/b\scan-1.tar.gz", ["scan-1", "tar", "gz"]),
        ("loose1.xyz9", ["loose1", "xyz9"]),
        ("/data/README", ["readme"]),
        ("/data/..hidden..", ["hidden"]),
        ("/data/run1/", []),
        ("", []),
    ],
)
def test_file_name_parts(path: str, found: list[str]) -> None:
    assert file_name_parts(path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("/data/A/b.nxs", ["/data", "/data/A", "/data/A/b.nxs"], id="posix"),
        pytest.param("data/a", ["data", "data/a"], id="relative"),
        pytest.param("/data", ["/data"], id="top"),
        pytest.param("a/", ["a", "a/"], id="closing"),
        pytest.param("/a//b", ["/a", "/a/", "/a//b"], id="doubled"),
        pytest.param(r"C:\d\a.raw", ["C:", r"C:\d", r"C:\d\a.raw"], id="drive"),
        pytest.param(r"\\s\d$\a", [r"\\s", r"\\s\d$", r"\\s\d$\a"], id="share"),
        pytest.param("bare.dat", ["bare.dat"], id="bare"),
        pytest.param("/", ["/"], id="root"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_ancestors(path: str, found: list[str]) -> None:
    assert ancestors(path) == found


def test_other_separators_may_be_given() -> None:
    assert components(r"/a\b/c", separators="/") == [r"a\b", "c"]
    assert components("a:b/c", separators=":/") == ["a", "b", "c"]
    assert file_name_parts(r"/x\y.dat", separators="/") == [r"x\y", "dat"]
    assert ancestors(r"/a\b/c", separators="/") == [r"/a\b", r"/a\b/c"]


@given(paths)
def test_separators_are_alike(path: str) -> None:
    assert components(path) == components(path.replace("/", "\\"))
    assert file_name_parts(path) == file_name_parts(path.replace("\\", "/"))


@given(paths)
def test_a_component_is_found_in_every_directory_below(path: str) -> None:
    known = components(path)
    for above in ancestors(path):
        assert known[: len(components(above))] == components(above)


@given(paths.filter(bool))
def test_ancestors_are_beginnings_of_the_path_and_end_with_it(path: str) -> None:
    found = ancestors(path)
    assert found[-1] == path
    assert all(long.startswith(short) for short, long in pairwise(found))
    assert len(set(found)) == len(found)


@given(paths)
def test_the_file_name_is_the_last_component(path: str) -> None:
    parts = file_name_parts(path)
    if parts:
        assert [part for part in components(path)[-1].split(".") if part] == parts
