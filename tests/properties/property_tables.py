"""Tables: random keys, orders, statics and columns; and the few keys that writers collide on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st
from property_types import shaped
from property_values import SCALARS, literal, values

from messina.scylla import identifier
from messina.types import Canonical, CqlType, UserTypes, key_problem, wire_reader
from messina.types.codec import Exact
from messina.types.registry import codec

Key = tuple[Canonical, ...]

KEY_TYPES: Final = tuple(
    name for name in sorted(SCALARS) if key_problem(name) is None and name != "duration"
)
_OPTIONS: Final = (
    "{'enabled': true}",
    "{'enabled': true}",
    "{'enabled': true, 'preimage': true, 'postimage': true}",
)
_LONGEST_KEY: Final = 100
# The third short one is longer than it takes to the second look, which finds by itself what is over
# then. Not both on one table: a gap tells when the last of a key's cells ends, and no other.
_SHORT: Final = (1, 3, 7)
_LONG: Final = (3600, 86_400)


@dataclass(frozen=True)
class Column:
    """A column, with some values that writers take from.

    Attributes:
        descending: of a clustering column, whether the greatest come first.
    """

    name: str
    cql_type: CqlType
    values: tuple[Exact, ...] = ()
    descending: bool = False

    @property
    def cql(self) -> str:
        """Its name in CQL."""
        return identifier(self.name)


@dataclass(frozen=True)
class Table:
    """A table and the keys that are written to it.

    Attributes:
        name: in its exact case.
        partitions: values of the partition key, few.
        rows: values of the clustering key, few; one empty one where there is none.
        cdc: its option, in CQL.
        ttls: times to live that are written, in seconds.
        default_ttl: in seconds; 0 is none.
    """

    name: str
    partition: tuple[Column, ...]
    clustering: tuple[Column, ...]
    statics: tuple[Column, ...]
    regular: tuple[Column, ...]
    partitions: tuple[tuple[Exact, ...], ...]
    rows: tuple[tuple[Exact, ...], ...]
    user_types: UserTypes
    cdc: str = _OPTIONS[0]
    ttls: tuple[int, ...] = _SHORT
    default_ttl: int = 0

    @property
    def static_name(self) -> str:
        """What the sink's table of the statics is called."""
        return f"{self.name}__static"

    def ddl(self, keyspace: str) -> str:
        """The statement that makes it."""
        kinds = [(c, "") for c in (*self.partition, *self.clustering, *self.regular)]
        kinds += [(c, " static") for c in self.statics]
        columns = [f"{c.cql} {c.cql_type}{static}" for c, static in kinds]
        partition = ", ".join(c.cql for c in self.partition)
        key = ", ".join([f"({partition})", *(c.cql for c in self.clustering)])
        options = [f"cdc = {self.cdc}"]
        if self.clustering:
            order = ", ".join(
                f"{c.cql} {'DESC' if c.descending else 'ASC'}" for c in self.clustering
            )
            options.append(f"CLUSTERING ORDER BY ({order})")
        if self.default_ttl:
            options.append(f"default_time_to_live = {self.default_ttl}")
        return (
            f"CREATE TABLE {keyspace}.{identifier(self.name)} ({', '.join(columns)}, "
            f"PRIMARY KEY ({key})) WITH {' AND '.join(options)}"
        )

    def literal(self, column: Column, value: Exact) -> str:
        """A value of a column in CQL."""
        return literal(column.cql_type, value, self.user_types)


def canonical(columns: Sequence[Column], values: Sequence[Exact]) -> Key:
    """Exact values of key columns in the form of both sides."""
    return tuple(
        wire_reader(column.cql_type)(codec(column.cql_type).encode(value))
        for column, value in zip(columns, values, strict=False)
    )


def type_ddl(name: str, known: UserTypes, keyspace: str) -> str:
    """The statement that makes a user type."""
    fields = ", ".join(f"{identifier(each)} {of}" for each, of in known.fields[name])
    return f"CREATE TYPE {keyspace}.{identifier(name)} ({fields})"


@st.composite
def tables(
    draw: st.DrawFn, name: str, known: UserTypes, shapes: Sequence[tuple[str, bool]]
) -> Table:
    """A table whose columns have these shapes; the last of them may be static."""
    partition = _key_columns(draw, "pk", draw(st.integers(1, 2)))
    clustering = _key_columns(draw, "ck", draw(st.sampled_from([0, 1, 1, 2, 2, 3])), ordered=True)
    statics = draw(st.integers(0, 3)) if clustering else 0
    columns = [
        Column(f"v{n}" if n % 3 else f"V{n}", draw(shaped(shape, known)))
        for n, shape in enumerate(shapes)
    ]
    filled = [
        Column(
            c.name,
            c.cql_type,
            tuple(draw(st.lists(values(c.cql_type, known), min_size=1, max_size=3))),
        )
        for c in columns
    ]
    return Table(
        name,
        partition,
        clustering,
        _by_name(filled[:statics]),
        _by_name(filled[statics:]),
        _keys(draw, partition, 4, alone=True),
        _keys(draw, clustering, 5, alone=False) if clustering else ((),),
        known,
        draw(st.sampled_from(_OPTIONS)),
        *draw(st.sampled_from([(_SHORT, 0), (_SHORT, 0), (_LONG, 0), (_LONG, _LONG[0])])),
    )


def _by_name(columns: Sequence[Column]) -> tuple[Column, ...]:
    """As the server lists them."""
    return tuple(sorted(columns, key=lambda column: column.name))


def _key_columns(
    draw: st.DrawFn, prefix: str, count: int, ordered: bool = False
) -> tuple[Column, ...]:
    return tuple(
        Column(
            f"{prefix}{n}" if n % 2 == 0 else f"{prefix.title()}{n}",
            CqlType(draw(st.sampled_from(KEY_TYPES))),
            descending=ordered and draw(st.booleans()),
        )
        for n in range(count)
    )


def _keys(
    draw: st.DrawFn, columns: Sequence[Column], count: int, *, alone: bool
) -> tuple[tuple[Exact, ...], ...]:
    """Some keys; each column has two values or so, so that keys share their first columns."""
    choices = [
        draw(
            st.lists(
                SCALARS[column.cql_type.name].filter(
                    # CQL refuses an empty partition key, Postgres' index a long one
                    lambda value: not isinstance(value, str | bytes)
                    or len(value) < _LONGEST_KEY
                    and bool(value or not alone or len(columns) > 1)
                ),
                min_size=2,
                max_size=count if len(columns) == 1 else 2,
                unique=True,
            )
        )
        for column in columns
    ]
    picks = st.tuples(*(st.sampled_from(choice) for choice in choices))
    return tuple(draw(st.lists(picks, min_size=2, max_size=count, unique=True)))
