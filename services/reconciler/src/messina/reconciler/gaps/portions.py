"""Keys in the portions that signals, and people, can take."""

from collections.abc import Iterator, Sequence

from messina.reconciler.gaps.reading import as_key

_KEYS_A_SIGNAL = 1_000
_BYTES_A_SIGNAL = 400_000


def portions(keys: Sequence[str]) -> Iterator[tuple[dict[str, object], ...]]:
    """Return keys in the portions that one signal may have."""
    portion: list[str] = []
    size = 0
    for key in keys:
        if portion and (len(portion) == _KEYS_A_SIGNAL or size + len(key) > _BYTES_A_SIGNAL):
            yield tuple(map(as_key, portion))
            portion, size = [], 0
        portion.append(key)
        size += len(key)
    if portion:
        yield tuple(map(as_key, portion))


def some(keys: Sequence[str]) -> str:
    """Return the first of some keys, and how many more there are."""
    more = f", and {len(keys) - 3} more" if len(keys) > 3 else ""
    return ", ".join(keys[:3]) + more
