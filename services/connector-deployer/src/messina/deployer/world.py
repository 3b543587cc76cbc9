"""The world as it was found: a frozen snapshot of what a pipeline touches."""

from collections.abc import Mapping

from messina.deployer.resources import (
    ConnectorResource,
    Resource,
    SchemaResource,
    TableResource,
    TopicResource,
    Value,
    ViewResource,
)
from messina.kafka import ConnectorStatus


class World(Value):
    """What exists, by name, of what a pipeline wants, and what it once made and wants no more."""

    topics: Mapping[str, TopicResource] = {}
    schemas: Mapping[str, SchemaResource] = {}
    tables: Mapping[str, TableResource] = {}
    views: Mapping[str, ViewResource] = {}
    connectors: Mapping[str, ConnectorResource] = {}
    statuses: Mapping[str, ConnectorStatus] = {}
    strays: tuple[Resource, ...] = ()
    """Connectors, topics and tables of the pipeline that its spec does not want any more."""
    filled: Mapping[str, str] = {}
    """By Postgres table of the sink's schema, the topic that it is filled from, as it says."""
    others: tuple[ConnectorResource, ...] = ()
    """The sinks that are somebody else's: their topics, tables and databases."""
    sources: Mapping[str, str] = {}
    """The source tables: a digest of each one's columns and options, or `missing`."""

    def find(self, wanted: Resource) -> Resource | None:
        """Return what exists under the kind and name of a resource."""
        match wanted:
            case TopicResource():
                return self.topics.get(wanted.name)
            case SchemaResource():
                return self.schemas.get(wanted.name)
            case TableResource():
                return self.tables.get(wanted.name)
            case ViewResource():
                return self.views.get(wanted.name)
            case ConnectorResource():
                return self.connectors.get(wanted.name)
