"""`tools/bin/pants`: what it says where CPython 3.9 is missing, and how it keeps its cache."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAUNCHER = ROOT / "tools" / "bin" / "pants"
REQUIREMENTS = (ROOT / "tools" / "python" / "pants.txt").read_text()


@pytest.fixture
def launcher() -> Iterator[ModuleType]:
    """The launcher as a module; it is a script, so no package holds it."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    path = ROOT / "tools" / "python" / "pants_launcher.py"
    spec = importlib.util.spec_from_file_location("pants_launcher", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_without_cpython39_it_names_the_other_way(tmp_path: Path) -> None:
    """Where no CPython 3.9 is found, it exits 69, changes nothing and says what else to run."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for tool in ("bash", "dirname"):
        found = shutil.which(tool)
        assert found
        (binaries / tool).symlink_to(found)
    home = tmp_path / "home"
    home.mkdir()

    done = subprocess.run(
        [str(binaries / "bash"), str(LAUNCHER), "test", "::"],
        env={"PATH": str(binaries), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 69
    assert done.stdout == ""
    assert "CPython 3.9" in done.stderr
    assert "`tools/bin/messina test` runs the same tests" in done.stderr
    assert list(home.iterdir()) == []


def test_a_python_of_another_version_is_not_taken(tmp_path: Path) -> None:
    """A `MESSINA_PANTS_PYTHON` that is not CPython 3.9 is passed over."""
    done = subprocess.run(
        [shutil.which("bash") or "bash", str(LAUNCHER), "--version"],
        env={
            "PATH": os.path.dirname(shutil.which("dirname") or ""),
            "HOME": str(tmp_path),
            "PYENV_ROOT": str(tmp_path),
            "MESSINA_PANTS_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 69


def test_the_cache_follows_xdg(launcher: ModuleType, tmp_path: Path) -> None:
    """What is installed lives under `$XDG_CACHE_HOME/messina/pants`, by default in `~/.cache`."""
    assert launcher.cache_home({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "messina/pants"
    assert launcher.cache_home({}) == Path.home() / ".cache/messina/pants"


def test_an_installation_is_named_by_what_is_locked(launcher: ModuleType, tmp_path: Path) -> None:
    """Another hash in the lock is another installation; the old one is left as it is."""
    now = launcher.Installation(tmp_path, REQUIREMENTS)
    other = launcher.Installation(tmp_path, REQUIREMENTS.replace("sha256:", "sha256:0", 1))
    assert now.home.name.startswith("2.17.1-")
    assert now.home != other.home


def test_a_ready_installation_is_taken_as_it_is(launcher: ModuleType, tmp_path: Path) -> None:
    """With `ready.json` in place nothing is installed, and Pants is told where its pex CLI is."""
    installation = launcher.Installation(tmp_path, REQUIREMENTS)
    installation.home.mkdir()
    installation.ready.write_text(json.dumps({"sha256": "ab" * 32, "size": 7}))

    installation.ensure()

    environment = installation.environment()
    assert environment["PANTS_PEX_CLI_URL_TEMPLATE"] == installation.pex.as_uri()
    known = json.loads(environment["PANTS_PEX_CLI_KNOWN_VERSIONS"])
    assert f"v{installation.pex_version}|linux_x86_64|{'ab' * 32}|7" in known


def test_another_version_in_pants_toml_is_refused(launcher: ModuleType, tmp_path: Path) -> None:
    """A pants.toml that asks for what is not locked is refused before anything is installed."""
    installation = launcher.Installation(tmp_path, REQUIREMENTS)
    with pytest.raises(launcher.LauncherError, match=r"asks for 2\.18\.0.*locks 2\.17\.1"):
        installation.check_version('[GLOBAL]\npants_version = "2.18.0"\n')
    assert list(tmp_path.iterdir()) == []


def test_an_unpinned_tool_is_refused(launcher: ModuleType, tmp_path: Path) -> None:
    """A lock without Pants in it is refused, with the command that renews it."""
    with pytest.raises(launcher.LauncherError, match="run tools/python/lock pants"):
        launcher.Installation(tmp_path, "pex==2.1.137 \\\n    --hash=sha256:00\n")


def test_one_pin_comes_with_all_its_hashes(launcher: ModuleType) -> None:
    """The lines of one project are its pin and its hashes, and none of the next project's."""
    text = "a==1 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\nb==2 \\\n    --hash=sha256:03\n"
    assert launcher.block(text, "a") == "".join(text.splitlines(keepends=True)[:3])
    assert launcher.block(text, "b") == "".join(text.splitlines(keepends=True)[3:])


def test_a_changed_lock_is_derived_again(launcher: ModuleType, tmp_path: Path) -> None:
    """A derived lock is stale when its source, or the index, is another than it was made from."""
    sources = tmp_path / "python"
    (sources / "locks").mkdir(parents=True)
    (sources / "default.txt").write_text("a==1\n")
    (sources / "pants.txt").write_text(REQUIREMENTS)
    installation = launcher.Installation(tmp_path, REQUIREMENTS)

    def stale(index: str = "") -> dict[str, str]:
        locks = launcher.DerivedLocks(sources, tmp_path / "cache", installation, index)
        found: dict[str, str] = locks.stale()
        return found

    (name,) = stale()
    assert name == "default"
    (sources / "locks/default.sha256").write_text(stale()["default"])
    assert list(stale()) == ["default"], "the lock itself is missing"
    (sources / "locks/default.lock").write_text("{}")
    assert stale() == {}
    assert list(stale("https://index.example/simple")) == ["default"]
    (sources / "default.txt").write_text("a==2\n")
    assert list(stale()) == ["default"]


def test_a_lock_in_the_cache_is_copied(launcher: ModuleType, tmp_path: Path) -> None:
    """What another checkout derived from the same source is taken from the cache, without pex."""
    sources = tmp_path / "python"
    sources.mkdir()
    (sources / "default.txt").write_text("a==1\n")
    installation = launcher.Installation(tmp_path, REQUIREMENTS)
    locks = launcher.DerivedLocks(sources, tmp_path / "cache", installation, "")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / f"{locks.stale()['default']}.lock").write_text("derived")

    locks.ensure()

    assert (sources / "locks/default.lock").read_text() == "derived"
    assert locks.stale() == {}


def test_two_runs_wait_for_each_other(launcher: ModuleType, tmp_path: Path) -> None:
    """Who comes second to the lock gets it when the first is done, and not before."""
    order: list[str] = []
    path = tmp_path / "deep" / "one.flock"

    def second() -> None:
        with launcher.locked(path):
            order.append("second")

    with launcher.locked(path):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]


def test_a_child_holds_the_lock_of_a_killed_run(launcher: ModuleType, tmp_path: Path) -> None:
    """A step that outlives its launcher keeps others out until it ends."""
    path = tmp_path / "one.flock"
    with launcher.locked(path) as lock:
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(lock,))
    entered = threading.Event()

    def next_run() -> None:
        with launcher.locked(path):
            entered.set()

    waiting = threading.Thread(target=next_run)
    waiting.start()
    assert not entered.wait(0.2)
    child.communicate()
    assert entered.wait(10)
    waiting.join()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        (
            {"PIP_INDEX_URL": "https://a.example", "PIP_EXTRA_INDEX_URL": "https://b.example"},
            {"PANTS_PYTHON_REPOS_INDEXES": '["https://a.example", "https://b.example"]'},
        ),
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, {}),
    ],
)
def test_pants_hears_of_the_machines_index(
    launcher: ModuleType, environ: dict[str, str], expected: dict[str, str]
) -> None:
    """pip's own variables say where packages come from, and only then is Pants told."""
    found = launcher.machine_environment(environ)
    assert found == {"NO_SCIE_WARNING": "1", **expected}


def test_pants_gets_the_machines_authority(launcher: ModuleType, tmp_path: Path) -> None:
    """A readable certificate file named in the usual variables is passed on."""
    authority = tmp_path / "ca.pem"
    authority.touch()
    found = launcher.machine_environment({"REQUESTS_CA_BUNDLE": str(authority)})
    assert found["PANTS_CA_CERTS_PATH"] == str(authority)


def test_a_failed_step_says_what_to_do(
    launcher: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a failed step wrote is shown, and the error names the step and the way on."""
    command = [sys.executable, "-c", "import sys; sys.exit('no route to the index')"]
    with (
        launcher.locked(tmp_path / "one.flock") as lock,
        pytest.raises(launcher.LauncherError, match="failed with 1.*run the same command again"),
    ):
        launcher.run(command, lock)
    assert "no route to the index" in capfd.readouterr().err


def test_a_test_run_ends_with_its_sum_and_its_code(
    launcher: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What Pants reported is summed up in the last line, old reports apart; its exit code stays."""
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "old.xml").write_text('<testsuite tests="9" time="1"/>')
    monkeypatch.setattr(launcher, "REPORTS", reports)
    report = '<testsuite tests="3" failures="1" skipped="1" time="1.5"/>'
    script = f"mkdir {reports}; echo '{report}' > {reports}/new.xml; echo fine so far; exit 7"

    code = launcher.run_tests(["sh", "-c", script], dict(os.environ))

    assert code == 7
    lines = capfd.readouterr().out.splitlines()
    assert lines == ["fine so far", "1 passed, 1 failed, 1 skipped in 1.5 s"]


def test_a_stopped_test_run_stops_pants(
    launcher: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM to the launcher is passed on to Pants; the exit code says that it was stopped."""
    monkeypatch.setattr(launcher, "REPORTS", tmp_path / "reports")
    script = f"kill -TERM {os.getpid()}; exec sleep 60"
    code = launcher.run_tests(["sh", "-c", script], dict(os.environ))
    assert code == 128 + 15
