"""Transforms between a topic and a Postgres table: rows, columns' names, the table's name."""

import re
from collections.abc import Iterator, Mapping, Sequence

from messina.deployer.render.sink_kind import Lane, Sink
from messina.pipeline import PipelineSpec

UNWRAP = "io.debezium.transforms.ExtractNewRecordState"
_KAFKA = "org.apache.kafka.connect.transforms"
_TOMBSTONE = "tombstone"

Transform = tuple[str, dict[str, str]]


def needs_rows(spec: PipelineSpec, sink: Sink, *, always: bool) -> bool:
    """Return whether events must be made rows before a sink: it can't read, or rename, envelopes.

    Args:
        spec: the pipeline.
        sink: the sink.
        always: whether the sink reads rows only.
    """
    enveloped = spec.source.connector == "messina"
    return enveloped and (always or any(lane.renamed for lane in sink.lanes))


def collection(spec: PipelineSpec, sink: Sink) -> str:
    """Return the table that a sink writes, or how it is named by a record's topic."""
    one = len(sink.lanes) == 1
    return f"{spec.sink.schema_name}.{sink.lanes[0].target if one else '${topic}'}"


def transforms(spec: PipelineSpec, sink: Sink, *, rows_only: bool = False) -> dict[str, str]:
    """Return the settings of a sink's transforms; none where events are taken as they come.

    Args:
        spec: the pipeline.
        sink: the sink.
        rows_only: whether it reads rows, not envelopes.
    """
    found: list[Transform] = []
    if not needs_rows(spec, sink, always=rows_only):
        found += _deletes_alone(spec)
    else:
        # A delete becomes a tombstone without a schema. (In the default mode it keeps the row's
        # schema, in which no field is renamed: the sink would look for columns of the old names.)
        mode = {"delete.tombstone.handling.mode": "delete-to-tombstone"}
        found.append(("rows", {"type": UNWRAP, **mode}))
    topics = {}
    for place, lane in enumerate(sink.lanes):
        if not lane.renamed:
            continue
        only = {}
        if len(sink.lanes) > 1:
            only["predicate"] = f"lane{place}"
            topics[f"lane{place}"] = _topic(lane.topic)
        renames = ",".join(f"{old}:{new}" for old, new in lane.renamed.items())
        for part in ("Key", "Value"):
            settings = {"type": f"{_KAFKA}.ReplaceField${part}", "renames": renames, **only}
            found.append((f"rename{part}{place}", settings))
    if len(sink.lanes) > 1:
        found += _routes(spec, sink.lanes)
    return _settings(found, topics)


def routes(spec: PipelineSpec, sink: Sink) -> dict[str, str]:
    """Return the settings for a sink that reads events as they come, and renames columns itself.

    They make of a topic its table's name, where there are several.
    """
    found = list(_deletes_alone(spec))
    if len(sink.lanes) > 1:
        found += _routes(spec, sink.lanes)
    return _settings(found, {})


def _deletes_alone(spec: PipelineSpec) -> Iterator[Transform]:
    """Drop the tombstone behind each delete, which says it again.

    Debezium's writer begins a new batch wherever a record's schema is another one than that before,
    and a tombstone has none: each delete took two transactions of its own.
    """
    if spec.source.connector == "messina":
        yield "once", {"type": f"{_KAFKA}.Filter", "predicate": _TOMBSTONE}


def _settings(found: Sequence[Transform], topics: Mapping[str, str]) -> dict[str, str]:
    """Transforms, and predicates by topic, as a connector has them."""
    config = {f"transforms.{name}.{k}": v for name, ones in found for k, v in ones.items()}
    predicates = list(topics)
    for name, pattern in topics.items():
        config[f"predicates.{name}.type"] = f"{_KAFKA}.predicates.TopicNameMatches"
        config[f"predicates.{name}.pattern"] = pattern
    if any(ones.get("predicate") == _TOMBSTONE for _, ones in found):
        config[f"predicates.{_TOMBSTONE}.type"] = f"{_KAFKA}.predicates.RecordIsTombstone"
        predicates.append(_TOMBSTONE)
    if found:
        config["transforms"] = ",".join(name for name, _ in found)
    if predicates:
        config["predicates"] = ",".join(predicates)
    return config


def _routes(spec: PipelineSpec, lanes: Sequence[Lane]) -> Iterator[Transform]:
    """A record's topic becomes its table's name: of those of another name first, one by one."""
    prefix = f"{spec.pipeline}.{spec.source.keyspace}."
    for place, lane in enumerate(lanes):
        if lane.topic != f"{prefix}{lane.target}":
            yield f"to{place}", _route(_topic(lane.topic), lane.target)
    yield "to", _route(f"{_topic(prefix)}(.*)", "$1")


def _route(regex: str, replacement: str) -> dict[str, str]:
    return {"type": f"{_KAFKA}.RegexRouter", "regex": regex, "replacement": replacement}


def _topic(text: str) -> str:
    return re.escape(text).replace("\\.", "[.]").replace("\\-", "-")
