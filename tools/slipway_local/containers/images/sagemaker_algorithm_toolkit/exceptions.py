"""The exceptions of AWS's own algorithms."""


class UserError(Exception):
    """The request, or the user's module, is wrong."""
