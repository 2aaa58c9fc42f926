"""Clients that several packages share, and the translation of botocore errors."""
