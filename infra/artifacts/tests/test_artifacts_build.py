"""Our Java is compiled once for each content, and its JUnit tests are counted."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from messina.artifacts import (
    ArtifactError,
    BuildFailed,
    Progress,
    build,
    cache_dir,
    ensure,
    root,
    run_junit,
)

ECJ = "infra/artifacts/ecj"
JUNIT = "infra/artifacts/junit"
ROOM = "infra/a thing"

GREETING = """\
package io.messina.thing;

public final class Greeting {
  public static String text() {
    return "hello";
  }
}
"""

TEST = """\
package io.messina.thing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GreetingTest {
  @Test
  void greets() {
    assertEquals("hello", Greeting.text());
  }

  @Test
  void knowsTheCheckout() {
    assertEquals("EXPECTED", System.getProperty("messina.root"));
  }
}
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one Java room, in a folder with a space, and a cache of its own."""
    top = tmp_path / "my checkout"
    fetched = {name: ensure(root() / name) for name in (ECJ, JUNIT)}
    real = cache_dir() / "maven"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, files in fetched.items():
        shutil.copytree(root() / name, top / name)
        for file in files:
            place = cache_dir() / "maven" / file.relative_to(real)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
    room = top / ROOM
    write(room / "java.toml", f'name = "thing"\ntest = ["{JUNIT}"]\n')
    write(room / "src/main/java/io/messina/thing/Greeting.java", GREETING)
    write(room / "src/main/resources/words.txt", "one two\n")
    write(
        room / "src/test/java/io/messina/thing/GreetingTest.java",
        TEST.replace("EXPECTED", str(top)),
    )
    return top


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def compiled(checkout: Path) -> tuple[Path, bool]:
    """Builds the room; the jar, and whether that took a compiler."""
    steps: list[Progress] = []
    jar = build(checkout, ROOM, steps.append).jar
    return jar, any(step.task == "compiling thing" for step in steps)


def test_the_same_content_is_compiled_once(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second build takes the jar of the first, even when what is set for Java is nonsense."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-javaagent:/nowhere.jar")
    monkeypatch.setenv("_JAVA_OPTIONS", "-Xmx1k")
    monkeypatch.setenv("CLASSPATH", "/nowhere")
    first, fresh = compiled(checkout)
    os.utime(checkout / ROOM / "src/main/java/io/messina/thing/Greeting.java", (1, 1))
    second, again = compiled(checkout)

    assert (fresh, again) == (True, False)
    assert first == second


def test_a_change_of_anything_that_counts_is_another_jar(checkout: Path) -> None:
    """Source, resource, java.toml and the compiler's lock each make another build."""
    jars = [compiled(checkout)[0]]
    source = checkout / ROOM / "src/main/java/io/messina/thing/Greeting.java"
    changes: list[Callable[[], object]] = [
        lambda: source.write_text(GREETING.replace("hello", "good day")),
        lambda: write(checkout / ROOM / "src/main/resources/more.txt", "more"),
        lambda: (checkout / ROOM / "java.toml").write_text('name = "thing"\n'),
        lambda: write(
            checkout / ECJ / "jgo.lock.toml", (checkout / ECJ / "jgo.lock.toml").read_text() + "\n"
        ),
    ]
    for change in changes:
        change()
        jar, fresh = compiled(checkout)
        assert fresh
        jars.append(jar)
    assert len(set(jars)) == len(jars)


def test_a_jar_is_the_same_everywhere(checkout: Path) -> None:
    """The same content gives the same bytes, whenever and wherever it is built."""
    first = compiled(checkout)[0].read_bytes()
    shutil.rmtree(cache_dir() / "java")
    moved = checkout.rename(checkout.with_name("moved"))

    again, fresh = compiled(moved)
    assert fresh
    assert again.read_bytes() == first


def test_a_damaged_jar_is_built_anew(checkout: Path) -> None:
    """A cached jar that is not the one that was built is not used."""
    jar, _ = compiled(checkout)
    right = jar.read_bytes()
    jar.write_bytes(right[:-1] + b"x")

    again, fresh = compiled(checkout)
    assert (again, fresh) == (jar, True)
    assert again.read_bytes() == right


def test_two_builds_at_once_compile_once(checkout: Path) -> None:
    """The second waits for the first and takes its jar."""
    results: list[tuple[Path, bool]] = []
    threads = [
        threading.Thread(target=lambda: results.append(compiled(checkout))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(fresh for _, fresh in results) == [False, True]
    assert len({jar for jar, _ in results}) == 1


def test_a_source_edited_during_the_build_is_not_kept_under_the_old_name(checkout: Path) -> None:
    """When a source changes while the compiler runs, the jar that comes out has the new one."""
    source = checkout / ROOM / "src/main/java/io/messina/thing/Greeting.java"
    steps: list[Progress] = []

    def edit(step: Progress) -> None:
        steps.append(step)
        if len(steps) == 1:
            source.write_text(GREETING.replace("hello", "edited"))

    edited = build(checkout, ROOM, edit).jar
    source.write_text(GREETING)
    original, fresh = compiled(checkout)

    assert fresh
    assert edited != original


def test_a_compile_error_is_told_and_nothing_kept(checkout: Path) -> None:
    """The compiler's own words, with file and line, and no folder in the cache."""
    source = checkout / ROOM / "src/main/java/io/messina/thing/Greeting.java"
    source.write_text(GREETING.replace('"hello"', "42"))

    with pytest.raises(BuildFailed, match=r"Greeting\.java \(at line 5\)"):
        build(checkout, ROOM)
    assert [path.name for path in (cache_dir() / "java").iterdir()] == ["thing.lock"]


@pytest.mark.parametrize("text", ["", "name = 1", 'name = "a"\nother = 1', "["])
def test_a_java_toml_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    """A room's java.toml is read strictly."""
    write(tmp_path / "room" / "java.toml", text)

    with pytest.raises(ArtifactError, match="cannot be read as a Java room"):
        build(tmp_path, "room")


def test_junit_counts_what_passed_and_what_failed(checkout: Path) -> None:
    """The result has both numbers, and its output names the test that failed."""
    passed = run_junit(checkout, ROOM)
    assert (passed.ok, passed.tests, passed.failed) == (True, 2, 0)

    source = checkout / ROOM / "src/main/java/io/messina/thing/Greeting.java"
    source.write_text(GREETING.replace("hello", "goodbye"))
    failed = run_junit(checkout, ROOM)
    assert (failed.ok, failed.tests, failed.failed) == (False, 1, 1)
    assert "greets()" in failed.output


def test_no_tests_are_not_passed_tests(checkout: Path) -> None:
    """A room whose test sources hold no test did not pass."""
    path = checkout / ROOM / "src/test/java/io/messina/thing/GreetingTest.java"
    path.write_text("package io.messina.thing;\n\nclass GreetingTest {}\n")

    assert not run_junit(checkout, ROOM).ok
