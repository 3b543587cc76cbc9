"""From a spec to a plan: read the world, refuse what can't be, compare."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from messina.deployer.checks import fixed, refuse, secret_problems, taken_tables
from messina.deployer.checks_connect import config_problems
from messina.deployer.checks_postgres import right_problems
from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired, parts_of
from messina.deployer.diff import diff
from messina.deployer.drift import gone_on, kept, other_sinks, strict_registry, unhealed
from messina.deployer.fingerprint import seen, source_digest
from messina.deployer.kinds import connector, strays, table, topic, view
from messina.deployer.offsets.hints import before_going_on
from messina.deployer.plan import Plan, Reads
from messina.deployer.promises import SourceFacts, broken, crowded, promises
from messina.deployer.render.converters import converter_class
from messina.deployer.render.sinks import sink_kind
from messina.deployer.render.sources import source_kind
from messina.deployer.resources import Desired
from messina.deployer.site import Site
from messina.deployer.world import World
from messina.pipeline import Endpoints, PipelineSpec, Problem, resolve
from messina.scylla import (
    KeyspaceMissing,
    ScyllaError,
    TableSchema,
    stream_counts,
    table_names,
    table_schemas,
)
from messina.secrets import line_end

_CONNECTIONS = sql.SQL("SHOW max_connections")


def plan(
    spec: PipelineSpec,
    endpoints: Endpoints,
    *,
    delete_data: bool = False,
    patience: float = 60.0,
) -> Plan:
    """Compare a spec with the world; nothing is changed.

    Args:
        spec: the pipeline.
        endpoints: where the systems are; what the spec says itself wins.
        delete_data: whether topics and tables go that the spec does not want any more.
        patience: seconds that Kafka Connect is given to settle.

    Raises:
        SpecError: if the pipeline can't be carried out; with every reason and its place.
    """
    endpoints = endpoints.under(spec)
    refuse(spec, secret_problems(spec, endpoints, line_end))
    with Site(endpoints, patience=patience) as site:
        stated, spec = spec, resolved(site, spec)
        schemas = read_schemas(site, spec)
        refuse(spec, [*source_problems(spec, schemas), *connection_problems(site, spec)])
        found = {k: v for k, v in schemas.items() if isinstance(v, TableSchema)}
        parts = parts_of(spec, found)
        wanted = desired(spec, found, endpoints)
        world = gather(
            site,
            wanted,
            schemas,
            keyspace=spec.source.keyspace,
            sink_schema=spec.sink.schema_name,
        )
        promised = promises(spec, source_facts(site, spec, found), wanted.connectors)
        refuse(
            spec,
            [
                *fixed(spec, parts, wanted, world),
                *taken_tables(spec, wanted, world, endpoints),
                *broken(spec, promised),
            ],
        )
        mode = site.registry.compatibility()
        ((allowed,),) = site.sql("asking for its limits", _CONNECTIONS)
        result = diff(wanted, world, endpoints, delete_data=delete_data)
        refuse(
            spec,
            [*right_problems(site, spec, result), *config_problems(site, spec, parts, result)],
        )
    file = spec.argument
    reads = Reads(
        keyspace=spec.source.keyspace,
        tables=tuple(one.name for one in spec.tables),
        patterns=stated.patterns,
        exclude_tables=stated.exclude_tables,
        sink_schema=spec.sink.schema_name,
        seen=seen(wanted, world),
    )
    notes = (
        *crowded(promised, int(allowed)),
        *source_kind(spec).notes(spec, found),
        *strict_registry(mode, endpoints.registry.url),
        *before_going_on(result.actions, file),
        *other_sinks(result.actions, stated="connector" in spec.sink.model_fields_set, file=file),
        *gone_on(result.actions, world.statuses, file),
        *unhealed(result.actions, file),
        *(() if delete_data else kept(world.strays, file)),
    )
    return result.model_copy(
        update={
            "promises": promised,
            "notes": notes,
            "file": file,
            "reads": reads,
        }
    )


def connection_problems(site: Site, spec: PipelineSpec) -> list[Problem]:
    """Return why the chosen connectors can't run here at all."""
    kind = source_kind(spec)
    problems = []
    if (found := kind.connection_problem(site.endpoints)) is not None:
        what, way = found
        problems.append(spec.problem(what, "source", "connector", expected=way))
    known = {plugin.connector_class for plugin in site.connect.plugins(connectors_only=False)}
    needed: dict[tuple[str, ...], tuple[str, ...]] = {
        ("source", "connector"): kind.plugins,
        ("sink", "connector"): sink_kind(spec).plugins(spec),
        ("registry", "kind"): (converter_class(site.endpoints.registry),),
    }
    for at, names in needed.items():
        missing = [name for name in names if name not in known]
        if not missing:
            continue
        problems.append(
            spec.problem(
                f"Kafka Connect at {site.connect.url} has no plugin {', '.join(missing)}",
                *at,
                expected="the plugin in the workers: messina up --plugin-path DIR, where DIR holds "
                "its jars, or its Maven coordinates in a set of infra/connect/plugins "
                f"(infra/connect/plugins/README.md){_instead(spec, *at)}",
            )
        )
    return problems


def _instead(spec: PipelineSpec, *at: str) -> str:
    """What to choose where the workers lack what nobody has chosen: the default."""
    if at != ("sink", "connector") or spec.sink.connector != "messina":
        return ""
    return "; or `connector: debezium`, if they have that: its task stops at a row that is rejected"


def resolved(site: Site, spec: PipelineSpec) -> PipelineSpec:
    """Return a spec whose tables all have their names: those that its patterns mean now."""
    if spec.resolved:
        return spec
    return resolve(spec, table_names(site.scylla, spec.source.keyspace))


def read_schemas(site: Site, spec: PipelineSpec) -> dict[str, TableSchema | ScyllaError]:
    """Return each source table's schema, or why there is none."""
    return source_schemas(site, spec.source.keyspace, [one.name for one in spec.tables])


def source_schemas(
    site: Site, keyspace: str, tables: Sequence[str]
) -> dict[str, TableSchema | ScyllaError]:
    """Return the schemas of tables of a keyspace, or why there are none."""
    try:
        return dict(table_schemas(site.scylla, keyspace, tables))
    except KeyspaceMissing as error:
        return dict.fromkeys(tables, error)


def source_facts(
    site: Site, spec: PipelineSpec, schemas: Mapping[str, TableSchema]
) -> dict[str, SourceFacts]:
    """Return what promises need to know of the source tables."""
    streams = stream_counts(site.scylla, spec.source.keyspace, schemas)
    return {
        name: SourceFacts(streams=streams[name], log_ttl=schema.cdc.ttl)
        for name, schema in schemas.items()
    }


def gather(
    site: Site,
    wanted: Desired,
    schemas: Mapping[str, TableSchema | ScyllaError],
    *,
    keyspace: str,
    sink_schema: str,
) -> World:
    """Return what exists of what is desired, and what is left of what once was."""
    topics = topic.read(site, wanted.topics)
    connectors = connector.read(site, wanted.pipeline, wanted.connectors)
    left = strays.read(
        site,
        prefix=f"{wanted.pipeline}.{keyspace}.",
        topics=[one.name for one in wanted.topics],
        sink_schema=sink_schema,
        tables=[one.table for one in wanted.tables if one.schema_name == sink_schema],
    )
    return World(
        topics=topics,
        schemas=table.read_schemas(site, wanted.schemas),
        tables=table.read(site, wanted.tables),
        views=view.read(site, wanted.views),
        connectors=connectors.wanted,
        statuses=connectors.statuses,
        strays=(*connectors.strays, *left),
        filled=table.filled_from(site, sink_schema),
        others=connectors.others,
        sources={name: source_digest(schema) for name, schema in schemas.items()},
    )
