"""The parts of a value as the protocol has them: each behind its length, -1 for null."""

from collections.abc import Iterable, Iterator


class Parts:
    """Bytes that are taken from the front; ValueError where they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        """The next bytes."""
        end = self._at + length
        if length < 0 or end > len(self._data):
            raise ValueError("the bytes end inside a value")
        part = self._data[self._at : end]
        self._at = end
        return part

    def count(self) -> int:
        """The number of parts that follow."""
        number = int.from_bytes(self.take(4), "big", signed=True)
        if number < 0:
            raise ValueError("a negative number of parts")
        return number

    def next(self) -> bytes | None:
        """The next part, or None for null."""
        length = int.from_bytes(self.take(4), "big", signed=True)
        return None if length < 0 else self.take(length)

    def rest(self) -> bytes:
        """What is left; it is taken by that."""
        return self.take(len(self._data) - self._at)

    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)

    def end(self) -> None:
        """Refuse bytes that are left."""
        if self.more():
            raise ValueError(f"{len(self._data) - self._at} bytes too many")


def framed(parts: Iterable[bytes | None]) -> bytes:
    """Parts that may be null, each behind its length."""
    return b"".join(_framed(parts))


def _framed(parts: Iterable[bytes | None]) -> Iterator[bytes]:
    for part in parts:
        if part is None:
            yield b"\xff\xff\xff\xff"
        else:
            yield len(part).to_bytes(4, "big")
            yield part


def number_of(parts: int) -> bytes:
    """The number of parts, as it stands in front of them."""
    return parts.to_bytes(4, "big")
