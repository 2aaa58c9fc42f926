"""Handlers, the objects they use, and logs and metrics."""
