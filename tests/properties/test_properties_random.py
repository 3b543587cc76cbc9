"""Random tables, random operations, writers that collide: in the end both sides are equal."""

import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest
from property_plan import drawn
from property_report import trouble
from property_world import World

from messina.testing import Stack, new_keyspace

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_SCENES: Final = int(os.environ.get("MESSINA_PROPERTY_EXAMPLES") or 3)
_STEPS: Final = int(os.environ.get("MESSINA_PROPERTY_STEPS") or 25)
_ROUNDS: Final = int(os.environ.get("MESSINA_PROPERTY_ROUNDS") or 1)
_SEED: Final = os.environ.get("MESSINA_PROPERTY_SEED") or "1"
_REPORTS: Final = os.environ.get("MESSINA_PROPERTY_REPORTS")


def _seeds() -> list[int]:
    """One for each round: the same in CI, others where a long form asks for `random`."""
    first = secrets.randbelow(10**6) if _SEED == "random" else int(_SEED)
    return [first + number for number in range(_ROUNDS)]


@pytest.mark.parametrize("seed", _seeds())
def test_postgres_equals_the_source_or_a_gap_says_why(
    stack: Stack, shared_session: Any, tmp_path: Path, seed: int
) -> None:
    """Rows are equal in the end, gaps tell all that the log can't carry, and signals heal it."""
    reports = Path(_REPORTS or tmp_path)
    with new_keyspace(stack, shared_session) as keyspace:
        scenes = [drawn(keyspace, number, _STEPS, seed) for number in range(_SCENES)]
        script = reports / f"properties-{seed}.cql"
        script.write_text("\n\n".join(scene.script(keyspace) for scene in scenes))
        world = World(stack, shared_session, keyspace, tmp_path, scenes)
        world.build()
        try:
            world.write()
            with world.judged() as judge:
                found, strange = judge.explained()
                untold = judge.untold()
                world.figures.differing = len(found)
                status = world.road.status()
                judge.count()
                again = f"MESSINA_PROPERTY_SEED={seed}, the statements are in {script}"
                assert status.code == 0, f"{status.output}\n{again}"
                assert not strange and not untold, trouble(world, strange, untold, again)
                left = judge.heal()
                assert not left, trouble(world, left, [], again)
            compared = world.road.reconcile("5s")
            assert compared.code == 0, f"{compared.output}\n{again}"
        finally:
            figures = json.dumps({"seed": seed, **asdict(world.figures)})
            (reports / f"properties-{seed}.json").write_text(figures + "\n")
            world.close()
        assert world.figures.refused < world.figures.requests / 10, "most of it must be taken"
