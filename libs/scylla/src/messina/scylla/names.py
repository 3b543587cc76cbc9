"""Names in CQL text."""

import re

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")

# Words that the grammar keeps for itself; every other lower-case word may stand unquoted.
_RESERVED = frozenset(
    """add allow alter and apply asc authorize batch begin by columnfamily create default
    delete desc describe drop entries execute from full grant if in index infinity insert
    into is keyspace limit materialized mbean mbeans modify nan norecursive not null of on
    or order primary rename replace revoke schema scylla_clustering_bound
    scylla_counter_shard_list scylla_timeuuid_list_index select set table to token
    truncate unlogged unset update use using view where with""".split()
)


def identifier(name: str) -> str:
    """Return a name as it must stand in CQL text, quoted where CQL would read it otherwise.

    Examples:
        >>> identifier("flights"), identifier("Flights"), identifier("order")
        ('flights', '"Flights"', '"order"')
    """
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'
