"""Why a transform job is refused.

    Refused
    └── TransformRefused                the message says what to do about it
        ├── TransformJobNameTaken       (CreateTransformJob)
        └── TooManyTransformJobs        (CreateTransformJob)

The workflow retries none of them: it explains, and ends Failed.
"""

from __future__ import annotations

from slipway.errors import Refused


class TransformRefused(Refused):
    """The transform job cannot be started."""


class TransformJobNameTaken(TransformRefused):
    """A transform job of this name exists with different content."""


class TooManyTransformJobs(TransformRefused):
    """The transform job was started again as often as Slipway does, and did not complete."""
