"""Makes the Python environment of a checkout on first use, then runs `messina` in it.

Only the standard library: nothing else is there yet. The environment is made from
tools/python/default.txt, each file checked against its hash, in the machine-wide cache under a
name that is a hash of the lock and the interpreter. Checkouts with the same lock share it. It gets
that name by one rename when it is complete, under a lock that the kernel drops with its holder, so
a killed first run leaves nothing that looks usable, and two first runs make it once.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "python" / "default.txt"
_RECIPE = "2"  # raise it when the way of making the environment changes
_COUNT = """\
import sys
from pip._vendor.packaging.requirements import Requirement
lines = [l.split(" \\\\")[0].strip() for l in open(sys.argv[1]) if "==" in l and l[0].isalnum()]
print(sum(1 for r in map(Requirement, lines) if r.marker is None or r.marker.evaluate()))
"""


_NOT_FOR_US = (
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV"),
    *("PIP_QUIET", "PIP_VERBOSE", "PIP_DRY_RUN", "PIP_CONSTRAINT", "PIP_REQUIREMENT"),
)


class BootstrapError(Exception):
    """The environment could not be made; the text says what to do."""


def main() -> None:
    """Makes the environment if need be and becomes `messina`."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        python = environment() / "bin" / "python"
    except BootstrapError as error:
        sys.exit(f"messina: {error}")
    except OSError as error:
        sys.exit(f"messina: {refusal(error)}")
    except KeyboardInterrupt:
        end_bar()
        say("interrupted; nothing was left half made. Run the same command again")
        sys.exit(130)
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, source_roots()))
    os.environ["MESSINA_ROOT"] = str(ROOT)
    # Of another environment that may be active; ours is complete.
    os.environ.pop("PYTHONHOME", None)
    # -P: no module out of the folder that the person is in.
    os.execv(python, [str(python), "-P", "-m", "messina.cli", *sys.argv[1:]])


def source_roots() -> list[Path]:
    """Every `src` folder of the checkout, as pyproject.toml and pants.toml have them."""
    return sorted(
        path
        for pattern in ("libs/*/src", "services/*/src", "infra/*/src", "tools/*/src")
        for path in ROOT.glob(pattern)
    )


def environment() -> Path:
    """The folder of the environment, made if it is not there.

    Raises:
        BootstrapError: pip or venv failed.
    """
    target = place()
    if not complete(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with only_one(target.with_name(f"{target.name}.lock")):
            if not complete(target):
                make(target)
    return target


def place() -> Path:
    """Where the environment of this lock and this Python belongs."""
    version = ".".join(map(str, sys.version_info[:3]))
    seed = f"{_RECIPE} {version} {os.path.realpath(sys.executable)} ".encode()
    key = hashlib.sha256(seed + LOCK.read_bytes()).hexdigest()[:16]
    return cache() / "python" / f"{version}-{key}"


def complete(target: Path) -> bool:
    """Whether the environment is there, with the Python that it was made of."""
    return os.access(target / "bin" / "python", os.X_OK)


def cache() -> Path:
    """The same folder as `messina.artifacts.cache_dir`, which cannot be imported yet."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "messina"


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Holds a lock file; says so when another process has it."""
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another messina is making the Python environment; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make(target: Path) -> None:
    """Makes the environment beside `target` and renames it when it is whole."""
    # Of killed runs. Ours gets a name of its own: their pip may still be writing.
    for left in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        say(f"first run: making the Python environment in {target}")
        made = subprocess.run(
            [sys.executable, "-I", "-m", "venv", str(fresh)],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise BootstrapError(
                f"{sys.executable} cannot make virtual environments "
                f"({last_line(made.stdout + made.stderr)}). On Debian and Ubuntu: "
                "apt install python3-venv. Or name another Python with MESSINA_PYTHON"
            )
        python = fresh / "bin" / "python"
        # What builds the one source distribution in the lock comes from the lock too.
        tools = fresh / "build-tools.txt"
        tools.write_text(entry("setuptools"))
        pip(python, "-r", str(tools))
        counted = subprocess.run(
            [python, "-I", "-c", _COUNT, str(LOCK)], capture_output=True, text=True, check=True
        )
        pip(
            python,
            *("--no-build-isolation", "--use-pep517", "-r", str(LOCK)),
            total=int(counted.stdout),
        )
        fresh.chmod(0o755)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def entry(name: str) -> str:
    """One package's lines of the lock, hashes included."""
    found = re.search(rf"^{name}==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    if found is None:
        raise BootstrapError(f"{LOCK} has no entry {name}; restore it: git checkout -- {LOCK}")
    return found.group()


def pip(python: Path, *arguments: str, total: int | None = None) -> None:
    """Runs `pip install` on locked requirements, turning its lines into progress."""
    command = [str(python), "-I", "-m", "pip", "install", "--no-input", "--progress-bar=off"]
    command += ["--no-user", "--require-hashes", "--no-deps", *arguments]
    # Where packages come from (index, proxy, certificates) is the person's; where they go is ours.
    environ = {name: text for name, text in os.environ.items() if name not in _NOT_FOR_US}
    environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
    )
    assert running.stdout is not None
    lines: list[str] = []
    fetched = 0
    try:
        for line in running.stdout:
            lines.append(line.rstrip())
            if total is None:
                continue
            if line.startswith("Collecting "):
                fetched += 1
                bar(min(fetched, total), total)
            elif line.startswith("Installing collected packages"):
                end_bar()
                say(f"installing {total} packages")
        running.wait()
    except BaseException:
        running.terminate()
        running.wait()
        raise
    if running.returncode != 0:
        end_bar()
        raise BootstrapError(advice(lines))


def advice(lines: list[str]) -> str:
    """What to do about a pip that failed."""
    told = [line for line in lines if line.startswith(("ERROR", "WARNING"))]
    errors = [line for line in told if line.startswith("ERROR")] or lines[-1:] or ["nothing"]
    if any("DO NOT MATCH THE HASHES" in line for line in told):
        wrong = [line.strip() for line in lines if re.search(r"^\s+\S+==\S+ from ", line)]
        return (
            "a package is not the one that is locked (hash mismatch); nothing was installed. "
            "Somebody may be tampering with the download, or a cache on the way is damaged. "
            "Run the same command again; if it stays, do not work around it. "
            f"pip said: {' '.join(wrong) or errors[-1]}"
        )
    if any(os.strerror(errno.ENOSPC) in line for line in lines):
        return (
            f"no room left in {cache()}; nothing was left half made. Make room there, or set "
            "XDG_CACHE_HOME to another folder, then run the same command again"
        )
    if re.search(r"(?i)connection|resolution|timed out|network|no matching", " ".join(told)):
        return (
            "the packages could not be fetched; the first run needs the Python package index. "
            "Check the network (or pip's index and proxy settings) and run the same command again. "
            f"pip said: {errors[-1]}"
        )
    return "pip failed; nothing was left half made. pip said:\n" + "\n".join(lines[-8:])


def refusal(error: OSError) -> str:
    """What to do when the machine refused."""
    return (
        f"{error.strerror or error} ({error.filename or cache()}); nothing was left half made. "
        "Make room there or give this user access, or set XDG_CACHE_HOME to another folder, then "
        "run the same command again"
    )


_on_terminal = sys.stderr.isatty()
_open_bar = False


def say(text: str) -> None:
    """A line to the person."""
    sys.stderr.write(f"messina: {text}\n")
    sys.stderr.flush()


def bar(done: int, total: int) -> None:
    """Packages fetched of those in the lock for this machine."""
    global _open_bar
    if _on_terminal:
        filled = 30 * done // total
        sys.stderr.write(f"\rmessina: fetching packages [{'#' * filled:<30}] {done}/{total}")
        sys.stderr.flush()
        _open_bar = True
    elif done % 15 == 0 or done == total:
        say(f"fetching packages {done}/{total}")


def end_bar() -> None:
    """Ends a drawn bar's line."""
    global _open_bar
    if _open_bar:
        sys.stderr.write("\n")
        _open_bar = False


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"


if __name__ == "__main__":
    main()
