"""Transforms between a topic and a Postgres table: rows, columns' names, the table's name."""

import re
from collections.abc import Iterator, Sequence

from messina.deployer.render.sink_kind import Lane, Sink
from messina.pipeline import PipelineSpec

UNWRAP = "io.debezium.transforms.ExtractNewRecordState"
_KAFKA = "org.apache.kafka.connect.transforms"

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
    if needs_rows(spec, sink, always=rows_only):
        # A delete becomes a tombstone without a schema. (In the default mode it keeps the row's
        # schema, in which no field is renamed: the sink would look for columns of the old names.)
        mode = {"delete.tombstone.handling.mode": "delete-to-tombstone"}
        found.append(("rows", {"type": UNWRAP, **mode}))
    predicates = {}
    for place, lane in enumerate(sink.lanes):
        if not lane.renamed:
            continue
        only = {}
        if len(sink.lanes) > 1:
            only["predicate"] = f"lane{place}"
            predicates[f"lane{place}"] = _topic(lane.topic)
        renames = ",".join(f"{old}:{new}" for old, new in lane.renamed.items())
        for part in ("Key", "Value"):
            settings = {"type": f"{_KAFKA}.ReplaceField${part}", "renames": renames, **only}
            found.append((f"rename{part}{place}", settings))
    if len(sink.lanes) > 1:
        found += _routes(spec, sink.lanes)
    config = {f"transforms.{name}.{k}": v for name, ones in found for k, v in ones.items()}
    for name, pattern in predicates.items():
        config[f"predicates.{name}.type"] = f"{_KAFKA}.predicates.TopicNameMatches"
        config[f"predicates.{name}.pattern"] = pattern
    if found:
        config["transforms"] = ",".join(name for name, _ in found)
    if predicates:
        config["predicates"] = ",".join(predicates)
    return config


def routes(spec: PipelineSpec, sink: Sink) -> dict[str, str]:
    """Return the settings that make of a topic its table's name, where there are several."""
    if len(sink.lanes) == 1:
        return {}
    found = list(_routes(spec, sink.lanes))
    config = {f"transforms.{name}.{k}": v for name, ones in found for k, v in ones.items()}
    return {"transforms": ",".join(name for name, _ in found), **config}


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
