"""Where Kafka's default partitioner puts a record that has a key: murmur2 of the key's bytes."""

_M = 0x5BD1E995
_SEED = 0x9747B28C
_32 = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """The hash of Java's `org.apache.kafka.common.utils.Utils.murmur2`, as an unsigned number."""
    length = len(data)
    state = (_SEED ^ length) & _32
    whole = length - length % 4
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _M & _32
        word ^= word >> 24
        state = (state * _M & _32) ^ (word * _M & _32)
    if whole < length:
        state ^= int.from_bytes(data[whole:], "little")
        state = state * _M & _32
    state ^= state >> 13
    state = state * _M & _32
    return state ^ (state >> 15)


def default_partition(key: bytes, partitions: int) -> int:
    """The partition that Java's default partitioner gives a key, of so many."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
