"""Artifacts from a repository of the test's own: fetched once, checked, safe against kills."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from messina.artifacts import DownloadFailed, HashMismatch, Progress, ensure, lock
from messina.artifacts.maven import repository
from messina.artifacts.sets import Locked, read_lock, write_lock

BIG = 200_000

FETCH = """\
import sys
from pathlib import Path
from messina.artifacts import ensure
print("begun", flush=True)
ensure(Path(sys.argv[1]), repositories={"here": sys.argv[2]})
"""


class Repository:
    """A Maven repository over HTTP, whose files and moods a test sets."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.halfway = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def add(self, name: str, content: bytes) -> Locked:
        entry = Locked(
            groupId="org.example",
            artifactId=name,
            version="1",
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )
        self.files[f"/{entry.path}"] = content
        return entry

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked[request.path] += 1
        content = self.files.get(request.path)
        if content is None:
            request.send_error(404)
            return
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        middle = len(content) // 2
        request.wfile.write(content[:middle])
        request.wfile.flush()
        self.halfway.set()
        if self.broken[request.path] > 0:
            self.broken[request.path] -= 1
            request.close_connection = True
            return
        self.go_on.wait(30)
        with suppress(OSError):  # who asked was killed
            request.wfile.write(content[middle:])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Repository]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repository = Repository()
    yield repository
    repository.close()


def locked_set(tmp_path: Path, *entries: Locked) -> Path:
    folder = tmp_path / "set"
    folder.mkdir(exist_ok=True)
    (folder / "artifacts.toml").write_text("single = []\n")
    write_lock(folder, entries, "test")
    return folder


def kept() -> list[str]:
    store = repository()
    return sorted(path.name for path in store.rglob("*") if path.suffix == ".jar")


def test_a_set_is_fetched_once(server: Repository, tmp_path: Path) -> None:
    """What the store has is not fetched again, and the bytes that were announced are those."""
    folder = locked_set(tmp_path, server.add("a", b"a" * BIG), server.add("b", b"b"))
    steps: list[Progress] = []

    files = ensure(folder, steps.append, repositories={"here": server.url})
    again = ensure(folder, repositories={"here": server.url})

    assert [path.read_bytes() for path in files] == [b"a" * BIG, b"b"]
    assert again == files
    assert steps[-1].done == steps[-1].total == BIG + 1
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert server.asked["/org/example/a/1/a-1.jar"] == 1


def test_another_hash_is_refused_and_not_kept(server: Repository, tmp_path: Path) -> None:
    """A file that is not the locked one never enters the store; those that are right stay."""
    good, bad = server.add("good", b"good"), server.add("bad", b"before")
    server.files[f"/{bad.path}"] = b"behind"
    folder = locked_set(tmp_path, good)
    ensure(folder, repositories={"here": server.url})
    write_lock(folder, (good, bad), "test")

    with pytest.raises(HashMismatch, match="org.example:bad:1 came with SHA-256") as caught:
        ensure(folder, repositories={"here": server.url})

    assert "messina artifacts lock" in str(caught.value)
    assert kept() == ["good-1.jar"]
    assert not (repository() / ".staging").exists()


def test_a_changed_file_is_fetched_anew(server: Repository, tmp_path: Path) -> None:
    """A stored file whose bytes changed, with the same length, is replaced before it is used."""
    folder = locked_set(tmp_path, server.add("a", b"right"))
    (path,) = ensure(folder, repositories={"here": server.url})
    path.write_bytes(b"wrong")

    assert ensure(folder, repositories={"here": server.url}) == (path,)
    assert path.read_bytes() == b"right"


def test_a_cut_file_is_fetched_anew(server: Repository, tmp_path: Path) -> None:
    """A stored file that lost its end is replaced."""
    folder = locked_set(tmp_path, server.add("a", b"right"))
    (path,) = ensure(folder, repositories={"here": server.url})
    os.truncate(path, 2)

    ensure(folder, repositories={"here": server.url})
    assert path.read_bytes() == b"right"


def test_a_damaged_memory_costs_only_a_hash(server: Repository, tmp_path: Path) -> None:
    """Without the list of verified files everything is verified again, and nothing fetched."""
    folder = locked_set(tmp_path, server.add("a", b"right"))
    ensure(folder, repositories={"here": server.url})
    (repository() / ".verified.json").write_text("[not")

    ensure(folder, repositories={"here": server.url})
    assert server.asked["/org/example/a/1/a-1.jar"] == 1


def test_a_broken_connection_is_tried_again(server: Repository, tmp_path: Path) -> None:
    """A transfer that breaks off goes through at the second attempt; progress ends at the total."""
    entry = server.add("a", b"a" * BIG)
    server.broken[f"/{entry.path}"] = 1
    steps: list[Progress] = []

    (path,) = ensure(locked_set(tmp_path, entry), steps.append, repositories={"here": server.url})

    assert path.stat().st_size == BIG
    assert steps[-1].done == BIG


def test_no_network_is_one_line(server: Repository, tmp_path: Path) -> None:
    """Where nobody answers, the message names the artifact, and nothing stays half written."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    folder = locked_set(tmp_path, server.add("a", b"a"))

    with pytest.raises(DownloadFailed, match=r"^org\.example:a:1 .*\(no connection\)") as caught:
        ensure(folder, repositories={"here": f"http://127.0.0.1:{port}"})

    assert "\n" not in str(caught.value)
    assert str(port) not in str(caught.value)
    assert kept() == []


def test_what_is_in_no_repository_is_named(server: Repository, tmp_path: Path) -> None:
    """A 404 is not a network problem, and the message says which artifact it was."""
    entry = server.add("a", b"a")
    server.files.clear()

    with pytest.raises(DownloadFailed, match="org.example:a:1 could not be fetched .*not found"):
        ensure(locked_set(tmp_path, entry), repositories={"here": server.url})


def start(folder: Path, server: Repository) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, str(folder), server.url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_download_leaves_nothing_that_counts(server: Repository, tmp_path: Path) -> None:
    """After kill -9 in the middle of a file the next run fetches it whole."""
    folder = locked_set(tmp_path, server.add("a", b"a" * BIG))
    server.go_on.clear()
    with start(folder, server) as running:
        assert server.halfway.wait(30)
        running.send_signal(signal.SIGKILL)
    server.go_on.set()
    assert not (repository() / read_lock(folder)[0].path).exists()

    (path,) = ensure(folder, repositories={"here": server.url})

    assert path.read_bytes() == b"a" * BIG
    assert not (repository() / ".staging").exists()


def test_two_at_once_fetch_once(server: Repository, tmp_path: Path) -> None:
    """Of two processes that want the same file one fetches it, and the other waits for that."""
    folder = locked_set(tmp_path, server.add("a", b"a" * BIG))
    server.go_on.clear()
    with start(folder, server) as first, start(folder, server) as second:
        for process in (first, second):
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
        assert server.halfway.wait(30)
        server.go_on.set()
        assert (first.wait(30), second.wait(30)) == (0, 0)

    assert server.asked["/org/example/a/1/a-1.jar"] == 1
    assert kept() == ["a-1.jar"]


def test_a_lock_is_made_from_what_the_repository_has(server: Repository, tmp_path: Path) -> None:
    """`lock` writes the hash and size of exactly the files that were asked for."""
    entry = server.add("a", b"content")
    folder = locked_set(tmp_path)
    (folder / "artifacts.toml").write_text('single = ["org.example:a:1"]\n')

    assert lock(folder, repositories={"here": server.url}) == (entry,)
    assert read_lock(folder) == (entry,)


def test_a_lock_that_cannot_be_made_leaves_the_old_one(server: Repository, tmp_path: Path) -> None:
    """When something is not to be had, the old lock is as it was."""
    folder = locked_set(tmp_path, server.add("a", b"content"))
    before = (folder / "jgo.lock.toml").read_bytes()
    (folder / "artifacts.toml").write_text('single = ["org.example:nowhere:1"]\n')

    with pytest.raises(DownloadFailed, match="its old lock is untouched"):
        lock(folder, repositories={"here": server.url})
    assert (folder / "jgo.lock.toml").read_bytes() == before
