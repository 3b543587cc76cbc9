"""Kafka as Messina needs it: Connect's REST API, topics, records, the registry, change events."""

from messina.kafka.avro import AvroDecoder
from messina.kafka.connect import ConnectClient, describe
from messina.kafka.connect_models import (
    Connector,
    ConnectorState,
    ConnectorStatus,
    FieldErrors,
    Offset,
    Plugin,
    TaskState,
    Worker,
)
from messina.kafka.errors import (
    BrokerProblem,
    ConnectProblem,
    ConnectRefused,
    ConnectTimeout,
    DecodingProblem,
    KafkaProblem,
    RegistryProblem,
)
from messina.kafka.events import ChangeEvent, Source, change_event
from messina.kafka.records import Positions, Record, read, sink_group
from messina.kafka.registry import RegistryClient, converter_url
from messina.kafka.topics import Topic, TopicChange, Topics, differences

__all__ = [
    "AvroDecoder",
    "BrokerProblem",
    "ChangeEvent",
    "ConnectClient",
    "ConnectProblem",
    "ConnectRefused",
    "ConnectTimeout",
    "Connector",
    "ConnectorState",
    "ConnectorStatus",
    "DecodingProblem",
    "FieldErrors",
    "KafkaProblem",
    "Offset",
    "Plugin",
    "Positions",
    "Record",
    "RegistryClient",
    "RegistryProblem",
    "Source",
    "TaskState",
    "Topic",
    "TopicChange",
    "Topics",
    "Worker",
    "change_event",
    "converter_url",
    "describe",
    "differences",
    "read",
    "sink_group",
]
