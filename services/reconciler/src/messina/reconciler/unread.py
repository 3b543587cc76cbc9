"""Values of the source whose bytes are none of their type: a difference, not an error.

ScyllaDB takes some bytes that are no value: a time of day of 25 hours through an old driver, no
bytes at all as an int of a key. Such a value has a text here, and a form, that no other has.
"""

import struct
from collections.abc import Callable
from typing import Any

from messina.types import Canonical, Cells

ERRORS = (ValueError, TypeError, ArithmeticError, struct.error)
"""What reading such bytes raises; `ValueMismatch` is a ValueError."""
_TEXT = "\N{REPLACEMENT CHARACTER} bytes that are no value: 0x"
_FORM = b"\xffbytes that are no value: "


def unread(data: bytes) -> str:
    """The text of such a value."""
    return _TEXT + data.hex()


def is_unread(value: object) -> bool:
    """Whether it is such a text."""
    return isinstance(value, str) and value.startswith(_TEXT)


def tolerant(read: Callable[[Any], Canonical]) -> Callable[[Any], Canonical]:
    """A reader of one value that gives the text of what it can't read."""

    def one(data: Any) -> Canonical:
        try:
            return read(data)
        except ERRORS:
            return unread(bytes(data))

    return one


def tolerant_forms(read: Callable[[Cells], Cells]) -> Callable[[Cells], Cells]:
    """A reader of a column that gives a form of its own to what it can't read."""

    def one(data: bytes | None) -> bytes | None:
        try:
            return read([data])[0]
        except ERRORS:
            return form_of(data or b"")

    def column(cells: Cells) -> Cells:
        try:
            return read(cells)
        except ERRORS:
            return list(map(one, cells))

    return column


def form_of(data: bytes) -> bytes:
    """The form of such a value."""
    return _FORM + data


def text_of(form: bytes) -> str | None:
    """The text of such a value's form; None for another's."""
    return unread(form[len(_FORM) :]) if form.startswith(_FORM) else None
