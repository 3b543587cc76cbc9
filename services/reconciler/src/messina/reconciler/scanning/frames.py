"""Rows of either side as frames: token, key, and two hashes of all the rest.

A frame's rows are equal where both hashes are (but for one in 2^128). Hashes are of the forms of
`messina.types`, so they are the same for both sides, and in all processes of a run.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import cast

import polars as pl

from messina.reconciler.errors import KeyTextUnknown
from messina.reconciler.sides import Key, Shape
from messina.reconciler.unread import ERRORS, form_of, text_of, tolerant_forms, unread
from messina.scylla import tokens
from messina.types import (
    Canonical,
    Cells,
    Form,
    form,
    sink_reader,
    sink_text,
)
from messina.types import ValueMismatch as Mismatch

SCHEMA = {"token": pl.Int64, "key": pl.Binary, "one": pl.UInt64, "two": pl.UInt64}
HASHES = ["one", "two"]
_SEEDS = (0x6D657373, 0x696E6121)

_MOST_LENGTHS = 10_000

Bulk = Callable[[Cells], Cells]


def empty() -> pl.DataFrame:
    """A frame without rows."""
    return pl.DataFrame(schema=SCHEMA)


def weight(frame: pl.DataFrame) -> int:
    """About how many bytes a frame takes."""
    return int(frame.estimated_size()) + 16 * frame.height


class Frames:
    """Makes frames of one part of a table.

    Args:
        shape: the part.
        partition_length: how many columns of the key are the partition key.
        sources: how the source's bytes of each column become forms, where that is not the form of
            the shape's type: of masked columns.
    """

    def __init__(
        self,
        shape: Shape,
        partition_length: int,
        sources: Sequence[Bulk | None] = (),
    ) -> None:
        self._shape = shape
        self._forms = [form(each, shape.user_types) for each in shape.types]
        own = sources or [None] * len(self._forms)
        self._sources = [
            tolerant_forms(each.source if other is None else other)
            for each, other in zip(self._forms, own, strict=True)
        ]
        self._partition = partition_length

    def of_source(self, columns: Sequence[Cells]) -> pl.DataFrame:
        """The frame of columns as the source has them; none of the key's values is null.

        What is no value of its type has a form that is equal to nothing in the sink.
        """
        forms = [read(cells) for read, cells in zip(self._sources, columns, strict=True)]
        for place in range(self._shape.key_length):
            if None in forms[place]:  # no bytes at all, where the type has no such value
                forms[place] = [
                    form_of(data or b"") if known is None else known
                    for known, data in zip(forms[place], columns[place], strict=True)
                ]
        return self._frame(forms, cast(Sequence[Sequence[bytes]], columns[: self._partition]))

    def of_sink(
        self, columns: Sequence[Cells | None], as_text: Collection[int] = ()
    ) -> pl.DataFrame:
        """The frame of columns as Postgres has them.

        Args:
            columns: one for each of the shape; None is one that Postgres lacks: all null.
            as_text: places of columns that were read as text.
        """
        count = next(len(cells) for cells in columns if cells is not None)
        forms: list[Cells] = []
        for place, (kind, cells) in enumerate(zip(self._forms, columns, strict=True)):
            if cells is None:
                forms.append([None] * count)
            elif place in as_text:
                forms.append(self._of_texts(place, kind, cells))
            else:
                forms.append(kind.sink(cells))
        keys = cast(Sequence[Sequence[bytes]], forms[: self._partition])
        return self._frame(forms, keys)

    def of_values(self, rows: Sequence[Sequence[Canonical]]) -> pl.DataFrame:
        """The frame of canonical values."""
        if not rows:
            return empty()
        forms: list[Cells] = [
            [kind.of(value) for value in column]
            for kind, column in zip(self._forms, zip(*rows, strict=True), strict=True)
        ]
        return self._frame(forms, cast(Sequence[Sequence[bytes]], forms[: self._partition]))

    def keys(self, found: Iterable[bytes]) -> list[Key]:
        """The canonical values of keys of a frame."""
        length = self._shape.key_length
        return [
            tuple(
                _key_value(kind, part)
                for kind, part in zip(self._forms, _parts(data, length), strict=False)
            )
            for data in found
        ]

    def _frame(self, forms: Sequence[Cells], partition: Sequence[Sequence[bytes]]) -> pl.DataFrame:
        length = self._shape.key_length
        count = len(forms[0])
        rest = [
            pl.Series(str(place), cells, dtype=pl.Binary)
            for place, cells in enumerate(forms[length:])
        ]
        if rest:
            frame = pl.DataFrame(rest)
            hashes = [frame.hash_rows(seed) for seed in _SEEDS]
        else:
            hashes = [pl.repeat(0, count, dtype=pl.UInt64, eager=True) for _ in _SEEDS]
        keys = forms[0] if length == 1 else _joined(cast(Sequence[Sequence[bytes]], forms[:length]))
        return pl.DataFrame(
            {
                "token": pl.Series(tokens(partition), dtype=pl.Int64),
                "key": pl.Series(keys, dtype=pl.Binary),
                "one": hashes[0],
                "two": hashes[1],
            }
        )

    def _of_texts(self, place: int, kind: Form, cells: Cells) -> Cells:
        cql_type = self._shape.types[place]
        read = sink_reader(cql_type, self._shape.user_types)

        # of texts in keys two that read alike would be taken for one row
        strict = place < self._shape.key_length and cql_type.name != "timestamp"

        def one(data: bytes) -> bytes | None:
            text = data.decode()
            try:
                value = read(text)
                if strict and sink_text(cql_type, value) != text:
                    raise KeyTextUnknown(self._shape.table, self._shape.sink_names[place], text)
                return kind.of(value)
            except Mismatch:
                if strict:
                    name = self._shape.sink_names[place]
                    raise KeyTextUnknown(self._shape.table, name, text) from None
                return kind.of(f"{text[:60]!r}, which is no {cql_type}")

        return [None if data is None else one(data) for data in cells]


def _key_value(kind: Form, part: bytes) -> Canonical:
    text = text_of(part)
    if text is not None:
        return text
    try:
        return kind.canonical(part)
    except ERRORS:
        return unread(part)


class _Lengths(dict[int, bytes]):
    """Four bytes of each length, made when first asked for."""

    def __missing__(self, length: int) -> bytes:
        data = length.to_bytes(4, "big")
        if len(self) < _MOST_LENGTHS:
            self[length] = data
        return data


_LENGTHS = _Lengths()


def _joined(columns: Sequence[Sequence[bytes]]) -> list[bytes]:
    framed = [[_LENGTHS[len(part)] + part for part in cells] for cells in columns]
    return [b"".join(parts) for parts in zip(*framed, strict=True)]


def _parts(data: bytes, length: int) -> list[bytes]:
    if length == 1:
        return [data]
    parts, at = [], 0
    for _ in range(length):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        parts.append(data[at + 4 : end])
        at = end
    return parts
