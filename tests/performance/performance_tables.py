"""Tables for measuring: the same rows on both sides, some of them changed."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from cassandra.cluster import Session

from messina import postgres
from messina.testing import load_rows

COLUMNS = (
    "account int, at timestamp, id uuid, amount decimal, name text, kind text, ok boolean,"
    " score double, day date, seen bigint"
)
KEY = "account, at, id"
NAMES = [each.split()[0] for each in COLUMNS.split(", ")]
_POSTGRES = (
    "account integer, at timestamptz, id uuid, amount numeric, name text, kind text, ok boolean,"
    " score double precision, day date, seen bigint"
)
_ROWS = (
    "SELECT n % {accounts}, to_timestamp(1700000000 + n / 1000.0),"
    " lpad(to_hex(n), 32, '0')::uuid, n / 100.0, 'name ' || n || {filling},"
    " (ARRAY['red', 'green', 'blue'])[n % 3 + 1], n % 2 = 1, n * 0.5,"
    " DATE '1970-01-01' + n % 20000, CASE WHEN n % 5 = 0 THEN NULL ELSE n END"
    " FROM generate_series(0, {last}) n"
)
PLANTED = (
    "UPDATE {t} SET amount = amount + 0.01 WHERE {n} BETWEEN 100 AND 104",
    "UPDATE {t} SET name = name || ' ' WHERE {n} BETWEEN 200 AND 204",
    "UPDATE {t} SET kind = NULL WHERE {n} BETWEEN 300 AND 304",
    "UPDATE {t} SET ok = NOT ok WHERE {n} BETWEEN 400 AND 404",
    "UPDATE {t} SET score = score + 1e-9 WHERE {n} BETWEEN 500 AND 504",
    "UPDATE {t} SET day = 'infinity' WHERE {n} BETWEEN 600 AND 604",
    "UPDATE {t} SET seen = 0 WHERE {n} BETWEEN 700 AND 704",
    "DELETE FROM {t} WHERE {n} BETWEEN 800 AND 807",
    "UPDATE {t} SET at = at + interval '1 microsecond' WHERE {n} = 900",
    "INSERT INTO {t} (account, at, id) SELECT -n, 'epoch', gen_random_uuid()"
    " FROM generate_series(1, 5) n",
)
"""50 differences: 35 rows changed, 8 lost, one with a key of its own (lost and new), 5 new."""
DIFFERENT = {"different": 35, "missing_in_sink": 9, "extra_in_sink": 6}


@dataclass(frozen=True)
class Sides:
    """Where a pair of tables is made."""

    source: Session
    sink: postgres.Connection
    keyspace: str

    def make(self, name: str, rows: int, filling: int = 0) -> None:
        """The same rows on both sides; `filling` makes each so many bytes larger."""
        accounts = max(1, rows // 10)
        definition = f"{COLUMNS}, PRIMARY KEY ({KEY})"
        self.source.execute(f"CREATE TABLE {self.keyspace}.{name} ({definition})")
        written = load_rows(
            self.source, self.keyspace, name, definition, NAMES, _cells(rows, accounts, filling)
        )
        assert written == rows
        table = f"{self.keyspace}.{name}"
        self.sink.execute(f"CREATE TABLE {table} ({_POSTGRES}, PRIMARY KEY ({KEY}))")
        text = f"repeat('x', {filling})" if filling else "''"
        statement = _ROWS.format(accounts=accounts, last=rows - 1, filling=text)
        self.sink.execute(f"INSERT INTO {table} {statement}".encode())
        self.sink.execute(f"ANALYZE {table}".encode())

    def plant(self, name: str) -> None:
        """Change 50 rows of the sink's table, in every way."""
        number = "('x' || right(id::text, 12))::bit(48)::bigint"
        for statement in PLANTED:
            table = f"{self.keyspace}.{name}"
            self.sink.execute(statement.format(t=table, n=number).encode())


def _cells(rows: int, accounts: int, filling: int) -> Iterator[list[bytes | None]]:
    pack, tail = struct.pack, b"x" * filling
    kinds = (b"red", b"green", b"blue")
    for n in range(rows):
        yield [
            pack(">i", n % accounts),
            pack(">q", 1_700_000_000_000 + n),
            UUID(int=n).bytes,
            pack(">i", 2) + pack(">i", n),
            b"name %d" % n + tail,
            kinds[n % 3],
            pack(">?", n % 2),
            pack(">d", n * 0.5),
            pack(">I", 2**31 + n % 20_000),
            None if n % 5 == 0 else pack(">q", n),
        ]
