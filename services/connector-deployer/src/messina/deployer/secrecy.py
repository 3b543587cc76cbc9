"""What is shown of settings and errors in which somebody may have written a secret out."""

import re
from collections.abc import Iterable, Mapping

from messina.secrets import MASK

_SECRET = re.compile(
    r"passw|pwd|passphrase|secret|token$|credential|jaas|api[._-]?key|mask\.key|keystore\.key"
    r"|private[._-]?key|user\.info",
    re.I,
)
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_IN_URL = re.compile(r"(?<=://)([^\s/:@]*):([^\s/@]+)(?=@)")
_PASSWORD_IS = re.compile(
    r"(?i)\b(\w*(?:passwords?|passwd|pwd|secret|token|api_?key))([\"']?\s*[=:]\s*)"
    r"(\"[^\"]*\"|'[^']*'|[^\s&;,}]*\$\{[^{}]*\}[^\s&;,}]*|[^\s&;,}]+)"
)


def hidden(config: Mapping[str, str | None], secrets: Iterable[str] = ()) -> dict[str, str]:
    """Return a configuration in which no secret stands.

    Args:
        config: its settings.
        secrets: those that the connector's class says are secret.
    """
    named = set(secrets)
    return {
        name: shown(name, value or "", secret=name in named)
        for name, value in sorted(config.items())
    }


def shown(name: str, value: str, *, secret: bool = False) -> str:
    """Return what may be shown of a setting.

    A reference (`${…}`) is shown, as it is none. What stands in a setting that holds a secret, by
    its name or by the connector's own word, is hidden, and so are passwords inside of URLs.
    """
    if not value or not (secret or _SECRET.search(name)):
        return cleared(value)
    return value if _REFERENCE.fullmatch(value) else MASK


def cleared(text: str) -> str:
    """Return a text without the passwords in its URLs, and those that it calls so."""
    hidden_in_urls = _IN_URL.sub(rf"\1:{MASK}", text)
    return _PASSWORD_IS.sub(
        lambda m: (
            m.group(0) if _REFERENCE.fullmatch(m.group(3)) else f"{m.group(1)}{m.group(2)}{MASK}"
        ),
        hidden_in_urls,
    )
