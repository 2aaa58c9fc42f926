"""What can keep the local stack from coming up; each message is one line for the user."""


class StackError(Exception):
    """Base of the errors below."""


class PortTaken(StackError):
    """Something else listens on the port."""


class EngineFailed(StackError):
    """The engine ended, or did not answer in time."""


class SamFailed(StackError):
    """`sam build` or `sam deploy` failed."""


class AlreadyRunning(StackError):
    """A local stack runs in the same folder."""
