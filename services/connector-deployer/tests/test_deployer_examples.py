"""The examples are files that the loader takes, in each of their environments."""

from pathlib import Path

import pytest

from messina.pipeline import load_spec

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = sorted(file for file in EXAMPLES.glob("*.yaml") if file.stem.count(".") == 0)


def test_there_are_five() -> None:
    """One with a hundred tables, one with an overlay."""
    assert {"customers", "flights", "hundred", "orders", "sensors"} <= {f.stem for f in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_is_a_pipeline(file: Path) -> None:
    """Each is named as its file, says where editors find the schema, and has no slip in it."""
    spec = load_spec(file)
    assert spec.pipeline == file.stem
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../libs/pipeline/pipeline.schema.json"
    for overlay in EXAMPLES.glob(f"{file.stem}.*.yaml"):
        env = overlay.stem.removeprefix(f"{file.stem}.")
        assert load_spec(file, env).argument.endswith(f"--env {env}")
