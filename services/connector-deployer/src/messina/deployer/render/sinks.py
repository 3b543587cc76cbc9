"""The kinds of sink connectors by their name in a spec."""

from messina.deployer.render import sink_confluent, sink_debezium, sink_messina
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

_NAMES = {
    sink_debezium.CLASS: "debezium",
    sink_confluent.CLASS: "confluent-jdbc",
    sink_messina.CLASS: "messina",
}


def sink_said(connector_class: str) -> str:
    """Return what a class is called in a spec; the class itself where it is none of ours."""
    return _NAMES.get(connector_class, connector_class)


def sink_kind(spec: PipelineSpec) -> SinkKind:
    """Return the kind of sink connector that a spec has chosen."""
    return _KINDS[spec.sink.connector]
