"""Avro in Confluent's wire format: a zero byte, the schema's id in four, the record."""

import struct
from io import BytesIO
from typing import Any, Protocol

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from messina.kafka.errors import DecodingProblem

_MAGIC = 0
_HEAD = struct.Struct(">bI")


class Schemas(Protocol):
    """Where schemas come from; `RegistryClient` is one."""

    def schema(self, schema_id: int) -> dict[str, Any] | None:
        """Return the Avro schema of an id, or None if there is none."""


def schema_id(data: bytes) -> int:
    """Return the id of the schema that a record was written with.

    Raises:
        DecodingProblem: if the bytes are not in the wire format.
    """
    if len(data) < _HEAD.size:
        raise DecodingProblem(f"{len(data)} bytes are too few for Avro in the wire format")
    magic, number = _HEAD.unpack_from(data)
    if magic != _MAGIC:
        raise DecodingProblem(f"the first byte is {magic}, not 0: not Avro in the wire format")
    return int(number)


def plain_schema(schema: Any) -> Any:
    """Return a schema without logical types: its values are read and written as they are kept.

    A union at the root, which a registry's client gives as `{"type": [...]}`, is unwrapped.
    """
    if isinstance(schema, list):
        return [plain_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("type"), list) and "name" not in schema:
        return plain_schema(schema["type"])
    nested = {"type", "items", "values", "fields"}
    return {
        name: plain_schema(value) if name in nested else value
        for name, value in schema.items()
        if name != "logicalType"
    }


class AvroEncoder:
    """Writes records with one schema of a registry.

    Args:
        number: its id.
        schema: the schema itself; logical types make no difference to what is written.
    """

    def __init__(self, number: int, schema: Any) -> None:
        self.number = number
        self._schema = parse_schema(plain_schema(schema))

    def encode(self, record: Any) -> bytes:
        """Return the bytes of a record.

        Raises:
            ValueError: if it is none of the schema.
        """
        body = BytesIO()
        body.write(_HEAD.pack(_MAGIC, self.number))
        try:
            schemaless_writer(body, self._schema, record, strict=True)
        except (TypeError, KeyError, OverflowError, AttributeError, struct.error) as error:
            raise ValueError(f"no record of schema {self.number}: {error}") from error
        return body.getvalue()

    def decode(self, data: bytes) -> Any:
        """Return the record that bytes of this schema hold, as it is kept.

        Raises:
            DecodingProblem: if they hold none.
        """
        return _read(data, self.number, self._schema)


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
        number = schema_id(data)
        return _read(data, number, self._schema(number))

    def _schema(self, schema_id: int) -> Any:
        if schema_id not in self._parsed:
            schema = self._schemas.schema(schema_id)
            if schema is None:
                raise DecodingProblem(
                    f"the registry has no schema {schema_id}; "
                    "next: check that the record and the registry belong together"
                )
            if isinstance(schema.get("type"), list):  # a union at the root
                self._parsed[schema_id] = parse_schema(schema["type"])
            else:
                self._parsed[schema_id] = parse_schema(schema)
        return self._parsed[schema_id]


def _read(data: bytes, number: int, schema: Any) -> Any:
    body = BytesIO(data)
    body.seek(_HEAD.size)
    try:
        record = schemaless_reader(body, schema, None)
    except (EOFError, ValueError, IndexError, KeyError, TypeError, StopIteration) as error:
        raise DecodingProblem(f"the bytes do not follow schema {number}: {error}") from error
    if body.tell() != len(data):
        raise DecodingProblem(
            f"{len(data) - body.tell()} bytes are left behind a record of schema {number}"
        )
    return record
