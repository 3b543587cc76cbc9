"""Values as they are on the wire: bytes.

scylla-driver makes Python objects of them, and one that Python can't hold (a timestamp beyond its
years, a decimal of more digits than it prints) fails the whole page of rows it stands in. A
comparison must not stop at such a row: it reads bytes, and `messina.types` knows what they mean.
"""

from os import SEEK_CUR
from typing import Any, BinaryIO

from cassandra.cqltypes import BytesType
from cassandra.protocol import ProtocolHandler, ResultMessage

from messina.scylla.session import Session

_SYSTEM = "system"
_CUSTOM = b"\0\0"


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

    def read_type(cls: Any, f: BinaryIO, user_type_map: Any) -> Any:
        """A type; a custom one, such as a vector, is not parsed: the driver fails on some."""
        kind = f.read(2)
        if kind == _CUSTOM:
            f.seek(int.from_bytes(f.read(2), "big"), SEEK_CUR)
            return _Raw
        f.seek(-len(kind), SEEK_CUR)
        return results.read_type.__func__(cls, f, user_type_map)

    raw = type(
        "Results",
        (results,),
        {"recv_results_metadata": recv_results_metadata, "read_type": classmethod(read_type)},
    )
    messages = {**ProtocolHandler.message_types_by_opcode, ResultMessage.opcode: raw}
    return type("Protocol", (ProtocolHandler,), {"message_types_by_opcode": messages})


def read_bytes(session: Session) -> None:
    """From here on this session gives the values of users' tables as bytes."""
    session.driver.client_protocol_handler = raw_protocol()
