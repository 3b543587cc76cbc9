"""What a probe raises."""


class Away(Exception):
    """A dependency answers, but not as it should; the message says how, in a few words."""
