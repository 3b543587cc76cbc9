"""The launcher's first run makes the environment from the lock, whole or not at all."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from messina.artifacts import cache_dir, root

PYTHONS = ("python3", "python3.11", "python3.12", "python3.13", "python")

MAIN = """\
import sys, tiny
print(tiny.WORD, *sys.argv[1:])
"""


class Checkout:
    """A checkout with the real launcher, a lock of two tiny packages, and a cache of its own."""

    def __init__(self, top: Path) -> None:
        self.top = top / "my checkout"
        self.wheels = top / "wheels"
        self.cache = top / "cache"
        self.wheels.mkdir()
        for name in ("tools/bin/messina", "tools/bootstrap.py"):
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root() / name, self.top / name)
        package = self.top / "tools" / "cli" / "src" / "messina" / "cli"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(MAIN)
        self.lock({"setuptools": "", "tiny": "WORD = 'hello'"})
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(top),
            "XDG_CACHE_HOME": str(self.cache),
            "MESSINA_PYTHON": sys.executable,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def lock(self, packages: dict[str, str]) -> None:
        lines = []
        for name, text in packages.items():
            wheel = self.wheels / f"{name}-1.0-py3-none-any.whl"
            info = f"{name}-1.0.dist-info"
            files = {
                f"{name}.py": text,
                f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
                f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            }
            files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
            with zipfile.ZipFile(wheel, "w") as archive:
                for path, content in files.items():
                    archive.writestr(path, content)
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            lines.append(f"{name}==1.0 \\\n    --hash=sha256:{digest}\n")
        lock = self.top / "tools" / "python" / "default.txt"
        lock.parent.mkdir(exist_ok=True)
        lock.write_text("".join(lines))

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.top / "tools" / "bin" / "messina", *arguments],
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str, str]:
        running = self.start(*arguments, **environ)
        out, err = running.communicate(timeout=120)
        return running.returncode, out, err

    def environments(self) -> list[str]:
        """All that lies where environments are, complete or not, but for the locks."""
        folder = self.cache / "messina" / "python"
        found = folder.iterdir() if folder.exists() else ()
        return sorted(path.name for path in found if path.suffix != ".lock")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_run_makes_the_environment_and_later_ones_use_it(checkout: Checkout) -> None:
    """Whatever is set for other Pythons it runs; a second run, by a link, makes nothing."""
    hostile = {
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": "/nowhere",
        "PIP_USER": "1",
        "PIP_TARGET": "x",
    }
    code, out, err = checkout.run("a b", **hostile)
    assert (code, out) == (0, "hello a b\n"), err
    assert "first run" in err
    assert len(checkout.environments()) == 1

    link = checkout.top.parent / "link"
    link.symlink_to(checkout.top / "tools" / "bin" / "messina")
    done = subprocess.run(
        [link], env=checkout.environ, capture_output=True, text=True, check=False, cwd="/"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")


def asked(tools: Path, expression: str) -> str:
    """What an expression gives in the bootstrap of some checkout."""
    script = f"import sys; sys.path.insert(0, sys.argv[1]); import bootstrap; print({expression})"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tools)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_another_lock_is_another_environment(checkout: Checkout) -> None:
    """Checkouts share an environment exactly as long as they have the same lock."""
    tools = checkout.top / "tools"
    before = asked(tools, "bootstrap.place()")
    checkout.lock({"setuptools": "", "tiny": "WORD = 'changed'"})

    assert asked(tools, "bootstrap.place()") != before


def test_another_hash_is_refused(checkout: Checkout) -> None:
    """A package that is not the locked one is not installed, and the message says so."""
    with (checkout.wheels / "tiny-1.0-py3-none-any.whl").open("ab") as wheel:
        wheel.write(b"more")

    code, _, err = checkout.run()
    assert code == 1
    assert "not the one that is locked (hash mismatch)" in err
    assert checkout.environments() == []


def test_no_network_says_what_the_first_run_needs(checkout: Checkout) -> None:
    """An index that nobody serves is a line, and nothing stays."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    del checkout.environ["PIP_NO_INDEX"], checkout.environ["PIP_FIND_LINKS"]

    code, _, err = checkout.run(PIP_INDEX_URL=f"http://127.0.0.1:{port}/", PIP_RETRIES="0")
    assert code == 1
    assert "the first run needs the Python package index" in err
    assert "Traceback" not in err
    assert checkout.environments() == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_first_run_leaves_nothing(
    checkout: Checkout, number: signal.Signals, code: int
) -> None:
    """Ctrl-C in the middle removes what was begun."""
    running = checkout.start()
    assert running.stderr is not None
    assert "first run" in running.stderr.readline()
    os.killpg(running.pid, number)
    _, err = running.communicate(timeout=60)

    assert running.returncode == code
    assert "Traceback" not in err
    assert checkout.environments() == []


def test_a_killed_first_run_counts_for_nothing(checkout: Checkout) -> None:
    """After kill -9 the next run makes the environment whole, and what lay around is gone."""
    running = checkout.start()
    assert running.stderr is not None
    running.stderr.readline()
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    left = checkout.environments()
    assert all(name.startswith(".") for name in left)

    code, out, err = checkout.run()
    assert (code, out) == (0, "hello\n"), err
    assert len(checkout.environments()) == 1


def test_two_first_runs_make_it_once(checkout: Checkout) -> None:
    """The second waits for the first, says so, and uses what it made."""
    first = checkout.start()
    assert first.stderr is not None
    assert "first run" in first.stderr.readline()
    second = checkout.start()
    assert second.stderr is not None
    assert "another messina is making" in second.stderr.readline()

    assert first.communicate(timeout=60)[0] == second.communicate(timeout=60)[0] == "hello\n"
    assert len(checkout.environments()) == 1


def fake_pythons(folder: Path, text: str) -> None:
    folder.mkdir()
    for name in PYTHONS:
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    for name in ("sh", "readlink", "dirname"):
        tool = shutil.which(name)
        assert tool is not None
        (folder / name).symlink_to(tool)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo Python 3.10.4; exit 1", "found: no python3"),
        ("exit 127", "found: no python3 that runs"),
    ],
)
def test_a_python_that_does_not_fit_is_refused(
    checkout: Checkout, tmp_path: Path, script: str, found: str
) -> None:
    """The message says what is needed, what was found, and that nothing was changed."""
    fake_pythons(tmp_path / "bin", script)
    del checkout.environ["MESSINA_PYTHON"]

    code, _, err = checkout.run(PATH=str(tmp_path / "bin"))
    assert code == 1
    assert "needs CPython 3.11, 3.12 or 3.13" in err
    assert found in err
    assert "Nothing was changed" in err


def test_an_old_python_is_named(checkout: Checkout, tmp_path: Path) -> None:
    """Where only an old Python is, its version is in the message."""
    fake_pythons(tmp_path / "bin", 'test "$1" = --version || exit 1; echo Python 3.9.2')
    del checkout.environ["MESSINA_PYTHON"]

    code, _, err = checkout.run(PATH=str(tmp_path / "bin"))
    assert code == 1
    assert "found: Python 3.9.2." in err


def test_a_stated_python_is_not_replaced_by_another(checkout: Checkout) -> None:
    """MESSINA_PYTHON that does not run is an error, even where another Python would do."""
    code, _, err = checkout.run(MESSINA_PYTHON="/nowhere/python")

    assert code == 1
    assert "found: no /nowhere/python that runs" in err


def test_a_cache_that_cannot_be_made_is_one_line(checkout: Checkout, tmp_path: Path) -> None:
    """A file where the cache should be is told with its name, and what to set."""
    (tmp_path / "file").touch()

    code, _, err = checkout.run(XDG_CACHE_HOME=str(tmp_path / "file"))
    assert code == 1
    assert str(tmp_path / "file") in err
    assert "XDG_CACHE_HOME" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("home", ["", "relative", "/absolute"])
def test_launcher_and_libraries_mean_the_same_cache(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bootstrap cannot import where the cache is, and must say the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    assert asked(root() / "tools", "bootstrap.cache()") == str(cache_dir())
