"""Installs the locked Pants once, derives the lock files it reads, and becomes it.

Runs on CPython 3.9, without any library. Everything lives under ``$XDG_CACHE_HOME/messina/pants``
and is shared between checkouts:

- ``<version>-<digest>/``: Pants and the pex CLI, from the hashes in ``tools/python/pants.txt``. It
  counts only when its ``ready.json`` is there, which is written last; an install that was killed is
  made anew.
- ``locks/<digest>.lock``: Pants 2.17 subsets only locks of pex's own format, and those carry URLs.
  So the locks that are committed are pip's, and pex's are derived from them here, into
  ``tools/python/locks``, which git ignores.

Two runs at once wait for each other on a ``flock``, which their child processes hold too.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
LOCKS = Path("tools/python")
#: `report_dir` of `[test]` in pants.toml.
REPORTS = ROOT / "dist" / "test" / "reports"
#: The Python that Pants runs our code with; the pip-style locks hold for 3.11 to 3.13.
TARGET = "CPython==3.11.*"
#: The platforms for which Pants asks for its pex CLI. It is the same file for all of them.
PLATFORMS = ("linux_x86_64", "linux_arm64", "macos_x86_64", "macos_arm64")
#: From sysexits.h: something that this needs is not there.
EX_UNAVAILABLE = 69


class LauncherError(Exception):
    """Pants can't be started. The message is the line that the user sees."""


def main(arguments: Sequence[str]) -> NoReturn:
    """Make sure of Pants and its locks, then replace this process by Pants."""
    cache = cache_home(os.environ)
    installation = Installation(cache, (ROOT / LOCKS / "pants.txt").read_text())
    installation.check_version((ROOT / "pants.toml").read_text())
    installation.ensure()
    index = os.environ.get("PIP_INDEX_URL", "")
    DerivedLocks(ROOT / LOCKS, cache / "locks", installation, index).ensure()

    environment = {**os.environ, **installation.environment(), **machine_environment(os.environ)}
    os.chdir(ROOT)
    command = [str(installation.pants), *arguments]
    if "test" in arguments[: arguments.index("--") if "--" in arguments else None]:
        sys.exit(run_tests(command, environment))
    os.execve(installation.pants, command, environment)


def run_tests(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run Pants' tests and end with one line that sums them up, which Pants does not print."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    # Ctrl-C reaches Pants from the terminal itself; it stops its tests, then we sum up and end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    pants = subprocess.Popen(command, env=environment, preexec_fn=restore_signals)
    signal.signal(signal.SIGTERM, lambda number, _: pants.send_signal(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    code = pants.wait()
    code = 128 - code if code < 0 else code
    summary = [sys.executable, str(ROOT / LOCKS / "summary.py"), str(REPORTS), str(code)]
    subprocess.run(summary, check=False)
    return code


def restore_signals() -> None:
    """What is ignored or held back here is not to be so in the child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def cache_home(environ: Mapping[str, str]) -> Path:
    """Where what is downloaded or built stays, for all checkouts."""
    base = environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "messina" / "pants"


def machine_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What this machine's own certificate authority and index mean to Pants."""
    found = {"NO_SCIE_WARNING": "1"}
    for name in ("PANTS_CA_CERTS_PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if os.access(environ.get(name, ""), os.R_OK):
            found["PANTS_CA_CERTS_PATH"] = environ[name]
            break
    indexes = [environ.get("PIP_INDEX_URL", ""), *environ.get("PIP_EXTRA_INDEX_URL", "").split()]
    if indexes[0] and "PANTS_PYTHON_REPOS_INDEXES" not in environ:
        found["PANTS_PYTHON_REPOS_INDEXES"] = json.dumps(indexes)
    return found


class Installation:
    """One version of Pants and its pex CLI in the cache."""

    def __init__(self, cache: Path, requirements: str) -> None:
        self.requirements = requirements
        self.version = pinned(requirements, "pantsbuild-pants")
        self.pex_version = pinned(requirements, "pex")
        digest = digest_of(requirements, platform.python_version(), sys.executable)
        self.home = cache / f"{self.version}-{digest[:12]}"
        self.ready = self.home / "ready.json"
        self.pants = self.home / "venv" / "bin" / "pants"
        self.pex3 = self.home / "venv" / "bin" / "pex3"
        self.pex = self.home / f"pex-{self.pex_version}"

    def check_version(self, pants_toml: str) -> None:
        """Refuse a pants.toml that asks for another version than the one that is locked."""
        asked = re.search(r'^pants_version *= *"(.*)"', pants_toml, re.MULTILINE)
        if not asked or asked.group(1) != self.version:
            raise LauncherError(
                f"pants.toml asks for {asked and asked.group(1)}, tools/python/pants.txt "
                f"locks {self.version}; mend tools/python/pants.in, run tools/python/lock pants"
            )

    def ensure(self) -> None:
        """Install, unless it is there."""
        if self.ready.exists():
            return
        with locked(self.home.with_name(self.home.name + ".flock")) as lock:
            if not self.ready.exists():
                self._install(lock)

    def _install(self, lock: int) -> None:
        say(f"installing Pants {self.version} into {self.home} (once, about a minute)")
        shutil.rmtree(self.home, ignore_errors=True)
        venv.create(self.home / "venv", with_pip=True)
        locked_file = self.home / "pants.txt"
        locked_file.write_text(self.requirements)
        pip = [
            str(self.home / "venv" / "bin" / "python"),
            "-m",
            "pip",
            "--disable-pip-version-check",
        ]
        run([*pip, "install", "--quiet", "--require-hashes", "-r", str(locked_file)], lock)
        self._build_pex_cli(pip, lock)
        content = self.pex.read_bytes()
        facts = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        write_whole(self.ready, json.dumps(facts))

    def _build_pex_cli(self, pip: Sequence[str], lock: int) -> None:
        """Make the pex CLI, which Pants would fetch from elsewhere, out of the locked wheel."""
        wheels = self.home / "wheels"
        only_pex = self.home / "pex.txt"
        only_pex.write_text(block(self.requirements, "pex"))
        run(
            [
                *pip,
                "download",
                "--quiet",
                "--no-deps",
                "--require-hashes",
                "-r",
                str(only_pex),
                "-d",
                str(wheels),
            ],
            lock,
        )
        run(
            [
                *(str(self.home / "venv" / "bin" / "pex"), f"pex=={self.pex_version}", "-c", "pex"),
                *("--no-pypi", "--find-links", str(wheels), "-o", str(self.pex)),
            ],
            lock,
            {"SOURCE_DATE_EPOCH": "315532800"},
        )

    def environment(self) -> dict[str, str]:
        """Tells Pants to take the pex CLI from here."""
        facts = json.loads(self.ready.read_text())
        known = [
            f"v{self.pex_version}|{name}|{facts['sha256']}|{facts['size']}" for name in PLATFORMS
        ]
        return {
            "PANTS_PEX_CLI_URL_TEMPLATE": self.pex.as_uri(),
            "PANTS_PEX_CLI_KNOWN_VERSIONS": json.dumps(known),
        }


class DerivedLocks:
    """The locks in pex's format that belong to a checkout's pip-style ones."""

    def __init__(self, sources: Path, cache: Path, installation: Installation, index: str) -> None:
        self.sources = sources
        self.cache = cache
        self.installation = installation
        self.index = index
        self.folder = sources / "locks"

    def stale(self) -> dict[str, str]:
        """Name and digest of each lock that was derived from another source than today's."""
        found = {}
        for source in sorted(self.sources.glob("*.txt")):
            name = source.stem
            digest = digest_of(
                source.read_text(), TARGET, self.installation.pex_version, self.index
            )
            stamp = self.folder / f"{name}.sha256"
            fresh = stamp.exists() and stamp.read_text() == digest and self._lock(name).exists()
            if name != "pants" and not fresh:
                found[name] = digest
        return found

    def ensure(self) -> None:
        """Derive what is stale; once per machine and content, then copied."""
        if not self.stale():
            return
        self.folder.mkdir(exist_ok=True)
        with locked(self.cache / ".flock") as lock:
            stale = self.stale()
            with ThreadPoolExecutor(max_workers=2) as pool:
                made = [
                    pool.submit(self._derive, name, digest, lock) for name, digest in stale.items()
                ]
            for each in made:
                each.result()
            for name, digest in stale.items():
                write_whole(self._lock(name), (self.cache / f"{digest}.lock").read_text())
                write_whole(self.folder / f"{name}.sha256", digest)

    def _lock(self, name: str) -> Path:
        return self.folder / f"{name}.lock"

    def _derive(self, name: str, digest: str, lock: int) -> None:
        target = self.cache / f"{digest}.lock"
        if target.exists():
            return
        say(f"deriving {name}.lock from tools/python/{name}.txt (once per change)")
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            output = Path(folder) / "lock"
            run(
                [
                    *(
                        str(self.installation.pex3),
                        "lock",
                        "create",
                        "-r",
                        str(self.sources / f"{name}.txt"),
                    ),
                    *("--style", "universal", "--target-system", "linux", "--target-system", "mac"),
                    *(
                        "--resolver-version",
                        "pip-2020-resolver",
                        "--interpreter-constraint",
                        TARGET,
                    ),
                    *(("--index-url", self.index) if self.index else ()),
                    *("--python-path", interpreters(), "-o", str(output)),
                ],
                lock,
            )
            os.replace(output, target)


def interpreters() -> str:
    """Where pex looks for the target Python: pyenv's versions, then PATH."""
    root = Path(os.environ.get("PYENV_ROOT") or os.path.join(os.path.expanduser("~"), ".pyenv"))
    folders = [str(path) for path in sorted(root.glob("versions/*/bin"))]
    return os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])


def pinned(requirements: str, name: str) -> str:
    """The version at which a pip-style lock pins a project."""
    match = re.search(rf"^{re.escape(name)}==([^ ;\\]+)", requirements, re.MULTILINE)
    if not match:
        raise LauncherError(
            f"tools/python/pants.txt does not pin {name}; run tools/python/lock pants"
        )
    return match.group(1)


def block(requirements: str, name: str) -> str:
    """The lines of a pip-style lock that speak of one project: the pin and its hashes."""
    match = re.search(
        rf"^{re.escape(name)}==[^\n]*\n(?: +--hash[^\n]*\n)*", requirements + "\n", re.MULTILINE
    )
    if not match:
        raise LauncherError(
            f"tools/python/pants.txt does not pin {name}; run tools/python/lock pants"
        )
    return match.group(0)


def digest_of(*parts: str) -> str:
    """One name for a list of texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text)
    os.replace(partial, path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold an exclusive lock; yields its descriptor, for child processes to hold as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that holds {path}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle.fileno()


def run(command: Sequence[str], lock: int, extra: Mapping[str, str] | None = None) -> None:
    """Run a step; its output is shown only if it fails."""
    done = subprocess.run(
        command,
        env={**os.environ, **(extra or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        pass_fds=(lock,),
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise LauncherError(
            f"`{Path(command[0]).name}` failed with {done.returncode}, see above; nothing "
            "half-made is used: mend it (is the index reachable?) and run the same command again"
        )


def say(line: str) -> None:
    """A line of progress, out of the way of what Pants prints."""
    sys.stderr.write(f"tools/bin/pants: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (LauncherError, OSError) as error:
        say(str(error))
        sys.exit(EX_UNAVAILABLE)
    except KeyboardInterrupt:
        say("interrupted; nothing half-made is used: run the same command again")
        sys.exit(130)
