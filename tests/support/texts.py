"""What people, and programs, may type into a search: sense, paths and nonsense."""

from hypothesis import strategies as st

WORDS = [
    "scan", "silk", "scattering", "SAXS", "Fe2O3", "the", "été", "x-ray's", "4.2", "µm", "中文",
    "*", "?", "sc*", "*n", "s?lk", "AND", "OR", "NOT", "TO", "&&", "||", "sample.name",
]  # fmt: skip
SIGNS = [*"+-!(){}[]^\"~*?:\\/<>=&|;,.%$#@'`", " ", "  ", "\t", "\n", "\u3000", "\0", "^2", "~2"]
PATHS = [
    r"C:\data\run1\scan.dat", r"\\server\share\run 1", "/dls/i22/data/scan_5.nxs", r"run1" "\\",
    '"C:\\data\\"', "file:///dls/i22", "https://example.org/a?b=c&d", r"..\a\*.nxs", "~/data",
]  # fmt: skip
FORMS = [
    "name:scan", "name:(a b)", "date:[1 TO 5]", "name:[a TO *}", "name>=b", "location.exact:/dls*",
    '"a the b"~3', "scan~", "scan~0.5", "scan^3", "-scan", "+the", "*:*", "unknown:scan", "id:5",
]  # fmt: skip

PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(SIGNS),
    st.sampled_from(PATHS),
    st.sampled_from(FORMS),
    st.text(max_size=5),
)


def any_text() -> st.SearchStrategy[str]:
    """Any text at all, more often one of pieces that mean something."""
    joined = st.builds(
        lambda between, pieces: between.join(pieces),
        st.sampled_from(["", " "]),
        st.lists(PIECES, max_size=12),
    )
    return st.one_of(joined, joined, st.text(max_size=40))


@st.composite
def nested_text(draw: st.DrawFn) -> str:
    """Groups within groups, closed or not, up to far too deep."""
    depth = draw(st.sampled_from([1, 5, 49, 50, 51, 1_000, 100_000]))
    opening = draw(st.sampled_from(["(", "+(", "-(", "name:(", "(a ", "[", "{", '"(', "\\(", "!("]))
    closing = draw(st.sampled_from([")", "", ")^2", "]", '"', ") b"]))
    closed = draw(st.sampled_from([depth, depth - 1, depth + 1]))
    return opening * depth + draw(st.sampled_from(["a", "", "*"])) + closing * closed
