"""The kinds of sink connectors by their name in a spec."""

from messina.deployer.render.sink_confluent import ConfluentJdbc
from messina.deployer.render.sink_debezium import Debezium
from messina.deployer.render.sink_kind import SinkKind
from messina.deployer.render.sink_messina import Messina
from messina.pipeline import PipelineSpec

_KINDS: dict[str, SinkKind] = {
    "debezium": Debezium(),
    "confluent-jdbc": ConfluentJdbc(),
    "messina": Messina(),
}


def sink_kind(spec: PipelineSpec) -> SinkKind:
    """Return the kind of sink connector that a spec has chosen."""
    return _KINDS[spec.sink.connector]
