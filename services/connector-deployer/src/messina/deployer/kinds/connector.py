"""Connectors."""

from collections.abc import Iterable
from typing import Literal

from messina.deployer.plan import FieldChange
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.kafka import ConnectorStatus, sink_group


def read(site: Site, wanted: Iterable[ConnectorResource]) -> dict[str, ConnectorResource]:
    """Return those of the connectors that exist, as they are configured."""
    existing = site.connect.connectors()
    found = {}
    for connector in wanted:
        if connector.name in existing:
            config = {k: v or "" for k, v in existing[connector.name].config.items()}
            found[connector.name] = connector.model_copy(update={"config": config})
    return found


def statuses(site: Site, wanted: Iterable[ConnectorResource]) -> dict[str, ConnectorStatus]:
    """Return how those of the connectors that exist are."""
    existing = site.connect.statuses()
    return {c.name: existing[c.name] for c in wanted if c.name in existing}


def create(site: Site, connector: ConnectorResource) -> None:
    """Make a connector; return when Connect has taken it, which is before it runs."""
    site.connect.put(connector.name, connector.config, until_known=False)


def change(site: Site, connector: ConnectorResource, changes: Iterable[FieldChange]) -> None:
    """Give a connector its whole configuration anew."""
    site.connect.put(connector.name, connector.config)
    status = site.connect.status(connector.name)
    if status is not None and status.connector.state in ("PAUSED", "STOPPED"):
        site.connect.resume(connector.name)


def restart(site: Site, connector: ConnectorResource) -> None:
    """Restart what has failed of a connector."""
    site.connect.restart(connector.name, only_failed=True)


def resume(site: Site, connector: ConnectorResource) -> None:
    """Let a connector go on, and restart what had failed of it, which resuming does not."""
    status = site.connect.status(connector.name)
    if status is not None and status.failed():
        site.connect.restart(connector.name, only_failed=True)
    site.connect.resume(connector.name)


def delete(site: Site, name: str, role: Literal["source", "sink"], *, offsets: bool) -> bool:
    """Delete a connector; return whether there was one.

    Args:
        site: where it is.
        name: which one.
        role: what it does.
        offsets: whether to forget as well where it stood.
    """
    there = site.connect.get(name) is not None
    if there and offsets:
        site.connect.stop(name)
        site.connect.delete_offsets(name)
    if there:
        site.connect.delete(name)
    if offsets and role == "sink":
        site.topics.delete_groups([sink_group(name)])
    return there
