"""What a case of the contract is made of: frozen values, which `cases_*.py` fill in.

    Table       a table that many cases share, each with partitions of its own
    Case        what is done to a table, and what must come of it
    Step        one moment of a case: statements, then the events and gaps that they cause
    Event       one change event of one row, as a reader of Kafka must see it
    Gap         one notice of what a re-read of a row can't cure
    Deviation   what a connector other than ours does instead, and why

A case names its partitions by number: `{k}` is its own first, `{k1}` its second, and so on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal

Row = Mapping[str, Any]
Op = Literal["c", "u", "d"]
Kind = Literal["range_delete", "partition_delete", "ttl", "unreadable"]

PARTITIONS_A_CASE: Final = 10


def _id(k: int) -> Row:
    return {"id": k}


@dataclass(frozen=True)
class Table:
    """A table that many cases share.

    Attributes:
        name: in its exact case.
        columns: the CQL between the brackets of CREATE TABLE; `{ks}` is the keyspace.
        clustering: the names of the clustering key's columns.
        regular: the names of the other columns, without statics.
        statics: the names of the static columns.
        json: the columns that are canonical JSON in Kafka and jsonb in Postgres.
        partition: the partition key of a partition's number, by column.
        options: further options of the table, in CQL.
        types: CREATE TYPE statements that must have run before.
        breaks: columns that the official connector's pipeline can't carry, each with its reason;
            the spec leaves them out there.
    """

    name: str
    columns: str
    clustering: tuple[str, ...] = ()
    regular: tuple[str, ...] = ()
    statics: tuple[str, ...] = ()
    json: frozenset[str] = frozenset()
    partition: Callable[[int], Row] = _id
    options: str = ""
    types: tuple[str, ...] = ()
    breaks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def static_name(self) -> str:
        """The name of the topic's last part, and of the sink's table, for the static columns."""
        return f"{self.name}__static"

    def ddl(self, keyspace: str, cdc: str) -> str:
        """The statement that makes it."""
        options = " AND ".join(part for part in (f"cdc = {cdc}", self.options) if part)
        columns = self.columns.replace("{ks}", keyspace)
        return f'CREATE TABLE {keyspace}."{self.name}" ({columns}) WITH {options}'


@dataclass(frozen=True)
class Event:
    """One change event.

    Attributes:
        op: as the envelope has it.
        values: clustering key and other columns of `after`; those left out are null. Of a delete,
            the clustering key.
        at: which of the case's partitions.
        static: whether it is the static row's.
        table: of which table; None is the case's own.
    """

    op: Op
    values: Row
    at: int = 0
    static: bool = False
    table: Table | None = None


@dataclass(frozen=True)
class Gap:
    """One gap.

    Attributes:
        kind: what happened.
        start: the bound that the range begins with, and whether it is included; None: no bound.
            Of a single row its clustering key.
        end: the bound that it ends with; of a single row the same.
        ttl: seconds from the write until it is due; 0: at once.
        at: which of the case's partitions.
        says: a part of the reason, where it has one.
        optional: it may be there or not.
        static: whether it is about the static columns.
    """

    kind: Kind
    start: tuple[Row, bool] | None = None
    end: tuple[Row, bool] | None = None
    ttl: int = 0
    at: int = 0
    says: str = ""
    optional: bool = False
    static: bool = False


@dataclass(frozen=True)
class Step:
    """One moment of a case; the next begins when all of its events have come.

    Attributes:
        cql: the statements. Besides `{t}` (the table), `{ks}` and the partitions, they may use
            `{now}`, the microseconds when the step begins, and `{start}`, when the case did.
        events: what comes of them, those of one row in order.
        gaps: the notices that come of them.
        values: bound to the `%s` of the first statement.
        repeats: the log may have several times for it, so an event may come once more with the
            same row; which of them count as `c` is not said then.
        late: the events come with the second look.
        settled: it is done once the second look is past all steps that are not; such steps are a
            case's last. Before, the second look finds by itself what a range delete took.
    """

    cql: tuple[str, ...]
    events: tuple[Event, ...] = ()
    gaps: tuple[Gap, ...] = ()
    values: tuple[Any, ...] = ()
    repeats: bool = False
    late: bool = False
    settled: bool = False


@dataclass(frozen=True)
class Deviation:
    """What another connector does instead; what is None is as the contract says.

    Attributes:
        because: why, in a sentence.
        events: its events of the whole case, in order.
        rows: what is in Postgres in the end, by table name.
        gaps: False: it writes no gap.
    """

    because: str
    events: tuple[Event, ...] | None = None
    rows: Mapping[str, tuple[Row, ...]] | None = None
    gaps: bool | None = None


@dataclass(frozen=True)
class Case:
    """What is done, and what must come of it.

    Attributes:
        name: in words, with underscores: the test's id.
        table: whose rows they are.
        steps: one after the other.
        others: further tables that its statements name, as `{t1}`, `{t2}`.
        rows: what is in Postgres in the end, by table name; None: the newest state of each row
            that the steps' events tell.
        deviations: by connector.
    """

    name: str
    table: Table
    steps: tuple[Step, ...]
    others: tuple[Table, ...] = ()
    rows: Mapping[str, tuple[Row, ...]] | None = None
    deviations: Mapping[str, tuple[Deviation, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def events(self) -> tuple[Event, ...]:
        """All events, in order."""
        return tuple(event for step in self.steps for event in step.events)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """All gaps."""
        return tuple(gap for step in self.steps for gap in step.gaps)

    def deviates(
        self,
        *,
        because: str,
        scylladb: tuple[Event, ...] | list[Event] | None = None,
        rows: Mapping[str, tuple[Row, ...]] | None = None,
        gaps: bool | None = None,
    ) -> "Case":
        """The case with a deviation of the official connector."""
        events = None if scylladb is None else tuple(scylladb)
        known = self.deviations.get("scylladb", ())
        found = (*known, Deviation(because, events, rows, gaps))
        return replace(self, deviations={**self.deviations, "scylladb": found})


def case(
    name: str,
    table: Table,
    *steps: Step,
    others: tuple[Table, ...] = (),
    rows: Mapping[str, tuple[Row, ...]] | None = None,
) -> Case:
    """A case."""
    return Case(name.replace(" ", "_").replace(",", ""), table, steps, others, rows)


def step(
    cql: str | tuple[str, ...],
    *caused: Event | Gap,
    values: tuple[Any, ...] = (),
    repeats: bool = False,
    late: bool = False,
    settled: bool = False,
) -> Step:
    """A step: statements, then what they cause."""
    return Step(
        cql=(cql,) if isinstance(cql, str) else cql,
        events=tuple(one for one in caused if isinstance(one, Event)),
        gaps=tuple(one for one in caused if isinstance(one, Gap)),
        values=values,
        repeats=repeats,
        late=late,
        settled=settled,
    )


def created(at: int = 0, static: bool = False, table: Table | None = None, **row: Any) -> Event:
    """A row that the log says was inserted."""
    return Event("c", row, at, static, table)


def updated(at: int = 0, static: bool = False, table: Table | None = None, **row: Any) -> Event:
    """A row that the log says was updated."""
    return Event("u", row, at, static, table)


def deleted(at: int = 0, static: bool = False, table: Table | None = None, **key: Any) -> Event:
    """A row that is not there any more."""
    return Event("d", key, at, static, table)


def batch(*statements: str, kind: str = "", using: str = "") -> str:
    """A batch's text."""
    return f"BEGIN {kind} BATCH {using} " + "; ".join(statements) + "; APPLY BATCH"
