"""Changes to private places of MiniStack, one module a service."""
