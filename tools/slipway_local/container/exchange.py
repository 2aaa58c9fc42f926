"""A request, its reply, and the context that a script's functions may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A POST /invocations. Header names are lower case."""

    body: bytes
    content_type: str
    accept: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The HTTP answer."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_text(cls, status: int, message: str) -> Reply:
        """Answer with a sentence."""
        return cls(status, message.encode(), "text/plain; charset=utf-8")


class Context:
    """What a handler gets as its optional last argument: the part of the model server's context that is used.

    `idx` is the position in a batch, as in the multi-model-server; here a batch is always one request.
    """

    def __init__(self, model_dir: str, headers: Mapping[str, str]) -> None:
        self.system_properties = {"model_dir": model_dir}
        self.response_headers: dict[str, str] = {}
        self._headers = headers

    @classmethod
    def of_start(cls, model_dir: str) -> Context:
        """Return the context of model_fn, which runs before there is any request."""
        return cls(model_dir, {})

    def get_request_header(self, idx: int, key: str) -> str | None:  # noqa: ARG002 - see the class
        """Return a header of the request; the name's case does not matter."""
        return self._headers.get(key.lower())

    def get_all_request_header(self, idx: int) -> dict[str, str]:  # noqa: ARG002 - see the class
        """Return all headers of the request."""
        return dict(self._headers)

    def set_response_header(self, idx: int, key: str, value: str) -> None:  # noqa: ARG002 - see the class
        """Add a header to the reply, X-Amzn-SageMaker-Custom-Attributes for one."""
        self.response_headers[key] = value
