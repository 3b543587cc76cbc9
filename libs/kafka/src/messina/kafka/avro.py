"""Avro in Confluent's wire format: a zero byte, the schema's id in four, the record."""

import struct
from io import BytesIO
from typing import Any, Protocol

from fastavro import parse_schema, schemaless_reader

from messina.kafka.errors import DecodingProblem

_MAGIC = 0
_HEAD = struct.Struct(">bI")


class Schemas(Protocol):
    """Where schemas come from; `RegistryClient` is one."""

    def schema(self, schema_id: int) -> dict[str, Any] | None:
        """Return the Avro schema of an id, or None if there is none."""


class AvroDecoder:
    """Decodes records, asking for each schema once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._parsed: dict[int, Any] = {}

    def decode(self, data: bytes) -> Any:
        """Return the record that the bytes hold.

        Raises:
            DecodingProblem: if the bytes are not in the wire format, or not of their schema.
        """
        if len(data) < _HEAD.size:
            raise DecodingProblem(f"{len(data)} bytes are too few for Avro in the wire format")
        magic, schema_id = _HEAD.unpack_from(data)
        if magic != _MAGIC:
            raise DecodingProblem(f"the first byte is {magic}, not 0: not Avro in the wire format")
        body = BytesIO(data)
        body.seek(_HEAD.size)
        try:
            record = schemaless_reader(body, self._schema(schema_id), None)
        except (EOFError, ValueError, IndexError, KeyError, TypeError, StopIteration) as error:
            raise DecodingProblem(f"the bytes do not follow schema {schema_id}: {error}") from error
        if body.tell() != len(data):
            raise DecodingProblem(
                f"{len(data) - body.tell()} bytes are left behind a record of schema {schema_id}"
            )
        return record

    def _schema(self, schema_id: int) -> Any:
        if schema_id not in self._parsed:
            schema = self._schemas.schema(schema_id)
            if schema is None:
                raise DecodingProblem(
                    f"the registry has no schema {schema_id}; "
                    "next: check that the record and the registry belong together"
                )
            self._parsed[schema_id] = parse_schema(schema)
        return self._parsed[schema_id]
