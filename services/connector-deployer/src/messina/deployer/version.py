"""The version of this service."""

from importlib.resources import files
from pathlib import Path


def version() -> str:
    """Return what the service's VERSION file says.

    It lies beside this module where the service was packaged, and at the top of the service's
    folder in a checkout.
    """
    packaged = files("messina.deployer").joinpath("VERSION")
    if packaged.is_file():
        return packaged.read_text().strip()
    for folder in Path(__file__).resolve().parents:
        if folder.name == "connector-deployer" and (folder / "VERSION").is_file():
            return (folder / "VERSION").read_text().strip()
    return "unknown"
