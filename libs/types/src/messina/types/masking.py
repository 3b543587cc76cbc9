"""What stands in the place of a column's value that nobody behind the source may see.

The connector masks before anything is sent; whoever compares masks the source's value the same
way. `masking.json` beside this package is the contract of both.
"""

import hmac
from hashlib import sha256

from messina.types.canonical import to_json
from messina.types.cql import CqlType
from messina.types.user_types import NO_USER_TYPES, UserTypes


def hmac_text(
    key: str, cql_type: CqlType | str, data: bytes | None, user_types: UserTypes = NO_USER_TYPES
) -> str | None:
    """The keyed hash of a value, which is null only where the value is.

    Args:
        key: the secret; its UTF-8 bytes count.
        cql_type: the column's type.
        data: the value's bytes in CQL's protocol.
        user_types: those of the keyspace.

    Raises:
        ValueMismatch: if the bytes are no value of the type.
    """
    if not key:
        raise ValueError("the key of the mask is empty")
    text = to_json(cql_type, data, user_types)
    if text == "null":
        return None
    return hmac.new(key.encode(), text.encode(), sha256).hexdigest()
