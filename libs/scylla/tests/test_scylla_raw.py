"""Values are read from the wire as bytes, by the session that asks for it and no other."""

from io import BytesIO
from typing import cast

import pytest
from cassandra import type_codes
from cassandra.cluster import Session as DriverSession
from cassandra.cqltypes import DateType
from cassandra.protocol import ProtocolHandler, ResultMessage

from messina.scylla import Session, read_bytes
from messina.scylla.raw import raw_protocol


def test_the_drivers_own_types_stay_as_they_are() -> None:
    """Other sessions of the process still get datetimes."""
    raw_protocol()
    own = ProtocolHandler.message_types_by_opcode[ResultMessage.opcode].type_codes
    assert own[type_codes.DateType] is DateType


def test_types_that_the_driver_does_not_know_are_passed_over() -> None:
    """A list of vectors of a user type, on which the driver fails, is read to its end."""
    name = b"org.apache.cassandra.db.marshal.VectorType("
    name += b"org.apache.cassandra.db.marshal.UserType(ks,70,66:org.apache.cassandra.db.marshal."
    name += b"Int32Type),3)"
    text = len(name).to_bytes(2, "big") + name
    metadata = BytesIO(b"\x00\x20" + b"\x00\x00" + text + b"behind it")
    with pytest.raises((AttributeError, ValueError)):
        ResultMessage.read_type(BytesIO(metadata.getvalue()), {})
    results = raw_protocol().message_types_by_opcode[ResultMessage.opcode]
    assert results.read_type(metadata, {}).typename == "list"
    assert metadata.read() == b"behind it"


def test_only_the_given_session_is_changed() -> None:
    """The session that compares gets the protocol; the class of sessions keeps its own."""

    class Opened:
        driver = DriverSession.__new__(DriverSession)

    read_bytes(cast(Session, Opened))
    changed = Opened.driver.client_protocol_handler
    assert changed is not DriverSession.client_protocol_handler
    assert issubclass(changed, ProtocolHandler)
