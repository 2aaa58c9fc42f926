"""One invocation, from request to answer, in script mode."""

from __future__ import annotations

import logging
from typing import Any

from slipway_local.container.codecs import ANY, UTF8_TYPES, UnsupportedFormatError
from slipway_local.container.exchange import Context, Reply, Request
from slipway_local.container.script import Script, call, import_script
from slipway_local.container.settings import Settings
from slipway_local.container.tracebacks import of_the_script

LOGGER = logging.getLogger(__name__)


class RefusedError(Exception):
    """The container cannot read or write the content type; `status` is the HTTP answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Transformer:
    """A loaded model behind a script's functions; the steps and defaults of the toolkit's `Transformer`."""

    def __init__(self, script: Script, model_dir: str, default_accept: str) -> None:
        self._script = script
        self._default_accept = default_accept
        self._model_dir = model_dir
        self._model = call(script.model_fn, model_dir, context=Context.of_start(model_dir))

    def answer(self, request: Request) -> Reply:
        """Serve one request; a handler's exception is a 500 with its message, and its traceback is logged."""
        context = Context(self._model_dir, request.headers)
        try:
            content, content_type = self._transform(request, context)
        except RefusedError as refusal:
            return Reply.of_text(refusal.status, str(refusal))
        except Exception as error:  # noqa: BLE001 - whatever the script raises, the log has it
            LOGGER.error("The script failed on an invocation\n%s", of_the_script(error))  # noqa: TRY400 - trimmed
            return Reply.of_text(500, str(error) or type(error).__name__)
        return Reply(200, content, content_type, context.response_headers)

    def _transform(self, request: Request, context: Context) -> tuple[bytes, str]:
        accept = request.accept
        if not accept or accept == ANY:
            accept = self._default_accept
        text = request.content_type in UTF8_TYPES
        body: str | bytes = request.body.decode() if text else request.body
        result = self._result(body, request.content_type, accept, context)
        # A tuple is (body, content type); anything else is the body, of the type that was asked for.
        content, content_type = result if isinstance(result, tuple) else (result, accept)
        return content if isinstance(content, bytes) else str(content).encode(), content_type

    def _result(self, body: str | bytes, content_type: str, accept: str, context: Context) -> Any:
        script = self._script
        if script.transform_fn is not None:
            return call(script.transform_fn, self._model, body, content_type, accept, context=context)
        try:
            data = call(script.input_fn, body, content_type, context=context)
        except UnsupportedFormatError as error:
            raise RefusedError(415, str(error)) from error
        prediction = call(script.predict_fn, data, self._model, context=context)
        try:
            return call(script.output_fn, prediction, accept, context=context)
        except UnsupportedFormatError as error:
            raise RefusedError(406, str(error)) from error


def load(settings: Settings) -> Transformer:
    """Return script mode's model. Raises whatever the script raises."""
    return Transformer(import_script(settings), str(settings.model_dir), settings.default_accept)
