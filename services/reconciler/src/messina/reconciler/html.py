"""A report as one HTML file that needs nothing else: to be kept, and sent around."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from string import Template
from typing import Any

from messina.reconciler.report import MOST, Discrepancy, Report

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem;
  color: #1c2430; background: #fff }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.equal { color: #0a6b2d } .different { color: #a51d1d }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem;
  border-bottom: 1px solid #d9dee6; vertical-align: top; overflow-wrap: anywhere }
td.number, th.number { text-align: right; white-space: nowrap } code { font-size: .9em }
@media (prefers-color-scheme: dark) { body { background: #14181f; color: #e4e8ee }
  td, th { border-color: #333b47 } .equal { color: #5fd38a } .different { color: #ff8d8d } }
</style></head><body>
<h1>$title</h1>
<p class="$state"><strong>$verdict</strong></p>
<p>$when$run</p>
<h2>Tables</h2>
<table><thead><tr><th>table</th><th class="number">rows in the source</th>
<th class="number">rows in the sink</th><th class="number">looked at</th>
<th class="number">in flight</th><th class="number">unsettled</th>
<th class="number">differ</th></tr>
</thead><tbody>
$tables
</tbody></table>
$notes
<h2>Rows that differ</h2>
$discrepancies
<h2>Options</h2>
<p><code>$options</code></p>
</body></html>
""")


def report_html(
    report: Report, run: str, options: Mapping[str, Any], when: datetime | None = None
) -> str:
    """Return the page.

    Args:
        report: what was found; masked values are hidden in it.
        run: the run's ID in the store; empty where there is none.
        options: what the run was told.
        when: the time; None is now.
    """
    from messina.reconciler.console import verdict

    moment = (when or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M:%S UTC")
    return _PAGE.substitute(
        title=escape(f"Messina: pipeline {report.pipeline} compared"),
        state="equal" if report.equal else "different",
        verdict=escape(verdict(report)),
        when=escape(moment),
        run=f" · run <code>{escape(run)}</code>" if run else "",
        tables="\n".join(_tables(report)),
        notes=_notes(report),
        discrepancies=_discrepancies(report),
        options=escape(json.dumps(dict(options), ensure_ascii=False)),
    )


def _tables(report: Report) -> Iterable[str]:
    for table in report.tables:
        numbers = (
            f"{table.rows_in_source:,}",
            f"{table.rows_in_sink:,}",
            f"{table.share:.2%}",
            f"{table.in_flight:,}",
            f"{table.unsettled:,}",
            f"{table.differing:,}",
        )
        cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
        yield f"<tr><td>{escape(table.table)}</td>{cells}</tr>"


def _notes(report: Report) -> str:
    notes = [(table.table, note) for table in report.tables for note in table.notes]
    if not notes:
        return ""
    lines = "".join(f"<li>{escape(name)}: {escape(note)}</li>" for name, note in notes)
    return f"<h2>Notes</h2><ul>{lines}</ul>"


def _discrepancies(report: Report) -> str:
    found = report.discrepancies
    if not found:
        return "<p>none</p>"
    rows = "\n".join(line for one in found[:MOST] for line in _lines(one))
    more = report.differing - min(len(found), MOST)
    rest = f"<p>… and {more:,} more, which this page does not hold</p>" if more > 0 else ""
    head = "<tr><th>table</th><th>key</th><th>kind</th><th>column</th><th>source</th>"
    return f"<table><thead>{head}<th>sink</th></tr></thead><tbody>{rows}</tbody></table>{rest}"


def _lines(one: Discrepancy) -> Iterable[str]:
    key = ", ".join(f"{name}={value}" for name, value in one.key)
    head = [one.table, key, one.kind.replace("_", " ")]
    for values in [(c.column, c.source, c.sink) for c in one.columns] or [("", "", "")]:
        cells = "".join(f"<td>{escape(text)}</td>" for text in (*head, *values))
        head = ["", "", ""]
        yield f"<tr>{cells}</tr>"
