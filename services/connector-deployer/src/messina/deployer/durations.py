"""Lengths of time, as people read them."""


def duration(seconds: float) -> str:
    """Return a length of time in as few words as it needs: `0.7 s`, `3 m 20 s`, `2 h 5 m`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for unit, size, lesser, part in (
        ("m", 60, "s", 1),
        ("h", 3_600, "m", 60),
        ("d", 86_400, "h", 3_600),
    ):
        if whole < size * {"m": 60, "h": 24, "d": 10**6}[unit]:
            return f"{whole // size} {unit} {whole % size // part} {lesser}"
    return f"{whole} s"
