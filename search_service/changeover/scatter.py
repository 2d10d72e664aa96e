"""Times of two services as figures of SVG: how they are spread, and request by request.

Both axes are logarithmic, as times go from a millisecond to seconds. Not here: lines over time, of
which the operators' page has plots of its own.
"""

import math
from collections.abc import Sequence

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640.0, 320.0, 60.0, 40.0
_LEAST = 1e-4  # seconds
_MOST_POINTS = 2_000


def distribution(peer: Sequence[float], service: Sequence[float]) -> str:
    """How long each share of the requests took; nothing where there are none."""
    if not peer or not service:
        return ""
    low, high = _decades([*peer, *service])
    drawn = _rules(low, high, across=False)
    for name, values in (("peer", sorted(peer)), ("service", sorted(service))):
        last = max(1, len(values) - 1)
        places = [
            (_x(number / last), _y(_share(values[number], low, high)))
            for number in _numbers(len(values))
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        drawn += (
            f'<polyline class="{name}" fill="none" stroke="currentColor" stroke-width="2" '
            f'points="{points}"/>'
        )
    drawn += "".join(
        f'<text x="{_x(share):.1f}" y="{_HEIGHT - 20:g}" text-anchor="middle">{share:.0%}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return _figure("Share of the requests that took at most so long", drawn)


def scatter(seconds: Sequence[tuple[float, float]]) -> str:
    """Each request as a dot: below the line the service was faster. Nothing without requests."""
    if not seconds:
        return ""
    low, high = _decades([value for pair in seconds for value in pair])
    drawn = _rules(low, high, across=True)
    drawn += f'<line class="rule" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    for number in _numbers(len(seconds)):
        peer, service = seconds[number]
        x, y = _x(_share(peer, low, high)), _y(_share(service, low, high))
        drawn += f'<circle class="service" fill="currentColor" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>'
    return _figure("Each request: across the peer's time, upwards the service's", drawn)


def _figure(title: str, drawn: str) -> str:
    keys = "".join(f'<b class="{name}">— {name}</b> ' for name in ("peer", "service"))
    return (
        f"<figure><figcaption>{title} {keys}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{title}">{drawn}</svg>'
        "</figure>"
    )


def _numbers(count: int) -> Sequence[int]:
    """Of all points, or of as many as can be told apart, first and last included."""
    if count <= _MOST_POINTS:
        return range(count)
    return [round(n * (count - 1) / (_MOST_POINTS - 1)) for n in range(_MOST_POINTS)]


def _decades(values: Sequence[float]) -> tuple[int, int]:
    logs = [math.log10(max(_LEAST, value)) for value in values]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return low, max(high, low + 1)


def _rules(low: int, high: int, *, across: bool) -> str:
    drawn = ""
    for power in range(low, high + 1):
        share = (power - low) / (high - low)
        name = f"{10.0 ** (power + 3):g} ms" if power < 0 else f"{10**power:g} s"
        x, y = _x(share), _y(share)
        drawn += (
            f'<line class="rule" x1="{_LEFT:g}" x2="{_WIDTH - 20:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
        )
        if across:
            drawn += (
                f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="10" y2="{_y(0):.1f}"/>'
                f'<text x="{x:.1f}" y="{_HEIGHT - 20:g}" text-anchor="middle">{name}</text>'
            )
    return drawn


def _share(value: float, low: int, high: int) -> float:
    return (math.log10(max(_LEAST, value)) - low) / (high - low)


def _x(share: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - 20) * share


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - 10) * share
