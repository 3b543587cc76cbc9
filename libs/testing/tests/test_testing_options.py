"""The options of a test run: flags, their twins in the environment, and what is refused."""

from pathlib import Path

import pytest

from messina.testing import OptionProblem, Options
from messina.testing.options import Option, read_options

pytestmark = pytest.mark.gentle


def read(environ: dict[str, str] | None = None, **flags: str | Path) -> Options:
    stated = {f"--{name.replace('_', '-')}": str(value) for name, value in flags.items()}

    def of(option: Option) -> str | None:
        return stated.get(option.flag)

    return read_options(of, environ or {})


def test_nothing_stated_is_our_source_on_a_fresh_stack() -> None:
    """Without options a run starts its own stack, stand-in and all, and tries our connector."""
    assert read() == Options(None, None, "messina", None)


def test_the_environment_says_what_no_flag_does(tmp_path: Path) -> None:
    """Each option has a twin in the environment, and a flag wins over it."""
    (tmp_path / "official.jar").touch()
    environ = {
        "MESSINA_TEST_CQL": "10.0.0.1:9042",
        "MESSINA_TEST_SOURCE": "scylladb",
        "MESSINA_TEST_PLUGIN": str(tmp_path),
    }
    expected = Options(None, "10.0.0.1:9042", "scylladb", tmp_path.resolve())
    assert read(environ) == expected
    assert read(environ, cql="db:19042").cql == "db:19042"
    assert read({"MESSINA_TEST_AT_ONCE": "2"}).at_once == 2


def test_a_running_stack_is_taken_as_it_is(tmp_path: Path) -> None:
    """`--stack` names a home with endpoints, and leaves nothing to be started otherwise."""
    (tmp_path / "endpoints.json").touch()
    assert read(stack=tmp_path).stack == tmp_path.resolve()
    with pytest.raises(OptionProblem, match="leave them out"):
        read(stack=tmp_path, cql="127.0.0.1:9042")


def test_what_can_not_be_followed_is_refused(tmp_path: Path) -> None:
    """A stack that does not run, an unknown source, no jars, no address: each is said."""
    with pytest.raises(OptionProblem, match="no stack runs there; next: `messina up`"):
        read(stack=tmp_path)
    with pytest.raises(OptionProblem, match=r"one of messina\|scylladb"):
        read(source="debezium")
    with pytest.raises(OptionProblem, match="there is no jar"):
        read(source_plugin=tmp_path)
    with pytest.raises(OptionProblem, match="needs the official connector"):
        read(source="scylladb")
    for number in ("0", "two", "-1", "99"):
        with pytest.raises(OptionProblem, match="a number of processes from 1"):
            read(at_once=number)
    with pytest.raises(OptionProblem, match="not an address"):
        read(cql="nowhere:port")
