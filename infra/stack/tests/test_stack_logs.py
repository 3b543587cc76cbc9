"""The end of a component's log, over rotations and whatever is in it."""

from pathlib import Path

from messina.stack import tail
from messina.stack.logs import exists


def test_the_last_lines_are_the_last_lines(tmp_path: Path) -> None:
    """As many as were asked for, whatever their length, without half ones."""
    log = tmp_path / "x.log"
    lines = [f"{number} " + "x" * (number * 97 % 5000) for number in range(200)]
    log.write_text("\n".join(lines) + "\n")

    for count in (0, 1, 7, 150, 200, 1000):
        assert tail(log, count).splitlines() == (lines[-count:] if count else [])


def test_older_files_of_a_rotated_log_count(tmp_path: Path) -> None:
    """A log that was rotated a moment ago is not empty."""
    (tmp_path / "x.log").write_text("5\n6\n")
    (tmp_path / "x.log.1").write_text("3\n4\n")
    (tmp_path / "x.log.2").write_text("1\n2\n")

    assert tail(tmp_path / "x.log", 3).splitlines() == ["4", "5", "6"]
    assert tail(tmp_path / "x.log", 99).splitlines() == list("123456")
    (tmp_path / "x.log").unlink()
    assert tail(tmp_path / "x.log", 1) == "4"
    assert exists(tmp_path / "x.log")


def test_no_log_is_no_text(tmp_path: Path) -> None:
    """Nothing was logged: nothing is shown, and no error."""
    assert tail(tmp_path / "x.log", 5) == ""
    assert not exists(tmp_path / "x.log")


def test_a_log_that_is_not_text_is_shown_anyway(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 do not hide the rest."""
    (tmp_path / "x.log").write_bytes(b"\xff\xfe bad\ngood\n")

    assert tail(tmp_path / "x.log", 1) == "good"
