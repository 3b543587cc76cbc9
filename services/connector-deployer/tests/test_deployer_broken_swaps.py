"""A swap of the source connector that breaks off at any of its calls: what `apply` then makes."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import cast

import pytest
from deployer_endpoints import ENDPOINTS
from deployer_offsets import MESSINA, NOON, SCYLLADB, TABLE_ID, WINDOW, slice_offset

from messina.deployer import replacing
from messina.deployer.diff import diff
from messina.deployer.kinds import connector as connectors
from messina.deployer.offsets.identity import SourceTable
from messina.deployer.plan import Replace, Resume
from messina.deployer.resources import ConnectorResource, Desired
from messina.deployer.site import Site
from messina.deployer.world import World
from messina.kafka import Connector, ConnectorStatus, ConnectRefused, ConnectTimeout, Offset

NAME = "p.t.source"
KEPT = {"k.t": SourceTable(table_id=TABLE_ID, kept_from=NOON)}


class Killed(BaseException):
    """The process is gone: nothing of it cleans up."""


class Connect:
    """Kafka Connect, as far as a swap asks it; it breaks at one of the calls that change it."""

    def __init__(self, config: Mapping[str, str], offsets: Iterable[Offset]) -> None:
        self.config = dict(config)
        self.state = "RUNNING"
        self.stored = {str(one.partition): one for one in offsets}
        self.left: int | None = None
        self.error: BaseException = Killed()

    def _change(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise self.error

    def get(self, name: str) -> Connector:
        return Connector(name=name, config=self.config)

    def connectors(self) -> dict[str, Connector]:
        return {NAME: self.get(NAME)}

    def statuses(self) -> dict[str, ConnectorStatus]:
        tasks = [{"id": 0, "state": "RUNNING", "worker_id": "w"}] * (self.state == "RUNNING")
        return {
            NAME: ConnectorStatus.model_validate(
                {
                    "name": NAME,
                    "connector": {"state": self.state, "worker_id": "w"},
                    "tasks": tasks,
                }
            )
        }

    def offsets(self, name: str) -> tuple[Offset, ...]:
        return tuple(self.stored.values())

    def stop(self, name: str) -> None:
        self._change()
        self.state = "STOPPED"

    def alter_offsets(self, name: str, given: Iterable[Offset]) -> None:
        self._change()
        # as Messina's own does: offsets of another form are none of its own
        ours = self.config["connector.class"] == MESSINA
        for one in given:
            if one.offset is not None and ours != ("slice" in one.partition):
                raise ConnectRefused("PATCH offsets", "u", 400, "of another form")
            self.stored[str(one.partition)] = one

    def put(self, name: str, config: Mapping[str, str], *, until_known: bool = True) -> None:
        self._change()
        self.config = dict(config)

    def resume(self, name: str) -> None:
        self._change()
        self.state = "RUNNING"


def source(connector_class: str) -> ConnectorResource:
    config = {"connector.class": connector_class, "topic.prefix": "p"}
    if connector_class == MESSINA:
        config |= {"tables": "k.t", "slices": "2", "safe.confidence.ms": "30000"}
    else:
        config |= {"scylla.table.names": "k.t", "scylla.initial.lookback.ms": str(10**14)}
    return ConnectorResource(name=NAME, role="source", tasks=1, config=config)


def applied(connect: Connect, new: ConnectorResource) -> None:
    """What a plan and its apply do, as far as this connector is concerned."""
    site = cast(Site, SimpleNamespace(connect=connect))
    found = connectors.stray(connect.get(NAME), "p")
    assert found is not None
    world = World(
        connectors={NAME: found.model_copy(update={"config": connect.config})},
        statuses=connect.statuses(),
    )
    wanted = Desired(pipeline="p", topics=(), schemas=(), tables=(), connectors=(new,))
    for step in diff(wanted, world, ENDPOINTS).steps:
        if isinstance(step, Replace):
            list(replacing.replace(site, new))
        else:
            assert isinstance(step, Resume), step
            replacing.finish(site, new)
            connect.resume(NAME)


ERRORS = (
    Killed(),
    ConnectTimeout("PUT", "u", 60.0, "silence"),
    ConnectRefused("PUT", "u", 500, "x"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("calls", range(6))
@pytest.mark.parametrize("there", [SCYLLADB, MESSINA], ids=["to ours", "to ScyllaDB's"])
def test_a_swap_that_breaks_anywhere_is_carried_through(
    monkeypatch: pytest.MonkeyPatch, there: str, calls: int, error: BaseException
) -> None:
    """Whichever call it breaks at, and however: the next `apply` gets the new connector to run, and
    it begins where the old one ended, never at "now"."""
    monkeypatch.setattr(replacing, "source_tables", lambda *given: KEPT)
    monkeypatch.setattr(replacing, "until_applied", lambda *given, **more: 0.0)
    monkeypatch.setattr(replacing, "Ends", SimpleNamespace(now=lambda *given: None))
    slices = [slice_offset(n, "12:00:00", "11:59:30") for n in range(2)]
    old = source(there)
    new = source(MESSINA if there == SCYLLADB else SCYLLADB)
    connect = Connect(old.config, [WINDOW] if there == SCYLLADB else slices)
    connect.left, connect.error = calls, error
    try:
        applied(connect, new)
    except (Killed, ConnectTimeout, ConnectRefused):
        if connect.state == "RUNNING":
            assert connect.config == old.config, "what runs after a break is the old one"
    connect.left = None
    applied(connect, new)
    assert (connect.state, connect.config) == ("RUNNING", dict(new.config))
    if there == SCYLLADB:
        begins = [one.offset for one in connect.stored.values() if "slice" in one.partition]
        assert len(begins) == 2
        assert all(one and one["fast_until"] < "2026-11-23T12" for one in begins)
