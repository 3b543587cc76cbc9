"""How soon the watcher acts again once the broker is back, in which its lead and its memory are.

Only with MESSINA_PERFORMANCE=long; MESSINA_OUTAGES is how often each fault (1). Each trial is
printed, and appended to lead.jsonl in MESSINA_PERFORMANCE_REPORTS, if that names a folder.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session
from deployer_pipelines import FLIGHTS, Pipeline, own_pipeline
from deployer_watchers import Watching, refusing, watching
from performance_faults import FAULTS, Part
from performance_trials import percentile

from messina.testing import Stack, until

pytestmark = pytest.mark.stack

LONG = os.environ.get("MESSINA_PERFORMANCE") == "long"
COUNT = int(os.environ.get("MESSINA_OUTAGES", "1"))
GOAL_S = 10.0
# Restarts come every two seconds, however often they were in vain: what is left is the lead's.
WATCH = "watch: {backoff: 100ms, longest_backoff: 2s, failures: 100, window: 60s}\n"


@pytest.fixture()
def pipeline(stack: Stack, tmp_path: Path) -> Iterator[Pipeline]:
    """One whose sink a test can make fail."""
    with own_pipeline(stack, tmp_path, (FLIGHTS,)) as made:
        plain = made.file.read_text()
        sink = f"{{schema: {made.schema}, connector: messina}}"
        made.file.write_text(plain.replace(f"{{schema: {made.schema}}}", sink) + WATCH)
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


def _trial(watcher: Watching, part: Part, fault: str) -> dict[str, object]:
    """Break the broker; how many seconds after it was back the watcher led, and acted."""
    watcher.until("restarted", within=60, more_than=len(watcher.events("restarted")))
    told = len(watcher.told)
    broken = part.broken(fault)
    back = time.monotonic() - (time.time() - broken.back)

    def acted() -> list[tuple[float, str]]:
        after = [(at - back, one["event"]) for at, one in watcher.told[told:]]
        at = next((n for n, (at, event) in enumerate(after) if at > 0 and _acts(event)), None)
        # what could not be done is told at once behind it; what was done fails once more
        failed = at is not None and any(event == "failed" for _, event in after[at:])
        return after if failed else []

    events = until(acted, within=90, what=f"the watcher acts after {part.name}'s {fault}")
    undone = [event for _, event in events].count("not done")
    acts = [at for at, event in events if at > 0 and _acts(event)]
    return {
        "fault": fault,
        "down": round(broken.back - broken.gone, 1),
        "leads": _last(events, "leads"),
        "sees": _last(events, "sees"),
        "acts": round(acts[min(undone, len(acts) - 1)], 1),
        "events": [(round(at, 1), event) for at, event in events],
        "load": round(os.getloadavg()[0], 1),
    }


def _acts(event: str) -> bool:
    return event == "restarted"


def _last(events: list[tuple[float, str]], name: str) -> float | None:
    found = [round(at, 1) for at, event in events if event == name]
    return found[-1] if found else None


@pytest.mark.skipif(not LONG, reason="MESSINA_PERFORMANCE=long breaks the broker, many times")
def test_the_watcher_acts_soon_after_the_broker_is_back(
    stack: Stack, pipeline: Pipeline, cql: Session
) -> None:
    """A sink whose task fails all the time is restarted within ten seconds of the broker being
    back after kill -9, and after it was frozen for 20 s."""
    reports = os.environ.get("MESSINA_PERFORMANCE_REPORTS")
    part = Part(stack, "kafka")
    trials = []
    with refusing(pipeline), watching(pipeline) as watcher:
        watcher.until("leads")
        cql.execute(f"INSERT INTO {pipeline.keyspace}.flights (id, carrier) VALUES (1, 'UA')")
        for _ in range(COUNT):
            for fault in FAULTS:
                trials.append(_trial(watcher, part, fault))
                print(json.dumps(trials[-1]))  # noqa: T201
                if reports:
                    with (Path(reports) / "lead.jsonl").open("a") as out:
                        out.write(json.dumps(trials[-1]) + "\n")
    took = [float(str(trial["acts"])) for trial in trials]
    assert percentile(took, 0.95) < GOAL_S, took
