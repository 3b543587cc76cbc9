"""A table's CDC options, as ScyllaDB keeps them in its schema tables."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CdcOptions:
    """What `cdc = {...}` says about a table; without it, CDC is off."""

    enabled: bool = False
    preimage: str = "false"
    postimage: bool = False
    delta: str = "full"
    ttl: int = 86400

    @classmethod
    def from_map(cls, options: Mapping[str, str]) -> "CdcOptions":
        """Read the options from the map that CQL shows."""
        low = {name.lower(): value.lower() for name, value in options.items()}
        return cls(
            enabled=low.get("enabled") == "true",
            preimage=low.get("preimage", "false"),
            postimage=low.get("postimage") == "true",
            delta=low.get("delta", "full"),
            ttl=int(low.get("ttl", "86400")),
        )

    @classmethod
    def from_extension(cls, blob: bytes) -> "CdcOptions":
        """Read the options from `system_schema.tables.extensions['cdc']`.

        The bytes are a map: a little-endian int32 count, then each name and value behind its own
        int32 length.
        """
        return cls.from_map(_decode(blob))


def _decode(blob: bytes) -> dict[str, str]:
    try:
        (count,) = struct.unpack_from("<i", blob)
        position = 4
        words: list[str] = []
        for _ in range(2 * count):
            (length,) = struct.unpack_from("<i", blob, position)
            position += 4
            word = blob[position : position + length]
            if length < 0 or len(word) != length:
                raise ValueError("a length points behind the end")
            words.append(word.decode())
            position += length
    except (struct.error, ValueError) as error:
        raise ValueError(f"not a CDC extension ({error}): {blob.hex()}") from error
    return dict(zip(words[::2], words[1::2], strict=True))
