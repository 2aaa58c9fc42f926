"""Calls made again within a time that a user waits."""

from __future__ import annotations

import time

from slipway.aws.retry import Retrier, random_up_to


def retrier_for(seconds: float) -> Retrier:
    """Return what makes calls again for so many seconds from now."""
    ends = time.monotonic() + seconds
    return Retrier(lambda: ends - time.monotonic(), time.sleep, random_up_to, reserve=0)
