"""What is advised when ScyllaDB's connector was stopped: its rows may be lost."""

from pathlib import Path

from deployer_offsets import MESSINA, SCYLLADB

from messina.deployer.cli.status import stopped
from messina.deployer.health import PipelineStatus, Side, TableStatus
from messina.deployer.offsets.hints import after_going_on, before_going_on
from messina.deployer.plan import Action, Change, Restart, Resume, Unchanged
from messina.deployer.resources import ConnectorResource
from messina.pipeline import parse_spec


def source(name: str, kind: str = SCYLLADB) -> ConnectorResource:
    """A source connector of a class."""
    return ConnectorResource(name=name, role="source", tasks=1, config={"connector.class": kind})


def test_a_plan_advises_to_rewind_before_what_stands_goes_on() -> None:
    """Of what failed or was stopped, those of ScyllaDB's class; Messina's need nothing."""
    actions: list[Action] = [
        Restart(resource=source("a"), reason="it failed"),
        Resume(resource=source("b"), reason="it is STOPPED"),
        Restart(resource=source("c", MESSINA), reason="it failed"),
        Unchanged(resource=source("d")),
    ]
    (note,) = before_going_on(actions, "p.yaml")
    assert "a, b stopped, and may have lost rows" in note
    assert "before apply: messina deploy offsets rewind p.yaml --window" in note
    assert before_going_on(actions[2:], "p.yaml") == ()


def test_an_apply_advises_a_time_for_what_went_on() -> None:
    """What was changed, resumed, or failed and was restarted meanwhile has left its window."""
    actions: list[Action] = [
        Change(resource=source("a"), changes=()),
        Unchanged(resource=source("b")),
        Unchanged(resource=source("c")),
        Change(resource=source("d", MESSINA), changes=()),
    ]
    (note,) = after_going_on(actions, ["b"], "p.yaml")
    assert "a, b stopped and went on" in note
    assert "messina deploy offsets rewind p.yaml --to 15m" in note
    assert after_going_on(actions[2:], [], "p.yaml") == ()


def test_a_status_advises_it_too(tmp_path: Path) -> None:
    """A source of ScyllaDB's connector that stands is told with what to do, by its file."""
    text = "pipeline: p\nsource: {keyspace: k%s}\nsink: {schema: s}\ntables: [{name: t}]\n"
    side = Side(connector="p.t.source", state="FAILED", running=0, expected=1, error="x")
    status = PipelineStatus(
        pipeline="p", healthy=False, tables=(TableStatus(table="t", source=side, sink=side),)
    )
    official = parse_spec(text % ", connector: scylladb", "p.yaml")
    (note,) = stopped(official, status)
    assert "p.t.source stopped" in note
    assert "offsets rewind p.yaml --window" in note
    assert stopped(parse_spec(text % "", "p.yaml"), status) == ()
