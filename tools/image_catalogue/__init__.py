"""Writes the catalogue of images from the pinned SageMaker SDK, and compares the two. It never ships.

Run in an environment made from `requirements/sagemaker.txt`; see `make image-catalogue`.
"""
