"""Random statements on a table, each with what of it only a gap can tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import strategies as st
from property_gaps import Bound, Place, Told, compare
from property_tables import Column, Key, Table, canonical
from property_types import multi_cell

from messina.scylla import identifier
from messina.types import CqlType
from messina.types.codec import Exact

NOW: Final = "@NOW"
"""Stands before a number of microseconds in brackets, added to the time of the statement."""

# Within what the second look still finds, and what the source takes.
_SHIFTS: Final = (-2_000_000, -1_000_000, -300_000, -1, 1, 300_000, 1_500_000)


@dataclass(frozen=True)
class Statement:
    """CQL that does one thing to one partition.

    Attributes:
        table: whose.
        partition: which of its partitions, in the canonical form.
        tells: what gaps there must be of it.
        conditional: whether it is a lightweight transaction.
        unset: how many `?` it has, which are bound to nothing.
    """

    cql: str
    table: str
    partition: Key
    tells: tuple[Told, ...] = ()
    conditional: bool = False
    unset: int = 0


@dataclass(frozen=True)
class _Using:
    ttl: int = 0
    shift_us: int | None = None

    def text(self) -> str:
        parts = [f"TTL {self.ttl}"] if self.ttl else []
        if self.shift_us is not None:
            parts.append(f"TIMESTAMP {NOW}({self.shift_us})")
        return f" USING {' AND '.join(parts)}" if parts else ""


def statements(
    keyspace: str, table: Table, *, in_batch: bool = False, takes: bool = False
) -> st.SearchStrategy[Statement]:
    """Statements on a table.

    Args:
        keyspace: the table's.
        table: what is written.
        in_batch: they have no condition, and bind nothing.
        takes: most of them delete what only gaps can tell of, where the table has such.
    """
    one = _Writer(keyspace, table, in_batch)
    kinds = [*[one.insert] * 6, *[one.update] * 4, one.delete_row]
    if takes:
        kinds = [one.insert, one.update, *[one.delete_range] * (6 if table.clustering else 0)]
    if table.regular or table.statics:
        kinds.append(one.delete_cells)
    if table.clustering:
        kinds += [one.delete_range, one.delete_partition]
    if table.statics:
        kinds.append(one.update_statics)
    return st.sampled_from(kinds).flatmap(lambda make: st.composite(make)())


@st.composite
def batches(
    draw: st.DrawFn, keyspace: str, tables: Sequence[Table], *, takes: bool = False
) -> tuple[Statement, ...]:
    """A batch over rows, partitions, tables: its statements; the first has all the text."""
    count = draw(st.integers(2, 5))
    parts = [
        draw(statements(keyspace, draw(st.sampled_from(tables)), in_batch=True, takes=takes))
        for _ in range(count)
    ]
    kind = draw(st.sampled_from(["", "UNLOGGED "]))
    text = f"BEGIN {kind}BATCH " + "; ".join(part.cql for part in parts) + "; APPLY BATCH"
    first, *others = (_beside(part, parts) for part in parts)
    return (replace(first, cql=text), *(replace(other, cql="") for other in others))


def _beside(part: Statement, parts: Iterable[Statement]) -> Statement:
    """What is still told where others write the same partition at the same time.

    Ranges may become one, and what a delete of the same time took was never there to expire.
    """
    alone = sum((p.table, p.partition) == (part.table, part.partition) for p in parts) == 1
    tells = tuple(replace(t, exact=alone) for t in part.tells if alone or t.kind != "ttl")
    return replace(part, tells=tells)


@st.composite
def _usings(draw: st.DrawFn, conditional: bool, ttls: Sequence[int]) -> _Using:
    seconds = draw(st.sampled_from([*[0] * 2 * len(ttls), *ttls])) if ttls else 0
    stated = not conditional and draw(st.integers(0, 4)) == 0
    return _Using(seconds, draw(st.sampled_from(_SHIFTS)) if stated else None)


class _Writer:
    """Draws statements on one table."""

    def __init__(self, keyspace: str, table: Table, in_batch: bool) -> None:
        self._name = f"{keyspace}.{identifier(table.name)}"
        self._table = table
        self._plain = in_batch

    def insert(self, draw: st.DrawFn) -> Statement:
        """INSERT: some columns, some of them null or unset; also of statics alone."""
        table = self._table
        statics = [c for c in table.statics if draw(st.booleans())]
        only_statics = bool(statics) and draw(st.integers(0, 4)) == 0
        regular = [] if only_statics else [c for c in table.regular if draw(st.integers(0, 2))]
        partition, row = draw(self._partition()), () if only_statics else draw(self._row())
        keys = [*zip(table.partition, partition, strict=True)]
        keys += [*zip(table.clustering, row, strict=False)]
        names = [c.cql for c, _ in keys]
        texts = [table.literal(c, value) for c, value in keys]
        unset, live = 0, {True: False, False: not only_statics}
        for column in (*statics, *regular):
            value = draw(self._value(column))
            names.append(column.cql)
            if (
                not self._plain
                and column.cql_type.kind != "vector"
                and draw(st.integers(0, 9)) == 0
            ):
                unset += 1
                texts.append("?")
                continue
            texts.append(table.literal(column, value))
            live[column in table.statics] |= _live(column.cql_type, value)
        conditional = not self._plain and draw(st.integers(0, 5)) == 0
        using = draw(self._using(conditional))
        condition = " IF NOT EXISTS" if conditional else ""
        cql = (
            f"INSERT INTO {self._name} ({', '.join(names)}) VALUES ({', '.join(texts)})"
            f"{condition}{using.text()}"
        )
        tells = self._expiry(using, partition, row, live[False], live[True])
        return self._statement(cql, partition, tells, conditional, unset)

    def update(self, draw: st.DrawFn) -> Statement:
        """UPDATE of a row: whole values, null, parts of collections and user types."""
        return self._update(draw, self._table.regular, draw(self._row()), static=False)

    def update_statics(self, draw: st.DrawFn) -> Statement:
        """UPDATE of the statics."""
        return self._update(draw, self._table.statics, (), static=True)

    def _update(
        self, draw: st.DrawFn, columns: Sequence[Column], row: tuple[Exact, ...], *, static: bool
    ) -> Statement:
        if not columns:
            return self.insert(draw)
        chosen = draw(
            st.lists(st.sampled_from(columns), min_size=1, max_size=3, unique_by=lambda c: c.name)
        )
        partition = draw(self._partition())
        assignments, live = [], False
        for column in chosen:
            text, lives = draw(self._assignment(column))
            assignments.append(text)
            live |= lives
        condition = "" if self._plain else draw(self._condition(chosen, static))
        using = draw(self._using(bool(condition)))
        cql = (
            f"UPDATE {self._name}{using.text()} SET {', '.join(assignments)} "
            f"WHERE {self._where(partition, row)}{condition}"
        )
        tells = self._expiry(using, partition, row, live and not static, live and static)
        return self._statement(cql, partition, tells, bool(condition))

    def delete_cells(self, draw: st.DrawFn) -> Statement:
        """DELETE of cells, of elements, of statics."""
        table = self._table
        static = not table.regular or bool(table.statics) and draw(st.booleans())
        columns = table.statics if static else table.regular
        chosen = draw(
            st.lists(st.sampled_from(columns), min_size=1, max_size=2, unique_by=lambda c: c.name)
        )
        partition, row = draw(self._partition()), () if static else draw(self._row())
        names = ", ".join([draw(self._selection(column)) for column in chosen])
        using = draw(self._using(False, ttl=False))
        cql = f"DELETE {names} FROM {self._name}{using.text()} WHERE {self._where(partition, row)}"
        return self._statement(cql, partition)

    def delete_row(self, draw: st.DrawFn) -> Statement:
        """DELETE of a row."""
        partition, row = draw(self._partition()), draw(self._row())
        conditional = not self._plain and draw(st.integers(0, 4)) == 0
        using = draw(self._using(conditional, ttl=False))
        condition = " IF EXISTS" if conditional else ""
        cql = (
            f"DELETE FROM {self._name}{using.text()} WHERE {self._where(partition, row)}{condition}"
        )
        return self._statement(cql, partition, (), conditional)

    def delete_partition(self, draw: st.DrawFn) -> Statement:
        """DELETE of a partition of a table with clustering columns."""
        partition = draw(self._partition())
        using = draw(self._using(False, ttl=False))
        cql = f"DELETE FROM {self._name}{using.text()} WHERE {self._where(partition, ())}"
        told = Told("partition_delete", self._place(partition), shift_us=using.shift_us or 0)
        return self._statement(cql, partition, (told,))

    def delete_range(self, draw: st.DrawFn) -> Statement:
        """DELETE of the rows between two bounds behind a prefix of the clustering key."""
        table = self._table
        partition, row = draw(self._partition()), draw(self._row())
        fixed = draw(st.integers(0, len(table.clustering) - 1))
        column, prefix = table.clustering[fixed], row[:fixed]
        other = draw(self._row())[fixed]
        bounds = [
            (draw(st.sampled_from([">", ">="])), row[fixed]),
            (draw(st.sampled_from(["<", "<="])), other),
        ]
        sides = draw(st.sampled_from([(0,), (1,), (0, 1), ()] if fixed else [(0,), (1,), (0, 1)]))
        using = draw(self._using(False, ttl=False))
        where = self._where(partition, prefix)
        chosen = [bounds[side] for side in sides]
        for sign, value in chosen:
            where += f" AND {column.cql} {sign} {table.literal(column, value)}"
        cql = f"DELETE FROM {self._name}{using.text()} WHERE {where}"
        told = self._range(partition, prefix, column, chosen, using)
        return self._statement(cql, partition, told)

    def _range(
        self,
        partition: tuple[Exact, ...],
        prefix: tuple[Exact, ...],
        column: Column,
        chosen: Sequence[tuple[str, Exact]],
        using: _Using,
    ) -> tuple[Told, ...]:
        columns = self._table.clustering
        whole = Bound(canonical(columns, prefix), True) if prefix else None
        ends: list[Bound | None] = [whole, whole]
        for sign, value in chosen:
            # From the greatest on, the range ends where its text says that it begins.
            at = int(sign.startswith("<")) ^ column.descending
            ends[at] = Bound(canonical(columns, (*prefix, value)), "=" in sign)
        start, end = ends
        if start is not None and end is not None and len(start.key) == len(end.key):
            order = compare(columns, start.key, end.key)
            if order > 0 or order == 0 and not (start.inclusive and end.inclusive):
                return ()  # nothing lies between them
        place = replace(self._place(partition), start=start, end=end)
        return (Told("range_delete", place, shift_us=using.shift_us or 0),)

    def _expiry(
        self,
        using: _Using,
        partition: tuple[Exact, ...],
        row: tuple[Exact, ...],
        of_row: bool,
        of_statics: bool,
    ) -> tuple[Told, ...]:
        ttl = using.ttl or self._table.default_ttl
        if not ttl:
            return ()
        at = self._place(partition)
        bound = Bound(canonical(self._table.clustering, row), True) if row else None
        places = [replace(at, start=bound, end=bound)] if of_row else []
        places += [replace(at, static=True)] if of_statics else []
        return tuple(Told("ttl", p, ttl, shift_us=using.shift_us or 0) for p in places)

    def _place(self, partition: tuple[Exact, ...]) -> Place:
        return Place(self._table.name, canonical(self._table.partition, partition))

    def _statement(
        self,
        cql: str,
        partition: tuple[Exact, ...],
        tells: tuple[Told, ...] = (),
        conditional: bool = False,
        unset: int = 0,
    ) -> Statement:
        where = canonical(self._table.partition, partition)
        return Statement(cql, self._table.name, where, tells, conditional, unset)

    def _where(self, partition: tuple[Exact, ...], row: tuple[Exact, ...]) -> str:
        table = self._table
        pairs = [*zip(table.partition, partition, strict=True)]
        pairs += [*zip(table.clustering, row, strict=False)]
        return " AND ".join(f"{c.cql} = {table.literal(c, value)}" for c, value in pairs)

    def _partition(self) -> st.SearchStrategy[tuple[Exact, ...]]:
        return st.sampled_from(self._table.partitions)

    def _row(self) -> st.SearchStrategy[tuple[Exact, ...]]:
        return st.sampled_from(self._table.rows)

    def _value(self, column: Column) -> st.SearchStrategy[Exact]:
        return st.sampled_from([None, *column.values, *column.values])

    def _using(self, conditional: bool, ttl: bool = True) -> st.SearchStrategy[_Using]:
        return _usings(conditional, self._table.ttls if ttl else ())

    def _condition(self, columns: Sequence[Column], static: bool) -> st.SearchStrategy[str]:
        fits = [c for c in columns if c.cql_type.scalar and c.cql_type.name != "duration"]
        texts = [] if static else [" IF EXISTS"]
        texts += [f" IF {c.cql} = {self._table.literal(c, v)}" for c in fits for v in c.values]
        return st.sampled_from([""] * (4 * len(texts) + 1) + texts)

    def _selection(self, column: Column) -> st.SearchStrategy[str]:
        kind, texts = column.cql_type.kind, [column.cql]
        if multi_cell(column.cql_type):
            if kind == "list":
                texts += [f"{column.cql}[{n}]" for n in range(2)]
            elif kind == "udt":
                fields = self._table.user_types.fields[column.cql_type.name]
                texts += [f"{column.cql}.{identifier(name)}" for name, _ in fields]
            else:
                element = column.cql_type.arguments[0]
                keys = [p[0] if kind == "map" else p for value in column.values for p in value]
                texts += [f"{column.cql}[{self._text(element, key)}]" for key in keys]
        return st.sampled_from(texts)

    def _assignment(self, column: Column) -> st.SearchStrategy[tuple[str, bool]]:
        """Assignments, each with whether it leaves something that can expire."""
        found: list[tuple[str, bool]] = []
        for value in (None, *column.values):
            text = self._table.literal(column, value)
            found.append((f"{column.cql} = {text}", _live(column.cql_type, value)))
            if value is not None and multi_cell(column.cql_type):
                found += self._parts(column, value, text)
        return st.sampled_from(found)

    def _parts(self, column: Column, value: Exact, text: str) -> list[tuple[str, bool]]:
        name, of = column.cql, column.cql_type
        if of.kind == "udt":
            fields = self._table.user_types.fields[of.name]
            return [
                (f"{name}.{identifier(field)} = {self._text(kind, part)}", part is not None)
                for (field, kind), part in zip(fields, value, strict=True)
            ]
        taken = text
        if of.kind == "map":
            key, each = of.arguments
            taken = "{" + ", ".join(self._text(key, k) for k, _ in value) + "}"
        found = [(f"{name} = {name} - {taken}", False), (f"{name} = {name} + {text}", bool(value))]
        if of.kind == "list":
            found.append((f"{name} = {text} + {name}", bool(value)))
            found += [
                (f"{name}[{n}] = {self._text(of.arguments[0], v)}", True)
                for n, v in enumerate(value)
            ]
        if of.kind == "map":
            found += [
                (f"{name}[{self._text(key, k)}] = {self._text(each, v)}", True) for k, v in value
            ]
        return found

    def _text(self, of: CqlType, value: Exact) -> str:
        return self._table.literal(Column("", of), value)


def _live(of: CqlType, value: Exact) -> bool:
    """Whether a cell is written, that can expire."""
    if value is None:
        return False
    if multi_cell(of):
        return any(part is not None for part in value) if of.kind == "udt" else bool(value)
    return True
