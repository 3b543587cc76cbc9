"""The demo from beginning to end."""

import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from cassandra.cluster import Session
from psycopg import sql
from rich.console import Console

from messina.cli.demo import tables
from messina.cli.demo.latency import Sampler
from messina.cli.demo.outcome import Outcome, Seconds, latency_ms
from messina.cli.demo.player import Played, play
from messina.cli.demo.screen import Reporter, playing
from messina.cli.demo.timetable import Change
from messina.deployer import apply, destroy, plan
from messina.kafka import read
from messina.pipeline import Endpoints, PipelineSpec, load_spec
from messina.reconciler import Report, compare
from messina.scylla import connect
from messina.secrets import resolve

WRITES_PER_CHANGE = 2


@dataclass(frozen=True, slots=True)
class Demo:
    """One run on a stack that is up.

    Attributes:
        endpoints: where the stack's parts are.
        spec_file: the pipeline, `examples/flights.yaml`.
        changes: what is played.
        rate: CQL writes a second.
        began: when the whole run began, by the monotonic clock.
    """

    endpoints: Endpoints
    spec_file: Path
    changes: tuple[Change, ...]
    rate: float
    began: float

    def run(self, console: Console) -> tuple[Outcome, Report]:
        """Makes tables and pipeline anew, plays the changes, compares.

        Raises:
            MessinaError subclasses of the parts: nothing is hidden here.
        """
        spec = load_spec(self.spec_file)
        scylla = self.endpoints.scylla
        session = connect(scylla.contact_points, scylla.local_datacenter)
        try:
            console.print("[bold]pipeline[/]  examples/flights.yaml")
            self._fresh(spec, session, console)
            ready = time.monotonic()
            with Sampler(self._postgres(), spec.sink.schema_name) as sampler:
                played = self._play(session, sampler, console)
                console.print("[bold]compare[/]   every row of every table, on both sides")
                report = compare(spec, self.endpoints)
            outcome = self._outcome(spec, played, report, sampler, ready)
        finally:
            session.cluster.shutdown()
        return outcome, report

    def _fresh(self, spec: PipelineSpec, session: Session, console: Console) -> None:
        # What an earlier demo left would be compared too; each run starts from nothing.
        for _ in destroy(spec, self.endpoints, delete_data=True):
            pass
        tables.create(session, self.endpoints.scylla.local_datacenter)
        planned = plan(spec, self.endpoints)
        for event in apply(planned, file=str(self.spec_file)):
            if event.event == "running":
                console.print(
                    f"  {len(planned.steps)} steps, {event.connectors} connectors, "
                    f"{event.tasks} tasks running"
                )

    def _play(self, session: Session, sampler: Sampler, console: Console) -> Played:
        total = len(self.changes) * WRITES_PER_CHANGE
        console.print(f"[bold]changes[/]   {total:,} writes at {self.rate:,.0f} a second")
        with playing(console, sampler, total) as view:
            return play(session, self.changes, self.rate, Reporter(view))

    def _outcome(
        self,
        spec: PipelineSpec,
        played: Played,
        report: Report,
        sampler: Sampler,
        ready: float,
    ) -> Outcome:
        kafka = self.endpoints.kafka.bootstrap_servers
        events = sum(
            1 for table in spec.tables for record in read(kafka, spec.topic(table)) if record.value
        )
        return Outcome(
            rows_written=played.rows,
            events=events,
            rows_in_sink=self._rows_in_sink(spec),
            discrepancies=len(report.discrepancies),
            latency_ms=latency_ms(sampler.samples.quantiles()),
            events_per_second=round(events / played.seconds, 1),
            seconds=Seconds(
                setup=round(ready - self.began, 1), run=round(time.monotonic() - ready, 1)
            ),
        )

    def _rows_in_sink(self, spec: PipelineSpec) -> int:
        count = 0
        with self._postgres() as connection:
            for table in spec.tables:
                name = sql.Identifier(spec.sink.schema_name, table.name)
                found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
                count += (found.fetchone() or (0,))[0]
        return count

    def _postgres(self) -> psycopg.Connection:
        postgres = self.endpoints.postgres
        assert postgres.password is not None, "the stack always sets one"
        return psycopg.connect(
            host=postgres.host,
            port=postgres.port,
            dbname=postgres.database,
            user=postgres.user,
            password=resolve(postgres.password).reveal(),
            application_name="messina-demo",
        )
