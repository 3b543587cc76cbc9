"""What a pipeline has made once, and does not want any more: topics and tables, with their data.

A topic tells by its name whose it is. A Postgres table does not; but the pipeline's has a topic.
"""

from collections.abc import Iterator

from messina.deployer.kinds import table, topic
from messina.deployer.resources import Desired, TableResource, TopicResource
from messina.deployer.site import Site


def read(
    site: Site, desired: Desired, *, keyspace: str, sink_schema: str
) -> Iterator[TableResource | TopicResource]:
    """Return the tables and topics that are left of tables which the spec does not name any more.

    Args:
        site: where they are.
        desired: what the pipeline wants now.
        keyspace: where its source tables are.
        sink_schema: where its Postgres tables are.
    """
    prefix = f"{desired.pipeline}.{keyspace}."
    wanted = {one.name for one in desired.topics}
    left = [
        name
        for name in sorted(site.topics.names())
        if name.startswith(prefix) and name not in wanted
    ]
    if not left:
        return
    taken = {one.table for one in desired.tables}
    candidates = [
        TableResource(schema_name=sink_schema, table=name, columns=(), primary_key=())
        for name in (one.removeprefix(prefix) for one in left)
        if name not in taken
    ]
    # tables before topics, so that a run that was cut off can be repeated
    yield from table.read(site, candidates).values()
    yield from topic.read(
        site, [TopicResource(name=name, partitions=1, config={}) for name in left]
    ).values()
