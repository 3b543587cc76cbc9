"""Where consumer groups stand, for processes that stay through outages of the brokers.

librdkafka (2.16) aborts its process when the admin client's request to a group's coordinator can't
be sent or comes back late, as when a broker was frozen or has just come back
(confluentinc/librdkafka#4605). This asks as a consumer of that group does, without joining it.
"""

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition

from messina.kafka.errors import BrokerProblem
from messina.kafka.topics import reason_of


class Standing:
    """Tells where groups stand, over one client for each. Close it in the end.

    Args:
        bootstrap: addresses of brokers.
        timeout: seconds until the brokers are given up.
        client: further settings of the clients.
    """

    def __init__(
        self, bootstrap: str, *, timeout: float = 20.0, client: Mapping[str, str] | None = None
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._client = client
        self._consumers: dict[str, Consumer] = {}

    def close(self) -> None:
        """Close the connections."""
        while self._consumers:
            self._consumers.popitem()[1].close()

    def of(self, group: str, topics: Mapping[str, int]) -> dict[str, dict[int, int]]:
        """Return, by topic and partition, the offset that a group reads next, if it ever read.

        Args:
            group: which one.
            topics: how many partitions of each topic are asked for.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        places = [TopicPartition(topic, n) for topic in topics for n in range(topics[topic])]
        try:
            answer = self._consumer(group).committed(places, timeout=self._timeout)
        except KafkaException as error:
            what = f"asking where group {group} stands"
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        found: dict[str, dict[int, int]] = {topic: {} for topic in topics}
        for one in answer:
            if one.offset >= 0:
                found[one.topic][one.partition] = one.offset
        return found

    def _consumer(self, group: str) -> Consumer:
        if group not in self._consumers:
            self._consumers[group] = Consumer(
                {
                    "reconnect.backoff.max.ms": 1000,
                    **(self._client or {}),
                    "bootstrap.servers": self._bootstrap,
                    "group.id": group,
                    "enable.auto.commit": False,
                    "log_level": 0,
                }
            )
        return self._consumers[group]
