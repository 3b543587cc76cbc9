"""The URL of a Postgres database, as JDBC has it."""

from urllib.parse import quote, urlencode

from messina.deployer.render import security
from messina.pipeline import PostgresEndpoint


def jdbc_url(postgres: PostgresEndpoint, application: str, **settings: str) -> str:
    """Return the URL of a database, without user and password.

    Args:
        postgres: where it is.
        application: who asks, as `pg_stat_activity` shows it.
        settings: further settings of the driver.
    """
    host = postgres.host
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    query = urlencode(
        {
            "reWriteBatchedInserts": "true",
            "ApplicationName": application,
            # Else an error has the statement with its values, and is logged: with the users' rows.
            "logServerErrorDetail": "false",
            **settings,
            **security.postgres(postgres.tls),
        }
    )
    return f"jdbc:postgresql://{host}:{postgres.port}/{quote(postgres.database, safe='')}?{query}"
