"""How fast rows are compared, and with how much memory: ratios, as machines differ.

MESSINA_COMPARE_ROWS=1000000 is the long form; its figures are printed (-s).
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from cassandra.cluster import Session
from performance_tables import DIFFERENT, NAMES, Sides

from messina import postgres, scylla
from messina.pipeline import Endpoints, parse_spec
from messina.reconciler import compare
from messina.reconciler.scanning import Options

pytestmark = pytest.mark.stack

ROWS = int(os.environ.get("MESSINA_COMPARE_ROWS", "20000"))
SETTLE = timedelta(seconds=1)
MEGABYTE = 2**20


@pytest.fixture()
def sides(cql: Session, keyspace: str, postgres_dsn: str) -> Iterator[Sides]:
    """Where tables are made, on both sides."""
    with postgres.connect(postgres_dsn, application_name="messina-tests") as connection:
        connection.execute(postgres.create_schema(keyspace))
        yield Sides(cql, connection, keyspace)
        connection.execute(f"DROP SCHEMA {keyspace} CASCADE")


def spec_of(keyspace: str, table: str) -> str:
    return (
        f"pipeline: p\nsource: {{keyspace: {keyspace}}}\nsink: {{schema: {keyspace}}}\n"
        f"tables: [{{name: {table}}}]"
    )


def read_only(endpoints: Endpoints, sides: Sides, table: str) -> tuple[float, float]:
    """Read all rows of both sides, one after the other; return seconds of the clock, and of CPU."""
    began, worked = time.monotonic(), time.process_time()
    where = endpoints.scylla
    with scylla.connect(where.contact_points, where.local_datacenter) as session:
        scylla.read_bytes(session)
        schema = scylla.table_schema(session, sides.keyspace, table)
        count = sum(
            len(page)
            for each in scylla.token_ranges(8)
            for page in scylla.pages(session, schema, each, NAMES)
        )
    found = postgres.inspect_table(sides.sink, sides.keyspace, table)
    assert found is not None
    count -= sum(len(some[0]) for some in postgres.read_columns(sides.sink, found, NAMES))
    assert abs(count) < 100
    return time.monotonic() - began, time.process_time() - worked


def test_fifty_differences_are_found_and_no_other(endpoints: Endpoints, sides: Sides) -> None:
    """Of every kind, among very many rows; it costs less than six times what reading costs."""
    sides.make("t", ROWS)
    sides.plant("t")
    plain, plain_cpu = read_only(endpoints, sides, "t")
    spec = parse_spec(spec_of(sides.keyspace, "t"))
    began, worked = time.monotonic(), time.process_time()
    report = compare(spec, endpoints, settle=SETTLE, options=Options(1))
    cpu = time.process_time() - worked
    assert Counter(each.kind for each in report.discrepancies) == DIFFERENT
    assert report.tables[0].in_flight == report.tables[0].unsettled == 0
    took = time.monotonic() - began
    sys.stdout.write(
        f"\n{ROWS:,} rows: compared in {took:.1f} s, {ROWS / took:,.0f} rows/s, {cpu:.1f} s of CPU;"
        f" read only: {plain:.1f} s, {plain_cpu:.1f} s of CPU\n"
    )
    assert cpu < 6 * plain_cpu + 2


CHILD = """
import sys
from datetime import timedelta
from messina.pipeline import Endpoints, parse_spec
from messina.reconciler import compare
from messina.reconciler.scanning import Options
if __name__ == "__main__":
    endpoints, spec = Endpoints.load(sys.argv[1]), parse_spec(sys.argv[2])
    options = Options(int(sys.argv[3]), memory=int(sys.argv[4]))
    report = compare(spec, endpoints, settle=timedelta(seconds=1), options=options)
    with open(sys.argv[5], "w") as file:
        file.write(f"{report.tables[0].rows_in_source} {len(report.discrepancies)}\\n")
    sys.stdin.read()
"""


def peak(
    endpoints: Endpoints, sides: Sides, table: str, processes: int, memory: int, folder: Path
) -> int:
    """Compare in a process of its own; return the bytes that it took at most, with its children."""
    where, script = folder / "endpoints.json", folder / "compare.py"
    where.write_text(endpoints.model_dump_json(), encoding="utf-8")
    script.write_text(CHILD, encoding="utf-8")
    said = folder / f"{table}.txt"
    command = [sys.executable, str(script), str(where), spec_of(sides.keyspace, table)]
    command += [str(processes), str(memory), str(said)]
    most = 0
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=path
    ) as child:
        while not (said.exists() and said.read_text().endswith("\n")):
            assert child.poll() is None, child.communicate()[1]
            most = max(most, _resident(child.pid))
            time.sleep(0.05)
        alone = _high_water(child.pid)
        child.communicate()
    assert said.read_text().split()[1] == "0"
    return max(most, alone)


def _resident(pid: int) -> int:
    total = 0
    try:
        main = psutil.Process(pid)
        for process in (main, *main.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def _high_water(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_memory_does_not_grow_with_the_table(
    endpoints: Endpoints, sides: Sides, tmp_path: Path
) -> None:
    """Six times the rows take as much memory, which is far below what the table has."""
    few = ROWS // 4
    filling = 4_000
    sides.make("few", few, filling)
    sides.make("many", 6 * few, filling)
    small, large = (
        peak(endpoints, sides, table, 1, 192 * MEGABYTE, tmp_path) for table in ("few", "many")
    )
    sys.stdout.write(
        f"\n{few:,} rows: {small // MEGABYTE} MB; {6 * few:,} rows: {large // MEGABYTE} MB\n"
    )
    grown = 5 * few * filling
    assert large - small < grown / 4
    assert large < 300 * MEGABYTE
