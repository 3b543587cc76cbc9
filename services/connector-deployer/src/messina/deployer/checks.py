"""What a plan refuses, before anything is made: each problem with its place in the spec."""

import shlex
from collections.abc import Callable, Iterable, Mapping

from messina.deployer.resources import Desired, TableResource, TopicResource
from messina.deployer.tables import column_problem, key_problem, name_problem
from messina.deployer.world import World
from messina.pipeline import Endpoints, PipelineSpec, Problem, SecretRef, SpecError, TableSpec
from messina.postgres import diff
from messina.scylla import ScyllaError, TableSchema

At = tuple[str | int, ...]


def refuse(spec: PipelineSpec, problems: Iterable[Problem]) -> None:
    """Raise what is wrong, all at once; do nothing if nothing is.

    Raises:
        SpecError: if there is a problem.
    """
    found = list(problems)
    if found:
        file = spec.position().file
        raise SpecError(
            found, f"Nothing was changed. Next: correct this, then messina deploy plan {file}"
        )


def secret_problems(
    spec: PipelineSpec, endpoints: Endpoints, line_end: Callable[[SecretRef], int]
) -> list[Problem]:
    """Return which secrets the connectors would read otherwise than this service does.

    Args:
        spec: the pipeline.
        endpoints: where the systems are, with what the spec itself says put over them.
        line_end: how many bytes of a secret's file are a line end.
    """
    used: tuple[tuple[SecretRef | None, At], ...] = (
        (endpoints.scylla.password, ("source", "scylla", "password")),
        (endpoints.postgres.password, ("sink", "postgres", "password")),
        (spec.source.mask_key, ("source", "mask_key")),
    )
    problems = []
    for ref, at in used:
        if ref is None or (length := line_end(ref)) == 0:
            continue
        told = "mask key's" if at[1] == "mask_key" else f"{at[1]} password's"
        problems.append(
            spec.problem(
                f"the {told} file {ref.name} ends with a line end, which Kafka Connect "
                "takes for part of the secret",
                *at,
                expected=f"the secret alone: truncate -s -{length} {shlex.quote(ref.name)}",
            )
        )
    return problems


def source_problems(
    spec: PipelineSpec, schemas: Mapping[str, TableSchema | ScyllaError]
) -> list[Problem]:
    """Return what keeps source tables from being carried.

    Args:
        spec: the pipeline.
        schemas: by table, what was found, or why nothing was.
    """
    problems = []
    for index, table in enumerate(spec.tables):
        schema = schemas[table.name]
        at: At = ("tables", index, "name")
        if isinstance(schema, ScyllaError):
            problems.append(spec.problem(_without_next(str(schema)), *at))
        else:
            problems.extend(_table_problems(spec, table, schema, at))
    return problems


def _table_problems(
    spec: PipelineSpec, table: TableSpec, schema: TableSchema, at: At
) -> list[Problem]:
    problems = []
    if not schema.cdc.enabled:
        problems.append(
            spec.problem(
                f"table {schema.name} has no CDC",
                *at,
                expected=f"ALTER TABLE {schema.cql_name} WITH cdc = {{'enabled': true}}",
            )
        )
    for column in schema.columns:
        reason = column_problem(column)
        if reason is None and column in schema.primary_key:
            reason = key_problem(column)
        if reason is None:
            reason = name_problem(column)
        if reason is not None:
            what = f"column {column.name} of {schema.name} can't be carried: {reason}"
            problems.append(spec.problem(what, *at, got=column.cql_type))
    return problems


def fixed(spec: PipelineSpec, desired: Desired, world: World) -> list[Problem]:
    """Return what would have to change in the world, but can't without losing data."""
    problems = []
    for index, table in enumerate(spec.tables):
        topic = next(t for t in desired.topics if t.name == spec.topic(table))
        pg_table = next(t for t in desired.tables if t.table == table.name)
        partitions: At = ("tables", index, "partitions" if table.partitions else "name")
        problems.extend(_topic_problems(spec, topic, world, partitions))
        problems.extend(_pg_problems(spec, pg_table, world, ("tables", index, "name")))
    for topic in desired.topics[len(spec.tables) :]:
        problems.extend(_topic_problems(spec, topic, world, ("pipeline",)))
    return problems


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
        spec.problem(f"Postgres has another table of this name: {change}", *at)
        for change in diff(table.definition(), existing.definition())
        if change.statement is None
    ]


def _without_next(message: str) -> str:
    return message.partition("; next:")[0]
