"""The version of this service."""

from importlib.resources import files
from pathlib import Path


def version() -> str:
    """What the service's VERSION file says.

    It lies beside this module where the service was packaged, and at the top of its folder in a
    checkout.
    """
    packaged = files("messina.reconciler").joinpath("VERSION")
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8").strip()
    return (Path(__file__).parents[3] / "VERSION").read_text(encoding="utf-8").strip()
