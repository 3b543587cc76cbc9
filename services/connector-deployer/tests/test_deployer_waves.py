"""What is done together: topics at once, connectors in waves, one of many validated."""

from deployer_endpoints import ENDPOINTS

from messina.deployer.checks_connect import representatives
from messina.deployer.plan import Change, Create, Delete, Plan, Step
from messina.deployer.resources import (
    AnyResource,
    ConnectorResource,
    SchemaResource,
    TopicResource,
)
from messina.deployer.waves import waves


def sink(name: str, **config: str) -> ConnectorResource:
    return ConnectorResource(name=name, role="sink", tasks=1, config={"name": name, **config})


def source(name: str) -> ConnectorResource:
    return ConnectorResource(name=name, role="source", tasks=1, config={})


def created(*resources: AnyResource) -> list[Step]:
    return [Create(resource=one) for one in resources]


def test_steps_keep_their_order_and_go_together_where_they_can() -> None:
    """All topics in one wave, sinks and sources in waves of their own, everything else alone."""
    steps = created(
        TopicResource(name="t1", partitions=1),
        TopicResource(name="t2", partitions=1),
        SchemaResource(name="s"),
        *(sink(f"a{i}") for i in range(5)),
        *(source(f"b{i}") for i in range(2)),
    )
    found = [[step.resource.name for step in wave.steps] for wave in waves(steps, 3)]
    assert found == [["t1", "t2"], ["s"], ["a0", "a1", "a2"], ["a3", "a4"], ["b0", "b1"]]


def test_only_what_runs_afterwards_is_waited_for() -> None:
    """A wave of deletions waits for nothing; one of creations for the connectors it has made."""
    gone, made = waves([Delete(resource=sink("old"), reason="r"), *created(sink("new"))])
    assert gone.starting == ()
    assert [one.name for one in made.starting] == ["new"]


def test_of_connectors_that_differ_in_their_tables_only_one_is_validated() -> None:
    """Connect is asked once for each configuration, not for each table."""
    plan = Plan(
        pipeline="p",
        endpoints=ENDPOINTS,
        actions=tuple(
            created(
                sink("a", topics="x", **{"batch.size": "1"}),
                sink("b", topics="y", **{"batch.size": "1"}),
                sink("c", topics="z", **{"batch.size": "2"}),
            )
        ),
    )
    assert [one.name for one in representatives(plan)] == ["a", "c"]


def test_what_takes_offsets_is_done_before_what_loses_tables() -> None:
    """A connector that stops another is never in one wave with that one's own change."""
    taking = Create(resource=source("new"), takes={"k.a": "old"})
    found = [wave.steps for wave in waves([taking, *created(source("old"))])]
    assert [len(steps) for steps in found] == [1, 1]


def test_what_takes_offsets_from_each_other_is_one_wave_however_much_it_is() -> None:
    """Connectors that take tables from each other stand still together, not wave by wave."""
    steps: list[Step] = [
        Change(resource=source(f"s{i}"), changes=(), takes={"k.t": f"s{(i + 1) % 5}"})
        for i in range(5)
    ]
    assert [len(wave.steps) for wave in waves(steps, 2)] == [5]
