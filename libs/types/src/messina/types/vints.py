"""CQL's integers of variable length: the leading ones of the first byte say how many follow."""


def unsigned(data: bytes) -> tuple[int, bytes]:
    """The number in front, and the bytes behind it."""
    if not data:
        raise ValueError("the bytes end before a number")
    extra = 0
    while extra < 8 and data[0] & 0x80 >> extra:
        extra += 1
    if len(data) <= extra:
        raise ValueError("the bytes end inside a number")
    value = (data[0] & 0xFF >> extra) << 8 * extra | int.from_bytes(data[1 : extra + 1], "big")
    return value, data[extra + 1 :]


def to_unsigned(value: int) -> bytes:
    """The fewest bytes of a number of up to 64 bits."""
    bits = max(value.bit_length(), 1)
    extra = 8 if bits > 56 else (bits - 1) // 7
    marked = value | (0xFF00 >> extra & 0xFF) << 8 * extra
    return marked.to_bytes(extra + 1, "big")


def signed(data: bytes) -> tuple[int, bytes]:
    """As `unsigned`, of a number whose sign is the lowest bit."""
    value, rest = unsigned(data)
    return value >> 1 ^ -(value & 1), rest


def to_signed(value: int) -> bytes:
    """As `to_unsigned`, of a number of up to 64 bits with its sign."""
    return to_unsigned((value << 1 ^ value >> 63) & 2**64 - 1)
