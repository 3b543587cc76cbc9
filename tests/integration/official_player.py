"""A producer that plays ScyllaDB's own connector: its records' form, Kafka's default partitioner.

The form is that of its rows behind `ScyllaExtractNewRecordState`, as its sources have it: optional
structs of optional fields, uuid, decimal and varint as text; deletes are tombstones. It is a
stand-in: what is proven with it holds for a connector that writes so.
"""

import io
import json
import struct
from collections.abc import Mapping
from typing import Any

import fastavro
import httpx
from confluent_kafka import Producer

from messina.kafka import schemas_url
from messina.pipeline import Endpoints

_HEAD = struct.Struct(">bI")
_DATE = "org.apache.kafka.connect.data.Date"
_TIMESTAMP = "org.apache.kafka.connect.data.Timestamp"
FIELDS: Mapping[str, Any] = {
    "int": "int",
    "text": "string",
    "uuid": "string",
    "varint": "string",
    "decimal": "string",
    "date": {"type": "int", "connect.version": 1, "connect.name": _DATE, "logicalType": "date"},
    "timestamp": {
        "type": "long",
        "connect.version": 1,
        "connect.name": _TIMESTAMP,
        "logicalType": "timestamp-millis",
    },
    "smallint": {"type": "int", "connect.type": "int16"},
}


def struct_schema(namespace: str, name: str, columns: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a struct of columns by their CQL types, as Connect's converter makes it."""
    return {
        "type": "record",
        "name": name,
        "namespace": namespace,
        "fields": [
            {"name": column, "type": ["null", FIELDS[cql_type]], "default": None}
            for column, cql_type in columns.items()
        ],
        "connect.name": f"{namespace}.{name}",
    }


class Player:
    """Writes one table's topic.

    Args:
        endpoints: where brokers and registry are.
        topic: the table's.
        columns: by name the CQL type; the key's first.
        key: the names of the key's.
    """

    def __init__(
        self, endpoints: Endpoints, topic: str, columns: Mapping[str, str], key: tuple[str, ...]
    ) -> None:
        self._topic = topic
        self._columns = dict(columns)
        self._key = key
        self._registry = schemas_url(endpoints.registry.url, endpoints.registry.kind)
        namespace = topic.replace("-", "_")
        keys = {name: columns[name] for name in key}
        self._key_id, self._key_schema = self._registered(
            "key", struct_schema(namespace, "Key", keys)
        )
        self._value_id, self._value_schema = self._registered(
            "value", ["null", struct_schema(namespace, "After", columns)]
        )
        self._producer = Producer(
            {
                "bootstrap.servers": endpoints.kafka.bootstrap_servers,
                "enable.idempotence": True,
                # Java's default
                "partitioner": "murmur2_random",
                "linger.ms": 0,
            }
        )

    def write(self, row: Mapping[str, Any]) -> None:
        """A row as it is after a change; columns that are left out are null."""
        value = {name: row.get(name) for name in self._columns}
        self._send(row, self._encoded(self._value_id, self._value_schema, value))

    def delete(self, row: Mapping[str, Any]) -> None:
        """A tombstone."""
        self._send(row, None)

    def flush(self) -> None:
        """Wait until all is in Kafka."""
        assert self._producer.flush(30) == 0

    def _send(self, row: Mapping[str, Any], value: bytes | None) -> None:
        key = self._encoded(self._key_id, self._key_schema, {n: row[n] for n in self._key})
        headers: list[tuple[str, str | bytes | None]] = [("__op", "u" if value else "d")]
        self._producer.produce(self._topic, key=key, value=value, headers=headers)
        self._producer.poll(0)

    def _registered(self, part: str, schema: Any) -> tuple[int, Any]:
        answer = httpx.post(
            f"{self._registry}/subjects/{self._topic}-{part}/versions",
            json={"schema": json.dumps(schema)},
            timeout=20,
        )
        answer.raise_for_status()
        return int(answer.json()["id"]), fastavro.parse_schema(schema)

    @staticmethod
    def _encoded(number: int, schema: Any, record: Mapping[str, Any]) -> bytes:
        body = io.BytesIO()
        body.write(_HEAD.pack(0, number))
        fastavro.schemaless_writer(body, schema, record)
        return body.getvalue()
