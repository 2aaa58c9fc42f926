"""How states fail."""

from __future__ import annotations


class TaskError(Exception):
    """A state failed with an error name and a cause, as Retry and Catch see it."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class StillRunning(Exception):
    """What a state waits for has not ended: the state goes on later."""


class FunctionKilled(BaseException):
    """A function was stopped in the middle: it ran out of time or memory.

    Not an Exception, so that no code of the product can catch what it would never see.
    """


class UnknownFeature(BaseException):
    """The definition uses something that the harness does not know: teach it, or it would silently diverge."""


class CallNotAnswered(BaseException):
    """Nothing in the world answers this call of AWS: teach the harness, or moto knows no such operation."""
