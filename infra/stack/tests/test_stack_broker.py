"""What the broker is formatted with."""

import base64
import uuid

import pytest

from messina.stack.broker import new_cluster_id


def test_a_cluster_id_is_never_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id with a leading dash is not used: Kafka's StorageTool would take it for an option."""
    dashed, fine = uuid.UUID(bytes=b"\xf8" + bytes(15)), uuid.UUID(bytes=bytes(16))
    assert base64.urlsafe_b64encode(dashed.bytes).startswith(b"-")
    drawn = iter((dashed, fine))
    monkeypatch.setattr("messina.stack.broker.uuid.uuid4", lambda: next(drawn))
    assert new_cluster_id() == "A" * 22
