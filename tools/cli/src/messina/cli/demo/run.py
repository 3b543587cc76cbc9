"""The demo from beginning to end."""

import time
from dataclasses import dataclass
from pathlib import Path

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
from messina.postgres import Connection
from messina.postgres import connect as connect_postgres
from messina.postgres.errors import explained
from messina.reconciler import Report, compare
from messina.scylla import Session, connect
from messina.stack import StackError

WRITES_PER_CHANGE = 2
_OPENING = 20
_OPENING_SECONDS = 90


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
        with connect(scylla.contact_points, scylla.local_datacenter) as session:
            console.print("[bold]pipeline[/]  examples/flights.yaml")
            self._fresh(spec, session, console)
            with Sampler(self._postgres(), spec.sink.schema_name) as sampler:
                opening = self._open_the_road(session, sampler, console)
                ready = time.monotonic()
                played = self._play(session, sampler, console)
                console.print("[bold]compare[/]   every row of every table, on both sides")
                report = compare(spec, self.endpoints)
        if sampler.error is not None:
            console.print(f"  no latency: {sampler.error}", markup=False)
        return self._outcome(spec, (opening, played), report, sampler, ready), report

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

    def _open_the_road(self, session: Session, sampler: Sampler, console: Console) -> Played:
        """Plays the first few changes and waits for them; a cold JVM is not what is measured."""
        started = time.monotonic()
        opening = self.changes[:_OPENING]
        played = play(session, opening, self.rate, lambda _: None, alter_at=None)
        while len(sampler.samples.values) == 0:
            if sampler.error is not None:
                return played
            if time.monotonic() - started > _OPENING_SECONDS:
                raise StackError(
                    f"no row came through in {_OPENING_SECONDS} s; the stack was left as it is if "
                    "it ran before. See `messina deploy status examples/flights.yaml` and "
                    "`messina logs connect`"
                )
            time.sleep(0.1)
        console.print(f"  first row in PostgreSQL after {time.monotonic() - started:.1f} s")
        sampler.forget()
        return played

    def _play(self, session: Session, sampler: Sampler, console: Console) -> Played:
        rest = self.changes[_OPENING:]
        total = len(rest) * WRITES_PER_CHANGE
        console.print(f"[bold]changes[/]   {total:,} writes at {self.rate:,.0f} a second")
        with playing(console, sampler, total) as view:
            reporter = Reporter(view)
            return play(session, rest, self.rate, reporter, alter_at=len(rest) // 2)

    def _outcome(
        self,
        spec: PipelineSpec,
        parts: tuple[Played, Played],
        report: Report,
        sampler: Sampler,
        ready: float,
    ) -> Outcome:
        kafka = self.endpoints.kafka.bootstrap_servers
        events = sum(
            1 for table in spec.tables for record in read(kafka, spec.topic(table)) if record.value
        )
        return Outcome(
            rows_written=len(frozenset().union(*(part.rows for part in parts))),
            events=events,
            rows_in_sink=self._rows_in_sink(spec),
            discrepancies=sum(t.differing + t.unsettled for t in report.tables),
            latency_ms=latency_ms(sampler.samples.quantiles()),
            events_per_second=round(events / sum(part.seconds for part in parts), 1),
            seconds=Seconds(
                setup=round(ready - self.began, 1), run=round(time.monotonic() - ready, 1)
            ),
        )

    def _rows_in_sink(self, spec: PipelineSpec) -> int:
        count = 0
        with self._postgres() as connection, explained("counting the rows in the sink"):
            for table in spec.tables:
                name = sql.Identifier(spec.sink.schema_name, table.name)
                found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
                count += (found.fetchone() or (0,))[0]
        return count

    def _postgres(self) -> Connection:
        return connect_postgres(self.endpoints.postgres, application_name="messina-demo")
