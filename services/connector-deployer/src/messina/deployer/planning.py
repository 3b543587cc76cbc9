"""From a spec to a plan: read the world, refuse what can't be, compare."""

from collections.abc import Sequence

from messina.deployer.checks import fixed, refuse, secret_problems
from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired, parts_of
from messina.deployer.diff import diff
from messina.deployer.errors import DeployerError
from messina.deployer.kinds import connector, table, topic, view
from messina.deployer.parts import Part
from messina.deployer.plan import Change, Create, Plan
from messina.deployer.render.converters import converter_class
from messina.deployer.render.sinks import sink_kind
from messina.deployer.render.sources import source_kind
from messina.deployer.resources import ConnectorResource, Desired
from messina.deployer.site import Site
from messina.deployer.world import World
from messina.kafka import ConnectRefused, FieldErrors
from messina.pipeline import Endpoints, PipelineSpec, Problem
from messina.scylla import KeyspaceMissing, ScyllaError, TableMissing, TableSchema, table_schema
from messina.secrets import line_end

NOT_FOUND = 404


def plan(spec: PipelineSpec, endpoints: Endpoints, *, patience: float = 60.0) -> Plan:
    """Compare a spec with the world; nothing is changed.

    Args:
        spec: the pipeline.
        endpoints: where the systems are; what the spec says itself wins.
        patience: seconds that Kafka Connect is given to settle.

    Raises:
        SpecError: if the pipeline can't be carried out; with every reason and its place.
    """
    endpoints = endpoints.under(spec)
    refuse(spec, secret_problems(spec, endpoints, line_end))
    with Site(endpoints, patience=patience) as site:
        schemas = read_schemas(site, spec)
        refuse(spec, [*source_problems(spec, schemas), *connection_problems(site, spec)])
        found = {k: v for k, v in schemas.items() if isinstance(v, TableSchema)}
        parts = parts_of(spec, found)
        wanted = desired(spec, found, endpoints)
        world = gather(site, wanted)
        refuse(spec, fixed(spec, parts, wanted, world))
        result = diff(wanted, world, endpoints)
        refuse(spec, config_problems(site, spec, parts, result))
    return result.model_copy(update={"notes": source_kind(spec).notes(spec, found)})


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
                "(infra/connect/plugins/README.md)",
            )
        )
    return problems


def read_schemas(site: Site, spec: PipelineSpec) -> dict[str, TableSchema | ScyllaError]:
    """Return each source table's schema, or why there is none."""
    found: dict[str, TableSchema | ScyllaError] = {}
    for one in spec.tables:
        try:
            found[one.name] = table_schema(site.scylla, spec.source.keyspace, one.name)
        except (TableMissing, KeyspaceMissing) as error:
            found[one.name] = error
    return found


def gather(site: Site, wanted: Desired) -> World:
    """Return what exists of what is desired."""
    return World(
        topics=topic.read(site, wanted.topics),
        schemas=table.read_schemas(site, wanted.schemas),
        tables=table.read(site, wanted.tables),
        views=view.read(site, wanted.views),
        connectors=connector.read(site, wanted.connectors),
        statuses=connector.statuses(site, wanted.connectors),
    )


def config_problems(
    site: Site, spec: PipelineSpec, parts: Sequence[Part], result: Plan
) -> list[Problem]:
    """Return what Kafka Connect itself would refuse of the connectors that are to be made."""
    problems = []
    places = {part.sink: part.index for part in parts}
    places |= {spec.source_connector(one): index for index, one in enumerate(spec.tables)}
    for step in result.steps:
        resource = step.resource
        if not isinstance(step, Create | Change) or not isinstance(resource, ConnectorResource):
            continue
        at = ("tables", places[resource.name], "name")
        for field in _validate(site, resource):
            what = f"Kafka Connect would refuse {field.name} of connector {resource.name}"
            problems.append(spec.problem(what, *at, got="; ".join(field.errors)))
    return problems


def _validate(site: Site, resource: ConnectorResource) -> tuple[FieldErrors, ...]:
    try:
        return site.connect.validate(resource.config)
    except ConnectRefused as error:
        if error.status != NOT_FOUND:
            raise
        plugin = resource.config["connector.class"]
        raise DeployerError(
            f"Kafka Connect at {site.connect.url} has no plugin {plugin}; nothing was changed; "
            "next: install it where the workers look for plugins"
        ) from error
