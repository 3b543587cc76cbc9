"""Outages of the source connector's surroundings, which Connect's memory and whole log tell of."""

import os
import re
import signal
from collections.abc import Iterator
from time import monotonic, sleep

import psutil
import pytest
from days import TABLE, make_table, told, write
from lone_source import LoneSource

from messina.scylla import Session
from messina.testing import LoneStandin, Stack, running_standin, until

pytestmark = pytest.mark.stack

_WARNING = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z +(WARN|ERROR) ")


@pytest.fixture(scope="module")
def standin(stack: Stack) -> Iterator[LoneStandin]:
    """A CQL server beside the stack, so that the other tests keep theirs."""
    with running_standin() as running, running.connect() as session:
        make_table(session)
        yield running


@pytest.fixture()
def session(standin: LoneStandin) -> Iterator[Session]:
    """A session with that server."""
    with standin.connect() as opened:
        yield opened


@pytest.fixture()
def source(stack: Stack, standin: LoneStandin) -> Iterator[LoneSource]:
    """A source that reads it, not started yet."""
    made = LoneSource(stack, standin.address, TABLE)
    yield made
    made.delete()


def test_a_database_that_comes_back_is_read_on(
    source: LoneSource, standin: LoneStandin, session: Session
) -> None:
    """Without a database for 25 s the task runs on, warns every 10 s at most, and then reads on."""
    source.start()
    source.await_ids(write(session, 20), within=60)
    standin.kill()
    begin = monotonic()
    until(lambda: told(source, "reading failed"), within=20, what="the outage is told")
    # what must not happen meanwhile can't be awaited
    sleep(25 - (monotonic() - begin))
    standin.start()
    with standin.connect() as opened:
        ids = write(opened, 20)
    source.await_ids(ids, within=60)
    assert source.status().healthy(1)
    until(lambda: told(source, "is read again, after"), within=20, what="the end is told")
    log = source.log()
    begins = next(i for i, line in enumerate(log) if "reading failed" in line)
    warnings = [line for line in log[begins:] if _WARNING.match(line)]
    outage = [line for line in warnings if "reading failed" in line]
    assert 2 <= len(outage) <= 6, outage
    assert any("127.0.0.1" in line and "Connection refused" in line for line in outage), outage
    assert len(warnings) <= len(outage) + 6, warnings


def test_a_broker_that_hangs_is_waited_for(
    source: LoneSource, stack: Stack, session: Session
) -> None:
    """SIGSTOP of the broker for 20 s under writes: Connect's memory is bounded, nothing is lost."""
    source.start()
    ids = write(session, 100)
    source.await_ids(ids, within=60)
    broker = stack.status("kafka").pid
    connect = psutil.Process(stack.status("connect").pid)
    assert broker is not None
    os.kill(broker, signal.SIGSTOP)
    try:
        before = connect.memory_info().rss
        begin = monotonic()
        while monotonic() < begin + 20:
            ids |= write(session, 100, word="x" * 20_000)
        grown = connect.memory_info().rss - before
    finally:
        os.kill(broker, signal.SIGCONT)
    source.await_ids(ids, within=120)
    assert source.status().healthy(1), source.status()
    assert grown < 300 << 20, f"{len(ids)} rows, {grown >> 20} MiB"
