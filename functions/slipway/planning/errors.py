"""Why a training job or a model package is refused.

    Refused
    └── SourceRefused                   the message says what to do about it
        ├── TrainingJobNotFound
        ├── TrainingJobNotCompleted
        ├── TrainingJobWithoutArtifact
        ├── ModelPackageNotFound
        ├── ModelPackageNotApproved
        ├── ModelPackageNotCompleted
        └── ModelPackageWithoutImage

The workflow retries none of them: it explains, and ends Failed. Nothing has been created by then.
"""

from __future__ import annotations

from slipway.errors import Refused


class SourceRefused(Refused):
    """The training job or model package that the model is to come from cannot be deployed."""


class TrainingJobNotFound(SourceRefused):
    """The account has no such training job in this region."""


class TrainingJobNotCompleted(SourceRefused):
    """The training job's status is not Completed."""


class TrainingJobWithoutArtifact(SourceRefused):
    """The training job left no .tar.gz, which is what an endpoint loads."""


class ModelPackageNotFound(SourceRefused):
    """The Model Registry has no such model package."""


class ModelPackageNotApproved(SourceRefused):
    """The model package's ModelApprovalStatus is not Approved."""


class ModelPackageNotCompleted(SourceRefused):
    """The model package's ModelPackageStatus is not Completed."""


class ModelPackageWithoutImage(SourceRefused):
    """The model package has no container with an image."""
