"""How much of everything: the short form runs with all tests, the long one when it is asked for."""

import os
import secrets
from pathlib import Path

LONG = os.environ.get("MESSINA_CAMPAIGN") == "long"
FAULTS = int(os.environ.get("MESSINA_CAMPAIGN_FAULTS") or (30 if LONG else 4))
RACES = int(os.environ.get("MESSINA_CAMPAIGN_RACES") or (1_000 if LONG else 100))
LATE_ROWS = 400 if LONG else 40


def seed() -> int:
    """The seed of a run: that of the environment, to repeat one, or any."""
    return int(os.environ.get("MESSINA_CAMPAIGN_SEED") or secrets.randbelow(10**6))


def reports(otherwise: Path) -> Path:
    """Where figures go."""
    return Path(os.environ.get("MESSINA_CAMPAIGN_REPORTS") or otherwise)
