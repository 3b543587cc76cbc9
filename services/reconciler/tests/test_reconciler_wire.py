"""Timestamps are read from the wire as milliseconds, in whatever year."""

import struct
from typing import cast

import pytest
from cassandra import type_codes
from cassandra.cluster import Session as DriverSession
from cassandra.cqltypes import DateType, lookup_casstype
from cassandra.protocol import ProtocolHandler, ResultMessage

from messina.reconciler.wire import read_timestamps_as_milliseconds, timestamps_protocol
from messina.scylla import Session


@pytest.mark.parametrize("millis", [0, 1, -1, -62_135_596_800_001, 253_402_300_800_000, -(2**63)])
def test_every_timestamp_is_a_number(millis: int) -> None:
    """The driver's own type fails beyond its years; this one does not, and binds the same bytes."""
    timestamp = (
        timestamps_protocol()
        .message_types_by_opcode[ResultMessage.opcode]
        .type_codes[type_codes.DateType]
    )
    wire = struct.pack(">q", millis)
    assert timestamp.deserialize(wire, 4) == millis
    assert timestamp.serialize(millis, 4) == wire


def test_the_drivers_own_types_stay_as_they_are() -> None:
    """Other sessions of the process still get datetimes."""
    timestamps_protocol()
    own = ProtocolHandler.message_types_by_opcode[ResultMessage.opcode].type_codes
    assert own[type_codes.DateType] is DateType
    assert lookup_casstype("TimestampType").deserialize(struct.pack(">q", 0), 4).year == 1970


def test_only_the_given_session_is_changed() -> None:
    """The session that compares gets the protocol; the class of sessions keeps its own."""

    class Opened:
        driver = DriverSession.__new__(DriverSession)

    read_timestamps_as_milliseconds(cast(Session, Opened))
    changed = Opened.driver.client_protocol_handler
    assert changed is not DriverSession.client_protocol_handler
    assert issubclass(changed, ProtocolHandler)
