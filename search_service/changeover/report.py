"""A comparison as a report: the tables, and the same in Markdown and HTML.

Not here: the figures of the page of HTML, see ``scatter``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from typing import Any

import orjson

from search_service.changeover.comparing import Compared, LeftOut
from search_service.changeover.differences import Kind
from search_service.changeover.exchanges import Exchange
from search_service.changeover.scatter import distribution, scatter

MOST_DIFFERENCES = 200  # that are shown one by one
UNRANKED = "only the order, as there are no words to rank by"
_LONGEST = 2_000  # characters of a request
_SHARES = (0.5, 0.9, 0.99, 1.0)
_STYLE = """\
:root { color-scheme: light dark; --peer: #b45309; --service: #1d4ed8; --rule: #8884; }
@media (prefers-color-scheme: dark) { :root { --peer: #fbbf24; --service: #93c5fd; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--rule); padding: .2rem .6rem;
text-align: left; vertical-align: top; overflow-wrap: anywhere; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; } svg text { font-size: 13px;
fill: currentColor; } .rule { stroke: var(--rule); } .peer { color: var(--peer); }
.service { color: var(--service); } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Table:
    """Rows below their headings."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Report:
    """All that was compared. ``names``: of the peer and the service, as a person reads them.

    ``ended``: why the requests after these were not compared, if there were more.
    """

    names: tuple[str, str]
    compared: Sequence[Compared]
    left_out: Sequence[LeftOut]
    ended: str = ""

    @property
    def different(self) -> Sequence[Compared]:
        """Requests whose answers differ."""
        return [one for one in self.compared if one.difference is not None]

    @property
    def summary(self) -> str:
        """One line."""
        skipped = f", {len(self.left_out):,} left out" if self.left_out else ""
        told = f"{len(self.compared):,} requests compared{skipped}: {len(self.different):,} differ"
        return f"{told}. Then it ended: {self.ended}" if self.ended else told

    def tables(self) -> Sequence[Table]:
        """The counts and the times."""
        return [table for table in (self._answers(), self._times(), self._skipped()) if table.rows]

    def as_json(self) -> Mapping[str, Any]:
        """The counts and the times for machines; times in seconds."""
        kinds = Counter(one.difference.kind for one in self.compared if one.difference)
        return {
            "compared": len(self.compared),
            "ended": self.ended,
            "left_out": dict(Counter(one.why for one in self.left_out)),
            "refused_by_both": sum(one.is_refused for one in self.compared),
            "different": {kind.value: kinds[kind] for kind in Kind},
            "seconds": {
                name: {f"p{100 * share:g}": at_share(values, share) for share in _SHARES}
                for name, values in self._seconds().items()
                if values
            },
            "differences": [
                {
                    "n": one.exchange.number,
                    "path": one.exchange.path,
                    "kind": one.difference.kind.value,
                    "detail": one.difference.detail,
                }
                for one in self.different
                if one.difference is not None
            ],
        }

    def _answers(self) -> Table:
        rows = []
        for path in sorted({one.exchange.path.lower() for one in self.compared}):
            of_path = [one for one in self.compared if one.exchange.path.lower() == path]
            kinds = Counter(one.difference.kind for one in of_path if one.difference)
            same = len(of_path) - kinds.total()
            refused = sum(one.is_refused for one in of_path)
            numbers = (len(of_path), same, *(kinds[kind] for kind in Kind), refused)
            rows.append([path, *(f"{number:,}" for number in numbers)])
        others = (f"other {kind}" for kind in Kind)
        columns = ("request", "compared", "the same", *others, "refused by both")
        return Table("Answers", columns, rows)

    def _seconds(self) -> Mapping[str, Sequence[float]]:
        return {
            "as recorded": sorted(one.exchange.answer.seconds for one in self.compared),
            "peer": sorted(one.peer.seconds for one in self.compared),
            "service": sorted(one.service.seconds for one in self.compared),
        }

    def _times(self) -> Table:
        rows = [
            [name, *(f"{1e3 * at_share(values, share):,.1f}" for share in _SHARES)]
            for name, values in self._seconds().items()
            if any(values)
        ]
        return Table("Times in ms", ("", "median", "9 of 10", "99 of 100", "longest"), rows)

    def _skipped(self) -> Table:
        counts = Counter(one.why for one in self.left_out)
        counts[UNRANKED] = sum(not one.is_ranked for one in self.compared)
        rows = [[why, f"{count:,}"] for why, count in counts.most_common() if count]
        return Table("Not compared", ("why", "requests"), rows)

    @property
    def legend(self) -> str:
        """Which is which."""
        return f"Peer: {self.names[0]}. Service: {self.names[1]}."


def at_share(ordered: Sequence[float], share: float) -> float:
    """The value below which a share of the values is."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


def request_of(exchange: Exchange) -> str:
    """A request as a person reads it."""
    params = "&".join(f"{name}={value}" for name, value in exchange.params.items())
    text = f"{exchange.path}{'?' if params else ''}{params} {orjson.dumps(exchange.body).decode()}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────


def markdown(report: Report) -> str:
    """The report as Markdown."""
    parts = ["# Comparison", _cell(f"{report.summary}."), _cell(report.legend)]
    for table in report.tables():
        parts += [f"## {table.heading}", "\n".join(_markdown_rows(table))]
    if report.different:
        parts.append("## Differences: of the peer; of the service")
    for one in report.different[:MOST_DIFFERENCES]:
        if one.difference is not None:
            detail = _cell(one.difference.detail)
            parts.append(f"* **{one.exchange.number}, {one.difference.kind}**: {detail}")
            parts.append(f"      {_line(request_of(one.exchange))}")
    parts += _more(report)
    return "\n\n".join(parts) + "\n"


def _markdown_rows(table: Table) -> Iterable[str]:
    yield f"| {' | '.join(table.columns)} |"
    yield f"|{' --- |' * len(table.columns)}"
    for row in table.rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    """Text of callers, which must not be taken for markup."""
    marked = "".join(f"\\{sign}" if sign in "\\`*_[]<>|#~" else sign for sign in text)
    return _line(marked)


def _line(text: str) -> str:
    return " ".join(text.split())


def _more(report: Report) -> Sequence[str]:
    more = len(report.different) - MOST_DIFFERENCES
    return [f"And {more:,} more."] if more > 0 else []


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────


def html(report: Report) -> str:
    """The report as one page that loads nothing from elsewhere."""
    seconds = [(one.peer.seconds, one.service.seconds) for one in report.compared]
    parts = [
        "<h1>Comparison</h1>",
        f"<p>{escape(report.summary)}. {escape(report.legend)}</p>",
        *map(_html_table, report.tables()),
        "<h2>Times</h2>" if seconds else "",
        distribution([peer for peer, _ in seconds], [service for _, service in seconds]),
        scatter(seconds),
        "<h2>Differences: of the peer; of the service</h2>" if report.different else "",
    ]
    parts += [
        f"<h3>{one.exchange.number}, {one.difference.kind}</h3>"
        f"<p>{escape(one.difference.detail)}</p><pre>{escape(request_of(one.exchange))}</pre>"
        for one in report.different[:MOST_DIFFERENCES]
        if one.difference is not None
    ]
    parts += [f"<p>{line}</p>" for line in _more(report)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Comparison</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in row)}</tr>" for row in table.rows
    )
    return (
        f"<h2>{escape(table.heading)}</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
