"""Kafka as Messina needs it: Connect's REST API, topics, records, the registry, and what the source
connector writes and reads there: change events, signals, gaps, watermarks."""

from messina.kafka.applied import Applied, SinkOf, Target, past
from messina.kafka.asking import Asked, Asking
from messina.kafka.avro import AvroDecoder, AvroEncoder, schema_id
from messina.kafka.backlog import Backlog, Backlogs, Span, span
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
from messina.kafka.deadletters import (
    Address,
    DeadLetter,
    dead_letter,
    dead_letters_topic,
    row_digest,
)
from messina.kafka.errors import (
    BrokerProblem,
    ConnectProblem,
    ConnectRefused,
    ConnectTimeout,
    DecodingProblem,
    KafkaProblem,
    RegistryProblem,
    SignalProblem,
    SignalRefused,
    SignalTimeout,
    TopicMissing,
)
from messina.kafka.events import ChangeEvent, Source, change_event
from messina.kafka.gaps import Bound, Gap, GapKind, gap, gaps
from messina.kafka.partitioning import default_partition, murmur2
from messina.kafka.records import Positions, Record, read, read_between, sink_group
from messina.kafka.registry import RegistryClient, converter_url, schemas_url
from messina.kafka.rereading import Asker, Reread, Rereading, Wanted
from messina.kafka.security import client_settings
from messina.kafka.signals import (
    Answer,
    Heard,
    Sent,
    Signal,
    SignalDone,
    Signals,
    key_signals,
    signal_done,
)
from messina.kafka.topics import Topic, TopicChange, Topics, differences
from messina.kafka.unread import Place, Stretch, Unread, unread
from messina.kafka.waits import Wait, Waits, wait_of
from messina.kafka.watermarks import (
    LatestWatermarks,
    TableWatermark,
    Watermark,
    Watermarks,
    newest,
    table_watermark,
    watermark,
)

__all__ = [
    "Address",
    "Applied",
    "client_settings",
    "Answer",
    "Asked",
    "Asker",
    "Asking",
    "AvroDecoder",
    "AvroEncoder",
    "Backlog",
    "Backlogs",
    "Bound",
    "BrokerProblem",
    "ChangeEvent",
    "ConnectClient",
    "ConnectProblem",
    "ConnectRefused",
    "ConnectTimeout",
    "Connector",
    "ConnectorState",
    "ConnectorStatus",
    "DeadLetter",
    "DecodingProblem",
    "FieldErrors",
    "Gap",
    "GapKind",
    "KafkaProblem",
    "LatestWatermarks",
    "Offset",
    "Place",
    "Plugin",
    "Positions",
    "Record",
    "RegistryClient",
    "RegistryProblem",
    "Reread",
    "Rereading",
    "Sent",
    "Signal",
    "SignalDone",
    "SignalProblem",
    "SignalRefused",
    "SignalTimeout",
    "Signals",
    "Heard",
    "key_signals",
    "SinkOf",
    "Source",
    "Span",
    "Stretch",
    "TableWatermark",
    "Target",
    "TaskState",
    "Topic",
    "TopicChange",
    "TopicMissing",
    "Topics",
    "Unread",
    "Wait",
    "Waits",
    "Wanted",
    "Watermark",
    "Watermarks",
    "Worker",
    "change_event",
    "converter_url",
    "dead_letter",
    "dead_letters_topic",
    "describe",
    "default_partition",
    "differences",
    "gap",
    "gaps",
    "murmur2",
    "newest",
    "past",
    "read",
    "read_between",
    "row_digest",
    "schema_id",
    "schemas_url",
    "signal_done",
    "sink_group",
    "span",
    "table_watermark",
    "unread",
    "wait_of",
    "watermark",
]
