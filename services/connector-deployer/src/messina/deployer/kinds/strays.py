"""What a pipeline has made once, and does not want any more: topics and tables, with their data.

A topic tells by its name whose it is. A Postgres table does not: its comment does, which says from
which topic it is filled. One without that may be anybody's, whatever it is called.
"""

from collections.abc import Collection, Iterator

from messina.deployer.deadletters.reading import is_sinks
from messina.deployer.kinds import table, topic
from messina.deployer.resources import TableResource, TopicResource
from messina.deployer.site import Site


def read(
    site: Site,
    *,
    prefix: str,
    topics: Collection[str],
    sink_schema: str,
    tables: Collection[str],
) -> Iterator[TableResource | TopicResource]:
    """Return the tables and topics that are left of tables which the spec does not name any more.

    A table that is called otherwise now (`to`) is left as well, under its old name; and so are the
    dead letters of a sink that there is no more, or that is another connector now.

    Args:
        site: where they are.
        prefix: with which the pipeline's data topics begin: `<pipeline>.<keyspace>.`.
        topics: those that are wanted.
        sink_schema: where its Postgres tables are.
        tables: those that are wanted.
    """
    pipeline = prefix.partition(".")[0]
    there = {
        name for name in site.topics.names() if name.startswith(prefix) or is_sinks(name, pipeline)
    }
    left = sorted(there - set(topics))
    filled = table.filled_from(site, sink_schema) if there else {}
    named = {name for name, source in filled.items() if source in there}
    # tables before topics, so that a run that was cut off can be repeated
    yield from table.read(
        site,
        [
            TableResource(schema_name=sink_schema, table=name, columns=(), primary_key=())
            for name in sorted(named - set(tables))
        ],
    ).values()
    if left:
        yield from topic.read(
            site, [TopicResource(name=name, partitions=1, config={}) for name in left]
        ).values()
