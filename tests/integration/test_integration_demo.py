"""The README's first command, in small, on the shared stack."""

import json

import pytest

from messina.cli.main import main
from messina.testing import Stack

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


def test_the_demo_ends_equal(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo carries every row of examples/flights.yaml, says so in one JSON object, exits 0."""
    monkeypatch.setenv("MESSINA_HOME", str(stack.layout.home))
    code = main(["demo", "--rows", "150", "--json"])
    outcome = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(outcome) == {
        "rows_written",
        "events",
        "rows_in_sink",
        "discrepancies",
        "latency_ms",
        "events_per_second",
        "seconds",
    }
    assert outcome["discrepancies"] == 0
    assert outcome["rows_in_sink"] > 500
    assert set(outcome["latency_ms"]) == {"p50", "p95", "max"}
    assert stack.status("connect").ready, "a stack that ran before the demo runs after it"
