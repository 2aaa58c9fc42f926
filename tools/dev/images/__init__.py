"""Writes the image catalogue from the pinned SageMaker SDK, and compares the two.

Runs in an environment made from `requirements/sagemaker.txt`: see `make image-catalogue`.
"""
