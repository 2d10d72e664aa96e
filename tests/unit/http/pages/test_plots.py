"""Series as lines of an SVG."""

from search_service.http.pages.plots import HEIGHT, WIDTH, Series, plot


def test_a_line_goes_from_the_left_to_the_right_and_has_gaps() -> None:
    found = plot("Times", "ms", [Series("median", [10.0, None, 20.0, 10.0])], 60)
    (line,) = found.lines
    assert line.path.count("M") == 2
    assert line.last == "10 ms"
    assert found.about == "Times over 60 minutes. Now: median 10 ms"
    assert [label for _, label in found.rows] == ["0", "5", "10", "15", "20"]
    assert found.columns[-1] == (float(found.right), "now")


def test_nothing_and_very_much_are_within_the_frame() -> None:
    for values in ([None, None], [0.0, 0.0], [1e12, 3e12], [1e-9]):
        found = plot("Rate", "a second", [Series("all", values)], 60)
        for point in found.lines[0].path.replace("M", " ").replace("L", " ").split("h.1"):
            numbers = [float(number) for number in point.split()]
            assert all(0 <= number <= max(WIDTH, HEIGHT) for number in numbers)
    assert plot("Rate", "a second", [Series("all", [])], 60).lines[0].last == "none"
