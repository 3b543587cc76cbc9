"""What a person sees of a plan, and while it is carried out."""

from io import StringIO

from deployer_endpoints import ENDPOINTS
from rich.console import Console

from messina.deployer.events import Done, Running, Waiting
from messina.deployer.plan import Change, Create, Delete, FieldChange, Plan, Replace
from messina.deployer.promises import Promises
from messina.deployer.resources import ConnectorResource, TopicResource
from messina.deployer.saved import Moved
from messina.deployer.showing import Showing, show_moved, show_plan

FIELD = FieldChange(field="retention.ms", old="1000", new="2000")


def sink(name: str) -> ConnectorResource:
    return ConnectorResource(name=name, role="sink", tasks=1, config={"topics": "p.k.t"})


def plan(*actions: Create | Change | Delete | Replace, promises: Promises | None = None) -> Plan:
    return Plan(
        pipeline="p", endpoints=ENDPOINTS, actions=actions, promises=promises, notes=("mind this",)
    )


def screen() -> tuple[Console, StringIO]:
    text = StringIO()
    return Console(file=text, width=120, highlight=False), text


def test_a_plan_is_shown_by_resource_with_each_field() -> None:
    """Create, change with old → new, replace with its reason, delete; then notes and the sum."""
    console, text = screen()
    shown = plan(
        Create(resource=sink("p.a.sink"), takes={"p.k.t": "p.all.sink"}),
        Change(resource=TopicResource(name="p.k.t", partitions=1), changes=(FIELD,)),
        Replace(resource=sink("p.b.sink"), changes=(), reasons=("it is another connector",)),
        Delete(resource=sink("p.all.sink"), reason="not wanted", offsets=True),
    )
    show_plan(console, shown, "plan.json")
    assert text.getvalue().splitlines() == [
        "pipeline p",
        "+ connector p.a.sink  sink, tasks 1",
        "    offsets of p.k.t: from p.all.sink",
        "~ topic     p.k.t",
        "    retention.ms: 1000 → 2000",
        "± connector p.b.sink  it is another connector",
        "- connector p.all.sink  not wanted, with its offsets",
        "! mind this",
        "Plan: 1 to create, 1 to change, 1 to replace, 1 to delete.",
        "Next: messina deploy apply plan.json",
    ]


def test_promises_stand_under_the_steps() -> None:
    """What it costs is told in one line for each system, and which tables are in no figure."""
    console, text = screen()
    promised = Promises(
        latency_floor_ms=600,
        latency_ms=800,
        log_queries_per_second=307_200,
        row_reads_per_second=4,
        connect_tasks=200,
        connect_memory_bytes=2**30,
        postgres_connections=200,
        kafka_bytes_per_day=2**31,
        log_rows_kept=86_400,
        log_bytes_kept=2**24,
        unstated=tuple(f"t{i}" for i in range(9)),
    )
    show_plan(console, plan(promises=promised), "f.yaml")
    told = text.getvalue()
    for part in (
        "600ms at most until a change is read, 800ms with the road",
        "307,200 CQL queries/s for the log, 4.0 row reads/s",
        "200 tasks, 1.0 GiB",
        "t0, t1, t2, t3 and 5 more",
    ):
        assert part in told


def test_many_connectors_are_counted_and_few_are_named() -> None:
    """While many start their number is told, once for each change; the last ones by their state."""
    console, text = screen()
    made = plan(Create(resource=sink("p.a.sink")))
    with Showing(console, made) as showing:
        showing.show(Done(step=made.steps[0], seconds=0.25))
        for left in (20, 20, 9, 1):
            states = {f"p.t{i}.sink": "RUNNING, 0 of 1 tasks RUNNING" for i in range(left)}
            showing.show(Waiting(connectors=states, of=20, seconds=1.0))
        showing.show(Running(connectors=20, tasks=20, seconds=2.0))
    assert text.getvalue().splitlines() == [
        "+ created connector p.a.sink 0.2 s",
        "…    1 s  0 of 20 connectors run",
        "…    1 s  11 of 20 connectors run",
        "…    1 s  p.t0.sink: RUNNING, 0 of 1 tasks RUNNING",
        "✓ 20 connectors run with 20 tasks 2.0 s",
    ]


def test_what_moved_is_shown_with_its_fields() -> None:
    """Of a world that is another one: what, how, and what it is now."""
    console, text = screen()
    show_moved(console, [Moved(what="topic p.k.t", how="has changed", changes=(FIELD,))])
    assert text.getvalue().splitlines() == [
        "! topic p.k.t has changed",
        "    retention.ms: 1000 → 2000",
    ]
