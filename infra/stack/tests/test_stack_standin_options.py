"""What the stand-in of a stack is told by the environment."""

from pathlib import Path

import pytest

from messina.stack import StackError
from messina.stack.standin_options import StandinOptions, standin_options


def test_nothing_stated_is_no_flag() -> None:
    """Without variables the stand-in has no flags, and its endpoint neither user nor TLS."""
    options = standin_options({})
    assert options == StandinOptions()
    assert (options.flags, options.access) == ((), {})


def test_variables_are_flags(tmp_path: Path) -> None:
    """Each variable is the flag of its name, and endpoints.json says how to connect."""
    file = tmp_path / "file"
    file.touch()
    names = ("PASSWORD_FILE", "TLS_CERTIFICATE", "TLS_KEY")
    environ = {f"MESSINA_STANDIN_{name}": str(file) for name in names}
    options = standin_options(
        environ | {"MESSINA_STANDIN_USER": "reader", "MESSINA_STANDIN_VNODES": "8"}
    )
    assert "-Dmessina.standin.vnodes=8" in options.flags
    assert f"-Dmessina.standin.password.file={file}" in options.flags
    assert options.access == {
        "user": "reader",
        "password": f"file:{file}",
        "tls": {"ca": str(file)},
    }


@pytest.mark.parametrize("name", ["VNODES", "TLS_CA"])
def test_what_cannot_be_used_is_named(name: str) -> None:
    """A number that is none, or a file that is not there, is refused before anything starts."""
    with pytest.raises(StackError, match=f"MESSINA_STANDIN_{name}=no"):
        standin_options({f"MESSINA_STANDIN_{name}": "no"})
