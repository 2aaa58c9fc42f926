"""Handlers, the objects they use, and logs, traces and metrics."""
