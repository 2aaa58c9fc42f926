"""When to ask how an endpoint is doing: the waits between the DescribeEndpoint calls of a deployment.

Every call costs three state transitions, every second between InService and the call that sees it is waited for in
vain. So the first wait is long, the calls come dense where InService is likely, and sparse again after that.
`bench/poll_schedule.py` shows what this gives, and how far it is from the best that there can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

Gaps = tuple[tuple[float, int], ...]  # up to so many seconds after the start: a call every so many seconds

SPARSE = 30  # seconds between calls where nothing is expected any more: boto3's waiter takes as many from the start
MIN_FIRST = 10  # seconds; for a moment DescribeEndpoint may not show what has just begun
MAX_EXPECTED = 3600  # seconds; after an hour everything is sparse, or 8 h would not fit into 25,000 history events
AT_ONCE = [1, SPARSE]  # the waits for what has ended already

# Nothing known: in public logs creations took 3 to 25 minutes, the middle one about 8.5.
FIRST_UNKNOWN = 180
CURVE: Gaps = ((330, 30), (600, 18), (900, 25))

# It is known what the last one took: this one will take about as long. Both are shares of that.
FIRST_KNOWN = 0.68
NEAR: Gaps = ((0.80, 20), (0.92, 10), (1.25, 5), (1.50, 10), (2.00, 20))


def poll_schedule(expected: float | None, left: float, elapsed: float = 0.0) -> list[int]:
    """Return the waits before the calls, in whole seconds; the last one repeats.

    All times are seconds: `expected` is what a creation or update is thought to take, None when nothing is known;
    `elapsed` is how long it has been under way; `left` is the time to the deadline, which the first wait does not
    exceed. The other waits are 30 s at the most.
    """
    calls = [call for call in _calls(expected) if call > elapsed]
    waits = [ceil(later - earlier) for earlier, later in zip([elapsed, *calls], calls, strict=False)]
    first, *others = waits or [SPARSE]
    return [min(first, max(1, ceil(left))), *others, SPARSE]


def _calls(expected: float | None) -> Iterator[int]:
    """Yield when to call, in seconds after the start, until calls are sparse."""
    call, gaps = FIRST_UNKNOWN, CURVE
    if expected is not None:
        scale = min(expected, MAX_EXPECTED)
        call, gaps = max(MIN_FIRST, round(FIRST_KNOWN * scale)), tuple((share * scale, gap) for share, gap in NEAR)
    yield call
    for until, gap in gaps:
        while call < until:
            call += gap
            yield call
