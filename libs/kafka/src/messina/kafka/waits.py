"""What sinks wait for: a note that Messina's sink leaves beside the offsets that it commits.

To Kafka Connect a sink task whose batch waits, for minutes or for days, is RUNNING.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from messina.kafka.errors import BrokerProblem
from messina.kafka.standing import Standing
from messina.kafka.topics import reason_of


@dataclass(frozen=True)
class Wait:
    """A batch that a sink can't write, and brings again and again.

    Attributes:
        since: since when, in seconds since 1970, by the worker's clock.
        why: what the last try said.
    """

    since: float
    why: str


def wait_of(note: str | None) -> Wait | None:
    """Return what stands beside an offset; None where it is nothing, or not our sink's."""
    if not note or not note.startswith("{"):
        return None
    try:
        # behind what a client copied without its end may stand anything
        said, _ = json.JSONDecoder().raw_decode(note)
        return Wait(since=float(said["waits_since_ms"]) / 1000, why=str(said["why"]))
    except (ValueError, KeyError, TypeError):
        return None


class Waits:
    """Tells what sinks wait for, many at once. Close it in the end.

    Args:
        bootstrap: addresses of brokers.
        timeout: seconds until the brokers are given up.
        client: further settings of the clients.
    """

    def __init__(
        self, bootstrap: str, *, timeout: float = 5.0, client: Mapping[str, str] | None = None
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        settings = {"bootstrap.servers": bootstrap, "log_level": "0"}
        self._admin = AdminClient({**(client or {}), **settings})
        self._standing = Standing(bootstrap, timeout=timeout, client=client)

    def close(self) -> None:
        """Close the connections."""
        self._standing.close()

    def of(self, groups: Mapping[str, Iterable[str]]) -> dict[str, Wait]:
        """Return, by consumer group, the longest wait in it; a group without one is left out.

        Args:
            groups: by group, what it reads now. Of a topic that it read once, and another sink has
                now, the note stays as it was, as long as the group does.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        if not groups:
            return {}
        try:
            known = self._admin.list_topics(timeout=self._timeout).topics
        except KafkaException as error:
            what = "asking what sinks wait for"
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        asked = {
            group: {topic: len(known[topic].partitions) for topic in topics if topic in known}
            for group, topics in groups.items()
        }
        found = {group: _longest(each) for group, each in self._standing.places(asked).items()}
        return {group: wait for group, wait in found.items() if wait is not None}


def _longest(places: Iterable[Any]) -> Wait | None:
    waits = [wait for one in places if (wait := wait_of(_note(one))) is not None]
    return min(waits, key=lambda wait: wait.since, default=None)


def _note(place: Any) -> str | None:
    """What stands beside an offset; None where it can't be read.

    librdkafka copies it without its end, and the Python client reads on to the next zero byte. Our
    sink's notes end with one; of what others leave there nothing is needed.
    """
    try:
        return place.metadata  # type: ignore[no-any-return]
    except UnicodeDecodeError:
        return None
