"""What sinks wait for: a note that Messina's sink leaves beside the offsets that it commits.

To Kafka Connect a sink task whose batch waits, for minutes or for days, is RUNNING.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from messina.kafka.errors import BrokerProblem
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
    """Tells what sinks wait for, many at once. Not for processes that stay: see `wait_in`.

    Args:
        bootstrap: addresses of brokers.
        timeout: seconds until the brokers are given up.
        client: further settings of the client.
    """

    def __init__(
        self, bootstrap: str, *, timeout: float = 5.0, client: Mapping[str, str] | None = None
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        settings = {"bootstrap.servers": bootstrap, "log_level": "0"}
        self._admin = AdminClient({**(client or {}), **settings})

    def of(self, topics: Mapping[str, Collection[str]]) -> dict[str, Wait]:
        """Return, by consumer group, the longest wait in it; a group without one is left out.

        Args:
            topics: by group, what it reads now. Of a topic that it read once, and another sink has
                now, the note stays as it was, as long as the group does.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        what = "asking what sinks wait for"
        try:
            # one group a request is all that the client does: they are sent together
            futures = {
                group: self._admin.list_consumer_group_offsets(
                    [ConsumerGroupTopicPartitions(group)], request_timeout=self._timeout
                )[group]
                for group in sorted(topics)
            }
            places: dict[str, list[Any]] = {
                group: future.result(timeout=self._timeout + 1).topic_partitions
                for group, future in futures.items()
            }
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        except TimeoutError as error:
            reason = f"no answer within {self._timeout:.0f} s"
            raise BrokerProblem(what, self._bootstrap, reason) from error
        found = {
            group: _longest(one for one in each if one.topic in topics[group])
            for group, each in places.items()
        }
        return {group: wait for group, wait in found.items() if wait is not None}


def wait_in(
    bootstrap: str,
    group: str,
    topics: Iterable[str],
    *,
    timeout: float = 5.0,
    client: Mapping[str, str] | None = None,
) -> Wait | None:
    """Return the longest wait in one consumer group, or None.

    For processes that stay through outages: librdkafka (2.16) aborts its process when the answer to
    `Waits.of`'s request comes late, as after a freeze (confluentinc/librdkafka#4605). This asks as
    a consumer of that group does, without joining it.

    Args:
        bootstrap: addresses of brokers.
        group: which one.
        topics: those that it reads.
        timeout: seconds until the brokers are given up.
        client: further settings of the client.

    Raises:
        BrokerProblem: if the brokers do not answer.
    """
    consumer = Consumer(
        {
            **(client or {}),
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "log_level": 0,
        }
    )
    try:
        known = consumer.list_topics(timeout=timeout).topics
        numbers = {topic: known[topic].partitions for topic in topics if topic in known}
        places = [TopicPartition(topic, n) for topic, each in numbers.items() for n in each]
        return _longest(consumer.committed(places, timeout=timeout) if places else ())
    except KafkaException as error:
        what = f"asking what group {group} waits for"
        raise BrokerProblem(what, bootstrap, reason_of(error)) from error
    finally:
        consumer.close()


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
