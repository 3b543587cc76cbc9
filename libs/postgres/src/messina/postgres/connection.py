"""Opening a connection whose texts are always read the same way."""

from datetime import timedelta
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from messina.pipeline import PostgresEndpoint, PostgresTls
from messina.postgres.errors import LoginRefused, Unreachable, one_line
from messina.secrets import SecretValue, resolve

# A peer that is gone without a word is noticed within a minute, on both sides: what it held (a
# lock, a transaction) is free again, and who waits for it does not wait for ever.
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

Connection = psycopg.Connection[tuple[Any, ...]]

_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}


def connect(
    server: PostgresEndpoint | str,
    *,
    application_name: str,
    connect_timeout: timedelta = timedelta(seconds=10),
    statement_timeout: timedelta | None = None,
    password: SecretValue | None = None,
) -> Connection:
    """Open a connection in autocommit mode; close it, or use it in a `with`.

    Args:
        server: where the database is, or a connection string.
        application_name: who asks, as `pg_stat_activity` shows it.
        connect_timeout: how long an answer is waited for.
        statement_timeout: how long a statement may run; None is the server's own limit.
        password: of who asks, where it is known already; None reads it.

    Raises:
        LoginRefused: if the server refuses the user, the password or the database.
        Unreachable: if no server answers.
        SecretsError: if there is no password where the reference points.
    """
    settings = {**_SETTINGS, **{f"tcp_{name}": str(value) for name, value in _ALIVE.items()}}
    if statement_timeout is not None:
        settings["statement_timeout"] = str(statement_timeout // timedelta(milliseconds=1))
    parameters = {
        **_parameters(server, password),
        "application_name": application_name,
        "connect_timeout": max(2, round(connect_timeout.total_seconds())),
        "client_encoding": "UTF8",
        **_ALIVE,
        "tcp_user_timeout": 60_000,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    where = f"{parameters.get('host')}:{parameters.get('port')}/{parameters.get('dbname')}"
    try:
        return psycopg.connect(autocommit=True, **parameters)
    except psycopg.OperationalError as error:
        reason = one_line(error)
        if "FATAL" in reason and "starting up" not in reason and "shutting down" not in reason:
            step = "correct the user, password or database in the endpoints or the spec"
            raise LoginRefused(where, reason, step) from None
        raise Unreachable(where, reason) from None


def _parameters(server: PostgresEndpoint | str, password: SecretValue | None) -> dict[str, Any]:
    known = {} if password is None else {"password": password.reveal()}
    if isinstance(server, str):
        try:
            return {**conninfo_to_dict(server), **known}
        except psycopg.ProgrammingError:
            raise ValueError(
                "not a connection string (it is not shown: it may hold a password)"
            ) from None
    if not known and server.password is not None:
        known = {"password": resolve(server.password).reveal()}
    return {
        "host": server.host,
        "port": server.port,
        "dbname": server.database,
        "user": server.user,
        **known,
        **({} if server.tls is None else _encrypted(server.tls)),
    }


def _encrypted(tls: PostgresTls) -> dict[str, str]:
    return {"sslmode": tls.mode, **({} if tls.ca is None else {"sslrootcert": tls.ca})}
