"""50-row batches at full speed while everything around them is killed, restarted and moved."""

from pathlib import Path

import campaign_kills
import pytest
from campaign_faults import FreezeWorker
from campaign_form import FAULTS, LONG, reports, seed
from campaign_kills import Course
from campaign_lane import open_lane, report
from campaign_writers import TABLES
from cassandra.cluster import Session

from messina.testing import Stack

pytestmark = pytest.mark.stack


def test_no_fault_loses_tears_or_turns_a_row(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Whatever is killed, restarted or moved: no row lost, no batch half visible, no key back."""
    for table in TABLES:
        cql.execute(table.format(keyspace=keyspace))
    chosen = seed()
    with open_lane(stack, cql, keyspace, tmp_path, postgres_dsn, campaign_kills.TABLES) as lane:
        outcome = campaign_kills.run(lane, Course(faults=FAULTS, seed=chosen))
        text = report("kills", {"seed": chosen, **outcome.as_json()}, reports(tmp_path))
    assert not outcome.failures, text


@pytest.mark.skipif(not LONG, reason="a second worker takes half a minute: MESSINA_CAMPAIGN=long")
def test_a_worker_that_comes_back_changes_nothing(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """A frozen worker whose tasks run elsewhere by now can write nothing more when it thaws."""
    for table in TABLES:
        cql.execute(table.format(keyspace=keyspace))
    chosen = seed()
    with open_lane(stack, cql, keyspace, tmp_path, postgres_dsn, campaign_kills.TABLES) as lane:
        course = Course(faults=3, kinds=(FreezeWorker(tmp_path),), seed=chosen, impatience=0)
        outcome = campaign_kills.run(lane, course)
        text = report("frozen", {"seed": chosen, **outcome.as_json()}, reports(tmp_path))
    assert not outcome.failures, text
