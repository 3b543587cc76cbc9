"""The configuration of Messina's sink: Debezium's writer in a task that stays up.

It takes bytes and asks the registry itself, so that an outage of the registry is waited for; what
Postgres rejects goes to its topic of dead letters, and nothing else does.
"""

from messina.deployer.render import security
from messina.deployer.render.claims import claims_table
from messina.deployer.render.debezium_writer import debezium_writer
from messina.deployer.render.lanes import routes
from messina.deployer.render.sink_kind import Sink
from messina.deployer.render.sizes import (
    MEBIBYTE,
    consumer_overrides,
    message_bytes,
    producer_overrides,
)
from messina.deployer.resources import ConnectorResource, TableResource
from messina.kafka import dead_letters_topic, schemas_url
from messina.pipeline import Endpoints, PipelineSpec, RegistryEndpoint, TableSpec
from messina.scylla import Column
from messina.secrets import connect_placeholder

CLASS = "io.messina.connect.jdbc.sink.MessinaSinkConnector"
_BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter"


class Messina:
    """Messina's sink."""

    def plugins(self, spec: PipelineSpec) -> tuple[str, ...]:
        """Return its class: it renames columns itself."""
        return (CLASS,)

    def column_problem(self, spec: PipelineSpec, table: TableSpec, column: Column) -> str | None:
        """Nothing: what the sources carry, it writes."""
        return None

    def dead_letters(self, sink: str) -> str | None:
        """Return the topic that takes what Postgres rejects."""
        return dead_letters_topic(sink)

    def claims(self, spec: PipelineSpec) -> TableResource | None:
        """Return the table in which its tasks claim what they write."""
        return claims_table(spec.pipeline)

    def connector(self, spec: PipelineSpec, sink: Sink, endpoints: Endpoints) -> ConnectorResource:
        """Return the connector that writes these tables."""
        config = {
            "name": sink.name,
            "connector.class": CLASS,
            "tasks.max": str(sink.tasks),
            "topics": ",".join(lane.topic for lane in sink.lanes),
            "key.converter": _BYTES,
            "value.converter": _BYTES,
            **_registry(endpoints.registry),
            **debezium_writer(
                spec,
                sink,
                endpoints.postgres,
                # a server that went away without a word is given up, and the batch tried again
                connectTimeout="10",
                socketTimeout="60",
                tcpKeepAlive="true",
                # before that, whoever waits for a lock gives up himself: the server would not
                # notice that nobody is behind him any more, and each try would leave one more.
                # And a worker that went away in a transaction keeps no row from the next; one that
                # was frozen in it, for so long that its partitions are another's, can't commit it.
                # One whose machine is gone in the middle of a statement is idle to nobody: by its
                # own settings the server would keep its claim and rows for two hours
                options="-c lock_timeout=20s -c idle_in_transaction_session_timeout=5s"
                " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
            ),
            # so that a task that stood still can't write over what the next owner wrote
            "claims.table": claims_table(spec.pipeline).name,
            # the task alone decides what is a dead letter: bytes always convert
            "errors.tolerance": "all",
            "errors.deadletterqueue.topic.name": str(self.dead_letters(sink.name)),
            "errors.deadletterqueue.topic.replication.factor": "-1",
            "errors.deadletterqueue.context.headers.enable": "true",
            # a worker that dies gives up its partitions in seconds
            "consumer.override.session.timeout.ms": "6000",
            "consumer.override.heartbeat.interval.ms": "2000",
            # sources write in transactions
            "consumer.override.isolation.level": "read_committed",
            **routes(spec, sink),
            **consumer_overrides(message_bytes(spec)),
            # what writes dead letters: a row as large as they come, with its reason and a trace
            **producer_overrides(message_bytes(spec) + MEBIBYTE),
            **security.kafka(
                endpoints.kafka.security,
                "consumer.override.",
                "admin.override.",
                "producer.override.",
            ),
        }
        renames = [
            f"{lane.topic}:{old}:{new}" for lane in sink.lanes for old, new in lane.renamed.items()
        ]
        if renames:
            config["columns.rename"] = ",".join(renames)
        return ConnectorResource(name=sink.name, role="sink", tasks=sink.tasks, config=config)


def _registry(registry: RegistryEndpoint) -> dict[str, str]:
    config = {"registry.url": schemas_url(registry.url, registry.kind)}
    if registry.user is not None and registry.password is not None:
        config["registry.user"] = registry.user
        config["registry.password"] = connect_placeholder(registry.password)
    if registry.ca is not None:
        config["registry.ca.file"] = registry.ca
    return config
