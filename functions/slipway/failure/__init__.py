"""Explain a failed deployment and remove what it created."""
