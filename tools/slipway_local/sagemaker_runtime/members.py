"""Members of requests that travel in headers and paths, checked as SageMaker Runtime's service model shapes them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slipway_local.sagemaker_runtime.faults import violates

NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
NAME_LENGTH = 63
HEADER_LENGTH = 1024
INFERENCE_ID, INFERENCE_ID_LENGTH = r"\A\S[\p{Print}]*\z", 64
PRINTABLE = re.compile(r"[\x21-\x7e][\x20-\x7e]*")


class Headers:
    """The headers of a request, by their names in any case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in headers.items()}

    def get(self, name: str) -> str | None:
        """Return a header as it is, None where it is not there."""
        return self._given.get(name.lower())

    def text(self, member: str, header: str, most: int = HEADER_LENGTH) -> str | None:
        """Return a member of at most so many characters. Raises `FaultError`."""
        value = self.get(header)
        if value is not None and len(value) > most:
            raise violates(member, value, f"have length less than or equal to {most}")
        return value

    def inference_id(self) -> str | None:
        """Return InferenceId. Raises `FaultError`."""
        value = self.text("inferenceId", "X-Amzn-SageMaker-Inference-Id", INFERENCE_ID_LENGTH)
        if value is not None and not PRINTABLE.fullmatch(value):
            raise violates("inferenceId", value, f"satisfy regular expression pattern: {INFERENCE_ID}")
        return value

    def number(self, member: str, header: str, least: int, most: int, default: int) -> int:
        """Return a whole number between two others. Raises `FaultError`."""
        value = self.get(header)
        if value is None:
            return default
        if not value.isdecimal() or int(value) < least:
            raise violates(member, value, f"have value greater than or equal to {least}")
        if int(value) > most:
            raise violates(member, value, f"have value less than or equal to {most}")
        return int(value)


def name(member: str, value: str) -> str:
    """Return the name of an endpoint, a variant or the like. Raises `FaultError`."""
    if not re.fullmatch(NAME.removeprefix("^"), value):
        raise violates(member, value, f"satisfy regular expression pattern: {NAME}")
    if len(value) > NAME_LENGTH:
        raise violates(member, value, f"have length less than or equal to {NAME_LENGTH}")
    return value
