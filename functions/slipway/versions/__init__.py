"""Versions of an endpoint: which are in use, kept, removed and restored."""
