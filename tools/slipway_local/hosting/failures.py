"""The FailureReason texts of DescribeEndpoint, as AWS writes them.

Sources: awslabs/llm-hosting-container issue 18 (ping), aws/amazon-sagemaker-examples issue 1072 (ping of one of several
containers), aws/deep-learning-containers pull request 569 (extract),
aws-solutions-library-samples/fraud-detection-using-machine-learning issue 9 (download).
"""

from __future__ import annotations

from slipway_local.containers.settings import STAND_IN
from slipway_local.ports import ContainerSpec, HostingFailed


def not_downloaded(spec: ContainerSpec, s3_uri: str) -> HostingFailed:
    """Return the failure of an archive that is not there."""
    return HostingFailed(
        f'Failed to download model data for container "{spec.container_name}" from URL: "{s3_uri}". '
        "Please ensure that there is an object located at the URL and that the role passed to CreateModel "
        "has permissions to download the object."
    )


def not_in_time(spec: ContainerSpec, s3_uri: str) -> HostingFailed:
    """Return the failure of an archive that took too long; AWS's words for it are not published, these are ours."""
    return HostingFailed(
        f'Failed to download model data for container "{spec.container_name}" from URL: "{s3_uri}". '
        "Downloading and extracting it took longer than ModelDataDownloadTimeoutInSeconds, "
        f"{spec.model_data_download_timeout:g} seconds."
    )


def name_refused(spec: ContainerSpec, s3_uri: str) -> HostingFailed:
    """Return the failure of an object whose key cannot become a path; AWS's words are not published, these are ours."""
    return HostingFailed(
        f'Failed to download model data for container "{spec.container_name}" from URL: "{s3_uri}". '
        "Please ensure that the object's key can be a file's path: no part is empty, no name a file and a folder."
    )


def no_room(spec: ContainerSpec, s3_uri: str) -> HostingFailed:
    """Return the failure of objects that the volume has no room for; AWS's words are not published, these are ours."""
    return HostingFailed(
        f'Failed to download model data for container "{spec.container_name}" from URL: "{s3_uri}". '
        "No space left on device."
    )


def not_extracted(spec: ContainerSpec, s3_uri: str) -> HostingFailed:
    """Return the failure of an archive that is damaged or is something else."""
    return HostingFailed(
        f'Failed to extract model data archive for container "{spec.container_name}" from URL "{s3_uri}". '
        "Please ensure that the object located at the URL is a valid tar.gz archive."
    )


def not_healthy(spec: ContainerSpec) -> HostingFailed:
    """Return the failure of a container that ended, or never answered its ping with 200."""
    if spec.transform_job is not None:
        # deep-learning-containers issue 586
        return HostingFailed("AlgorithmError: See job logs for more information")
    container = spec.hostname or "primary container"
    return HostingFailed(
        f"The {container} for production variant {spec.variant_name} did not pass the ping health "
        "check. Please check CloudWatch logs for this endpoint."
    )


def not_supported(spec: ContainerSpec, script: str) -> HostingFailed:
    """Return the failure that only the local stack has: nothing here can stand in for the image."""
    return HostingFailed(
        f"The local stack has nothing that serves the image {spec.image} for an archive without code/{script}. It "
        "serves archives that bring one, for any image, AWS's images of scikit-learn, XGBoost, PyTorch, Hugging Face "
        "and MXNet, and the built-in algorithm object-detection. A stand-in answers "
        f'instead where the model\'s Environment names one: {STAND_IN} is "echo", or the JSON that it is to answer.'
    )


def no_stand_in(value: str) -> HostingFailed:
    """Return the failure of a stand-in that is not known."""
    return HostingFailed(
        f'{STAND_IN} of the model\'s Environment must be "echo" or the JSON that the stand-in is to answer; it is '
        f'"{value}".'
    )
