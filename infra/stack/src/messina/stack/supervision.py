"""The components run under `supervisor` (PyPI): it starts, restarts and stops them; we ask."""

import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import xmlrpc.client
from pathlib import Path
from typing import Any

import psutil

from messina.stack.component import Command, write_if_changed
from messina.stack.errors import StackError
from messina.stack.layout import Layout

_GUARD = Path(__file__).with_name("guard.py")


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
        self._pidfile = layout.home / "supervisord.pid"

    def rpc(self) -> Any:
        """Supervisor's XML-RPC interface (its documentation, "XML-RPC API Documentation")."""
        transport = _UnixTransport(str(self._layout.socket))
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
        return proxy.supervisor

    def running(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self.rpc().getState()["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error, http.client.HTTPException):
            return False

    def pid(self) -> int | None:
        """The pid of this stack's supervisor, also of one that does not answer.

        A pid file that is stale, or that names somebody else's process, counts for nothing.
        """
        try:
            pid = int(self._pidfile.read_text())
            command = psutil.Process(pid).cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if str(self._config) in command else None

    def configure(self, commands: dict[str, Command]) -> bool:
        """Writes its configuration; True when that changed something."""
        text = self._render(commands)
        before = self._config.read_text() if self._config.exists() else ""
        write_if_changed(self._config, text)
        return before != text

    def launch(self, attached: bool) -> None:
        """Starts it, with no component running yet.

        Args:
            attached: it ends with this process, however that ends (tests want that).
        """
        run = self._layout.socket.parent
        run.mkdir(mode=0o700, parents=True, exist_ok=True)
        if run.stat().st_uid != os.geteuid():
            raise StackError(
                f"{run} belongs to somebody else; remove it and run `messina up` again"
            )
        supervisord = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)]
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        if attached:
            guarded = [sys.executable, str(_GUARD), "TERM", "-", *supervisord, "-n"]
            with (self._layout.log("supervisor").with_suffix(".out")).open("ab") as out:
                subprocess.Popen(
                    guarded, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
                )
            return
        done = subprocess.run(
            supervisord,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            # Of a session of its own: ctrl-C in the terminal is for us, and we decide.
            start_new_session=True,
        )
        if done.returncode != 0:
            raise StackError(
                f"the supervisor did not start; nothing runs. {done.stdout}{done.stderr}".strip()
            )

    def end(self) -> None:
        """Asks it to stop everything and itself."""
        try:
            self.rpc().shutdown()
        except (OSError, xmlrpc.client.Error, http.client.HTTPException):
            pid = self.pid()
            if pid is not None:
                os.kill(pid, signal.SIGTERM)

    def _render(self, commands: dict[str, Command]) -> str:
        layout = self._layout
        lines = [
            "[supervisord]",
            f"logfile={_escape(str(layout.log('supervisor')))}",
            "logfile_maxbytes=5MB",
            "logfile_backups=1",
            f"pidfile={_escape(str(self._pidfile))}",
            f"identifier={layout.identity}",
            f"childlogdir={_escape(str(layout.home / 'logs'))}",
            "[unix_http_server]",
            f"file={_escape(str(layout.socket))}",
            "chmod=0700",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        if os.geteuid() == 0:
            lines.insert(1, "user=root")
        for name, command in commands.items():
            lines += self._program(name, command)
        return "\n".join(lines) + "\n"

    def _program(self, name: str, command: Command) -> list[str]:
        user = command.user or "-"
        argv = (sys.executable, "-I", str(_GUARD), command.stop_signal, user, *command.argv)
        environment = {"LANG": "C.UTF-8", **command.env}
        return [
            f"[program:{name}]",
            f"command={' '.join(map(_quote, argv))}",
            "environment=" + ",".join(f'{k}="{_escape(v)}"' for k, v in environment.items()),
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
            f"stdout_logfile={_escape(str(self._layout.log(name)))}",
            "stdout_logfile_maxbytes=20MB",
            "stdout_logfile_backups=3",
            f"umask={'077' if command.user else '022'}",
        ]


def fingerprint(command: Command) -> str:
    """A short hash of a command, to see whether a running component is the wanted one."""
    return hashlib.sha256(repr(command).encode()).hexdigest()[:12]


def _escape(text: str) -> str:
    return text.replace("%", "%%")


def _quote(text: str) -> str:
    # supervisor splits by shlex and expands %(…)s.
    return "'" + _escape(text).replace("'", "'\"'\"'") + "'"
