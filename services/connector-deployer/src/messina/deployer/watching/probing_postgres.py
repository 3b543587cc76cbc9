"""Asking Postgres whether the sink can write: by a login as the sink's user, and a statement.

A probe comes every second. The password is read when it is first needed, and kept: who keeps it
(Vault, say) is asked again when it no longer lets us in, and is not needed while it does.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from messina.pipeline import PostgresEndpoint, SecretRef
from messina.postgres import LoginRefused, Unreachable
from messina.postgres import connect as connect_postgres
from messina.secrets import SecretsError, SecretValue, resolve

REFUSED_AGAIN_S = 10.0
"""Seconds until a password is read again, at least, that the server refuses."""
AGAIN_S = 60.0
"""The same, where no server answers, or one whose refusal can't be told from that."""


class Postgres:
    """Asks a server whether a pipeline's sink can log in.

    Args:
        server: where it is, as whom, and where the password is.
        timeout: seconds that it is given.
        read: reads a secret.
        clock: seconds that only go on.
    """

    def __init__(
        self,
        server: PostgresEndpoint,
        timeout: float,
        read: Callable[[SecretRef], SecretValue] = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._limit = timedelta(seconds=timeout)
        self._read = read
        self._clock = clock
        self._password: SecretValue | None = None
        self._read_at = float("-inf")

    def __call__(self) -> None:
        """Ask.

        Raises:
            Unreachable: if nobody answers; `LoginRefused` where the server refuses us.
            SecretsError: if there is no password yet, and none can be had.
            psycopg.Error: if the statement fails.
        """
        if self._password is None:
            self._password = self._newest()
        try:
            self._log_in()
        except Unreachable as error:
            after = REFUSED_AGAIN_S if isinstance(error, LoginRefused) else AGAIN_S
            if self._clock() - self._read_at < after:
                raise
            if not self._another():
                raise
            self._log_in()

    def _another(self) -> bool:
        """Read the password again: whether it is another one."""
        try:
            newest = self._newest()
        except SecretsError:
            # that the server lets nobody in is what is to be told
            return False
        before, self._password = self._password, newest
        return newest != before

    def _newest(self) -> SecretValue | None:
        if self._server.password is None:
            return None
        self._read_at = self._clock()
        return self._read(self._server.password)

    def _log_in(self) -> None:
        with connect_postgres(
            self._server,
            application_name="messina watch",
            connect_timeout=self._limit,
            statement_timeout=self._limit,
            password=self._password,
        ) as connection:
            connection.execute("SELECT 1")
