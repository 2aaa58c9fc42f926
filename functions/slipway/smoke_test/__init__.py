"""Invoke the endpoint with a sample."""
