"""Tracebacks that begin where the user's code does.

On AWS too a container's log is read for what the user's script did; how the runner came to call it says nothing.
"""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path

# The files whose frames lead to a script: ours, and Python's for importing it.
LEADING = (str(Path(__file__).parents[1]), "<frozen importlib", "<frozen runpy", str(importlib.__file__))


def of_the_script(error: BaseException) -> str:
    """Return the traceback of an error that a script raised, without the frames that led to the script.

    An error that no frame of the script's had a part in (a function that is missing, a file that does not parse)
    is its message alone.
    """
    trimmed = traceback.TracebackException.from_exception(error)
    _trim(trimmed)
    return "".join(trimmed.format()).rstrip("\n")


def _trim(error: traceback.TracebackException) -> None:
    while error.stack and error.stack[0].filename.startswith(LEADING):
        del error.stack[0]
    chained = (error.__cause__, error.__context__, *(error.exceptions or ()))
    for other in chained:
        if other is not None:
            _trim(other)
