"""The first pass on real databases: in several processes, in parts, killed and gone on with."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from distributed import LocalCluster

from messina import postgres
from messina.pipeline import Endpoints, PipelineSpec, parse_spec
from messina.reconciler import Progress, compare
from messina.reconciler.checkpoints import Checkpoints
from messina.reconciler.errors import SinkTableMissing
from messina.reconciler.parts import parts_of
from messina.reconciler.scanning import Options, Task
from messina.reconciler.scanning.pool import result
from messina.reconciler.scanning.scheduled import Cluster, SchedulerLost
from messina.reconciler.scanning.worker import Work
from messina.reconciler.store import Store
from messina.scylla import (
    MAX_TOKEN,
    MIN_TOKEN,
    TokenRange,
    connect,
    table_schema,
    token_ranges,
)
from messina.testing import load_rows, until

pytestmark = pytest.mark.gentle

SETTLE = timedelta(seconds=1)
COLUMNS = "p int, c bigint, v text, d decimal, at timestamp, PRIMARY KEY (p, c)"
ROWS = 20_000
KINDS = {"different": 3, "missing_in_sink": 3, "extra_in_sink": 3}


def text_for(keyspace: str) -> str:
    return (
        f"pipeline: {keyspace.replace('_', '-')}\nsource: {{keyspace: {keyspace}}}\n"
        f"sink: {{schema: {keyspace}}}\ntables: [{{name: t}}]"
    )


def spec_for(keyspace: str) -> PipelineSpec:
    return parse_spec(text_for(keyspace))


@pytest.fixture(scope="module")
def loaded(
    postgres_dsn: str, module_keyspace: str, shared_session: Session
) -> Iterator[PipelineSpec]:
    """A table of rows, large partitions among them, with nine planted differences."""
    name = module_keyspace
    shared_session.execute(f"CREATE TABLE {name}.t ({COLUMNS})")
    rows = (
        (
            (n % 500 if n % 4 else 7).to_bytes(4, "big"),
            n.to_bytes(8, "big"),
            None if n % 3 == 0 else b"value %d" % n,
            b"\0\0\0\2" + n.to_bytes(4, "big"),
            (1_700_000_000_000 + n).to_bytes(8, "big"),
        )
        for n in range(ROWS)
    )
    load_rows(shared_session, name, "t", COLUMNS, ["p", "c", "v", "d", "at"], rows)
    with postgres.connect(postgres_dsn, application_name="messina-tests") as sink:
        sink.execute(postgres.create_schema(name))
        sink.execute(
            f"CREATE TABLE {name}.t (p integer, c bigint, v text, d numeric, at timestamptz,"
            " PRIMARY KEY (p, c))"
        )
        sink.execute(
            f"INSERT INTO {name}.t SELECT CASE WHEN n % 4 = 0 THEN 7 ELSE n % 500 END, n,"
            " CASE WHEN n % 3 = 0 THEN NULL ELSE 'value ' || n END, n / 100.0,"
            f" to_timestamp(1700000000 + n / 1000.0) FROM generate_series(0, {ROWS - 1}) n"
        )
        sink.execute(f"UPDATE {name}.t SET v = coalesce(v, '') || ' ' WHERE c IN (0, 4, 4001)")
        sink.execute(f"DELETE FROM {name}.t WHERE c IN (8, 12, 5003)")
        sink.execute(f"INSERT INTO {name}.t (p, c) VALUES (7, -1), (501, 3), (-9, 0)")
        sink.execute(f"ANALYZE {name}.t")
        yield spec_for(name)
        sink.execute(f"DROP SCHEMA {name} CASCADE")


def kinds(found: object) -> dict[str, int]:
    counted: dict[str, int] = {}
    for each in found.discrepancies:  # type: ignore[attr-defined]
        counted[each.kind] = counted.get(each.kind, 0) + 1
    return counted


@pytest.mark.parametrize(
    "how",
    [Options(1), Options(2), Options(1, memory=2**26)],
    ids=["here", "processes", "little memory"],
)
def test_just_what_was_planted_is_found(
    endpoints: Endpoints, loaded: PipelineSpec, how: Options, tmp_path: Path
) -> None:
    """In one process, in several, and with room for few rows: the same rows, no others."""
    told: list[Progress] = []
    options = Options(how.parallel, memory=how.memory, spill=str(tmp_path))
    report = compare(loaded, endpoints, None, SETTLE, told.append, options)
    assert kinds(report) == KINDS
    assert (report.tables[0].rows_in_source, report.tables[0].rows_in_sink) == (ROWS, ROWS)
    assert list(tmp_path.iterdir()) == []
    last = {each.step: (each.done, each.total) for each in told}
    assert last == {"sink": (ROWS, ROWS), "source": (ROWS, ROWS), "recheck": (9, 9)}
    assert all(each.total is None or each.done <= each.total for each in told)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A dask scheduler with two workers, each a process of its own."""
    quiet: dict[str, Any] = {"dashboard_address": None, "silence_logs": logging.ERROR}
    with LocalCluster(2, 1, processes=True, host="127.0.0.1", memory_limit=0, **quiet) as cluster:
        yield cluster.scheduler_address


def test_the_workers_of_a_scheduler_find_the_same(
    endpoints: Endpoints, loaded: PipelineSpec, tmp_path: Path, scheduler: str
) -> None:
    """The same rows, with bounded memory too, twice; and nothing is left on disk."""
    for memory in (2**29, 2**26):
        told: list[Progress] = []
        options = Options(memory=memory, spill=str(tmp_path), scheduler=scheduler)
        report = compare(loaded, endpoints, None, SETTLE, told.append, options)
        assert kinds(report) == KINDS
        assert (report.tables[0].rows_in_source, report.tables[0].rows_in_sink) == (ROWS, ROWS)
        last = {each.step: each.done for each in told}
        assert last == {"sink": ROWS, "source": ROWS, "recheck": 9}
        assert list(tmp_path.iterdir()) == []


def test_errors_of_workers_are_told_as_they_are(
    endpoints: Endpoints,
    loaded: PipelineSpec,
    tmp_path: Path,
    scheduler: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a worker meets comes here as its own error; a scheduler that is not there, too."""
    address = endpoints.scylla
    with connect(address.contact_points, address.local_datacenter) as session:
        schema = table_schema(session, loaded.source.keyspace, "t")
    (part,) = parts_of(loaded, loaded.tables[0], schema, None)
    task = Task(part, token_ranges(1), 1)
    work = Work((task,), endpoints.under(loaded), "nowhere", Options(), tmp_path)
    with Cluster(scheduler) as cluster, ExitStack() as opened:
        pool = cluster.pool(work, opened)
        with pytest.raises(SinkTableMissing, match="nowhere[.]t: it does not exist"):
            result(pool.read_sink(0))
    monkeypatch.setattr("messina.reconciler.scanning.scheduled._CONNECT_S", 1)
    options = Options(spill=str(tmp_path), scheduler="tcp://127.0.0.1:1")
    with pytest.raises(SchedulerLost, match="next: start it"):
        compare(loaded, endpoints, None, SETTLE, None, options)


def test_more_differences_than_are_held_are_counted(
    endpoints: Endpoints, loaded: PipelineSpec
) -> None:
    """The report holds as many as it was told, and says how many there are."""
    report = compare(loaded, endpoints, None, SETTLE, None, Options(1), None, 4)
    assert (len(report.discrepancies), report.differing, report.equal) == (4, 9, False)


def test_parts_of_the_ring_are_the_whole(endpoints: Endpoints, loaded: PipelineSpec) -> None:
    """Two token ranges that are the ring hold, together, what the ring holds."""
    found = [
        compare(loaded, endpoints, None, SETTLE, None, Options(1, token_ranges=(each,)))
        for each in TokenRange(MIN_TOKEN, MAX_TOKEN).split(2)
    ]
    assert sum(each.tables[0].rows_in_source for each in found) == ROWS
    assert sum(each.tables[0].rows_in_sink for each in found) == ROWS
    assert sum(len(each.discrepancies) for each in found) == 9
    assert found[0].tables[0].share == pytest.approx(0.5)


def test_a_sample_says_what_it_looked_at(endpoints: Endpoints, loaded: PipelineSpec) -> None:
    """A sample can be repeated, and its report says what share it is."""
    options = Options(1, sample=0.25, seed=3)
    one, other = (compare(loaded, endpoints, None, SETTLE, None, options) for _ in range(2))
    assert one.tables[0].share == pytest.approx(0.25)
    assert one.tables == other.tables
    assert 0 < one.tables[0].rows_in_source < ROWS


def test_the_ceiling_is_kept(endpoints: Endpoints, loaded: PipelineSpec) -> None:
    """No more rows a second are read of the source than was said."""
    options = Options(1, max_rows_per_second=10_000)
    read: list[float] = []

    def told(progress: Progress) -> None:
        if progress.step == "source":
            read.append(time.monotonic())

    compare(loaded, endpoints, None, SETTLE, told, options)
    # of reading alone: the sink's side and what waits for the settling are not part of it
    assert read[-1] - read[0] > 0.6 * ROWS / 10_000


def test_an_error_of_a_process_is_told_as_it_is(endpoints: Endpoints, loaded: PipelineSpec) -> None:
    """What goes wrong in a process comes with its own class and text."""
    wrong = endpoints.postgres.model_copy(update={"database": "nowhere"})

    def vanish(_: Progress) -> None:
        raise AssertionError("nothing is read")

    with pytest.raises(postgres.PostgresError, match="nowhere"):
        compare(
            loaded,
            endpoints.model_copy(update={"postgres": wrong}),
            None,
            SETTLE,
            vanish,
            Options(2),
        )


SCRIPT = """
import sys
from datetime import timedelta
from messina.pipeline import Endpoints, parse_spec
from messina.reconciler import compare
from messina.reconciler.checkpoints import Checkpoints
from messina.reconciler.errors import SinkTableMissing
from messina.reconciler.parts import parts_of
from messina.reconciler.scanning import Options, Task
from messina.reconciler.scanning.pool import result
from messina.reconciler.scanning.scheduled import Cluster, SchedulerLost
from messina.reconciler.scanning.worker import Work
from messina.reconciler.store import Store
if __name__ == "__main__":
    endpoints, spec = Endpoints.load(sys.argv[1]), parse_spec(sys.argv[2])
    with Store.open(endpoints.postgres, spec.pipeline) as store:
        held = Checkpoints(store, store.begin("compare", {}))
        slow = Options(2, max_rows_per_second=4_000, spill=sys.argv[3])
        compare(spec, endpoints, None, timedelta(seconds=1), None, slow, held)
"""


def test_a_run_that_is_killed_goes_on_where_it_was(
    endpoints: Endpoints, loaded: PipelineSpec, tmp_path: Path
) -> None:
    """kill -9 in the middle: no range is read twice, the report is of all, nothing is left over."""
    text = text_for(loaded.source.keyspace)
    where = tmp_path / "endpoints.json"
    where.write_text(endpoints.model_dump_json(), encoding="utf-8")
    script = tmp_path / "run.py"
    script.write_text(SCRIPT, encoding="utf-8")
    spill = tmp_path / "spill"
    spill.mkdir()
    with Store.open(endpoints.postgres, loaded.pipeline) as store:
        process = subprocess.Popen(
            [sys.executable, str(script), str(where), text, str(spill)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

        def some_ranges() -> bool:
            past = store.history(1)
            return bool(past) and sum(part.ranges_done for part in past[0].parts) > 0

        try:
            until(some_ranges, within=60, what="some ranges are done")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        until(lambda: _resumes(store), within=10, what="the killed run is free")
        run = store.resume("compare")
        left = len(store.pending(run))
        assert 0 < left < 8
        read: list[Progress] = []
        options = Options(1, spill=str(spill))
        report = compare(
            loaded, endpoints, None, SETTLE, read.append, options, Checkpoints(store, run)
        )
        assert kinds(report) == KINDS
        assert (report.tables[0].rows_in_source, report.tables[0].rows_in_sink) == (ROWS, ROWS)
        assert max(each.done for each in read if each.step == "source") < ROWS
        store.finish(run, "different")
    assert list(spill.iterdir()) == []


def _resumes(store: Store) -> bool:
    return store.history(1)[0].state == "interrupted"
