"""A way to a server that a test can close: while it is closed, connections are refused."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread

HOST = "127.0.0.1"


class Door:
    """An address that leads to another one, while it is open.

    Args:
        host: of the server.
        port: of the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._lock = Lock()
        self._passing: set[socket.socket] = set()
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._take()

    def shut(self) -> None:
        """Refuse whoever comes, and cut those that came."""
        with self._lock:
            # shutdown wakes who waits in accept, which close alone does not
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            for one in self._passing:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        """Let through again, at the same port."""
        self._listening = socket.create_server((HOST, self.port))
        self._take()

    def _take(self) -> None:
        Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self._to) as server:
            with self._lock:
                self._passing |= {client, server}
            back = Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()
            with self._lock:
                self._passing -= {client, server}


@contextmanager
def door(host: str, port: int) -> Iterator[Door]:
    """Open a way to a server; it is shut in the end."""
    made = Door(host, port)
    try:
        yield made
    finally:
        made.shut()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
