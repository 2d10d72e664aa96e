"""Lines over time as figures of HTML and SVG, which need nothing from elsewhere.

The drawing is stretched to the width of the page and the lines keep theirs; words and numbers are
of HTML, so that they are as large on a phone. Colours are variables of the page.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 1000.0, 200.0
TONES = 7
NAMED = 0.09  # bands of at least this share have their name in them
TICKS = 4
CLOCK = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0)
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """Values over seconds; a gap where there is none. ``tone``: the number of a colour."""

    name: str
    points: Points
    tone: int = 0
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """A span of time with a name, shown behind the lines. ``beside``: something went on then."""

    name: str
    begin: float
    end: float
    beside: bool = False


def figure(
    title: str, unit: str, lines: Sequence[Line], bands: Sequence[Band], seconds: float
) -> str:
    """Lines below a title, over so many seconds; nothing when there are no values."""
    lines = [line for line in lines if any(math.isfinite(value) for _, value in line.points)]
    if not lines:
        return ""
    top = ticks(max(value for line in lines for _, value in line.points if math.isfinite(value)))
    drawn = "".join(_band(band, seconds) for band in bands)
    drawn += "".join(_rule(value / top[-1]) for value in top)
    drawn += "".join(_line(line, seconds, top[-1]) for line in lines)
    labels = "".join(
        f'<span style="bottom:{100 * v / top[-1]:.1f}%">{_number(v)}</span>' for v in top
    )
    times = "".join(
        f'<span style="left:{100 * value / seconds:.1f}%">{_clock(value)}</span>'
        for value in clock_ticks(seconds)
        if value <= seconds * 0.97
    )
    names = "".join(_band_name(band, seconds) for band in bands)
    return (
        f"<figure><figcaption><b>{escape(title)}</b> <i>{escape(unit)}</i>"
        f"{''.join(map(_key, lines))}</figcaption>"
        f'<div class="plot"><div class="y">{labels}</div>'
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(title)}">{drawn}</svg>'
        f'<div class="x">{times}</div><div class="names">{names}</div></div></figure>'
    )


def ticks(most: float) -> Sequence[float]:
    """Round numbers from zero to at least the greatest value."""
    if not math.isfinite(most) or most <= 0:
        return (0.0, 1.0)
    rough = most / TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    return [step * number for number in range(math.ceil(most / step * 0.999) + 1)]


def clock_ticks(most: float) -> Sequence[float]:
    """The same for seconds, as clocks go."""
    step = next((step for step in CLOCK if step * (TICKS + 1) >= most), CLOCK[-1])
    return [step * number for number in range(int(most / step) + 1)]


def runs(points: Points) -> Iterator[Points]:
    """Points between gaps."""
    run: list[tuple[float, float]] = []
    for at, value in points:
        if math.isfinite(value):
            run.append((at, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _line(line: Line, seconds: float, top: float) -> str:
    tone = f"t{line.tone % TONES}{' dashed' if line.dashed else ''}"
    drawn = ""
    for run in runs(line.points):
        points = [_point(at, value, seconds, top) for at, value in run]
        # A value alone is drawn as a dot: a line from it to itself, with round ends.
        alone = len(points) == 1
        style = f"{tone} dot" if alone else tone
        drawn += f'<polyline class="{style}" points="{" ".join(points * (1 + alone))}"/>'
    return drawn


def _point(at: float, value: float, seconds: float, top: float) -> str:
    x = min(WIDTH, max(0.0, WIDTH * at / seconds))
    return f"{x:.1f},{HEIGHT - HEIGHT * value / top:.1f}"


def _rule(share: float) -> str:
    y = HEIGHT - HEIGHT * share
    return f'<line class="rule" x1="0" x2="{WIDTH:g}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _band(band: Band, seconds: float) -> str:
    begin, end = _within(band, seconds)
    kind = "band beside" if band.beside else "band"
    return (
        f'<rect class="{kind}" x="{WIDTH * begin:.1f}" y="0" width="{WIDTH * (end - begin):.1f}"'
        f' height="{HEIGHT:g}"><title>{escape(band.name)}</title></rect>'
    )


def _band_name(band: Band, seconds: float) -> str:
    begin, end = _within(band, seconds)
    if end - begin < NAMED:
        return ""
    return (
        f'<span class="{"low" if band.beside else "high"}" style="left:{100 * begin:.1f}%;'
        f'max-width:{100 * (end - begin):.1f}%">{escape(band.name)}</span>'
    )


def _within(band: Band, seconds: float) -> tuple[float, float]:
    """From and to, as shares of the time that is shown."""
    return min(1.0, max(0.0, band.begin / seconds)), min(1.0, max(0.0, band.end / seconds))


def _key(line: Line) -> str:
    style = f"k{line.tone % TONES}{' dashed' if line.dashed else ''}"
    return f'<span class="key"><em class="{style}"></em>{escape(line.name)}</span>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
