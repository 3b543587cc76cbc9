"""Timestamps as they are on the wire: milliseconds.

scylla-driver makes datetimes of them, and one beyond Python's years 1 to 9999 fails the whole
page of rows it stands in. A comparison must not stop at such a row.
"""

from typing import Any

from cassandra import type_codes
from cassandra.cqltypes import DateType
from cassandra.marshal import int64_unpack
from cassandra.protocol import ProtocolHandler, ResultMessage

from messina.scylla import Session


class _TimestampMillis(DateType):  # type: ignore[misc]
    """The driver's type for timestamp, read as a whole number.

    The underscore in front keeps it out of the driver's registry.
    """

    @staticmethod
    def deserialize(byts: bytes, protocol_version: int) -> int:
        return int(int64_unpack(byts))


def timestamps_protocol() -> type[Any]:
    """The driver's own handler of the protocol, with the type exchanged."""
    results = ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]
    types = {**results.type_codes, type_codes.DateType: _TimestampMillis}
    messages = {
        **ProtocolHandler.message_types_by_opcode,
        ResultMessage.opcode: type("Results", (results,), {"type_codes": types}),
    }
    return type("Protocol", (ProtocolHandler,), {"message_types_by_opcode": messages})


def read_timestamps_as_milliseconds(session: Session) -> None:
    """From here on this session gives timestamps as milliseconds since 1970, and takes them so."""
    session.driver.client_protocol_handler = timestamps_protocol()
