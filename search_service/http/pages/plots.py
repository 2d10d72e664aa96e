"""Series of numbers over the last hour as plots: lines of an SVG, which the template draws."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 24
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Series:
    """Values from the oldest to the newest; None: there is none, and the line has a gap."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A series. ``path``: what draws it; ``last``: its newest value."""

    name: str
    path: str
    last: str


@dataclass(frozen=True, slots=True)
class Plot:
    """``rows``, ``columns``: lines of the grid, each with its place and its label."""

    title: str
    about: str
    lines: Sequence[Line]
    rows: Sequence[tuple[float, str]]
    columns: Sequence[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def plot(title: str, unit: str, series: Sequence[Series], minutes: int) -> Plot:
    """Series of equal length that end now and began so many minutes ago."""
    highest = max((value for one in series for value in one.values if value), default=0.0)
    top = ceiling(highest)
    rows = [
        (_y(top * step / _STEPS, top), f"{top * step / _STEPS:g}") for step in range(_STEPS + 1)
    ]
    columns = [
        (_x(part, 1), "now" if part == 1 else f"−{minutes * (1 - part):g} min")
        for part in (0, 0.25, 0.5, 0.75, 1)
    ]
    lines = [Line(one.name, _path(one.values, top), _last(one.values, unit)) for one in series]
    newest = ", ".join(f"{line.name} {line.last}" for line in lines)
    return Plot(
        f"{title}, {unit}", f"{title} over {minutes} minutes. Now: {newest}", lines, rows, columns
    )


def ceiling(highest: float) -> float:
    """A round number that is not lower.

    >>> [ceiling(value) for value in (0, 0.03, 3, 7, 10)]
    [1.0, 0.05, 5.0, 10.0, 10.0]
    """
    if highest <= 0:
        return 1.0
    unit: float = 10.0 ** math.floor(math.log10(highest))
    return next(step * unit for step in (1, 2, 5, 10) if step * unit >= highest * (1 - 1e-9))


def _path(values: Sequence[float | None], top: float) -> str:
    return " ".join(_points(values, top))


def _points(values: Sequence[float | None], top: float) -> Iterator[str]:
    last = max(1, len(values) - 1)
    command = "M"
    for at, value in enumerate(values):
        if value is None:
            command = "M"
            continue
        yield f"{command}{_x(at, last):.1f} {_y(value, top):.1f}"
        if command == "M":  # a single one is a dot
            yield "h.1"
        command = "L"


def _last(values: Sequence[float | None], unit: str) -> str:
    newest = next((value for value in reversed(values) if value is not None), None)
    return "none" if newest is None else f"{newest:.3g} {unit}"


def _x(at: float, last: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * at / last


def _y(value: float, top: float) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - min(value, top) / top)
