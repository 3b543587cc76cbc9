"""One letter for people: decoded as far as it can be, masked columns hidden, secrets redacted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from messina.deployer.deadletters.cases import Act, Entry, State
from messina.deployer.deadletters.letters import Letter
from messina.deployer.deadletters.reasons import Reason
from messina.deployer.resources import Value
from messina.deployer.secrecy import cleared
from messina.kafka import AvroDecoder, DecodingProblem, KafkaProblem, Record
from messina.kafka.deadletters import CONNECT, MESSINA
from messina.pipeline import STATIC, PipelineSpec

HIDDEN = "(masked)"
UNKNOWN_TABLE = "(hidden: the file says nothing of this table)"
_MOST_HEX = 64
_MOST_TEXT = 400
_ROWS = ("before", "after")
_SAID = frozenset(f"{CONNECT}{n}" for n in ("topic", "partition", "offset", "exception.message"))


class Shown(Value):
    """A letter as it is shown.

    Attributes:
        at: where it lies, as commands take it.
        origin: where the record lay that could not be written.
        table, reason, message, state: what it is, why, and what became of it.
        at_ms: when the record came into its topic.
        key, value: decoded; in hex, with their length, where that can't be.
        headers: those beside the reason's.
        correlation_id: of the change.
        attempts: how often in a row a replay of its row has come back.
        history: what was done about its row, the newest last.
    """

    at: str
    origin: str | None
    table: str
    reason: Reason
    message: str
    state: State
    at_ms: int
    key: Any = None
    value: Any = None
    headers: Mapping[str, str] = {}
    correlation_id: str | None = None
    attempts: int = 0
    history: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Decodes letters.

    Attributes:
        spec: the pipeline; its tables by name as far as they are known.
        decoder: asks the registry.
    """

    spec: PipelineSpec
    decoder: AvroDecoder

    def show(self, letter: Letter, record: Record, state: State, entry: Entry | None) -> Shown:
        """Return a letter as it is shown."""
        told = letter.told
        return Shown(
            at=str(letter.at),
            origin=None if told.origin is None else str(told.origin),
            table=letter.table,
            reason=letter.reason,
            message=letter.message,
            state=state,
            at_ms=told.at_ms,
            key=self.key(record.key),
            value=self._value(letter.table, record.value),
            headers=headers_of(record),
            correlation_id=told.correlation_id,
            attempts=0 if entry is None else entry.attempts,
            history=() if entry is None else entry.acts,
        )

    def key(self, data: bytes | None) -> Any:
        """Return a key, decoded; as text in hex where it is none."""
        return self._decoded(data)

    def _decoded(self, data: bytes | None) -> Any:
        if data is None:
            return None
        try:
            return plain(self.decoder.decode(data))
        except (DecodingProblem, KafkaProblem) as problem:
            return hexed(data, str(problem))

    def _value(self, table: str, data: bytes | None) -> Any:
        found = self._decoded(data)
        if not isinstance(found, dict):
            return found
        masked = self._masked(table)
        if _ROWS[1] not in found:
            return _veiled(found, masked)
        return {
            name: _veiled(each, masked) if name in _ROWS and isinstance(each, dict) else each
            for name, each in found.items()
            if name not in ("transaction",)
        }

    def _masked(self, table: str) -> frozenset[str] | None:
        """The columns that are masked; None where nobody knows."""
        for entry in self.spec.entries:
            if getattr(entry, "name", None) == table.removesuffix(STATIC):
                return frozenset(entry.mask)
        return None


def _veiled(row: Mapping[str, Any], masked: frozenset[str] | None) -> Any:
    if masked is None:
        return UNKNOWN_TABLE
    return {
        name: HIDDEN if name in masked and value is not None else value
        for name, value in row.items()
    }


def hexed(data: bytes, why: str) -> str:
    """Return bytes that nobody can read, bounded, with what is wrong."""
    more = "…" if len(data) > _MOST_HEX else ""
    return f"0x{data[:_MOST_HEX].hex()}{more} ({len(data)} bytes: {' '.join(why.split())})"


def plain(value: Any) -> Any:
    """Return what Avro gives as JSON can hold it; long texts are cut."""
    match value:
        case bytes():
            more = "…" if len(value) > _MOST_HEX else ""
            return f"0x{value[:_MOST_HEX].hex()}{more}"
        case str():
            return value if len(value) <= _MOST_TEXT else f"{value[:_MOST_TEXT]}…"
        case dict():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value[:_MOST_HEX]]
        case float() if value != value or value in (float("inf"), float("-inf")):
            return str(value)
        case None | bool() | int() | float():
            return value
        case _:
            return str(value)


def headers_of(record: Record) -> dict[str, str]:
    """Return a record's headers beside those that the letter's reason was made of.

    Of a stack trace, which may hold the row's values, only its length.
    """
    found = {}
    for name, data in sorted(record.headers.items()):
        if name.startswith(MESSINA) or name in _SAID:
            continue
        if name.endswith("stacktrace"):
            found[name] = f"({len(data or b'')} bytes)"
            continue
        text = cleared((data or b"").decode(errors="replace"))
        found[name] = text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"
    return found


def compact(value: Any) -> str:
    """Return JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
