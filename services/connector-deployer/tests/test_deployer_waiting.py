"""Waiting for connectors: what counts as running, what an error tells."""

from types import SimpleNamespace
from typing import cast

from messina.deployer.errors import NotRunning, first_line
from messina.deployer.health import side
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.deployer.waiting import Starts, pending
from messina.kafka import ConnectorStatus, Offset

SINK = ConnectorResource(name="flights.sink", role="sink", tasks=2, config={})


def status(connector: str, *tasks: str, trace: str | None = None) -> ConnectorStatus:
    return ConnectorStatus.model_validate(
        {
            "name": "flights.sink",
            "connector": {"state": connector, "worker_id": "w"},
            "tasks": [
                {"id": i, "state": t, "worker_id": "w", "trace": trace if t == "FAILED" else None}
                for i, t in enumerate(tasks)
            ],
        }
    )


def test_all_expected_tasks_must_run() -> None:
    """A connector is waited for until as many tasks run as are expected, listed or not."""

    def waits(*tasks: str) -> dict[str, str]:
        return pending([SINK], {"flights.sink": status("RUNNING", *tasks)})

    assert waits("RUNNING", "RUNNING") == {}
    assert waits() == {"flights.sink": "RUNNING, 0 of 2 tasks RUNNING"}
    assert waits("RUNNING") == {"flights.sink": "RUNNING, 1 of 2 tasks RUNNING"}
    assert waits("RUNNING", "FAILED") == {"flights.sink": "RUNNING, 1 of 2 tasks RUNNING, 1 FAILED"}


def test_a_connector_that_connect_does_not_know_is_missing() -> None:
    """A connector without a status is waited for as missing."""
    assert pending([SINK], {}) == {"flights.sink": "missing"}


def test_the_error_carries_state_trace_and_next_command() -> None:
    """When waiting ends, the error has each connector's state, its trace, and what to run next."""
    trace = "Oops: no\n" + "\tat x\n" * 50 + "Caused by: Why: because\n\tat y\n"
    error = str(NotRunning({"a.sink": "RUNNING, 0 of 1"}, {"a.sink": trace}, 12.3, "f.yaml"))
    assert "1 connector does not run after 12 s" in error
    assert "a.sink: RUNNING, 0 of 1" in error
    assert "    Oops: no" in error
    assert "    Caused by: Why: because" in error
    assert error.count("\tat x") < 15
    assert "next: messina logs connect, then messina deploy apply f.yaml" in error


def test_a_side_with_a_missing_task_is_not_healthy() -> None:
    """RUNNING with a task missing is not healthy; nor is a connector that does not exist."""
    found = {"flights.sink": status("RUNNING", "RUNNING")}
    assert side("flights.sink", 1, found).healthy
    assert not side("flights.sink", 2, found).healthy
    assert side("other", 1, found).state == "missing"


def test_a_side_tells_its_last_error() -> None:
    """A failed task makes its side FAILED, with the cause in one line."""
    found = {"flights.sink": status("RUNNING", "FAILED", trace="A: b\n\tat x\nCaused by: C: d")}
    shown = side("flights.sink", 1, found)
    assert (shown.state, shown.running, shown.error) == ("FAILED", 0, "C: d")


def test_a_source_runs_once_its_start_is_in_kafka() -> None:
    """A source whose slices have no offsets yet is waited for: "now" would be another one later."""
    source = ConnectorResource(
        name="flights.source", role="source", tasks=1, config={"slices": "2", "tables": "k.t"}
    )
    key = {"keyspace": "k", "table": "t"}
    known: list[Offset] = []
    site = cast(
        Site,
        SimpleNamespace(
            open=lambda *systems: None, connect=SimpleNamespace(offsets=lambda name: known)
        ),
    )

    starts = Starts(site, [SINK, source])
    waits = starts.missing

    assert waits() == {"flights.source": "RUNNING, its start is in Kafka for 0 of 2 slices"}
    known += [
        Offset(partition={**key, "slice": 0}, offset={"fast_until": "t"}),
        Offset(partition={**key, "slice": 1}, offset=None),
        # of a table that the connector no longer carries
        Offset(partition={**key, "table": "u", "slice": 1}, offset={"fast_until": "t"}),
    ]
    assert waits() == {"flights.source": "RUNNING, its start is in Kafka for 1 of 2 slices"}
    known[1] = Offset(partition={**key, "slice": 1}, offset={"fast_until": "t"})
    assert waits() == {}
    known.clear()
    assert waits() == {}, "a start that was seen stays"


def test_a_cause_that_nobody_would_guess_is_told_as_what_it_means() -> None:
    """Of a Postgres that does not let it in the sink says just that it has no dialect."""
    said = "Unable to determine Dialect without JDBC metadata (please set x)"
    trace = f"org.hibernate.X: Unable to create y\n\tat z\nCaused by: org.hibernate.Y: {said}"
    assert first_line(trace).startswith("the sink could not connect to Postgres")
