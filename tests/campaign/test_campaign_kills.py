"""50-row batches at full speed while everything around them is killed, restarted and moved."""

import os
import secrets
from pathlib import Path

import campaign_kills
import pytest
from campaign_kills import Course
from campaign_lane import open_lane, report
from campaign_writers import TABLES
from cassandra.cluster import Session

from messina.testing import Stack

pytestmark = pytest.mark.stack

FAULTS = int(os.environ.get("MESSINA_CAMPAIGN_FAULTS", "4"))


def test_no_fault_loses_tears_or_turns_a_row(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Whatever is killed, restarted or moved: no row lost, no batch half visible, no key back."""
    for table in TABLES:
        cql.execute(table.format(keyspace=keyspace))
    seed = int(os.environ.get("MESSINA_CAMPAIGN_SEED") or secrets.randbelow(10**6))
    with open_lane(stack, cql, keyspace, tmp_path, postgres_dsn, campaign_kills.TABLES) as lane:
        outcome = campaign_kills.run(lane, Course(faults=FAULTS, seed=seed))
    folder = Path(os.environ.get("MESSINA_CAMPAIGN_REPORTS") or tmp_path)
    text = report("kills", {"seed": seed, **outcome.as_json()}, folder)
    assert not outcome.failures, text
