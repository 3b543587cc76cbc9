"""What would differ had a pipeline's connectors been restarted, by whomever."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient
from road import Road

from messina.testing import Stack

_STATUS = "_connect-status"


class Log:
    """What Connect logs from now on."""

    def __init__(self, stack: Stack) -> None:
        self._path: Path = stack.layout.log("connect")
        begun = self._path.stat()
        self._begin, self._file = begun.st_size, begun.st_ino

    def text(self) -> str:
        """All of it, also where the file was full meanwhile, and a new one was begun."""
        files = [path for path in self._files() if path.exists()]
        first = [path.stat().st_ino for path in files].index(self._file)
        texts = []
        for place, path in enumerate(files[first:]):
            with path.open(errors="replace") as handle:
                handle.seek(0 if place else self._begin)
                texts.append(handle.read())
        return "".join(texts)

    def _files(self) -> list[Path]:
        """The log's files, the oldest first."""
        older = [self._path.with_name(f"{self._path.name}.{n}") for n in range(9, 0, -1)]
        return [*older, self._path]

    def starts(self, road: Road) -> list[str]:
        """The connectors and tasks of a pipeline that were made."""
        return re.findall(
            rf"Creating (?:connector|task) ({re.escape(road.name)}\.\S+)", self.text()
        )


@dataclass(frozen=True)
class Trail:
    """What Connect and Kafka know of a pipeline that runs.

    Attributes:
        states: of each connector and task, the last record in Connect's topic of states, with its
            offset: a start, an end, a failure and a restart each write a further one.
        members: the consumers of its sinks' groups. Each has a name of its own, made when it
            first joined.
    """

    states: tuple[tuple[str, str, int], ...]
    members: frozenset[tuple[str, str]]


def trail_of(stack: Stack, road: Road) -> Trail:
    """The pipeline's trail as it is now."""
    servers: dict[str, str | int | float | bool] = {
        "bootstrap.servers": stack.endpoints.kafka.bootstrap_servers
    }
    return Trail(_states(servers, road), _members(servers, road))


def _members(
    servers: dict[str, str | int | float | bool], road: Road
) -> frozenset[tuple[str, str]]:
    admin = AdminClient(servers)
    groups = [
        group.group_id
        for group in admin.list_consumer_groups().result(30).valid
        if group.group_id.startswith(f"connect-{road.name}.")
    ]
    described = admin.describe_consumer_groups(groups) if groups else {}
    return frozenset(
        (group, member.member_id)
        for group, answer in described.items()
        for member in answer.result(30).members
    )


def _states(
    servers: dict[str, str | int | float | bool], road: Road
) -> tuple[tuple[str, str, int], ...]:
    consumer = Consumer(
        {
            **servers,
            "group.id": "untouched",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    found: dict[str, tuple[str, str, int]] = {}
    try:
        consumer.assign([TopicPartition(_STATUS, 0, OFFSET_BEGINNING)])
        while True:
            message = consumer.poll(30)
            assert message is not None, f"{_STATUS} was not read to its end"
            if (error := message.error()) is not None:
                assert error.code() == KafkaError._PARTITION_EOF, error
                return tuple(sorted(found.values()))
            key = (message.key() or b"").decode()
            if f"-{road.name}." in key and key.startswith(("status-connector-", "status-task-")):
                state = json.loads(message.value() or b"{}").get("state", "gone")
                found[key] = (key, state, message.offset() or 0)
    finally:
        consumer.close()
