"""Reading rows: all of a token range, page by page, or those of given keys."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.concurrent import execute_concurrent_with_args

from messina.scylla.errors import QueryFailed
from messina.scylla.names import identifier
from messina.scylla.ring import TokenRange, token_ranges
from messina.scylla.schema import TableSchema
from messina.scylla.session import DRIVER_ERRORS, PLAIN, Session, reason_of

Row = tuple[Any, ...]


def scan(
    session: Session,
    table: TableSchema,
    token_range: TokenRange | None = None,
    *,
    columns: Sequence[str] | None = None,
    shared: bool = False,
    page_size: int = 1000,
    consistency: int | None = None,
) -> Iterator[Row]:
    """Yield the rows of a token range (the whole ring if None), by token and clustering key.

    Args:
        session: where to read.
        table: what to read.
        token_range: the part of the ring.
        columns: what to read of each row, in this order; None reads `table.row`.
        shared: whether to read what each partition shares, once: partition key and statics only.
        page_size: rows fetched at once. One page is held in memory, no more.
        consistency: a `cassandra.ConsistencyLevel`; None reads at LOCAL_QUORUM.

    Raises:
        QueryFailed: if a page can't be had. The rows before it were yielded.
    """
    part = token_range if token_range is not None else token_ranges(1)[0]
    statement = session.prepare(select_range(table, columns or names(table), shared=shared))
    bound = statement.bind((part.after, part.upto))
    bound.fetch_size = page_size
    bound.consistency_level = consistency or ConsistencyLevel.LOCAL_QUORUM
    try:
        yield from session.driver.execute(bound, execution_profile=PLAIN)
    except DRIVER_ERRORS as error:
        raise QueryFailed(
            f"scanning {table.name} behind token {part.after} up to {part.upto}", reason_of(error)
        ) from error


def lookup(
    session: Session,
    table: TableSchema,
    keys: Iterable[Sequence[object]],
    *,
    columns: Sequence[str] | None = None,
    written: Sequence[str] = (),
    shared: bool = False,
    concurrency: int = 32,
    consistency: int | None = None,
) -> Iterator[Row | None]:
    """Yield the row of each primary key, in the order of the keys; None where there is no such row.

    Args:
        session: where to read.
        table: what to read.
        keys: values of `table.primary_key`, in its order; of the partition key if `shared`.
        columns: what to read of each row; None reads `table.row`.
        written: columns whose write times are read behind them, in microseconds since 1970.
        shared: whether to read what the partition shares: partition key and statics only.
        concurrency: how many reads are under way at once.
        consistency: a `cassandra.ConsistencyLevel`; None reads at LOCAL_QUORUM.

    Raises:
        QueryFailed: if a row can't be read.
    """
    statement = session.prepare(
        select_row(table, columns or names(table), written=written, shared=shared)
    )
    statement.consistency_level = consistency or ConsistencyLevel.LOCAL_QUORUM
    results = execute_concurrent_with_args(
        session.driver,
        statement,
        [tuple(key) for key in keys],
        concurrency=concurrency,
        raise_on_first_error=False,
        results_generator=True,
        execution_profile=PLAIN,
    )
    for success, result in results:
        if not success:
            raise QueryFailed(f"reading rows of {table.name} by key", reason_of(result)) from result
        yield next(iter(result), None)


def names(table: TableSchema) -> tuple[str, ...]:
    """Return the names of a row's columns, in order."""
    return tuple(column.name for column in table.row)


def select_range(table: TableSchema, columns: Sequence[str], *, shared: bool = False) -> str:
    """Return the statement that reads a token range; what partitions share, once for each."""
    key = ", ".join(identifier(column.name) for column in table.partition_key)
    return (
        f"SELECT {_distinct(shared)}{_list(columns)} FROM {table.cql_name}"
        f" WHERE token({key}) > ? AND token({key}) <= ?"
    )


def select_row(
    table: TableSchema,
    columns: Sequence[str],
    *,
    written: Sequence[str] = (),
    shared: bool = False,
) -> str:
    """Return the statement that reads a row by its primary key, or what its partition shares."""
    key_columns = table.partition_key if shared else table.primary_key
    key = " AND ".join(f"{identifier(column.name)} = ?" for column in key_columns)
    times = "".join(f", WRITETIME({identifier(column)})" for column in written)
    return f"SELECT {_distinct(shared)}{_list(columns)}{times} FROM {table.cql_name} WHERE {key}"


def _distinct(shared: bool) -> str:
    return "DISTINCT " if shared else ""


def _list(columns: Sequence[str]) -> str:
    return ", ".join(identifier(column) for column in columns)
