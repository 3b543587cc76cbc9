"""A signal, a second look and newer writes of one key at once, while slices and streams move."""

import random
from pathlib import Path

import campaign_races
import pytest
from campaign_form import RACES, reports, seed
from campaign_lane import open_lane, report
from cassandra.cluster import Session

from messina.testing import Stack, Standin

pytestmark = pytest.mark.stack


def test_the_newest_state_is_last(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Whoever wins a race for a key, the last record of the key is its newest state."""
    cql.execute(campaign_races.DDL.format(keyspace=keyspace))
    chosen = seed()
    chance = random.Random(chosen)
    with open_lane(
        stack,
        cql,
        keyspace,
        tmp_path,
        postgres_dsn,
        (campaign_races.TABLE,),
        safe_confidence="5s",
    ) as lane:
        figures, failures = campaign_races.run(
            lane,
            RACES,
            chance,
            (
                lambda: Standin(cql).new_generation(chance.choice([3, 5, 9])),
                lambda: lane.set_tasks(campaign_races.TABLE, 3),
            ),
        )
    text = report("races", {"seed": chosen, **figures, "failures": failures}, reports(tmp_path))
    assert not failures, text
