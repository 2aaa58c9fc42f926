"""The optional parts of the distribution: libraries that the command line imports only when they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from slipway_cli.sdk.errors import ClientError

LIBRARIES = frozenset({"PIL", "waitress", "werkzeug", "yaml"})  # of the extra `console`


class ExtraMissing(ClientError):
    """A library of the extra `console` is not installed."""


@contextmanager
def console_extra(feature: str) -> Iterator[None]:
    """Raise `ExtraMissing` where an import within the block needs the extra `console`."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in LIBRARIES:
            raise
        raise ExtraMissing(
            f"{feature} needs {missing.name}, which is not installed: run `pip install 'slipway[console]'`, or "
            "`pip install '.[console]'` in a checkout."
        ) from missing
