"""Writers: threads with sessions of their own that play their steps, and note what came of each."""

import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from cassandra import InvalidRequest, RequestExecutionException
from cassandra.query import UNSET_VALUE
from property_plan import Step
from property_statements import NOW

from messina.pipeline import Endpoints
from messina.scylla import Session, connect, read_bytes

_PLACE = re.compile(re.escape(NOW) + r"\((-?\d+)\)")


@dataclass(frozen=True)
class Done:
    """A step that was played.

    Attributes:
        cql: as it was sent.
        begin_us: when it was sent, by this machine's clock.
        end_us: when it was answered.
        refused: why the server did not take it; None where it did.
        applied: whether its condition held; True of what has none. None where nobody knows.
    """

    step: Step
    writer: int
    cql: str
    begin_us: int
    end_us: int
    refused: str | None = None
    applied: bool | None = True


def play(endpoints: Endpoints, scripts: Sequence[Sequence[Step]]) -> list[Done]:
    """Play all scripts at once, each in a thread with its own session; in order of their ends."""
    scylla = endpoints.scylla
    ready = threading.Barrier(len(scripts))
    with ExitStack() as opened, ThreadPoolExecutor(len(scripts)) as pool:

        def work(number: int) -> list[Done]:
            session = connect(scylla.contact_points, scylla.local_datacenter)
            opened.callback(session.close)
            # What conditions return may be more than Python's types hold.
            read_bytes(session)
            ready.wait(60)
            return [_play(session, number, step) for step in scripts[number]]

        found = [done for part in pool.map(work, range(len(scripts))) for done in part]
    return sorted(found, key=lambda done: done.end_us)


def _play(session: Session, writer: int, step: Step) -> Done:
    time.sleep(step.pause_ms / 1000)
    begin = _now()
    cql = _PLACE.sub(lambda match: str(begin + int(match.group(1))), step.cql)
    refused: str | None = None
    applied: bool | None = True
    try:
        rows = _execute(session, step, cql)
        if step.statements[0].conditional:
            applied = rows[0][0] == b"\1"
    except InvalidRequest as error:
        refused, applied = str(error), False
    except RequestExecutionException:
        applied = None  # as a timeout of Paxos among many: it may be done, or not
    return Done(step, writer, cql, begin, _now(), refused, applied)


def _execute(session: Session, step: Step, cql: str) -> list[Any]:
    unset = step.statements[0].unset
    if not unset:
        return list(session.driver.execute(cql))
    return list(session.driver.execute(session.driver.prepare(cql), [UNSET_VALUE] * unset))


def _now() -> int:
    return time.time_ns() // 1000
