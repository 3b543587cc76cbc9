"""How clients of this process speak to brokers that are encrypted, or ask for a user."""

from messina.pipeline import KafkaSecurity
from messina.secrets import resolve


def client_settings(security: KafkaSecurity | None) -> dict[str, str]:
    """Return the settings of librdkafka's clients, for the argument `client` of this library's.

    Raises:
        SecretsError: if there is no password where the reference points.
    """
    if security is None:
        return {}
    settings: dict[str, str] = {"security.protocol": security.protocol}
    if security.encrypted:
        verified = "https" if security.verify_hostname else "none"
        settings["ssl.endpoint.identification.algorithm"] = verified
        if security.ca is not None:
            settings["ssl.ca.location"] = security.ca
    if security.sasl is not None and security.user and security.password is not None:
        settings["sasl.mechanism"] = security.sasl
        settings["sasl.username"] = security.user
        settings["sasl.password"] = resolve(security.password).reveal()
    return settings
