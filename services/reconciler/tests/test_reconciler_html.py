"""A report as a page: complete, by itself, and harmless whatever the rows hold."""

from datetime import UTC, datetime

from messina.reconciler import ColumnDifference, Discrepancy, Report, TableReport
from messina.reconciler.html import report_html
from messina.reconciler.report import MOST

BAD = "<script>alert('x')</script>"
FOUND = Discrepancy("k.t", "different", (("id", BAD),), (ColumnDifference("n", BAD, "$x ${y}"),))
WHEN = datetime(2026, 11, 23, 16, tzinfo=UTC)


def page(*found: Discrepancy) -> str:
    table = TableReport("k.t", 1_000, 999, 3, 0, found, ("a note & more",), 0.01)
    return report_html(Report("p", (table,), 1.0), "the-run", {"sample": 0.01}, WHEN)


def test_values_are_shown_and_not_run() -> None:
    """Whatever a row holds is text in the page."""
    made = page(FOUND)
    assert BAD not in made
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in made
    assert "<td>$x ${y}</td>" in made


def test_it_needs_nothing_else() -> None:
    """No script, no link, nothing that is fetched: one file says it all."""
    made = page(FOUND)
    assert not any(word in made for word in ("http:", "https:", "<link", "<script", "src="))
    for part in ("1,000", "999", "1.00%", "a note &amp; more", "the-run", "2026-11-23 16:00:00"):
        assert part in made
    assert "1 rows differ" in made and "sample" in made


def test_a_page_can_be_opened_whatever_was_found() -> None:
    """Of very many discrepancies some are shown, and the page says how many are not."""
    made = page(*[FOUND] * (MOST + 5))
    assert made.count("<td>different</td>") == MOST
    assert "… and 5 more" in made
    assert "<p>none</p>" in page()


def test_a_page_counts_what_the_report_does_not_hold() -> None:
    """Of the rows that differ a report holds some; the page says how many there are."""
    table = TableReport("k.t", 9, 9, 0, 0, (FOUND,), counted=7_000)
    made = report_html(Report("p", (table,), 1.0), "", {}, WHEN)
    assert "7,000 rows differ" in made and "… and 6,999 more" in made
