"""How connectors speak to brokers, registry and Postgres that are encrypted, or ask for a user."""

from messina.pipeline import KafkaSecurity, PostgresTls
from messina.secrets import connect_placeholder

_LOGIN = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


def kafka(security: KafkaSecurity | None, *prefixes: str) -> dict[str, str]:
    """Return the settings of Java's Kafka clients, once under each of the prefixes."""
    settings = {} if security is None else _kafka(security)
    return {f"{prefix}{name}": value for prefix in prefixes for name, value in settings.items()}


def _kafka(security: KafkaSecurity) -> dict[str, str]:
    config: dict[str, str] = {"security.protocol": security.protocol}
    if security.encrypted:
        verified = "https" if security.verify_hostname else ""
        config["ssl.endpoint.identification.algorithm"] = verified
        if security.ca is not None:
            config["ssl.truststore.type"] = "PEM"
            config["ssl.truststore.location"] = security.ca
    if security.sasl is not None and security.password is not None:
        password = connect_placeholder(security.password)
        config["sasl.mechanism"] = security.sasl
        config["sasl.jaas.config"] = (
            f'{_LOGIN[security.sasl]} required username="{security.user}" password="{password}";'
        )
    return config


def postgres(tls: PostgresTls | None) -> dict[str, str]:
    """Return the parameters of a database's URL."""
    if tls is None:
        return {}
    return {"sslmode": tls.mode, **({} if tls.ca is None else {"sslrootcert": tls.ca})}
