"""A source connector of a test's own, without a sink: its records are JSON in Kafka."""

import json
import secrets
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from messina.kafka import ConnectClient, ConnectorStatus, FieldErrors, Topic, Topics
from messina.testing import Stack, until

SLICES = 2


class LoneSource:
    """One table's source connector, whose keys have one column, `id`.

    Args:
        stack: where it runs.
        address: the CQL server it reads, as `host:port`.
        table: `keyspace.name`.
        settings: what differs from the settings here.
    """

    def __init__(self, stack: Stack, address: str, table: str, **settings: str) -> None:
        self.stack = stack
        # Offsets outlive a connector, and know which table they speak of.
        self.name = f"lone-{secrets.token_hex(4)}"
        self.topic = f"{self.name}.{table}"
        kafka = stack.endpoints.kafka.bootstrap_servers
        plain = "org.apache.kafka.connect.json.JsonConverter"
        self.config = {
            "connector.class": "io.messina.connect.scylla.ScyllaSourceConnector",
            "tasks.max": "1",
            "topic.prefix": self.name,
            "tables": table,
            "slices": str(SLICES),
            "scylla.contact.points": address,
            "safe.confidence.ms": "5000",
            "kafka.bootstrap.servers": kafka,
            "exactly.once.support": "required",
            "transaction.boundary": "connector",
            "key.converter": plain,
            "key.converter.schemas.enable": "false",
            "value.converter": plain,
            "value.converter.schemas.enable": "false",
        } | {name.replace("_", "."): value for name, value in settings.items()}
        self._connect = ConnectClient(stack.endpoints.connect.url)
        self._topics = Topics(kafka)
        self._seen = stack.layout.log("connect").stat().st_size

    def start(self) -> None:
        """Make its topics and the connector, and wait until its task runs and has offsets."""
        suffixes = ("watermarks", "gaps", "signals", "signals.done")
        self._topics.create([Topic(self.topic, SLICES)])
        self._topics.create([Topic(f"{self.name}.{suffix}", 1) for suffix in suffixes])
        self._connect.put(self.name, self.config)
        self._connect.wait(self.name, lambda status: status.healthy(1), "run its task")
        until(lambda: len(self.offsets()) == SLICES, within=60, what="each slice has an offset")

    def validate(self, **settings: str) -> dict[str, tuple[str, ...]]:
        """What Connect would refuse of its configuration with some settings changed."""
        changed = {name.replace("_", "."): value for name, value in settings.items()}
        errors: tuple[FieldErrors, ...] = self._connect.validate(
            self.config | {"name": self.name} | changed
        )
        return {field.name: field.errors for field in errors}

    def status(self) -> ConnectorStatus:
        """How it is."""
        status = self._connect.status(self.name)
        assert status is not None
        return status

    def failure(self, within: float) -> str:
        """Wait until its task has failed; return why."""
        until(lambda: self.status().failed(), within=within, what=f"{self.name} has failed")
        error = self.status().last_error()
        assert error is not None
        return error

    def restart(self) -> None:
        """Restart its task if that has failed, and wait until it runs."""
        self._connect.restart(self.name)
        self._connect.wait(self.name, lambda status: status.healthy(1), "run its task")

    def offsets(self) -> dict[int, Any]:
        """Where each slice stands."""
        stored = self._connect.offsets(self.name)
        return {int(entry.partition["slice"]): entry.offset for entry in stored}

    def shown(self) -> str:
        """All that Connect's REST API shows of it."""
        made = self._connect.get(self.name)
        return f"{made}{self.status()}{self._connect.validate(self.config)}"

    def log(self) -> list[str]:
        """Connect's log lines since this was made."""
        with self.stack.layout.log("connect").open("rb") as file:
            file.seek(self._seen)
            return file.read().decode(errors="replace").splitlines()

    def ids(self) -> set[int]:
        """The ids of all events that are committed in its topic."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.stack.endpoints.kafka.bootstrap_servers,
                "group.id": "nobody",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
            }
        )
        found: set[int] = set()
        ended: set[int] = set()
        try:
            consumer.assign([TopicPartition(self.topic, p, 0) for p in range(SLICES)])
            while len(ended) < SLICES:
                message = consumer.poll(20)
                assert message is not None, "the broker does not answer"
                error = message.error()
                if error is None:
                    found.add(json.loads(message.key() or b"{}")["id"])
                elif error.code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition() or 0)
                else:
                    raise AssertionError(f"reading {self.topic}: {error}")
        finally:
            consumer.close()
        return found

    def await_ids(self, wanted: set[int], within: float) -> None:
        """Wait until all of these are committed in its topic."""
        until(
            lambda: wanted <= self.ids(),
            within=within,
            every=0.5,
            what=f"{len(wanted)} ids are in {self.topic}",
        )

    def delete(self) -> None:
        """Remove it and its topics."""
        self._connect.delete(self.name)
        until(lambda: self.name not in self._connect.names(), within=30, what="it is gone")
        self._connect.close()
        self._topics.delete([t for t in self._topics.names() if t.startswith(self.name)])
