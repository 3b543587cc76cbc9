"""Going round: look, decide, record, act; or follow the one that does."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

from confluent_kafka import KafkaException

from messina.deployer.errors import DeployerError
from messina.deployer.looking import Found, known_tables, telling_sinks
from messina.deployer.watching.acting import STUCK_MEANS, Actor
from messina.deployer.watching.clock import running
from messina.deployer.watching.deciding import decide
from messina.deployer.watching.doors import Doors
from messina.deployer.watching.journal import Fenced, Journal, Recorder, create
from messina.deployer.watching.leading import Membership
from messina.deployer.watching.model import (
    Act,
    Breaker,
    Brief,
    Decision,
    Dependency,
    Event,
    Lead,
    Seen,
)
from messina.deployer.watching.probes import Probes, asks_of
from messina.deployer.watching.rounds import (
    LETTERS_EVERY_S,
    WAITS_ASKED_EVERY_S,
    WORKERS_EVERY_S,
    DeadLetters,
    Round,
    SinkWaits,
    Workers,
)
from messina.deployer.watching.rules import Rules
from messina.deployer.watching.seeing import expected, letter_topics, long_waits, see
from messina.deployer.watching.view import View
from messina.deployer.watching.who import identity
from messina.deployer.workers import workers_of
from messina.kafka import BrokerProblem, ConnectProblem, ConnectTimeout
from messina.kafka.topics import reason_of
from messina.pipeline import Endpoints, PipelineSpec
from messina.secrets import SecretsError
from messina.telemetry.serving import Beat

ACT_WITHIN_S = 3.0
"""Seconds after a look within which what follows from it is begun, or not at all. It is less than
the group's session: who was away for long enough to lose the lead is too late as well."""
SAYS_EVERY_S = 10.0
"""Seconds between two records by which a leader says that it leads."""
STUCK_S = 30.0
"""Seconds after which a loop that does not go round is not well."""
LEAST_S = 0.05


class Watcher:
    """Watches a pipeline, leading or following. Close it, or use it in a `with`.

    Args:
        spec: the pipeline.
        endpoints: where the systems are.
        vault: the address of the Vault that its secrets are in, if any are.
        roll: chance, from 0 to 1.
    """

    def __init__(
        self,
        spec: PipelineSpec,
        endpoints: Endpoints,
        *,
        vault: str | None = None,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._spec = spec
        self._endpoints = endpoints.under(spec)
        self._rules = Rules.of(spec.watch)
        self._roll = roll
        self._topic = spec.watch_topic
        self._name = identity()
        self._open = ExitStack()
        self.beat = Beat(STUCK_S)
        self.view = View(pipeline=spec.pipeline)
        self._pause = threading.Event()
        self._recorder: Recorder | None = None
        self._coming: Recorder | None = None
        self._leads_since = 0.0
        self._said_at = float("-inf")
        self._said: Mapping[str, bool | None] = {}
        self._breakers: dict[str, Breaker] = {}
        self._briefs: dict[str, Brief] = {}
        self._blind: str | None = None
        self._missing: frozenset[str] = frozenset()
        self._waiting: set[str] = set()
        self._vault = vault

    def start(self) -> None:
        """Open what it needs.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        kafka = self._endpoints.kafka
        create(kafka, self._topic)
        enter = self._open.enter_context
        self._journal = enter(Journal(kafka, self._topic))
        self._membership = enter(Membership(kafka, self._topic))
        self._doors = enter(Doors(self._endpoints.connect.url))
        self._actor = enter(Actor(self._journal, self._doors))
        self._probes = enter(Probes(asks_of(self._spec, self._endpoints, vault=self._vault)))
        self._workers = Workers(self._endpoints.connect.url)
        enter(Round("workers", WORKERS_EVERY_S, self._workers.ask))
        self._letters = DeadLetters(kafka)
        enter(Round("dead-letters", LETTERS_EVERY_S, self._letters.ask))
        self._waits = SinkWaits(kafka)
        enter(Round("waits", WAITS_ASKED_EVERY_S, self._waits.ask))

    def close(self) -> None:
        """Close what was opened; another watcher leads at once."""
        self._recorder = None
        self._open.close()

    def __enter__(self) -> "Watcher":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def run(self) -> Iterator[Event]:
        """Go round, again and again, and tell what happens. It ends when it is no more asked."""
        while True:
            begin = time.monotonic()
            self.beat.tick()
            yield from self._round()
            due = self._due(time.time())
            left = self._rules.every - (time.monotonic() - begin)
            self._pause.wait(max(LEAST_S, min(left, due)))

    def _round(self) -> Iterator[Event]:
        try:
            yield from self._place()
            self._journal.follow()
            if self._recorder is None:
                self._followed()
            else:
                yield from self._led(self._recorder)
        except Fenced as fenced:
            self._recorder = self._coming = None
            self.view.fenced += 1
            yield Event(event="fenced", reason=str(fenced))
            self._membership.rejoin()
        except (BrokerProblem, SecretsError, KafkaException) as problem:
            # whether something was recorded is not known: it is read again before anything is done
            self._recorder = None
            reason = reason_of(problem) if isinstance(problem, KafkaException) else str(problem)
            yield from self._see_nothing(f"Kafka: {getattr(problem, 'reason', reason)}")

    # ---- leading and following

    def _place(self) -> Iterator[Event]:
        """Take the lead, or give it up, as the group says."""
        leads = self._membership.poll()
        if leads and self._recorder is None:
            recorder = self._coming or Recorder(self._endpoints.kafka, self._topic)
            # the brokers may need longer than one try: what was begun goes on with the next
            self._coming = recorder
            recorder.begin()
            self._coming = None
            # from here on nobody else can record: what is read now is all there is
            self._breakers = dict(self._journal.catch_up().breakers)
            self._briefs = {}
            self._recorder = recorder
            self._leads_since, self._said_at = time.time(), float("-inf")
            yield Event(event="leads", facts={"watcher": self._name})
        elif not leads and self._recorder is not None:
            self._recorder = self._coming = None
            yield Event(event="follows", facts={"watcher": self._name})

    def _followed(self) -> None:
        if not self._journal.caught_up:
            self._journal.catch_up()
        remembered = self._journal.remembered()
        self.view.role = "follower"
        self.view.looked(remembered.breakers, {}, self._dependencies())

    def _led(self, recorder: Recorder) -> Iterator[Event]:
        looked_at = running()
        try:
            found = self._doors.look()
        except ConnectProblem as problem:
            reason = problem.reason if isinstance(problem, ConnectTimeout) else str(problem)
            self._say(recorder, ())
            yield from self._see_nothing(f"Kafka Connect: {reason}")
            return
        if self._blind is not None:
            yield Event(event="sees", reason=f"again, after: {self._blind}")
            self._blind = None
        seen = self._seen(found)
        now = time.time()
        decisions = {
            name: decide(
                self._breakers.get(name) or Breaker(connector=name, since=now),
                self._briefs.get(name, Brief()),
                one,
                now,
                self._rules,
                self._roll(),
            )
            for name, one in seen.items()
        }
        self._record(recorder, decisions)
        yield from (event for one in decisions.values() for event in one.events)
        acts = [act for one in decisions.values() for act in one.acts]
        if acts:
            yield from self._act(acts, looked_at + ACT_WITHIN_S)
        yield from self._told_missing(seen)
        waits = long_waits(self._waiting, seen)
        self._waiting = {one for one, how in seen.items() if how.waits and how.waits.long}
        yield from waits
        self.view.role = "leader"
        self.view.looked(self._breakers, seen, self._dependencies())
        self.view.happened(event for one in decisions.values() for event in one.events)
        self.view.happened(waits)

    def _seen(self, found: Found) -> dict[str, Seen]:
        statuses = [status for _, status in found.values() if status is not None]
        names = workers_of(statuses)
        self._doors.learn(names)
        try:
            wanted = expected(known_tables(self._spec, found), found)
        except DeployerError:
            # a pipeline of patterns that was never applied
            wanted = {}
        mine = [status for name, (_, status) in found.items() if status and name in wanted]
        self._workers.meant(workers_of(mine))
        self._letters.meant(letter_topics(found, wanted))
        self._waits.meant(telling_sinks(found, wanted))
        return see(
            wanted,
            found,
            silent=self._workers.silent(),
            dependencies=self._dependencies(),
            letters=self._letters.now(),
            words=self._journal.remembered().words,
            now=time.time(),
            shaken=self._rules.shaken,
            waits=self._waits.now(),
        )

    def _record(self, recorder: Recorder, decisions: Mapping[str, Decision]) -> None:
        """Remember what was decided, in Kafka first."""
        changed = [
            one.breaker
            for name, one in decisions.items()
            if one.breaker != self._breakers.get(name)
        ]
        self._say(recorder, changed)
        self._breakers.update({one.connector: one for one in changed})
        self._briefs = {name: one.brief for name, one in decisions.items()}

    def _say(self, recorder: Recorder, changed: "list[Breaker] | tuple[Breaker, ...]") -> None:
        now = time.monotonic()
        dependencies = self._dependencies()
        ups = {name: one.up for name, one in dependencies.items()}
        if not changed and now - self._said_at < SAYS_EVERY_S and ups == self._said:
            return
        lead = Lead(
            leader=self._name,
            since=self._leads_since,
            at=time.time(),
            dependencies=tuple(dependencies.values()),
        )
        recorder.record(changed, lead)
        self._said_at, self._said = now, ups

    def _act(self, acts: list[Act], deadline: float) -> Iterator[Event]:
        heard = {act.connector: self._breakers[act.connector].heard for act in acts}
        for act, why in self._actor.do(acts, heard, deadline):
            self.view.acted(act, why)
            brief = self._briefs.get(act.connector, Brief())
            self._briefs[act.connector] = brief.model_copy(
                update={"done": why is None, "undone": why is not None}
            )
            if why is None:
                continue
            self.view.stuck += STUCK_MEANS in why
            yield Event(
                event="not done", connector=act.connector, reason=why, facts={"deed": act.deed}
            )

    def _told_missing(self, seen: Mapping[str, Seen]) -> Iterator[Event]:
        missing = frozenset(name for name, one in seen.items() if one.missing)
        for name in sorted(missing - self._missing):
            reason = f"Kafka Connect has none; next: messina deploy apply {self._spec.argument}"
            yield Event(event="missing", connector=name, reason=reason)
        self._missing = missing

    def _see_nothing(self, reason: str) -> Iterator[Event]:
        self.view.blind(reason)
        if self._blind is None:
            yield Event(event="blind", reason=f"nothing is done meanwhile: {reason}")
        self._blind = reason

    def _dependencies(self) -> dict[str, Dependency]:
        return self._probes.now()

    def _due(self, now: float) -> float:
        """After how many seconds something is due, at the latest."""
        if self._recorder is None:
            return self._rules.every
        times = [
            at
            for one in self._breakers.values()
            for at in (one.retry_at, one.until)
            if at is not None and at > now
        ]
        return min((at - now for at in times), default=self._rules.every)
