"""What the image raises for a user's mistake."""


class UserError(Exception):
    """The user's module cannot be served."""
