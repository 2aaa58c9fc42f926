"""Show what others wrote, in a sentence: cut, and with nothing in it that a console or a log would obey."""

from __future__ import annotations

import json

SHOWN = 80  # characters of an offending value: enough to recognise it, too few to flood a console


def quoted(value: object) -> str:
    """Return a value as JSON, in ASCII and cut to a length that a console shows."""
    try:
        text = json.dumps(value, default=str)
    except (ValueError, RecursionError):
        # An integer of more digits than Python writes, something nested too deep or in itself.
        return f"a {type(value).__name__} that is too large to be shown"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def quoted_name(name: str) -> str:
    """Return a name as it is if it is short and printable ASCII, and else as `shown` shows it."""
    return name if len(name) <= SHOWN and name.isascii() and name.isprintable() else quoted(name)
