"""What a plan refuses, before anything is made: each problem with its place in the spec."""

import shlex
from collections.abc import Callable, Iterable, Sequence

from psycopg import sql

from messina.deployer.kinds.connector import OURS, database_of, items
from messina.deployer.parts import Part, rows_part
from messina.deployer.render.jdbc import jdbc_url
from messina.deployer.resources import ConnectorResource, Desired, TableResource, TopicResource
from messina.deployer.world import World
from messina.pipeline import Endpoints, PipelineSpec, Problem, SecretRef, SpecError
from messina.postgres import MustBeFilled, diff

At = tuple[str | int, ...]
_CLASS = "connector.class"
_FORMAT = "table.name.format"
_OWNER: dict[str | int, str] = {"kafka": "kafka", "registry": "registry"}


def refuse(spec: PipelineSpec, problems: Iterable[Problem]) -> None:
    """Raise what is wrong, all at once; do nothing if nothing is.

    Raises:
        SpecError: if there is a problem.
    """
    found = list(problems)
    if found:
        next_step = f"Next: correct this, then messina deploy plan {spec.argument}"
        raise SpecError(found, f"Nothing was changed. {next_step}")


def secret_problems(
    spec: PipelineSpec, endpoints: Endpoints, line_end: Callable[[SecretRef], int]
) -> list[Problem]:
    """Return which secrets the connectors would read otherwise than this service does.

    Args:
        spec: the pipeline.
        endpoints: where the systems are, with what the spec itself says put over them.
        line_end: how many bytes of a secret's file are a line end.
    """
    security = endpoints.kafka.security
    used: tuple[tuple[SecretRef | None, At], ...] = (
        (security.password if security else None, ("kafka", "security", "password")),
        (endpoints.registry.password, ("registry", "password")),
        (endpoints.scylla.password, ("source", "scylla", "password")),
        (endpoints.postgres.password, ("sink", "postgres", "password")),
        (spec.source.mask_key, ("source", "mask_key")),
    )
    problems = []
    for ref, at in used:
        if ref is None or (length := line_end(ref)) == 0:
            continue
        told = "mask key's" if at[1] == "mask_key" else f"{_OWNER.get(at[0], at[1])} password's"
        problems.append(
            spec.problem(
                f"the {told} file {ref.name} ends with a line end, which Kafka Connect "
                "takes for part of the secret",
                *at,
                expected=f"the secret alone: truncate -s -{length} {shlex.quote(ref.name)}",
            )
        )
    return problems


def fixed(
    spec: PipelineSpec, parts: Sequence[Part], desired: Desired, world: World
) -> list[Problem]:
    """Return what would have to change in the world, but can't without losing data.

    Args:
        spec: the pipeline.
        parts: what goes its own way of its tables.
        desired: what there is to be.
        world: what there is.
    """
    problems = []
    topics = {part.topic: part for part in parts}
    for topic in desired.topics:
        at: At = ("pipeline",)
        if (part := topics.get(topic.name)) is not None:
            at = ("tables", part.index, "partitions" if part.table.partitions else "name")
        problems.extend(_topic_problems(spec, topic, world, at))
    places = {f"{spec.sink.schema_name}.{part.target}": part.index for part in parts}
    for table in desired.tables:
        index = places.get(table.name)
        at = ("sink",) if index is None else ("tables", index, "name")
        problems.extend(_pg_problems(spec, table, world, at))
    for connector in desired.connectors:
        problems.extend(_connector_problems(spec, connector, world))
    if (other := _of_another_class(desired, world)) is not None:
        wanted, had, item = other
        problems.append(
            spec.problem(
                f"table {item} is carried by connector {had.name}, which is of another class, and "
                f"is to go to connector {wanted.name}: where that would begin is not known when "
                "both change at once",
                *("source", "connector"),
                got=wanted.config[_CLASS],
                expected=f"{had.config[_CLASS]} while tables go to other connectors (bulkhead, "
                "group); once that is applied, the other source.connector",
            )
        )
    return problems


def taken_tables(
    spec: PipelineSpec, desired: Desired, world: World, endpoints: Endpoints
) -> list[Problem]:
    """Return which Postgres tables somebody else's sink writes: a table has one writer.

    Args:
        spec: the pipeline.
        desired: what there is to be.
        world: what there is.
        endpoints: where the systems are.
    """
    ours = database_of(jdbc_url(endpoints.postgres, ""))
    problems = []
    indices = {rows_part(spec, n).target: n for n in range(len(spec.tables))}
    for table in desired.tables:
        if table.schema_name != spec.sink.schema_name:
            continue
        filled = world.filled.get(table.table)
        for other in world.others:
            written = (other.config.get(name) for name in ("collection.name.format", _FORMAT))
            same = other.config.get("connection.url") == ours
            reads = filled not in (None, table.topic) and filled in items(other)
            if same and (reads or table.name in written):
                at: At = ("tables", indices.get(table.table, 0), "name")
                problems.append(
                    spec.problem(
                        f"Postgres table {table.name} is written by the sink {other.name} already, "
                        "which is not this pipeline's: each would undo what the other writes",
                        *at,
                        expected="another name (`to`) or sink.schema; or first destroy the "
                        "other pipeline",
                    )
                )
                break
    return problems


def _of_another_class(
    desired: Desired, world: World
) -> tuple[ConnectorResource, ConnectorResource, str] | None:
    """A source that gets a table which one of another class has: theirs are other offsets."""
    there = [*world.connectors.values(), *world.strays]
    sources = [one for one in there if isinstance(one, ConnectorResource) and one.role == "source"]
    for wanted in desired.connectors:
        now = world.connectors.get(wanted.name)
        classes = {one.config.get(_CLASS) for one in (wanted, now) if one is not None}
        for had in sources:
            if wanted.role != "source" or wanted.name == had.name:
                continue
            shared = sorted({*items(wanted)} & {*items(had)})
            if shared and classes != {had.config.get(_CLASS)}:
                return wanted, had, shared[0]
    return None


def _connector_problems(
    spec: PipelineSpec, connector: ConnectorResource, world: World
) -> list[Problem]:
    """One of our classes is replaced by another (`replacing`); somebody else's is not."""
    existing = world.connectors.get(connector.name)
    found = None if existing is None else existing.config.get(_CLASS)
    if existing is None or found in OURS:
        return []
    return [
        spec.problem(
            f"connector {connector.name} exists and is another one, whose offsets and records this "
            "one could not go on from",
            *(connector.role, "connector"),
            got=connector.config[_CLASS],
            expected=f"{found}, or first: messina deploy destroy {spec.argument} --delete-data",
        )
    ]


def _topic_problems(
    spec: PipelineSpec, topic: TopicResource, world: World, at: At
) -> list[Problem]:
    existing = world.find(topic)
    if not isinstance(existing, TopicResource) or existing.partitions == topic.partitions:
        return []
    return [
        spec.problem(
            f"topic {topic.name} exists with {existing.partitions} partitions; their number is "
            "fixed, as each holds a slice of the ring",
            *at,
            got=str(topic.partitions),
            expected=str(existing.partitions),
        )
    ]


def _pg_problems(spec: PipelineSpec, table: TableResource, world: World, at: At) -> list[Problem]:
    existing = world.find(table)
    if not isinstance(existing, TableResource):
        return []
    return [
        (
            _column_in_the_way(spec, change, at)
            if isinstance(change, MustBeFilled)
            else spec.problem(f"Postgres has another table of this name: {change}", *at)
        )
        for change in diff(table.definition(), existing.definition())
        if change.statement is None
    ]


def _column_in_the_way(spec: PipelineSpec, change: MustBeFilled, at: At) -> Problem:
    """A column that somebody has added: the sink does not know it, and can't fill it."""
    alter = sql.SQL("ALTER TABLE {} ALTER COLUMN {}").format(
        sql.Identifier(change.table.schema, change.table.name), sql.Identifier(change.column)
    )
    return spec.problem(
        f"the sink would stop at the first new row of Postgres table {change}",
        *at,
        expected=f"{alter.as_string(None)} DROP NOT NULL, or … SET DEFAULT a value",
    )
