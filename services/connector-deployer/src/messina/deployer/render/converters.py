"""The converters of a connector: Avro in Confluent's wire format, with schemas in the registry."""

from typing import Literal

from messina.kafka import converter_url
from messina.pipeline import RegistryEndpoint

_APICURIO = "io.apicurio.registry.utils.converter.AvroConverter"
_ID_HANDLER = "io.apicurio.registry.serde.Legacy4ByteIdHandler"


def converters(registry: RegistryEndpoint, role: Literal["source", "sink"]) -> dict[str, str]:
    """Return the settings of key and value converter. Only sources register schemas."""
    config: dict[str, str] = {}
    for part in ("key", "value"):
        prefix = f"{part}.converter"
        config[prefix] = _APICURIO
        config[f"{prefix}.apicurio.registry.url"] = converter_url(registry.url, registry.kind)
        config[f"{prefix}.apicurio.registry.id-handler"] = _ID_HANDLER
        config[f"{prefix}.apicurio.registry.use-id"] = "contentId"
        config[f"{prefix}.apicurio.registry.headers.enabled"] = "false"
        if role == "source":
            config[f"{prefix}.apicurio.registry.auto-register"] = "true"
            config[f"{prefix}.apicurio.registry.auto-register.if-exists"] = "RETURN_OR_UPDATE"
            config[f"{prefix}.apicurio.registry.find-latest"] = "false"
    return config
