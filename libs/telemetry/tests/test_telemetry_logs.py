"""Logs are JSON lines with identity and correlation, and without secrets."""

import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from messina.secrets import SecretValue
from messina.telemetry import (
    configure_logging,
    correlation,
    correlation_id,
    get_logger,
    logs_are_json,
    redact,
)

MARK = "hunter2-4711"


@pytest.fixture()
def stream() -> Iterator[io.StringIO]:
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.root.handlers.clear()
    target = io.StringIO()
    configure_logging("reconciler", "1.2.3", stream=target)
    yield target
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_who_when_and_what(stream: io.StringIO) -> None:
    """One line, one JSON object: time, level, event, service, version and the given values."""
    get_logger("x").info("row found", table="flights", count=3)
    (line,) = lines(stream)
    stamp = datetime.fromisoformat(line.pop("timestamp"))
    assert stamp.utcoffset() == timedelta(0)
    assert line == {
        "event": "row found",
        "level": "info",
        "service": "reconciler",
        "version": "1.2.3",
        "table": "flights",
        "count": 3,
    }


def test_other_libraries_log_the_same_way(stream: io.StringIO) -> None:
    """What a library logs through the standard library has the same form."""
    with correlation("c1"):
        logging.getLogger("cassandra").warning("lost %s", "node")
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["correlation_id"]) == ("lost node", "warning", "c1")


def test_a_correlation_is_in_every_line_inside_it(stream: io.StringIO) -> None:
    """Lines inside carry the ID, nested work shares it, lines outside have none."""
    log = get_logger("x")
    log.info("before")
    with correlation() as outer:
        log.info("inside")
        with correlation() as inner:
            log.info("nested")
        with correlation("other"):
            log.info("another")
    assert inner == outer
    assert [line.get("correlation_id") for line in lines(stream)] == [None, outer, outer, "other"]
    assert correlation_id() is None


def test_threads_do_not_share_a_correlation() -> None:
    """Work in another thread has its own ID."""
    with correlation("mine"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(correlation_id).result() is None
        assert correlation_id() == "mine"


def test_an_exception_is_one_line(stream: io.StringIO) -> None:
    """A traceback does not break the line."""
    try:
        raise RuntimeError("first\nsecond")
    except RuntimeError:
        get_logger("x").exception("failed")
    (line,) = lines(stream)
    assert "RuntimeError" in line["exception"]


def test_the_level_is_a_threshold(stream: io.StringIO) -> None:
    """Debug lines are left out unless asked for, and a level that is none is refused."""
    get_logger("x").debug("quiet")
    assert lines(stream) == []
    with pytest.raises(ValueError, match="loud"):
        configure_logging("s", "1", level="loud")


def test_secrets_are_masked(stream: io.StringIO) -> None:
    """SecretValues, keys that name a secret and passwords in URLs are masked, however deep."""
    get_logger("x").info(
        f"open postgres://me:{MARK}@host/db",
        password=MARK,
        pg={"db_password": MARK, "user": "me", "headers": [{"token": MARK}]},
        value=SecretValue(MARK),
        many=[SecretValue(MARK)],
    )
    logging.getLogger("lib").error("open %s", f"http://me:{MARK}@host/")
    assert MARK not in stream.getvalue()
    assert lines(stream)[0]["pg"]["user"] == "me"


def test_token_ranges_are_no_secrets() -> None:
    """A ring's tokens are shown: they are places, not keys."""
    event = {"token_range": "a:b", "tokens": "1,2", "access_token": MARK}
    assert redact(None, "info", event) == {**event, "access_token": "***"}


def test_text_is_for_people(stream: io.StringIO) -> None:
    """As text a line has time, level, event and values, no colors and no secrets; twice is once."""
    configure_logging("reconciler", "1.2.3", stream=stream, form="text")
    configure_logging("reconciler", "1.2.3", stream=stream, form="text")
    assert not logs_are_json()
    with correlation("c1"):
        get_logger("x").info("row found", table="flights", password=MARK)
    (line,) = stream.getvalue().splitlines()
    assert "[info" in line
    assert "row found" in line
    assert "correlation_id=c1" in line
    assert "table=flights" in line
    assert "password=***" in line
    assert "\x1b" not in line
    with pytest.raises(ValueError, match="xml"):
        configure_logging("s", "1", form="xml")


def test_stderr_is_looked_up_when_it_is_written_to(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a stream, lines go to what stderr is then: a redirection is never written past."""
    configure_logging("reconciler", "1.2.3")
    assert logs_are_json()
    later = io.StringIO()
    monkeypatch.setattr("sys.stderr", later)
    get_logger("x").info("late")
    assert lines(later)[0]["event"] == "late"
