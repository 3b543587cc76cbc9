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
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from messina.artifacts import maven
from messina.artifacts.errors import ArtifactError, BuildFailed
from messina.artifacts.jre import java_binary
from messina.artifacts.locking import exclusive
from messina.artifacts.places import cache_dir
from messina.artifacts.progress import Listener, Progress, silent
from messina.artifacts.sets import LOCK

_ECJ = "infra/artifacts/ecj"
_RECIPE = "1"  # raise it when the way of building changes
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
    """What JUnit's console launcher said."""

    ok: bool
    tests: int
    output: str


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
    provided = _jars(root, module.provided, listener)
    key = _key(root, (root / room / "src" / "main",), (*module.runtime, *module.provided), module)
    target = cache_dir() / "java" / f"{module.name}-{key}"
    jar = target / f"{module.name}.jar"
    if not jar.exists():
        with exclusive(cache_dir() / "java" / f"{module.name}.lock"):
            if not jar.exists():
                listener(Progress(f"compiling {module.name}", 0, 1, "steps"))
                _compile_into(root, room, target, module.name, (*libraries, *provided), listener)
                listener(Progress(f"compiling {module.name}", 1, 1, "steps"))
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
            "--disable-banner",
            "--disable-ansi-colors",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    output = done.stdout + done.stderr
    counted = re.search(r"\[\s*(\d+) tests successful", output)
    return JunitResult(done.returncode == 0, int(counted.group(1)) if counted else 0, output)


def _jars(root: Path, names: tuple[str, ...], listener: Listener) -> tuple[Path, ...]:
    return tuple(
        path
        for name in names
        for path in maven.ensure(root / name, listener)
        if path.suffix == ".jar"
    )


def _key(root: Path, sources: tuple[Path, ...], sets: tuple[str, ...], module: Module) -> str:
    digest = hashlib.sha256(f"{_RECIPE} {module.model_dump_json()}".encode())
    files = [path for top in sources for path in top.rglob("*") if path.is_file()]
    files += [root / name / LOCK for name in (*sets, _ECJ)]
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _compile_into(
    root: Path, room: str, target: Path, name: str, path: tuple[Path, ...], listener: Listener
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        main = root / room / "src" / "main"
        classes = scratch / "classes"
        _compile(root, main / "java", classes, path, listener)
        _copy_resources(main / "resources", classes)
        _jar(classes, scratch / f"{name}.jar")
        shutil.rmtree(classes)
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    options.unlink()
    if done.returncode != 0:
        raise BuildFailed(
            f"{sources} does not compile; nothing was kept:\n{done.stdout}{done.stderr}"
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
