"""Values are read from the wire as bytes, by the session that asks for it and no other."""

from typing import cast

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


def test_only_the_given_session_is_changed() -> None:
    """The session that compares gets the protocol; the class of sessions keeps its own."""

    class Opened:
        driver = DriverSession.__new__(DriverSession)

    read_bytes(cast(Session, Opened))
    changed = Opened.driver.client_protocol_handler
    assert changed is not DriverSession.client_protocol_handler
    assert issubclass(changed, ProtocolHandler)
