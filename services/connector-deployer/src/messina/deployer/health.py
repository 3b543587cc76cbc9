"""How a pipeline is: per table, source and sink, tasks as expected or not."""

from messina.deployer.errors import first_line
from messina.deployer.resources import Value
from messina.deployer.site import Site
from messina.kafka import ConnectorStatus
from messina.pipeline import Endpoints, PipelineSpec


class Side(Value):
    """One connector of a table."""

    connector: str
    state: str
    running: int
    expected: int
    error: str | None = None

    @property
    def healthy(self) -> bool:
        """Whether it runs with as many tasks as expected."""
        return self.state == "RUNNING" and self.running == self.expected and self.error is None


class TableStatus(Value):
    """A table: what reads it and what writes it."""

    table: str
    source: Side
    sink: Side
    static_sink: Side | None = None
    """What writes what its partitions share; None where the table has no such connector."""

    @property
    def sides(self) -> tuple[Side, ...]:
        """All of its connectors."""
        both = (self.source, self.sink)
        return both if self.static_sink is None else (*both, self.static_sink)

    @property
    def healthy(self) -> bool:
        """Whether all of them are."""
        return all(side.healthy for side in self.sides)


class PipelineStatus(Value):
    """A pipeline, table by table."""

    pipeline: str
    healthy: bool
    tables: tuple[TableStatus, ...]


def status(spec: PipelineSpec, endpoints: Endpoints, *, patience: float = 10.0) -> PipelineStatus:
    """Return how a pipeline is. Only Kafka Connect is asked, so it works while others are down.

    So a connector for static columns that does not exist is not missed here: a plan shows it.
    """
    with Site(endpoints.under(spec), patience=patience) as site:
        found = site.connect.statuses()
    tables = []
    for table in spec.tables:
        expected = spec.tasks_of(table)
        static = spec.static_sink_connector(table)
        tables.append(
            TableStatus(
                table=table.name,
                source=side(spec.source_connector(table), expected, found),
                sink=side(spec.sink_connector(table), expected, found),
                static_sink=side(static, expected, found) if static in found else None,
            )
        )
    healthy = all(table.healthy for table in tables)
    return PipelineStatus(pipeline=spec.pipeline, healthy=healthy, tables=tuple(tables))


def side(name: str, expected: int, found: dict[str, ConnectorStatus]) -> Side:
    """Return how one connector is, missing ones too."""
    status = found.get(name)
    if status is None:
        return Side(connector=name, state="missing", running=0, expected=expected)
    trace = status.last_error()
    state = "FAILED" if status.failed() else status.connector.state
    return Side(
        connector=name,
        state=state,
        running=status.running(),
        expected=expected,
        error=first_line(trace) if trace and status.failed() else None,
    )
