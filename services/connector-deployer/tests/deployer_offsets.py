"""Connectors and offsets as Connect tells of them, recorded from running ones."""

from typing import Any

from messina.deployer.offsets.members import Member, members
from messina.deployer.offsets.reading import Standing, stands
from messina.deployer.offsets.times import parse_micros
from messina.kafka import Connector, ConnectorStatus, Offset
from messina.pipeline import PipelineSpec, parse_spec

MESSINA = "io.messina.connect.scylla.ScyllaSourceConnector"
SCYLLADB = "com.scylladb.cdc.debezium.connector.ScyllaConnector"
SINK = "io.debezium.connector.jdbc.JdbcSinkConnector"
TABLE_ID = "9d7dd530-8f2f-11f0-8de9-0242ac120002"
NOON = parse_micros("2026-11-23T12:00:00Z")
MINUTE = 60_000_000

SPEC = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}, {name: u}]\n"

# As ScyllaDB's connector 2.0 stored it when it was stopped in the middle of a window.
WINDOW = Offset(
    partition={
        "keyspace_name": "k",
        "table_name": "t",
        "vnode_id": "1",
        "generation_start": "1795425519020",
    },
    offset={
        "window_end": "91f7da7f-e722-11f1-7f7f-7f7f7f7f7f7f",
        "change_id_time": "91bbe1a6-e722-11f1-935b-1f8ef009ac41",
        "change_id_stream_id": "0xc5a90cec43f8d4a52272c97630000011",
        "window_start": "91ab8f40-e722-11f1-8080-808080808080",
    },
)


def spec() -> PipelineSpec:
    """A pipeline `p` from keyspace `k`."""
    return parse_spec(SPEC, "p.yaml")


def slice_offset(
    number: int, fast: str, swept: str, *, table: str = "t", table_id: str | None = TABLE_ID
) -> Offset:
    """An offset of Messina's source; times such as `12:00:00`."""
    offset: dict[str, Any] = {
        "fast_until": f"2026-11-23T{fast}.000000Z",
        "swept_until": f"2026-11-23T{swept}.000000Z",
        "signals_until": 3,
    }
    if table_id is not None:
        offset |= {"table_id": table_id, "key": "id"}
    return Offset(partition={"keyspace": "k", "table": table, "slice": number}, offset=offset)


def topic_offset(number: int, offset: int, table: str = "t") -> Offset:
    """An offset of a sink."""
    return Offset(
        partition={"kafka_topic": f"p.k.{table}", "kafka_partition": number},
        offset={"kafka_offset": offset},
    )


def connector(name: str, **config: str) -> Connector:
    """A connector with a configuration, dots in names as `__`."""
    return Connector(name=name, config={k.replace("__", "."): v for k, v in config.items()})


def state(name: str, state: str = "RUNNING", task: str = "RUNNING") -> ConnectorStatus:
    """A status with one task."""
    return ConnectorStatus.model_validate(
        {
            "name": name,
            "connector": {"state": state, "worker_id": "w"},
            "tasks": [{"id": 0, "state": task, "worker_id": "w"}],
        }
    )


CONNECTORS = {
    one.name: one
    for one in (
        connector(
            "p.t.source", connector__class=MESSINA, topic__prefix="p", tables="k.t", slices="2"
        ),
        connector(
            "p.u.source", connector__class=SCYLLADB, topic__prefix="p", scylla__table__names="k.u"
        ),
        connector(
            "p.t.sink",
            connector__class=SINK,
            topics="p.k.t",
            collection__name__format="s.t",
        ),
        connector("p.t__static.sink", connector__class=SINK, topics="p.k.t__static"),
        connector("q.t.source", connector__class=MESSINA, topic__prefix="q", tables="k.t"),
        connector("p.other", connector__class="org.example.Other", topics="x"),
    )
}


def member(name: str) -> Member:
    """A connector of `CONNECTORS`, running."""
    return next(m for m in members(spec(), CONNECTORS, {name: state(name)}) if m.name == name)


def source(*offsets: Offset) -> Standing:
    """Messina's source of k.t, standing at these."""
    return stands(member("p.t.source"), offsets)


def sink(*offsets: Offset) -> Standing:
    """The sink of k.t, standing at these."""
    return stands(member("p.t.sink"), offsets)
