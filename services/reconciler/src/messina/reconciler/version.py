"""The version of this service."""

from importlib.resources import files
from pathlib import Path


def version() -> str:
    """What the service's VERSION file says.

    It lies beside this module where the service was packaged, and at the top of its folder in a
    checkout. A command's logs name it, so where neither is there it is "unknown", not an error.
    """
    packaged = files("messina.reconciler").joinpath("VERSION")
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8").strip()
    beside = Path(__file__).parents[3] / "VERSION"
    return beside.read_text(encoding="utf-8").strip() if beside.is_file() else "unknown"
