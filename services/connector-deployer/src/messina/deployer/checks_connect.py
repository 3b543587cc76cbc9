"""What Kafka Connect itself would refuse of the connectors that a plan makes or changes."""

from collections.abc import Iterator, Mapping, Sequence

from messina.deployer.errors import DeployerError
from messina.deployer.parts import Part
from messina.deployer.plan import Change, Create, Plan, Replace
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.kafka import ConnectRefused, FieldErrors
from messina.pipeline import PipelineSpec, Problem

NOT_FOUND = 404
_VAULT = "${vault:"
_OF_ONE = frozenset(
    "name topics tables scylla.table.names collection.name.format table.name.format connection.url"
    " slices tasks.max columns.include columns.exclude columns.mask.hmac columns.mask.null"
    " topic.creation.static.include topic.creation.static.partitions"
    " transforms.exclude.exclude errors.deadletterqueue.topic.name".split()
)
"""Settings that differ from table to table, and that the plan has checked itself."""


def config_problems(
    site: Site, spec: PipelineSpec, parts: Sequence[Part], result: Plan
) -> list[Problem]:
    """Return what Kafka Connect would refuse of the connectors that are to be made or changed.

    Connect answers in a tenth of a second or more, so of connectors that differ only in their
    tables one is asked about. What is asked about is the same for all others.
    """
    changed = list(representatives(result))
    problems = unfilled(site, spec, changed)
    places = {part.sink: part.index for part in parts}
    places |= {spec.source_connector(one): index for index, one in enumerate(spec.tables)}
    for resource in changed:
        at = ("tables", places[resource.name], "name")
        for field in _validate(site, resource):
            what = f"Kafka Connect would refuse {field.name} of connector {resource.name}"
            problems.append(spec.problem(what, *at, got="; ".join(field.errors)))
    return problems


def unfilled(
    site: Site, spec: PipelineSpec, connectors: Sequence[ConnectorResource]
) -> list[Problem]:
    """Return that references to Vault would reach connectors as they are written.

    Connect hands on a placeholder of a provider that it was not told of, and says nothing.
    """
    for resource in connectors:
        if any(_VAULT in value for value in resource.config.values()):
            break
    else:
        return []
    if not handed_on(site, resource, "vault"):
        return []
    return [
        spec.problem(
            f"Kafka Connect at {site.connect.url} has no provider `vault`: it would take "
            f"references to Vault for the passwords themselves, as in connector {resource.name}",
            "pipeline",
            expected="the provider in the workers: messina up --with vault, or "
            "config.providers=vault (infra/connect/vault-provider/README.md)",
        )
    ]


def handed_on(site: Site, resource: ConnectorResource, provider: str) -> bool:
    """Return whether the worker hands on what a provider should fill in: it does not know it."""
    # No place in any Vault: its provider refuses that without asking there. A worker that has no
    # such provider takes it for the number itself.
    nowhere = f"${{{provider}:probe:none}}"
    # A validation repeats values that it refuses, so none may be a secret.
    plain = {k: v for k, v in resource.config.items() if "${" not in v}
    try:
        refused = site.connect.validate({**plain, "tasks.max": nowhere})
    except ConnectRefused:
        return False
    return any(nowhere in error for field in refused for error in field.errors)


def representatives(result: Plan) -> Iterator[ConnectorResource]:
    """Return of the connectors that are to be made or changed one for each configuration."""
    known: set[tuple[tuple[str, str], ...]] = set()
    for step in result.steps:
        resource = step.resource
        if isinstance(step, Create | Change | Replace) and isinstance(resource, ConnectorResource):
            form = _form(resource.config)
            if form not in known:
                known.add(form)
                yield resource


def _form(config: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, "" if k in _OF_ONE else v) for k, v in config.items()))


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
