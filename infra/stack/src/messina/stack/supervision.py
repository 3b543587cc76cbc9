"""The components run under `supervisor` (PyPI): it starts, restarts and stops them; we ask."""

import hashlib
import http.client
import os
import re
import socket
import stat
import subprocess
import sys
import xmlrpc.client
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from messina.artifacts import java_environment
from messina.stack.component import Command, write_if_changed
from messina.stack.errors import NotRunning, StackError
from messina.stack.layout import Layout
from messina.stack.logs import BACKUPS
from messina.stack.processes import mark, processes

_GUARD = Path(__file__).with_name("guard.py")
# The guard needs the standard library alone. By its own name, not by that of an environment: a
# stack that another environment's Python brought up is left as it is, not started anew.
_PYTHON = str(Path(sys.executable).resolve())
_GONE = (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._path)


class Supervisor:
    """The supervisor of one stack."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._config = layout.config("supervisor") / "supervisord.conf"

    def call(self, method: str, *arguments: Any) -> Any:
        """Calls its XML-RPC interface (its documentation, "XML-RPC API Documentation").

        Raises:
            NotRunning: it is not there (any more).
            StackError: it refused.
        """
        transport = _UnixTransport(str(self._layout.socket))
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except _GONE as error:
            raise NotRunning(
                "the stack does not run, or was stopped meanwhile; its data is kept. "
                f"`messina up` starts it ({type(error).__name__})"
            ) from error
        except xmlrpc.client.Fault as fault:
            raise StackError(
                f"the supervisor refused {method}{arguments}: {fault.faultString}; "
                "see `messina logs supervisor`, then `messina up` again"
            ) from fault

    def running(self) -> bool:
        """Whether it answers, and is not on its way out."""
        try:
            return bool(self.call("getState")["statename"] == "RUNNING")
        except StackError:
            return False

    def infos(self) -> dict[str, dict[str, Any]]:
        """What it knows of each component; nothing when it does not run."""
        with suppress(NotRunning):
            return {info["name"]: info for info in self.call("getAllProcessInfo")}
        return {}

    def configure(self, commands: dict[str, Command]) -> None:
        """Writes its configuration, for commands in the order in which they may be started.

        They are stopped in the other order, one after another: a Connect worker that must leave
        its group after the broker has gone waits for it until it is killed.

        Raises:
            StackError: a path or an argument cannot be written in it.
        """
        write_if_changed(self._config, self._render(commands))

    def reload(self) -> None:
        """Applies the configuration: only what changed is stopped and made anew, not started."""
        ((added, changed, removed),) = self.call("reloadConfig")
        for name in (*changed, *removed):
            self.call("stopProcessGroup", name)
            self.call("removeProcessGroup", name)
        for name in (*changed, *added):
            self.call("addProcessGroup", name)

    def launch(self, attached: bool) -> None:
        """Starts it, with no component running yet.

        Args:
            attached: it ends with the calling thread, however that ends (tests want that).
        """
        self._make_socket_folder()
        # -P: not a module of that name from whatever folder we are in.
        supervisord = [sys.executable, "-P", "-m", "supervisor.supervisord"]
        supervisord += ["-c", str(self._config)]
        environment = {**java_environment(), **mark(self._layout), "PYTHONWARNINGS": "ignore"}
        if attached:
            guarded = [sys.executable, "-I", str(_GUARD), "TERM", "-", *supervisord, "-n"]
            with self._layout.log("supervisor").with_suffix(".out").open("ab") as out:
                subprocess.Popen(
                    guarded,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env=environment,
                    cwd="/",
                )
            return
        done = subprocess.run(
            supervisord,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd="/",
            # Of a session of its own: ctrl-C in the terminal is for us, and we decide.
            start_new_session=True,
        )
        if done.returncode != 0:
            # It may go on to show our whole environment, where secrets are.
            said = f"{done.stdout}{done.stderr}".strip().partition("{'here'")[0]
            raise StackError(f"the supervisor did not start; nothing runs. It said: {said}")

    def end(self) -> None:
        """Asks it to stop everything and itself; returns before that is done."""
        try:
            self.call("shutdown")
        except StackError:
            for process in processes(self._layout):
                with suppress(psutil.Error):
                    if str(self._config) in process.cmdline():
                        process.terminate()

    def _make_socket_folder(self) -> None:
        folder = self._layout.socket.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise StackError(
                f"{folder} must be a folder of this user and is not; remove it, or choose another "
                "MESSINA_HOME, then run `messina up` again"
            )

    def _render(self, commands: dict[str, Command]) -> str:
        layout = self._layout
        lines = [
            "[supervisord]",
            f"logfile={path_value(layout.log('supervisor'))}",
            "logfile_maxbytes=5MB",
            "logfile_backups=1",
            f"pidfile={path_value(layout.home / 'supervisord.pid')}",
            f"identifier={layout.identity}",
            f"childlogdir={path_value(layout.home / 'logs')}",
            "[unix_http_server]",
            f"file={path_value(layout.socket)}",
            "chmod=0700",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        if os.geteuid() == 0:
            lines.insert(1, "user=root")
        for number, (name, command) in enumerate(commands.items()):
            lines += [*self._program(name, command), f"priority={number}"]
        return "\n".join(lines) + "\n"

    def _program(self, name: str, command: Command) -> list[str]:
        user = command.user or "-"
        argv = (_PYTHON, "-I", str(_GUARD), command.stop_signal, user, *command.argv)
        environment = {
            "LANG": "C.UTF-8",
            # A changed configuration file makes another program of it, which is then restarted.
            "MESSINA_CONFIG": _fingerprint(self._layout.config(name)),
            **({} if command.secrets else {"MESSINA_WITHOUT": "MESSINA_SECRET_"}),
            **command.env,
        }
        return [
            f"[program:{name}]",
            f"command={' '.join(map(quoted, argv))}",
            "environment=" + ",".join(f"{k}={double_quoted(v)}" for k, v in environment.items()),
            "directory=/",
            "autostart=false",
            # One that dies is started again; one that cannot live is given up after a while.
            "autorestart=true",
            "startsecs=3",
            "startretries=10",
            f"stopsignal={command.stop_signal}",
            f"stopwaitsecs={command.stop_seconds}",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={path_value(self._layout.log(name))}",
            "stdout_logfile_maxbytes=20MB",
            f"stdout_logfile_backups={BACKUPS}",
            f"umask={'077' if command.user else '022'}",
        ]


def value(text: str) -> str:
    """A value of supervisor's configuration, which expands `%(…)s` and knows inline comments.

    Raises:
        StackError: nothing can express it.
    """
    if re.search(r"\s[#;]|[\r\n]", text):
        raise _inexpressible(text, "a line break, or a space before # or ;")
    return text.replace("%", "%%")


def path_value(path: Path) -> str:
    """A path as a value: some of them are expanded twice, so none can have a percent sign.

    Raises:
        StackError: nothing can express it.
    """
    if "%" in str(path):
        raise _inexpressible(str(path), "a percent sign")
    return value(str(path))


def _inexpressible(text: str, what: str) -> StackError:
    return StackError(
        f"the supervisor's configuration cannot hold {text!r} ({what}); choose another "
        "MESSINA_HOME, or move the checkout. Nothing was started"
    )


def quoted(text: str) -> str:
    """An argument of a command: supervisor splits by shlex."""
    return "'" + value(text).replace("'", "'\"'\"'") + "'"


def double_quoted(text: str) -> str:
    """A value of an environment variable, for which supervisor knows no escapes.

    Raises:
        StackError: there is a quote in it.
    """
    if '"' in text or "'" in text:
        raise StackError(f"a component's variable cannot hold quotes: {text}. Nothing was started")
    return f'"{value(text)}"'


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
