"""Figures as people read them."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def size(amount: float) -> str:
    """Return a number of bytes: `1.2 GiB`."""
    value = float(amount)
    unit = _UNITS[0]
    for unit in _UNITS:
        if value < 1_024 or unit == _UNITS[-1]:
            break
        value /= 1_024
    return f"{value:,.0f} {unit}" if unit == "B" or value >= 100 else f"{value:,.1f} {unit}"


def span(milliseconds: int) -> str:
    """Return a length of time as a spec says it: `300ms`, `2s`, `1.5s`."""
    if milliseconds < 1_000:
        return f"{milliseconds}ms"
    return f"{milliseconds / 1_000:g}s"


def count(amount: float) -> str:
    """Return a number of things a second: one digit behind the point where there are few."""
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:,.1f}"
