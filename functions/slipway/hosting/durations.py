"""What creations and updates of an endpoint take: kept as tags, and read when the next one is to be waited for.

The workflow writes the tag once the endpoint is InService, on the endpoint and on the configuration that it serves,
which is there when the endpoint has been deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from slipway.hosting.poll_schedule import poll_schedule

CREATION_SECONDS = "slipway:creation-seconds"
UPDATE_SECONDS = "slipway:update-seconds"
MAX_DIGITS = 5  # a day in seconds: SageMaker gives up on a creation before


class Watch(TypedDict, total=False):
    """How to follow what is under way: the waits, when it began (ISO 8601), the tag for what it will have taken.

    An update has `ReplacedEndpointConfigName` too: InService with that again, it was rolled back; with any other than
    the requested one, another caller updated it in between.
    """

    Waits: list[int]
    StartedAt: str
    DurationTag: str
    ReplacedEndpointConfigName: str


def watch(tag: str, tags: Mapping[str, str], started: datetime, now: datetime, deadline: datetime) -> Watch:
    """Return how to follow a creation or an update; `tags` hold what the last one took."""
    left, elapsed = (deadline - now).total_seconds(), (now - started).total_seconds()
    waits = poll_schedule(expected_seconds(tag, tags), left, elapsed)
    return Watch(Waits=waits, StartedAt=started.isoformat(), DurationTag=tag)


def expected_seconds(tag: str, tags: Mapping[str, str]) -> int | None:
    """Return what the last creation or update took, whichever `tag` says; the other one where that is not known."""
    other = CREATION_SECONDS if tag == UPDATE_SECONDS else UPDATE_SECONDS
    values = (tags.get(key, "") for key in (tag, other))
    # Anybody may write tags.
    return next((int(value) for value in values if value.isdecimal() and len(value) <= MAX_DIGITS), None)
