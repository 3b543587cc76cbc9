"""Whose offsets they are: the Kafka cluster and its topics, the source and its tables."""

from collections.abc import Iterable, Mapping

from psycopg import sql

from messina.deployer.errors import DeployerError
from messina.deployer.resources import Value
from messina.deployer.site import Site
from messina.scylla import table_schema


class SourceTable(Value):
    """What a source table is now.

    Attributes:
        table_id: the server's id: a table that was dropped and created again has another one.
        kept_from: from when on its log is kept, in microseconds; None is for ever.
    """

    table_id: str
    kept_from: int | None


def source_cluster(site: Site) -> str:
    """Return what the source's cluster calls itself."""
    rows = site.scylla.execute("SELECT cluster_name FROM system.local")
    return str(rows[0][0])


def source_tables(site: Site, tables: Iterable[str], now: int) -> dict[str, SourceTable]:
    """Return what tables (with their keyspace) are at the source.

    Args:
        site: where it is.
        tables: which; each of them exists.
        now: the time now, in microseconds.
    """
    found = {}
    for name in tables:
        keyspace, _, table = name.partition(".")
        schema = table_schema(site.scylla, keyspace, table)
        rows = site.scylla.execute(
            "SELECT id FROM system_schema.tables WHERE keyspace_name = %s AND table_name = %s",
            (keyspace, table),
        )
        if not rows:
            raise DeployerError(
                f"table {name} was dropped a moment ago; nothing was stopped or changed; "
                "next: the same command again"
            )
        ttl = schema.cdc.ttl
        found[name] = SourceTable(
            table_id=str(rows[0][0]), kept_from=now - ttl * 1_000_000 if ttl > 0 else None
        )
    return found


def logs(tables: Mapping[str, SourceTable]) -> dict[str, int]:
    """Return from when on logs are kept, by table, of those that are not kept for ever."""
    return {name: t.kept_from for name, t in tables.items() if t.kept_from is not None}


def filled(site: Site, targets: Iterable[str]) -> dict[str, bool]:
    """Return whether Postgres tables (with their schema) have rows; a missing one has none."""
    found = {}
    for target in targets:
        schema, _, table = target.partition(".")
        there = sql.SQL("SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s")
        found[target] = False
        if site.sql(f"looking for {target}", there, (schema, table)):
            asked = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(
                sql.Identifier(schema, table)
            )
            found[target] = bool(site.sql(f"asking whether {target} has rows", asked)[0][0])
    return found
