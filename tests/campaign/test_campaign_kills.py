"""50-row batches at full speed while everything around them is killed, restarted and moved."""

from pathlib import Path

import campaign_kills
import pytest
from campaign_form import FAULTS, reports, seed
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
