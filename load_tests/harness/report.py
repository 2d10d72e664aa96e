"""The report of a run, or of two, as one page of HTML that loads nothing from anywhere."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

from load_tests.harness import summary
from load_tests.harness.plots import Band, Line, figure
from load_tests.harness.run import Run
from load_tests.harness.thresholds import Verdict
from load_tests.harness.time_series import TimeSeries
from load_tests.profiles.kinds import Group

MEGABYTE = 1e-6
MOST_COMPLAINTS = 30
MEMORY = {"front memory": "front", "workers memory": "all below it", "largest worker": "largest"}
PROCESSOR = {
    "front processor": "front",
    "workers processor": "all below it",
    "generator processor": "load generator",
}
GAUGES = (
    ("segments", "of all entities"),
    ("pending operations", "acknowledged, not committed"),
    ("searches waiting", "for a worker"),
    ("workers crashed", "since the start"),
)


def of_run(run: Run, verdicts: Sequence[Verdict]) -> str:
    """A run with its verdicts."""
    held = sum(verdict.held for verdict in verdicts)
    state = _state(held == len(verdicts))
    parts = [
        f"<h1>{escape(run.scenario)} <small>{escape(run.about)}</small></h1>",
        f"<p>{escape(summary.title(run))}; {_date(run)}; {escape(run.host.commit)},"
        f" Python {escape(run.host.python)}</p>",
        f'<p class="{state}">{held} of {len(verdicts)} thresholds held</p>' if verdicts else "",
        _warning(run),
        _thresholds(verdicts),
        "<h2>Over time</h2>",
        _bands_told(run),
        f'<div class="figures">{"".join(_figures(run))}</div>',
        "<h2>Requests</h2>",
        _table(summary.HEADER, summary.rows(run)),
        "<h2>The service</h2>",
        _table(("measure", "first", "mean", "most", "last"), summary.resources(run)),
        _complaints(run),
    ]
    return _document(f"Load: {run.scenario}", parts)


def of_two(first: Run, second: Run) -> str:
    """Two runs in the same figures: the first with whole lines, the second with broken ones."""
    parts = [
        f"<h1>{escape(first.scenario)} and {escape(second.scenario)}</h1>",
        *(
            f"<p><b>{name}</b> {escape(summary.title(run))}; {_date(run)};"
            f" {escape(run.host.commit)}</p>"
            for name, run in (("A", first), ("B", second))
        ),
        f'<div class="figures">{"".join(_both(first, second))}</div>',
        "<h2>Requests</h2>",
        _table(summary.COMPARED, summary.compared_rows(first, second)),
        "<h2>The service</h2>",
        _table(summary.COMPARED_RESOURCES, summary.compared_resources(first, second)),
    ]
    return _document(f"Load: {first.scenario}, two runs", parts)


def _figures(run: Run) -> Iterator[str]:
    series, bands, seconds = TimeSeries(run), _bands(run), run.seconds

    def draw(title: str, unit: str, lines: Sequence[Line]) -> str:
        return figure(title, unit, lines, bands, seconds)

    yield draw("Throughput", "right answers a second", series.rates())
    yield draw("Not answered", "a second", series.refusals())
    for group in series.groups:
        yield draw(f"Latency: {group}", "ms", series.percentiles(group))
    yield draw("Memory", "MB of its own", series.watched(MEMORY, MEGABYTE))
    yield draw("Processor", "cores", series.watched(PROCESSOR))
    for name, unit in GAUGES:
        lines = series.watched({name: name})
        if any(value for line in lines for _, value in line.points):
            yield draw(name.capitalize(), unit, lines)


def _both(first: Run, second: Run) -> Iterator[str]:
    a, b = TimeSeries(first), TimeSeries(second)
    seconds = max(first.seconds, second.seconds)

    def draw(title: str, unit: str, pairs: Iterable[tuple[Line, Line]]) -> str:
        lines = [
            replace(line, name=f"{line.name} {name}", dashed=name == "B")
            for pair in pairs
            for name, line in zip("AB", pair, strict=True)
        ]
        return figure(title, unit, lines, (), seconds)

    yield draw("Throughput", "right answers a second", [(a.rate("all", 0), b.rate("all", 0))])
    for group in Group:
        if group in a.groups and group in b.groups:
            p50, p95 = (
                (a.percentile(group, part, name, tone), b.percentile(group, part, name, tone))
                for tone, (part, name) in enumerate(((0.5, "p50"), (0.95, "p95")))
            )
            yield draw(f"Latency: {group}", "ms", (p50, p95))
    for title, unit, names, scale in (
        ("Memory", "MB of its own", MEMORY, MEGABYTE),
        ("Processor", "cores", PROCESSOR, 1.0),
        *((name.capitalize(), unit, {name: name}, 1.0) for name, unit in GAUGES),
    ):
        both = zip(a.watched(names, scale), b.watched(names, scale), strict=True)
        yield draw(title, unit, list(both))


def _bands(run: Run) -> Sequence[Band]:
    phases = [Band(span.name, span.begin, span.end) for span in run.phases if len(run.phases) > 1]
    return [*phases, *(Band(one.name, one.begin, one.end, beside=True) for one in run.beside)]


def _bands_told(run: Run) -> str:
    told = ", ".join(f"{band.name} {band.begin:.0f}–{band.end:.0f} s" for band in _bands(run))
    return f"<p>Marked: {escape(told)}.</p>" if told else ""


def _date(run: Run) -> str:
    return datetime.fromtimestamp(run.started, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _warning(run: Run) -> str:
    complaint = run.generator.complaint()
    return f'<p class="not-held">Warning: {escape(complaint)}</p>' if complaint else ""


def _thresholds(verdicts: Sequence[Verdict]) -> str:
    rows = "".join(
        f'<tr class="{_state(one.held)}"><td>{_state(one.held)}</td>'
        f"<td>{escape(one.wanted)}</td><td>{escape(one.measured)}</td></tr>"
        for one in verdicts
    )
    head = "<tr><th></th><th>threshold</th><th>measured</th></tr>"
    return f'<div class="wide"><table class="texts">{head}{rows}</table></div>' if rows else ""


def _state(held: bool) -> str:
    return "held" if held else "not-held"


def _complaints(run: Run) -> str:
    items = "".join(f"<li>{escape(one)}</li>" for one in run.samples.worst(MOST_COMPLAINTS))
    return f"<h2>What was not right</h2><ul>{items}</ul>" if items else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _document(title: str, parts: Sequence[str]) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"{''.join(parts)}</body></html>\n"
    )


_LIGHT = "#1f5fa8 #c2541a #2b8046 #8a4bb0 #a8871a #b8305a #4f6470".split()
_DARK = "#6fb1ff #ff9a5c #63cf85 #c894ec #e0c25a #ff7fa4 #a8bac4".split()


def _tones(colours: Sequence[str]) -> str:
    return "".join(f"--t{place}:{colour};" for place, colour in enumerate(colours))


_USES = "".join(
    f"svg .t{n}{{stroke:var(--t{n})}} .key .k{n}{{border-color:var(--t{n})}}"
    for n in range(len(_LIGHT))
)
STYLE = (
    ":root{color-scheme:light dark;--page:#fff;--ink:#1c2126;--soft:#5c6770;--line:#dfe4e8;"
    f"--band:#6f86a01f;--good:#1d7a3c;--bad:#b3261e;{_tones(_LIGHT)}}}"
    "@media(prefers-color-scheme:dark){:root{--page:#14181c;--ink:#e4e8eb;--soft:#9aa6af;"
    f"--line:#303840;--band:#8fb0d626;--good:#6fd08c;--bad:#ff8a80;{_tones(_DARK)}}}}}"
    "body{margin:0 auto;padding:1rem;max-width:76rem;background:var(--page);color:var(--ink);"
    "font:15px/1.45 system-ui,sans-serif}"
    "h1{font-size:1.5rem;margin:.2rem 0}h1 small{font-weight:400;font-size:1rem;color:var(--soft);"
    "display:block}h2{font-size:1.15rem;margin:1.6rem 0 .4rem}p{margin:.4rem 0}"
    ".held{color:var(--good)}.not-held{color:var(--bad)}p.held,p.not-held{font-weight:600}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.4rem}"
    "figure{margin:0;min-width:0}figcaption i{color:var(--soft)}"
    ".key{margin-left:.9em;white-space:nowrap;font-size:.85rem}"
    ".key em{display:inline-block;width:1.2em;border-top:3px solid;vertical-align:middle;"
    "margin-right:.35em}.key em.dashed{border-top-style:dashed}"
    ".plot{position:relative;margin:.5rem .4rem 1.5rem 3.4rem;height:11rem}"
    ".plot svg{width:100%;height:100%;display:block;overflow:visible}"
    ".y span,.x span{position:absolute;font-size:.75rem;color:var(--soft);line-height:1}"
    ".y span{right:calc(100% + .4rem);transform:translateY(50%)}"
    ".x span{top:calc(100% + .4rem);transform:translateX(-50%)}"
    "svg *{vector-effect:non-scaling-stroke}"
    "svg polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    "svg .dashed{stroke-dasharray:6 4}svg .rule{stroke:var(--line)}"
    "svg polyline{stroke-linecap:round}svg .dot{stroke-width:5}svg .band{fill:var(--band)}"
    "svg .beside{fill:none;stroke:var(--soft);stroke-dasharray:2 3}"
    ".names span{position:absolute;font-size:.7rem;color:var(--soft);padding:0 .25rem;"
    "overflow:hidden;white-space:nowrap;text-overflow:ellipsis;box-sizing:border-box}"
    ".names .high{top:.1rem}.names .low{top:1.1rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.88rem;"
    "font-variant-numeric:tabular-nums}"
    "th,td{padding:.22rem .7rem;border-bottom:1px solid var(--line);text-align:right;"
    "white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left;padding-left:0}"
    ".texts th,.texts td{text-align:left;white-space:normal}"
    ".texts td:first-child{white-space:nowrap}"
    "th{color:var(--soft);font-weight:500}li{overflow-wrap:anywhere}"
    f"{_USES}"
)
