"""Why a record could not be written, in a word that people can ask for."""

from functools import lru_cache

from messina.deployer.resources import Value
from messina.deployer.secrecy import cleared
from messina.kafka import DeadLetter

_CODES = {
    "22001": "too-long",
    "22003": "out-of-range",
    "22007": "bad-date",
    "22008": "bad-date",
    "22021": "bad-text",
    "22P02": "bad-text",
    "22P05": "bad-text",
    "23502": "not-null",
    "23503": "foreign-key",
    "23505": "unique",
    "23514": "check",
    "23P01": "exclusion",
    "42804": "wrong-type",
    "42846": "wrong-type",
    "54000": "too-large",
}
_CLASSES = {"22": "bad-value", "23": "constraint", "P0": "trigger", "42": "wrong-type"}
_CONVERTERS = ("KEY_CONVERTER", "VALUE_CONVERTER", "HEADER_CONVERTER")
_MOST = 300


class Reason(Value):
    """Why a letter is one.

    Attributes:
        name: in a word: `not-null`, `check`, `undecodable`, `transformation`, `unknown`.
        sqlstate: Postgres' code, where it was Postgres.
        what: the constraint or column that is meant.
    """

    name: str
    sqlstate: str | None = None
    what: str | None = None

    def fits(self, asked: str) -> bool:
        """Whether this is what somebody asks for: a word, an SQLSTATE, or its class."""
        if asked.lower() == self.name:
            return True
        return self.sqlstate is not None and asked.upper() in (self.sqlstate, self.sqlstate[:2])

    def __str__(self) -> str:
        code = f" {self.sqlstate}" if self.sqlstate else ""
        return f"{self.name}{code}{f' {self.what}' if self.what else ''}"


_UNDECODABLE = Reason(name="undecodable")


def reason_of(letter: DeadLetter) -> Reason:
    """Return why a letter is one."""
    if letter.sqlstate is not None:
        return _rejected(letter.sqlstate, letter.constraint or letter.column)
    if letter.stage in _CONVERTERS:
        return _UNDECODABLE
    if letter.stage == "TRANSFORMATION":
        return Reason(name="transformation")
    # Messina's sink reports without a code just what it can't decode
    if letter.origin is not None and letter.message and letter.stage in (None, "TASK_PUT"):
        return _UNDECODABLE if _undecodable(letter) else Reason(name="rejected")
    return Reason(name="unknown")


@lru_cache(4_096)
def _rejected(code: str, what: str | None) -> Reason:
    name = _CODES.get(code) or _CLASSES.get(code[:2]) or "rejected"
    return Reason(name=name, sqlstate=code, what=what)


def message_of(letter: DeadLetter) -> str:
    """Return what was said, without passwords, in one line that is not endless."""
    text = cleared(letter.message)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _undecodable(letter: DeadLetter) -> bool:
    words = ("schema", "Avro", "wire format", "bytes", "decod", "magic")
    return any(word.lower() in letter.message.lower() for word in words)
