"""What became of letters, kept in a compacted topic of the pipeline's: one record for each row.

Several commands may write at once, and one may die at any line. Each writing is a short session of
its own: it takes the pipeline's transactional id, which ends whatever session held it before; reads
what was written up to then; works out the new entries from that; and commits them together. Who was
ended in between has written nothing, and begins anew. So no entry is ever made from a stale one,
and nobody holds anything that could be left behind.
"""

import random
import time
from collections.abc import Callable, Mapping

from confluent_kafka import KafkaError, KafkaException, Producer
from pydantic import ValidationError

from messina.deployer.deadletters.cases import Entry
from messina.deployer.deadletters.errors import LedgerBusy
from messina.deployer.render.topics import dead_letters_state_topic
from messina.deployer.resources import TopicResource
from messina.kafka import BrokerProblem, Topics, read
from messina.kafka.topics import code_of, reason_of

Change = Callable[[Entry | None], Entry]
"""Makes of what is kept what is to be kept."""

_TRIES = 12
_PAUSE_S = 0.25
_TIMEOUT_S = 20.0
_LOST = frozenset(
    [
        KafkaError._FENCED,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.INVALID_TXN_STATE,
        KafkaError.CONCURRENT_TRANSACTIONS,
        KafkaError._STATE,
    ]
)


class Ledger:
    """A pipeline's ledger.

    Args:
        bootstrap: addresses of brokers.
        topic: where it is kept.
        topics: Kafka's.
        client: further settings of the clients.

    Raises:
        BrokerProblem: if the brokers do not answer, here and in all that asks them.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        topics: Topics,
        *,
        client: Mapping[str, str] | None = None,
    ) -> None:
        self.topic = topic
        self._bootstrap = bootstrap
        self._topics = topics
        self._client = dict(client or {})
        self._kept: dict[str, bytes] = {}
        self._next: dict[int, int] = {}
        self._ids: dict[str, str] = {}
        self._asked: set[str] = set()
        self._there = topic in topics.names()
        self.load()

    def load(self) -> None:
        """Take in what was written since the last time."""
        if not self._there:
            return
        records = read(self._bootstrap, self.topic, start=self._next, client=self._client)
        for record in records:
            self._next[record.partition] = record.offset + 1
            name = (record.key or b"").decode(errors="replace")
            if record.value is None:
                self._kept.pop(name, None)
            else:
                self._kept[name] = record.value

    @property
    def empty(self) -> bool:
        """Whether nothing became of any letter yet."""
        return not self._kept

    def entry(self, case: str) -> Entry | None:
        """Return what is kept of a case, or None: of a topic that was made anew it counts not."""
        data = self._kept.get(case)
        if data is None:
            return None
        try:
            found = Entry.model_validate_json(data)
        except ValidationError:
            # of a version to come: better asked for once more than hidden
            return None
        now = self._topic_id(case)
        return None if found.topic_id and now and found.topic_id != now else found

    def change(self, changes: Mapping[str, Change]) -> dict[str, Entry]:
        """Write new entries, all or none; returns them.

        Raises:
            LedgerBusy: if others write at the same time, again and again.
        """
        if not changes:
            return {}
        self._make()
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(random.uniform(0, _PAUSE_S * attempt))
            try:
                return self._session(changes)
            except KafkaException as error:
                reason = reason_of(error)
                if code_of(error) not in _LOST and not error.args[0].retriable():
                    what = f"writing what became of letters to topic {self.topic}"
                    raise BrokerProblem(what, self._bootstrap, reason) from error
        raise LedgerBusy(self.topic, _TRIES, reason)

    def _session(self, changes: Mapping[str, Change]) -> dict[str, Entry]:
        producer = Producer(
            {
                **self._client,
                "bootstrap.servers": self._bootstrap,
                "transactional.id": f"messina.{self.topic}",
                "transaction.timeout.ms": 15_000,
                "linger.ms": 0,
                "log_level": 0,
            }
        )
        producer.init_transactions(_TIMEOUT_S)
        # nobody else's session can end well from here on
        self.load()
        made = {
            case: self._named(case, change(self.entry(case))) for case, change in changes.items()
        }
        data = {
            case: entry.model_dump_json(exclude_defaults=True).encode()
            for case, entry in made.items()
            if entry != self.entry(case)
        }
        if data:
            producer.begin_transaction()
            for case, value in data.items():
                producer.produce(self.topic, value, case.encode(), partition=0)
                producer.poll(0)
            producer.commit_transaction(_TIMEOUT_S)
            self._kept |= data
        return made

    def _named(self, case: str, entry: Entry) -> Entry:
        return entry.model_copy(update={"topic_id": self._topic_id(case)})

    def _topic_id(self, case: str) -> str | None:
        topic = case.partition("|")[0]
        if topic not in self._asked:
            self._ids |= self._topics.ids([topic])
            self._asked.add(topic)
        return self._ids.get(topic)

    def _make(self) -> None:
        """Make the topic where `apply` has not: as for a sink whose dead letters a hand has set."""
        if self._there:
            return
        config = dead_letters_state_topic()
        self._topics.create([TopicResource(name=self.topic, partitions=1, config=config).topic()])
        self._there = True
