"""Why an image is refused.

    Refused
    └── ImageRefused                every image that cannot be named or used; each message says what to write instead
        ├── FrameworkUnknown            Framework is not in the catalogue
        ├── FrameworkVersionUnknown     FrameworkVersion is neither a version nor an alias
        ├── BaseFrameworkVersionUnknown BaseFrameworkVersion is missing or not one of the version's
        ├── PyVersionUnknown            PyVersion is missing or not one of the version's
        ├── InstanceTypeWithoutImage    InstanceType is missing, or AWS has no image for its processor
        ├── RegionWithoutImage          AWS keeps no registry of this image in the region
        ├── ImageStandsIn               the SageMaker SDK answers, but with another image than the one asked for
        ├── ImageUriInvalid             ImageUri is not an ECR image with a tag or a digest
        ├── ImageRegionMismatch         ImageUri is in a registry of another region
        ├── ImageOnlyTrains             ImageUri is an AWS training image, which cannot serve
        ├── ImageProcessorMismatch      ImageUri is built for another processor than InstanceType has
        ├── ServerlessWithoutGpu        the image needs an accelerator, which serverless endpoints do not have
        └── ServerlessImageOfAnotherAccount  serverless endpoints pull images of AWS and of the own account only

The workflow retries none of them: it explains, and ends Failed.
"""

from __future__ import annotations

from slipway.errors import Refused


class ImageRefused(Refused):
    """Base of every refusal about an image: never retried."""


class FrameworkUnknown(ImageRefused):
    """Framework names nothing that AWS publishes an inference image for: never retried."""


class FrameworkVersionUnknown(ImageRefused):
    """FrameworkVersion is not one that the framework has on this processor: never retried."""


class BaseFrameworkVersionUnknown(ImageRefused):
    """BaseFrameworkVersion has to be one of those the version is built on: never retried."""


class PyVersionUnknown(ImageRefused):
    """PyVersion has to be one of those the version is built for: never retried."""


class InstanceTypeWithoutImage(ImageRefused):
    """InstanceType has a processor that the framework has no image for, or is needed to choose: never retried."""


class RegionWithoutImage(ImageRefused):
    """AWS publishes the image, but not in this region: never retried."""


class ImageStandsIn(ImageRefused):
    """The SDK's answer is another version, a training image or of another architecture: never retried."""


class ImageUriInvalid(ImageRefused):
    """ImageUri does not name an image in ECR exactly: never retried."""


class ImageRegionMismatch(ImageRefused):
    """ImageUri is in another region, whose images SageMaker refuses to pull: never retried."""


class ImageOnlyTrains(ImageRefused):
    """ImageUri is one of AWS's training images, which have no server: never retried."""


class ImageProcessorMismatch(ImageRefused):
    """ImageUri is built for another processor than the InstanceType has: never retried."""


class ServerlessWithoutGpu(ImageRefused):
    """The image needs a GPU or another accelerator, which serverless endpoints do not have: never retried."""


class ServerlessImageOfAnotherAccount(ImageRefused):
    """The image is neither AWS's nor in this account's registry, as serverless endpoints require: never retried."""
