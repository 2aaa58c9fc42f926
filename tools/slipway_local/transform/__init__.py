"""Batch transform jobs: objects of S3 through a container, and its answers back to S3."""
