"""What is asked beside the loop, in threads: workers that do not answer, dead letters that come."""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence

from messina.deployer.looking import judged
from messina.deployer.sinkwaits import Waiting, waiting
from messina.deployer.watching.rules import LETTERS_WITHIN_S
from messina.deployer.watching.seeing import Letters
from messina.deployer.workers import Silence, silent_workers
from messina.kafka import Backlogs, BrokerProblem, Wait, Waits, client_settings, sink_group
from messina.pipeline import KafkaEndpoint
from messina.secrets import SecretsError
from messina.telemetry import get_logger

WORKERS_EVERY_S = 1.0
LETTERS_EVERY_S = 2.0
WAITS_EVERY_S = 5.0
"""Seconds between two asks about the same sink, at least."""
WAITS_ASKED_EVERY_S = 0.5
"""Seconds between two asks: most take a client of their own."""


class Round:
    """Does something again and again in a thread. Close it, or use it in a `with`."""

    def __init__(self, name: str, every: float, act: Callable[[], None]) -> None:
        self._every = every
        self._act = act
        self._end = threading.Event()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def close(self) -> None:
        """Do it no more; what hangs ends with the process."""
        self._end.set()

    def __enter__(self) -> "Round":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self._act()
            except Exception as error:  # noqa: BLE001: what it found last stays, and it goes on
                get_logger("messina.deployer.watch").error("asking failed", error=str(error))
            self._end.wait(self._every)


class Workers:
    """Which of Kafka Connect's workers do not answer.

    Args:
        url: of Kafka Connect.
        timeout: seconds that a worker is given.
    """

    def __init__(self, url: str, timeout: float = 2.0) -> None:
        self._url = url
        self._timeout = timeout
        self._names: Collection[str] = ()
        self._silent: Mapping[str, Silence] = {}

    def meant(self, names: Collection[str]) -> None:
        """Say whom to ask from now on."""
        self._names = names

    def ask(self) -> None:
        """Ask them once."""
        names = self._names
        silent = silent_workers(names, self._url, timeout=self._timeout)
        self._silent, _ = judged(names, silent, self._url)

    def silent(self) -> Mapping[str, Silence]:
        """Return those that did not answer when they were asked last."""
        return self._silent


class SinkWaits:
    """What sinks wait for that run: one is asked about at a time, who was longest ago first.

    Args:
        kafka: where they commit their offsets.
        timeout: seconds that brokers are given.
        clock: seconds that only go on.
        asks: what tells the wait in a group that reads topics, in place of the brokers.
    """

    def __init__(
        self,
        kafka: KafkaEndpoint,
        timeout: float = 4.0,
        clock: Callable[[], float] = time.monotonic,
        asks: Callable[[str, Sequence[str]], Wait | None] | None = None,
    ) -> None:
        self._kafka = kafka
        self._timeout = timeout
        self._clock = clock
        self._asks = asks or self._ask_brokers
        self._brokers: Waits | None = None
        self._sinks: Mapping[str, Sequence[str]] = {}
        self._asked: dict[str, float] = {}
        self._waits: dict[str, Wait] = {}

    def meant(self, sinks: Mapping[str, Sequence[str]]) -> None:
        """Say which: by sink, the topics that it reads."""
        self._sinks = sinks

    def ask(self) -> None:
        """Ask about one, if it is time; where the brokers do not answer, what is known stays."""
        now, sinks = self._clock(), self._sinks
        due = [(self._asked.get(name, float("-inf")), name) for name in sinks]
        last, name = min(due, default=(now, ""))
        if now - last < WAITS_EVERY_S:
            return
        self._asked[name] = now
        try:
            wait = self._asks(sink_group(name), sinks[name])
        except (BrokerProblem, SecretsError):
            return
        if wait is None:
            self._waits.pop(name, None)
        else:
            self._waits[name] = wait

    def _ask_brokers(self, group: str, topics: Sequence[str]) -> Wait | None:
        if self._brokers is None:
            self._brokers = Waits(
                self._kafka.bootstrap_servers,
                timeout=self._timeout,
                client=client_settings(self._kafka.security),
            )
        try:
            return self._brokers.of({group: topics}).get(group)
        except BrokerProblem:
            # the next one has what its secrets say then
            self._brokers.close()
            self._brokers = None
            raise

    def now(self) -> Mapping[str, Waiting]:
        """Return, by sink, what it waits for."""
        return waiting(dict(self._waits), time.time())


class DeadLetters:
    """How many dead letters came in the last minute, by sink.

    Args:
        kafka: where the topics are.
        timeout: seconds that brokers are given.
        clock: seconds that only go on.
    """

    def __init__(
        self,
        kafka: KafkaEndpoint,
        timeout: float = 4.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kafka = kafka
        self._timeout = timeout
        self._clock = clock
        self._backlogs: Backlogs | None = None
        self._topics: Mapping[str, str] = {}
        self._counts: dict[str, deque[tuple[float, int]]] = {}

    def meant(self, topics: Mapping[str, str]) -> None:
        """Say which: by sink, its topic of dead letters."""
        self._topics = topics

    def ask(self) -> None:
        """Count them once; where the brokers do not answer, what is known stays."""
        topics = dict(self._topics)
        if not topics:
            return
        try:
            if self._backlogs is None:
                self._backlogs = Backlogs(
                    self._kafka.bootstrap_servers,
                    timeout=self._timeout,
                    client=client_settings(self._kafka.security),
                )
            lengths = self._backlogs.lengths(topics.values())
        except (BrokerProblem, SecretsError):
            return
        # a topic that one answer does not have is no empty one: by the next its letters are all new
        known = {sink: lengths.get(topic) for sink, topic in topics.items()}
        self.take({sink: count for sink, count in known.items() if count is not None})

    def take(self, counts: Mapping[str, int]) -> None:
        """Take in how many there are, by sink."""
        now = self._clock()
        for sink, count in counts.items():
            kept = self._counts.setdefault(sink, deque())
            kept.append((now, count))
            # the one before the minute stays: from there on it is counted
            while len(kept) > 1 and now - kept[1][0] >= LETTERS_WITHIN_S:
                kept.popleft()

    def now(self) -> dict[str, Letters]:
        """Return, by sink, how many there are and how many of them came in the last minute."""
        return {
            sink: Letters(end=kept[-1][1], recent=max(0, kept[-1][1] - kept[0][1]))
            for sink, kept in list(self._counts.items())
            if kept
        }
