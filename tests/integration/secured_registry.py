"""A TLS address in front of the stack's registry, as a proxy would have it."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from messina.testing.certificates import Authority

HOST = "127.0.0.1"


@contextmanager
def encrypted(address: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Open the address `host:port` under TLS; give its URL and the file that says whom to trust."""
    authority = Authority(folder)
    identity = authority.issue("registry", HOST)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(identity.certificate, identity.key)
    host, _, port = address.rpartition(":")
    with socket.create_server((HOST, 0)) as listening:
        taking = Thread(target=_take, args=(listening, context, (host, int(port))), daemon=True)
        taking.start()
        yield f"https://{HOST}:{listening.getsockname()[1]}", authority.ca


def _take(listening: socket.socket, context: ssl.SSLContext, to: tuple[str, int]) -> None:
    with suppress(OSError):  # it ends when the block closes it
        while True:
            client, _ = listening.accept()
            Thread(target=_serve, args=(client, context, to), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, to: tuple[str, int]) -> None:
    # whoever does not trust the certificate hangs up
    with (
        suppress(OSError),
        client,
        context.wrap_socket(client, server_side=True) as secured,
        socket.create_connection(to) as server,
    ):
        back = Thread(target=_copy, args=(server, secured), daemon=True)
        back.start()
        _copy(secured, server)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
