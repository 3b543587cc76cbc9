"""References are resolved where a value is needed, and nowhere is a value shown."""

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from messina.secrets import (
    SecretNotFound,
    SecretRef,
    SecretUnreadable,
    SecretValue,
    connect_placeholder,
    line_end,
    resolve,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

MARK = "hunter2-4711"


def test_an_environment_variable_is_read() -> None:
    """env:NAME is the variable's value."""
    assert resolve("env:PW", {"PW": MARK}).reveal() == MARK


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_is_read_without_its_line_end(tmp_path: Path, end: str) -> None:
    """file:/path is the file's text; one line end is an editor's, not the secret's."""
    file = tmp_path / "pw"
    file.write_bytes((" " + MARK + "\n" + end).encode() if end == "\n" else (MARK + end).encode())
    expected = f" {MARK}\n" if end == "\n" else MARK
    assert resolve(SecretRef("file", str(file))).reveal() == expected


@pytest.mark.parametrize(
    ("content", "length"), [(b"x", 0), (b"x\n", 1), (b"x\r\n", 2), (b"x\r", 1), (b"x\n\n", 1)]
)
def test_what_is_left_off_a_file_is_counted(tmp_path: Path, content: bytes, length: int) -> None:
    """Connect's provider keeps a line end: it is the difference between both readings."""
    file = tmp_path / "pw"
    file.write_bytes(content)
    ref = SecretRef("file", str(file))
    assert line_end(ref) == length
    assert resolve(ref).reveal().encode() == content[: len(content) - length]


def test_what_is_no_file_has_no_line_end(tmp_path: Path) -> None:
    """Variables are read alike by both; a file that can't be read is refused elsewhere."""
    assert line_end("env:PW") == 0
    assert line_end(f"file:{tmp_path}/none") == 0


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    """Nothing there: the error names the reference and what to do."""
    with pytest.raises(
        SecretNotFound, match="secret env:PW: the variable is not set. Next: export"
    ):
        resolve("env:PW", {})
    with pytest.raises(SecretNotFound, match="no such file"):
        resolve(f"file:{tmp_path}/none")


def test_an_unusable_secret_is_named(tmp_path: Path) -> None:
    """Empty, a directory or no text: said so, without a byte of it."""
    file = tmp_path / "pw"
    file.write_bytes(MARK.encode() + b"\xff")
    for ref, environ in ((f"file:{file}", {}), (f"file:{tmp_path}", {}), ("env:PW", {"PW": ""})):
        with pytest.raises(SecretUnreadable) as caught:
            resolve(ref, environ)
        assert MARK not in str(caught.value) + repr(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text", [MARK, "", "env:", "file:x", "file:", "env:A B", "${env:X}", "env:X\n"]
)
def test_a_literal_is_no_reference(text: str) -> None:
    """Only what names a place is a reference; a refusal does not repeat what it refused."""
    for act in (SecretRef.parse, resolve, connect_placeholder):
        with pytest.raises(ValueError) as caught:
            act(text)
        assert MARK not in str(caught.value)


def test_connect_reads_references_with_its_providers() -> None:
    """In a connector's configuration a reference becomes a config provider's placeholder."""
    assert connect_placeholder("env:PG_PASSWORD") == "${env:PG_PASSWORD}"
    assert connect_placeholder("file:/run/secrets/pg") == "${directory:/run/secrets:pg}"
    assert connect_placeholder(SecretRef("file", "/pg")) == "${directory:/:pg}"


@PATIENT
@given(st.text(min_size=4).filter(lambda text: text not in "SecretValue(***)"))
def test_a_value_never_shows_itself(text: str) -> None:
    """str, repr, format and f-strings show the mask, whatever the value."""
    value = SecretValue(text)
    for shown in (str(value), repr(value), f"{value}", f"{value!r:>40}", f"{value}"):
        assert text not in shown
    assert value.reveal() == text


def test_a_value_is_not_pickled_or_copied() -> None:
    """A value does not leave its process by accident."""
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not to be pickled"):
            act(SecretValue(MARK))


def test_values_compare_by_what_they_hold() -> None:
    """Equal values are equal; a value is not equal to its text."""
    assert SecretValue("a") == SecretValue("a")
    assert SecretValue("a") != SecretValue("b")
    assert len({SecretValue("a"), SecretValue("a")}) == 1
    assert SecretValue("a") != "a"


class Login(BaseModel):
    password: SecretValue


def test_a_model_holds_a_value_masked() -> None:
    """Pydantic takes a SecretValue only, and writes the mask."""
    login = Login(password=SecretValue(MARK))
    assert login.password.reveal() == MARK
    assert MARK not in login.model_dump_json() + repr(login)
    with pytest.raises(ValidationError):
        Login.model_validate({"password": MARK})
