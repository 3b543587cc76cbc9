"""Values as they are on the wire: bytes.

scylla-driver makes Python objects of them, and one that Python can't hold (a timestamp beyond its
years, a decimal of more digits than it prints) fails the whole page of rows it stands in. A
comparison must not stop at such a row: it reads bytes, and `messina.types` knows what they mean.
"""

from typing import Any

from cassandra.cqltypes import BytesType
from cassandra.protocol import ProtocolHandler, ResultMessage

from messina.scylla.session import Session

_SYSTEM = "system"


class _Raw(BytesType):  # type: ignore[misc]
    """Bytes of any type, none of them included; the underscore keeps it out of the registry."""

    empty_binary_ok = True

    @staticmethod
    def deserialize(byts: bytes, protocol_version: int) -> bytes:
        return bytes(byts)


def raw_protocol() -> type[Any]:
    """The driver's own handler of the protocol, whose rows of users' tables are bytes.

    What is bound stays as it is, and so do the rows of the server's own tables.
    """
    results = ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]

    def recv_results_metadata(self: Any, f: Any, user_type_map: Any) -> None:
        results.recv_results_metadata(self, f, user_type_map)
        if self.column_metadata is not None:
            self.column_metadata = [
                column if column[0].startswith(_SYSTEM) else (*column[:3], _Raw)
                for column in self.column_metadata
            ]

    raw = type("Results", (results,), {"recv_results_metadata": recv_results_metadata})
    messages = {**ProtocolHandler.message_types_by_opcode, ResultMessage.opcode: raw}
    return type("Protocol", (ProtocolHandler,), {"message_types_by_opcode": messages})


def read_bytes(session: Session) -> None:
    """From here on this session gives the values of users' tables as bytes."""
    session.driver.client_protocol_handler = raw_protocol()
