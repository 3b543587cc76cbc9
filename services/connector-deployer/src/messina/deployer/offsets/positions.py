"""The forms of offsets: Messina's source, ScyllaDB's source, sinks.

A position is one of Connect's offsets with its partition. What Connect has under a connector's name
and in another form than its class has is left alone: it is of one that had the name before.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from messina.deployer.offsets.times import (
    Micros,
    end_uuid,
    micros_text,
    parse_micros,
    start_uuid,
    uuid_ms,
)
from messina.deployer.resources import Value
from messina.kafka import Offset

Json = Mapping[str, Any]


class SlicePosition(Value):
    """How far Messina's source is in a slice of a table.

    Attributes:
        table: the table with its keyspace.
        slice: the slice of the ring.
        fast_until: the first look has seen all writes before this.
        swept_until: the second look has; never later.
        signals_until: the next record of the signals topic to answer.
        table_id: which table that was; None takes it as it is.
        key: its key's columns then.
    """

    form: Literal["slice"] = "slice"
    table: str
    slice: int
    fast_until: Micros
    swept_until: Micros
    signals_until: int = 0
    table_id: str | None = None
    key: str | None = None

    @property
    def place(self) -> str:
        """The partition, as a person names it."""
        return f"slice {self.slice}"

    @property
    def since(self) -> int:
        """Everything written before this is out, whenever it became visible; microseconds."""
        return self.swept_until

    def text(self) -> str:
        """Return where it stands, as a person reads it."""
        return f"fast {micros_text(self.fast_until)}, swept {micros_text(self.swept_until)}"

    def partition(self) -> Json:
        """Return Connect's partition."""
        keyspace, _, table = self.table.partition(".")
        return {"keyspace": keyspace, "table": table, "slice": self.slice}

    def offset(self) -> Json:
        """Return Connect's offset."""
        which = {} if self.table_id is None else {"table_id": self.table_id, "key": self.key or ""}
        return {
            "fast_until": micros_text(self.fast_until),
            "swept_until": micros_text(self.swept_until),
            "signals_until": self.signals_until,
            **which,
        }

    def rewound(self, to: int) -> "SlicePosition":
        """Return it at a time, if it is later."""
        times = {
            "fast_until": min(self.fast_until, to),
            "swept_until": min(self.swept_until, to),
        }
        return self.model_copy(update=times)


class WindowPosition(Value):
    """How far ScyllaDB's source is in a group of streams (a vnode or tablet) of a generation.

    Attributes:
        table: the table with its keyspace.
        vnode: the group's number.
        generation: when the generation began, in milliseconds since 1970.
        window_start: the window that it reads begins here, in milliseconds since 1970.
        window_end: it ends here.
        change: the last change of the window that it took for done: stream and time.
    """

    form: Literal["window"] = "window"
    table: str
    vnode: str
    generation: int
    window_start: int
    window_end: int
    change: tuple[str, str] | None = None

    @property
    def place(self) -> str:
        """The partition, as a person names it."""
        return f"vnode {self.vnode} of generation {micros_text(self.generation * 1000)}"

    @property
    def since(self) -> int:
        """Everything written before this is out, as far as it was visible; microseconds."""
        return self.window_start * 1000

    def text(self) -> str:
        """Return where it stands, as a person reads it."""
        inside = "" if self.change is None else ", in its middle"
        return f"window from {micros_text(self.window_start * 1000)}{inside}"

    def partition(self) -> Json:
        """Return Connect's partition."""
        keyspace, _, table = self.table.partition(".")
        return {
            "keyspace_name": keyspace,
            "table_name": table,
            "vnode_id": self.vnode,
            "generation_start": str(self.generation),
        }

    def offset(self) -> Json:
        """Return Connect's offset."""
        change = {}
        if self.change is not None:
            change = {"change_id_stream_id": self.change[0], "change_id_time": self.change[1]}
        return {
            "window_start": start_uuid(self.window_start),
            "window_end": end_uuid(self.window_end),
            **change,
        }

    def rewound(self, to: int | None) -> "WindowPosition":
        """Return it at its window's beginning, or at a time (microseconds) before that.

        What it has of the window goes: the connector takes a row for done before the other rows of
        its batch are out.
        """
        start = self.window_start if to is None else min(self.window_start, to // 1000)
        return self.model_copy(update={"window_start": start, "change": None})


class TopicPosition(Value):
    """What a sink reads next of a topic's partition."""

    form: Literal["topic"] = "topic"
    topic: str
    partition_number: int
    next_offset: int

    @property
    def place(self) -> str:
        """The partition, as a person names it."""
        return f"{self.topic} partition {self.partition_number}"

    def text(self) -> str:
        """Return where it stands, as a person reads it."""
        return f"offset {self.next_offset}"

    def partition(self) -> Json:
        """Return Connect's partition."""
        return {"kafka_topic": self.topic, "kafka_partition": self.partition_number}

    def offset(self) -> Json:
        """Return Connect's offset."""
        return {"kafka_offset": self.next_offset}


SourcePosition = SlicePosition | WindowPosition
Position = Annotated[SlicePosition | WindowPosition | TopicPosition, Field(discriminator="form")]

Form = Literal["slice", "window", "topic"]


def out_until(positions: Iterable[SlicePosition | WindowPosition | TopicPosition]) -> int | None:
    """Return up to when everything written is out of a source, in microseconds.

    Of ScyllaDB's connector the newest generation counts: it reads one when those before are done.
    None where nobody knows: there are no positions.
    """
    found = [p for p in positions if not isinstance(p, TopicPosition)]
    newest = max((p.generation for p in found if isinstance(p, WindowPosition)), default=0)
    return min(
        (p.since for p in found if isinstance(p, SlicePosition) or p.generation == newest),
        default=None,
    )


def position(form: Form, found: Offset) -> SlicePosition | WindowPosition | TopicPosition | None:
    """Return an offset in a form; None if it has another one, or is empty."""
    if found.offset is None:
        return None
    try:
        match form:
            case "slice":
                return _slice(found.partition, found.offset)
            case "window":
                return _window(found.partition, found.offset)
            case "topic":
                return _topic(found.partition, found.offset)
    except (KeyError, ValueError, TypeError, ValidationError):
        return None


def _slice(partition: Json, offset: Json) -> SlicePosition:
    return SlicePosition(
        table=f"{partition['keyspace']}.{partition['table']}",
        slice=partition["slice"],
        fast_until=parse_micros(offset["fast_until"]),
        swept_until=parse_micros(offset["swept_until"]),
        signals_until=offset["signals_until"],
        table_id=offset.get("table_id"),
        key=offset.get("key"),
    )


def _window(partition: Json, offset: Json) -> WindowPosition:
    names = ("change_id_stream_id", "change_id_time")
    change = (offset[names[0]], offset[names[1]]) if all(n in offset for n in names) else None
    return WindowPosition(
        table=f"{partition['keyspace_name']}.{partition['table_name']}",
        vnode=partition["vnode_id"],
        generation=int(partition["generation_start"]),
        window_start=uuid_ms(offset["window_start"]),
        window_end=uuid_ms(offset["window_end"]),
        change=change,
    )


def _topic(partition: Json, offset: Json) -> TopicPosition:
    return TopicPosition(
        topic=partition["kafka_topic"],
        partition_number=partition["kafka_partition"],
        next_offset=offset["kafka_offset"],
    )
