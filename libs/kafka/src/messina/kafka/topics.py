"""Topics: what they are, what they should be, and the difference."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it exports them all
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from messina.kafka.errors import BrokerProblem

FROM_BROKER = -1
"""A replication factor that leaves the number to the brokers' default."""


@dataclass(frozen=True)
class Topic:
    """A topic as it should be, or as it is.

    Of a topic that should be, `config` holds what it insists on; of one that is, everything.
    """

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    replication: int = FROM_BROKER


@dataclass(frozen=True)
class TopicChange:
    """One field of a topic that differs: `partitions`, or a name of its configuration."""

    field: str
    old: str | None
    new: str


def differences(desired: Topic, existing: Topic) -> tuple[TopicChange, ...]:
    """Return what must change for an existing topic to be as desired.

    Only what the desired topic insists on is compared: other configuration is left alone.
    """
    changes = []
    if desired.partitions != existing.partitions:
        changes.append(TopicChange("partitions", str(existing.partitions), str(desired.partitions)))
    for name, value in sorted(desired.config.items()):
        old = existing.config.get(name)
        if old != value:
            changes.append(TopicChange(name, old, value))
    return tuple(changes)


class Topics:
    """The topics of a Kafka cluster.

    Args:
        bootstrap: addresses of brokers, `host:port,…`.
        timeout: seconds until a request is given up.
        client: further settings of the client: TLS, authentication.
    """

    def __init__(
        self, bootstrap: str, *, timeout: float = 20.0, client: Mapping[str, str] | None = None
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._admin = AdminClient(
            {
                **(client or {}),
                "bootstrap.servers": bootstrap,
                "socket.connection.setup.timeout.ms": 5000,
                "log_level": 0,
            }
        )

    def names(self) -> frozenset[str]:
        """Return the names of all topics."""
        metadata = self._do(
            "listing topics", lambda: self._admin.list_topics(timeout=self._timeout)
        )
        return frozenset(metadata.topics)

    def describe(self, names: Iterable[str]) -> dict[str, Topic]:
        """Return those of the topics that exist, by name, with all of their configuration."""
        metadata = self._do(
            "listing topics", lambda: self._admin.list_topics(timeout=self._timeout)
        )
        found = [name for name in sorted(set(names)) if name in metadata.topics]
        if not found:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in found]
        futures = self._admin.describe_configs(resources, request_timeout=self._timeout)
        topics = {}
        for resource, future in futures.items():
            entries = self._result(f"describing topic {resource.name}", future)
            partitions = metadata.topics[resource.name].partitions
            topics[resource.name] = Topic(
                name=resource.name,
                partitions=len(partitions),
                config={key: entry.value for key, entry in entries.items()},
                replication=min((len(p.replicas) for p in partitions.values()), default=0),
            )
        return topics

    def ids(self, names: Iterable[str]) -> dict[str, str]:
        """Return the ids of those of the topics that exist: a topic made anew has another one."""
        wanted = sorted(set(names) & self.names())
        if not wanted:
            return {}
        futures = self._admin.describe_topics(
            TopicCollection(wanted), request_timeout=self._timeout
        )
        answers = (self._result(f"describing topic {n}", f) for n, f in futures.items())
        return {answer.name: str(answer.topic_id) for answer in answers}

    def create(self, topics: Iterable[Topic]) -> None:
        """Create topics and wait until they can be used. One that exists already is left alone."""
        new = [
            NewTopic(
                topic.name,
                num_partitions=topic.partitions,
                replication_factor=topic.replication,
                config=dict(topic.config),
            )
            for topic in topics
        ]
        if not new:
            return
        futures = self._admin.create_topics(
            new, operation_timeout=self._timeout, request_timeout=self._timeout
        )
        for name, future in futures.items():
            self._result(f"creating topic {name}", future, but=KafkaError.TOPIC_ALREADY_EXISTS)
        self._until("creating topics", lambda: self._with_leaders() >= set(futures))

    def alter(self, name: str, config: Mapping[str, str]) -> None:
        """Set the given names of a topic's configuration, and wait until they hold; others stay."""
        entries = [
            ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
            for key, value in config.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
        futures = self._admin.incremental_alter_configs([resource], request_timeout=self._timeout)
        for future in futures.values():
            self._result(f"changing topic {name}", future)
        self._until(f"changing topic {name}", lambda: self._has(name, config))

    def delete(self, names: Iterable[str]) -> None:
        """Delete topics with their data and wait until they are gone. A missing one is fine."""
        wanted = sorted(set(names))
        if not wanted:
            return
        futures = self._admin.delete_topics(
            wanted, operation_timeout=self._timeout, request_timeout=self._timeout
        )
        for name, future in futures.items():
            self._result(f"deleting topic {name}", future, but=KafkaError.UNKNOWN_TOPIC_OR_PART)
        self._until("deleting topics", lambda: not self.names() & set(wanted))

    def groups(self) -> frozenset[str]:
        """Return the names of all consumer groups."""
        future = self._admin.list_consumer_groups(request_timeout=self._timeout)
        listed = self._result("listing groups", future)
        return frozenset(group.group_id for group in listed.valid)

    def delete_groups(self, groups: Iterable[str]) -> None:
        """Forget consumer groups and what they have read. A missing one is fine."""
        wanted = sorted(set(groups))
        if not wanted:
            return
        futures = self._admin.delete_consumer_groups(wanted, request_timeout=self._timeout)
        for group, future in futures.items():
            self._result(f"deleting group {group}", future, but=KafkaError.GROUP_ID_NOT_FOUND)

    def _has(self, name: str, config: Mapping[str, str]) -> bool:
        found = self.describe([name])
        return name in found and config.items() <= found[name].config.items()

    def _with_leaders(self) -> set[str]:
        metadata = self._admin.list_topics(timeout=self._timeout)
        return {
            name
            for name, topic in metadata.topics.items()
            if topic.partitions and all(p.leader >= 0 for p in topic.partitions.values())
        }

    def _until(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._timeout
        while not self._do(what, done):
            if time.monotonic() > deadline:
                raise BrokerProblem(
                    what, self._bootstrap, f"not everywhere known after {self._timeout:.0f} s"
                )
            time.sleep(0.05)

    def _result(self, what: str, future: "Future[Any]", but: int | None = None) -> Any:
        patience = self._timeout + 5
        try:
            return future.result(timeout=patience)
        except TimeoutError as error:
            reason = f"no answer within {patience:.0f} s; it may still be done"
            raise BrokerProblem(what, self._bootstrap, reason) from error
        except KafkaException as error:
            if but is not None and code_of(error) == but:
                return None
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error

    def _do(self, what: str, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error


def code_of(error: KafkaException) -> int | None:
    """Return the code of a client's error."""
    first = error.args[0] if error.args else None
    return first.code() if isinstance(first, KafkaError) else None


def reason_of(error: KafkaException) -> str:
    """Return what a client's error says, in one line."""
    first = error.args[0] if error.args else error
    text = first.str() if isinstance(first, KafkaError) else str(first)
    return " ".join(text.split())
