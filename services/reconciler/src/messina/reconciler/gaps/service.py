"""Healing as a service: a thread takes gaps in, a loop heals those that are due.

All state is in Kafka's offsets and in Postgres. Whatever breaks, everything is closed and opened
again, after a pause; what was on its way is taken up again.
"""

import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from messina import postgres
from messina.kafka import (
    Applied,
    Asking,
    AvroDecoder,
    KafkaProblem,
    RegistryClient,
    client_settings,
)
from messina.pipeline import Endpoints, PipelineSpec
from messina.postgres import PostgresError
from messina.reconciler.errors import SignalsNotServed
from messina.reconciler.gaps.healing import Healing
from messina.reconciler.gaps.intake import Intake
from messina.reconciler.gaps.patience import Patience, Tally
from messina.reconciler.gaps.reading import Tables
from messina.reconciler.opening import mask_key, open_source, resolved, sinks_by_name
from messina.reconciler.store.database import SCHEMA, Database
from messina.reconciler.store.gaps import GapSums, GapTable
from messina.scylla import ScyllaError
from messina.secrets import SecretsError
from messina.telemetry import get_logger

if TYPE_CHECKING:
    from messina.reconciler.gaps.metrics import Watched

_PAUSE_S = 0.05
_HOUSEKEEPING_S = 5.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_INTAKE_S = 10.0
PASSING = (KafkaProblem, PostgresError, ScyllaError, SecretsError)
"""What may be over in a moment: everything is opened again then."""


@dataclass(frozen=True)
class Healed:
    """What one call of `heal` did.

    Attributes:
        taken: records of the topic that were stored.
        closed: gaps that were healed.
        rearmed: gaps that were put to a later time, as their rows live on.
        put_off: tries that were in vain.
        signalled: keys whose rows were read again.
        sums: how many gaps are left.
    """

    taken: int
    closed: int
    rearmed: int
    put_off: int
    signalled: int
    sums: GapSums


class _Intake(threading.Thread):
    """Takes gaps in until it is told to stop; what went wrong is for the loop to see."""

    def __init__(self, intake: Intake) -> None:
        super().__init__(name="gaps-intake", daemon=True)
        self.intake = intake
        self.problem: BaseException | None = None
        self._stop_asked = threading.Event()

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self.intake.take(0.2)
        except BaseException as problem:  # noqa: BLE001  # the loop raises it
            self.problem = problem

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(30)
        self.intake.close()


def heal(
    spec: PipelineSpec,
    endpoints: Endpoints,
    stop: threading.Event,
    *,
    once: bool = False,
    patience: Patience | None = None,
    healed: Callable[[Healed], None] = lambda healed: None,
    every: float = 60.0,
    watched: "Watched | None" = None,
) -> Healed:
    """Heal a pipeline's gaps until told to stop.

    Args:
        spec: the pipeline.
        endpoints: where its systems are.
        stop: ends it; what is on its way is given back.
        once: end when all that is in the topic and due has been tried.
        patience: how long is waited for what.
        healed: called with what was done so far, now and then and at the end.
        every: seconds between two such calls.
        watched: is told what goes on, for those who ask over HTTP.

    Raises:
        SignalsNotServed: if the pipeline's source connector serves no signals.
        SpecError: if the source has no such table.
        KafkaProblem, PostgresError, ScyllaError, SecretsError: only with `once`; else they are
            logged, and tried again.
    """
    if spec.source.connector != "messina":
        raise SignalsNotServed(spec.source.connector)
    log = get_logger(__name__)
    tally = Tally()
    taken = 0
    pause = _FIRST_PAUSE_S
    while True:
        session = _Session(spec, endpoints, tally, patience or Patience(), taken, watched)
        began = time.monotonic()
        try:
            with session:
                session.run(stop, once, healed, every)
                return session.ended() if once else session.healed()
        except PASSING as problem:
            taken = session.taken
            if watched is not None:
                watched.stands(str(problem))
                watched.beat.tick()
            if once:
                raise
            if time.monotonic() - began > _LONGEST_PAUSE_S:
                pause = _FIRST_PAUSE_S
            log.warning(
                "healing goes on after a pause", seconds=round(pause, 1), reason=str(problem)
            )
            if stop.wait(random.uniform(0.5, 1.0) * pause):
                return Healed(taken, *_counts(tally), GapSums(0, 0, 0, 0, None))
            pause = min(_LONGEST_PAUSE_S, pause * 2)


class _Session:
    """Healing with everything open, until something breaks."""

    def __init__(
        self,
        spec: PipelineSpec,
        endpoints: Endpoints,
        tally: Tally,
        patience: Patience,
        taken: int,
        watched: "Watched | None",
    ) -> None:
        self._spec = spec
        self._watched = watched
        self._endpoints = endpoints.under(spec)
        self._tally = tally
        self._patience = patience
        self._before = taken
        self._opened = ExitStack()
        self._intake: _Intake | None = None

    @property
    def taken(self) -> int:
        """How many records were stored, in this session and those before."""
        return self._before + (0 if self._intake is None else self._intake.intake.taken)

    def __enter__(self) -> "_Session":
        with ExitStack() as opened:
            self._open(opened)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._opened.close()

    def _open(self, opened: ExitStack) -> None:
        endpoints, server = self._endpoints, self._endpoints.postgres
        brokers = endpoints.kafka.bootstrap_servers
        client = client_settings(endpoints.kafka.security)
        name = self._spec.pipeline
        databases = [Database.open(server, SCHEMA) for _ in range(2)]
        for database in databases:
            opened.callback(database.close)
        self.table, taking = (GapTable(database, name) for database in databases)
        session = open_source(endpoints, opened)
        spec = resolved(self._spec, session)
        key, _ = mask_key(spec)

        def connect() -> postgres.Connection:
            return postgres.connect(server, application_name="messina-reconciler-heal")

        tables = Tables(spec, session, connect, key)
        opened.callback(tables.close)
        registry = opened.enter_context(RegistryClient.of(endpoints.registry))
        self.applied = opened.enter_context(
            Applied(brokers, name, AvroDecoder(registry), sinks_by_name(spec), client=client)
        )
        self.asking = opened.enter_context(
            Asking(brokers, name, AvroDecoder(registry), client=client)
        )
        self.healing = Healing(
            self.table,
            tables,
            self.asking,
            self.applied,
            spec.source.keyspace,
            self._patience,
            tally=self._tally,
        )
        if self._watched is not None:
            self.healing.healed, self.healing.failed = self._watched.healed, self._watched.failed
            self._watched.stands(None)
        # A decoder of its own: it is another thread.
        other = opened.enter_context(RegistryClient.of(endpoints.registry))
        self._intake = _Intake(Intake(brokers, name, AvroDecoder(other), taking, client=client))
        opened.callback(self._intake.stop)
        self._intake.start()

    def run(
        self,
        stop: threading.Event,
        once: bool,
        healed: Callable[[Healed], None],
        every: float,
    ) -> None:
        """Heal until told to stop, or, with `once`, until nothing that is due is untried."""
        assert self._intake is not None
        began = told = time.monotonic()
        cleaned = 0.0
        while not stop.is_set():
            now = time.monotonic()
            if now - cleaned > _HOUSEKEEPING_S:
                cleaned = now
                self.table.free()
            if now - told > every:
                told = now
                healed(self.healed())
            if self._watched is not None:
                self._watched.look(self.table.counts)
            self.applied.poll()
            self.asking.poll()
            did = self.healing.step()
            if self._intake.problem is not None:
                raise self._intake.problem
            idle = once and not self.healing.busy and self._all_taken(now - began)
            if idle and not self.table.due(time.time_ns() // 1_000):
                return
            if not did:
                self.asking.poll(_PAUSE_S)
        self.healing.give_back()

    def _all_taken(self, seconds: float) -> bool:
        """Whether all of the topic is in the table; another process may be who stores it."""
        assert self._intake is not None
        return all_taken(self._intake.intake, seconds)

    def healed(self) -> Healed:
        """What was done so far."""
        return self._told(self.table.about)

    def ended(self) -> Healed:
        """What was done, and exactly what is left."""
        return self._told(self.table.sums)

    def _told(self, sums: Callable[[int], GapSums]) -> Healed:
        return Healed(self.taken, *_counts(self._tally), sums(time.time_ns() // 1_000))


def all_taken(intake: Intake, seconds: float) -> bool:
    """Whether a topic is in the table: who stores it knows; others wait some seconds for him."""
    return intake.at_end or (not intake.assigned and seconds > _INTAKE_S)


def _counts(tally: Tally) -> tuple[int, int, int, int]:
    return tally.closed, tally.rearmed, tally.put_off, tally.signalled
