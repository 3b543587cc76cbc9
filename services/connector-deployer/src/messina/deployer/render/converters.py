"""The converters of a connector: Avro in Confluent's wire format, with schemas in the registry."""

from typing import Literal

from messina.kafka import converter_url
from messina.pipeline import RegistryEndpoint
from messina.secrets import connect_placeholder

Role = Literal["source", "sink"]

_CLASSES = {
    "apicurio": "io.apicurio.registry.utils.converter.AvroConverter",
    "confluent": "io.confluent.connect.avro.AvroConverter",
}
_ID_HANDLER = "io.apicurio.registry.serde.Legacy4ByteIdHandler"


def converter_class(registry: RegistryEndpoint) -> str:
    """Return the class of the converters."""
    return _CLASSES[registry.kind]


def converters(registry: RegistryEndpoint, role: Role) -> dict[str, str]:
    """Return the settings of key and value converter. Only sources register schemas."""
    settings = _apicurio(registry, role) if registry.kind == "apicurio" else _confluent(registry)
    config: dict[str, str] = {}
    for part in ("key", "value"):
        prefix = f"{part}.converter"
        config[prefix] = converter_class(registry)
        config |= {f"{prefix}.{name}": value for name, value in settings.items()}
    return config


def _apicurio(registry: RegistryEndpoint, role: Role) -> dict[str, str]:
    config = {
        "apicurio.registry.url": converter_url(registry.url, registry.kind),
        "apicurio.registry.id-handler": _ID_HANDLER,
        "apicurio.registry.use-id": "contentId",
        "apicurio.registry.headers.enabled": "false",
        # schemas are asked for again now and then, though ids never change: rarely is enough, and a
        # registry that is away then is no reason to fail
        "apicurio.registry.check-period-ms": "600000",
        "apicurio.registry.fault-tolerant-refresh": "true",
    }
    if role == "source":
        config["apicurio.registry.auto-register"] = "true"
        config["apicurio.registry.auto-register.if-exists"] = "RETURN_OR_UPDATE"
        config["apicurio.registry.find-latest"] = "false"
    if registry.user is not None and registry.password is not None:
        config["apicurio.auth.username"] = registry.user
        config["apicurio.auth.password"] = connect_placeholder(registry.password)
    if registry.ca is not None:
        # the name inside its HTTP client: those for a trust store are lost on the way there (read)
        config["apicurio.rest.request.ssl.ca-bundle.location"] = registry.ca
    return config


def _confluent(registry: RegistryEndpoint) -> dict[str, str]:
    config = {
        "schema.registry.url": converter_url(registry.url, registry.kind),
        # schemas as the connector has them: enums, optional fields, names of packages
        "enhanced.avro.schema.support": "true",
    }
    if registry.user is not None and registry.password is not None:
        password = connect_placeholder(registry.password)
        config["basic.auth.credentials.source"] = "USER_INFO"
        config["basic.auth.user.info"] = f"{registry.user}:{password}"
    if registry.ca is not None:
        config["schema.registry.ssl.truststore.type"] = "PEM"
        config["schema.registry.ssl.truststore.location"] = registry.ca
    return config
