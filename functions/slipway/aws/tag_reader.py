"""Tags of resources, each read once in a step."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.aws.sagemaker import SageMaker
from slipway.errors import AwsRefused


class TagReader:
    """Reads tags and caches them; one instance per step."""

    def __init__(self, sagemaker: SageMaker) -> None:
        self._sagemaker = sagemaker
        self._read: dict[str, dict[str, str]] = {}

    def of(self, arn: str) -> Mapping[str, str]:
        """Return a resource's tags. Raises what `SageMaker.tags` raises."""
        if arn not in self._read:
            self._read[arn] = self._sagemaker.tags(arn)
        return self._read[arn]

    def if_readable(self, arn: str | None) -> Mapping[str, str]:
        """Return the tags of what there may not be, or what may not be read; none then."""
        try:
            return self.of(arn) if arn else {}
        except AwsRefused:
            return {}
