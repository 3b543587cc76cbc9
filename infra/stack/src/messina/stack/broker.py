"""Kafka: one node that is broker and controller (KRaft)."""

import base64
import subprocess
import uuid
from pathlib import Path

from messina.artifacts import Listener, ensure, java_environment
from messina.stack.component import Command, last_lines, locked_version, write_if_changed
from messina.stack.errors import ComponentFailed
from messina.stack.jvm import jvm
from messina.stack.layout import HOST, Layout
from messina.stack.probe import refused

KAFKA_SET = Path("infra/stack/kafka")

_CONFIG = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
log.retention.hours=168
log.segment.bytes=134217728
message.max.bytes=8388608
replica.fetch.max.bytes=8388608
"""


class Broker:
    """The embedded Kafka broker."""

    name = "kafka"
    after: tuple[str, ...] = ()
    start_seconds = 120

    def version(self, layout: Layout) -> str:
        """Kafka's version."""
        return locked_version(layout.checkout / KAFKA_SET, "kafka-server")

    def ports(self) -> tuple[str, ...]:
        """Clients, controller quorum."""
        return ("kafka", "kafka-controller")

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """Formats the log folder on first use, with a cluster id of its own."""
        jars = ensure(layout.checkout / KAFKA_SET, listener)
        config = layout.config(self.name) / "server.properties"
        data = layout.data(self.name)
        write_if_changed(
            config,
            _CONFIG.format(
                broker=layout.address("kafka"),
                controller=layout.address("kafka-controller"),
                data=data,
            ),
        )
        logging = layout.config(self.name) / "log4j2.properties"
        write_if_changed(logging, LOG4J2)
        flags = (f"-Dlog4j2.configurationFile={logging}", "-XX:TieredStopAtLevel=1")
        if not (data / "meta.properties").exists():
            cluster = new_cluster_id()
            format_command = jvm(
                "kafka.tools.StorageTool",
                jars,
                *("format", "-t", cluster, "-c", str(config)),
                heap="256m",
                flags=flags,
            )
            done = subprocess.run(
                format_command, capture_output=True, text=True, check=False, env=java_environment()
            )
            if done.returncode != 0:
                raise ComponentFailed(
                    f"kafka's data folder {data} could not be formatted; run `messina up` again:\n"
                    f"{last_lines(done.stdout + done.stderr)}"
                )
        argv = jvm("kafka.Kafka", jars, str(config), heap="768m", flags=flags)
        return Command(argv)

    def unready(self, layout: Layout) -> str | None:
        """Ready when it answers a metadata request."""
        if problem := refused(HOST, layout.port("kafka")):
            return problem
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        client = AdminClient(
            {
                "bootstrap.servers": layout.address("kafka"),
                "log_level": 0,
                "socket.timeout.ms": 2000,
            }
        )
        try:
            client.list_topics(timeout=2)
        except KafkaException as error:
            return f"no metadata: {error.args[0].name()}"
        return None

    def settle(self, layout: Layout) -> None:
        """Nothing to do."""


def new_cluster_id() -> str:
    """A random id in Kafka's form: 16 bytes, base64url without padding.

    Never with a leading dash, as in Kafka's own `Uuid.randomUuid`: StorageTool would take it for
    an option and refuse to format, once in 64 first starts.
    """
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


LOG4J2 = """\
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %c{1} - %m%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
logger.config.name=org.apache.kafka.common.config.AbstractConfig
logger.config.level=warn
logger.producer.name=org.apache.kafka.clients.producer.ProducerConfig
logger.producer.level=warn
logger.consumer.name=org.apache.kafka.clients.consumer.ConsumerConfig
logger.consumer.level=warn
# A producer that hears "your last transaction is still being ended" tries again: a line each time.
logger.sender.name=org.apache.kafka.clients.producer.internals.Sender
logger.sender.level=error
# One ERROR a second while the CQL server is away; the source task says it itself, less often.
logger.control.name=shaded.com.scylladb.cdc.driver3.driver.core.ControlConnection
logger.control.level=off
logger.cql.name=shaded.com.scylladb.cdc.driver3.driver.core.Connection
logger.cql.level=off
# WARN where a consumer asks for the end of a partition that it does not fetch, as sources do.
logger.ends.name=org.apache.kafka.clients.consumer.internals.OffsetFetcherUtils
logger.ends.level=error
# ScyllaDB's own connector: two lines for each record.
logger.scyllaschema.name=com.scylladb.cdc.debezium.connector.ScyllaSchema
logger.scyllaschema.level=warn
logger.reflections.name=org.reflections
logger.reflections.level=error
"""
